"""Whether a finished post says what the document says: it is read back, and every difference is told in words.

Compares text, order, folds, colours, times, links and front matter. Knows no Hugo; `building` asks that.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from digests.plaintext import clean, clean_line
from digests.publishing import escaping as safe
from digests.publishing import frontmatter, unescaping
from digests.publishing.blocks import Block, Kind
from digests.publishing.document import (
    DigestDocument,
    DocumentCard,
    DocumentEntry,
    DocumentFold,
    DocumentHeading,
    DocumentItem,
    DocumentNote,
    DocumentPicture,
    DocumentQuote,
    DocumentUpdate,
)
from digests.publishing.form import Form
from digests.publishing.matching import says_same
from digests.publishing.reading import OpenPost, UnreadablePost, open_post
from digests.publishing.writing import SPELLINGS, Escaping, Spelling, month_text, says_lead, shown_lead, thumbnail_value

BREAKING = frozenset(("broken_quote", "open_fold", "stray_close"))
_SHOWN = 60  # characters of a text in a message


@dataclass(frozen=True, slots=True)
class Difference:
    """What the post says otherwise, in words. `number` is the quote's, counted from 1; None where none is meant."""

    words: str
    number: int | None = None

    def __str__(self) -> str:
        return self.words


def differences(
    post: str,
    document: DigestDocument,
    *,
    path: str = "",
    form: Form | None = None,
    escaping: Escaping = Escaping.SAFE,
    stands_at: str = "",
) -> tuple[Difference, ...]:
    """Everything in which the post is not the document; empty when it is faithful.

    `path` is where the post is to stand, "" when that is not the question; `stands_at` where it stands already, which
    may be anywhere.
    """
    form = form or Form()
    try:
        post.encode()
        found = open_post(post, path=path or f"{document.date.isoformat()}.md", form=form)
    except UnicodeEncodeError:
        return (Difference(_("A text holds a character that no file can hold.")),)
    except UnreadablePost as error:
        return (Difference(_("The post cannot be read back: %(reason)s") % {"reason": error.reason}),)
    proof = _Proof(found, document, form, SPELLINGS[escaping], escaping)
    return (
        *proof.of_path(path, stands_at),
        *proof.of_front_matter(),
        *proof.of_head(),
        *proof.of_items(),
        *proof.of_build(),
    )


