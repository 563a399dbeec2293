"""Whether a page that Hugo made of a post shows the document, told from the page alone.

The page has the site's own layout, of which nothing is known: a text is looked for in the page's text, in reading
order, and links, folds and colours are judged by where they stand around it. Knows no Hugo and no post.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import count

from django.utils.translation import gettext as _

from digests.plaintext import WORD_JOINER, clean, clean_line, is_web_address, split_links
from digests.publishing import between
from digests.publishing.document import (
    DigestDocument,
    DocumentCard,
    DocumentEntry,
    DocumentFold,
    DocumentHeading,
    DocumentNote,
    DocumentPicture,
    DocumentQuote,
    DocumentUpdate,
)
from digests.publishing.webpage import BOUNDARY, Element, Page, collapsed

_NEUTRAL = frozenset({"a", "br", "wbr", "span", "bdi"})  # inside a text they change nothing of it
_HEX = re.compile(r"#[0-9a-f]{6}(?![0-9a-f])", re.IGNORECASE)
_TWINS = str.maketrans("＜＞＆：／．＿％＂＼｀", '<>&:/._%"\\`', f"{WORD_JOINER}\u034f")  # see publishing.escaping
_SHOWN = 40  # characters of a text in a message


@dataclass(frozen=True, slots=True)
class Difference:
    """What a page shows otherwise than its document, in words. `entry` counts the document's entries from 0; None for
    what belongs to no entry. `about` is what the document has in that place."""

    entry: int | None
    text: str
    about: str = ""


# What is looked for.


@dataclass(frozen=True)
class Wanted:
    """A text that a page should show, with the addresses in it and the number of its fold, if it stands in one."""

    entry: int | None
    typed: str
    links: tuple[str, ...] = ()
    fold: int | None = None
    is_quote: bool = False

    @cached_property
    def text(self) -> str:
        """As a browser lays it out."""
        return "\n".join(map(collapsed, clean(self.typed).split("\n")))

    @property
    def is_label(self) -> bool:
        return self.entry is None and self.fold is not None


def wanted(document: DigestDocument) -> list[Wanted]:
    """The texts of a document in reading order: its lead, or else its headline, its folds' labels, its entries."""
    texts = [Wanted(None, document.lead if clean_line(document.lead) else document.headline)]
    numbers, folds = count(), count()
    for item in document.items:
        if isinstance(item, DocumentFold):
            fold = next(folds)
            texts.append(Wanted(None, clean_line(item.label), fold=fold))
            texts += [_wanted(next(numbers), entry, fold) for entry in item.items]
        else:
            texts.append(_wanted(next(numbers), item))
    return texts


def _wanted(number: int, entry: DocumentEntry, fold: int | None = None) -> Wanted:
    match entry:
        case DocumentQuote() | DocumentNote():
            links = tuple(_address(segment.href) for segment in split_links(clean(entry.text)) if segment.href)
            return Wanted(number, entry.text, links, fold, isinstance(entry, DocumentQuote))
        case DocumentUpdate():
            return _wanted(number, between.as_note(entry), fold)
        case DocumentHeading():
            return Wanted(number, clean_line(entry.text), (), fold)
        case DocumentCard():
            return Wanted(number, clean_line(entry.title), (), fold)
        case DocumentPicture():
            return Wanted(number, clean_line(entry.caption), (), fold)


def untwinned(text: str) -> str:
    return text.translate(_TWINS)


def _address(address: str) -> str:
    """In the form in which two compare equal that lead to the same place: only what must be escaped is."""

    def plain(match: re.Match[str]) -> str:
        char = chr(int(match[1], 16))
        return char if char.isascii() and (char.isalnum() or char in "-._~!$'()*,;[]") else match[0].upper()

    before, _hash, fragment = re.sub("%([0-9A-Fa-f]{2})", plain, address).partition("#")
    return f"{before}#{fragment.replace('%23', '#')}" if fragment else before


# Where it stands.


