"""What a visitor of a page of `tests.hugo_site` sees, as a strict parser reads it, and what a document should show."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import quote
from xml.etree.ElementTree import Element

import html5lib

from digests.plaintext import clean, clean_line, is_web_address, split_links
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


@dataclass(frozen=True)
class Shown:
    """Text as a visitor sees it, `\\n` for each line break, and the links in it: (text, address)."""

    text: str
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class ShownQuote:
    body: Shown
    author: str
    created_at: str
    color: str


@dataclass(frozen=True)
class ShownBetween:
    """What is no quote: a heading (h2), a note or card (p), or a picture (figure) with its alt, caption and credit.

    Where a site has no shortcode for cards, their titles are strong.
    """

    tag: str
    shown: Shown
    texts: tuple[str, ...] = ()


@dataclass(frozen=True)
class ShownFold:
    label: Shown
    items: tuple[ShownQuote | ShownBetween, ...]


@dataclass(frozen=True)
class Page:
    """All that a page shows of a post, in order."""

    title: str
    tags: tuple[str, ...]
    lead: Shown
    sources: tuple[Shown, ...]  # the thread's and the article's
    items: tuple[ShownQuote | ShownBetween | ShownFold, ...]


def read(html: str) -> Page:
    """What a page of a post shows. Whatever does not belong where it stands turns up in a text, as `<its name>`."""
    body = html5lib.parse(html, namespaceHTMLElements=False).find("body")
    heading, tags, _, article = body if body is not None else []
    quoted, *blocks, footer = article
    assert _shown(footer) == Shown("記事一覧へ", (("記事一覧へ", "https://example.org/posts/"),))
    assert (quoted.tag, [child.tag for child in quoted][1:]) == ("blockquote", [])
    _no_text_between(quoted)
    _no_text_between(article)
    sources = [block for block in blocks[:2] if (block.text or "").startswith(("引用元：", "元記事："))]
    return Page(
        title=one_form(_shown(heading).text),
        tags=tuple(_tag(_shown(tag).text) for tag in tags),
        lead=_shown(quoted[0]) if len(quoted) else Shown(""),
        sources=tuple(map(_shown, sources)),
        items=tuple(
            _read_fold(item) if item.tag == "details" else _read_entry(item) for item in blocks[len(sources) :]
        ),
    )


def expected(document: DigestDocument) -> Page:
    """What the page of a document should show, told from the document alone."""
    sources = (("引用元：", document.source_url), ("元記事：", document.article_url))
    return Page(
        title=one_form(document.headline),
        tags=tuple(dict.fromkeys(filter(None, map(_tag, document.tags)))),
        lead=Shown(clean(document.lead if clean_line(document.lead) else document.headline)),
        sources=tuple(_expected_source(name, clean_line(url)) for name, url in sources if url),
        items=tuple(map(_expected, document.items)),
    )


def as_rendered(page: Page) -> Page:
    """The page as a browser renders it, and --minify leaves it: a run of blanks is one, none beside a line break."""
    return Page(
        title=_collapsed(page.title),
        tags=tuple(map(_collapsed, page.tags)),
        lead=_rendered(page.lead),
        sources=tuple(map(_rendered, page.sources)),
        items=tuple(_rendered_item(item) for item in page.items),
    )


def one_form(text: str) -> str:
    """A text of one line from a place without entities, with the twins that stand for some characters folded back."""
    twins = str.maketrans("＜＞＆：／．＿％＂＼｀", '<>&:/._%"\\`')
    return re.sub("[\u2060\u034f]", "", clean_line(text)).translate(twins)


def _tag(text: str) -> str:
    return re.sub(r"^[\s.]+|[\s.]+$", "", re.sub("__+", "_", one_form(text)))


def _expected_source(name: str, url: str) -> Shown:
    address = quote(url, safe=f"%{''.join(map(chr, range(0x21, 0x7F)))}")
    return Shown(name + url, ((url, _address(address)),) if is_web_address(address) else ())


def _expected(item: DocumentEntry | DocumentFold) -> ShownQuote | ShownBetween | ShownFold:
    if isinstance(item, DocumentFold):
        return ShownFold(Shown(clean_line(item.label) or "\u200b"), tuple(map(_expected_entry, item.items)))
    return _expected_entry(item)


def _expected_entry(item: DocumentEntry) -> ShownQuote | ShownBetween:
    match item:
        case DocumentQuote():
            created_at = f"{item.created_at:%Y/%m/%d %H:%M:%S}"
            return ShownQuote(_linked(item.text), one_form(item.author), created_at, item.color)
        case DocumentHeading():
            return _between("h2", Shown(clean_line(item.text)))
        case DocumentNote():
            return _between("p", _linked(item.text))
        case DocumentUpdate():
            day = f"{item.date.year:04}年{item.date.month}月{item.date.day}日"
            return _between("p", _linked(f"その後（{day}）\n{item.text}"))
        case DocumentPicture():
            texts = (between.picture_name(item.path), *map(one_form, (item.alt, item.caption, item.credit)))
            return ShownBetween("figure", Shown(""), texts)
        case DocumentCard():
            title, below = clean_line(item.title), _linked(item.text)
            text = f"{title}\n{below.text}" if below.text else title
            return ShownBetween("p", Shown(text, ((title, _address(item.url)), *below.links)))


def _between(tag: str, shown: Shown) -> ShownBetween:
    return ShownBetween(
        tag, replace(shown, text=shown.text if shown.text != "\u200b" else "")
    )  # which stands for nothing


def _linked(text: str) -> Shown:
    text = clean(text)
    links = tuple((segment.text, _address(segment.href)) for segment in split_links(text) if segment.href)
    return Shown(text, links)


def _read_entry(element: Element) -> ShownQuote | ShownBetween:
    if element.tag == "div":
        return _read_quote(element)
    if element.tag != "figure":
        if len(element) and element[0].tag == "strong" and not element.text:
            element[0].tag = "span"
        shown = _shown(element)
        return _between(element.tag, shown)
    image, *below = list(element)
    caption, _, credit = _shown(below[0]).text.partition("<small>") if below else ("", "", "")
    assert [one.tag for one in below[1:]] == []
    texts = map(one_form, (image.get("alt", ""), caption, credit))
    return ShownBetween("figure", Shown(""), (image.get("src", ""), *texts))


def _read_quote(element: Element) -> ShownQuote:
    body, footer = _children(element, "div", "p", "footer")
    author, created_at = _children(footer, "footer", "cite", "time")
    color = element.get("data-color", "")
    return ShownQuote(_shown(body), one_form(_shown(author).text), _shown(created_at).text, color)


def _read_fold(element: Element) -> ShownFold:
    label, *items = element
    assert label.tag == "summary"
    _no_text_between(element)
    return ShownFold(_shown(label), tuple(map(_read_entry, items)))


def _children(element: Element, name: str, *children: str) -> list[Element]:
    assert (element.tag, [child.tag for child in element]) == (name, list(children))
    _no_text_between(element)
    return list(element)


def _no_text_between(element: Element) -> None:
    stray = "".join([element.text or "", *(child.tail or "" for child in element)]).strip()
    assert not stray, f"in {element.tag}, outside its parts: {stray}"


def _shown(element: Element) -> Shown:
    links = tuple(("".join(_pieces(link)), _address(link.get("href", ""))) for link in element.iter("a"))
    return Shown("".join(_pieces(element)), links)


def _pieces(element: Element) -> Iterator[str]:
    yield (element.text or "").replace("\n", " ")  # a line break of the source is none on the page
    for child in element:
        tail = child.tail or ""
        if child.tag == "br":
            yield "\n"
            tail = tail.removeprefix("\n")
        elif child.tag not in ("wbr", "a", "span"):
            yield f"<{child.tag}>"
        yield from _pieces(child)
        yield tail.replace("\n", " ")


def _address(address: str) -> str:
    """The address in the form in which two compare equal that lead to the same place.

    Characters are escaped only where they must be (`[` and `%5b` are the same to a browser, `A` and `%41` to all). The
    link hook of a multilingual site drops an empty fragment, and escapes a second `#`.
    """
    plain = re.compile(r"%(2[789ade]|3[0-9b]|4[1-9a-f]|5[0-9abdf]|6[1-9a-f]|7[0-9ae])", re.IGNORECASE)
    address = plain.sub(lambda match: chr(int(match[1], 16)), address)
    before, _, fragment = address.partition("#")
    return f"{before}#{fragment.replace('%23', '#')}" if fragment else before


def _collapsed(text: str) -> str:
    return re.sub(r" *\n *", "\n", re.sub(" +", " ", text)).strip(" ")


def _rendered(shown: Shown) -> Shown:
    return Shown(_collapsed(shown.text), tuple((_collapsed(text), address) for text, address in shown.links))


def _rendered_item(item: ShownQuote | ShownBetween | ShownFold) -> ShownQuote | ShownBetween | ShownFold:
    if isinstance(item, ShownFold):
        return ShownFold(_rendered(item.label), tuple(map(_rendered_entry, item.items)))
    return _rendered_entry(item)


def _rendered_entry(item: ShownQuote | ShownBetween) -> ShownQuote | ShownBetween:
    if isinstance(item, ShownBetween):
        return ShownBetween(item.tag, _rendered(item.shown), tuple(map(_collapsed, item.texts)))
    return ShownQuote(_rendered(item.body), _collapsed(item.author), item.created_at, item.color)
