"""When two documents are the same post: what differs between them in no place that a post has.

Each text is compared in the characters that its place can have, so `<` in a title is its full-width twin.
"""

from dataclasses import replace

from digests.plaintext import clean, clean_line
from digests.publishing import escaping
from digests.publishing.between import as_note, as_update, picture_name
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
from digests.publishing.writing import read_thumbnail, thumbnail_value


def as_posted(document: DigestDocument, form: Form) -> DigestDocument:
    """The document as far as a post of this form can say it. Equal for two documents that give the same post."""
    return DigestDocument(
        slug="",
        headline=escaping.title(document.headline),
        date=document.date,
        lead=posted_lead(document.lead, document.headline),
        tags=tuple(escaping.tags(document.tags)) if form.tags_key else (),
        thumbnail=read_thumbnail(thumbnail_value(document, form)) if form.thumbnail_key else "",
        source_url=clean_line(document.source_url),
        article_url=clean_line(document.article_url) if form.article_line else "",
        items=tuple(_item(item) for item in document.items),
    )


def posted_lead(lead: str, headline: str) -> str:
    """The lead; "" when the post shows its headline there."""
    lead = clean(lead)
    same = not clean_line(lead) or escaping.title(clean_line(lead)) == escaping.title(headline)
    return "" if same else lead


def posted_entry(entry: DocumentEntry) -> DocumentEntry:
    match entry:
        case DocumentQuote():
            return DocumentQuote(
                author=escaping.user_name(entry.author),
                created_at=entry.created_at.replace(microsecond=0),
                text=clean(entry.text),
                color=escaping.color(entry.color),
            )
        case DocumentHeading():
            return DocumentHeading(text=clean_line(entry.text))
        case DocumentNote():
            return as_update(DocumentNote(text=clean(entry.text)))
        case DocumentUpdate():
            return as_update(as_note(entry))
        case DocumentPicture():
            alt, credit, caption = map(clean_line, (entry.alt, entry.credit, entry.caption))
            return replace(entry, path=picture_name(entry.path), alt=alt, credit=credit, caption=caption)
        case DocumentCard():
            url = escaping.link_address(entry.url)
            return DocumentCard(url=url, title=clean_line(entry.title), text=clean(entry.text))
    raise TypeError(type(entry))


def _item(item: DocumentItem) -> DocumentItem:
    if isinstance(item, DocumentFold):
        return DocumentFold(label=posted_label(item.label), items=tuple(map(posted_entry, item.items)))
    return posted_entry(item)


def posted_label(label: str) -> str:
    return clean_line(label).removeprefix("\u200b")
