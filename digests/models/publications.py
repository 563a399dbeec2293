"""What readers see: one row per attempt to publish, holding the digest as it then was."""

from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.models.digests import Digest


class TagQuerySet(models.QuerySet["Tag"]):
    def shown(self, *, least: int = 1) -> Self:
        """Those that at least so many live digests carry, with how many (`digest_count`)."""
        return self.annotate(digest_count=models.Count("publications")).filter(digest_count__gte=max(1, least))

    def spellings(self, names: Iterable[str]) -> dict[str, str]:
        """Alias → the tag under whose spelling it is shown, for the aliases among these names. One query."""
        aliases = self.filter(name__in=set(names), alias_of__isnull=False)
        return dict(aliases.values_list("name", "alias_of__name"))

    def canonical(self, names: Sequence[str]) -> list[str]:
        """The names as they are to be spelled, each once, in their order."""
        spelled = self.spellings(names) if names else {}
        return list(dict.fromkeys(spelled.get(name, name) for name in names))


class Tag(models.Model):
    """A word that readers can follow. Editors' own lists are `Digest.tags`; rows arise when a digest is published.

    `alias_of` is the tag under whose spelling it is shown; an alias of an alias is not allowed.
    """

    name = models.CharField(max_length=100, unique=True)
    alias_of = models.ForeignKey("self", models.CASCADE, null=True, blank=True, related_name="aliases")

    objects = TagQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("tag"), _("tags")

    def __str__(self) -> str:
        return self.name


class Series(models.Model):
    """Digests that belong together, by date. Editors write `Digest.series`; rows arise as those of tags do."""

    name = models.CharField(max_length=100, unique=True)

    class Meta:
        verbose_name, verbose_name_plural = _("series"), _("series")

    def __str__(self) -> str:
        return self.name


class PublicationQuerySet(models.QuerySet["Publication"]):
    def live(self) -> Self:
        return self.filter(is_live=True)

    def withdraw(self) -> int:
        """Takes those that are live from the readers; how many they were. The caller holds the transaction.

        They leave their tags: what carries a tag is live, so that counting it reads no publication.
        """
        live = self.live()
        self.model.tags.through.objects.filter(publication__in=live).delete()
        return live.update(is_live=False, withdrawn_at=timezone.now())

    def in_month(self, year: int, month: int) -> Self:
        return self.filter(date__range=(date(year, month, 1), date(year, month, monthrange(year, month)[1])))

    def newest_first(self) -> Self:
        return self.order_by("-date", "-digest_id")

    def carrying(self, tag: str) -> Self:
        """Those that carry the tag. By a key that is no column: SQLite then goes along the index of the order that is
        asked for, and else reads every row that carries the tag (30 ms for 407 of 1,922, and 0.1 ms)."""
        through: Any = Publication.tags.through
        carriers = through.objects.filter(tag__name=tag)
        return self.annotate(key=F("pk") + 0).filter(key__in=carriers.values("publication_id"))


class Publication(models.Model):
    """An attempt. The `is_live` one of a digest is what the public pages show, made from `document` alone.

    A pending one waits for a delivery (`Delivery`) and goes live once the Hugo site has it.

    `document` has the shape of Matome's own JSON. The head's fields are copied out of it for listings.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("On its way")
        SUCCEEDED = "succeeded", _("Published")
        FAILED = "failed", _("Failed")

    digest = models.ForeignKey(Digest, models.CASCADE, related_name="publications")
    state = models.CharField(max_length=10, choices=State)
    is_live = models.BooleanField(default=False)
    digest_changes = models.PositiveIntegerField()
    slug = models.CharField(max_length=120)
    headline = models.CharField(max_length=300, blank=True)
    lead = models.TextField(blank=True)
    date = models.DateField()
    quote_count = models.PositiveIntegerField()
    picture = models.JSONField(default=dict, blank=True)  # `illustrations.Facts`; {}: a title card made by itself
    tags = models.ManyToManyField(Tag, related_name="publications", blank=True)  # of a live one, else none
    series = models.ForeignKey(Series, models.PROTECT, null=True, blank=True, related_name="publications")
    document = models.JSONField()
    error = models.TextField(blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    published_at = models.DateTimeField(default=timezone.now)  # when readers first saw the digest
    created_at = models.DateTimeField(auto_now_add=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = PublicationQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("publication"), _("publications")
        constraints = [
            models.UniqueConstraint(fields=["digest"], condition=Q(is_live=True), name="publication_one_live"),
            models.UniqueConstraint(fields=["slug"], condition=Q(is_live=True), name="publication_live_slug_once"),
            models.CheckConstraint(
                condition=Q(is_live=False) | Q(state="succeeded", withdrawn_at=None), name="publication_live_succeeded"
            ),
            models.CheckConstraint(
                condition=Q(state="failed") & ~Q(error="") | ~Q(state="failed") & Q(error=""),
                name="publication_failed_says_why",
            ),
        ]
        indexes = [
            # A row holds a whole document, so each one that has to be looked at, be it only to see that it is live,
            # costs a page of the file or ten. Counting, months, the order of lists and feeds, and the sitemap read
            # these alone.
            models.Index(
                fields=["-date", "-digest", "is_live"], condition=Q(is_live=True), name="publication_live_newest"
            ),
            models.Index(
                fields=["-published_at", "-digest", "is_live", "created_at"],
                condition=Q(is_live=True),
                name="publication_live_published",
            ),
            models.Index(
                fields=["digest", "is_live", "slug", "created_at"],
                condition=Q(is_live=True),
                name="publication_live_named",
            ),
            models.Index(fields=["slug"], name="publication_slug"),  # whether a slug is taken, by a waiting one too
            # Public listings ask on every request when something was last withdrawn; rows are large, so never a scan.
            models.Index(
                fields=["-withdrawn_at"], condition=Q(withdrawn_at__isnull=False), name="publication_withdrawn"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug} ({self.state})"
