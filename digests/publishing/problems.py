"""What is wrong with a digest before it is published: what must stop it, and what an editor should look at once more.

Judges a `DigestDocument` alone. Knows no database and no settings.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from digests import plaintext
from digests.publishing.document import DigestDocument

# Kana or Chinese characters: what a text in the reader's language always has.
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff66-\uff9f]")
_LATIN_WORD = re.compile(r"[A-Za-z]{2,}")


@dataclass(frozen=True, slots=True)
class Finding:
    """`number` is the quote's 1-based place in the digest, None when the digest as a whole is meant."""

    code: str
    message: str | Promise
    number: int | None = None
    blocking: bool = False


def find(document: DigestDocument, *, language: str) -> tuple[Finding, ...]:
    """Everything found, what blocks first. `language` is the site's; its checks run for "ja"."""
    found = [*_in_head(document), *_in_quotes(document, language)]
    return tuple(sorted(found, key=lambda finding: not finding.blocking))


def _in_head(document: DigestDocument) -> Iterator[Finding]:
    if not document.headline:
        yield Finding("no_headline", _("The digest has no headline."), blocking=True)
    if not document.items:
        yield Finding("no_quotes", _("No comment has been chosen yet."), blocking=True)
    if not document.source_url:
        yield Finding("no_source", _("There is no address of the source thread; readers cannot check the quotes."))
    if not document.tags:
        yield Finding("no_tags", _("There are no tags; readers find the digest by its date only."))


def _in_quotes(document: DigestDocument, language: str) -> Iterator[Finding]:
    texts = Counter(quote.text.strip() for quote in document.quotes())
    for number, quote in enumerate(document.quotes(), 1):
        text = quote.text.strip()
        if not text:
            yield Finding("empty", _("The quote is empty."), number, blocking=True)
            continue
        if language == "ja" and not _JAPANESE.search(text) and len(_LATIN_WORD.findall(_without_links(text))) >= 4:
            yield Finding("untranslated", _("The quote is not in Japanese yet."), number)
        if plaintext.cut_addresses(text):
            yield Finding("cut_address", _("An address is cut off by “...” and leads nowhere."), number)
        if texts[text] > 1:
            yield Finding("doubled", _("Another quote has the same text."), number)


def _without_links(text: str) -> str:
    return "".join(segment.text for segment in plaintext.split_links(text) if not segment.href)
