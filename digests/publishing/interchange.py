"""Matome's own JSON: a digest without loss, for backup, automation and moving between sites.

Knows no database: text in, `DigestDocument` out, and back. A value that cannot be read is refused with its place in
the file (`items[3].quote.created_at`); an unknown key is refused too, because dropping it silently would be a loss.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

from digests import palette, plaintext, sources
from digests.publishing.document import (
    EMPHASES,
    FIDELITIES,
    DigestDocument,
    DocumentCard,
    DocumentEntry,
    DocumentFold,
    DocumentHeading,
    DocumentItem,
    DocumentNote,
    DocumentPicture,
    DocumentQuote,
    DocumentUpdate,
)

SLUG_PATTERN = re.compile(r"[a-z0-9][a-z0-9_-]*\Z")
STATUSES = ("draft", "published")

_DIGEST_KEYS = frozenset(
    (
        *("slug", "title", "date", "tags", "thumbnail", "card", "lead", "source_url", "article_url", "series"),
        *("status", "items"),
    )
)
_FOLD_KEYS = frozenset(("label", "items"))
_QUOTE_KEYS = frozenset(("author", "created_at", "text", "color", "emphasis", "comment", "original", "fidelity"))
_TEXT_KEYS = frozenset(("text",))
_UPDATE_KEYS = frozenset(("date", "text"))
_PICTURE_KEYS = frozenset(("path", "alt", "credit", "caption", "width", "height"))
_CARD_KEYS = frozenset(("url", "title", "text"))
MOST_PIXELS = 100_000  # of one side of a picture
_NATIVE_NUMBER = re.compile(r"(0|[1-9][0-9]{0,17})\Z")
_MOST = {
    "slug": 120,
    "title": 300,
    "thumbnail": 300,
    "author": 200,
    "label": 200,
    "tag": 100,
    "series": 100,
    "card": 20,
    "comment": 60,
    "url": 2000,
    "heading": 300,
    "path": 300,
    "alt": 300,
    "credit": 200,
    "caption": 300,
}


class InterchangeError(ValueError):
    """A value that cannot be read; `path` says where, the message what was expected."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path or 'the file'}: {message}")
        self.path = path


@dataclass(frozen=True, slots=True)
class Entry:
    """One digest of a file, with its status, "draft" or "published"."""

    document: DigestDocument
    status: str


def to_json(document: DigestDocument, *, status: str) -> dict[str, Any]:
    """The JSON value of a document; every key is written, in a fixed order, but an emphasis and what comes with a
    comment only where there is one."""
    return {
        "slug": document.slug,
        "title": document.headline,
        "date": document.date.isoformat(),
        "tags": list(document.tags),
        "thumbnail": document.thumbnail,
        **({"card": document.card} if document.card else {}),
        "lead": document.lead,
        "source_url": document.source_url,
        "article_url": document.article_url,
        "series": document.series,
        "status": status,
        "items": [_item_to_json(item) for item in document.items],
    }


def from_json(value: Any, path: str = "") -> Entry:
    """The document in a JSON value. Raises `InterchangeError`."""
    fields = _Fields(value, path, allowed=_DIGEST_KEYS)
    slug = fields.string("slug", required=True)
    if not SLUG_PATTERN.match(slug):
        raise InterchangeError(fields.at("slug"), "lower-case letters, digits, _ and - only, and not empty")
    status = fields.string("status", default="draft")
    if status not in STATUSES:
        raise InterchangeError(fields.at("status"), f"one of {', '.join(STATUSES)}")
    source_url = fields.url("source_url")
    items = fields.listing("items", required=True)
    return Entry(
        DigestDocument(
            slug=slug,
            headline=plaintext.clean_line(fields.string("title", required=True)),
            date=fields.parsed("date", date.fromisoformat, "a date such as 2025-09-06"),
            lead=plaintext.clean(fields.string("lead")),
            tags=tuple(_tag(tag, f"{fields.at('tags')}[{n}]") for n, tag in enumerate(fields.listing("tags"))),
            thumbnail=plaintext.clean_line(fields.string("thumbnail")),
            source_url=source_url,
            article_url=fields.url("article_url"),
            series=fields.line("series"),
            card=fields.line("card"),
            items=tuple(_item(item, f"{fields.at('items')}[{n}]", source_url) for n, item in enumerate(items)),
        ),
        status,
    )


