"""The life of a move-in that the desk asked for: queued, running with progress, then done, failed or cancelled.

A state changes by one conditional update, so that whoever comes second (a worker, an editor) changes nothing.
"""

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import IO

from django.contrib.auth.models import AbstractBaseUser
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string

from digests import plaintext
from digests.archive.move_in_wording import rank
from digests.archive.moving_in import MoveInCancelled, Progress, move_in
from digests.archive.reports import Report
from digests.archive.site_folder import SiteFolder
from digests.archive.site_place import SitePlace
from digests.archive.site_zip import SiteZip
from digests.archive.sites import Site, SiteError
from digests.models import MoveIn, Target
from digests.publishing.places import Place, PlaceError

logger = logging.getLogger(__name__)

REPORT_SECONDS = 0.5  # progress is written at most this often, and so a cancellation noticed as soon
UPLOADS_KEPT = timedelta(days=7)
MOST_REMARKS = 1000
UNEXPECTED = "unexpected"
INTERRUPTED = "interrupted"
_LONGEST_DETAIL = 2000


def start(
    target_id: int, *, upload: IO[bytes] | None = None, dry_run: bool = False, by: AbstractBaseUser | None
) -> MoveIn:
    """A run for the target's own place or for an uploaded zip, enqueued on commit.

    While one of the same target is unfinished, that is the one. Raises `SiteError` for an upload that is no usable zip.
    """
    if upload is not None:
        SiteZip(upload).listing()
        upload.seek(0)
    _sweep()
    with transaction.atomic():
        Target.objects.select_for_update().get(pk=target_id)
        if unfinished := MoveIn.objects.unfinished().filter(target_id=target_id).newest_first().first():
            return unfinished
        run_row = MoveIn.objects.create(target_id=target_id, dry_run=dry_run, requested_by_id=by.pk if by else None)
        if upload is not None:
            run_row.upload = default_storage.save(f"move_ins/{secrets.token_hex(16)}.zip", File(upload))
            run_row.save(update_fields=["upload"])
        transaction.on_commit(partial(_enqueue, run_row.pk))
    return run_row


def _enqueue(run_id: int) -> None:
    # The task is a door and lies above this layer; like the queue itself, this knows it by its path.
    import_string("digests.tasks.move_in").enqueue(run_id)


def retry(run_id: int, *, by: AbstractBaseUser | None, dry_run: bool = False) -> MoveIn:
    """A new run of the same site, with its zip; one that its worker left behind is given up, a queued one enqueued.

    Raises `SiteError` ("upload_gone").
    """
    before = MoveIn.objects.get(pk=run_id)
    if before.state == MoveIn.State.QUEUED:
        transaction.on_commit(partial(_enqueue, run_id))
        return before
    _end(run_id, MoveIn.State.FAILED, error_code=INTERRUPTED)
    if before.upload and not default_storage.exists(before.upload):
        raise SiteError("upload_gone")
    with transaction.atomic():
        if unfinished := MoveIn.objects.unfinished().filter(target_id=before.target_id).newest_first().first():
            return unfinished
        MoveIn.objects.filter(pk=run_id).update(upload="")
        run_row = MoveIn.objects.create(
            target_id=before.target_id, upload=before.upload, dry_run=dry_run, requested_by_id=by.pk if by else None
        )
        transaction.on_commit(partial(_enqueue, run_row.pk))
    return run_row


def cancel(run_id: int) -> None:
    """Stops a run: at once while it is queued, else at its next report; one that does not report, when asked twice."""
    runs = MoveIn.objects.filter(pk=run_id)
    deaf = runs.filter(state=MoveIn.State.RUNNING, cancel_requested=True)
    for stopped in (runs.filter(state=MoveIn.State.QUEUED), deaf):
        if stopped.update(state=MoveIn.State.CANCELLED, finished_at=timezone.now()):
            return
    runs.filter(state=MoveIn.State.RUNNING).update(cancel_requested=True)


