"""The life of an import run: queued, running with progress, then done, failed or cancelled. The row says it all.

A state changes by one conditional update, so that whoever comes second (a worker, an editor) changes nothing.
"""

import logging
import time
import tomllib
from collections.abc import Callable
from functools import cache, partial

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from digests import markup, sources
from digests.importing.storing import store
from digests.models import ImportRun
from digests.sources.contract import ImportCancelled, Progress, SourceError
from digests.sources.web import Client, user_agent

logger = logging.getLogger(__name__)

REPORT_SECONDS = 0.5  # progress is written at most this often, and so a cancellation noticed as soon
UNEXPECTED = "unexpected"
INTERRUPTED = "interrupted"
_LONGEST_DETAIL = 2000


def source_client() -> Client:
    """How this site's settings say sites are to be asked."""
    return Client(
        bases={"hn_algolia": settings.HN_ALGOLIA_URL, "hn_firebase": settings.HN_FIREBASE_URL},
        user_agent=our_user_agent(),
        allow_loopback=settings.ALLOW_LOOPBACK_SOURCES,
        concurrency=settings.SOURCE_CONCURRENCY,
        timeout_seconds=settings.SOURCE_TIMEOUT_SECONDS,
    )


def our_user_agent() -> str:
    """How this site introduces itself to others."""
    return user_agent(_version(), settings.SOURCE_CONTACT)


@cache
def _version() -> str:
    """The project runs from its folder, so its version stands beside it."""
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    return str(project["project"]["version"])


def start(address: str, *, requested_by: User | None) -> ImportRun:
    """A run for the address, its task enqueued on commit; the unfinished one of the same item when there is one.

    An address that cannot be understood gives a run that has already failed and says why.
    """
    address = markup.clean(address).strip()[:2000]
    try:
        sources.canonical(address)
    except SourceError as error:
        return ImportRun.objects.create(
            address=address,
            requested_by=requested_by,
            state=ImportRun.State.FAILED,
            error_code=error.code,
            error_detail=error.detail,
            finished_at=timezone.now(),
        )
    with transaction.atomic():
        for run in ImportRun.objects.unfinished().newest_first():
            if _item(run.address) == _item(address):
                return run
        run = ImportRun.objects.create(address=address, requested_by=requested_by)
        transaction.on_commit(partial(_enqueue, run.pk))
    return run


def _item(address: str) -> str:
    """The same for all addresses of one item."""
    try:
        return sources.canonical(address)
    except SourceError:
        return address


def _enqueue(run_id: int) -> None:
    # The task is a door and lies above this layer; like the queue itself, this knows it by its path.
    import_string("digests.tasks.import_thread").enqueue(run_id)


def retry(run_id: int) -> ImportRun:
    """A new run of the same address. A run that its worker left behind is given up; a queued one enqueued again."""
    run = ImportRun.objects.get(pk=run_id)
    if run.state == ImportRun.State.QUEUED:
        transaction.on_commit(partial(_enqueue, run.pk))
        return run
    _end(run_id, ImportRun.State.FAILED, error_code=INTERRUPTED)
    return start(run.address, requested_by=run.requested_by)


def give_up_left_behind() -> int:
    """Ends every run whose worker was killed; only for who knows that no worker is at work. Says how many."""
    running = ImportRun.objects.filter(state=ImportRun.State.RUNNING)
    return running.update(state=ImportRun.State.FAILED, error_code=INTERRUPTED, finished_at=timezone.now())


def cancel(run_id: int) -> None:
    """Stops a run: at once while it is queued, else at its next report; one that does not report, when asked twice."""
    runs = ImportRun.objects.filter(pk=run_id)
    deaf = runs.filter(state=ImportRun.State.RUNNING, cancel_requested=True)
    for stopped in (runs.filter(state=ImportRun.State.QUEUED), deaf):
        if stopped.update(state=ImportRun.State.CANCELLED, finished_at=timezone.now()):
            return
    runs.filter(state=ImportRun.State.RUNNING).update(cancel_requested=True)


def run(run_id: int, *, client: Client | None = None) -> None:
    """Does the work of a queued run; any other is left alone. Never raises for what the row can say."""
    queued = ImportRun.objects.filter(pk=run_id, state=ImportRun.State.QUEUED)
    if not queued.update(state=ImportRun.State.RUNNING, started_at=timezone.now()):
        return
    address = ImportRun.objects.values_list("address", flat=True).get(pk=run_id)
    try:
        _import(run_id, address, client or source_client())
    except ImportCancelled:
        _end(run_id, ImportRun.State.CANCELLED)
    except SourceError as error:
        _end(run_id, ImportRun.State.FAILED, error_code=error.code, error_detail=error.detail)
    except Exception as error:
        logger.exception("import run %d of %s failed", run_id, address)
        detail = f"{type(error).__name__}: {error}"
        _end(run_id, ImportRun.State.FAILED, error_code=UNEXPECTED, error_detail=detail)
    except BaseException:
        _end(run_id, ImportRun.State.FAILED, error_code=INTERRUPTED)
        raise


def _import(run_id: int, address: str, client: Client) -> None:
    report = reporter(run_id)
    fetched = sources.fetch(address, client=client, progress=report)
    with transaction.atomic():
        stored = store(fetched)
        done = _end(
            run_id,
            ImportRun.State.DONE,
            thread=stored.thread,
            marked_id=fetched.marked_id or "",
            done_count=len(fetched.comments),
            expected_count=fetched.expected_count,
        )
        if not done:  # given up meanwhile: what was stored is taken back
            raise ImportCancelled


def reporter(run_id: int, *, clock: Callable[[], float] = time.monotonic) -> Progress:
    """Writes progress to the row. Raises ImportCancelled when the run was cancelled or given up meanwhile."""
    runs = ImportRun.objects.filter(pk=run_id, state=ImportRun.State.RUNNING, cancel_requested=False)
    next_at = clock()

    def report(done: int, expected: int | None) -> None:
        nonlocal next_at
        if clock() < next_at:
            return
        if not runs.update(done_count=done, expected_count=expected):
            raise ImportCancelled
        next_at = clock() + REPORT_SECONDS

    return report


def _end(run_id: int, state: ImportRun.State, *, error_detail: str = "", **fields: object) -> bool:
    """Ends a run that is still running; False when it no longer was."""
    detail = markup.clean(error_detail)[:_LONGEST_DETAIL]
    running = ImportRun.objects.filter(pk=run_id, state=ImportRun.State.RUNNING)
    return bool(running.update(state=state, error_detail=detail, finished_at=timezone.now(), **fields))
