"""A web page as a visitor reads it: its text as a browser lays it out, and where its elements lie in that text.

Knows no post and no document.
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

BOUNDARY = "\x1f"  # in a page's text: here a block begins or ends. No text holds it.
_BLOCKS = frozenset(
    "address article aside blockquote body dd details dialog div dl dt fieldset figcaption figure footer form h1"  # noqa: SIM905
    " h2 h3 h4 h5 h6 header hr li main nav ol p pre section summary table tbody td tfoot th thead tr ul".split()
)
_UNSEEN = frozenset(
    "script style template noscript head title svg iframe object textarea select math".split()  # noqa: SIM905
)
_BLANKS = re.compile(r"[ \t\n\r\f]+")


@dataclass(frozen=True, slots=True)
class Element:
    """An element, and the stretch of the page's text that it holds: none for a picture, a script and the like."""

    tag: str
    attributes: Mapping[str, str | None]
    start: int
    end: int


@dataclass(slots=True)
class Page:
    """`text`: a run of blanks is one, `\n` stands for `<br>`. `elements`: in order, so their starts rise."""

    title: str = ""
    text: str = ""
    elements: list[Element] = field(default_factory=list)

    def around(self, start: int, end: int) -> list[Element]:
        """The elements that hold the whole of a stretch of text, outermost first."""
        return [one for one in self.elements if one.start <= start and end <= one.end]

    def inside(self, start: int, end: int) -> Iterator[Element]:
        """The elements that lie in a stretch of text, in order."""
        for one in self.elements[bisect_left(self.elements, start, key=lambda one: one.start) :]:
            if one.start > end:
                break
            if one.end <= end:
                yield one


def read(html: str) -> Page:
    """Never fails: whatever the text is, an HTML parser makes a page of it."""
    tree = LexborHTMLParser(html)
    title = tree.css_first("head title")
    page = Page(title=collapsed(title.text()) if title else "")
    text = _Text()
    if tree.body:
        _walk(tree.body, text, page.elements)
    page.text = "".join(text.pieces)
    return page


def collapsed(text: str) -> str:
    """A text with each run of blanks as one, as a browser shows it."""
    return _BLANKS.sub(" ", text).strip(" ")


class _Text:
    """Puts a page's text together. A blank waits until it is known that something follows it in its line."""

    def __init__(self) -> None:
        self.pieces = [BOUNDARY]
        self.length = 1
        self.blank = False

    def add(self, text: str) -> None:
        text = _BLANKS.sub(" ", text).replace(BOUNDARY, "")
        if self.pieces[-1][-1] in f"\n{BOUNDARY}" and not self.blank:
            text = text.removeprefix(" ")
        if shown := text.strip(" "):
            self._append((" " if self.blank or text[0] == " " else "") + shown)
            self.blank = False
        self.blank = self.blank or text.endswith(" ")

    def break_line(self) -> None:
        self._append("\n")
        self.blank = False

    def break_block(self) -> None:
        if self.pieces[-1] != BOUNDARY:
            self._append(BOUNDARY)
        self.blank = False

    def _append(self, text: str) -> None:
        self.pieces.append(text)
        self.length += len(text)


def _walk(root: LexborNode, text: _Text, elements: list[Element]) -> None:
    """Depth first, without recursion: a page may nest as deep as it likes."""
    node: LexborNode | None = root
    opened: list[tuple[LexborNode, int]] = []  # each with its index among the elements
    while node is not None or opened:
        if node is None:
            closed, index = opened.pop()
            one = elements[index]
            elements[index] = Element(one.tag, one.attributes, one.start, text.length)
            if closed.tag in _BLOCKS:
                text.break_block()
            node = closed.next if opened else None
            continue
        tag = node.tag or ""
        if node.is_text_node:
            text.add(node.text_content or "")
        elif tag == "br":
            text.break_line()
        elif node.is_element_node and tag in _UNSEEN:
            elements.append(Element(tag, node.attributes, text.length, text.length))
        elif node.is_element_node:
            if tag in _BLOCKS:
                text.break_block()
            elements.append(Element(tag, node.attributes, text.length, text.length))
            opened.append((node, len(elements) - 1))
            node = node.child
            continue
        node = node.next
