"""A post that stands there, edited so that it says what a document says.

What nobody has changed keeps its very characters: the front matter's other keys and comments, each quote, the blanks
between, and texts that nobody here has written.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from digests.plaintext import clean, clean_line
from digests.publishing import arranging, frontmatter, unescaping
from digests.publishing.arranging import Piece
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
    month_text,
    says_lead,
    shown_lead,
    thumbnail_value,
)

_ANYWHERE = "2000-01-01.md"  # a path that says a date, for posts that say none themselves


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


def document_in(base: str, form: Form) -> DigestDocument:
    """What a post says, wherever it stands. Raises `UnreadablePost`."""
    return open_post(base, path=_ANYWHERE, form=form).document


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
        pieces = [*self._head(), *self._items()]
        same = self._says_all(pieces)
        if same and not values:
            return self.post.text
        if same and self._is_sound():
            return self.front_matter(values) + self.post.text[self.post.front.content :]
        return self.front_matter(values) + arranging.joined(self.post, pieces, self.layout, self.line_end)

    def _says_all(self, pieces: list[Piece]) -> bool:
        """Whether every piece stands there already, in this order and in these folds."""
        mine = [block for block in self.post.blocks if block.kind in HEAD or block.kind is Kind.ENTRY]
        theirs = [piece for piece in pieces if piece.kind in HEAD or piece.kind is Kind.ENTRY]
        if len(mine) != len(theirs) or any(
            piece.block is not block or piece.changed for piece, block in zip(theirs, mine, strict=True)
        ):
            return False
        return _folds(self.post.document) == _folds(self.document)

    def _is_sound(self) -> bool:
        """Whether nothing in the post breaks a build by its form; what does is mended with the first edit."""
        opened = 0
        for block in self.post.blocks:
            opened += (block.kind is Kind.OPEN) - (block.kind is Kind.CLOSE)
            if (
                block.kind is Kind.STRAY
                or opened not in {0, 1}
                or not (block.shortcode is None or block.shortcode.sound)
            ):
                return False
        return opened == 0

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
        if not front.language and front.broken:
            words = {"keys": ", ".join(values), "reason": front.broken}
            raise UnfaithfulPost(_("The front matter cannot be edited (%(keys)s): %(reason)s") % words)
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
            words = {"keys": ", ".join(values), "reason": str(error)}
            raise UnfaithfulPost(_("The front matter cannot be edited (%(keys)s): %(reason)s") % words) from error
        return text[: front.start] + new + text[front.end : front.content]

    # Content

    def _head(self) -> list[Piece]:
        """The head's lines in the order in which they stand; a new one behind the one that is usual before it."""
        old = {block.kind: block for block in reversed(self.post.blocks) if block.kind in HEAD}
        order = [block.kind for block in self.post.blocks if old.get(block.kind) is block]
        new = {piece.kind: piece for piece in (self._lead(old.get(Kind.LEAD)), *self._addresses(old)) if piece}
        for kind, before in ((Kind.LEAD, ()), (Kind.SOURCE, (Kind.LEAD,)), (Kind.ARTICLE, (Kind.SOURCE, Kind.LEAD))):
            if kind in new and kind not in order:
                order.insert(max((order.index(one) + 1 for one in before if one in order), default=0), kind)
        return [new[kind] for kind in order if kind in new]

    def _lead(self, block: Block | None) -> Piece | None:
        document, read = self.document, self.post.document
        written = self.writer.spelling.blockquote(shown_lead(document))
        if block is not None:
            says = says_lead(unescaping.blockquote(block.raw), document) or block.raw == written
            same = says or (read.lead, read.headline) == (clean(document.lead), clean_line(document.headline))
            return Piece(Kind.LEAD, block.raw if same else self._lines(written), block, changed=not same)
        if clean_line(document.lead) or read.headline != clean_line(document.headline):
            return Piece(Kind.LEAD, self._lines(written))
        return None

    def _addresses(self, old: Mapping[Kind, Block]) -> Iterator[Piece]:
        document, read = self.document, self.post.document
        article = document.article_url if self.form.article_line else read.article_url
        for kind, before, url, write in (
            (Kind.SOURCE, read.source_url, document.source_url, self.writer.source),
            (Kind.ARTICLE, read.article_url, article, self.writer.article),
        ):
            block = old.get(kind)
            if block is not None and (before == clean_line(url) or block.raw == write(url)):
                yield Piece(kind, block.raw, block)
            elif url:
                yield Piece(kind, write(url), block, changed=True)

    def _items(self) -> list[Piece]:
        blocks = [block for block in self.post.blocks if block.kind is Kind.ENTRY]
        entries = list(self.document.entries())
        if len(blocks) == len(entries) and all(
            says_same(block, entry, self.form, self.escaping) for block, entry in zip(blocks, entries, strict=True)
        ):
            matched: list[Block | None] = list(blocks)
        else:
            matched = match(blocks, entries)
        written = iter([self._entry(entry, block) for entry, block in zip(entries, matched, strict=True)])
        folds = arranging.Folds(self.post.blocks)
        found: list[Piece] = []
        for item in self.document.items:
            if not isinstance(item, DocumentFold):
                found.append(next(written))
                continue
            inside = [next(written) for _entry in item.items]
            opening, closing = folds.take(clean_line(item.label), [piece.block for piece in inside])
            found.append(Piece(Kind.OPEN, self._opening(item.label, opening), opening))
            found += inside
            found.append(Piece(Kind.CLOSE, closing.raw if closing else self._closing(), closing))
        return found

    def _entry(self, entry: DocumentEntry, block: Block | None) -> Piece:
        if block is not None and says_same(block, entry, self.form, self.escaping):
            sound = block.shortcode is None or block.shortcode.sound
            return Piece(Kind.ENTRY, block.raw if sound else self.writer.entry(entry), block, changed=False)
        raw = self.writer.entry(entry)
        if block is None or block.shortcode is None or not isinstance(entry, DocumentQuote):
            raw = self._quote_like_others(raw)
        elif block.shortcode.sound:
            values, names = self.writer.parameters(entry), changed(block, entry, self.form, self.escaping)
            values = {name: values[name] for name in QUOTE_PARAMETERS if name in names}
            raw = block.shortcode.edited(values, QUOTE_PARAMETERS)
        return Piece(Kind.ENTRY, raw, block, changed=True)

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


def _folds(document: DigestDocument) -> list[tuple[int, int, str]]:
    """Each fold's first place among all entries, its size and its label."""
    found, place = [], 0
    for item in document.items:
        size = len(item.items) if isinstance(item, DocumentFold) else 1
        if isinstance(item, DocumentFold):
            found.append((place, size, clean_line(item.label)))
        place += size
    return found
