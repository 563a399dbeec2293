"""Two people changed the same post: what both did is put together, quote by quote; what cannot be is left to a person.

A quote is known by its comment where both say it, else by two of the three things that a post says of it: who wrote
it, when, and what.
"""

from collections import defaultdict, deque
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, cast

from digests.plaintext import clean
from digests.publishing import escaping
from digests.publishing.document import DigestDocument, DocumentEntry, DocumentFold, DocumentItem, DocumentQuote

_HEAD = ("headline", "lead", "date", "thumbnail", "source_url", "article_url")
_QUOTE = ("text", "author", "created_at", "color")

type Key = tuple[object, ...]
type Fold = tuple[int, str]  # its number in the document, and its label


@dataclass(frozen=True, slots=True)
class Conflict:
    """A place that both changed in different ways. `name` is a field of the head, or one of `place`'s quote.

    `name` "quote" is a quote that one side changed and the other took out; None stands for one that is not there.
    `number` is the quote's 1-based place in ours, or else in theirs.
    """

    id: str
    name: str
    number: int | None
    base: Any
    ours: Any
    theirs: Any


@dataclass(frozen=True, slots=True)
class Merged:
    """`document` holds ours wherever there is a conflict that nobody has decided."""

    document: DigestDocument
    conflicts: tuple[Conflict, ...]


def merge(
    base: DigestDocument, ours: DigestDocument, theirs: DigestDocument, *, picks: Mapping[str, str] | None = None
) -> Merged:
    """What both sides made of `base`. `picks` decides conflicts: id → "ours" or "theirs"; those are not returned."""
    return _Merge(base, ours, theirs, picks or {}).merged()


class _Merge:
    def __init__(
        self, base: DigestDocument, ours: DigestDocument, theirs: DigestDocument, picks: Mapping[str, str]
    ) -> None:
        self.base, self.ours, self.theirs, self.picks = base, ours, theirs, picks
        self.conflicts: list[Conflict] = []
        self.held = tuple(_keyed(base, ours, theirs))
        self.numbers = _numbers(self.held[2]) | _numbers(self.held[1])

    def merged(self) -> Merged:
        head = {name: self._value(name, name, self._three(name)) for name in _HEAD}
        entries = self._entries()
        order = self._order(entries)
        document = replace(self.ours, items=tuple(self._folded(order, entries)), tags=self._tags(), **head)
        return Merged(document, tuple(self.conflicts))

    def _three(self, name: str) -> tuple[Any, Any, Any]:
        return _each((self.base, self.ours, self.theirs), name)

    def _value(self, identity: str, name: str, three: tuple[Any, Any, Any], number: int | None = None) -> Any:
        """The value that one side changed; a conflict where both did, each in its own way."""
        base, ours, theirs = three
        if theirs in (ours, base):
            return ours
        if ours == base:
            return theirs
        if (pick := self.picks.get(identity)) in {"ours", "theirs"}:
            return ours if pick == "ours" else theirs
        self.conflicts.append(Conflict(identity, name, number, base, ours, theirs))
        return ours

    def _tags(self) -> tuple[str, ...]:
        """Ours, with those that they added and without those that they took out."""
        gone = set(self.base.tags) - set(self.theirs.tags)
        added = [tag for tag in self.theirs.tags if tag not in self.base.tags]
        return tuple(dict.fromkeys([tag for tag in self.ours.tags if tag not in gone] + added))

    def _entries(self) -> dict[Key, DocumentEntry]:
        """Every entry that is to stand, in both sides' state."""
        base, ours, theirs = self.held
        found: dict[Key, DocumentEntry] = {}
        for key in dict.fromkeys([*ours, *theirs]):
            entry = self._entry(key, base.get(key), ours.get(key), theirs.get(key))
            if entry is not None:
                found[key] = entry
        return found

    def _entry(
        self, key: Key, base: DocumentEntry | None, ours: DocumentEntry | None, theirs: DocumentEntry | None
    ) -> DocumentEntry | None:
        identity, number = "/".join(map(str, key)), self.numbers.get(key)
        three = (base, ours, theirs)
        if all(isinstance(one, DocumentQuote) for one in three):
            values = {name: self._value(f"{identity}/{name}", name, _each(three, name), number) for name in _QUOTE}
            return replace(cast("DocumentQuote", ours), **values)
        found: DocumentEntry | None = self._value(identity, "quote", three, number)
        return found

    def _order(self, entries: Mapping[Key, DocumentEntry]) -> list[Key]:
        """The order of the side that changed it; what the other side added stands behind what it stood behind there."""
        base, ours, theirs = (list(held) for held in self.held)
        common = set(base) & set(ours) & set(theirs)
        orders = [[key for key in keys if key in common] for keys in (base, ours, theirs)]
        lead = self._value("order", "order", (tuple(orders[0]), tuple(orders[1]), tuple(orders[2])))
        first, second = (theirs, ours) if lead == tuple(orders[2]) != tuple(orders[1]) else (ours, theirs)
        order = [key for key in first if key in entries]
        placed = set(order)
        for at, key in enumerate(second):
            if key in entries and key not in placed:
                before = next((one for one in reversed(second[:at]) if one in placed), None)
                order.insert(order.index(before) + 1 if before is not None else 0, key)
                placed.add(key)
        return order

    def _folded(self, order: Sequence[Key], entries: Mapping[Key, DocumentEntry]) -> Iterator[DocumentItem]:
        """The entries in the folds of the side that changed them. A fold is a run of entries that one fold holds."""
        folds = self._folds(order)
        for fold, run in groupby(order, key=lambda key: folds[key]):
            members = tuple(entries[key] for key in run)
            if fold is None:
                yield from members
            else:
                yield DocumentFold(label=fold[1], items=members)

    def _folds(self, order: Sequence[Key]) -> dict[Key, Fold | None]:
        """Each entry's fold. One that the deciding side does not have goes where both its neighbours are."""
        documents = (self.base, self.ours, self.theirs)
        base, ours, theirs = (_folds(*each) for each in zip(documents, self.held, strict=True))
        side = self._theirs_decide(base, ours, theirs)
        chosen, known = (theirs, self.held[2]) if side else (ours, self.held[1])
        found: dict[Key, Fold | None] = {}
        for at, key in enumerate(order):
            if key in known:
                found[key] = chosen.get(key)
                continue
            before = found[order[at - 1]] if at else None
            after = next((chosen.get(later) for later in order[at + 1 :] if later in known), None)
            found[key] = before if before == after else None
        return found

    def _theirs_decide(self, base: Mapping[Key, Fold], ours: Mapping[Key, Fold], theirs: Mapping[Key, Fold]) -> bool:
        """Whether the folds are theirs: when they alone changed them, or somebody picked theirs."""
        held = self.held
        ours_changed = _comparable(base, held[1]) != _comparable(ours)
        theirs_changed = _comparable(base, held[2]) != _comparable(theirs)
        if not (ours_changed and theirs_changed):
            return theirs_changed
        common = held[1].keys() & held[2].keys()
        three = [_comparable(folds, common) for folds in (base, ours, theirs)]
        if three[1] == three[2]:
            return False
        pick = self.picks.get("folds")
        if pick not in {"ours", "theirs"}:
            self.conflicts.append(Conflict("folds", "folds", None, *three))
        return pick == "theirs"


