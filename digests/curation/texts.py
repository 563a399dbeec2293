"""The texts and the colour of a quote, and the texts of what stands between quotes."""

import datetime
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import palette, plaintext
from digests.changes import State
from digests.curation import journal, states
from digests.curation.errors import CurationError
from digests.curation.heads import bump
from digests.models import Digest, Quote, StaleVersion
from digests.models.digests import at_noon
from digests.publishing.interchange import is_http_url

# What an editor writes on a row, by its kind. A picture's file is not written, it is uploaded.
FIELDS: dict[str, tuple[str, ...]] = {
    Quote.Kind.QUOTE: ("text", "author"),
    Quote.Kind.HEADING: ("text",),
    Quote.Kind.NOTE: ("text",),
    Quote.Kind.UPDATE: ("text",),
    Quote.Kind.PICTURE: ("text", "title", "author"),
    Quote.Kind.CARD: ("target", "title", "text"),
}
_SEVERAL_LINES = {Quote.Kind.QUOTE, Quote.Kind.NOTE, Quote.Kind.UPDATE}  # the texts of others are one line
MOST_IN_LINE = 300


def paint(digest_id: int, *, version: int, quote_ids: Sequence[int], color: str, by: int | None = None) -> int:
    """Gives quotes a colour (`#rrggbb`), or none (""); returns the digest's new version.

    Headings and the like among them have none, and stay as they are.
    """
    if color and not palette.is_color(color):
        raise CurationError("bad_color", _("A colour looks like #785bff."), field="color")
    return dress(digest_id, version=version, quote_ids=quote_ids, by=by, verb="paint", color=color)


def dress(digest_id: int, *, version: int, quote_ids: Sequence[int], by: int | None, verb: str, **look: str) -> int:
    """Writes one of the fields that say how a quote looks; the digest's new version."""
    with transaction.atomic():
        new_version = bump(digest_id, version)
        meant = Quote.objects.filter(digest_id=digest_id, pk__in=quote_ids)
        if meant.count() != len(set(quote_ids)):
            raise StaleVersion(version)
        journal.begin(digest_id, by)
        before = State(rows=journal.row_fields(digest_id, quote_ids))
        meant.quoted().update(**look)
        after = State(rows=journal.row_fields(digest_id, quote_ids))
        if not journal.record(digest_id, by=by, verb=verb, version=new_version, before=before, after=after):
            if not meant.quoted().exists():
                raise CurationError("no_quote", _("Only quotes have a colour or are large or boxed."))
            transaction.set_rollback(True)  # it looks like that already
            return version
    return new_version


def edit_quote(
    quote_id: int,
    *,
    version: int,
    text: str,
    author: str = "",
    title: str = "",
    target: str = "",
    day: datetime.date | None = None,
    by: int | None = None,
) -> Quote:
    """Writes a row's texts by the row's own version; those that its kind does not have (`FIELDS`) are left alone.

    `day` is the date of an update, None leaves it.

    What stands there already is no change, whatever the version: a save whose answer got lost can be sent again.
    """
    typed = {"text": text, "author": author, "title": title, "target": target}
    with transaction.atomic():
        # The digest's row first, as in every other verb: in another order two editors could wait for each other.
        digest = Digest.objects.select_for_update(of=("self",)).filter(quotes=quote_id).first()
        quote = Quote.objects.filter(pk=quote_id).first()
        if quote is None or digest is None:
            raise StaleVersion(None)
        new: dict[str, Any] = dict(clean_texts(quote.kind, typed))
        if quote.kind == Quote.Kind.UPDATE and day not in {None, quote.day}:
            new["created_at"] = at_noon(day)
        old = {name: getattr(quote, name) for name in new}
        if old == new:
            return quote
        journal.begin(digest.pk, by)
        if not Quote.objects.filter(pk=quote_id, version=version).update(**new, version=F("version") + 1):
            raise StaleVersion(Quote.objects.filter(pk=quote_id).values_list("version", flat=True).first())
        Digest.objects.filter(pk=digest.pk).update(changes=F("changes") + 1, updated_at=timezone.now())
        before, after = (State(rows={quote_id: states.plain(one)}) for one in (old, new))
        journal.record(digest.pk, by=by, verb=journal.WRITE, version=digest.version, before=before, after=after)
        quote = Quote.objects.get(pk=quote_id)
    return quote


def clean_texts(kind: str, typed: dict[str, str]) -> dict[str, str]:
    """What is stored of the fields of a row. Raises `CurationError` for what does not fit."""
    new = {name: plaintext.clean_line(typed[name]) for name in FIELDS[kind]}
    if kind in _SEVERAL_LINES:
        new["text"] = plaintext.clean(typed["text"])
    elif len(new["text"]) > MOST_IN_LINE:
        raise CurationError(
            "too_long", _("This text has at most %(most)s characters.") % {"most": MOST_IN_LINE}, field="text"
        )
    if len(new.get("title", "")) > MOST_IN_LINE:
        raise CurationError(
            "too_long", _("A title has at most %(most)s characters.") % {"most": MOST_IN_LINE}, field="title"
        )
    if len(new.get("author", "")) > 200:
        raise CurationError("bad_author", _("A name has at most 200 characters."), field="author")
    if new.get("target") and not is_http_url(new["target"]):
        message = _("An address begins with http:// or https:// and has no blanks.")
        raise CurationError("bad_address", message, field="target")
    return new
