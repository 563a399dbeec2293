"""What one act changed in a digest, with its way back. Plain values: knows no database.

A `Delta` is JSON, and holds only what is different:

    {"head":  {field: [before, after]},
     "rows":  {"12": [before, after]},
     "order": [[[row, the one before it or 0, the one behind it or 0], …] before, the same after],
     "folds": [{"5": [label, [rows]]} before, the same after]}

`rows` are the fields of quotes and of what stands between them: None before for a row that the act added, None after
for one that it took out, else just the fields that changed. `order` names the rows that were moved, added or taken
out, in reading order; `folds` those whose label or members are different or have moved. So a delta is as large as the
act, not as the digest, and one that is turned round (`reverse`) undoes the act, also when others have changed other
things since.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from digests import outline
from digests.outline import FoldRange, Outline

type Delta = dict[str, Any]
type Fields = dict[str, Any]
type Standing = list[int]  # [row, previous or 0, next or 0]


@dataclass(frozen=True, slots=True)
class State:
    """A digest, or as much of it as an act may change."""

    outline: Outline = ()
    rows: Mapping[int, Fields] = field(default_factory=dict)
    head: Fields = field(default_factory=dict)


def delta(before: State, after: State) -> Delta:
    """What makes `after` of `before`. Both states hold the same head fields, and the rows that may be different."""
    old, new = outline.quotes(before.outline), outline.quotes(after.outline)
    changed = moved(old, new) | (set(old) ^ set(new))
    folds_before, folds_after = _folds(before.outline), _folds(after.outline)
    same = {key for key, fold in folds_after.items() if folds_before.get(key) == fold and changed.isdisjoint(fold[1])}
    found = {
        "head": {name: [value, after.head[name]] for name, value in before.head.items() if value != after.head[name]},
        "rows": {
            str(pk): pair
            for pk in sorted({*before.rows, *after.rows})
            if (pair := _pair(before.rows.get(pk), after.rows.get(pk))) is not None
        },
        "order": [_standing(old, changed), _standing(new, changed)],
        "folds": [
            {key: fold for key, fold in folds_before.items() if key not in same},
            {key: fold for key, fold in folds_after.items() if key not in same},
        ],
    }
    return {name: value for name, value in found.items() if value and value not in ([[], []], [{}, {}])}


def reverse(change: Delta) -> Delta:
    """The way back."""
    turned: Delta = {
        name: {key: [after, before] for key, (before, after) in change[name].items()}
        for name in ("head", "rows")
        if name in change
    }
    return turned | {name: change[name][::-1] for name in ("order", "folds") if name in change}


def applied(now: Outline, change: Delta) -> Outline:
    """Order and folds after a change, also when others have changed them since it was made.

    Rows that it adds must be wanted; those that are gone, and that it does not add, are passed over. Where what a row
    stood behind is gone it goes before what it stood before, and where that is gone too, to the end.
    """
    old_places, new_places = change.get("order", [[], []])
    old_folds, new_folds = change.get("folds", [{}, {}])
    added = {int(pk) for pk, (before, _after) in change.get("rows", {}).items() if before is None}
    here = set(outline.quotes(now)) | added
    order = _reorder(outline.quotes(now), old_places, new_places, here=here)
    touched = {*old_folds, *new_folds}
    placed = {pk for pk, _before, _behind in new_places}
    owner: dict[int, str] = {}
    labels: dict[str, str] = {}
    for number, fold in enumerate(outline.folds(now)):
        key = str(fold.key) if fold.key is not None else f"new{number}"
        if key in touched:
            continue
        labels[key] = fold.label
        owner |= dict.fromkeys((pk for pk in fold.quotes if pk not in placed), key)
    for key, (label, members) in new_folds.items():
        labels[key] = label
        owner |= {pk: key for pk in members if pk in here and pk not in owner}
    return _built(order, owner, labels)


def moved(old: Sequence[int], new: Sequence[int]) -> set[int]:
    """The fewest rows of both orders that must change places to make one the other."""
    place = {pk: number for number, pk in enumerate(old)}
    common = [pk for pk in new if pk in place]
    known = set(common)
    kept = [pk for pk in old if pk in known]
    start, stop = 0, len(common)
    while start < stop and common[start] == kept[start]:
        start += 1
    while stop > start and common[stop - 1] == kept[stop - 1]:
        stop -= 1
    middle = common[start:stop]
    return set(middle) - _rising(middle, place)


def _rising(order: Sequence[int], place: Mapping[int, int]) -> set[int]:
    """A longest part of `order` that already stands in the order of `place` (patience sorting)."""
    tops: list[int] = []
    heads: list[int] = []
    before: dict[int, int | None] = {}
    for pk in order:
        pile = bisect_left(tops, place[pk])
        before[pk] = heads[pile - 1] if pile else None
        if pile == len(tops):
            tops.append(place[pk])
            heads.append(pk)
        else:
            tops[pile], heads[pile] = place[pk], pk
    found: set[int] = set()
    last = heads[-1] if heads else None
    while last is not None:
        found.add(last)
        last = before[last]
    return found


def _pair(before: Fields | None, after: Fields | None) -> list[Fields | None] | None:
    if before is None or after is None:
        return [before, after]
    names = [name for name, value in before.items() if value != after[name]]
    return [{name: before[name] for name in names}, {name: after[name] for name in names}] if names else None


def _standing(order: Sequence[int], changed: Collection[int]) -> list[Standing]:
    around = [0, *order, 0]
    return [[pk, around[place], around[place + 2]] for place, pk in enumerate(order) if pk in changed]


def _folds(of: Outline) -> dict[str, list[Any]]:
    return {str(fold.key): [fold.label, list(fold.quotes)] for fold in outline.folds(of)}


def _reorder(
    now: Sequence[int], old: Iterable[Standing], new: Iterable[Standing], *, here: Collection[int]
) -> list[int]:
    """Takes the changed rows out and puts them where `new` has them, in one pass."""
    wanted = [standing for standing in new if standing[0] in here]
    out = {standing[0] for standing in (*old, *wanted)}
    kept = [pk for pk in now if pk not in out]
    known = set(kept)
    behind: dict[int, list[int]] = {}
    ahead: dict[int, list[int]] = {}
    chains: dict[int, list[int]] = {}
    end: list[int] = []
    for pk, previous, following in wanted:
        if previous in chains:
            chain = chains[previous]
        elif previous in known or previous == 0:
            chain = behind.setdefault(previous, [])
        elif following in known:
            chain = ahead.setdefault(following, [])
        else:
            chain = end
        chain.append(pk)
        chains[pk] = chain
    result = behind.get(0, [])[:]
    for pk in kept:
        result += [*ahead.get(pk, ()), pk, *behind.get(pk, ())]
    return result + end


def _built(order: Sequence[int], owner: dict[int, str], labels: Mapping[str, str]) -> Outline:
    """The outline of rows of which some belong to folds. What stands between two rows of one fold is in it too."""

    def next_owner(place: int) -> str:
        return next((owner[pk] for pk in order[place:] if pk in owner), "")

    entries: list[int | FoldRange] = []
    used: set[str] = set()
    opened, members = "", list[int]()
    for place, pk in enumerate(order):
        own = owner.get(pk, "")
        inside = opened and (own or next_owner(place)) == opened
        if opened and not inside:
            entries.append(_fold(opened, labels, members, used))
            opened, members = "", []
        if inside:
            members.append(pk)
        elif own:
            opened, members = own, [pk]
        else:
            entries.append(pk)
    if opened:
        entries.append(_fold(opened, labels, members, used))
    return tuple(entries)


def _fold(key: str, labels: Mapping[str, str], members: Sequence[int], used: set[str]) -> FoldRange:
    """A fold that others cut in two goes on as a new one of the same label."""
    number = int(key) if key.isdigit() and key not in used else None
    used.add(key)
    return FoldRange(number, labels[key], tuple(members))
