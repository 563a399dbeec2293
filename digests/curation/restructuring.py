"""One change of what a digest holds and in which order, stored: positions, folds, and the way back.

Every verb on structure goes through `restructure`. Positions are sparse: only their order counts, so that moving one
row writes one row however long the digest is.
"""

from collections.abc import Callable, Mapping, Sequence

from django.db import connection, transaction
from django.db.models import F, Max

from digests import changes, outline
from digests.changes import State
from digests.curation import journal
from digests.curation.folding import folding
from digests.curation.heads import bump
from digests.models import Digest, Fold, Quote, StaleVersion
from digests.outline import FoldRange, NotInOutline, Outline

GAP = 1024  # between two positions when there is room to choose
_BACK = ("undo", "redo", "restore")
_START = 1000 * GAP  # so that there is room at the top
# Rows are shifted by this before they get their new positions: a unique constraint is checked row by row. Twice as much
# would not fit the column.
_OFFSET = 1_000_000_000


def read_outline(digest_id: int) -> Outline:
    """The stored order and folds of a digest, in one query."""
    rows = Quote.objects.filter(digest_id=digest_id).in_order().values_list("pk", "fold", "fold__label", "fold__size")
    return outline.read(
        (quote, FoldRange(key, label, ()) if key is not None else None, size or 0) for quote, key, label, size in rows
    )


def restructure(
    digest_id: int,
    version: int,
    change: Callable[[Digest, Outline], Outline],
    *,
    by: int | None,
    verb: str,
    rows: Sequence[int] = (),
    head: bool = False,
) -> int:
    """One change of structure: by the digest's version, in one transaction, with its way back. The new version.

    What `change` adds it stores itself (`add_quotes`); what its outline no longer holds is deleted. `rows` are those
    whose fields it may change besides, and `head` says that it may change the digest's.
    """
    with transaction.atomic():
        new_version = bump(digest_id, version)
        digest = Digest.objects.get(pk=digest_id)
        old = read_outline(digest_id)
        journal.begin(digest_id, by)
        before = journal.row_fields(digest_id, rows)
        head_before = journal.head_fields(digest) if head else {}
        try:
            new = change(digest, old)
            if verb not in _BACK:
                new = _renumbered(digest_id, old, new)
        except NotInOutline as error:
            # The page names something this digest no longer holds: it is older than its version says.
            raise StaleVersion(version) from error
        was, now = set(outline.quotes(old)), set(outline.quotes(new))
        before |= journal.row_fields(digest_id, was - now - before.keys())
        write_outline(digest, new)
        if any(fold.key is None for fold in outline.folds(new)):
            new = read_outline(digest_id)
        after = journal.row_fields(digest_id, (before.keys() & now) | (now - was))
        head_after = journal.head_fields(Digest.objects.get(pk=digest_id)) if head else {}
        delta = journal.record(
            digest_id,
            by=by,
            verb=verb,
            version=new_version,
            before=State(old, before, head_before),
            after=State(new, after, head_after),
        )
        if not delta:  # a version that no change explains would make every page ask for all rows
            transaction.set_rollback(True)
            return version
    return new_version


def _renumbered(digest_id: int, old: Outline, new: Outline) -> Outline:
    """Folds' numbers follow when folds come, go or change their order; whoever goes back gets the labels of then."""
    before, after = (tuple(fold.key for fold in outline.folds(one)) for one in (old, new))
    if before == after and None not in after:
        return new
    return outline.relabel(new, folding(digest_id).label)


def add_quotes(digest: Digest, quotes: Sequence[Quote]) -> list[int]:
    """Stores new quotes behind all others; `write_outline` gives them their places."""
    last = digest.quotes.aggregate(last=Max("position"))["last"]
    start = _START if last is None else last + GAP
    if start + GAP * len(quotes) >= _OFFSET:
        _respace(digest, list(digest.quotes.order_by("position").values_list("pk", flat=True)))
        return add_quotes(digest, quotes)
    for number, quote in enumerate(quotes):
        quote.digest, quote.position = digest, start + GAP * number
    return [quote.pk for quote in Quote.objects.bulk_create(quotes)]


