"""Publishing on our own pages: the digest as it now is becomes what readers see, or stays a draft with a reason.

A publication is a snapshot, so nothing an editor does afterwards is visible before it is published again. Every
attempt leaves a row.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from digests.models import Digest, Publication, Quote, StaleVersion, Tag
from digests.publishing import indexing, interchange, problems
from digests.publishing.assemble import document_of
from digests.publishing.document import DigestDocument


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about a digest that stops its publication (`blocking`) or deserves a look.

    `quote_id` is the row it is about, `number` that row's number among the quotes, None for a heading and the like.
    """

    code: str
    message: str
    quote_id: int | None
    number: int | None
    blocking: bool


class PublishError(Exception):
    """The digest cannot be published as it is; `problems` are the blocking ones."""

    def __init__(self, found: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in found))
        self.problems = found


def review(digest_id: int) -> tuple[Problem, ...]:
    """Everything that speaks against publishing the digest as it now is, what blocks first."""
    digest = Digest.objects.get(pk=digest_id)
    quotes = _quotes(digest)
    return _review(digest, document_of(digest, quotes), quotes)


def publish(digest_id: int, *, changes: int, by: AbstractBaseUser | None) -> Publication:
    """Makes the digest as it now is what readers see.

    `changes` is the digest's count of changes when the editor looked at it: nothing goes out unseen, a text that was
    saved meanwhile neither. Raises `StaleVersion` or `PublishError`; the latter leaves a failed row.
    """
    with transaction.atomic():
        digest = Digest.objects.select_for_update().get(pk=digest_id)
        if digest.changes != changes:
            raise StaleVersion(digest.version)
        quotes = _quotes(digest)
        document = document_of(digest, quotes)
        found = tuple(problem for problem in _review(digest, document, quotes) if problem.blocking)
        if not found:
            return go_live(digest, document, by=by)
        with translation.override(settings.LANGUAGE_CODE):  # the row is for every editor, whatever this one reads
            said = str(PublishError(tuple(one for one in _review(digest, document, quotes) if one.blocking)))
        _record(digest, document, by=by, state=Publication.State.FAILED, error=said)
    raise PublishError(found)


def unpublish(digest_id: int) -> bool:
    """Takes the digest from the readers; it stays a draft. False when it was not published."""
    indexing.forget(digest_id)
    withdrawn = Publication.objects.live().filter(digest_id=digest_id)
    return bool(withdrawn.update(is_live=False, withdrawn_at=timezone.now()))


def go_live(digest: Digest, document: DigestDocument, *, by: AbstractBaseUser | None) -> Publication:
    """Stores the snapshot and makes it the live one. The caller holds the transaction and answers for the document."""
    unpublish(digest.pk)
    earlier = digest.publications.filter(state=Publication.State.SUCCEEDED).order_by("published_at")
    first = earlier.values_list("published_at", flat=True).first()
    publication = _record(digest, document, by=by, state=Publication.State.SUCCEEDED, is_live=True, published_at=first)
    # In one order for everybody: two publishers with the same new tags would wait for each other on PostgreSQL.
    Tag.objects.bulk_create([Tag(name=name) for name in sorted(document.tags)], ignore_conflicts=True)
    publication.tags.set(Tag.objects.filter(name__in=document.tags))
    indexing.index(publication.pk, document)
    return publication


def _record(
    digest: Digest,
    document: DigestDocument,
    *,
    by: AbstractBaseUser | None,
    state: Publication.State,
    is_live: bool = False,
    error: str = "",
    published_at: datetime | None = None,
) -> Publication:
    return Publication.objects.create(
        digest=digest,
        state=state,
        is_live=is_live,
        error=error,
        digest_changes=digest.changes,
        slug=document.slug,
        headline=document.headline,
        lead=document.lead,
        date=document.date,
        quote_count=sum(1 for _quote in document.quotes()),
        document=interchange.to_json(document, status="published"),
        published_by_id=by.pk if by else None,
        published_at=published_at or timezone.now(),
    )


def _quotes(digest: Digest) -> list[Quote]:
    return list(digest.quotes.in_order().select_related("fold"))


def _review(digest: Digest, document: DigestDocument, quotes: list[Quote]) -> tuple[Problem, ...]:
    found = [
        Problem(
            finding.code,
            str(finding.message),
            None if finding.place is None else quotes[finding.place].pk,
            finding.number,
            finding.blocking,
        )
        for finding in problems.find(document, language=settings.LANGUAGE_CODE)
    ]
    if Publication.objects.live().filter(slug=digest.slug).exclude(digest=digest).exists():
        message = _("Another published digest still has this slug; choose a different one.")
        found.insert(0, Problem("slug_taken", message, None, None, blocking=True))
    if unreadable := _unreadable(document):
        message = _("The digest would not read back as it was written: %(reason)s") % {"reason": unreadable}
        found.insert(0, Problem("unreadable", message, None, None, blocking=True))
    return tuple(found)


def _unreadable(document: DigestDocument) -> str:
    """Why the snapshot would not give the document back; "" when it does. Readers' pages are made from it alone."""
    try:
        same = interchange.from_json(interchange.to_json(document, status="published")).document == document
    except interchange.InterchangeError as error:
        return str(error)
    return "" if same else "?"
