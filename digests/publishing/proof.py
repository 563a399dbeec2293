"""The proof of a finished post: it is read back, and must say what its digest says. What it does not, in words."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from digests.publishing.document import (
    DigestDocument,
    DocumentEntry,
    DocumentFold,
    DocumentQuote,
)
from digests.publishing.form import Form
from digests.publishing.likeness import as_posted
from digests.publishing.reading import Remark, UnreadablePost, read

# What a post may be told of and yet say all that its digest says.
_HARMLESS = frozenset(
    (
        *("source_without_link", "no_source", "no_title", "no_blockquote", "kept_text", "crlf"),
        *("fold_parameters", "quote_parameters"),
    )
)


@dataclass(frozen=True, slots=True)
class Difference:
    """`number` is the quote's 1-based place, None when the post as a whole is meant."""

    code: str
    message: str
    number: int | None = None

    def __str__(self) -> str:
        if self.number is None:
            return self.message
        return _("Number %(number)s: %(message)s") % {"number": self.number, "message": self.message}


def differences(
    post: str, document: DigestDocument, *, path: str, form: Form | None = None, draft: bool = False
) -> tuple[Difference, ...]:
    """What the post does not say as the digest does; nothing when it is faithful. `path` is where it is to stand."""
    form = form or Form()
    try:
        found = read(post, path=path, form=form)
    except UnreadablePost as error:
        said = _("The post cannot be read back (line %(line)s: %(reason)s).")
        return (Difference("unreadable", said % {"line": error.line, "reason": error.reason}),)
    wanted, given = as_posted(document, form), as_posted(found.document, form)
    if wanted == given and found.draft == draft and not found.remarks:
        return ()
    return (*_head(wanted, given), *_draft(found.draft, draft), *_items(wanted, given), *_remarks(found.remarks))


def _head(wanted: DigestDocument, given: DigestDocument) -> Iterator[Difference]:
    names = {
        "headline": _("headline"),
        "date": _("date"),
        "lead": _("lead"),
        "tags": _("tags"),
        "thumbnail": _("picture"),
        "source_url": _("address of the thread"),
        "article_url": _("address of the article"),
    }
    for field, name in names.items():
        one, other = getattr(wanted, field), getattr(given, field)
        if one != other:
            yield Difference(field, _differs(name, one, other))


def _draft(given: bool, wanted: bool) -> Iterator[Difference]:
    if given and not wanted:
        yield Difference("draft", _("The post is marked as a draft."))
    if wanted and not given:
        yield Difference("draft", _("The post is not marked as a draft."))


def _items(wanted: DigestDocument, given: DigestDocument) -> Iterator[Difference]:
    if _shape(wanted) != _shape(given):
        one, other = (sum(1 for _entry in document.quotes()) for document in (wanted, given))
        if one != other:
            said = _("The post has %(given)s quotes, the digest %(wanted)s.") % {"given": other, "wanted": one}
            yield Difference("quotes", said)
        else:
            yield Difference("folds", _("The post has its folds or its headings, notes and pictures elsewhere."))
    for label, other_label in zip(_labels(wanted), _labels(given), strict=False):
        if label != other_label:
            yield Difference("label", _differs(_("label of a fold"), label, other_label))
    number = 0
    for entry, other_entry in zip(wanted.entries(), given.entries(), strict=False):
        number += isinstance(entry, DocumentQuote)
        if entry != other_entry:
            yield from _entry(entry, other_entry, number)


def _entry(wanted: DocumentEntry, given: DocumentEntry, number: int) -> Iterator[Difference]:
    if not isinstance(wanted, DocumentQuote) or not isinstance(given, DocumentQuote):
        yield Difference("between", _differs(_("what stands between quotes"), wanted, given), number or None)
        return
    names = {"text": _("text"), "author": _("author"), "created_at": _("time"), "color": _("colour")}
    for field, name in names.items():
        one, other = getattr(wanted, field), getattr(given, field)
        if one != other:
            yield Difference(field, _differs(name, one, other), number)


def _remarks(remarks: tuple[Remark, ...]) -> Iterator[Difference]:
    for remark in remarks:
        if remark.code not in _HARMLESS:
            said = _("Line %(line)s of the post cannot be read as it is meant (%(code)s: %(detail)s).")
            yield Difference(
                remark.code, said % {"line": remark.line, "code": remark.code, "detail": remark.detail[:60]}
            )


def _differs(name: str, wanted: object, given: object) -> str:
    said = _("%(name)s: the digest has “%(wanted)s”, the post “%(given)s”.")
    return said % {"name": name, "wanted": _short(wanted), "given": _short(given)}


def _short(value: object) -> str:
    text = ", ".join(value) if isinstance(value, tuple) else str(value)
    return text if len(text) <= 80 else f"{text[:79]}…"


def _shape(document: DigestDocument) -> list[int | str]:
    return [len(item.items) if isinstance(item, DocumentFold) else type(item).__name__ for item in document.items]


def _labels(document: DigestDocument) -> list[str]:
    return [item.label for item in document.items if isinstance(item, DocumentFold)]
