"""People who asked to be taken out, for whoever takes a whole document over from somewhere else."""

from dataclasses import replace

from digests import sources
from digests.models import WithdrawnAuthor
from digests.publishing.document import DigestDocument, DocumentEntry, DocumentFold, DocumentItem, DocumentQuote


def somebody_is() -> bool:
    """Whether anybody has asked yet."""
    return WithdrawnAuthor.objects.exists()


def without_withdrawn(document: DigestDocument) -> DigestDocument:
    """The document without what they said; of an unknown site without whoever was withdrawn from any."""
    site = sources.site_name(document.source_url)
    withdrawn = WithdrawnAuthor.objects.filter(name__in={quote.author for quote in document.quotes()})
    names = set((withdrawn.filter(source=site) if site else withdrawn).values_list("name", flat=True))
    if not names:
        return document

    def stays(entry: DocumentEntry) -> bool:
        return not (isinstance(entry, DocumentQuote) and entry.author in names)

    items: list[DocumentItem] = []
    for item in document.items:
        if not isinstance(item, DocumentFold):
            items += [item] if stays(item) else []
        elif left := tuple(entry for entry in item.items if stays(entry)):
            items.append(DocumentFold(label=item.label, items=left))
    return replace(document, items=tuple(items))
