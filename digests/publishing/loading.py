"""Matome's own JSON into the database: all digests of a file or none."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from digests import sources
from digests.models import Comment, Digest, Fold, Publication, Quote, Thread
from digests.models.digests import at_noon
from digests.publishing.assemble import assemble
from digests.publishing.document import (
    DigestDocument,
    DocumentCard,
    DocumentEntry,
    DocumentFold,
    DocumentHeading,
    DocumentNote,
    DocumentPicture,
    DocumentQuote,
    DocumentUpdate,
)
from digests.publishing.interchange import Entry
from digests.publishing.publish import go_live, unpublish
from digests.publishing.withdrawn import without_withdrawn
from digests.sources.contract import SourceError


class SlugTaken(Exception):
    """A digest with such a slug exists (`slugs`), and replacing was not asked for."""

    def __init__(self, slugs: Sequence[str]) -> None:
        super().__init__(", ".join(slugs))
        self.slugs = tuple(slugs)


@dataclass(frozen=True, slots=True)
class Loaded:
    created: int
    replaced: int


def load(entries: Sequence[Entry], *, replace: bool = False) -> Loaded:
    """Stores digests as they stand in a file, published ones included. Raises `SlugTaken`; then nothing is stored.

    A digest is tied to the thread its source address names, where that is here already, and its quotes to the thread's
    comments. A replaced digest keeps its history, and its thread where the file names none that is here. Whoever asked
    to be taken out stays out.
    """
    slugs = [entry.document.slug for entry in entries]
    if doubled := sorted({slug for slug in slugs if slugs.count(slug) > 1}):
        raise SlugTaken(doubled)
    try:
        with transaction.atomic():
            existing = {digest.slug: digest for digest in Digest.objects.select_for_update().filter(slug__in=slugs)}
            live = set(Publication.objects.live().filter(slug__in=slugs).values_list("slug", "digest__slug"))
            foreign = {slug for slug, owner in live if slug != owner}
            if taken := sorted(foreign | (set() if replace else existing.keys())):
                raise SlugTaken(taken)
            for entry in entries:
                _store(entry, existing.get(entry.document.slug))
    except IntegrityError as error:  # PostgreSQL: somebody stored one of them since it was looked for
        raise SlugTaken(sorted(Digest.objects.filter(slug__in=slugs).values_list("slug", flat=True))) from error
    return Loaded(created=len(entries) - len(existing), replaced=len(existing))


def _store(entry: Entry, digest: Digest | None) -> None:
    document = without_withdrawn(entry.document)
    digest = digest or Digest(slug=document.slug)
    replace_content(digest, document)
    if entry.status == "published":
        # The originals are the thread's, where that is here; else those that the file itself may bring.
        go_live(digest, assemble(digest.pk, originals=True) if digest.thread_id else document, by=None)
    else:
        unpublish(digest.pk)


def replace_content(digest: Digest, document: DigestDocument) -> None:
    """What the document says is what the digest holds from now on, but for its slug. A new digest is stored.

    The caller holds the transaction and the digest's row.
    """
    if digest.pk is not None:
        digest.quotes.all().delete()
        Digest.objects.filter(pk=digest.pk).update(version=F("version") + 1, changes=F("changes") + 1)
        digest.refresh_from_db(fields=["version", "changes"])
    digest.thread = _thread_here(document.source_url) or digest.thread
    digest.headline, digest.lead, digest.date = document.headline, document.lead, document.date
    digest.tags, digest.card_template = list(document.tags), document.card
    digest.thumbnail = "" if document.card else document.thumbnail
    digest.source_url, digest.article_url = document.source_url, document.article_url
    digest.series = document.series or digest.series  # a post never names one
    digest.updated_at = timezone.now()
    digest.binned_at = digest.binned_by = None  # what is loaded over one in the bin is wanted again
    digest.save()
    _store_items(digest, document)


def _thread_here(url: str) -> Thread | None:
    """The thread of an address, however that is written."""
    with suppress(SourceError):
        url = sources.canonical(url)
    return Thread.objects.filter(url=url).first() if url else None


def _store_items(digest: Digest, document: DigestDocument) -> None:
    comments = comments_here(document, digest.thread)
    rows = [row_of(entry, comments) for entry in document.entries()]
    for position, row in enumerate(rows):
        row.digest, row.position = digest, position
    stored = iter(Quote.objects.bulk_create(rows))
    folds: list[Fold] = []
    for item in document.items:
        members = item.items if isinstance(item, DocumentFold) else (item,)
        first, *_others = [next(stored) for _member in members]
        if isinstance(item, DocumentFold):
            folds.append(Fold(first=first, size=len(members), label=item.label))
    Fold.objects.bulk_create(folds)


def row_of(entry: DocumentEntry, comments: Mapping[str, int]) -> Quote:
    """The row of an entry, without its digest and position. `comments`: native id → primary key."""
    match entry:
        case DocumentQuote():
            return Quote(
                comment_id=comments.get(entry.comment or ""),
                native_id=entry.comment or "",
                author=entry.author,
                created_at=entry.created_at,
                text=entry.text,
                color=entry.color,
                emphasis=entry.emphasis,
            )
        case DocumentHeading():
            return Quote(kind=Quote.Kind.HEADING, text=entry.text)
        case DocumentNote():
            return Quote(kind=Quote.Kind.NOTE, text=entry.text)
        case DocumentUpdate():
            return Quote(kind=Quote.Kind.UPDATE, text=entry.text, created_at=at_noon(entry.date))
        case DocumentPicture():
            return Quote(
                kind=Quote.Kind.PICTURE,
                target=entry.path,
                text=entry.alt,
                author=entry.credit,
                title=entry.caption,
                width=entry.width,
                height=entry.height,
            )
        case DocumentCard():
            return Quote(kind=Quote.Kind.CARD, target=entry.url, title=entry.title, text=entry.text)


def comments_here(document: DigestDocument, thread: Thread | None) -> dict[str, int]:
    """Native id → primary key, for those of the document's comments that this site has."""
    if thread is None:
        return {}
    wanted = [quote.comment for quote in document.quotes() if quote.comment]
    return dict(Comment.objects.filter(thread=thread, native_id__in=wanted).values_list("native_id", "pk"))
