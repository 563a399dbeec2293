"""The order and the folds of a digest as plain values: where things go when they are moved, folded, dropped.

Works on the ids of quotes, which here are the headings, notes, pictures and cards too. Knows no database. Every
function returns a new outline in which each quote stands once and no fold is empty, nested or unclosed.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum


class Move(StrEnum):
    UP = "up"
    DOWN = "down"
    TOP = "top"
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class FoldRange:
    """A fold and the quotes in it. `key` is the stored fold's id, None for one that is not stored yet."""

    key: int | None
    label: str
    quotes: tuple[int, ...]


type Entry = int | FoldRange
type Outline = tuple[Entry, ...]


class NotInOutline(LookupError):
    """A quote or fold was named that this outline does not hold."""


# Moving and dragging are easiest on a flat row of tokens, where a fold is an opening and a closing one:
# one step up or down is a swap with the neighbour, whatever that is.


@dataclass(frozen=True, slots=True, eq=False)
class _Open:
    key: int | None
    label: str


class _Close:
    pass


_CLOSE = _Close()
_SPARE_NUMBERS = 200  # so many folds may have gone at once and the rest are still known by their labels
type _Token = int | _Open | _Close


def read(rows: Iterable[tuple[int, FoldRange | None, int]]) -> Outline:
    """The outline of stored rows in order: (quote id, the fold that starts there or None, that fold's size).

    Any stored state has a meaning: a fold ends at its size, at the next fold or at the end, whichever comes first.
    """
    entries: list[Entry] = []
    opened: FoldRange | None = None
    room = 0
    members: list[int] = []

    def close() -> None:
        nonlocal opened
        if opened is not None:
            entries.append(replace(opened, quotes=tuple(members)))
        opened = None
        members.clear()

    for quote, fold, size in rows:
        if fold is not None:
            close()
            opened, room = fold, size
        elif room == 0:
            close()
        if opened is None:
            entries.append(quote)
        else:
            members.append(quote)
            room -= 1
    close()
    return tuple(entries)


def quotes(outline: Outline) -> tuple[int, ...]:
    """Every quote in reading order, those in folds included."""
    found: list[int] = []
    for entry in outline:
        if isinstance(entry, FoldRange):
            found.extend(entry.quotes)
        else:
            found.append(entry)
    return tuple(found)


def folds(outline: Outline) -> tuple[FoldRange, ...]:
    return tuple(entry for entry in outline if isinstance(entry, FoldRange))


def find_fold(outline: Outline, key: int) -> FoldRange:
    for fold in folds(outline):
        if fold.key == key:
            return fold
    raise NotInOutline(key)


def move(outline: Outline, picked: Collection[int], to: Move) -> Outline:
    """One step up or down, a fold's edge being a step of its own; or to the very top or bottom, outside any fold.

    Several then stand together: above where the first of them stood, or below the last.
    """
    tokens = _flatten(outline)
    places = sorted(_place(tokens, quote) for quote in set(picked))
    if not places:
        return outline
    gap = {
        Move.UP: max(places[0] - 1, 0),
        Move.DOWN: min(places[-1] + 2, len(tokens)),
        Move.TOP: 0,
        Move.BOTTOM: len(tokens),
    }[to]
    return _regroup(tokens, [tokens[place] for place in places], gap)


def place(outline: Outline, picked: Collection[int], at: str) -> Outline:
    """Puts quotes together, in the order they have, at a gap as `insert` names it, which one of them may name too."""
    tokens = _flatten(outline)
    places = sorted(_place(tokens, quote) for quote in set(picked))
    return _regroup(tokens, [tokens[place] for place in places], _gap(outline, tokens, at))


def place_fold(outline: Outline, key: int, at: str) -> Outline:
    """Puts a fold with all that is in it at a gap; one inside a fold is taken as the gap behind that fold."""
    fold = find_fold(outline, key)
    tokens = _flatten(outline)
    gap = _gap(outline, tokens, at)
    opened = False
    for token in tokens[:gap]:
        opened = isinstance(token, _Open) or (opened and not isinstance(token, _Close))
    while opened:
        opened = not isinstance(tokens[gap], _Close)
        gap += 1
    start = next(n for n, token in enumerate(tokens) if isinstance(token, _Open) and token.key == key)
    stop = start + len(fold.quotes) + 2
    if start < gap < stop:
        return outline
    carried = tokens[start:stop]
    return _build(
        [*tokens[:gap], *carried, *tokens[gap:start], *tokens[stop:]]
        if gap <= start
        else [*tokens[:start], *tokens[stop:gap], *carried, *tokens[gap:]]
    )


def insert(outline: Outline, quote: int, at: str) -> Outline:
    """A new quote at a gap: "top", "quote:12" (behind that one, in its fold), "above:12" (before it, in its fold),
    "fold:5" (first in it), "end:5" (behind that fold), "bottom". Raises `NotInOutline`.
    """
    tokens = _flatten(outline)
    tokens.insert(_gap(outline, tokens, at), quote)
    return _build(tokens)


def _gap(outline: Outline, tokens: Sequence[_Token], at: str) -> int:
    kind, _, value = at.partition(":")
    if at == "top":
        return 0
    if at == "bottom":
        return len(tokens)
    if kind == "quote" and _is_id(value):
        return _place(tokens, int(value)) + 1
    if kind == "above" and _is_id(value):
        return _place(tokens, int(value))
    if kind in {"fold", "end"} and _is_id(value):
        fold = find_fold(outline, int(value))
        opened = next(n for n, token in enumerate(tokens) if isinstance(token, _Open) and token.key == fold.key)
        return opened + 1 if kind == "fold" else opened + len(fold.quotes) + 2
    raise NotInOutline(at)


