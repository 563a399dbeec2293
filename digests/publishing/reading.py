"""A Hugo post as a document, whatever its layout: what is odd is remarked and kept, and stops nothing.

`open_post` also gives the post's blocks, from which `editing` writes an edited post that keeps what nobody changed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from django.utils.translation import gettext as _

from digests import plaintext, sources
from digests.plaintext import clean_line
from digests.publishing import escaping, frontmatter, unescaping
from digests.publishing.blocks import HEAD, Block, Kind, cut
from digests.publishing.document import DigestDocument, DocumentEntry, DocumentFold, DocumentItem, DocumentQuote
from digests.publishing.form import Form
from digests.publishing.frontmatter import FrontMatter
from digests.publishing.recognizing import name_of
from digests.publishing.shortcodes import Shortcode
from digests.publishing.writing import QUOTE_PARAMETERS, read_thumbnail

NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # of a quote whose own cannot be read

_FIRST_YEAR, _LAST_YEAR = 1000, 9998
_TIME = re.compile(
    r"([0-9]{4})([-/])([0-9]{1,2})[-/]([0-9]{1,2})([T ])([0-9]{1,2}):([0-9]{2})(:[0-9]{2})?(?:\.[0-9]+)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_COLOR = re.compile(r"#[0-9a-f]{6}\Z")
_DAY = re.compile(r"(?<![0-9])([0-9]{4})[-_/.]([0-9]{2})[-_/.]([0-9]{2})(?![0-9])")
_SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,119}\Z")
_LONGEST_DETAIL = 200


class UnreadablePost(Exception):
    """A text that is no post at all: `reason` in words, and the line that shows it, counted from 1."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd in line `line` of a post, counted from 1; `detail` is the text that it is about."""

    line: int
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReadPost:
    """`layout` is a name of `LAYOUTS`, or "other" where anything is odd. What is `draft` is hidden from readers."""

    document: DigestDocument
    layout: str
    remarks: tuple[Remark, ...]
    draft: bool = False


@dataclass(slots=True)
class OpenPost:
    """A post with its blocks: those joined, behind the front matter and before `behind`, are the post again."""

    text: str
    front: FrontMatter
    blocks: list[Block]
    behind: str
    document: DigestDocument
    remarks: list[Remark] = field(default_factory=list)


def read(post: str, *, path: str, form: Form | None = None) -> ReadPost:
    """The post that stands at `path` below the site's root. Raises `UnreadablePost`."""
    form = form or _REFERENCE
    found = open_post(post, path=path, form=form)
    draft = found.front.values.get(form.draft_key or "draft") in (True, "true")
    layout = "other" if found.remarks else name_of(found.blocks, found.behind, form)
    return ReadPost(found.document, layout, tuple(found.remarks), draft)


def open_post(post: str, *, path: str, form: Form) -> OpenPost:
    """The same with the blocks. Raises `UnreadablePost`."""
    return _Reader(post, path, form).read()


_REFERENCE = Form()