class _Fields:
    """The keys of one JSON object, read with their place in the file."""

    def __init__(self, value: Any, path: str, *, allowed: frozenset[str]) -> None:
        if not isinstance(value, Mapping):
            raise InterchangeError(path, "an object is expected here")
        self.value, self.path = value, path
        if not value.keys() <= allowed:
            unknown = min(str(name) for name in value if name not in allowed)
            raise InterchangeError(self.at(unknown), "no such key is known")

    def at(self, name: str) -> str:
        return f"{self.path}.{name}" if self.path else name

    def string(self, name: str, *, required: bool = False, default: str = "", like: str = "") -> str:
        """Text with at most as many characters as `_MOST` says, for this name or for the one it is `like`."""
        value = self._get(name, required=required)
        if value is None:
            return default
        if not isinstance(value, str):
            raise InterchangeError(self.at(name), "text is expected here")
        most = _MOST.get(like or name, 0)
        # Cleaning may add a character, but never half as many as there are.
        if most and 2 * len(value) > most and len(plaintext.clean(value)) > most:
            raise InterchangeError(self.at(name), f"{most} characters at most")
        return value

    def line(self, name: str, *, required: bool = False, like: str = "") -> str:
        return plaintext.clean_line(self.string(name, required=required, like=like))

    def one_of(self, name: str, values: tuple[str, ...]) -> str:
        """One of these words, or ""."""
        value = self.string(name)
        if value and value not in values:
            raise InterchangeError(self.at(name), f"one of {', '.join(values)}, or nothing")
        return value

    def pixels(self, name: str) -> int:
        value = self._get(name, required=False)
        if value is None:
            return 0
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_PIXELS:
            raise InterchangeError(self.at(name), f"a number of pixels, {MOST_PIXELS} at most, or 0")
        return value

    def listing(self, name: str, *, required: bool = False) -> list[Any]:
        value = self._get(name, required=required)
        if value is None:
            return []
        if not isinstance(value, list):
            raise InterchangeError(self.at(name), "a list is expected here")
        return value

    def url(self, name: str) -> str:
        value = self.string(name).strip()
        if value and not is_http_url(value):
            raise InterchangeError(self.at(name), "an http or https address, or nothing")
        return value

    def parsed[T](self, name: str, parse: Callable[[str], T], expected: str) -> T:
        value = self.string(name, required=True)
        try:
            return parse(value)
        except ValueError:
            raise InterchangeError(self.at(name), f"{expected}, not {value[:60]!r}") from None

    def _get(self, name: str, *, required: bool) -> Any:
        value = self.value.get(name)
        if required and value is None:
            raise InterchangeError(self.at(name), "this is missing")
        return value


def is_http_url(value: str) -> bool:
    """Whether a value is an http or https address; one with Japanese or `|` in its path is, as in a browser."""
    try:
        parts = urlsplit(value)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and len(value) <= _MOST["url"]
            and not re.search(r"[\s\x00-\x1f\x7f\ud800-\udfff]", value)
        )
    except ValueError:
        return False


def _item(value: Any, path: str, source_url: str) -> DocumentItem:
    if not isinstance(value, Mapping) or set(value) != {"fold"}:
        return _entry(
            value,
            path,
            source_url,
            'an object with just "quote", "heading", "note", "update", "picture", "card" or "fold"',
        )
    path = f"{path}.fold"
    fields = _Fields(value["fold"], path, allowed=_FOLD_KEYS)
    inside = [(item, f"{path}.items[{n}]") for n, item in enumerate(fields.listing("items", required=True))]
    if not inside:
        raise InterchangeError(f"{path}.items", "a fold needs at least one item")
    for item, place in inside:
        if isinstance(item, Mapping) and "fold" in item:
            raise InterchangeError(place, "a fold cannot hold another fold")
    expected = 'an object with just "quote", "heading", "note", "update", "picture" or "card"'
    return DocumentFold(
        label=fields.line("label"), items=tuple(_entry(item, place, source_url, expected) for item, place in inside)
    )


def _entry(value: Any, path: str, source_url: str, expected: str) -> DocumentEntry:
    kind = next(iter(value)) if isinstance(value, Mapping) and len(value) == 1 else ""
    if kind == "quote":
        return _quote(value[kind], f"{path}.{kind}", source_url)
    read = _READERS.get(kind)
    if read is None:
        raise InterchangeError(path, f"{expected} is expected here")
    return read(value[kind], f"{path}.{kind}")


def _heading(value: Any, path: str) -> DocumentHeading:
    return DocumentHeading(text=_Fields(value, path, allowed=_TEXT_KEYS).line("text", required=True, like="heading"))


def _note(value: Any, path: str) -> DocumentNote:
    fields = _Fields(value, path, allowed=_TEXT_KEYS)
    return DocumentNote(text=plaintext.clean(fields.string("text", required=True)))


def _update(value: Any, path: str) -> DocumentUpdate:
    fields = _Fields(value, path, allowed=_UPDATE_KEYS)
    day = fields.parsed("date", _day, "a date such as 2025-09-06")
    return DocumentUpdate(text=plaintext.clean(fields.string("text", required=True)), date=day)


