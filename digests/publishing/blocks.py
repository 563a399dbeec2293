"""A Hugo post cut into its blocks: each with the blanks before it, so that all of them joined are the post again.

Says what a block is by its look; what the whole means is `reading`'s to say.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from digests.publishing import between, unescaping
from digests.publishing.document import DocumentEntry
from digests.publishing.form import Form
from digests.publishing.shortcodes import Shortcode, find

_PARAGRAPH = re.compile(r"\S[^\n]*(?:\n[^\S\n]*+\S[^\n]*)*")
_QUOTED_LINES = re.compile(r">[^\n]*(?:\n[^\S\n]*+>[^\n]*)*")


class Kind(StrEnum):
    LEAD = "lead"  # the blockquote at the head
    SOURCE = "source"
    ARTICLE = "article"
    ENTRY = "entry"
    OPEN = "open"
    CLOSE = "close"
    FOOTER = "footer"
    KEPT = "kept"  # a text that nobody here has written
    STRAY = "stray"  # an end of a fold that has no other end


HEAD = frozenset((Kind.LEAD, Kind.SOURCE, Kind.ARTICLE))


@dataclass(slots=True, eq=False)
class Block:
    """`raw` stands at `start` of the post, behind the blanks `before`."""

    kind: Kind
    start: int
    before: str
    raw: str
    shortcode: Shortcode | None = None
    entry: DocumentEntry | None = None  # for a quote, filled in by `reading`
    label: str = ""  # of a fold that opens here


def cut(post: str, start: int, form: Form) -> tuple[list[Block], str]:
    """The blocks of a post's content, which begins at `start`, and the blanks behind the last one."""
    return _Cutter(post, form).cut(start)


class _Cutter:
    def __init__(self, post: str, form: Form) -> None:
        self.post, self.form = post, form
        self.blocks: list[Block] = []
        self.names = {form.quote, form.fold, *between.SHORTCODES}
        self.seen: set[Kind] = set()  # what of the head has come already
        self.in_head = True

    def cut(self, start: int) -> tuple[list[Block], str]:
        at = start
        for found in find(self.post, self.names, quote=self.form.quote, start=start):
            before = self._text(at, found.start)
            self.in_head = False
            self.blocks.append(self._of_shortcode(found, before))
            at = found.end
        behind = self._text(at, len(self.post))
        head_end = max((number for number, block in enumerate(self.blocks) if block.kind in HEAD), default=0)
        for number, block in enumerate(self.blocks):
            # A text before the head's last line is none of the items, and one before the end no footer.
            if (block.kind is Kind.ENTRY and number < head_end) or (
                block.kind is Kind.FOOTER and block is not self.blocks[-1]
            ):
                block.kind, block.entry = Kind.KEPT, None
        return self.blocks, behind

    def _text(self, start: int, end: int) -> str:
        """Cuts what stands between two shortcodes, and gives the blanks before the second."""
        text = self.post[start:end]
        if not text or text.isspace():
            return text
        at = 0
        for paragraph in _PARAGRAPH.finditer(text):
            for begins, ends in self._lines(paragraph):
                raw = text[begins:ends]
                self.blocks.append(self._of_text(raw, start + begins, text[at:begins]))
                at = ends
        return text[at:]

    def _lines(self, paragraph: re.Match[str]) -> Iterator[tuple[int, int]]:
        """A paragraph's bounds, or those of its parts: at the head, lines of several kinds may touch."""
        at, end = paragraph.start(), paragraph.start() + len(paragraph[0].rstrip())
        if self.in_head:
            text = paragraph.string
            if quoted := _QUOTED_LINES.match(text, at, end):
                yield at, quoted.start() + len(quoted[0].rstrip())
                at = _next_line(text, quoted.end(), end)
            while at < end and text.startswith((self.form.source_label, self.form.article_label), at):
                stop = text.find("\n", at, end)
                stop = end if stop < 0 else stop
                yield at, at + len(text[at:stop].rstrip())
                at = _next_line(text, stop, end)
        if at < end:
            yield at, end

    def _of_text(self, raw: str, start: int, before: str) -> Block:
        kind = self._kind_in_head(raw) if self.in_head else None
        if kind is not None:
            self.seen.add(kind)
            return Block(kind, start, before, raw)
        if raw.replace("\r", "") == self.form.footer:
            return Block(Kind.FOOTER, start, before, raw)
        entry = between.read(raw) if "\n" not in raw and "{{" not in raw else None
        return Block(Kind.ENTRY if entry else Kind.KEPT, start, before, raw, entry=entry)

    def _kind_in_head(self, raw: str) -> Kind | None:
        if raw.startswith(">") and Kind.LEAD not in self.seen and Kind.SOURCE not in self.seen:
            return Kind.LEAD
        if raw.startswith(self.form.source_label) and Kind.SOURCE not in self.seen:
            return Kind.SOURCE
        if raw.startswith(self.form.article_label) and Kind.ARTICLE not in self.seen:
            return Kind.ARTICLE
        return None

    def _of_shortcode(self, found: Shortcode, before: str) -> Block:
        if found.name == self.form.fold:
            if found.closing:
                return Block(Kind.CLOSE, found.start, before, found.raw, found)
            if found.raw.endswith(("/>}}", "/%}}")):  # closed by itself: there is nothing in it
                return Block(Kind.KEPT, found.start, before, found.raw, found)
            label = unescaping.label(found.value("summary", 0) or "")
            return Block(Kind.OPEN, found.start, before, found.raw, found, label=label)
        if found.closing:
            return Block(Kind.KEPT, found.start, before, found.raw, found)
        if found.name == self.form.quote:
            return Block(Kind.ENTRY, found.start, before, found.raw, found)
        return Block(Kind.ENTRY, found.start, before, found.raw, found, between.read_shortcode(found))


def _next_line(text: str, at: int, end: int) -> int:
    """Where the next line's text begins, behind the line that ends at `at`."""
    while at < end and text[at].isspace():
        at += 1
    return at