class _Reader:
    def __init__(self, post: str, path: str, form: Form) -> None:
        self.post, self.path, self.form = post, path, form
        self.remarks: list[Remark] = []
        self.zone = form.zone
        self.lines = _Lines(post)
        self.is_clean = plaintext.is_clean(post)

    def read(self) -> OpenPost:
        if "\0" in self.post:
            raise UnreadablePost(self.lines.number(self.post.index("\0")), _("This is no text."))
        front = frontmatter.find(self.post)
        blocks, behind = cut(self.post, front.content, self.form)
        self._remark_front(front)
        for block in blocks:
            if block.kind is Kind.ENTRY and block.entry is None and block.shortcode is not None:
                block.entry = self._quote(block.shortcode)
        items = tuple(self._items(blocks))
        quoted = any(isinstance(block.entry, DocumentQuote) for block in blocks)
        if not quoted and not any(block.kind in HEAD for block in blocks):
            raise UnreadablePost(self.lines.number(front.content), _("There is no quote in it."))
        document = self._document(front, {block.kind: block for block in reversed(blocks) if block.kind in HEAD}, items)
        for block in blocks:
            if block.kind is Kind.KEPT and block.shortcode is None:
                self._remark(block.start, "kept_text", block.raw)
        self.remarks.sort(key=lambda remark: remark.line)
        return OpenPost(self.post, front, blocks, behind, document, self.remarks)

    def _remark(self, at: int, code: str, detail: str = "") -> None:
        self.remarks.append(Remark(self.lines.number(at), code, detail[:_LONGEST_DETAIL]))

    def _remark_front(self, front: FrontMatter) -> None:
        if front.broken:
            self.remarks.append(Remark(front.line, "broken_front_matter", front.broken[:_LONGEST_DETAIL]))
        if front.language != "toml":
            self._remark(0, "front_matter", front.language)
        if self.post.startswith("\ufeff"):
            self._remark(0, "byte_order_mark")
        if (at := self.post.find("\r")) >= 0:
            self._remark(at, "crlf")
        if not self.post.endswith("\n"):
            self._remark(len(self.post), "no_final_line_end")

    # Items

    def _items(self, blocks: list[Block]) -> Iterator[DocumentItem]:
        """The entries and folds. A fold without its end ends where the next one begins, or behind the last entry."""
        opened: Block | None = None
        inside: list[DocumentEntry] = []
        for block in blocks:
            if block.kind is Kind.ENTRY and block.entry:
                if opened is None:
                    yield block.entry
                else:
                    inside.append(block.entry)
            elif block.kind is Kind.CLOSE and opened is None:
                block.kind = Kind.STRAY
                self._remark(block.start, "stray_close", block.raw)
            elif block.kind in {Kind.OPEN, Kind.CLOSE}:
                if opened is not None:
                    yield from self._fold(opened, inside, block)
                opened, inside = (block, []) if block.kind is Kind.OPEN else (None, [])
            elif block.kind is Kind.KEPT and block.shortcode and block.shortcode.name == self.form.fold:
                self._remark(block.start, "empty_fold", block.raw)
        if opened is not None:
            yield from self._fold(opened, inside, None)

    def _fold(self, opened: Block, inside: list[DocumentEntry], end: Block | None) -> Iterator[DocumentFold]:
        self._remark_fold(opened)
        closed = end is not None and end.kind is Kind.CLOSE
        if not closed:
            self._remark(opened.start, "open_fold", opened.label)
        if inside:
            yield DocumentFold(label=opened.label, items=tuple(inside))
            return
        self._remark(opened.start, "empty_fold", opened.raw)
        opened.kind = Kind.KEPT if closed else Kind.STRAY
        if end is not None and closed:
            end.kind = Kind.KEPT

    def _remark_fold(self, block: Block) -> None:
        found = block.shortcode
        if found is None or found.value("summary", 0) is None:
            self._remark(block.start, "fold_parameters", block.raw)
        if found and (more := [one.name for one in found.parameters if one.name not in {"summary", "0"}]):
            self._remark(block.start, "fold_parameters", ", ".join(more))

    def _quote(self, found: Shortcode) -> DocumentQuote:
        body, author, time, color = found.values
        if body is None:
            self._remark(found.start, "no_body", found.raw)
        if not found.sound:
            self._remark(found.start, "broken_quote", found.raw)
        permalink = ""
        if not found.is_reference and (more := _unknown(found)):
            self._remark(found.start, "quote_parameters", ", ".join(more))
        if not found.is_reference:
            permalink = found.value("permalink", 4) or ""
        if color and not _COLOR.match(color := color.strip().lower()):
            self._remark(found.start, "color", color)
            color = ""
        return DocumentQuote(
            author=unescaping.user_name(author or ""),
            created_at=self._instant(time or "", found.start),
            text=unescaping.body(body or "", is_clean=self.is_clean),
            color=color or "",
            permalink=permalink,
        )

    def _instant(self, raw: str, at: int) -> datetime:
        found = self._read_instant(raw)
        if found is None or not _FIRST_YEAR <= found.year <= _LAST_YEAR:  # the ends of time have no hour in some zones
            if raw:
                self._remark(at, "time", raw)
            return NO_TIME
        return found

    def _read_instant(self, raw: str) -> datetime | None:
        if len(raw) == 19 and raw[10] in "T " and self.zone is UTC:
            try:  # the two forms that nearly all posts have
                return datetime.fromisoformat(f"{raw[:10].replace('/', '-')}{raw[10:]}").replace(tzinfo=UTC)
            except ValueError:
                pass
        if match := _TIME.fullmatch(raw.strip()):
            year, _sign, month, day, _between, hour, minute, second, offset = match.groups()
            try:
                local = datetime(
                    int(year), int(month), int(day), int(hour), int(minute), int((second or ":0")[1:]), tzinfo=UTC
                )
                if offset:
                    return datetime.fromisoformat(f"{local.isoformat()[:19]}{offset}").astimezone(UTC)
                return local if self.zone is UTC else local.replace(tzinfo=self.zone).astimezone(UTC)
            except (ValueError, OverflowError):
                pass
        return None

    # The head

    def _document(
        self, front: FrontMatter, head: Mapping[Kind, Block], items: tuple[DocumentItem, ...]
    ) -> DigestDocument:
        form, values = self.form, front.values
        title = clean_line(frontmatter.text_of(values.get(form.title_key)))
        quoted = unescaping.blockquote(head[Kind.LEAD].raw) if Kind.LEAD in head else ""
        if Kind.LEAD not in head:
            self._remark(front.content, "no_blockquote")
        if not title:
            self._remark(0, "no_title")
        one_line = clean_line(quoted)
        # The blockquote says the title in the characters that were typed, the front matter in those safe there.
        same = not title or one_line == title or escaping.title(one_line) == title
        source = self._address(head.get(Kind.SOURCE), form.source_label)
        if Kind.SOURCE not in head:
            self._remark(front.content, "no_source")
        return DigestDocument(
            slug=self._slug(),
            headline=one_line if same and one_line else title,
            date=self._date(values.get(form.date_key)),
            lead="" if same and "\n" not in quoted else quoted,
            tags=self._tags(values.get(form.tags_key) if form.tags_key else None),
            thumbnail=self._thumbnail(values),
            source_url=source,
            article_url=self._address(head.get(Kind.ARTICLE), form.article_label),
            items=_with_comments(items, source),
        )

    def _address(self, block: Block | None, label: str) -> str:
        if block is None:
            return ""
        raw = block.raw[len(label) :].strip()
        if not raw.startswith("["):
            self._remark(block.start, "source_without_link", block.raw)
        return unescaping.source(raw)

    def _tags(self, value: Any) -> tuple[str, ...]:
        listed = value if isinstance(value, list) else [value] if value else []
        return tuple(dict.fromkeys(filter(None, (clean_line(frontmatter.text_of(tag)) for tag in listed))))

    def _thumbnail(self, values: Mapping[str, Any]) -> str:
        value = values.get(self.form.thumbnail_key) if self.form.thumbnail_key else ""
        return read_thumbnail(clean_line(value)) if isinstance(value, str) else ""

    def _slug(self) -> str:
        slug = self.form.slug_in(self.path)
        if not _SLUG.match(slug):
            name = re.sub(r"(?:/_?index)?\.[A-Za-z.]+\Z", "", self.path).rpartition("/")[2]
            short = _DAY.sub("", name, count=1) if _DAY.match(name) else name
            slug = re.sub(r"[^a-z0-9_-]+", "_", (slug or short or name).lower()).strip("_-")[:120]
        return slug or "post"

    def _date(self, value: Any) -> date:
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        for text, code in ((frontmatter.text_of(value), ""), (self.path, "no_date")):
            for match in _DAY.finditer(text):
                try:
                    day = date(int(match[1]), int(match[2]), int(match[3]))
                except ValueError:
                    continue
                if code:
                    self._remark(0, code)
                return day
        raise UnreadablePost(1, _("Neither its front matter nor its path says a date."))


