"""From what is stored to what a reader sees: a digest as a `DigestDocument`, in two queries, and its picture."""

from collections.abc import Iterable, Iterator

from django.core.files.storage import default_storage

from digests import outline, sources, thumbnails
from digests.models import Digest, Quote
from digests.models.digests import DigestQuerySet
from digests.outline import FoldRange, Outline
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
)


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

    def entry_of(pk: int) -> DocumentEntry:
        return _document_entry(rows[pk], digest.source_url)

    items: list[DocumentItem] = [
        DocumentFold(label=entry.label, items=tuple(map(entry_of, entry.quotes)))
        if isinstance(entry, FoldRange)
        else entry_of(entry)
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


def pictures_of(document: DigestDocument) -> dict[str, bytes]:
    """By their paths the files of every picture uploaded here that the document shows, its thumbnail included."""
    paths = [document.thumbnail, *(entry.path for entry in document.entries() if isinstance(entry, DocumentPicture))]
    return {path: content for path in dict.fromkeys(paths) if (content := _stored(path)) is not None}


def _stored(path: str) -> bytes | None:
    if not thumbnails.is_own_path(path) or not default_storage.exists(path):
        return None
    with default_storage.open(path) as file:
        return bytes(file.read())


def _document_entry(row: Quote, source_url: str) -> DocumentEntry:
    match row.kind:
        case Quote.Kind.HEADING:
            return DocumentHeading(text=row.text)
        case Quote.Kind.NOTE:
            return DocumentNote(text=row.text)
        case Quote.Kind.PICTURE:
            return DocumentPicture(
                path=row.target,
                alt=row.text,
                credit=row.author,
                caption=row.title,
                width=row.width,
                height=row.height,
            )
        case Quote.Kind.CARD:
            return DocumentCard(url=row.target, title=row.title, text=row.text)
    if row.created_at is None:
        raise ValueError(f"quote {row.pk} has no time")  # a constraint of the table forbids it
    return DocumentQuote(
        author=row.author,
        created_at=row.created_at,
        text=row.text,
        color=row.color,
        comment=row.native_id or None,
        permalink=sources.permalink(source_url, row.native_id) if row.native_id else "",
    )
