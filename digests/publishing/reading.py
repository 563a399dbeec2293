"""A Hugo post as a document, whatever its layout: what is odd is remarked and kept, and stops nothing.

`read` also gives the post in parts (`ReadPost.parts`), from which `hugo.render` writes an edited post that keeps
everything nobody has changed.
"""

import re
import tomllib
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any

from digests.plaintext import clean_line, is_web_address
from digests.publishing import escaping, unescaping
from digests.publishing.between import SHORTCODES, read_entry, read_shortcode
from digests.publishing.document import (
    DigestDocument,
    DocumentEntry,
    DocumentFold,
    DocumentItem,
    DocumentNote,
    DocumentQuote,
)
from digests.publishing.form import Form
from digests.publishing.parts import Part, Parts, gaps_of
from digests.publishing.shortcodes import Shortcode, find

_DELIMITED = re.compile(r"\A(\ufeff?\+\+\+[ \t]*\n)(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
BLOCKQUOTE = re.compile(r"^>.*(?:\n>.*)*", re.MULTILINE)
_BLOCK = re.compile(r"\S[^\n]*(?:\n[^\n]*\S[^\n]*)*")
_TIME = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})([T ])(\d{1,2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:?\d{2})?")
_COLOR = re.compile(r"#[0-9a-f]{6}")
_QUOTE_PARAMETERS = frozenset(("body", "userName", "createdAt", "color", "0", "1", "2", "3"))


class UnreadablePost(Exception):
    """A text that is no post at all: `reason` in words, `line` where."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = line, reason


@dataclass(frozen=True, slots=True)
class Remark:
    """Something odd, in the post's line `line`."""

    line: int
    code: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReadPost:
    """`layout` is the name of the form's version, or "other"."""

    document: DigestDocument
    layout: str
    remarks: tuple[Remark, ...]
    draft: bool
    values: dict[str, Any]
    parts: Parts


def read(post: str, *, path: str, form: Form | None = None) -> ReadPost:
    """The post that stands at `path` below the site's root. Raises `UnreadablePost`."""
    reader = _Reader(post.replace("\r\n", "\n"), path, form or Form())
    found = reader.read()
    if "\r" in post:
        return replace(found, layout="other", remarks=(Remark(1, "crlf"), *found.remarks))
    return found


@dataclass(slots=True)
class _Reader:
    """Reads one post. `post` has LF at its line ends."""

    post: str
    path: str
    form: Form
    remarks: list[Remark] = field(default_factory=list)

    def read(self) -> ReadPost:
        match = _DELIMITED.match(self.post)
        if not match:
            yaml = self.post.lstrip("\ufeff").startswith(("---", "{"))
            raise UnreadablePost(1, "the front matter is no TOML" if yaml else "there is no front matter")
        values = self._front_matter(match)
        items, end = self._items(match.end())
        head_end = items[0].start - len(items[0].before) if items else self._tail_start(match.end())
        tail_start = max(end, head_end)
        head, tail = self.post[match.end() : head_end], self.post[tail_start:]
        parts = Parts(
            opening=self.post[: match.start(2)],
            front_matter=match[2],
            delimiter=self.post[match.end(2) : match.end()],
            head=head,
            items=tuple(items),
            tail=tail,
            gaps=gaps_of(items, tail, self.form),
        )
        document = self._document(values, head, items)
        draft = values.get(self.form.draft_key) is True
        return ReadPost(document, parts.gaps.name, tuple(self.remarks), draft, values, parts)

    def _remark(self, at: int, code: str, detail: str = "") -> None:
        self.remarks.append(Remark(self.post.count("\n", 0, at) + 1, code, detail[:200]))

    def _front_matter(self, match: re.Match[str]) -> dict[str, Any]:
        try:
            return tomllib.loads(match[2])
        except tomllib.TOMLDecodeError as error:
            line = re.search(r"line (\d+)", str(error))
            raise UnreadablePost(1 + int(line[1]) if line else 1, f"the front matter is no TOML: {error}") from error

    def _items(self, start: int) -> tuple[list[Part], int]:
        """The parts after the head, and where the last one ends."""
        known = {self.form.quote, self.form.fold, *SHORTCODES}
        found: list[Part] = []
        at = self._head_end(start)
        for shortcode in find(self.post, self.form.quote, start=at):
            if shortcode.name not in known:
                continue
            found += self._blocks(at, shortcode.start, in_tail=False)
            before = self.post[found[-1].end if found else at : shortcode.start]
            found.append(self._part(shortcode, before))
            at = shortcode.end
        found += self._blocks(at, self._tail_start(at), in_tail=True)
        if found:
            # What stands before the first part's text is its own, so that the head ends with its last line.
            return found, found[-1].end
        return found, at

    def _head_end(self, start: int) -> int:
        """The end of the last line of the head: of the blockquote, the source's or the article's."""
        limit = self.post.find("{{<", start)
        head = self.post[start : limit if limit >= 0 else len(self.post)]
        labels = (self.form.source_label, self.form.article_label)
        patterns = [BLOCKQUOTE, *(re.compile(rf"^{re.escape(label)}.*$", re.MULTILINE) for label in labels if label)]
        ends = [match.end() for pattern in patterns if (match := pattern.search(head))]
        return start + max(ends, default=0)

    def _tail_start(self, at: int) -> int:
        """Where the footer begins, with the blanks before it: the last block, when it is the form's or no mere text."""
        text = self.post[at:]
        blocks = list(_BLOCK.finditer(text))
        if blocks and (blocks[-1][0] == self.form.footer or "{{" in blocks[-1][0]):
            blocks.pop()
        return at + (blocks[-1].end() if blocks else 0)

    def _blocks(self, start: int, end: int, *, in_tail: bool) -> list[Part]:
        """The blocks of lines between two shortcodes, each a part."""
        found: list[Part] = []
        at = start
        for match in _BLOCK.finditer(self.post, start, end):
            entry = read_entry(match[0])
            if isinstance(entry, DocumentNote) and (in_tail or "{{" in match[0]):
                self._remark(match.start(), "kept_text", match[0])
            found.append(Part(match[0], self.post[at : match.start()], match.start(), entry))
            at = match.end()
        return found

    def _part(self, found: Shortcode, before: str) -> Part:
        if found.name == self.form.fold:
            if found.closing:
                return Part(found.text, before, found.start, shortcode=found)
            raw = found.get("summary", 0)
            if raw is None or [one for one in found.parameters if one.name not in ("summary", "0")]:
                self._remark(found.start, "fold_parameters", found.text)
            return Part(found.text, before, found.start, label=unescaping.label(raw or ""), shortcode=found)
        if found.name == self.form.quote:
            return Part(found.text, before, found.start, self._quote(found), shortcode=found)
        return Part(found.text, before, found.start, read_shortcode(found), shortcode=found)

    def _quote(self, found: Shortcode) -> DocumentQuote:
        body = found.get("body", 0)
        if body is None:
            self._remark(found.start, "no_body", found.text)
        color = (found.get("color", 3) or "").strip().lower()
        if color and not _COLOR.fullmatch(color):
            self._remark(found.start, "color", color)
            color = ""
        if unknown := [one.name for one in found.parameters if one.name not in _QUOTE_PARAMETERS]:
            self._remark(found.start, "quote_parameters", ", ".join(unknown))
        return DocumentQuote(
            author=found.get("userName", 1) or "",
            created_at=self._instant(found.get("createdAt", 2) or "", found.start),
            text=unescaping.body(body or ""),
            color=color,
        )

    def _instant(self, raw: str, at: int) -> datetime:
        if match := _TIME.fullmatch(raw.strip()):
            year, month, day, _between, hour, minute, second, zone = match.groups()
            try:
                local = datetime(*map(int, (year, month, day, hour, minute, second or 0)))  # type: ignore[arg-type]  # noqa: DTZ001
                if zone:
                    return datetime.fromisoformat(f"{local.isoformat()}{zone}").astimezone(UTC)
                return local.replace(tzinfo=self.form.zone).astimezone(UTC)
            except (ValueError, OverflowError):
                pass
        self._remark(at, "time", raw)
        return datetime(1970, 1, 1, tzinfo=UTC)

    def _document(self, values: dict[str, Any], head: str, parts: list[Part]) -> DigestDocument:
        form = self.form
        headline = clean_line(str(values.get(form.title_key) or ""))
        quoted = BLOCKQUOTE.search(head)
        lead = unescaping.blockquote(quoted[0]) if quoted else ""
        if not quoted:
            self._remark(0, "no_blockquote")
        if not headline:
            self._remark(0, "no_title")
            headline = clean_line(lead)
        source = self._source(head, form.source_label)
        tags = values.get(form.tags_key) or []
        thumbnail = values.get(form.thumbnail_key, "") if form.thumbnail_key else ""
        return DigestDocument(
            slug=self._slug(),
            headline=headline,
            date=self._date(values.get(form.date_key)),
            lead="" if same_headline(lead, headline) else lead,
            tags=tuple(str(tag) for tag in tags) if isinstance(tags, list) else (str(tags),),
            thumbnail=thumbnail if isinstance(thumbnail, str) else "",
            source_url=source,
            article_url=self._source(head, form.article_label, wanted=False),
            items=tuple(self._folded(parts)),
        )

    def _source(self, head: str, label: str, *, wanted: bool = True) -> str:
        match = re.search(rf"^{re.escape(label)}(.*)$", head, re.MULTILINE) if label else None
        if match is None:
            if wanted:
                self._remark(0, "no_source")
            return ""
        found = unescaping.source(match[1].strip())
        if not is_web_address(found) or not match[1].lstrip().startswith("["):
            self._remark(self.post.find(match[0]), "source_without_link", match[0])
        return found

    def _slug(self) -> str:
        name = self.path.removesuffix("/index.md").removesuffix(".md").rpartition("/")[2]
        return re.sub(r"^\d{4}[-_]\d{2}[-_]\d{2}[-_]?", "", name).lower() or name

    def _date(self, value: object) -> date:
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        for text in (str(value or ""), self.path):
            if match := re.search(r"(\d{4})[-_/](\d{2})[-_/](\d{2})", text):
                try:
                    return date(*map(int, match.groups()))
                except ValueError:
                    continue
        raise UnreadablePost(1, "there is no date")

    def _folded(self, parts: list[Part]) -> list[DocumentItem]:
        items: list[DocumentItem] = []
        fold: tuple[str, list[DocumentEntry]] | None = None

        def end_fold(at: int) -> None:
            if fold and fold[1]:
                items.append(DocumentFold(label=fold[0], items=tuple(fold[1])))
            elif fold:
                self._remark(at, "empty_fold", fold[0])

        for part in parts:
            if part.entry is not None:
                (fold[1] if fold else items).append(part.entry)
            elif part.closes:
                if fold is None:
                    self._remark(part.start, "stray_close", part.raw)
                end_fold(part.start)
                fold = None
            else:
                if fold is not None:
                    self._remark(part.start, "open_fold", fold[0])
                    end_fold(part.start)
                fold = (part.label or "", [])
        if fold is not None:
            self._remark(len(self.post), "open_fold", fold[0])
            end_fold(len(self.post))
        return items


def same_headline(lead: str, headline: str) -> bool:
    """Whether a blockquote says what the title says, each in the characters that its place can have."""
    return escaping.title(clean_line(lead)) == escaping.title(headline)