def _each(three: tuple[Any, Any, Any], name: str) -> tuple[Any, Any, Any]:
    return getattr(three[0], name), getattr(three[1], name), getattr(three[2], name)


def _comparable(folds: Mapping[Key, Fold], among: Container[Key] | None = None) -> tuple[tuple[Key, str], ...]:
    """Which entries are in folds, and under what label; only those `among` some."""
    found = ((key, label) for key, (_number, label) in folds.items() if among is None or key in among)
    return tuple(sorted(found, key=repr))


def _keyed(*documents: DigestDocument) -> Iterator[dict[Key, DocumentEntry]]:
    """The entries of each document by a key that an entry has in all of them; the first document is the base."""
    base: dict[Key, DocumentEntry] = {}
    for entry in documents[0].entries():
        base[_unused(_key(entry), base)] = entry
    yield base
    for document in documents[1:]:
        entries = list(document.entries())
        known = _known(base, entries)
        held: dict[Key, DocumentEntry] = {}
        for place, entry in enumerate(entries):
            key = known.get(place)
            held[_unused(("new", *_key(entry)), held) if key is None else key] = entry
        yield held


def _known(base: Mapping[Key, DocumentEntry], entries: Sequence[DocumentEntry]) -> dict[int, Key]:
    """Place → the base's key for it: the same comment, else the same in all, or in two of author, time and text."""
    found: dict[int, Key] = {}
    taken: set[Key] = set()
    for sign in (_comment, _whole, _key, _time_and_text, _author_and_text):
        free: defaultdict[object, deque[Key]] = defaultdict(deque)
        for key, entry in base.items():
            if key not in taken and (value := sign(entry)) is not None:
                free[value].append(key)
        for place, entry in enumerate(entries):
            if place not in found and (same := free.get(sign(entry))):
                found[place] = same.popleft()
                taken.add(found[place])
    return found


def _unused(key: Key, held: Mapping[Key, DocumentEntry]) -> Key:
    number = 1
    while (*key, number) in held:
        number += 1
    return (*key, number)


def _comment(entry: DocumentEntry) -> object:
    return entry.comment if isinstance(entry, DocumentQuote) else None


def _whole(entry: DocumentEntry) -> object:
    return (*_key(entry), clean(entry.text)) if isinstance(entry, DocumentQuote) else _key(entry)


def _key(entry: DocumentEntry) -> Key:
    if isinstance(entry, DocumentQuote):
        return ("quote", escaping.user_name(entry.author), f"{entry.created_at:%Y-%m-%dT%H:%M:%S}")
    return (type(entry).__name__, repr(entry))


def _time_and_text(entry: DocumentEntry) -> object:
    return (entry.created_at, clean(entry.text)) if isinstance(entry, DocumentQuote) and entry.text else None


def _author_and_text(entry: DocumentEntry) -> object:
    return (entry.author, clean(entry.text)) if isinstance(entry, DocumentQuote) and entry.text else None


def _numbers(held: Mapping[Key, DocumentEntry]) -> dict[Key, int]:
    quotes = [key for key, entry in held.items() if isinstance(entry, DocumentQuote)]
    return {key: number for number, key in enumerate(quotes, 1)}


def _folds(document: DigestDocument, held: Mapping[Key, DocumentEntry]) -> dict[Key, Fold]:
    """Entry → the number and label of its fold; entries outside folds are left out."""
    keys = iter(held)
    found: dict[Key, Fold] = {}
    for number, item in enumerate(document.items):
        members = item.items if isinstance(item, DocumentFold) else (item,)
        for _member in members:
            key = next(keys)
            if isinstance(item, DocumentFold):
                found[key] = (number, item.label)
    return found
