"""One row for each delivery of digests into a Hugo site: what was asked, where it stands, how it ended."""

import hashlib
import uuid
import zlib
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from digests.models.digests import Digest
from digests.models.publications import Publication
from digests.models.targets import Target


def hash_of(content: bytes | None) -> str:
    """SHA-256 in hex, or "absent" for a file that is not there."""
    return "absent" if content is None else hashlib.sha256(content).hexdigest()


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def unfinished(self) -> Self:
        return self.filter(state__in=[Delivery.State.SCHEDULED, Delivery.State.QUEUED, Delivery.State.RUNNING])

    def newest_first(self) -> Self:
        return self.order_by("-created_at", "-pk")


class WithdrawnAuthor(models.Model):
    """Somebody who asked to be taken out: nothing they say on that site is quoted again."""

    source = models.CharField(max_length=40)  # as in `Thread.source`
    name = models.CharField(max_length=200)
    withdrawn_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    withdrawn_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("withdrawn author"), _("withdrawn authors")
        constraints = [models.UniqueConstraint(fields=["source", "name"], name="withdrawn_author_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.source})"


class Delivery(models.Model):
    """One commit's worth of posts for one target; without a target, for our own pages alone.

    `key` stands in the commit, so that a run that was cut off can tell whether its commit arrived. `steps` holds what
    was done, in order: `{"step": "push", "at": "2026-…Z", "seconds": 0.4, "note": "…"}`.
    """

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CONFLICT = "conflict", _("Conflict")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    class Step(models.TextChoices):
        WAIT = "wait", _("Waiting for another delivery")
        CHECK = "check", _("Checking the posts")
        FETCH = "fetch", _("Fetching the repository")
        COMPARE = "compare", _("Comparing with what stands there")
        BUILD = "build", _("Building with Hugo")
        WRITE = "write", _("Writing")
        PUSH = "push", _("Pushing")
        VERIFY = "verify", _("Making sure it has arrived")

    class Live(models.TextChoices):
        WAITING = "waiting", _("Waiting for the site")
        LIVE = "live", _("Live on the site")
        MISSING = "missing", _("Not on the site yet")

    class Build(models.TextChoices):
        PENDING = "pending", _("The forge is building")
        SUCCESS = "success", _("The forge has built it")
        FAILURE = "failure", _("The forge's build failed")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    target = models.ForeignKey(Target, models.CASCADE, null=True, blank=True, related_name="deliveries")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    step = models.CharField(max_length=10, choices=Step, blank=True)
    steps = models.JSONField(default=list, blank=True)
    message = models.CharField(max_length=500, blank=True)  # the commit's; "" for the target's template
    due_at = models.DateTimeField(null=True, blank=True)
    cancel_requested = models.BooleanField(default=False)
    commit = models.CharField(max_length=64, blank=True)
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)
    live = models.CharField(max_length=10, choices=Live, blank=True)
    live_detail = models.TextField(blank=True)
    build = models.CharField(
        max_length=10, choices=Build, blank=True
    )  # the forge's checks of the commit, if it has any
    build_url = models.CharField(max_length=2000, blank=True)
    build_text = models.CharField(max_length=500, blank=True)  # the forge's own words
    retry_of = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="retries")
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("delivery"), _("deliveries")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["failed", "conflict"]) & ~Q(error_code="")
                | ~Q(state__in=["failed", "conflict"]) & Q(error_code=""),
                name="delivery_failed_says_why",
            ),
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(due_at__isnull=False), name="delivery_scheduled_has_time"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="delivery_newest"),
            models.Index(
                fields=["state"], condition=Q(state__in=["scheduled", "queued", "running"]), name="delivery_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target or '-'} ({self.state})"

    @property
    def is_finished(self) -> bool:
        return self.state not in {self.State.SCHEDULED, self.State.QUEUED, self.State.RUNNING}


class DeliveryItem(models.Model):
    """One post of a delivery. `publication` is the snapshot that goes out; a removal has none.

    A conflict keeps what the repository holds (`theirs`, None when it holds nothing); an editor who has seen it and
    wants our text all the same answers with its hash (`accepted_sha256`), so that nothing newer is overwritten.

    `packed_base` is a text in whose form the post is to go out, where that is not the one that stands there: the post
    with every quote escaped safely, or as it was before that.
    """

    class Action(models.TextChoices):
        WRITE = "write", _("Write")
        REMOVE = "remove", _("Remove")

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        WRITTEN = "written", _("Written")
        UNCHANGED = "unchanged", _("Unchanged")
        REMOVED = "removed", _("Removed")
        CONFLICT = "conflict", _("Conflict")
        REFUSED = "refused", _("Refused")
        DROPPED = "dropped", _("Left out")

    class Conflict(models.TextChoices):
        CHANGED = "changed", _("Changed in the repository")
        DELETED = "deleted", _("Deleted in the repository")
        TAKEN = "taken", _("Another file stands there already")

    class Resolution(models.TextChoices):
        OURS = "ours", _("Our text goes out")
        THEIRS = "theirs", _("The repository's text was taken over")
        MERGED = "merged", _("Both were merged")

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="items")
    digest = models.ForeignKey(Digest, models.SET_NULL, null=True, blank=True, related_name="delivery_items")
    publication = models.ForeignKey(Publication, models.SET_NULL, null=True, blank=True, related_name="delivery_items")
    action = models.CharField(max_length=10, choices=Action, default=Action.WRITE)
    path = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    problem = models.TextField(blank=True)
    conflict = models.CharField(max_length=10, choices=Conflict, blank=True)
    resolution = models.CharField(max_length=10, choices=Resolution, blank=True)
    theirs = models.BinaryField(null=True, blank=True)
    accepted_sha256 = models.CharField(max_length=64, blank=True)
    packed_base = models.BinaryField(null=True, blank=True)

    class Meta:
        verbose_name, verbose_name_plural = _("delivered post"), _("delivered posts")
        constraints = [
            models.UniqueConstraint(fields=["delivery", "digest"], name="delivery_item_one_per_digest"),
            models.CheckConstraint(
                condition=~Q(state__in=["conflict", "refused", "dropped"]) | ~Q(problem=""),
                name="delivery_item_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state="conflict") & ~Q(conflict="") | ~Q(state="conflict") & Q(conflict=""),
                name="delivery_item_conflict_named",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.path}"

    @property
    def base(self) -> bytes | None:
        """The text in whose form the post is to go out; None for the one that stands there."""
        return zlib.decompress(bytes(self.packed_base)) if self.packed_base else None

    @property
    def theirs_sha256(self) -> str:
        """The hash by which an editor says which text of the repository they have seen."""
        return hash_of(None if self.theirs is None else bytes(self.theirs))