def _spans(page: Page, texts: list[Wanted]) -> list[tuple[int, int] | None]:
    """Where each text stands: as many as can be found in the document's order, each behind the one before it.

    Where the layout gives texts blocks of their own, as most do, a text must fill its block; and of several places
    where a quote's text stands it is in the one that is like those of other quotes. (It may be a tag as well.)
    """
    alone = [f"{BOUNDARY}{one.text}{BOUNDARY}" in page.text for one in texts if one.text]
    within = [one.text in page.text for one in texts if one.text]
    edge = BOUNDARY if 2 * sum(alone) > sum(within) else ""
    places = [_places(page, one, edge) for one in texts]
    usual: Counter[tuple[str, ...]] = Counter()
    last: dict[tuple[str, ...], int] = {}
    for one, found in zip(texts, places, strict=True):
        if one.is_quote:
            usual.update(set(found.values()))
            last |= {kind: max(at, last.get(kind, 0)) for at, kind in found.items()}
    kind = max(usual, key=lambda kind: (usual[kind], last[kind]), default=())
    ordered = [
        (number, at)
        for number, (one, found) in enumerate(zip(texts, places, strict=True))
        for at in sorted(found, reverse=True)
        if not one.is_quote or found[at] == kind or kind not in found.values()
    ]
    spans: list[tuple[int, int] | None] = [None] * len(texts)
    for number, at in longest_rise(ordered):
        spans[number] = (at, at + len(texts[number].text))
    return spans


def _places(page: Page, one: Wanted, edge: str) -> dict[int, tuple[str, ...]]:
    """Where a text may stand → the names of the two elements around it. A fold's label stands in a summary, and
    nothing else does. What is no quote may have company in its block, such as the mark that a theme gives headings."""
    found = {}
    if not one.is_quote and edge + one.text + edge not in page.text:
        edge = ""
    for at in _occurrences(page.text, edge + one.text + edge) if one.text else ():
        start = at + len(edge)
        tags = tuple(
            element.tag for element in page.around(start, start + len(one.text)) if element.tag not in _NEUTRAL
        )
        if ("summary" in tags) == one.is_label:
            found[start] = tags[-2:]
    return found


def _occurrences(text: str, part: str, most: int = 60) -> Iterator[int]:
    at = text.find(part)
    while at >= 0 and most:
        yield at
        at, most = text.find(part, at + 1), most - 1


