"""One item of Hacker News as a plain value, whichever of its two interfaces it came from.

Both say of all fields that they may be missing; here a missing or impossible value becomes an empty one.
"""

import html as entities
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote, urlsplit

from digests.sources.contract import BadAnswer, CommentState

_PLACEHOLDERS = {"[flagged]": CommentState.FLAGGED, "[dead]": CommentState.DEAD}
_LONGEST_ADDRESS = 2000
_NEVER_IN_ADDRESSES = re.compile(r"[\s\x00-\x1f\x7f\ud800-\udfff]")
_CENTURY_END = 4102444800  # 2100-01-01 in Unix time
_ENTITY = re.compile(r"&(?:amp|lt|gt|quot|#\d{1,7}|#x[0-9A-Fa-f]{1,6});")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """`kids` stand in the interface's own order: by rank from Firebase, by id from Algolia."""

    id: int
    type: str = ""
    parent: int | None = None
    story: int | None = None  # Algolia's `story_id`; Firebase does not say
    author: str = ""
    posted_at: datetime | None = None
    text: str = ""
    state: CommentState = CommentState.LIVE
    kids: tuple[int, ...] = ()
    title: str = ""
    url: str = ""
    points: int | None = None
    descendants: int | None = None

    @property
    def is_comment(self) -> bool:
        return self.type == "comment" or (not self.type and self.parent is not None)


def from_firebase(raw: object) -> Item:
    """An item of https://github.com/HackerNews/API. Raises BadAnswer for what is none."""
    fields = _mapping(raw)
    text = _text(fields.get("text"))
    state = CommentState.LIVE
    if fields.get("deleted"):
        state = CommentState.DELETED
    elif fields.get("dead"):
        # The text of an item that readers killed is delivered, or replaced by this word.
        state = _PLACEHOLDERS.get(text, CommentState.DEAD)
        text = "" if text in _PLACEHOLDERS else text
    kids = fields.get("kids")
    parent = fields.get("parent") or fields.get("poll")
    return Item(
        id=_id(fields),
        type=_text(fields.get("type")),
        parent=number(parent),
        author=_text(fields.get("by")),
        posted_at=_instant(fields.get("time")),
        text=text,
        state=state,
        kids=tuple(kid for value in kids if (kid := number(value))) if isinstance(kids, list) else (),
        title=_ENTITY.sub(lambda found: entities.unescape(found[0]), _text(fields.get("title"))),  # "HTML", it says
        url=_address(fields.get("url")),
        points=_count(fields.get("score")),
        descendants=_natural(fields.get("descendants")),
    )


def from_algolia(raw: object) -> list[Item]:
    """An item of hn.algolia.com with everything below it, itself first, each below its parent.

    Raises BadAnswer when the outermost is no item; what cannot be read further down is left out.
    """
    root = _mapping(raw)
    items = [_one_from_algolia(root, parent=number(root.get("parent_id")))]
    waiting = [(root, items[0].id)]
    while waiting:
        above, parent = waiting.pop()
        for child in _children(above):
            items.append(_one_from_algolia(child, parent=parent))
            waiting.append((child, items[-1].id))
    return items


def _children(fields: Mapping[str, object]) -> list[Mapping[str, object]]:
    children = fields.get("children")
    readable = [child for child in children if isinstance(child, dict)] if isinstance(children, list) else []
    return [child for child in readable if number(child.get("id"))]


def _one_from_algolia(fields: Mapping[str, object], *, parent: int | None) -> Item:
    author, text = _text(fields.get("author")), _text(fields.get("text"))
    gone = fields.get("type") == "comment" and not author and not text
    return Item(
        id=_id(fields),
        type=_text(fields.get("type")),
        parent=parent,
        story=number(fields.get("story_id")),
        author=author,
        posted_at=_instant(fields.get("created_at_i")) or _iso_instant(fields.get("created_at")),
        text=text,
        state=CommentState.DELETED if gone else CommentState.LIVE,
        kids=tuple(sorted(_id(child) for child in _children(fields))),
        title=_text(fields.get("title")),
        url=_address(fields.get("url")),
        points=_count(fields.get("points")),
    )


def number(value: object) -> int | None:
    """An item's number, from a number or its digits; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 15:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**15 else None


def _mapping(raw: object) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise BadAnswer(f"an item was expected, not {type(raw).__name__}")
    return raw


def _id(fields: Mapping[str, object]) -> int:
    found = number(fields.get("id"))
    if found is None:
        raise BadAnswer(f"an item's id was expected, not {fields.get('id')!r:.60}")
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31 else None


def _natural(value: object) -> int | None:
    count = _count(value)
    return count if count is not None and count >= 0 else None


def _instant(value: object) -> datetime | None:
    """A Unix time in seconds, of this century."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _CENTURY_END:
        return None
    return datetime.fromtimestamp(value, UTC)


def _iso_instant(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return _instant((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def _address(value: object) -> str:
    """A web address, blanks in it written as a browser would; or "": half an address leads nowhere."""
    address = _NEVER_IN_ADDRESSES.sub(lambda found: quote(found[0], errors="replace"), _text(value).strip())
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in {"http", "https"} and parts.hostname and len(address) <= _LONGEST_ADDRESS else ""
