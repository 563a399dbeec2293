"""A post that stands there, edited so that it says what a document says.

What nobody has changed keeps its very characters: the front matter's other keys and comments, each quote, the blanks
between, and texts that nobody here has written.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.utils.translation import gettext as _

from digests.plaintext import clean, clean_line
from digests.publishing import frontmatter, unescaping
from digests.publishing.blocks import HEAD, Block, Kind
from digests.publishing.document import DigestDocument, DocumentEntry, DocumentFold, DocumentQuote
from digests.publishing.form import Form
from digests.publishing.layouts import Layout
from digests.publishing.matching import changed, match, says_same
from digests.publishing.reading import OpenPost, UnreadablePost, open_post
from digests.publishing.recognizing import layout_of
from digests.publishing.writing import (
    QUOTE_PARAMETERS,
    Escaping,
    UnfaithfulPost,
    Writer,
    gap,
    gap_name,
    month_text,
    shown_lead,
    thumbnail_value,
)


def edited(
    base: str,
    document: DigestDocument,
    *,
    form: Form,
    escaping: Escaping = Escaping.SAFE,
    draft: bool | None = None,
    aliases: Sequence[str] = (),
) -> str:
    """The post's new text; the very same where it says all that already. Raises `UnfaithfulPost`."""
    try:
        post = open_post(base, path=f"{document.date.isoformat()}.md", form=form)
    except UnreadablePost as error:
        raise UnfaithfulPost(_("What stands there cannot be edited: %(reason)s") % {"reason": error.reason}) from error
    return _Edit(post, document, form, escaping).text(draft, aliases)


def escaped(base: str, *, path: str, form: Form) -> str:
    """The post with the title, every fold's label and every quote's text escaped safely, and all else as it stands.

    Raises `UnreadablePost`, and `UnfaithfulPost` for a front matter that cannot be edited.
    """
    post = open_post(base, path=path, form=form)
    edit = _Edit(post, post.document, form, Escaping.SAFE)
    spelling = edit.writer.spelling
    title = post.front.values.get(form.title_key)
    safe_title = spelling.title(title) if isinstance(title, str) else title
    text = [edit.front_matter({form.title_key: safe_title} if safe_title != title else {})]
    for block in post.blocks:
        raw, found = block.raw, block.shortcode
        if found and isinstance(block.entry, DocumentQuote) and found.value("body", 0) is not None:
            body = spelling.body(block.entry.text)
            raw = raw if found.value("body", 0) == body else found.edited({"body": body}, QUOTE_PARAMETERS)
        elif found and block.kind is Kind.OPEN and block.label:
            label = spelling.label(block.label)
            raw = raw if found.value("summary", 0) == label else found.edited({"summary": label}, ("summary",))
        text += [block.before, raw]
    return "".join([*text, post.behind])


@dataclass(slots=True)
class _Piece:
    """A block of the new post. `block` is the one that it was, if it was there before."""

    kind: Kind
    raw: str
    block: Block | None = None


