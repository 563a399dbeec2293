"""How a digest's quotes stand in a Hugo post: the very parameters, and the post with each of them safely escaped.

Whatever else the post holds (keys nobody here knows, its layout, comments) stays as it is.
"""

import json
from collections import defaultdict, deque
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from digests.archive.findings import Standing
from digests.models import Post, Target
from digests.publishing import editing
from digests.publishing.document import DigestDocument, DocumentQuote
from digests.publishing.form import Form, FormError
from digests.publishing.reading import UnreadablePost, open_post
from digests.publishing.writing import UnfaithfulPost

_BREAKING = frozenset({"broken_front_matter", "broken_quote", "open_fold", "stray_close"})


@dataclass(frozen=True, slots=True)
class InPost:
    """`title` as the front matter has it, "" where there is none; only those quotes that are still the digest's.

    `breaks` says for each thing on which a build stops where it stands (a 1-based line) and what it is; `title_breaks`
    that the title's line is one of them.
    """

    title: str = ""
    quotes: tuple[Standing, ...] = ()
    breaks: tuple[tuple[int, str], ...] = ()
    title_breaks: bool = False


def standing_in(post: Post, document: DigestDocument) -> InPost:
    """What of the digest stands in its post. A quote that was reworded since is not the one there, and left out."""
    form = form_of(post.target)
    try:
        found = open_post(post.content.decode(), path=post.path, form=form)
    except (UnicodeDecodeError, UnreadablePost):
        return InPost()
    places = _places(document)
    quotes = []
    for block in found.blocks:
        if isinstance(block.entry, DocumentQuote) and block.shortcode and (same := places.get(_key(block.entry))):
            place, number = same.popleft()
            raw = block.shortcode.value("body", 0) or ""
            quotes.append(Standing(place, number, raw, block.entry.text, block.entry.permalink))
    title = found.front.values.get(form.title_key)
    return InPost(
        title if isinstance(title, str) else "",
        tuple(sorted(quotes, key=lambda one: one.place)),
        tuple((one.line, one.detail) for one in found.remarks if one.code in _BREAKING),
        bool(found.front.broken) and _line(found.text, found.front.line).startswith(form.title_key),
    )


def rewritten(content: bytes, path: str, form: Form) -> bytes:
    """A post's file with every quote, fold's label and title escaped safely; as it is where it cannot be read."""
    try:
        return editing.escaped(content.decode(), path=path, form=form).encode()
    except (UnicodeDecodeError, UnreadablePost, UnfaithfulPost):
        return content


def form_of(target: Target) -> Form:
    """A target's form; the reference's where its settings cannot be read."""
    return _form(json.dumps(target.form, sort_keys=True))


@lru_cache(maxsize=16)  # a site has one form for all of its posts
def _form(value: str) -> Form:
    try:
        return Form.from_json(json.loads(value))
    except FormError:
        return Form()


def _line(text: str, number: int) -> str:
    return text.split("\n", number)[number - 1].strip() if 0 < number <= text.count("\n") + 1 else ""


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