def _picture(value: Any, path: str) -> DocumentPicture:
    fields = _Fields(value, path, allowed=_PICTURE_KEYS)
    width, height = fields.pixels("width"), fields.pixels("height")
    if bool(width) != bool(height):
        raise InterchangeError(fields.at("height" if width else "width"), "width and height are known together")
    where = fields.line("path", required=True)
    if not where:
        raise InterchangeError(fields.at("path"), "a picture has a path")
    return DocumentPicture(
        path=where,
        alt=fields.line("alt", required=True),
        credit=fields.line("credit"),
        caption=fields.line("caption"),
        width=width,
        height=height,
    )


def _card(value: Any, path: str) -> DocumentCard:
    fields = _Fields(value, path, allowed=_CARD_KEYS)
    return DocumentCard(url=fields.url("url"), title=fields.line("title", required=True), text=fields.line("text"))


_READERS: Mapping[str, Callable[[Any, str], DocumentEntry]] = {
    "heading": _heading,
    "note": _note,
    "update": _update,
    "picture": _picture,
    "card": _card,
}


def _quote(value: Any, path: str, source_url: str) -> DocumentQuote:
    fields = _Fields(value, path, allowed=_QUOTE_KEYS)
    color = fields.string("color").lower()
    if color and not palette.is_color(color):
        raise InterchangeError(fields.at("color"), 'a colour such as "#785bff", or ""')
    native_id = _native_id(fields)
    return DocumentQuote(
        author=plaintext.clean_line(fields.string("author")),
        created_at=fields.parsed("created_at", _instant, "an instant with its zone, such as 2025-09-06T16:36:41Z"),
        text=plaintext.clean(fields.string("text", required=True)),
        color=color,
        emphasis=fields.one_of("emphasis", EMPHASES),
        comment=native_id,
        permalink=sources.permalink(source_url, native_id) if native_id else "",
        original=plaintext.clean(fields.string("original")),
        fidelity=fields.one_of("fidelity", FIDELITIES),
    )


def _native_id(fields: _Fields) -> str | None:
    value = fields.value.get("comment")
    if value is None or value == "":
        return None
    native_id = plaintext.clean_line(str(value))
    if isinstance(value, bool) or not isinstance(value, int | str) or len(native_id) > _MOST["comment"]:
        raise InterchangeError(fields.at("comment"), "a comment's native id, or null")
    return native_id or None


def _day(value: str) -> date:
    return _instant(f"{date.fromisoformat(value)}T12:00:00Z").date()


def _instant(value: str) -> datetime:
    instant = datetime.fromisoformat(value)
    if instant.utcoffset() is None or not 1000 <= instant.year <= 9998:  # so that it can be shown in any zone
        raise ValueError(value)
    return instant.astimezone(UTC)


def _tag(value: Any, path: str) -> str:
    if not isinstance(value, str) or not (tag := plaintext.clean_line(value)) or len(tag) > _MOST["tag"]:
        raise InterchangeError(path, f"a word of at most {_MOST['tag']} characters is expected here")
    return tag


def _item_to_json(item: DocumentItem) -> dict[str, Any]:
    match item:
        case DocumentFold():
            return {"fold": {"label": item.label, "items": [_item_to_json(entry) for entry in item.items]}}
        case DocumentHeading() | DocumentNote():
            return {"note" if isinstance(item, DocumentNote) else "heading": {"text": item.text}}
        case DocumentUpdate():
            return {"update": {"date": item.date.isoformat(), "text": item.text}}
        case DocumentPicture():
            return {
                "picture": {
                    name: getattr(item, name) for name in ("path", "alt", "credit", "caption", "width", "height")
                }
            }
        case DocumentCard():
            return {"card": {"url": item.url, "title": item.title, "text": item.text}}
        case DocumentQuote():
            return {"quote": _quote_to_json(item)}


def _quote_to_json(quote: DocumentQuote) -> dict[str, Any]:
    return {
        "author": quote.author,
        "created_at": quote.created_at.isoformat().replace("+00:00", "Z"),
        "text": quote.text,
        "color": quote.color,
        **({"emphasis": quote.emphasis} if quote.emphasis else {}),
        "comment": _native_to_json(quote.comment),
        **({"original": quote.original} if quote.original else {}),
        **({"fidelity": quote.fidelity} if quote.fidelity else {}),
    }


def _native_to_json(native_id: str | None) -> int | str | None:
    # A site's own numbers stay numbers, as its API writes them.
    return int(native_id) if native_id and _NATIVE_NUMBER.match(native_id) else native_id
