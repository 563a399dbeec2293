"""Where posts go: Hugo sites, and what is known to stand in each."""

import hashlib
import zlib
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from digests.models.digests import Digest
from digests.models.publications import Publication

TOKEN_VARIABLE = r"^MATOME_TOKEN_[A-Z0-9_]+$"  # noqa: S105  (the name of a variable)
HOOK_VARIABLE = r"^MATOME_HOOK_[A-Z0-9_]+$"


class Target(models.Model):
    """A Hugo site's folder or git repository. `form` holds what its posts do differently from the reference form.

    Secrets are never stored: `token_variable` and `hook_variable` name environment variables. Their names begin as the
    patterns say, since an editor who may name any variable could send any secret of the server anywhere.
    """

    class Kind(models.TextChoices):
        FOLDER = "folder", _("A folder; somebody else commits")
        GIT = "git", _("A git repository")

    class Withdrawal(models.TextChoices):
        DELETE = "delete", _("The post is removed")
        NOTE = "note", _("A short note stands in its place")
        GONE = "gone", _("The post is removed and its address says that it is gone (410, static/_redirects)")

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    location = models.CharField(max_length=1000)  # a folder, or the repository's address or path
    branch = models.CharField(max_length=200, blank=True, default="main")
    root = models.CharField(max_length=300, blank=True)  # the site's folder below the repository's root
    site_url = models.CharField(max_length=2000, blank=True)
    token_variable = models.CharField(max_length=100, blank=True)  # MATOME_TOKEN_…
    hook_variable = models.CharField(max_length=100, blank=True)  # MATOME_HOOK_…: an address to call after the push
    commit_message = models.CharField(max_length=300, blank=True)  # a template; "" for the usual words
    withdrawal = models.CharField(max_length=10, choices=Withdrawal, default=Withdrawal.DELETE)
    form = models.JSONField(default=dict, blank=True)
    build_check = models.BooleanField(default=True)  # with the real Hugo, where one is found
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("Hugo site"), _("Hugo sites")
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["folder", "git"]), name="target_kind_known"),
            models.CheckConstraint(condition=Q(kind="folder") | ~Q(branch=""), name="target_git_has_branch"),
            models.CheckConstraint(
                condition=Q(withdrawal__in=["delete", "note", "gone"]), name="target_withdrawal_known"
            ),
            models.CheckConstraint(
                condition=Q(token_variable="") | Q(token_variable__regex=TOKEN_VARIABLE),
                name="target_token_variable_ours",
            ),
            models.CheckConstraint(
                condition=Q(hook_variable="") | Q(hook_variable__regex=HOOK_VARIABLE), name="target_hook_variable_ours"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PostQuerySet(models.QuerySet["Post"]):
    def in_order(self) -> Self:
        return self.order_by("target_id", "path")


class Post(models.Model):
    """A file of a target as Matome last saw or wrote it.

    `packed` holds those very bytes: what is edited keeps their form, what nobody changed goes out as it came, and they
    are the base of a three-way merge with what somebody wrote in the repository since. A post that could not be read
    has no digest.
    """

    target = models.ForeignKey(Target, models.CASCADE, related_name="posts")
    digest = models.ForeignKey(Digest, models.SET_NULL, null=True, blank=True, related_name="posts")
    publication = models.ForeignKey(Publication, models.SET_NULL, null=True, blank=True, related_name="posts")
    path = models.CharField(max_length=500)  # below the site's root
    packed = models.BinaryField(default=b"")
    sha256 = models.CharField(max_length=64)
    layout = models.CharField(max_length=20, blank=True)  # "2025-02", "2025-04", "other"; "" could not be read
    remarks = models.JSONField(default=list, blank=True)  # [{"line": 12, "code": "…", "detail": "…"}]
    updated_at = models.DateTimeField(auto_now=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("post"), _("posts")
        constraints = [
            models.UniqueConstraint(fields=["target", "path"], name="post_one_per_path"),
            models.UniqueConstraint(fields=["target", "digest"], name="post_one_per_digest"),
        ]
        indexes = [models.Index(fields=["path"], name="post_path")]  # readers ask for old addresses

    def __str__(self) -> str:
        return self.path

    @property
    def content(self) -> bytes:
        """The file's bytes."""
        return zlib.decompress(bytes(self.packed)) if self.packed else b""

    @content.setter
    def content(self, content: bytes) -> None:
        self.packed, self.sha256 = zlib.compress(content, 1), hashlib.sha256(content).hexdigest()
