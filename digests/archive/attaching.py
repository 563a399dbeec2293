"""Which comment of its thread each quote is: by author and second; where that leaves a choice, by words and place.

Knows no database.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

_WORD = re.compile(r"https?://[^\s<>]+|[A-Za-z0-9_.+#-]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A quote: `key` is its row's, `native_id` the comment it names, "" for none."""

    key: int
    author: str
    at: datetime
    text: str
    native_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A comment; they are given in the thread's order."""

    key: int
    native_id: str
    author: str
    at: datetime
    text: str = ""


def match(quotes: Sequence[Said], comments: Sequence[Written]) -> dict[int, Written]:
    """Quote's key → its comment, for those of which it is certain enough.

    Several quotes may be parts of one comment. A comment whose author the site no longer names is taken where it is the
    only one of its second.
    """
    by_id = {comment.native_id: comment for comment in comments}
    found = {quote.key: by_id[quote.native_id] for quote in quotes if quote.native_id in by_id}
    written: defaultdict[tuple[str, datetime], list[Written]] = defaultdict(list)
    for comment in comments:
        written[comment.author, comment.at.replace(microsecond=0)].append(comment)
    said: defaultdict[tuple[str, datetime], list[Said]] = defaultdict(list)
    for quote in quotes:
        if quote.key not in found:
            second = quote.at.replace(microsecond=0)
            own = quote.author, second
            said[own if own in written else ("", second)].append(quote)
    for key, same in said.items():
        possible = written.get(key, [])
        if len(possible) == 1:
            found |= {quote.key: possible[0] for quote in same} if key[0] else _nameless(same, possible[0])
        elif possible and key[0]:
            found |= _chosen(same, possible)
    return found


def _nameless(quotes: Sequence[Said], comment: Written) -> dict[int, Written]:
    return {quotes[0].key: comment} if len(quotes) == 1 else {}


def _chosen(quotes: Sequence[Said], comments: Sequence[Written]) -> dict[int, Written]:
    """The pairs that have most words in common first; what has none goes by its place."""
    words = {comment.key: _words(comment.text) for comment in comments}
    pairs = [
        (-_likeness(_words(quote.text), words[comment.key]), abs(place - other), place, other)
        for place, quote in enumerate(quotes)
        for other, comment in enumerate(comments)
    ]
    found: dict[int, Written] = {}
    taken: set[int] = set()
    for *_rank, place, other in sorted(pairs):
        if quotes[place].key not in found and other not in taken:
            found[quotes[place].key] = comments[other]
            taken.add(other)
    return found


def _words(text: str) -> frozenset[str]:
    """What a translation leaves as it is: addresses, names, numbers."""
    return frozenset(word.strip(".-").lower() for word in _WORD.findall(text))


def _likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / (len(one | other) or 1)
