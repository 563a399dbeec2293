"""A site's comment HTML → our own structured text, which loses nothing → HTML that is safe to show.

Structured text knows paragraphs, italics, links with their full address and code blocks; every other tag is taken off
and its text kept. Knows no database, no settings and no particular site.
"""

import html as entities
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from selectolax.lexbor import LexborDocumentOptions, LexborHTMLParser, LexborNode

# A body beyond either limit is shown as it came, tags and all: Lexbor needs quadratic time for deep nesting and for
# many attributes (100,000 <div>: 34 s). The longest of 4,628 real comments has 6,632 characters.
MOST_CHARACTERS = 100_000
MOST_TAGS = 5_000

_BREAKING_TAGS = frozenset(
    "address article aside blockquote body br caption center dd details dialog dir div dl dt"  # noqa: SIM905
    " fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol option p"
    " section summary table tbody td tfoot th thead tr ul".split()
)
_CODE_TAGS = frozenset({"pre", "xmp", "listing", "plaintext"})

# Controls but \t \n \f \r, zero-width space and byte-order mark, the controls that turn the writing direction,
# noncharacters and lone surrogates. Joiners (U+200C, U+200D) stay: words and emoji are made with them.
_UNWANTED = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u200b\ufeff\u202a-\u202e\u2066-\u2069\ufdd0-\ufdef\ud800-\udfff"
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0, 0x110000, 0x10000))
    + "]"
)
_SPACE = re.compile("[ \t\n\f\r\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text of one kind. `href` is the link's full address, "" outside links."""

    text: str
    italic: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """`text` has its spaces and line breaks exactly as they came."""

    text: str


type Block = Paragraph | CodeBlock
type Content = tuple[Block, ...]


def clean(text: str) -> str:
    """The text without characters that mean nothing to a reader or that a database refuses."""
    return _UNWANTED.sub("", text)


def parse(html: str) -> Content:
    """Any string whatever: tag soup and hostile input give text, never an error."""
    html = clean(html)
    if len(html) > MOST_CHARACTERS or html.count("<") > MOST_TAGS:
        return _as_it_came(html)
    body = LexborHTMLParser("<body>" + html, options=LexborDocumentOptions.WO_EVENTS).body
    gatherer = _Gatherer()
    if body is not None:
        for entering, node in _walk(body):
            gatherer.see(node, entering=entering)
    gatherer.end_block()
    return tuple(gatherer.blocks)


def _as_it_came(html: str) -> Content:
    runs = _tidied([Run(clean(entities.unescape(html)))])
    return (Paragraph(runs),) if runs else ()


def _walk(root: LexborNode) -> Iterator[tuple[bool, LexborNode]]:
    """(True, node) on entering and (False, node) on leaving; without recursion, whatever the depth."""
    above: list[LexborNode] = []
    node = _first_inside(root)
    while True:
        if node is None:
            if not above:
                return
            node = above.pop()
            yield False, node
            node = node.next
            continue
        yield True, node
        above.append(node)
        node = _first_inside(node)


def _first_inside(node: LexborNode) -> LexborNode | None:
    if node.tag == "template":
        fragments = node.template_fragments()
        return fragments[0].first_child if fragments else None
    return node.first_child


class _Gatherer:
    """Turns the events of a walk into blocks. The counters say what is open around the present place."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.runs: list[Run] = []
        self.italics = 0
        self.codes = 0
        self.links: list[tuple[str, int]] = []  # (address, index of its first run), innermost last

    def see(self, node: LexborNode, *, entering: bool) -> None:
        tag = node.tag or ""
        if node.is_text_node:
            if entering:
                self.add_text(clean(node.text_content or ""))
        elif tag in _CODE_TAGS:
            self.end_block()
            self.codes += 1 if entering else -1
        elif tag in _BREAKING_TAGS:
            self.break_here(entering=entering)
        elif tag in {"i", "em"}:
            self.italics += 1 if entering else -1
        elif tag == "a":
            if entering:
                self.links.append((_address(node), len(self.runs)))
            else:
                self.end_link()

    def add_text(self, text: str) -> None:
        self.runs.append(Run(text, italic=self.italics > 0, href=self.links[-1][0] if self.links else ""))

    def end_link(self) -> None:
        """Puts the whole address where the site shows only its beginning, or nothing at all."""
        href, first = self.links.pop()
        shown = "".join(run.text for run in self.runs[first:]).strip()
        if href and (not shown or _is_cut(shown, href)):
            italic = any(run.italic for run in self.runs[first:])
            self.runs[first:] = [Run(href, italic=italic, href=href)]

    def break_here(self, *, entering: bool) -> None:
        if not self.codes:
            self.end_block()
        elif entering:
            self.add_text("\n")

    def end_block(self) -> None:
        if self.codes:
            text = "".join(map(_written, self.runs)).replace("\f", "")
            if text.strip():
                self.blocks.append(CodeBlock(text))
        elif runs := _tidied(self.runs):
            self.blocks.append(Paragraph(runs))
        self.runs = []
        self.links = [(href, 0) for href, _ in self.links]


def _address(node: LexborNode) -> str:
    return _SPACE.sub(" ", clean(node.attributes.get("href") or "")).strip()


def _is_cut(shown: str, href: str) -> bool:
    """Whether a link's text is its address cut short: Hacker News leaves 60 characters and "..."."""
    for ellipsis in ("...", "…"):
        beginning = shown.removesuffix(ellipsis)
        if beginning and beginning != shown and href.startswith(beginning):
            return True
    return False


def _tidied(runs: list[Run]) -> tuple[Run, ...]:
    """Neighbours of one kind joined, white space as a browser shows it: one space, none at either end."""
    tidy: list[Run] = []
    after_space = True
    for (italic, href), group in groupby(runs, key=lambda run: (run.italic, run.href)):
        text = _SPACE.sub(" ", "".join(run.text for run in group))
        if after_space:
            text = text.removeprefix(" ")
        if text:
            tidy.append(Run(text, italic, href))
            after_space = text.endswith(" ")
    while tidy and tidy[-1].text == " ":
        tidy.pop()
    if tidy:
        last = tidy.pop()
        tidy.append(Run(last.text.removesuffix(" "), last.italic, last.href))
    return tuple(tidy)


def to_json(content: Content) -> list[object]:
    """Compact plain values: a paragraph is a list of runs, a run a string or [text, italic, href], code {"code": …}."""
    return [
        {"code": block.text}
        if isinstance(block, CodeBlock)
        else [[run.text, run.italic, run.href] if run.italic or run.href else run.text for run in block.runs]
        for block in content
    ]


def from_json(values: list[object]) -> Content:
    """The inverse of `to_json`. Raises ValueError for anything else."""
    return tuple(_block_from(value) for value in values)


def _block_from(value: object) -> Block:
    match value:
        case {"code": str(text)}:
            return CodeBlock(text)
        case list(runs):
            return Paragraph(tuple(_run_from(run) for run in runs))
    raise ValueError(f"not a block: {value!r}")


def _run_from(value: object) -> Run:
    match value:
        case str(text):
            return Run(text)
        case [str(text), bool(italic), str(href)]:
            return Run(text, italic, href)
    raise ValueError(f"not a run: {value!r}")


def to_html(content: Content) -> SafeString:
    """Only <p>, <em>, <a>, <pre> and <code>; a paragraph that begins with ">" has the class `quoted`."""
    return mark_safe("\n".join(map(_block_html, content)))  # noqa: S308  (every text is escaped below)


def _block_html(block: Block) -> str:
    if isinstance(block, CodeBlock):
        return f"<pre><code>{escape(block.text)}</code></pre>"
    quoted = "".join(run.text for run in block.runs).lstrip().startswith(">")
    return f"<p{' class="quoted"' if quoted else ''}>{''.join(map(_run_html, block.runs))}</p>"


def _run_html(run: Run) -> str:
    text = str(escape(run.text))
    if run.italic:
        text = f"<em>{text}</em>"
    if is_web_address(run.href):
        return f'<a href="{escape(run.href)}" rel="nofollow noopener ugc">{text}</a>'
    return text


def is_web_address(href: str) -> bool:
    return href.lower().startswith(("http://", "https://"))


def to_text(content: Content) -> str:
    """Plain text: a blank line between paragraphs, code lines as they are, every address in full."""
    return "\n\n".join(
        block.text.strip("\n") if isinstance(block, CodeBlock) else "".join(map(_written, block.runs))
        for block in content
    )


def _written(run: Run) -> str:
    """A link whose text is not its address has the address behind it, so that plain text loses nothing either."""
    return f"{run.text} ({run.href})" if run.href and run.href != run.text.strip() else run.text


def links(content: Content) -> tuple[str, ...]:
    """Every web address linked to, in order, each once."""
    hrefs = (run.href for block in content if isinstance(block, Paragraph) for run in block.runs)
    return tuple(dict.fromkeys(href for href in hrefs if is_web_address(href)))


def data_script(value: Any, content_type: str) -> SafeString:
    """A value as a script element that no browser runs, such as JSON-LD. No text in it can end the element."""
    text = json.dumps(value, ensure_ascii=False)
    text = text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return format_html('<script type="{}">{}</script>', content_type, mark_safe(text))  # noqa: S308
