"""The original: threads and comments as their site delivered them. Written by imports only, never by editors."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from digests.sources.contract import CommentState, ThreadOrder


class ThreadQuerySet(models.QuerySet["Thread"]):
    def newest_first(self) -> "ThreadQuerySet":
        return self.order_by("-fetched_at", "-pk")


class Thread(models.Model):
    """One discussion. `body` is the story's own text as the site's HTML, `content` the same as our structured text."""

    class Order(models.TextChoices):
        RANKED = ThreadOrder.RANKED, _("The site's own order")
        TIME = ThreadOrder.TIME, _("By time")

    source = models.CharField(max_length=30)
    native_id = models.CharField(max_length=60)
    url = models.URLField(max_length=2000)
    title = models.CharField(max_length=500)
    article_url = models.URLField(max_length=2000, blank=True)
    author = models.CharField(max_length=200, blank=True)
    posted_at = models.DateTimeField()
    points = models.IntegerField(null=True, blank=True)
    body = models.TextField(blank=True)
    content = models.JSONField(default=list, blank=True)
    order = models.CharField(max_length=10, choices=Order)
    notes = models.JSONField(default=list, blank=True)
    expected_count = models.PositiveIntegerField(null=True, blank=True)
    comment_count = models.PositiveIntegerField(default=0)
    live_count = models.PositiveIntegerField(default=0)
    fetched_at = models.DateTimeField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ThreadQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("thread"), _("threads")
        constraints = [
            models.UniqueConstraint(fields=["source", "native_id"], name="thread_once_per_source"),
            models.CheckConstraint(condition=Q(order__in=ThreadOrder), name="thread_order_known"),
            models.CheckConstraint(condition=Q(live_count__lte=F("comment_count")), name="thread_live_of_all"),
        ]
        indexes = [models.Index(fields=["-fetched_at", "-id"], name="thread_newest")]

    def __str__(self) -> str:
        return self.title


class CommentQuerySet(models.QuerySet["Comment"]):
    def in_order(self) -> "CommentQuerySet":
        """Depth first, siblings by rank: the order in which the site shows the thread."""
        return self.order_by("thread_id", "position")

    def quotable(self) -> "CommentQuerySet":
        return self.filter(state=CommentState.LIVE)


class Comment(models.Model):
    """One comment. `position` is its 0-based place in the whole thread, depth first; `rank` that among its siblings."""

    class State(models.TextChoices):
        LIVE = CommentState.LIVE, _("Live")
        DELETED = CommentState.DELETED, _("Deleted")
        DEAD = CommentState.DEAD, _("Dead")
        FLAGGED = CommentState.FLAGGED, _("Flagged")

    thread = models.ForeignKey(Thread, models.CASCADE, related_name="comments")
    parent = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="replies")
    native_id = models.CharField(max_length=60)
    position = models.PositiveIntegerField()
    rank = models.PositiveIntegerField()
    depth = models.PositiveSmallIntegerField()
    author = models.CharField(max_length=200, blank=True)
    posted_at = models.DateTimeField()
    body = models.TextField(blank=True)
    content = models.JSONField(default=list, blank=True)
    links = models.JSONField(default=list, blank=True)
    # What a long thread is narrowed by, made of `content`, `links` and the tree when the comment is stored.
    words = models.TextField(blank=True)  # author and text as they are compared (`plaintext.folded`)
    length = models.PositiveIntegerField(default=0)  # characters of the text
    reply_count = models.PositiveIntegerField(default=0)  # direct replies
    state = models.CharField(max_length=10, choices=State, default=State.LIVE)

    objects = CommentQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("comment"), _("comments")
        constraints = [
            models.UniqueConstraint(fields=["thread", "native_id"], name="comment_once_per_thread"),
            models.UniqueConstraint(fields=["thread", "position"], name="comment_one_per_position"),
            models.UniqueConstraint(fields=["parent", "rank"], name="comment_one_per_rank"),
            models.UniqueConstraint(
                fields=["thread", "rank"], condition=Q(parent=None), name="comment_one_per_root_rank"
            ),
            models.CheckConstraint(
                condition=Q(parent=None, depth=0) | Q(parent__isnull=False, depth__gt=0),
                name="comment_depth_fits_parent",
            ),
            models.CheckConstraint(condition=Q(state__in=CommentState), name="comment_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.author} {self.native_id}"
