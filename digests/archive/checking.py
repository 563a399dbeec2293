"""The archive is gone over: what is found stands in a table, and only what has changed is looked at again.

The archive is every digest that readers see or that stands in a Hugo site; drafts are their editors' business. A run is
a row, changed by conditional updates only: whoever is told that it is no longer his stops at once.
"""

import hashlib
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from itertools import batched

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Count, Exists, OuterRef
from django.utils import timezone
from django.utils.module_loading import import_string

from digests import sources
from digests.archive import across, findings
from digests.archive.codes import CODES, Found
from digests.archive.standing import standing_in
from digests.models import ArchiveCheck, CheckedDigest, Digest, Finding, Post, Publication, Quote
from digests.models.checks import FindingQuerySet
from digests.models.digests import DigestQuerySet
from digests.publishing.assemble import document_of
from digests.sources.contract import SourceError

logger = logging.getLogger(__name__)

VERSION = 1  # of the checks; a new one has everything looked at again
CHUNK = 40  # digests in one short transaction, some 3,000 quotes in memory
_LONGEST_DETAIL = 500
INTERRUPTED = "interrupted"


class Overtaken(Exception):
    """The run was cancelled, or another one took its place."""


def archived() -> DigestQuerySet:
    """The digests that are checked."""
    live = Publication.objects.live().filter(digest=OuterRef("pk"))
    return Digest.objects.filter(Exists(live) | Exists(Post.objects.filter(digest=OuterRef("pk"))))


def start(*, by: AbstractBaseUser | None) -> ArchiveCheck:
    """A run, its task enqueued on commit; the unfinished one where there is one."""
    with transaction.atomic():
        if (unfinished := ArchiveCheck.objects.unfinished().newest_first().first()) is not None:
            return unfinished
        run = ArchiveCheck.objects.create(requested_by_id=by.pk if by else None)
        transaction.on_commit(partial(_enqueue, run.pk))
    return run


def _enqueue(run_id: int) -> None:
    # The task is a door and lies above this layer; like the queue itself, this knows it by its path.
    import_string("digests.tasks.check_archive").enqueue(run_id)


def check_now() -> ArchiveCheck:
    """A run from the shell, done when this returns. It takes the place of any other. Raises what went wrong."""
    ArchiveCheck.objects.unfinished().update(state=ArchiveCheck.State.CANCELLED, finished_at=timezone.now())
    run = ArchiveCheck.objects.create()
    _run(run.pk)
    return ArchiveCheck.objects.get(pk=run.pk)


def cancel(run_id: int) -> bool:
    """Stops a run before its next digests; what it has found so far stands. False when it had ended."""
    rows = ArchiveCheck.objects.unfinished().filter(pk=run_id)
    return bool(rows.update(state=ArchiveCheck.State.CANCELLED, finished_at=timezone.now()))


def run(run_id: int) -> None:
    """Does the work of a waiting run; any other is left alone. Never raises for what the row can say."""
    try:
        _run(run_id)
    except Overtaken:
        return
    except Exception as error:
        logger.exception("check %d of the archive failed", run_id)
        _fail(run_id, "unexpected", f"{type(error).__name__}: {error}")
    except BaseException:
        _fail(run_id, INTERRUPTED)
        raise


def _fail(run_id: int, code: str, detail: str = "") -> None:
    ArchiveCheck.objects.unfinished().filter(pk=run_id).update(
        state=ArchiveCheck.State.FAILED, error_code=code, error_detail=detail[:2000], finished_at=timezone.now()
    )


def _run(run_id: int) -> None:
    waiting = ArchiveCheck.objects.filter(pk=run_id, state=ArchiveCheck.State.QUEUED)
    if not waiting.update(state=ArchiveCheck.State.RUNNING, started_at=timezone.now()):
        return
    fingerprints = dict(_fingerprints())
    known = dict(CheckedDigest.objects.values_list("pk", "fingerprint"))
    changed = [pk for pk, fingerprint in fingerprints.items() if known.get(pk) != fingerprint]
    result = {"checked": len(changed), "unchanged": len(fingerprints) - len(changed)}
    _progress(run_id, done_count=result["unchanged"], expected_count=len(fingerprints))
    for chunk in batched([pk for pk in known if pk not in fingerprints], 500):
        _forget(chunk)
    done = result["unchanged"]
    for chunk in batched(changed, CHUNK):
        done += len(chunk)
        _look_at(run_id, chunk, fingerprints, done)
    with transaction.atomic():
        _progress(run_id, state=ArchiveCheck.State.DONE, result=result, finished_at=timezone.now())
        Finding.objects.filter(across=True).delete()
        Finding.objects.bulk_create(across.findings(archived()), batch_size=500)