def longest_rise(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most pairs that rise in both. `pairs` rise in their first, and those of one first fall in their second."""
    tails: list[int] = []  # the least last second of a rise of each length
    ends: list[int] = []  # the pair it belongs to
    before: list[int] = []
    for index, (_number, at) in enumerate(pairs):
        length = bisect_left(tails, at)
        before.append(ends[length - 1] if length else -1)
        tails[length : length + 1] = [at]
        ends[length : length + 1] = [index]
    rise: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        rise.append(pairs[index])
        index = before[index]
    return rise[::-1]


# What is wrong.


def differences(pages: Mapping[str, tuple[Page, DigestDocument]]) -> dict[str, list[Difference]]:
    """What each page shows otherwise than its document. What a layout shows of no quote on any of the pages (authors,
    colours by their value) is not missed on one of them."""
    readings = {name: _Reading(page, document) for name, (page, document) in pages.items()}
    authors = any(shown for reading in readings.values() for _n, _name, shown in reading.authors())
    colors = any(want and want in shown for reading in readings.values() for _n, want, shown in reading.colors())
    return {name: [*reading.differences(authors=authors, colors=colors)] for name, reading in readings.items()}


class _Reading:
    """A page and its document, text for text."""

    def __init__(self, page: Page, document: DigestDocument) -> None:
        self.page = page
        self.document = document
        self.entries = list(document.entries())
        self.texts = wanted(document)
        self.spans = _spans(page, self.texts)
        self.usual = self._usual()

    def differences(self, *, authors: bool, colors: bool) -> Iterator[Difference]:
        yield from self._head()
        for number, (text, span) in enumerate(zip(self.texts, self.spans, strict=True)):
            if span is None:
                yield from self._missing(number, text)
            elif text.entry is not None:
                yield from self._inside(text, span)
        yield from self._folds()
        yield from self._pictures_and_cards()
        if authors:
            for entry, name, shown in self.authors():
                if not shown:
                    yield Difference(entry, _("its author's name is not shown"), name)
        if colors:
            for entry, want, seen in self.colors():
                if want not in seen if want else seen:
                    yield Difference(entry, _("it is not shown in its colour"))

    def _head(self) -> Iterator[Difference]:
        title = untwinned(collapsed(clean_line(self.document.headline)))
        if title not in untwinned(self.page.title) and title not in untwinned(self.page.text):
            yield Difference(
                None,
                _filled(_("the headline is not shown as it is: “%(text)s”"), text=title),
                self.document.headline,
            )
        addresses = {_address(one.attributes.get("href") or "") for one in self.page.elements if one.tag == "a"}
        for url in (self.document.source_url, self.document.article_url):
            if is_web_address(url) and _address(url) not in addresses:
                yield Difference(None, _filled(_("there is no link to %(url)s"), url=url), url)

    def _missing(self, number: int, text: Wanted) -> Iterator[Difference]:
        if not text.text or text.is_label:  # that is seen to elsewhere
            return
        after = next((span[0] for span in self.spans[number:] if span), len(self.page.text))
        before = next((span[1] for span in reversed(self.spans[:number]) if span), 0)
        shown = self.page.text[before:after]
        same = _common_start(text.text, shown)
        at = shown.find(text.text[:same]) + same
        if text.text in self.page.text:
            said = _("it stands in another place, or something else stands in its block")
        elif same < min(4, len(text.text)):
            said = _filled(_("its text is not shown: “%(text)s”"), text=text.text)
        else:
            said = _filled(
                _("after “%(before)s” it shows “%(shown)s” for “%(typed)s”"),
                before=text.text[max(0, same - 12) : same],
                typed=text.text[same : same + 24],
                shown=shown[at : at + 24].partition(BOUNDARY)[0],
            )
        yield Difference(text.entry, said, text.typed)

    def _inside(self, text: Wanted, span: tuple[int, int]) -> Iterator[Difference]:
        inside = list(self.page.inside(*span))
        whole = [one for one in inside if _edges(one, span)]
        links = [_address(one.attributes.get("href") or "") for one in inside if one.tag == "a"]
        if (
            text.links or len(links) > 1 or not any(one.tag == "a" for one in whole)
        ):  # a layout may make a link of all that it shows
            for url in Counter(text.links) - Counter(links):
                yield Difference(text.entry, _filled(_("%(url)s is no link"), url=url), text.typed)
            for url in Counter(links) - Counter(text.links):
                yield Difference(text.entry, _filled(_("there is a link to %(url)s"), url=url), text.typed)
        strange = {one.tag for one in inside if one not in whole and one.tag not in _NEUTRAL}
        if text.is_quote:
            strange |= {one.tag for one in whole if one.tag not in _NEUTRAL} - self.usual
        for tag in sorted(strange):
            said = _filled(_("it is shown with <%(tag)s>, which nobody typed"), tag=tag)
            yield Difference(text.entry, said, text.typed)

    def _usual(self) -> set[str]:
        """Elements that hold just the text of a quote, or stand beside it, for more than half of the quotes: the
        layout's own."""
        tags: Counter[str] = Counter()
        quotes = [span for text, span in zip(self.texts, self.spans, strict=True) if span and text.is_quote]
        for start, end in quotes:
            tags.update({one.tag for one in self.page.inside(start, end) if _edges(one, (start, end))})
        return {tag for tag, times in tags.items() if 2 * times > len(quotes) or len(quotes) < 3}

    def _stretches(self) -> Iterator[tuple[int, DocumentQuote, int, int, int]]:
        """Each quote that was found: its number, where its text begins, and where those beside it end and begin."""
        found = [(text, span) for text, span in zip(self.texts, self.spans, strict=True) if span]
        ends = [0, *(span[1] for _text, span in found), len(self.page.text)]
        starts = [*(span[0] for _text, span in found), len(self.page.text)]
        for n, (text, span) in enumerate(found):
            entry = self.entries[text.entry] if text.entry is not None else None
            if isinstance(entry, DocumentQuote) and text.entry is not None:
                yield text.entry, entry, span[0], ends[n], starts[n + 1]

    def authors(self) -> Iterator[tuple[int, str, bool]]:
        """For each quote with an author: the name, and whether it stands between the texts before and after it."""
        for entry, quote, _start, before, after in self._stretches():
            if name := untwinned(collapsed(clean_line(quote.author))):
                yield entry, quote.author, name in untwinned(self.page.text[before:after])

    def colors(self) -> Iterator[tuple[int, str, set[str]]]:
        """For each quote its colour, and the colours that stand in attributes of the elements that hold it alone."""
        for entry, quote, start, before, after in self._stretches():
            holders = self.page.around(start, start + 1)
            box = next((one for one in holders if before <= one.start and one.end <= after), None)
            values = [
                value
                for one in (self.page.inside(box.start, box.end) if box else ())
                for name, value in one.attributes.items()
                if value and name not in {"href", "src", "id", "cite"}
            ]
            yield entry, quote.color.lower(), {color.lower() for value in values for color in _HEX.findall(value)}

    def _folds(self) -> Iterator[Difference]:
        """Each fold is one <details> of its own with its label, and what stands outside folds stands in none."""
        labels = [item.label for item in self.document.items if isinstance(item, DocumentFold)]
        if labels and not any(one.tag == "details" for one in self.page.elements):
            return  # the layout folds in a way of its own
        seen: dict[int, int] = {}  # where a <details> begins → which fold it is
        for text, span in zip(self.texts, self.spans, strict=True):
            if not span or text.entry is None:
                continue
            fold = next((one for one in reversed(self.page.around(*span)) if one.tag == "details"), None)
            if fold is None and text.fold is not None:
                yield Difference(text.entry, _("it is in no fold"))
            elif fold and text.fold is None:
                yield Difference(text.entry, _("it stands in a fold"))
            elif fold and text.fold is not None and seen.setdefault(fold.start, text.fold) != text.fold:
                yield Difference(text.entry, _("it stands in another fold"))
        if len(set(seen.values())) < len(seen):
            yield Difference(None, _("a fold is shown in pieces"))
        for start, number in seen.items():
            if collapsed(clean_line(labels[number])) not in self._summary(start):
                said = _filled(_("a fold's label is not shown as it is: “%(text)s”"), text=labels[number])
                yield Difference(None, said, labels[number])

    def _summary(self, start: int) -> str:
        """What the `<summary>` says of the `<details>` that begins there."""
        summary = next((one for one in self.page.inside(start, len(self.page.text)) if one.tag == "summary"), None)
        return self.page.text[summary.start : summary.end] if summary else ""

    def _pictures_and_cards(self) -> Iterator[Difference]:
        images = [one.attributes.get("alt") or "" for one in self.page.elements if one.tag == "img"]
        alts = Counter(untwinned(collapsed(alt)) for alt in images)
        addresses = {_address(one.attributes.get("href") or "") for one in self.page.elements if one.tag == "a"}
        for number, entry in enumerate(self.entries):
            if isinstance(entry, DocumentPicture):
                alt = untwinned(collapsed(clean_line(entry.alt)))
                alts[alt] -= 1
                if alts[alt] < 0:
                    yield Difference(number, _filled(_("there is no picture that says “%(text)s”"), text=alt))
            elif isinstance(entry, DocumentCard) and is_web_address(entry.url) and _address(entry.url) not in addresses:
                yield Difference(number, _filled(_("there is no link to %(url)s"), url=entry.url))


def _edges(one: Element, span: tuple[int, int]) -> bool:
    """Whether an element inside a stretch of text holds all of it, or is empty and stands at its start or end."""
    return (one.start, one.end) == span or (one.start == one.end and one.start in span)


def _common_start(text: str, other: str) -> int:
    """The length of the longest beginning of `text` that stands in `other`."""
    least, most = 0, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if text[:middle] in other else (least, middle - 1)
    return least


def _filled(message: str, **words: str) -> str:
    return message % {name: _clipped(word) for name, word in words.items()}


def _clipped(text: str) -> str:
    text = text.replace("\n", "⏎")
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
