"""From what is stored to what a reader sees: a digest as a `DigestDocument`, in two queries, and its picture."""

from collections.abc import Iterable, Iterator

from django.core.files.storage import default_storage

from digests import outline, sources, thumbnails
from digests.models import Digest, Quote
from digests.models.digests import DigestQuerySet
from digests.outline import FoldRange, Outline
from digests.publishing.document import DigestDocument, DocumentFold, DocumentItem, DocumentQuote


def assemble(digest_id: int) -> DigestDocument:
    """The digest as its editors have it now. Raises `Digest.DoesNotExist`."""
    digest = Digest.objects.get(pk=digest_id)
    return document_of(digest, digest.quotes.in_order().select_related("fold"))


def assemble_each(digests: DigestQuerySet) -> Iterator[tuple[Digest, DigestDocument]]:
    """Each digest with its document, a hundred in memory at a time."""
    for digest in digests.prefetch_related("quotes__fold").iterator(chunk_size=100):
        yield digest, document_of(digest, sorted(digest.quotes.all(), key=lambda quote: quote.position))


def document_of(digest: Digest, quotes: Iterable[Quote]) -> DigestDocument:
    """The document of rows already loaded; `quotes` in order, their folds with them."""
    rows = {quote.pk: quote for quote in quotes}

    def quote_of(pk: int) -> DocumentQuote:
        return _document_quote(rows[pk], digest.source_url)

    items: list[DocumentItem] = [
        DocumentFold(label=entry.label, items=tuple(map(quote_of, entry.quotes)))
        if isinstance(entry, FoldRange)
        else quote_of(entry)
        for entry in outline_of(rows.values())
    ]
    return DigestDocument(
        slug=digest.slug,
        headline=digest.headline,
        date=digest.date,
        lead=digest.lead,
        tags=tuple(digest.tags),
        thumbnail=digest.thumbnail,
        source_url=digest.source_url,
        article_url=digest.article_url,
        items=tuple(items),
    )


def outline_of(quotes: Iterable[Quote]) -> Outline:
    """The order and folds of rows already loaded; `quotes` in order, their folds with them."""
    folds = ((quote.pk, quote.fold if hasattr(quote, "fold") else None) for quote in quotes)
    return outline.read(
        (pk, FoldRange(fold.pk, fold.label, ()), fold.size) if fold else (pk, None, 0) for pk, fold in folds
    )


def picture_of(document: DigestDocument) -> bytes | None:
    """The picture that was uploaded here; None without one, and for one that lies in a Hugo site already."""
    if not thumbnails.is_own_path(document.thumbnail) or not default_storage.exists(document.thumbnail):
        return None
    with default_storage.open(document.thumbnail) as file:
        return bytes(file.read())


def _document_quote(quote: Quote, source_url: str) -> DocumentQuote:
    return DocumentQuote(
        author=quote.author,
        created_at=quote.created_at,
        text=quote.text,
        color=quote.color,
        comment=quote.native_id or None,
        permalink=sources.permalink(source_url, quote.native_id) if quote.native_id else "",
    )
