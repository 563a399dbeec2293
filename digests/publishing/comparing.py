"""What changed from one version of a digest to another, for people to look at.

Quotes are known by their comment, or else by author and time. Knows no database and no output format.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace

from digests.publishing.document import (
    DigestDocument,
    DocumentCard,
    DocumentEntry,
    DocumentFold,
    DocumentHeading,
    DocumentNote,
    DocumentPicture,
    DocumentQuote,
    DocumentUpdate,
)

HEAD_FIELDS = (
    *("headline", "lead", "date", "slug", "tags", "series", "thumbnail", "card"),
    *("source_url", "article_url"),
)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field of the head, or `"folds"`, as text before and after."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class EntryChange:
    """One entry that is not as it was. Without `before` it is new, without `after` gone; both may differ, or its place.

    Numbers are 1-based places among all entries of their own version, 0 where it does not stand.
    """

    before: DocumentEntry | None
    after: DocumentEntry | None
    number_before: int = 0
    number_after: int = 0
    moved: bool = False

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of the fields that are not as they were; some follow from the comment."""
        if self.before is None or self.after is None:
            return ()
        names = (field.name for field in fields(self.after) if field.compare and field.name != "permalink")
        return tuple(name for name in names if getattr(self.before, name) != getattr(self.after, name))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Empty (false) when nothing that readers see differs. `entries` stand in the order of the newer version."""

    head: tuple[FieldChange, ...]
    entries: tuple[EntryChange, ...]

    def __bool__(self) -> bool:
        return bool(self.head or self.entries)

    @property
    def counts(self) -> Counter[str]:
        """How many entries were "added", "removed", "changed", "moved"; one may be changed and moved."""
        found: Counter[str] = Counter()
        for entry in self.entries:
            found["added"] += entry.before is None
            found["removed"] += entry.after is None
            found["changed"] += bool(entry.changed)
            found["moved"] += entry.moved
        return found


def compare(before: DigestDocument, after: DigestDocument) -> Comparison:
    """What a reader of `before` finds changed in `after`."""
    values = ((name, _field(before, name), _field(after, name)) for name in HEAD_FIELDS)
    head = [FieldChange(name, old, new) for name, old, new in values if old != new]
    old, new = tuple(before.entries()), tuple(after.entries())
    places = pairs(old, new)
    if _folded_otherwise(before, after, places):
        head.append(FieldChange("folds", _folds(before), _folds(after)))
    return Comparison(tuple(head), tuple(_entries(old, new, places)))


def text_of(entry: DocumentEntry | None) -> str:
    """The words of an entry, as a reader sees them."""
    match entry:
        case DocumentQuote() | DocumentHeading() | DocumentNote() | DocumentUpdate():
            return entry.text
        case DocumentPicture():
            return "\n".join(part for part in (entry.path, entry.alt, entry.caption, entry.credit) if part)
        case DocumentCard():
            return "\n".join(part for part in (entry.title, entry.url, entry.text) if part)
        case _:
            return ""


def _field(document: DigestDocument, name: str) -> str:
    value = getattr(document, name)
    if name == "thumbnail" and document.card:
        return ""  # the card is drawn from the head, and has another path with each of its words
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _folds(document: DigestDocument) -> str:
    """One line for each fold: its label and the numbers of its entries."""
    found, number = [], 1
    for item in document.items:
        size = len(item.items) if isinstance(item, DocumentFold) else 1
        if isinstance(item, DocumentFold):
            found.append(f"{item.label} [{number}–{number + size - 1}]")
        number += size
    return "\n".join(found)


def _folded_otherwise(before: DigestDocument, after: DigestDocument, places: Mapping[int, int]) -> bool:
    """Whether a label differs, or an entry that both have stands in another fold. That numbers shift does not count."""
    labels = [[item.label for item in one.items if isinstance(item, DocumentFold)] for one in (before, after)]
    old, new = _fold_of_each(before), _fold_of_each(after)
    return labels[0] != labels[1] or any(old[was] != new[now] for now, was in places.items())


def _fold_of_each(document: DigestDocument) -> list[int]:
    """For each entry the number of its fold from 1, or 0."""
    found, number = [], 0
    for item in document.items:
        number += isinstance(item, DocumentFold)
        found += [number] * len(item.items) if isinstance(item, DocumentFold) else [0]
    return found


def _entries(
    before: Sequence[DocumentEntry], after: Sequence[DocumentEntry], places: Mapping[int, int]
) -> Iterator[EntryChange]:
    known = set(places.values())
    gone = [number for number in range(len(before)) if number not in known]
    steady = _longest_rising([places[number] for number in sorted(places)])
    for number, entry in enumerate(after):
        while gone and gone[0] <= number:
            yield EntryChange(before[gone[0]], None, gone.pop(0) + 1)
        if number not in places:
            yield EntryChange(None, entry, 0, number + 1)
            continue
        old = places[number]
        change = EntryChange(before[old], entry, old + 1, number + 1, moved=old not in steady)
        if change.changed or change.moved:
            yield change
    for number in gone:
        yield EntryChange(before[number], None, number + 1)


def pairs(before: Sequence[DocumentEntry], after: Sequence[DocumentEntry]) -> dict[int, int]:
    """Index in `after` → index in `before`, for entries that are the same one; the most certain pairs first."""
    found: dict[int, int] = {}
    for key in (_whole, _name, _author, _kind):
        waiting: dict[Hashable, list[int]] = {}
        for number in sorted(set(range(len(before))) - set(found.values())):
            waiting.setdefault(key(before[number]), []).append(number)
        for number, entry in enumerate(after):
            if number not in found and (same := waiting.get(key(entry))):
                found[number] = same.pop(0)
    return found


def _whole(entry: DocumentEntry) -> Hashable:
    return replace(entry, permalink="") if isinstance(entry, DocumentQuote) else entry


def _name(entry: DocumentEntry) -> Hashable:
    """What an entry of a site, a picture or an address is known by; what has no such name equals nothing else."""
    match entry:
        case DocumentQuote(comment=str(comment)):
            return ("comment", comment)
        case DocumentPicture():
            return ("picture", entry.path)
        case DocumentCard():
            return ("card", entry.url)
        case _:
            return id(entry)


def _author(entry: DocumentEntry) -> Hashable:
    return (entry.author, entry.created_at) if isinstance(entry, DocumentQuote) else id(entry)


def _kind(entry: DocumentEntry) -> Hashable:
    """Headings and notes have nothing to be known by but their place; an update has its date."""
    if isinstance(entry, DocumentUpdate):
        return entry.date
    return type(entry).__name__ if isinstance(entry, DocumentHeading | DocumentNote) else id(entry)


def _longest_rising(numbers: Sequence[int]) -> set[int]:
    """The most numbers that stand in rising order: what stayed in place when the rest was moved."""
    tops: list[int] = []
    ends: list[int] = []
    previous: list[int | None] = []
    for place, number in enumerate(numbers):
        at = bisect_left(tops, number)
        previous.append(ends[at - 1] if at else None)
        tops[at : at + 1], ends[at : at + 1] = [number], [place]
    found: set[int] = set()
    place_or_none = ends[-1] if ends else None
    while place_or_none is not None:
        found.add(numbers[place_or_none])
        place_or_none = previous[place_or_none]
    return found
