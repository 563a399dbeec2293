"""What a reader sees of one digest, and nothing else.

The Hugo post, the preview and the public page are all made from a `DigestDocument`, so they cannot drift apart.
Knows no database, no settings, no output format.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentQuote:
    """One quoted comment. `created_at` is an aware UTC instant, `text` plain text with `\\n` for line breaks."""

    author: str
    created_at: datetime
    text: str
    color: str = ""  # "#rrggbb" in lower case, or "" for none
    comment: str | None = None  # the comment's native id on its site
    permalink: str = ""  # the comment's own address, where it is known

    def __post_init__(self) -> None:
        if self.created_at.utcoffset() != timedelta(0):
            raise ValueError("created_at must be an aware datetime in UTC")


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFold:
    """A collapsed range. Never empty; holds quotes only, so folds cannot nest."""

    label: str
    quotes: tuple[DocumentQuote, ...]

    def __post_init__(self) -> None:
        if not self.quotes:
            raise ValueError("a fold needs at least one quote")


type DocumentItem = DocumentQuote | DocumentFold


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
    source_url: str = ""  # the thread's address
    article_url: str = ""  # the address of what the thread discusses

    def quotes(self) -> Iterator[DocumentQuote]:
        """Every quote in reading order, those inside folds included."""
        for item in self.items:
            if isinstance(item, DocumentFold):
                yield from item.quotes
            else:
                yield item
