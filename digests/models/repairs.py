"""Repairs of many digests at once: what is proposed for each, what an editor chose, what became of it."""

import json
import zlib
from collections.abc import Mapping
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from digests.models.deliveries import Delivery
from digests.models.digests import Digest
from digests.models.imports import ImportRun
from digests.models.publications import Publication


class RepairBatchQuerySet(models.QuerySet["RepairBatch"]):
    def with_counts(self) -> Self:
        """Adds how many digests are `chosen` (with their `edit_count`), proposed in all, waiting, applied, left out."""

        def number(**narrowed: object) -> models.Count:
            return models.Count("items", filter=Q(**narrowed))

        chosen = Q(items__state="proposed", items__chosen=True)
        return self.annotate(
            chosen_count=models.Count("items", filter=chosen),
            edit_count=models.Sum("items__edit_count", filter=chosen, default=0),
            proposed_count=number(items__state="proposed"),
            waiting_count=number(items__state="waiting"),
            applied_count=number(items__state__in=["applied", "undone"]),
            skipped_count=number(items__state="skipped"),
        )

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")


class RepairBatch(models.Model):
    """Proposals of one kind, reviewed and applied together. `options` is what the editor asked for, by kind.

    `done_count` of `expected_count` digests have been gone through in the present state.
    """

    class Kind(models.TextChoices):
        THREAD = "thread", _("Attach the source thread")
        ADDRESSES = "addresses", _("Restore cut addresses")
        ESCAPING = "escaping", _("Write posts anew with safe escaping")
        LINKS = "links", _("Add the article and permalinks")
        TAGS = "tags", _("Merge tags")
        COLORS = "colors", _("Replace unreadable colours")

    class State(models.TextChoices):
        COLLECTING = "collecting", _("Looking for what can be repaired")
        PROPOSED = "proposed", _("To be reviewed")
        APPLYING = "applying", _("Being applied")
        APPLIED = "applied", _("Applied")
        UNDOING = "undoing", _("Being undone")
        UNDONE = "undone", _("Undone")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Dropped")

    kind = models.CharField(max_length=12, choices=Kind)
    state = models.CharField(max_length=12, choices=State, default=State.COLLECTING)
    options = models.JSONField(default=dict, blank=True)
    done_count = models.PositiveIntegerField(default=0)
    expected_count = models.PositiveIntegerField(null=True, blank=True)
    error_detail = models.TextField(blank=True)
    deliveries = models.ManyToManyField(Delivery, related_name="repairs", blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = RepairBatchQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("batch of repairs"), _("batches of repairs")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="failed") & ~Q(error_detail="") | ~Q(state="failed") & Q(error_detail=""),
                name="repair_failed_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"

    @property
    def is_working(self) -> bool:
        return self.state in {self.State.COLLECTING, self.State.APPLYING, self.State.UNDOING}


class RepairItemQuerySet(models.QuerySet["RepairItem"]):
    def in_order(self) -> Self:
        return self.order_by("-digest__date", "-digest_id", "pk")

    def waiting(self) -> Self:
        return self.filter(state=RepairItem.State.WAITING)

    def to_apply(self, batch_id: int) -> Self:
        return self.filter(batch=batch_id, chosen=True, state=RepairItem.State.PROPOSED)


class RepairItem(models.Model):
    """What is proposed for one digest, as it was when `changes` was its count of changes.

    `edits` is a list of `{"field": …, "before": …, "after": …}`, with `"quote"` (its id) and `"number"` where one quote
    is meant. `note` says in words why an item was left out, or what could not be done.

    `publishable`: what readers saw was the digest as it stood, so the repair could go out without anything else.
    `packed` holds the digest's posts as they stood before, by their targets' ids: JSON, compressed.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Its thread is being imported")
        PROPOSED = "proposed", _("Proposed")
        APPLIED = "applied", _("Applied")
        SKIPPED = "skipped", _("Left out")
        UNDONE = "undone", _("Undone")

    batch = models.ForeignKey(RepairBatch, models.CASCADE, related_name="items")
    digest = models.ForeignKey(Digest, models.SET_NULL, null=True, blank=True, related_name="repairs")
    changes = models.PositiveIntegerField()
    edits = models.JSONField(default=list, blank=True)
    edit_count = models.PositiveIntegerField(default=0)
    chosen = models.BooleanField(default=True)
    state = models.CharField(max_length=10, choices=State, default=State.PROPOSED)
    note = models.TextField(blank=True)
    import_run = models.ForeignKey(ImportRun, models.SET_NULL, null=True, blank=True, related_name="repairs")
    changes_after = models.PositiveIntegerField(null=True, blank=True)
    publishable = models.BooleanField(default=False)
    before = models.ForeignKey(Publication, models.SET_NULL, null=True, blank=True, related_name="+")  # what was live
    packed = models.BinaryField(null=True, blank=True)

    objects = RepairItemQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("repair"), _("repairs")
        constraints = [models.UniqueConstraint(fields=["batch", "digest"], name="repair_one_per_digest")]

    def __str__(self) -> str:
        return f"{self.batch_id}: {self.digest_id} ({self.state})"

    @property
    def posts(self) -> dict[int, str]:
        """Target → the post's text before."""
        kept = json.loads(zlib.decompress(bytes(self.packed))) if self.packed else {}
        return {int(target): text for target, text in kept.items()}

    @posts.setter
    def posts(self, posts: Mapping[int, str]) -> None:
        self.packed = zlib.compress(json.dumps(dict(posts), ensure_ascii=False).encode()) if posts else None
