"""Publishing on our own pages: the digest as it now is becomes what readers see, or stays a draft with a reason.

A publication is a snapshot, so nothing an editor does afterwards is visible before it is published again. Every
attempt leaves a row.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Min, Prefetch, Q
from django.utils import timezone, translation
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from digests import illustrations
from digests.models import AuditEntry, Digest, Publication, Quote, Series, StaleVersion, Tag
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


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A digest as it was when it was read, its document, and everything that speaks against publishing it."""

    digest: Digest
    document: DigestDocument = field(repr=False)
    problems: tuple[Problem, ...]

    @property
    def blocking(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.blocking)


def review_each(digest_ids: Iterable[int]) -> list[Reviewed]:
    """Each digest as it now is, in as many queries for a hundred as for one. Those that are gone are left out."""
    quotes = Prefetch("quotes", Quote.objects.with_originals())
    kept = Digest.objects.kept().filter(pk__in=digest_ids)
    digests = list(kept.order_by("pk").prefetch_related(quotes, "quotes__fold"))
    taken = _slugs_taken(digests)
    found = []
    for digest in digests:
        rows = sorted(digest.quotes.all(), key=lambda quote: quote.position)
        document = document_of(digest, rows)
        found.append(Reviewed(digest, document, _review(document, rows, taken=digest.pk in taken)))
    return found


def review(digest_id: int) -> tuple[Problem, ...]:
    """Everything that speaks against publishing the digest as it now is, what blocks first."""
    digest = Digest.objects.get(pk=digest_id)
    quotes = _quotes(digest)
    return _review(document_of(digest, quotes), quotes, taken=bool(_slugs_taken([digest])))


def publish(digest_id: int, *, changes: int, by: AbstractBaseUser | None) -> Publication:
    """Makes the digest as it now is what readers see.

    `changes` is the digest's count of changes when the editor looked at it: nothing goes out unseen, a text that was
    saved meanwhile neither. Raises `StaleVersion` or `PublishError`; the latter leaves a failed row.
    """
    with transaction.atomic():
        digest = Digest.objects.kept().select_for_update().get(pk=digest_id)
        if digest.changes != changes:
            raise StaleVersion(digest.version)
        quotes = _quotes(digest)
        document = document_of(digest, quotes)
        taken = bool(_slugs_taken([digest]))
        reviewed = Reviewed(digest, document, _review(document, quotes, taken=taken))
        if not reviewed.blocking:
            return go_live(digest, document, by=by)
        with translation.override(settings.LANGUAGE_CODE):  # the row is for every editor, whatever this one reads
            said = Reviewed(digest, document, _review(document, quotes, taken=taken))
            record_failed([(said, str(PublishError(said.blocking)))], by=by)
    raise PublishError(reviewed.blocking)


def unpublish(digest_id: int, *, by: AbstractBaseUser | None = None) -> bool:
    """Takes the digest from the readers; it stays a draft. False when it was not published."""
    return bool(unpublish_each([digest_id], by=by))


def unpublish_each(digest_ids: Sequence[int], *, by: AbstractBaseUser | None = None) -> int:
    """Takes digests from the readers; how many of them were published."""
    with transaction.atomic():
        _lock(digest_ids)
        indexing.forget(digest_ids)
        withdrawn = Publication.objects.live().filter(digest_id__in=digest_ids)
        digests = list(Digest.objects.filter(pk__in=withdrawn.values("digest")).order_by("pk"))
        AuditEntry.objects.record(AuditEntry.Action.WITHDRAWN, digests, by=by.pk if by else None)
        return withdrawn.withdraw()


def go_live(digest: Digest, document: DigestDocument, *, by: AbstractBaseUser | None) -> Publication:
    """Stores the snapshot and makes it the live one, both or neither. The caller answers for the document."""
    publication = snapshot(digest, document, by=by)
    illustrate([publication])
    with transaction.atomic():
        publication.save()
        release([publication])
    return publication


def take(reviewed: Iterable[Reviewed], *, by: AbstractBaseUser | None) -> list[Publication]:
    """Snapshots that wait for their delivery."""
    rows = [snapshot(one.digest, one.document, by=by) for one in reviewed]
    illustrate(rows)
    return Publication.objects.bulk_create(rows)


def record_failed(refused: Iterable[tuple[Reviewed, str]], *, by: AbstractBaseUser | None) -> None:
    """Attempts that came to nothing, each with its reason."""
    rows = [snapshot(one.digest, one.document, by=by) for one, _reason in refused]
    for row, (_one, reason) in zip(rows, refused, strict=True):
        row.state, row.error = Publication.State.FAILED, reason
    Publication.objects.bulk_create(rows)


