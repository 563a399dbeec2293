"""The editor's work: a digest, its quotes and what stands between them in order, its folds.

Order lives in `Quote.position` alone, so headings, notes, pictures and cards are rows of that table too. A fold is a
range by construction: it starts at its first quote and holds `size` quotes from there, so it cannot be empty (both are
required), unclosed (a size is an end) or nested (a range also ends where the next fold starts).
"""

import datetime
from typing import Self

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, FilteredRelation, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests.models.threads import Comment, Thread
from digests.publishing.interchange import is_http_url

SLUG_PATTERN = r"^[a-z0-9][a-z0-9_-]*$"
COLOR_PATTERN = r"^#[0-9a-f]{6}$"


def check_web_address(value: str) -> None:
    """Refuses what readers could not follow. Django's own validator also refuses addresses that real sites have."""
    if not is_http_url(value):
        raise ValidationError(_("Enter a valid URL."))


def at_noon(day: datetime.date) -> datetime.datetime:
    """What is stored for an update's day: an instant that is on that day in the site's zone."""
    noon = datetime.datetime.combine(day, datetime.time(12), tzinfo=timezone.get_default_timezone())
    return noon.astimezone(datetime.UTC)


class StaleVersion(Exception):
    """The version given is not the one in the database (`current`; None when the row is gone). Nothing was written."""

    def __init__(self, current: int | None) -> None:
        super().__init__(current)
        self.current = current


class DigestQuerySet(models.QuerySet["Digest"]):
    def kept(self) -> Self:
        """Without those in the bin."""
        return self.filter(binned_at=None)

    def with_publication(self) -> Self:
        """Adds `published_changes`: the `changes` count of what readers see, None for a draft."""
        return self.annotate(
            live=FilteredRelation("publications", condition=Q(publications__is_live=True)),
            published_changes=F("live__digest_changes"),
        )

    def with_quote_count(self) -> Self:
        return self.annotate(quote_count=models.Count("quotes", filter=Q(quotes__kind="quote")))

    def newest_first(self) -> Self:
        return self.order_by("-date", "-pk")


class Digest(models.Model):
    """One digest as its editors have it now; what readers see is the live `Publication`.

    `version` counts changes of structure and head (choice, order, colour, folds, headline …); a stale page is told by
    it. `changes` counts every change, those of quotes' texts included.
    """

    thread = models.ForeignKey(Thread, models.PROTECT, null=True, blank=True, related_name="digests")
    slug = models.CharField(
        max_length=120,
        unique=True,
        validators=[RegexValidator(SLUG_PATTERN, _("Use lower-case letters, digits, _ and - only."))],
    )
    headline = models.CharField(max_length=300, blank=True)
    lead = models.TextField(blank=True)
    date = models.DateField()
    tags = models.JSONField(default=list, blank=True)
    thumbnail = models.CharField(max_length=300, blank=True)
    source_url = models.CharField(max_length=2000, blank=True, validators=[check_web_address])
    article_url = models.CharField(max_length=2000, blank=True, validators=[check_web_address])
    version = models.PositiveIntegerField(default=1)
    changes = models.PositiveIntegerField(default=1)
    series = models.CharField(max_length=100, blank=True)
    card_template = models.CharField(max_length=20, blank=True)
    binned_at = models.DateTimeField(null=True, blank=True)
    binned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DigestQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("digest"), _("digests")
        constraints = [
            models.CheckConstraint(condition=Q(slug__regex=SLUG_PATTERN), name="digest_slug_plain"),
            models.CheckConstraint(condition=Q(version__gte=1, changes__gte=1), name="digest_counts_from_one"),
        ]
        indexes = [models.Index(fields=["-date", "-id"], name="digest_newest")]

    def __str__(self) -> str:
        return self.headline or self.slug


class QuoteQuerySet(models.QuerySet["Quote"]):
    def in_order(self) -> Self:
        return self.order_by("digest_id", "position")

    def quoted(self) -> Self:
        """Without the headings, notes, pictures and cards."""
        return self.filter(kind=Quote.Kind.QUOTE)

    def with_originals(self) -> Self:
        """Loads each with its comment, as far as readers get to see that."""
        return self.select_related("comment").defer("comment__body", "comment__links", "comment__words")

    def with_answered(self) -> Self:
        """Adds `said`, the content of a quote's comment, and of the comment that it answers `answered`, its id, and
        `answered_author` and `answered_state`. None where there is none; no comment is made for it."""
        return self.annotate(
            said=F("comment__content"),
            answered=F("comment__parent"),
            answered_author=F("comment__parent__author"),
            answered_state=F("comment__parent__state"),
        )


