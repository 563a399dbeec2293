"""What deserves a look in the archive: findings, what they were told from, and the runs that look for them."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from digests.models.digests import Digest, Quote
from digests.models.targets import Post


class ArchiveCheckQuerySet(models.QuerySet["ArchiveCheck"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=[ArchiveCheck.State.QUEUED, ArchiveCheck.State.RUNNING])

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")


class ArchiveCheck(models.Model):
    """One run over the archive. `result` counts digests: `{"checked": 3, "unchanged": 1930}`.

    Findings do not belong to a run: they stand as long as the last look at their digest says so.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    done_count = models.PositiveIntegerField(default=0)
    expected_count = models.PositiveIntegerField(null=True, blank=True)
    result = models.JSONField(default=dict, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = ArchiveCheckQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("check of the archive"), _("checks of the archive")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="failed") & ~Q(error_code="") | ~Q(state="failed") & Q(error_code=""),
                name="archive_check_failed_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d} ({self.state})"

    @property
    def is_finished(self) -> bool:
        return self.state not in {self.State.QUEUED, self.State.RUNNING}


class CheckedDigest(models.Model):
    """What a digest's own findings were told from: `fingerprint` changes with all that could change them."""

    digest = models.OneToOneField(Digest, models.CASCADE, primary_key=True, related_name="checked")
    fingerprint = models.CharField(max_length=64)

    class Meta:
        verbose_name, verbose_name_plural = _("checked digest"), _("checked digests")

    def __str__(self) -> str:
        return f"{self.pk} {self.fingerprint[:8]}"


class FindingQuerySet(models.QuerySet["Finding"]):
    def in_order(self) -> Self:
        """The newest digests' first, in each in reading order."""
        return self.order_by("-digest__date", "-digest_id", "number", "pk")


class Finding(models.Model):
    """Something in the archive that deserves a look. `number` is the quote's 1-based number in its digest.

    A post of which no digest could be made stands for itself. What was told from several digests (or posts) at once is
    marked `across`, and told anew by every check.
    """

    code = models.CharField(max_length=30)
    digest = models.ForeignKey(Digest, models.CASCADE, null=True, blank=True, related_name="findings")
    post = models.ForeignKey(Post, models.CASCADE, null=True, blank=True, related_name="findings")
    quote = models.ForeignKey(Quote, models.CASCADE, null=True, blank=True, related_name="findings")
    number = models.PositiveIntegerField(null=True, blank=True)
    detail = models.CharField(max_length=500, blank=True)
    across = models.BooleanField(default=False)

    objects = FindingQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("finding"), _("findings")
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__isnull=False) | Q(post__isnull=False), name="finding_is_about_something"
            ),
        ]
        indexes = [models.Index(fields=["code", "digest"], name="finding_by_code")]

    def __str__(self) -> str:
        return f"{self.code} {self.digest_id or self.post_id}"
