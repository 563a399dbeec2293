"""What a thread is narrowed to: the find box and the controls beside it, as one value, one query and one address.

Knows no page. What only an editor's own state can tell (chosen, unread) is given to it.
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from django.db.models import Q, Value
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan, LessThan
from django.http import QueryDict

from digests import plaintext
from digests.curation.choosing import subtree
from digests.models import Comment, Thread
from digests.models.threads import CommentQuerySet

LONGEST = 200  # characters of the find box that count
MOST_TERMS = 20
_TERM = re.compile(r'(-?)(author:|投稿者:)?(?:"([^"]*)(?:"|\Z)|(\S+))')
_UNFINISHED = {"-", "author:", "-author:", "投稿者:", "-投稿者:"}  # somebody is still typing
_DIGITS = re.compile(r"[0-9]{1,6}")


@dataclass(frozen=True, slots=True)
class Term:
    """One of the words sought, as it is compared. `exact`: the author's whole name, not a part of it."""

    text: str
    author: bool = False
    without: bool = False
    exact: bool = False

    def condition(self) -> Q:
        if self.exact:
            found = Q(words__startswith=f"{self.text}\n")
        elif self.author:
            # The author stands in the first line.
            at = StrIndex("words", Value(self.text))
            found = Q(GreaterThan(at, 0)) & Q(LessThan(at, StrIndex("words", Value("\n"))))
        else:
            found = Q(words__contains=self.text)
        return ~found if self.without else found


def terms(text: str) -> tuple[Term, ...]:
    """Words and "quoted phrases" that must all occur; `-` before one that must not, `author:` before a name.

    A name in quotes is the whole name. Never fails: what makes no sense is sought as it stands.
    """
    found = []
    for minus, prefix, quoted, bare in _TERM.findall(plaintext.folded(plaintext.clean_line(text)[:LONGEST])):
        author = bool(prefix)
        words = " ".join((quoted or bare).split())
        if not words or words in _UNFINISHED:
            continue
        found.append(Term(words, author, bool(minus), author and bool(quoted)))
    return tuple(dict.fromkeys(found))[:MOST_TERMS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """Everything a thread can be narrowed by; all of it must hold. The empty one narrows nothing.

    `deepest` is a depth (0: comments on the story itself), `shortest` and `longest` are characters, `under` a
    comment's id: it and what is below it.
    """

    text: str = ""
    deepest: int | None = None
    shortest: int | None = None
    longest: int | None = None
    links: bool = False
    replies: bool = False
    unread: bool = False
    chosen: bool | None = None
    under: int | None = None

    @classmethod
    def asked(cls, given: QueryDict) -> Self:
        """What an address says; a value that cannot be read narrows nothing."""
        return cls(
            text=plaintext.clean_line(given.get("q", ""))[:LONGEST],
            deepest=_number(given, "depth"),
            shortest=_number(given, "length"),
            longest=_number(given, "most"),
            links=given.get("links") == "1",
            replies=given.get("replies") == "1",
            unread=given.get("unread") == "1",
            chosen={"yes": True, "no": False}.get(given.get("chosen", "")),
            under=_key(given, "under"),
        )

    @property
    def is_empty(self) -> bool:
        return self == Narrowing()

    @property
    def controlled(self) -> bool:
        """Whether it is narrowed by more than the find box."""
        return replace(self, text="") != Narrowing()

    def values(self) -> dict[str, str]:
        """As an address or a form says it, without what narrows nothing."""
        given: Mapping[str, Any] = {
            "q": self.text,
            "depth": self.deepest,
            "length": self.shortest,
            "most": self.longest,
            "links": "1" if self.links else None,
            "replies": "1" if self.replies else None,
            "unread": "1" if self.unread else None,
            "chosen": None if self.chosen is None else "yes" if self.chosen else "no",
            "under": self.under,
        }
        return {name: str(value) for name, value in given.items() if value not in (None, "")}

    def comments(self, thread: Thread) -> CommentQuerySet:
        """The thread's comments, in order, that all but `unread` and `chosen` let through. No query but for `under`."""
        found = Comment.objects.filter(thread=thread).in_order()
        for term in terms(self.text):
            found = found.filter(term.condition())
        if self.deepest is not None:
            found = found.filter(depth__lte=self.deepest)
        if self.shortest is not None:
            found = found.filter(length__gte=self.shortest)
        if self.longest is not None:
            found = found.filter(length__lte=self.longest)
        if self.links:
            found = found.exclude(links=[])
        if self.replies:
            found = found.filter(reply_count__gt=0)
        return found if self.under is None else found.filter(subtree(thread.pk, self.under))

    def lets_through(self, comment_id: int, *, unread: Collection[int] | None, chosen: Collection[int]) -> bool:
        """The rest, which no query of comments knows; `unread` None: nobody asked."""
        return (self.chosen is None or self.chosen == (comment_id in chosen)) and (
            not self.unread or unread is None or comment_id in unread
        )


def _number(given: QueryDict, name: str) -> int | None:
    return int(value) if _DIGITS.fullmatch(value := given.get(name, "")) else None


def _key(given: QueryDict, name: str) -> int | None:
    value = given.get(name, "")
    if value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return None