class _Lines:
    """The numbers of lines, found only when somebody asks; a thousand remarks do not count a thousand times."""

    def __init__(self, text: str) -> None:
        self.text, self.at, self.line = text, 0, 1

    def number(self, at: int) -> int:
        if at < self.at:
            self.line -= self.text.count("\n", at, self.at)
        else:
            self.line += self.text.count("\n", self.at, at)
        self.at = at
        return self.line


def _unknown(found: Shortcode) -> list[str]:
    known = {*QUOTE_PARAMETERS, "0", "1", "2", "3", "4"}
    return [one.name for one in found.parameters if one.name not in known]


def _with_comments(items: tuple[DocumentItem, ...], source_url: str) -> tuple[DocumentItem, ...]:
    """Each quote that names its comment's address with the comment's id, where the site is known."""

    def known(entry: DocumentEntry) -> DocumentEntry:
        if isinstance(entry, DocumentQuote) and entry.permalink:
            return replace(entry, comment=_comment(source_url, entry.permalink))
        return entry

    return tuple(
        replace(item, items=tuple(map(known, item.items))) if isinstance(item, DocumentFold) else known(item)
        for item in items
    )


def _comment(source_url: str, permalink: str) -> str | None:
    found = re.findall(r"[A-Za-z0-9]+", permalink)
    return found[-1] if found and sources.permalink(source_url, found[-1]) == permalink else None