def release(publications: Sequence[Publication], *, detail: str = "") -> None:
    """Makes waiting snapshots what readers see, but for those of which readers see a later one by now.

    `detail` is for the audit trail: the site that has them, if it is not just our own.
    The caller holds the transaction. In as many queries for a hundred as for one.
    """
    digests = [publication.digest_id for publication in publications]
    _lock(digests)
    rows = Publication.objects.filter(digest_id__in=digests)
    shown = dict(rows.filter(is_live=True).values_list("digest_id", "pk"))
    succeeded = rows.filter(state=Publication.State.SUCCEEDED).values_list("digest_id")
    first = dict(succeeded.annotate(first=Min("published_at")).values_list("digest_id", "first"))
    now = timezone.now()
    for publication in publications:
        publication.state = Publication.State.SUCCEEDED
        publication.is_live = shown.get(publication.digest_id, 0) < publication.pk
        publication.published_at = first.get(publication.digest_id) or now
    live = [publication for publication in publications if publication.is_live]
    replaced = [publication.digest_id for publication in live]
    rows.filter(digest_id__in=replaced).withdraw()
    indexing.forget(replaced)
    Publication.objects.bulk_update(publications, ["state", "is_live", "published_at"])
    set_tags(live)
    set_series(publications)
    audit_published(live, detail=detail)
    indexing.index({one.pk: interchange.from_json(one.document).document for one in live})
    transaction.on_commit(partial(_make_pictures, [one.pk for one in live]))


def _lock(digest_ids: Iterable[int]) -> None:
    """Whoever publishes or withdraws a digest has its row to itself, in one order for everybody."""
    list(Digest.objects.select_for_update().filter(pk__in=digest_ids).order_by("pk").values_list("pk"))


def _make_pictures(publication_ids: list[int]) -> None:
    # The task is a door and lies above this layer; like the queue itself, this knows it by its path.
    import_string("digests.tasks.make_pictures").enqueue(publication_ids)


def audit_published(publications: Iterable[Publication], *, detail: str = "") -> None:
    """That readers see these, for the audit trail. Belongs into the same transaction."""
    AuditEntry.objects.bulk_create(
        AuditEntry(
            action=AuditEntry.Action.PUBLISHED,
            digest_id=one.digest_id,
            slug=one.slug,
            headline=one.headline,
            by_id=one.published_by_id,
            detail=detail[:300],
        )
        for one in publications
    )


def set_tags(publications: Sequence[Publication]) -> None:
    """As their documents say; they have none yet."""
    wanted = [(publication.pk, dict.fromkeys(publication.document["tags"])) for publication in publications]
    names = sorted({name for _pk, tags in wanted for name in tags})
    # In one order for everybody: two publishers with the same new tags would wait for each other on PostgreSQL.
    Tag.objects.bulk_create([Tag(name=name) for name in names], ignore_conflicts=True)
    # Whoever makes one of them an alias waits, and finds these rows then.
    rows = Tag.objects.filter(name__in=names).order_by("name").select_for_update(no_key=True)
    known = {name: alias_of or pk for name, pk, alias_of in rows.values_list("name", "pk", "alias_of")}
    through = Publication.tags.through
    through.objects.bulk_create(
        [
            through(publication_id=pk, tag_id=tag_id)
            for pk, tags in wanted
            for tag_id in dict.fromkeys(known[name] for name in tags)
        ]
    )


def set_series(publications: Sequence[Publication]) -> None:
    """As their documents say; a document that was stored before there were series names none."""
    wanted = {one.pk: name for one in publications if (name := one.document.get("series", ""))}
    if wanted:
        Series.objects.bulk_create([Series(name=name) for name in sorted(set(wanted.values()))], ignore_conflicts=True)
        known = dict(Series.objects.filter(name__in=set(wanted.values())).values_list("name", "pk"))
        for one in publications:
            one.series_id = known.get(wanted.get(one.pk, ""))
        Publication.objects.bulk_update(publications, ["series"])


def snapshot(digest: Digest, document: DigestDocument, *, by: AbstractBaseUser | None) -> Publication:
    """A snapshot that waits, not stored yet, and not illustrated."""
    return Publication(
        digest=digest,
        state=Publication.State.PENDING,
        digest_changes=digest.changes,
        slug=document.slug,
        headline=document.headline,
        lead=document.lead,
        date=document.date,
        quote_count=sum(1 for _quote in document.quotes()),
        document=interchange.to_json(document, status="published"),
        published_by_id=by.pk if by else None,
    )


def illustrate(publications: Sequence[Publication]) -> None:
    """Notes for snapshots that are not stored yet which pictures they show."""
    named = [(one.document["thumbnail"], one.document.get("card", "")) for one in publications]
    for publication, facts in zip(publications, illustrations.facts_of(named), strict=True):
        publication.picture = facts


def _slugs_taken(digests: Sequence[Digest]) -> set[int]:
    """Those whose slug another digest has at the readers', or has on its way there."""
    slugs = [digest.slug for digest in digests]
    rows = Publication.objects.filter(Q(is_live=True) | Q(state=Publication.State.PENDING), slug__in=slugs)
    owners = set(rows.values_list("slug", "digest_id"))
    return {digest.pk for digest in digests for slug, owner in owners if slug == digest.slug and owner != digest.pk}


def _quotes(digest: Digest) -> list[Quote]:
    return list(digest.quotes.in_order().with_originals().select_related("fold"))


def _review(document: DigestDocument, quotes: list[Quote], *, taken: bool) -> tuple[Problem, ...]:
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
    if taken:
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
