"""What can be wrong in an archive, digest by digest: the codes, how grave each is, and how they are told.

`publishing.problems` finds what an editor should see before publishing; here it is said where and what, and what only
an archive has is added: what its Hugo posts make of a text, colours, titles, tags. Knows no database.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from digests import palette, plaintext
from digests.archive import goldmark, tags
from digests.archive.codes import Found
from digests.publishing import comparing, escaping, problems
from digests.publishing.document import DigestDocument, DocumentEntry, DocumentQuote

READABLE = 4.5  # contrast that WCAG 2.2 asks of text (1.4.3)
_SHOWN = 60  # characters of a text in a detail
_SIGNS = str.maketrans(
    {"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "—": "---", "–": "--", "«": "<<", "»": ">>"}
)


@dataclass(frozen=True, slots=True)
class Standing:
    """A quote as it stands in a Hugo post: the shortcode's parameter, and the digest's row (0-based) it belongs to."""

    place: int
    number: int
    raw: str
    text: str
    permalink: str = ""


def in_document(document: DigestDocument, *, language: str) -> Iterator[Found]:
    """What the digest's texts and head say by themselves. `language` is the site's."""
    entries = tuple(document.entries())
    same = _numbers_by_text(document)
    for problem in problems.find(document, language=language):
        detail = "" if problem.place is None else _detail(problem.code, entries[problem.place], problem.number, same)
        yield Found(problem.code, detail, problem.number, problem.place)
    yield from _colors(entries)
    for tag in document.tags:
        if (folder := tags.as_folder(tag)) != tag:
            yield Found("tag_folder", f"{tag} → {folder}")
    if not document.article_url:
        yield Found("no_article")


def in_title(title: str, *, in_post: bool, breaks: bool = False) -> Iterator[Found]:
    """What a headline does to a site whose theme prints it, as Blowfish does, without escaping it.

    In a literal TOML string, as people type them (`title = '…'`), a `'` ends the title; where it stands so, it `breaks`
    the build.
    """
    if breaks:
        yield Found("title", _short(f"TOML: {title}"))
    if in_post and escaping.title(title) != plaintext.clean_line(title):
        signs = re.findall(r"[<>]|&(?=[A-Za-z#])|(?::[A-Za-z0-9_+-]+)+:", title)
        yield Found("title", " ".join(dict.fromkeys(signs)))
    if "'" in title and not breaks:
        yield Found("title_quote", _short(title))


def in_post(quotes: Sequence[Standing]) -> Iterator[Found]:
    """What Hugo makes of quotes that stand in a post as they were typed."""
    for quote in quotes:
        if escaping.body(quote.text) != quote.raw:
            for code, detail in _standing(quote):
                yield Found(code, detail, quote.number, quote.place)


def _standing(quote: Standing) -> Iterator[tuple[str, str]]:
    if "\\`" in quote.raw:  # the one escape that Hugo's shortcodes do not know
        yield "broken_post", _short(quote.raw[max(0, quote.raw.index("\\`") - 20) :])
    shown = goldmark.shown(quote.raw)
    excerpts: defaultdict[str, list[str]] = defaultdict(list)
    for effect in shown.effects:
        excerpts[effect.kind].append(effect.excerpt)
    if live := excerpts.pop("html", None):
        yield "live_html", " ".join(dict.fromkeys(live))
    swallowed = [kind for kind in excerpts if kind in goldmark.MARKS]
    if not swallowed and not live and len(quote.raw) <= goldmark.LONGEST and _differ(shown.text, quote.text):
        swallowed = [kind for kind in excerpts if kind in goldmark.SPELLINGS] or [""]
    if swallowed:
        yield "swallowed", " … ".join(_short(excerpts[kind][0]) if kind else "?" for kind in swallowed)
    elif "typography" in excerpts:
        yield "typography", " ".join(dict.fromkeys(excerpts["typography"]))
    if dead := [address for address in _addresses(quote.text) if address not in shown.links]:
        yield "dead_link", " ".join(dead)


def _differ(shown: str, text: str) -> bool:
    """Whether a reader gets other characters; typography and blanks at the ends of lines are no loss."""

    def plain(value: str) -> str:
        return re.sub(r"[ \t]*\n[ \t]*", "\n", value.translate(_SIGNS)).strip()

    return plain(shown) != plain(text)


def _addresses(text: str) -> list[str]:
    return [segment.href for segment in plaintext.split_links(text) if segment.href]


def _colors(entries: Sequence[DocumentEntry]) -> Iterator[Found]:
    """One finding for each unreadable colour, at the first quote that has it."""
    places: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    number = 0
    for place, entry in enumerate(entries):
        if isinstance(entry, DocumentQuote):
            number += 1
            if palette.is_color(entry.color):
                places[entry.color].append((number, place))
    for color, found in places.items():
        if (contrast := palette.contrast(color, palette.LIGHT_GROUND)) < READABLE:
            numbers = ", ".join(str(number) for number, _place in found)
            yield Found("unreadable_color", _short(f"{color} {contrast:.1f}:1 ×{len(found)} ({numbers})"), *found[0])


def _numbers_by_text(document: DigestDocument) -> Mapping[str, list[int]]:
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for number, quote in enumerate(document.quotes(), 1):
        numbers[quote.text.strip()].append(number)
    return numbers


def _detail(code: str, entry: DocumentEntry, number: int | None, same: Mapping[str, list[int]]) -> str:
    text = comparing.text_of(entry)
    if code == "cut_address":
        return " ".join(plaintext.cut_addresses(text))
    if code == "doubled":
        return ", ".join(str(other) for other in same[text.strip()] if other != number)
    return _short(text)


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
