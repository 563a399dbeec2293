"""The life of a batch of repairs: proposals are collected, reviewed, applied and delivered as one, perhaps undone.

The batch's row says where it stands, and each item what became of it; so whoever follows a killed worker goes on where
that one stopped.
"""

import logging
from collections.abc import Collection, Mapping
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from digests.archive import applying, collecting
from digests.archive.batches import Dropped
from digests.models import RepairBatch, RepairItem

logger = logging.getLogger(__name__)

State = RepairBatch.State


class RepairError(Exception):
    """Something that cannot be done with the batch as it is. `str()` is a sentence for the editor."""


def propose(kind: str, options: Mapping[str, Any], *, by: AbstractBaseUser | None) -> RepairBatch:
    """A new batch, its collecting enqueued on commit.

    `options` by kind: TAGS `{"merges": {alias: kept}}`, COLORS `{"colors": {"#rrggbb": "#rrggbb" or ""}}`, THREAD
    `{"addresses": bool, "article": bool, "imports": how many missing threads to import}`, ESCAPING `{"target": id,
    "slight": bool}`.
    """
    with transaction.atomic():
        batch = RepairBatch.objects.create(kind=kind, options=dict(options), requested_by_id=by.pk if by else None)
        _enqueue(batch.pk)
    return batch


def choose(batch_id: int, *, shown: Collection[int], chosen: Collection[int]) -> None:
    """Of the items shown those chosen stay in, the others are left out. Only while the batch is reviewed."""
    with transaction.atomic():
        _expect(batch_id, State.PROPOSED)
        items = RepairItem.objects.filter(batch=batch_id, pk__in=list(shown))
        items.exclude(pk__in=list(chosen)).update(chosen=False)
        items.filter(pk__in=list(chosen)).update(chosen=True)


def apply(batch_id: int, *, message: str = "", by: AbstractBaseUser | None) -> None:
    """Has the chosen items applied and delivered; `message` is the commit's. Raises `RepairError`."""
    with transaction.atomic():
        batch = _expect(batch_id, State.PROPOSED)
        batch.expected_count = RepairItem.objects.to_apply(batch_id).count()
        if not batch.expected_count:
            raise RepairError(_("Nothing is ticked."))
        batch.state, batch.done_count, batch.applied_at = State.APPLYING, 0, timezone.now()
        batch.options = {**batch.options, "message": message}
        batch.requested_by_id = by.pk if by else None
        batch.save()
        _enqueue(batch_id)


def undo(batch_id: int, *, by: AbstractBaseUser | None) -> None:
    """Has what the batch changed changed back, as far as nobody changed it since, and delivered."""
    with transaction.atomic():
        batch = _expect(batch_id, State.APPLIED)
        batch.expected_count = RepairItem.objects.filter(batch=batch, state=RepairItem.State.APPLIED).count()
        batch.state, batch.done_count, batch.undone_at = State.UNDOING, 0, timezone.now()
        batch.requested_by_id = by.pk if by else None
        batch.save()
        _enqueue(batch_id)


def drop(batch_id: int) -> None:
    """Ends a batch that has not been applied, whether it is still being collected or not."""
    rows = RepairBatch.objects.filter(pk=batch_id, applied_at=None).exclude(state=State.CANCELLED)
    if not rows.update(state=State.CANCELLED, error_detail=""):
        raise RepairError(_("This batch can no longer be dropped."))


def go_on(batch_id: int) -> None:
    """Enqueues the work of a batch once more: of one that failed, or whose worker was killed."""
    with transaction.atomic():
        batch = RepairBatch.objects.select_for_update(of=("self",)).get(pk=batch_id)
        if batch.state == State.FAILED:
            batch.state = _stopped_in(batch)
            batch.error_detail = ""
            batch.save(update_fields=["state", "error_detail"])
        elif not batch.is_working:
            raise RepairError(_("There is nothing left to do."))
        _enqueue(batch_id)


def work(batch_id: int) -> None:
    """Does what the batch's state asks for, if anything. Never raises for what the row can say."""
    batch = RepairBatch.objects.select_related("requested_by").get(pk=batch_id)
    works = {State.COLLECTING: collecting.collect, State.APPLYING: applying.apply, State.UNDOING: applying.undo}
    after = {
        State.COLLECTING: State.PROPOSED,
        State.APPLYING: State.APPLIED,
        State.UNDOING: State.UNDONE,
    }
    if (state := State(batch.state)) not in works:
        return
    rows = RepairBatch.objects.filter(pk=batch_id, state=state)
    try:
        works[state](batch)
        rows.update(state=after[state])
    except Dropped:
        return
    except Exception as error:
        logger.exception("repairs %d failed", batch_id)
        rows.update(state=State.FAILED, error_detail=f"{type(error).__name__}: {error}"[:2000])


def _stopped_in(batch: RepairBatch) -> RepairBatch.State:
    if batch.undone_at:
        return State.UNDOING
    return State.APPLYING if batch.applied_at else State.COLLECTING


def _enqueue(batch_id: int) -> None:
    # The task is a door and lies above this layer; like the queue itself, this knows it by its path.
    transaction.on_commit(lambda: import_string("digests.tasks.work_on_repairs").enqueue(batch_id))


def _expect(batch_id: int, state: RepairBatch.State) -> RepairBatch:
    batch = RepairBatch.objects.select_for_update(of=("self",)).get(pk=batch_id)
    if batch.state != state:
        raise RepairError(_("Somebody has worked on this batch meanwhile. Look at it once more."))
    return batch
