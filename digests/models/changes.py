"""What was done to a digest: each change with its way back, groups of them as revisions, and the audit trail."""

from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from digests.models.digests import Digest


class Change(models.Model):
    """One act of one editor, with what it changed (`delta`, as `digests.changes` describes it).

    An editor's own changes, newest first, are what they can undo; those with `undone_at`, what they can do again.
    `version` is the digest's after it.
    """

    digest = models.ForeignKey(Digest, models.CASCADE, related_name="journal")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    verb = models.CharField(max_length=20)
    version = models.PositiveIntegerField()
    delta = models.JSONField()
    at = models.DateTimeField(auto_now=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("change"), _("changes")
        indexes = [models.Index(fields=["digest", "by", "-id"], name="change_of_editor")]

    def __str__(self) -> str:
        return f"{self.verb} {self.version}"


class Revision(models.Model):
    """A digest as it once was: a version that an editor named, or what one editor did in one go.

    A group of changes has no `state` until the next one begins: until then it is the digest itself.
    `state` is compressed JSON, as `digests.curation.states` describes it.
    """

    digest = models.ForeignKey(Digest, models.CASCADE, related_name="revisions")
    name = models.CharField(max_length=100, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    change_count = models.PositiveIntegerField(default=0)
    quote_count = models.PositiveIntegerField(default=0)
    state = models.BinaryField(null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("revision"), _("revisions")
        constraints = [
            models.UniqueConstraint(fields=["digest"], condition=Q(state=None), name="revision_one_open"),
        ]
        indexes = [models.Index(fields=["digest", "-id"], name="revision_newest")]

    def __str__(self) -> str:
        return self.name or f"{self.began_at:%Y-%m-%d %H:%M}"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def newest_first(self) -> Self:
        return self.order_by("-at", "-pk")

    def record(self, action: str, digests: Iterable[Digest], *, by: int | None, detail: str = "") -> None:
        """An entry for each digest, with its name as it now is. Belongs into the transaction of the act."""
        self.bulk_create(
            AuditEntry(
                action=action, digest=digest, slug=digest.slug, headline=digest.headline, by_id=by, detail=detail[:300]
            )
            for digest in digests
        )


class AuditEntry(models.Model):
    """Who did what to a digest that readers or editors notice. It outlives the digest."""

    class Action(models.TextChoices):
        PUBLISHED = "published", _("Published")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        RESTORED = "restored", _("Went back to an earlier version")
        BINNED = "binned", _("Put into the bin")
        RECOVERED = "recovered", _("Taken out of the bin")
        DELETED = "deleted", _("Deleted for good")
        DUPLICATED = "duplicated", _("Duplicated")

    digest = models.ForeignKey(Digest, models.SET_NULL, null=True, blank=True, related_name="audit")
    slug = models.CharField(max_length=120)
    headline = models.CharField(max_length=300, blank=True)
    action = models.CharField(max_length=10, choices=Action)
    detail = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("entry of the audit trail"), _("audit trail")
        indexes = [
            models.Index(fields=["-at", "-id"], name="audit_newest"),
            # Readers ask for addresses that are gone.
            models.Index(fields=["slug"], condition=Q(action="published", digest=None), name="audit_deleted"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.slug}"
