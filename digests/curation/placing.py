"""Where rows go: several at once, to a gap, under a number, and folds as a whole; folds' labels keep their numbers."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from digests import outline
from digests.curation.errors import CurationError
from digests.curation.restructuring import restructure
from digests.models import Digest, Quote
from digests.outline import Move, Outline


def place(digest_id: int, *, version: int, row_ids: Collection[int], at: str, by: int | None = None) -> int:
    """Puts rows together at a gap, as `outline.insert` names it, or under the quote of a number: "number:12".

    0 is the top. Returns the digest's new version.
    """

    def change(digest: Digest, old: Outline) -> Outline:
        return outline.place(old, row_ids, _gap(digest, old, at))

    return restructure(digest_id, version, change, by=by, verb="place")


def move(digest_id: int, *, version: int, row_ids: Collection[int], to: Move, by: int | None = None) -> int:
    """Moves rows together one step up or down (a fold's edge is a step), or to the top or the bottom."""
    return restructure(digest_id, version, lambda _digest, old: outline.move(old, row_ids, to), by=by, verb="move")


def place_fold(digest_id: int, *, version: int, fold_id: int, at: str, by: int | None = None) -> int:
    """Puts a fold with all its rows at a gap between folds; folds' numbers follow."""

    def change(digest: Digest, old: Outline) -> Outline:
        return outline.place_fold(old, fold_id, _gap(digest, old, at))

    return restructure(digest_id, version, change, by=by, verb="place")


def _gap(digest: Digest, old: Outline, at: str) -> str:
    kind, _sep, value = at.partition(":")
    if kind != "number":
        return at
    quoted = set(Quote.objects.filter(digest=digest).quoted().values_list("pk", flat=True))
    rows = [pk for pk in outline.quotes(old) if pk in quoted]
    if not (value.isascii() and value.isdigit() and len(value) < 9 and int(value) <= len(rows)):
        message = _("There is no number %(number)s.") % {"number": value or "–"}
        raise CurationError("no_number", message, field="number")
    return f"quote:{rows[int(value) - 1]}" if int(value) else "top"