@dataclass(frozen=True, slots=True)
class _Proof:
    post: OpenPost
    document: DigestDocument
    form: Form
    spelling: Spelling
    escaping: Escaping

    def of_path(self, path: str, stands_at: str) -> Iterator[Difference]:
        if not path or path == stands_at:
            return
        wanted = self.form.path_of(self.document.slug, self.document.date)
        if path != wanted:
            yield Difference(
                _("The post would stand at %(path)s, not at %(wanted)s.") % {"path": path, "wanted": wanted}
            )

    def of_front_matter(self) -> Iterator[Difference]:
        front, form, document = self.post.front, self.form, self.document
        if front.broken:
            yield Difference(_("The front matter cannot be read: %(reason)s.") % {"reason": front.broken})
        if "\r" in self.post.text and self.post.text.count("\r") != self.post.text.count("\r\n"):
            yield Difference(_("A line ends in something that no site expects."))
        values = front.values
        if front.language and self.post.document.date != document.date:
            yield self._otherwise(form.date_key, values.get(form.date_key), document.date.isoformat())
        title = clean_line(frontmatter.text_of(values.get(form.title_key)))
        titles = {clean_line(document.headline), clean_line(self.spelling.title(document.headline))}
        if title not in titles and (title or form.title_key in values):  # without the key, the blockquote says it
            yield self._otherwise(form.title_key, title, document.headline)
        yield from self._of_tags(values)
        picture, wanted = values.get(form.thumbnail_key) or "", thumbnail_value(document, form)
        same = picture == wanted or self.post.document.thumbnail == clean_line(document.thumbnail)
        if form.thumbnail_key and not same:
            yield self._otherwise(form.thumbnail_key, picture, wanted)
        months = values.get(form.months_key) if form.months_key else None
        if isinstance(months, str) and _is_month(months) and months != month_text(document.date):
            yield self._otherwise(form.months_key, months, month_text(document.date))

    def _of_tags(self, values: Mapping[str, Any]) -> Iterator[Difference]:
        key = self.form.tags_key
        if not key or not self.post.front.language:
            return
        written = values.get(key) or []
        wanted = [clean_line(tag) for tag in self.document.tags]
        if list(self.post.document.tags) == wanted or written == list(self.spelling.tags(self.document.tags)):
            return
        if list(self.post.document.tags) != list(dict.fromkeys(filter(None, wanted))):
            yield self._otherwise(key, ", ".join(self.post.document.tags), ", ".join(self.document.tags))

    def of_head(self) -> Iterator[Difference]:
        document, form = self.document, self.form
        head = {block.kind: block for block in reversed(self.post.blocks)}
        lead, shown = head.get(Kind.LEAD), shown_lead(document)
        if lead is None:
            if clean_line(document.lead):
                yield Difference(_("The post does not show the lead."))
        elif not says_lead(unescaping.blockquote(lead.raw), document) and lead.raw != self.spelling.blockquote(shown):
            yield self._otherwise(_("lead"), unescaping.blockquote(lead.raw), shown)
        article = document.article_url if form.article_line else self.post.document.article_url
        for name, label, kind, read, wanted in (
            (_("source"), form.source_label, Kind.SOURCE, self.post.document.source_url, document.source_url),
            (_("article"), form.article_label, Kind.ARTICLE, self.post.document.article_url, article),
        ):
            raw = head[kind].raw if kind in head else ""
            if read != clean_line(wanted) and raw != label + self.spelling.source(wanted):
                yield self._otherwise(name, read, wanted)

    def of_build(self) -> Iterator[Difference]:
        """What breaks a build by its form alone."""
        for remark in self.post.remarks:
            if remark.code in BREAKING:
                words = {"line": remark.line, "detail": _short(remark.detail)}
                yield Difference(_("Line %(line)s of the post would stop Hugo: %(detail)s") % words)

    def of_items(self) -> Iterator[Difference]:
        blocks = [block for block in self.post.blocks if block.kind is Kind.ENTRY and block.entry]
        entries = list(self.document.entries())
        number = 0
        for block, entry in zip(blocks, entries, strict=False):
            is_quote = isinstance(entry, DocumentQuote)
            number += is_quote
            yield from self._of_entry(block, entry, number if is_quote else None)
        if len(blocks) != len(entries):
            words = {"post": len(blocks), "digest": len(entries)}
            yield Difference(_("The post holds %(post)s quotes and other items, the digest %(digest)s.") % words)
            return
        yield from self._of_folds()

    def _of_entry(self, block: Block, entry: DocumentEntry, number: int | None) -> Iterator[Difference]:
        read = block.entry
        if read is None or says_same(block, entry, self.form, self.escaping):
            return
        where = _("Quote %(number)s") % {"number": number} if number else _kind(entry)
        if type(read) is not type(entry) or not isinstance(read, DocumentQuote) or not isinstance(entry, DocumentQuote):
            words = {"where": where, "post": _words(read), "digest": _words(entry)}
            yield Difference(_("%(where)s: the post says “%(post)s”, the digest “%(digest)s”.") % words, number)
            return
        for name, one, other in (
            (_("text"), read.text, clean(entry.text)),
            (_("author"), read.author, clean_line(entry.author)),
            (_("time"), read.created_at.isoformat(" ", "seconds"), entry.created_at.isoformat(" ", "seconds")),
            (_("colour"), read.color, safe.color(entry.color)),
            (_("link"), read.permalink, entry.permalink if self.form.permalinks else read.permalink),
        ):
            if one != other:
                words = {"where": where, "name": name, "post": _short(one), "digest": _short(other)}
                said = _("%(where)s, %(name)s: the post says “%(post)s”, the digest “%(digest)s”.") % words
                yield Difference(said, number)

    def _of_folds(self) -> Iterator[Difference]:
        read, wanted = _folds(self.post.document.items), _folds(self.document.items)
        if [one[:2] for one in read] != [one[:2] for one in wanted]:
            words = {"post": _ranges(read), "digest": _ranges(wanted)}
            yield Difference(_("The post folds %(post)s, the digest %(digest)s.") % words)
            return
        for (first, _last, label), (_first, _end, other) in zip(read, wanted, strict=True):
            if label != clean_line(other) and label != other:
                words = {"number": str(first), "post": _short(label), "digest": _short(other)}
                said = _("The fold at item %(number)s is labelled “%(post)s”, in the digest “%(digest)s”.") % words
                yield Difference(said)

    def _otherwise(self, name: str, read: Any, wanted: Any) -> Difference:
        words = {"name": name, "post": _short(frontmatter.text_of(read)), "digest": _short(frontmatter.text_of(wanted))}
        return Difference(_("%(name)s: the post says “%(post)s”, the digest “%(digest)s”.") % words)


def _folds(items: tuple[DocumentItem, ...]) -> list[tuple[int, int, str]]:
    """The first and last place of each fold, among all entries, and its label."""
    found, place = [], 0
    for item in items:
        if isinstance(item, DocumentFold):
            found.append((place + 1, place + len(item.items), item.label))
            place += len(item.items)
        else:
            place += 1
    return found


def _ranges(folds: list[tuple[int, int, str]]) -> str:
    return ", ".join(f"{first}-{last}" for first, last, _label in folds) or _("nothing")


def _is_month(text: str) -> bool:
    try:
        date.fromisoformat(f"{text.replace('/', '-')}-01")
    except ValueError:
        return False
    return True


def _kind(entry: DocumentEntry) -> str:
    match entry:
        case DocumentHeading():
            return _("Heading")
        case DocumentNote():
            return _("Note")
        case DocumentUpdate():
            return _("Update")
        case DocumentPicture():
            return _("Picture")
        case DocumentCard():
            return _("Link card")
    return _("Quote")


def _words(entry: DocumentEntry) -> str:
    match entry:
        case DocumentPicture():
            return _short(" ".join(filter(None, (entry.path, entry.alt, entry.caption, entry.credit))))
        case DocumentCard():
            return _short(" ".join(filter(None, (entry.title, entry.url, entry.text))))
    return _short(entry.text)


def _short(text: str) -> str:
    line = clean_line(text)
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"