class Quote(models.Model):
    """A chosen comment in the reader's language, or what an editor puts between quotes (`kind`).

    One table, because there is one order: a heading is moved, dragged, folded and dropped exactly like a quote
    (decision 5). What a column means depends on the kind, and one that a kind does not use is empty:

    | kind    | text         | author | title   | target           | besides                                      |
    |---------|--------------|--------|---------|------------------|----------------------------------------------|
    | quote   | its text     | author |         |                  | comment, native_id, created_at, color, emphasis |
    | heading | its line     |        |         |                  |                                              |
    | note    | its text     |        |         |                  |                                              |
    | picture | what it shows| credit | caption | path of the file | width, height in pixels, 0 where not known   |
    | card    | a few words  |        | title   | address          |                                              |
    | update  | its text     |        |         |                  | created_at: its own date                     |

    `version` counts changes of these texts.
    """

    class Kind(models.TextChoices):
        QUOTE = "quote", _("Quote")
        HEADING = "heading", _("Heading")
        NOTE = "note", _("Note")
        PICTURE = "picture", _("Picture")
        CARD = "card", _("Link card")
        UPDATE = "update", _("Update")

    class Emphasis(models.TextChoices):
        NONE = "", _("Plain")
        LARGE = "large", _("Large")
        BOXED = "boxed", _("Boxed")

    digest = models.ForeignKey(Digest, models.CASCADE, related_name="quotes")
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.QUOTE)
    comment = models.ForeignKey(Comment, models.SET_NULL, null=True, blank=True, related_name="quotes")
    native_id = models.CharField(max_length=60, blank=True)
    position = models.PositiveIntegerField()
    author = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(null=True, blank=True)
    text = models.TextField(blank=True)
    title = models.CharField(max_length=300, blank=True)
    target = models.CharField(max_length=2000, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    color = models.CharField(max_length=7, blank=True)
    emphasis = models.CharField(max_length=5, choices=Emphasis, default=Emphasis.NONE, blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = QuoteQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("quote"), _("quotes")
        constraints = [
            models.UniqueConstraint(fields=["digest", "position"], name="quote_one_per_position"),
            models.CheckConstraint(
                condition=Q(color="") | Q(color__regex=COLOR_PATTERN), name="quote_color_is_hex_or_none"
            ),
            models.CheckConstraint(condition=Q(version__gte=1), name="quote_version_from_one"),
            models.CheckConstraint(
                condition=Q(kind="quote", created_at__isnull=False)
                | Q(
                    kind__in=["heading", "note", "picture", "card"],
                    comment=None,
                    native_id="",
                    created_at=None,
                    color="",
                    emphasis="",
                )
                | Q(kind="update", created_at__isnull=False, comment=None, native_id="", color="", emphasis=""),
                name="quote_alone_has_a_comment",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["quote", "picture"]) | Q(author=""), name="quote_author_by_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["picture", "card"]) | Q(title="", target=""), name="quote_target_by_kind"
            ),
            models.CheckConstraint(
                condition=Q(kind="picture") & ~Q(target="") | ~Q(kind="picture") & Q(width=0, height=0),
                name="quote_picture_has_a_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.author}: {self.text[:40]}" if self.author else self.text[:40] or self.title

    @property
    def day(self) -> datetime.date | None:
        """The date of an update; None for everything else."""
        if self.kind != Quote.Kind.UPDATE or self.created_at is None:
            return None
        return timezone.localdate(self.created_at, timezone.get_default_timezone())


class Fold(models.Model):
    """A collapsed range: `size` quotes from `first` on."""

    first = models.OneToOneField(Quote, models.CASCADE, related_name="fold")
    size = models.PositiveIntegerField()
    label = models.CharField(max_length=200)

    class Meta:
        verbose_name, verbose_name_plural = _("fold"), _("folds")
        constraints = [models.CheckConstraint(condition=Q(size__gte=1), name="fold_never_empty")]

    def __str__(self) -> str:
        return self.label