def give_up_left_behind() -> int:
    """Ends every run whose worker was killed; only for who knows that no worker is at work. Says how many."""
    running = MoveIn.objects.filter(state=MoveIn.State.RUNNING)
    return running.update(state=MoveIn.State.FAILED, error_code=INTERRUPTED, finished_at=timezone.now())


def run(run_id: int, *, place_of: Callable[[Target], Place]) -> None:
    """Does the work of a queued run; any other is left alone. Never raises for what the row can say.

    `place_of` gives the repository of a target that is one.
    """
    queued = MoveIn.objects.filter(pk=run_id, state=MoveIn.State.QUEUED)
    if not queued.update(state=MoveIn.State.RUNNING, started_at=timezone.now()):
        return
    row = MoveIn.objects.select_related("target", "requested_by").get(pk=run_id)
    try:
        with _site_of(row, place_of) as site:
            report = move_in(site, row.target, progress=reporter(run_id), dry_run=row.dry_run, by=row.requested_by)
        _done(row, report)
    except MoveInCancelled:
        _end(run_id, MoveIn.State.CANCELLED)
    except (SiteError, PlaceError) as error:
        _end(run_id, MoveIn.State.FAILED, error_code=error.code, error_detail=error.detail)
    except Exception as error:
        logger.exception("move-in %d failed", run_id)
        _end(run_id, MoveIn.State.FAILED, error_code=UNEXPECTED, error_detail=f"{type(error).__name__}: {error}")
    except BaseException:
        _end(run_id, MoveIn.State.FAILED, error_code=INTERRUPTED)
        raise


@contextmanager
def _site_of(row: MoveIn, place_of: Callable[[Target], Place]) -> Iterator[Site]:
    """Where the run's posts come from. Raises `SiteError`, `PlaceError`."""
    if row.upload:
        try:
            file = default_storage.open(row.upload)
        except FileNotFoundError as error:
            raise SiteError("upload_gone") from error
        with file:
            yield SiteZip(file)
    elif row.target.kind == Target.Kind.FOLDER:
        yield SiteFolder(Path(row.target.location) / row.target.root)
    else:
        with place_of(row.target) as place:
            yield SitePlace(place)


def reporter(run_id: int, *, clock: Callable[[], float] = time.monotonic) -> Progress:
    """Writes progress to the row. Raises `MoveInCancelled` when the run was cancelled or given up meanwhile."""
    runs = MoveIn.objects.filter(pk=run_id, state=MoveIn.State.RUNNING, cancel_requested=False)
    next_at = clock()

    def report(done: int, expected: int) -> None:
        nonlocal next_at
        if clock() < next_at:
            return
        if not runs.update(done_count=done, expected_count=expected):
            raise MoveInCancelled
        next_at = clock() + REPORT_SECONDS

    return report


def _done(row: MoveIn, report: Report) -> None:
    counts = report.counts()
    _end(
        row.pk,
        MoveIn.State.DONE,
        result=counts | {"remarks": len(report.noted)},
        remarks=[noted.as_json() for noted in sorted(report.noted, key=lambda noted: rank(noted.code))[:MOST_REMARKS]],
        done_count=counts["posts"] + counts["page"],
        expected_count=counts["posts"] + counts["page"],
    )
    if row.upload and not row.dry_run:
        default_storage.delete(row.upload)


def _end(run_id: int, state: MoveIn.State, *, error_detail: str = "", **fields: object) -> bool:
    """Ends a run that is still running; False when it no longer was."""
    detail = plaintext.clean(error_detail)[:_LONGEST_DETAIL]
    running = MoveIn.objects.filter(pk=run_id, state=MoveIn.State.RUNNING)
    return bool(running.update(state=state, error_detail=detail, finished_at=timezone.now(), **fields))


def _sweep() -> None:
    """Uploads that nobody tried again for a week."""
    old = MoveIn.objects.exclude(upload="").filter(finished_at__lt=timezone.now() - UPLOADS_KEPT)
    for row in old:
        default_storage.delete(row.upload)
        MoveIn.objects.filter(pk=row.pk).update(upload="")