class _Edit:
    def __init__(self, post: OpenPost, document: DigestDocument, form: Form, escaping: Escaping) -> None:
        self.post, self.document, self.form, self.escaping = post, document, form, escaping
        self.layout: Layout = layout_of(post.blocks, form)
        self.writer = Writer(form, self.layout, escaping)
        self.line_end = "\r\n" if post.text.count("\r\n") * 2 > post.text.count("\n") else "\n"

    def text(self, draft: bool | None, aliases: Sequence[str]) -> str:
        values = self._values(draft)
        named = self.post.front.values.get("aliases") or []
        if more := [address for address in aliases if address not in named]:
            values["aliases"] = [*(named if isinstance(named, list) else [named]), *more]
        front = self.front_matter(values)
        content = self._content()
        if content is None:
            content = self.post.text[self.post.front.content :]
        return front + content

    # Front matter

    def _values(self, draft: bool | None) -> dict[str, Any]:
        """The keys whose values are no longer what the document says."""
        form, document, read = self.form, self.document, self.post.document
        old = self.post.front.values
        spelling = self.writer.spelling
        new: dict[str, Any] = {}
        if read.date != document.date:
            new[form.date_key] = frontmatter.with_date(
                old.get(form.date_key) or form.date_text(document.date), document.date
            )
            if form.months_key in old:
                new[form.months_key] = month_text(document.date)
        title = clean_line(frontmatter.text_of(old.get(form.title_key)))
        wanted = clean_line(spelling.title(document.headline))
        if read.headline != clean_line(document.headline) and title not in {wanted, clean_line(document.headline)}:
            new[form.title_key] = spelling.title(document.headline)
        tags = list(spelling.tags(document.tags))
        if list(read.tags) != list(document.tags) and old.get(form.tags_key, []) != tags and form.tags_key:
            new[form.tags_key] = tags
        if read.thumbnail != clean_line(document.thumbnail) and form.thumbnail_key:
            value = thumbnail_value(document, form)
            if value != (old.get(form.thumbnail_key) or ""):
                new[form.thumbnail_key] = value or None
        if draft is not None and form.draft_key and (old.get(form.draft_key) in (True, "true")) != draft:
            new[form.draft_key] = draft
        return new

    def front_matter(self, values: dict[str, Any]) -> str:
        front, text = self.post.front, self.post.text
        if not values:
            return text[: front.content]
        if not front.language:
            values = self.writer.front_matter(self.document, draft=bool(values.get(self.form.draft_key))) | values
            written = frontmatter.written({key: value for key, value in values.items() if value is not None})
            new = f"+++\n{written}+++\n".replace("\n", self.line_end)
            return (
                text[: front.content]
                + new
                + ("" if text[front.content :].startswith(("\n", "\r\n")) else self.line_end)
            )
        raw = text[front.start : front.end]
        try:
            if "\r\n" in raw:
                new = frontmatter.edited(raw.replace("\r\n", "\n"), front.language, values).replace("\n", "\r\n")
            else:
                new = frontmatter.edited(raw, front.language, values)
        except frontmatter.NotEditable as error:
            words = {"keys": ", ".join(values), "reason": error}
            raise UnfaithfulPost(_("The front matter cannot be edited (%(keys)s): %(reason)s") % words) from error
        return text[: front.start] + new + text[front.end : front.content]

    # Content

    def _content(self) -> str | None:
        """The new content; None where it says all that already."""
        pieces = [*self._head(), *self._items()]
        mine = [block for block in self.post.blocks if block.kind not in {Kind.KEPT, Kind.STRAY, Kind.FOOTER}]
        if [piece.block for piece in pieces] == mine and all(
            piece.block and piece.raw == piece.block.raw for piece in pieces
        ):
            return None
        return self._joined(self._with_kept(pieces))

    def _head(self) -> list[_Piece]:
        document, form, read = self.document, self.form, self.post.document
        old = {block.kind: block for block in reversed(self.post.blocks) if block.kind in HEAD}
        found: list[_Piece] = []
        lead, shown = old.get(Kind.LEAD), shown_lead(document)
        if lead is not None:
            said = unescaping.blockquote(lead.raw)
            same = said == clean(shown) or lead.raw == self.writer.spelling.blockquote(shown)
            raw = lead.raw if same else self._lines(self.writer.spelling.blockquote(shown))
            found.append(_Piece(Kind.LEAD, raw, lead))
        elif clean_line(document.lead) or read.headline != clean_line(document.headline):
            found.append(_Piece(Kind.LEAD, self._lines(self.writer.spelling.blockquote(shown))))
        article = document.article_url if form.article_line else read.article_url
        for kind, before, url, write in (
            (Kind.SOURCE, read.source_url, document.source_url, self.writer.source),
            (Kind.ARTICLE, read.article_url, article, self.writer.article),
        ):
            block = old.get(kind)
            if block is not None and (before == clean_line(url) or block.raw == write(url)):
                found.append(_Piece(kind, block.raw, block))
            elif url:
                found.append(_Piece(kind, write(url), block))
        return found

    def _items(self) -> list[_Piece]:
        blocks = [block for block in self.post.blocks if block.kind is Kind.ENTRY]
        entries = list(self.document.entries())
        if len(blocks) == len(entries) and all(
            says_same(block, entry, self.form, self.escaping) for block, entry in zip(blocks, entries, strict=True)
        ):
            matched: list[Block | None] = list(blocks)
        else:
            matched = match(blocks, entries)
        written = iter([_Piece(Kind.ENTRY, self._entry(*pair), pair[1]) for pair in zip(entries, matched, strict=True)])
        folds = _Folds(self.post.blocks)
        found: list[_Piece] = []
        for item in self.document.items:
            if not isinstance(item, DocumentFold):
                found.append(next(written))
                continue
            inside = [next(written) for _entry in item.items]
            opening, closing = folds.take(item.label, [piece.block for piece in inside])
            found.append(_Piece(Kind.OPEN, self._opening(item.label, opening), opening))
            found += inside
            found.append(_Piece(Kind.CLOSE, closing.raw if closing else self._closing(), closing))
        return found

    def _entry(self, entry: DocumentEntry, block: Block | None) -> str:
        if block is None or block.shortcode is None or not isinstance(entry, DocumentQuote):
            if block is not None and says_same(block, entry, self.form, self.escaping):
                return block.raw
            return self._quote_like_others(self.writer.entry(entry))
        names = changed(block, entry, self.form, self.escaping)
        if not names:
            return block.raw
        values = self.writer.parameters(entry)
        if not block.shortcode.sound:
            return self.writer.entry(entry)
        return block.shortcode.edited(
            {name: values[name] for name in QUOTE_PARAMETERS if name in names}, QUOTE_PARAMETERS
        )

    def _quote_like_others(self, raw: str) -> str:
        """A new quote with the blanks at its ends that the post's others have."""
        start = f"{{{{<{self.form.quote} "
        if not raw.startswith(start):
            return raw
        for block in self.post.blocks:
            if block.shortcode and isinstance(block.entry, DocumentQuote):
                if block.raw.startswith(f"{{{{< {self.form.quote} "):
                    raw = f"{{{{< {raw.removeprefix('{{<')}"
                return f"{raw.removesuffix('>}}')} >}}}}" if block.raw.endswith(" >}}") else raw
        return raw

    def _opening(self, label: str, block: Block | None) -> str:
        if block is not None and (block.label == clean_line(label) or block.label == label):
            return block.raw
        like = block or next((one for one in self.post.blocks if one.kind is Kind.OPEN), None)
        if like is None or like.shortcode is None or not like.shortcode.sound:
            return self.writer.opening(label)
        return like.shortcode.edited({"summary": self.writer.spelling.label(label)}, ("summary",))

    def _closing(self) -> str:
        return next((block.raw for block in self.post.blocks if block.kind is Kind.CLOSE), self.writer.closing())

    def _lines(self, raw: str) -> str:
        return raw.replace("\n", self.line_end)

    # Texts of others, and the blanks

    def _with_kept(self, pieces: list[_Piece]) -> list[_Piece]:
        """The pieces with the texts that nobody here has written, each before the block that it stood before.

        Where that is gone it stands behind the one that it stood behind. Raises `UnfaithfulPost` when they would not
        stand in their order any more, which might tear apart what belongs together.
        """
        standing = {id(piece.block) for piece in pieces if piece.block is not None}
        ahead: defaultdict[int, list[Block]] = defaultdict(list)
        behind: defaultdict[int, list[Block]] = defaultdict(list)
        blocks = self.post.blocks
        for number, block in enumerate(blocks):
            if block.kind not in {Kind.KEPT, Kind.FOOTER}:
                continue
            follows = next((id(one) for one in blocks[number:] if id(one) in standing), 0)
            nearest = next((one for one in blocks[number + 1 :] if one.kind not in {Kind.KEPT, Kind.STRAY}), None)
            before = next((id(one) for one in reversed(blocks[:number]) if id(one) in standing), 0)
            if block.kind is Kind.FOOTER or nearest is None or nearest.kind is Kind.FOOTER:
                behind[-1].append(block)
            elif id(nearest) == follows:
                ahead[follows].append(block)
            elif before:
                behind[before].append(block)
            else:
                ahead[follows or -1].append(block)
        found: list[_Piece] = []
        for piece in pieces:
            key = id(piece.block) if piece.block is not None else 0
            found += [_Piece(block.kind, block.raw, block) for block in ahead.pop(key, ())]
            found.append(piece)
            found += [_Piece(block.kind, block.raw, block) for block in behind.pop(key, ())]
        found += [_Piece(block.kind, block.raw, block) for block in (*ahead.pop(-1, ()), *behind.pop(-1, ()))]
        kept = [piece.block for piece in found if piece.kind in {Kind.KEPT, Kind.FOOTER}]
        if kept != [block for block in blocks if block.kind in {Kind.KEPT, Kind.FOOTER}]:
            raise UnfaithfulPost(_("The post holds texts between quotes that would not keep their order."))
        return found

    def _joined(self, pieces: list[_Piece]) -> str:
        blanks = self._blanks()
        old = [block for block in self.post.blocks if block.kind is not Kind.STRAY]
        was_before = {id(after): before for before, after in pairwise([None, *old])}
        text: list[str] = []
        last: _Piece | None = None
        for piece in pieces:
            if (
                piece.block is not None
                and was_before.get(id(piece.block)) is (last.block if last else None)
                and not (last is not None and last.block is None)
            ):
                text.append(piece.block.before)
            elif last is None:
                text.append(self.post.blocks[0].before if self.post.blocks else self.line_end)
            else:
                name = gap_name(last.kind, piece.kind)
                usual = gap(self.layout, last.kind, piece.kind).replace("\n", self.line_end)
                text.append(blanks.get(name, usual))
            text.append(piece.raw)
            last = piece
        return "".join(text) + (self.post.behind if pieces else self.line_end)

    def _blanks(self) -> dict[str, str]:
        """The commonest blanks of each kind that the post has."""
        seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for before, after in pairwise(self.post.blocks):
            if Kind.STRAY not in {before.kind, after.kind}:
                seen[gap_name(before.kind, after.kind)][after.before] += 1
        return {name: counter.most_common(1)[0][0] for name, counter in seen.items()}


class _Folds:
    """The folds that stand in a post, each given away once: to the fold of the same label, or of the same quotes."""

    def __init__(self, blocks: list[Block]) -> None:
        self.free: list[tuple[Block, Block | None, set[int]]] = []
        for block in blocks:
            if block.kind is Kind.OPEN:
                self.free.append((block, None, set()))
            elif block.kind is Kind.CLOSE and self.free:
                self.free[-1] = (self.free[-1][0], block, self.free[-1][2])
            elif block.kind is Kind.ENTRY and self.free and self.free[-1][1] is None:
                self.free[-1][2].add(id(block))

    def take(self, label: str, inside: list[Block | None]) -> tuple[Block | None, Block | None]:
        """The two ends of the fold that this one was; None for one that is new, or that was not closed."""
        members = {id(block) for block in inside if block is not None}
        shared = [(len(members & fold[2]), fold[0].label == clean_line(label), -n) for n, fold in enumerate(self.free)]
        best = max(shared, default=(0, False, 0))
        if not best[0]:
            return None, None
        opening, closing, _members = self.free.pop(-best[2])
        return opening, closing