def write_outline(digest: Digest, new: Outline) -> None:
    """Makes the stored order and folds those of `new`; quotes that it does not hold are deleted.

    Only rows that change are written. The caller holds the digest's version.
    """
    order = outline.quotes(new)
    stored = dict(digest.quotes.order_by("position").values_list("pk", "position"))
    _write_folds(digest, new)
    if gone := stored.keys() - {*order}:
        digest.quotes.filter(pk__in=gone).delete()
    moved = changes.moved([pk for pk in stored if pk not in gone], order)
    if not moved:
        return
    places = spread(order, {pk: place for pk, place in stored.items() if pk not in moved})
    if places is None and _open_gaps(digest, max(stored.values())):
        opened = {pk: place * GAP + _START for pk, place in stored.items() if pk not in moved}
        places = spread(order, opened)
    if places is None:
        _respace(digest, order)
        return
    if len(moved) > 1:
        digest.quotes.filter(pk__in=moved).update(position=F("position") + _OFFSET)
    _write_positions({pk: places[pk] for pk in moved})


def spread(order: Sequence[int], kept: Mapping[int, int]) -> dict[int, int] | None:
    """Positions for the rows that are not `kept` (row → position), between their neighbours; None where is no room."""
    places: dict[int, int] = {}
    last, waiting = -1, list[int]()
    for pk in order:
        if pk not in kept:
            waiting.append(pk)
            continue
        if waiting and last < 0:
            last = max(last, kept[pk] - GAP * (len(waiting) + 1))
        step = (kept[pk] - last) / (len(waiting) + 1)
        if waiting and step < 1:
            return None
        places |= {one: last + int(step * number) for number, one in enumerate(waiting, 1)}
        last, waiting = kept[pk], []
    places |= {one: last + GAP * number for number, one in enumerate(waiting, 1)}
    return None if any(place >= _OFFSET for place in places.values()) else places


def _open_gaps(digest: Digest, highest: int) -> bool:
    """Multiplies every position, in two statements however many there are; False where that would not fit."""
    if highest * GAP + _START >= _OFFSET:
        return False
    digest.quotes.update(position=F("position") * GAP + _START + _OFFSET)
    digest.quotes.update(position=F("position") - _OFFSET)
    return True


def _respace(digest: Digest, order: Sequence[int]) -> None:
    """Writes every row. Needed when some thousand rows came into one gap, or a gap was halved ten times."""
    digest.quotes.filter(position__lt=_OFFSET).update(position=F("position") + _OFFSET)
    _write_positions({pk: _START + GAP * number for number, pk in enumerate(order)})


def _write_positions(places: Mapping[int, int]) -> None:
    """Django's own `bulk_update` takes 0.9 s for 3,000 rows, this a twentieth."""
    table = connection.ops.quote_name(Quote._meta.db_table)  # noqa: SLF001  (Django documents `_meta`)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"UPDATE {table} SET position = %s WHERE id = %s",  # noqa: S608  (a table's name is all that is put in)
            [(position, pk) for pk, position in places.items()],
        )


def _write_folds(digest: Digest, new: Outline) -> None:
    stored = {fold.pk: fold for fold in Fold.objects.filter(first__digest=digest)}
    kept: list[Fold] = []
    fresh: list[Fold] = []
    for entry in outline.folds(new):
        row = Fold(pk=entry.key, first_id=entry.quotes[0], size=len(entry.quotes), label=entry.label)
        old = stored.get(row.pk) if row.pk else None
        if old is None or old.first_id != row.first_id:
            fresh.append(row)
        elif (old.size, old.label) != (row.size, row.label):
            kept.append(row)
    # A fold whose first quote changed is written anew under its own id: updating several in turn could meet the
    # unique constraint on `first` half-way.
    keys = {entry.key for entry in outline.folds(new)} - {row.pk for row in fresh}
    if gone := stored.keys() - keys:
        Fold.objects.filter(pk__in=gone).delete()
    Fold.objects.bulk_create(fresh)
    Fold.objects.bulk_update(kept, ["size", "label"])