def _regroup(tokens: Sequence[_Token], carried: Sequence[_Token], gap: int) -> Outline:
    taken = set(carried)
    before, behind = ([token for token in part if token not in taken] for part in (tokens[:gap], tokens[gap:]))
    return _build([*before, *carried, *behind])


def relabel(outline: Outline, label: Callable[[int], str]) -> Outline:
    """Folds that still have the label of a number, `label(1)`, `label(2)` …, are numbered from 1 in reading order.

    Those with a label of their own keep it, and leave no hole in the numbers.
    """
    all_folds = folds(outline)
    automatic = {label(number) for number in range(1, len(all_folds) + _SPARE_NUMBERS)}
    counted = [fold for fold in all_folds if fold.label in automatic]
    numbered = {id(fold): label(number) for number, fold in enumerate(counted, 1)}
    return tuple(
        replace(entry, label=numbered[id(entry)]) if isinstance(entry, FoldRange) and id(entry) in numbered else entry
        for entry in outline
    )


def refill(outline: Outline, order: Sequence[int]) -> Outline:
    """The same folds at the same places, with the quotes in another order."""
    if sorted(order) != sorted(quotes(outline)):
        raise NotInOutline("quotes")
    left = iter(order)
    return tuple(
        replace(entry, quotes=tuple(next(left) for _quote in entry.quotes))
        if isinstance(entry, FoldRange)
        else next(left)
        for entry in outline
    )


def remove(outline: Outline, gone: Iterable[int]) -> Outline:
    """Takes quotes out; a fold that loses its last one goes too."""
    unwanted = set(gone)
    return _build([token for token in _flatten(outline) if not (isinstance(token, int) and token in unwanted)])


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 20  # Python refuses to read thousands of digits


def fold(outline: Outline, first: int, last: int, label: str) -> Outline:
    """Collapses the range between two quotes (in either order). Folds it cuts keep what lies outside the range."""
    order = quotes(outline)
    if first not in order or last not in order:
        raise NotInOutline((first, last))
    start, stop = sorted((order.index(first), order.index(last)))
    chosen = order[start : stop + 1]
    result: list[Entry] = []
    placed = False
    for entry in outline:
        members = entry.quotes if isinstance(entry, FoldRange) else (entry,)
        inside = [quote for quote in members if quote in chosen]
        if not inside:
            result.append(entry)
            continue
        cut = members.index(inside[0])
        before, after = members[:cut], members[cut + len(inside) :]
        if isinstance(entry, FoldRange) and before:
            result.append(replace(entry, quotes=before))
        if not placed:
            result.append(FoldRange(None, label, chosen))
            placed = True
        if isinstance(entry, FoldRange) and after:
            result.append(replace(entry, key=None if before else entry.key, quotes=after))
    return tuple(result)


def unfold(outline: Outline, key: int) -> Outline:
    """Opens a fold; its quotes stay where they are."""
    find_fold(outline, key)
    result: list[Entry] = []
    for entry in outline:
        if isinstance(entry, FoldRange) and entry.key == key:
            result.extend(entry.quotes)
        else:
            result.append(entry)
    return tuple(result)


def rename(outline: Outline, key: int, label: str) -> Outline:
    find_fold(outline, key)
    return tuple(
        replace(entry, label=label) if isinstance(entry, FoldRange) and entry.key == key else entry for entry in outline
    )


def fold_every(outline: Outline, size: int, label: Callable[[int], str], *, counted: Collection[int]) -> Outline:
    """The first `size` quotes stand open, every further `size` are a fold labelled `label(1)`, `label(2)`, …

    Only `counted` ones count. What stands between two counted ones belongs to the second, as a heading does; what
    follows the last belongs to it.
    """
    groups: list[list[int]] = [[]]
    waiting: list[int] = []
    room = size
    for quote in quotes(outline):
        waiting.append(quote)
        if quote not in counted:
            continue
        if not room:
            groups.append([])
            room = size
        groups[-1] += waiting
        waiting = []
        room -= 1
    groups[-1] += waiting
    opened, *folded = groups
    return (*opened, *(FoldRange(None, label(number), tuple(group)) for number, group in enumerate(folded, 1)))


def _flatten(outline: Outline) -> list[_Token]:
    tokens: list[_Token] = []
    for entry in outline:
        if isinstance(entry, FoldRange):
            tokens += [_Open(entry.key, entry.label), *entry.quotes, _CLOSE]
        else:
            tokens.append(entry)
    return tokens


def _build(tokens: Sequence[_Token]) -> Outline:
    entries: list[Entry] = []
    opened: _Open | None = None
    members: list[int] = []
    for token in tokens:
        if isinstance(token, _Open):
            opened = token
        elif isinstance(token, _Close):
            if opened is not None and members:
                entries.append(FoldRange(opened.key, opened.label, tuple(members)))
            opened = None
            members.clear()
        elif opened is None:
            entries.append(token)
        else:
            members.append(token)
    return tuple(entries)


def _place(tokens: Sequence[_Token], quote: int) -> int:
    for place, token in enumerate(tokens):
        if isinstance(token, int) and token == quote:
            return place
    raise NotInOutline(quote)
