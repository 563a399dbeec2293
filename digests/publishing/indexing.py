"""What readers see, into the search index. Publishing one digest does it at once; an archive is caught up in chunks."""

from collections.abc import Iterable, Mapping

from django.db import transaction

from digests import wordindex
from digests.models import Publication, SearchEntry
from digests.publishing import interchange
from digests.publishing.document import DigestDocument

CHUNK = 50


def index(documents: Mapping[int, DigestDocument]) -> None:
    """Makes live publications (id → document) findable. The caller holds the transaction."""
    SearchEntry.objects.put(_entry(pk, document) for pk, document in documents.items())


def forget(digest_ids: Iterable[int]) -> None:
    """The digests are found no more."""
    SearchEntry.objects.filter(publication__digest_id__in=digest_ids).delete()


def index_missing() -> int:
    """Makes every live publication findable that is not yet. Returns how many there were."""
    missing = Publication.objects.live().filter(search_entry=None).order_by("pk").values_list("pk", flat=True)
    keys = list(missing)
    for start in range(0, len(keys), CHUNK):
        with transaction.atomic():
            rows = Publication.objects.live().filter(pk__in=keys[start : start + CHUNK]).values_list("pk", "document")
            SearchEntry.objects.put(_entry(pk, interchange.from_json(stored).document) for pk, stored in rows)
    return len(keys)


def _entry(publication_id: int, document: DigestDocument) -> tuple[SearchEntry, frozenset[str]]:
    quotes = list(document.quotes())
    entry = SearchEntry(
        publication_id=publication_id,
        headline=wordindex.normalise(document.headline),
        tags=_lines(document.tags),
        authors=_lines(dict.fromkeys(quote.author for quote in quotes)),
        text=_lines([document.lead, *(quote.text for quote in quotes)]),
    )
    fields = (entry.headline, entry.tags, entry.authors, entry.text)
    lines = (line for field in fields for line in field.split("\n"))  # no piece goes over the end of one
    return entry, frozenset().union(*map(wordindex.pieces, lines))


def _lines(texts: Iterable[str]) -> str:
    """Each text on a line of its own, with a line break at both ends, so that a whole one can be looked for."""
    return "\n".join(["", *map(wordindex.normalise, texts), ""])
