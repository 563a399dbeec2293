"""Orders that a digest can be put into by itself: replies under what they answer, by time, as in the thread.

Works on plain values; `outline` knows where folds are and `curation` the database. Only quotes change places, and only
among themselves: folds, headings, notes, pictures and cards stay where they are, and a heading's section keeps its
quotes.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Sorting(StrEnum):
    REPLIES = "replies"
    TIME = "time"
    RANK = "rank"


@dataclass(frozen=True, slots=True)
class Placed:
    """A row of a digest. For a quote whose comment is known: that, and its 0-based place in the thread."""

    pk: int
    is_quote: bool
    is_heading: bool = False
    created_at: datetime | None = None
    comment: int | None = None
    position: int | None = None


def arranged(rows: Sequence[Placed], by: Sorting, parents: Mapping[int, int | None]) -> tuple[int, ...]:
    """The rows' ids in their new order; `parents` says for each comment of the thread what it answers.

    What cannot be told apart keeps its order, and a quote without a comment stands last "as in the thread".
    """
    sort: Callable[[Sequence[Placed]], list[Placed]] = {
        Sorting.REPLIES: lambda quotes: _under_what_they_answer(quotes, parents),
        Sorting.TIME: lambda quotes: sorted(quotes, key=_time),
        Sorting.RANK: lambda quotes: sorted(quotes, key=_rank),
    }[by]
    return in_slots(rows, [one.pk for section in _sections(rows) for one in sort(section)])


def in_slots(rows: Sequence[Placed], order: Iterable[int]) -> tuple[int, ...]:
    """The rows' ids with the quotes, one after the other, as `order` has them; all else stays in its place."""
    quotes = iter(order)
    return tuple(next(quotes) if row.is_quote else row.pk for row in rows)


def _sections(rows: Sequence[Placed]) -> list[list[Placed]]:
    sections: list[list[Placed]] = [[]]
    for row in rows:
        if row.is_heading:
            sections.append([])
        elif row.is_quote:
            sections[-1].append(row)
    return sections


def _time(quote: Placed) -> float:
    return quote.created_at.timestamp() if quote.created_at else 0.0


def _rank(quote: Placed) -> tuple[bool, int]:
    return quote.position is None, quote.position or 0


def _under_what_they_answer(quotes: Sequence[Placed], parents: Mapping[int, int | None]) -> list[Placed]:
    """Depth first. What answers a comment that is not here stands under the nearest one above it that is."""
    first = {quote.comment: quote for quote in reversed(quotes) if quote.comment is not None}
    replies: dict[int | None, list[Placed]] = {}
    for quote in quotes:
        if quote.comment is not None and first[quote.comment] is not quote:
            above: int | None = first[quote.comment].pk  # a second quote out of one comment
            replies.setdefault(above, []).insert(_seconds(replies.get(above, []), quote.comment), quote)
            continue
        comment = parents.get(quote.comment) if quote.comment is not None else None
        while comment is not None and comment not in first:
            comment = parents.get(comment)
        replies.setdefault(first[comment].pk if comment is not None else None, []).append(quote)
    order: list[Placed] = []
    waiting = list(reversed(replies.get(None, [])))
    while waiting:
        quote = waiting.pop()
        order.append(quote)
        waiting += reversed(replies.get(quote.pk, []))
    return order


def _seconds(replies: Sequence[Placed], comment: int) -> int:
    """How many further quotes of the same comment there are already: they come before its replies."""
    return sum(one.comment == comment for one in replies)
