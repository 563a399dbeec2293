"""How a digest's quotes stand in a Hugo post: the very parameters, and the post with each of them safely escaped.

Whatever else the post holds (keys nobody here knows, its layout, comments) stays as it is.
"""

import json
import re
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

import tomlkit

from digests.archive.findings import Standing
from digests.models import Post
from digests.publishing import escaping
from digests.publishing.document import DigestDocument, DocumentQuote
from digests.publishing.form import Form, FormError
from digests.publishing.parts import Part
from digests.publishing.reading import ReadPost, UnreadablePost, read


@dataclass(frozen=True, slots=True)
class InPost:
    """`title` as the front matter has it, "" where there is none; only those quotes that are still the digest's."""

    title: str = ""
    quotes: tuple[Standing, ...] = ()


def standing_in(post: Post, document: DigestDocument) -> InPost:
    """What of the digest stands in its post. A quote that was reworded since is not the one there, and left out."""
    form = _form(json.dumps(post.target.form, sort_keys=True))
    found = _read(post.content, post.path, form)
    if found is None:
        return InPost()
    places = _places(document)
    quotes = []
    for part in found.parts.items:
        if isinstance(part.entry, DocumentQuote) and (same := places.get(_key(part.entry))):
            place, number = same.popleft()
            quotes.append(Standing(place, number, _value(part), part.entry.text))
    title = found.values.get(form.title_key)
    return InPost(title if isinstance(title, str) else "", tuple(sorted(quotes, key=lambda one: one.place)))


def rewritten(post: Post) -> bytes:
    """The post's file with every quote, fold's label and title escaped safely; as it is where it cannot be read."""
    form = _form(json.dumps(post.target.form, sort_keys=True))
    found = _read(post.content, post.path, form)
    if found is None:
        return post.content
    parts = found.parts
    title = _safe_title(parts.front_matter, form.title_key, found.values.get(form.title_key))
    items = tuple(map(_rewritten, parts.items))
    text = replace(parts, front_matter=title, items=items).joined()
    return (text.replace("\n", "\r\n") if b"\r\n" in post.content else text).encode()


def _read(content: bytes, path: str, form: Form) -> ReadPost | None:
    try:
        return read(content.decode(), path=path, form=form)
    except (UnicodeDecodeError, UnreadablePost):
        return None


@lru_cache(maxsize=16)  # a site has one form for all of its posts
def _form(value: str) -> Form:
    try:
        return Form.from_json(json.loads(value))
    except FormError:
        return Form()


def _value(part: Part) -> str:
    """A quote's text as Hugo hands it on: a single `\\"` makes it drop every backslash."""
    raw = (part.shortcode.get("body", 0) if part.shortcode else None) or ""
    return raw.replace("\\", "") if '\\"' in raw else raw


def _rewritten(part: Part) -> Part:
    if isinstance(part.entry, DocumentQuote):
        return _with(part, ("body", "0"), escaping.body(part.entry.text))
    if part.opens and part.label:
        return _with(part, ("summary", "0"), escaping.label(part.label))
    return part


def _with(part: Part, names: Sequence[str], value: str) -> Part:
    """The part with another value of one parameter, in the quotation marks that it has."""
    for one in part.shortcode.parameters if part.shortcode else ():
        if one.name in names:
            if part.raw[one.start - 1 : one.start] not in {'"', "`"}:
                value = f'"{value}"'
            return replace(part, raw=part.raw[: one.start] + value + part.raw[one.end :])
    return part


def _safe_title(front_matter: str, key: str, title: object) -> str:
    """The front matter with a title that does no harm where a theme prints it unescaped; its other lines untouched."""
    safe = escaping.title(title) if isinstance(title, str) else title
    if safe == title:
        return front_matter
    line = re.compile(rf"^({re.escape(key)}[ \t]*=[ \t]*)(?:\"(?:[^\"\\]|\\.)*\"|'[^']*')[ \t]*$", re.MULTILINE)
    written = tomlkit.string(str(safe), literal="'" not in str(safe)).as_string()
    return line.sub(lambda match: match[1] + written, front_matter, count=1)


def _key(quote: DocumentQuote) -> tuple[str, datetime, str]:
    return quote.author, quote.created_at, quote.text


def _places(document: DigestDocument) -> dict[tuple[str, datetime, str], deque[tuple[int, int]]]:
    """Author, time and text → where such quotes stand: the place among all rows, the number among quotes."""
    places: defaultdict[tuple[str, datetime, str], deque[tuple[int, int]]] = defaultdict(deque)
    number = 0
    for place, entry in enumerate(document.entries()):
        if isinstance(entry, DocumentQuote):
            number += 1
            places[_key(entry)].append((place, number))
    return places
