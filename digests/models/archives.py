"""Whole sites moving in: one row for each run, and the pictures that came along."""

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from digests.models.targets import Target


class MoveInQuerySet(models.QuerySet["MoveIn"]):
    def unfinished(self) -> "MoveInQuerySet":
        return self.filter(state__in=[MoveIn.State.QUEUED, MoveIn.State.RUNNING])

    def newest_first(self) -> "MoveInQuerySet":
        return self.order_by("-created_at", "-pk")


class MoveIn(models.Model):
    """`result` counts posts: `{"created": 3, "updated": 0, "unchanged": 1930, "kept": 5, "unread": 0, …}`."""

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        CANCELLED = "cancelled", _("Cancelled")

    target = models.ForeignKey(Target, models.CASCADE, related_name="move_ins")
    upload = models.CharField(max_length=300, blank=True)  # a zip in the storage; "" for the target's own place
    dry_run = models.BooleanField(default=False)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    cancel_requested = models.BooleanField(default=False)
    done_count = models.PositiveIntegerField(default=0)
    expected_count = models.PositiveIntegerField(null=True, blank=True)
    result = models.JSONField(default=dict, blank=True)
    remarks = models.JSONField(default=list, blank=True)  # [{"path", "line", "code", "detail"}], the first thousand
    error_code = models.CharField(max_length=40, blank=True)
    error_detail = models.TextField(blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = MoveInQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("move-in"), _("move-ins")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="failed") & ~Q(error_code="") | ~Q(state="failed") & Q(error_code=""),
                name="move_in_failed_says_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.target} ({self.state})"

    @property
    def is_finished(self) -> bool:
        return self.state not in {self.State.QUEUED, self.State.RUNNING}


class SitePictureQuerySet(models.QuerySet["SitePicture"]):
    def file_of(self, name: str) -> str:
        """Where the picture lies that posts call so; "" for none. Of two sites' pictures of one name the first."""
        return self.filter(name=name).order_by("pk").values_list("file", flat=True).first() or ""


class SitePicture(models.Model):
    """A picture that came with a Hugo site: its very bytes are kept in the storage, named by their hash.

    `name` is what posts call it ("thumbnails/color3.jpg"); for a picture of one post's bundle it is that file's path.
    """

    target = models.ForeignKey(Target, models.CASCADE, related_name="pictures")
    path = models.CharField(max_length=500)  # below the site's root
    name = models.CharField(max_length=500, db_index=True)
    file = models.CharField(max_length=100)  # "pictures/SHA256.jpg", below the media folder
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField()  # pixels
    height = models.PositiveIntegerField()

    objects = SitePictureQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("picture of a Hugo site"), _("pictures of Hugo sites")
        constraints = [models.UniqueConstraint(fields=["target", "path"], name="site_picture_one_per_path")]

    def __str__(self) -> str:
        return self.path

    @property
    def content(self) -> bytes:
        """The file's bytes. Raises FileNotFoundError when somebody has taken it from the storage."""
        with default_storage.open(self.file) as file:
            return bytes(file.read())
