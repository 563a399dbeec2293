"""What is wrong with a digest before it is published: what must stop it, and what an editor should look at once more.

Judges a `DigestDocument` alone. Knows no database and no settings.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from digests import plaintext
from digests.publishing.document import (
    DigestDocument,
    DocumentCard,
    DocumentEntry,
    DocumentHeading,
    DocumentNote,
    DocumentPicture,
    DocumentQuote,
    DocumentUpdate,
)

# Kana or Chinese characters: what a text in the reader's language always has.
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class Finding:
    """`number` is the quote's 1-based number, None for what is no quote; `place` the 0-based place among all of
    `document.entries()`, None when the digest as a whole is meant."""

    code: str
    message: str | Promise
    number: int | None = None
    place: int | None = None
    blocking: bool = False


def find(document: DigestDocument, *, language: str) -> tuple[Finding, ...]:
    """Everything found, what blocks first. `language` is the site's; its checks run for "ja"."""
    found = [*_in_head(document), *_in_entries(document, language)]
    return tuple(sorted(found, key=lambda finding: not finding.blocking))


def _in_head(document: DigestDocument) -> Iterator[Finding]:
    if not document.headline:
        yield Finding("no_headline", _("The digest has no headline."), blocking=True)
    if next(document.quotes(), None) is None:
        yield Finding("no_quotes", _("No comment has been chosen yet."), blocking=True)
    if not document.source_url:
        yield Finding("no_source", _("There is no address of the source thread; readers cannot check the quotes."))
    if not document.tags:
        yield Finding("no_tags", _("There are no tags; readers find the digest by its date only."))


def _in_entries(document: DigestDocument, language: str) -> Iterator[Finding]:
    texts = Counter(quote.text.strip() for quote in document.quotes())
    number = 0
    for place, entry in enumerate(document.entries()):
        if isinstance(entry, DocumentQuote):
            number += 1
            found = _in_quote(entry, language, doubled=texts[entry.text.strip()] > 1)
            yield from (replace(finding, number=number, place=place) for finding in found)
        else:
            yield from (replace(finding, place=place) for finding in _between_quotes(entry, language))


def _in_quote(quote: DocumentQuote, language: str, *, doubled: bool) -> Iterator[Finding]:
    if not quote.text.strip():
        yield Finding("empty", _("The quote is empty."), blocking=True)
        return
    if language == "ja" and _is_foreign(quote.text):
        yield Finding("untranslated", _("The quote is not in Japanese yet."))
    if plaintext.cut_addresses(quote.text):
        yield Finding("cut_address", _("An address is cut off by “...” and leads nowhere."))
    if doubled:
        yield Finding("doubled", _("Another quote has the same text."))


def _between_quotes(entry: DocumentEntry, language: str) -> Iterator[Finding]:
    match entry:
        case DocumentHeading():
            if not entry.text.strip():
                yield Finding("empty_heading", _("A heading is empty."), blocking=True)
            elif language == "ja" and _is_foreign(entry.text):
                yield Finding("untranslated", _("A heading is not in Japanese yet."))
        case DocumentNote() | DocumentUpdate():
            yield from _in_note(entry, language)
        case DocumentPicture(alt=alt) if not alt.strip():
            message = _("A picture has no description; readers who cannot see it get nothing.")
            yield Finding("no_alt", message, blocking=True)
        case DocumentCard():
            if not entry.url:
                yield Finding("no_address", _("A link card has no address."), blocking=True)
            if not entry.title.strip():
                yield Finding("no_title", _("A link card has no title."), blocking=True)


def _in_note(note: DocumentNote | DocumentUpdate, language: str) -> Iterator[Finding]:
    if not note.text.strip():
        yield Finding("empty_note", _("A note is empty."), blocking=True)
    elif language == "ja" and _is_foreign(note.text):
        yield Finding("untranslated", _("A note is not in Japanese yet."))
    if plaintext.cut_addresses(note.text):
        yield Finding("cut_address", _("An address is cut off by “...” and leads nowhere."))


def _is_foreign(text: str) -> bool:
    return not _JAPANESE.search(text) and len(_LATIN_WORD.findall(_without_links(text))) >= 4


def _without_links(text: str) -> str:
    return "".join(segment.text for segment in plaintext.split_links(text) if not segment.href)