def _progress(run_id: int, **fields: object) -> None:
    """Writes to the row. Inside a transaction no other run gets past this before the end of it."""
    if not ArchiveCheck.objects.filter(pk=run_id, state=ArchiveCheck.State.RUNNING).update(**fields):
        raise Overtaken


def _fingerprints() -> Iterator[tuple[int, str]]:
    """Of each digest of the archive all that its own findings depend on, in short."""
    posts: defaultdict[int | None, list[str]] = defaultdict(list)
    rows = Post.objects.filter(digest__isnull=False).order_by("target_id")
    for digest_id, sha256, form in rows.values_list("digest_id", "sha256", "target__form").iterator():
        posts[digest_id].append(f"{sha256} {sorted(form.items())}")
    rules = (VERSION, settings.LANGUAGE_CODE)
    for pk, changes, thread_id in archived().order_by("pk").values_list("pk", "changes", "thread_id").iterator():
        of = (*rules, changes, thread_id, *posts.get(pk, ()))
        yield pk, hashlib.sha256(repr(of).encode()).hexdigest()


def _forget(digest_ids: Sequence[int]) -> None:
    """Digests that have left the archive leave nothing behind."""
    with transaction.atomic():
        Finding.objects.filter(digest__in=digest_ids).delete()
        CheckedDigest.objects.filter(pk__in=digest_ids).delete()


def _look_at(run_id: int, digest_ids: Sequence[int], fingerprints: dict[int, str], done: int) -> None:
    digests = Digest.objects.in_bulk(digest_ids)
    quotes: defaultdict[int, list[Quote]] = defaultdict(list)
    for quote in Quote.objects.filter(digest__in=digest_ids).in_order().select_related("fold"):
        quotes[quote.digest_id].append(quote)
    posts: defaultdict[int | None, list[Post]] = defaultdict(list)
    for post in Post.objects.filter(digest__in=digest_ids).select_related("target"):
        posts[post.digest_id].append(post)
    found = {pk: list(_rows(digest, quotes[pk], posts[pk])) for pk, digest in digests.items()}
    with transaction.atomic():
        _progress(run_id, done_count=done)
        # Whoever drops a quote changes its digest's row first: where that is the same, the quotes read are all there.
        rows = Digest.objects.select_for_update(of=("self",)).filter(pk__in=digest_ids).values_list("pk", "changes")
        same = [pk for pk, changes in rows if pk in digests and digests[pk].changes == changes]
        Finding.objects.filter(digest__in=same, across=False).delete()
        Finding.objects.bulk_create([row for pk in same for row in found[pk]], batch_size=500)
        CheckedDigest.objects.bulk_create(
            [CheckedDigest(pk=pk, fingerprint=fingerprints[pk]) for pk in same],
            update_conflicts=True,
            unique_fields=["digest"],
            update_fields=["fingerprint"],
        )


def _rows(digest: Digest, quotes: Sequence[Quote], posts: Iterable[Post]) -> Iterator[Finding]:
    for found in dict.fromkeys(_found(digest, quotes, posts)):
        yield Finding(
            code=found.code,
            digest=digest,
            quote=None if found.place is None else quotes[found.place],
            number=found.number,
            detail=found.detail[:_LONGEST_DETAIL],
        )


def _found(digest: Digest, quotes: Sequence[Quote], posts: Iterable[Post]) -> Iterator[Found]:
    document = document_of(digest, quotes)
    yield from findings.in_document(document, language=settings.LANGUAGE_CODE)
    yield from _thread(digest, quotes)
    title_in_post = False
    for post in posts:
        standing = standing_in(post, document)
        title_in_post = title_in_post or bool(standing.title)
        yield from findings.in_title(standing.title, in_post=True, breaks=standing.title_breaks)
        for line, detail in standing.breaks:
            yield Found("broken_post", f"{post.path}:{line} {detail}")
        yield from findings.in_post(standing.quotes)
    if not title_in_post:
        yield from findings.in_title(digest.headline, in_post=False)


def _thread(digest: Digest, quotes: Sequence[Quote]) -> Iterator[Found]:
    if digest.thread_id is None:
        if digest.source_url and is_known_thread(digest.source_url):
            yield Found("no_thread", digest.source_url)
        return
    untied = sum(1 for quote in quotes if quote.kind == Quote.Kind.QUOTE and quote.comment_id is None)
    if untied:
        yield Found("unmatched", str(untied))


def is_known_thread(url: str) -> bool:
    """Whether an address is one of a thread that can be imported."""
    try:
        sources.canonical(url)
    except SourceError:
        return False
    return True


def counts(found: FindingQuerySet) -> dict[str, int]:
    """Code → how many, in the order in which codes are told."""
    counted = dict(found.order_by().values_list("code").annotate(Count("pk")))
    known = {code: counted.pop(code) for code in CODES if code in counted}
    return known | dict(sorted(counted.items()))
