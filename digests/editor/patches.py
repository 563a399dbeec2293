"""What has changed on a digest's board since a version: an answer of a few lines, however long the digest is.

Made from the changes that the verbs have left (`digests.changes`), so that the page can take other rows of the digest
for what it holds. Knows no request.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.db.models import Max, Q
from django.utils.dateparse import parse_datetime

from digests.changes import Delta
from digests.curation.journal import WRITE
from digests.editor.rows import Layout, answering, load_layout
from digests.models import Change, Quote
from digests.models.palettes import current_palette

type Fold = tuple[int, str, int, int]  # its id, label, first row and last row

_LOOKS = {"color", "emphasis"}
_SHOWN = {"text", "title", "author", "target", "width", "height", "created_at"}


@dataclass(frozen=True, slots=True)
class Patch:
    """What a page of version `since` does to be one of version `to`.

    `placed`: rows in reading order with the row before each, 0 for none, so that they can be put there one after the
    other. Rows whose content is new are in `whole`, and those of which only how they are flagged may be different in
    `flagged`. `comments`: which row quotes a comment now, None for none any more.
    """

    since: int
    to: int
    gone: tuple[int, ...] = ()
    placed: tuple[tuple[int, int], ...] = ()
    folds: tuple[Fold, ...] = ()
    folds_gone: tuple[int, ...] = ()
    whole: tuple[int, ...] = ()
    flagged: tuple[int, ...] = ()
    looks: dict[int, tuple[str, str]] = field(default_factory=dict)  # by row: the colour's key, the emphasis
    comments: dict[int, int | None] = field(default_factory=dict)
    head: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "from": self.since,
            "to": self.to,
            "gone": self.gone,
            "placed": self.placed,
            "folds": self.folds,
            "unfolded": self.folds_gone,
            "looks": self.looks,
            "comments": self.comments,
        }


def last_seen(digest_id: int) -> str:
    """Up to when a page knows of changes that is made now; for `patch_since`."""
    newest = Change.objects.filter(digest_id=digest_id).aggregate(at=Max("at"))["at"]
    return (newest or datetime.fromtimestamp(0, UTC)).isoformat()


def patch_since(digest_id: int, version: int, *, to: int, seen: str = "", by: int | None = None) -> Patch | None:
    """What oneself or others changed after a version, up to another; None where that is no longer known.

    A text that is saved gives the digest no new version. What others than `by` wrote since a page has `seen` changes
    is in it too; one's own saves have been answered.
    """
    wanted = Q(version__gt=version)
    if at := parse_datetime(seen):
        wanted |= Q(at__gt=at) & ~Q(by=by, verb=WRITE)
    journal = Change.objects.filter(wanted, digest_id=digest_id, version__lte=to).order_by("pk")
    found = list(journal.values_list("version", "delta"))
    if not {*range(version + 1, to + 1)} <= {number for number, _delta in found}:
        return None
    deltas = [delta for _number, delta in found]
    later = [delta for number, delta in found if number > version]
    return _made(digest_id, (version, to), deltas, _standing(digest_id, later))


type _Standing = tuple[Sequence[int], Sequence[tuple[int, int]], Sequence[Fold], Sequence[int]]


def _standing(digest_id: int, deltas: Sequence[Delta]) -> _Standing:
    if not deltas:
        return (), (), (), ()
    return _once(deltas[0]) if len(deltas) == 1 else _now(load_layout(digest_id), deltas)


def _once(delta: Delta) -> _Standing:
    """What went where by one change: the delta says it."""
    old, new = delta.get("order", [[], []])
    before, after = delta.get("folds", [{}, {}])
    here = {pk for pk, _previous, _next in new}
    return (
        [pk for pk, _previous, _next in old if pk not in here],
        [(pk, previous) for pk, previous, _next in new],
        [(int(key), label, rows[0], rows[-1]) for key, (label, rows) in after.items()],
        [int(key) for key in before.keys() - after.keys()],
    )


def _now(layout: Layout, deltas: Iterable[Delta]) -> _Standing:
    """What went where by several: whatever they touched, as it stands now."""
    rows: set[int] = set()
    keys: set[int] = set()
    for delta in deltas:
        rows |= {pk for order in delta.get("order", []) for pk, _previous, _next in order}
        keys |= {int(key) for folds in delta.get("folds", []) for key in folds}
    around = (0, *layout.order)
    folds = {fold.key: fold for fold in layout.folds.values() if fold.key in keys}
    return (
        sorted(rows - {*layout.order}),
        [(pk, around[place]) for place, pk in enumerate(layout.order) if pk in rows],
        [(key, fold.label, fold.quotes[0], fold.quotes[-1]) for key, fold in folds.items() if key is not None],
        sorted(keys - folds.keys()),
    )


def _made(digest_id: int, versions: tuple[int, int], deltas: Sequence[Delta], standing: _Standing) -> Patch:
    gone, placed, folds, folds_gone = standing
    pairs = [(int(pk), pair) for delta in deltas for pk, pair in delta.get("rows", {}).items()]
    whole = {pk for pk, (before, after) in pairs if before is None or (after and after.keys() & _SHOWN)} - {*gone}
    repainted = {pk for pk, (before, after) in pairs if before and after and after.keys() & _LOOKS} - whole
    touched = _comments(pairs)
    return Patch(
        *versions,
        tuple(gone),
        tuple(placed),
        tuple(folds),
        tuple(folds_gone),
        tuple(sorted(whole)),
        tuple(sorted({*answering(digest_id, touched)} - whole)),
        _looks(repainted),
        _quoted_in(digest_id, touched),
        any("head" in delta for delta in deltas),
    )


def _comments(pairs: Iterable[tuple[int, Any]]) -> set[int]:
    """Those of which a quote came or went."""
    return {
        fields["comment_id"]
        for _pk, (before, after) in pairs
        for fields in (before, after)
        if (before is None or after is None) and fields and fields["comment_id"]
    }


def _looks(rows: Iterable[int]) -> dict[int, tuple[str, str]]:
    wanted = set(rows)
    if not wanted:
        return {}
    palette = current_palette()
    stored = Quote.objects.filter(pk__in=wanted).values_list("pk", "color", "emphasis")
    shown = ((pk, palette.shown_as(color), emphasis) for pk, color, emphasis in stored)
    return {pk: (color.key if color else "", emphasis) for pk, color, emphasis in shown}


def _quoted_in(digest_id: int, comments: set[int]) -> dict[int, int | None]:
    if not comments:
        return {}
    rows = Quote.objects.filter(digest_id=digest_id, comment__in=comments).in_order().reverse()
    return dict.fromkeys(comments) | dict(rows.values_list("comment", "pk"))
