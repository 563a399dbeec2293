"""What a reader sees of one digest, and nothing else.

The Hugo post, the preview and the public page are all made from a `DigestDocument`, so they cannot drift apart.
Knows no database, no settings, no output format.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

EMPHASES = ("large", "boxed")
# How a quote stands to its comment. "part": the comment says more; "verbatim": in the comment's own words.
FIDELITIES = ("part", "verbatim")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentQuote:
    """One quoted comment. `created_at` is an aware UTC instant, `text` plain text with `\\n` for line breaks."""

    author: str
    created_at: datetime
    text: str
    color: str = ""  # "#rrggbb" in lower case, or "" for none
    emphasis: str = ""  # one of `EMPHASES`, or "" for none; no post carries it
    comment: str | None = None  # the comment's native id on its site
    permalink: str = ""  # the comment's own address, where it is known
    # What comes with the comment, and in no post: digests that differ in nothing else are the same.
    original: str = field(default="", compare=False)  # the comment as it was written, plain text as `text` is
    fidelity: str = field(default="", compare=False)  # one of `FIDELITIES`, or "" where there is nothing to say

    def __post_init__(self) -> None:
        if self.created_at.utcoffset() != timedelta(0):
            raise ValueError("created_at must be an aware datetime in UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentHeading:
    """A line that opens a section; `text` is one line."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentNote:
    """A remark of the editors. `text` is plain text with `\\n` for line breaks; links are found as in a quote."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentUpdate:
    """What became of it afterwards (その後), told by the editors on a day of its own. `text` is like a note's."""

    text: str
    date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPicture:
    """A picture between quotes. All texts are single lines; `alt` says what it shows, for those who cannot see it."""

    path: str  # below the site's pictures, e.g. "thumbnails/name.jpg"
    alt: str
    credit: str = ""
    caption: str = ""
    width: int = 0  # pixels; 0 where it is not known, which is so for both or for neither
    height: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentCard:
    """A link that stands by itself: an http or https address, its title in one line, a few words about it."""

    url: str
    title: str
    text: str = ""


type DocumentEntry = DocumentQuote | DocumentHeading | DocumentNote | DocumentUpdate | DocumentPicture | DocumentCard


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFold:
    """A collapsed range. Never empty; holds no folds, so they cannot nest."""

    label: str
    items: tuple[DocumentEntry, ...]

    def __post_init__(self) -> None:
        if not self.items:
            raise ValueError("a fold needs at least one item")

    @property
    def quotes(self) -> tuple[DocumentQuote, ...]:
        return tuple(item for item in self.items if isinstance(item, DocumentQuote))


type DocumentItem = DocumentEntry | DocumentFold


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestDocument:
    """One digest, complete: `items` stand in reading order."""

    slug: str
    headline: str
    date: date
    items: tuple[DocumentItem, ...]
    lead: str = ""
    tags: tuple[str, ...] = ()
    thumbnail: str = ""  # path below the site's pictures, e.g. "thumbnails/name.jpg"
    card: str = field(default="", compare=False)  # the title card's template where the thumbnail is one; no post says
    source_url: str = ""  # the thread's address
    article_url: str = ""  # the address of what the thread discusses
    series: str = field(default="", compare=False)  # the name of those it belongs to; no post carries it

    def entries(self) -> Iterator[DocumentEntry]:
        """Everything in reading order, folds opened."""
        for item in self.items:
            if isinstance(item, DocumentFold):
                yield from item.items
            else:
                yield item

    def quotes(self) -> Iterator[DocumentQuote]:
        """Every quote in reading order, those inside folds included."""
        return (entry for entry in self.entries() if isinstance(entry, DocumentQuote))
