"""From what is stored to what a reader sees: a digest as a `DigestDocument`, in two queries, and its picture."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from django.core.files.storage import default_storage

from digests import illustrations, markup, outline, plaintext, sources, thumbnails
from digests.models import Comment, Digest, Quote
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
    DocumentUpdate,
)


def assemble(digest_id: int, *, originals: bool = False) -> DigestDocument:
    """The digest as its editors have it now, on request with the originals. Raises `Digest.DoesNotExist`."""
    digest = Digest.objects.get(pk=digest_id)
    quotes = digest.quotes.in_order().select_related("fold")
    return document_of(digest, quotes.with_originals() if originals else quotes)


def assemble_each(digests: DigestQuerySet) -> Iterator[tuple[Digest, DigestDocument]]:
    """Each digest with its document, a hundred in memory at a time."""
    for digest in digests.prefetch_related("quotes__fold").iterator(chunk_size=100):
        yield digest, document_of(digest, sorted(digest.quotes.all(), key=lambda quote: quote.position))


def document_of(digest: Digest, quotes: Iterable[Quote]) -> DigestDocument:
    """The document of rows already loaded; `quotes` in order, their folds with them.

    Those loaded with their comments bring the originals along: readers get them, posts and comparisons do not.
    """
    rows = {quote.pk: quote for quote in quotes}

    counted = Counter(quote.comment_id for quote in rows.values() if quote.comment_id)
    several = {comment for comment, times in counted.items() if times > 1}

    def entry_of(pk: int) -> DocumentEntry:
        return _document_entry(rows[pk], digest.source_url, several)

    items: list[DocumentItem] = [
        DocumentFold(label=entry.label, items=tuple(map(entry_of, entry.quotes)))
        if isinstance(entry, FoldRange)
        else entry_of(entry)
        for entry in outline_of(rows.values())
    ]
    document = DigestDocument(
        slug=digest.slug,
        headline=digest.headline,
        date=digest.date,
        lead=digest.lead,
        tags=tuple(digest.tags),
        thumbnail=digest.thumbnail,
        card="" if digest.thumbnail else digest.card_template,
        source_url=digest.source_url,
        article_url=digest.article_url,
        series=digest.series,
        items=tuple(items),
    )
    return replace(document, thumbnail=illustrations.chosen_card_path(document)) if document.card else document


def outline_of(quotes: Iterable[Quote]) -> Outline:
    """The order and folds of rows already loaded; `quotes` in order, their folds with them."""
    folds = ((quote.pk, quote.fold if hasattr(quote, "fold") else None) for quote in quotes)
    return outline.read(
        (pk, FoldRange(fold.pk, fold.label, ()), fold.size) if fold else (pk, None, 0) for pk, fold in folds
    )


def pictures_of(document: DigestDocument) -> dict[str, bytes]:
    """By their paths the files of every picture uploaded here that the document shows, its thumbnail included."""
    paths = [document.thumbnail, *(entry.path for entry in document.entries() if isinstance(entry, DocumentPicture))]
    found = {path: content for path in dict.fromkeys(paths) if (content := _stored(path)) is not None}
    if document.card and document.thumbnail == illustrations.chosen_card_path(document):
        found[document.thumbnail] = illustrations.drawn(illustrations.card_of(document))
    return found


def _stored(path: str) -> bytes | None:
    if not thumbnails.is_own_path(path) or not default_storage.exists(path):
        return None
    with default_storage.open(path) as file:
        return bytes(file.read())


def _document_entry(row: Quote, source_url: str, several: Collection[int]) -> DocumentEntry:
    match row.kind:
        case Quote.Kind.HEADING:
            return DocumentHeading(text=row.text)
        case Quote.Kind.NOTE:
            return DocumentNote(text=row.text)
        case Quote.Kind.UPDATE if row.day is not None:
            return DocumentUpdate(text=row.text, date=row.day)
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
    original = _original(row)
    return DocumentQuote(
        author=row.author,
        created_at=row.created_at,
        text=row.text,
        color=row.color,
        emphasis=row.emphasis,
        comment=row.native_id or None,
        permalink=sources.permalink(source_url, row.native_id) if row.native_id else "",
        original=original,
        fidelity=_fidelity(row.text, original, quoted_again=row.comment_id in several),
    )


def _original(row: Quote) -> str:
    """The comment in its own words, where the row was loaded with it and the comment still stands."""
    comment = row.comment if Quote.comment.is_cached(row) else None
    if comment is None or comment.state != Comment.State.LIVE:
        return ""
    return plaintext.clean(markup.to_text(markup.from_json(comment.content)))


def _fidelity(text: str, original: str, *, quoted_again: bool) -> str:
    """What can be told without judging a translation: how the words stand to those of the comment."""
    said, whole = " ".join(text.split()), " ".join(original.split())
    if quoted_again or (said and said != whole and said in whole):
        return "part"
    return "verbatim" if said and said == whole else ""
