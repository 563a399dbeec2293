"""A batch's proposals: the archive is gone through, and threads that are missing are sent for."""

from itertools import batched

from django.db import transaction
from django.utils.translation import gettext as _

from digests import importing
from digests.archive import proposing
from digests.archive.batches import step
from digests.archive.checking import is_known_thread
from digests.archive.edits import Edit
from digests.archive.proposing import Subject
from digests.models import Digest, ImportRun, RepairBatch, RepairItem

CHUNK = 40  # digests looked at together


def collect(batch: RepairBatch) -> None:
    """An item for each digest in which there is something to repair, or whose thread has to come first."""
    done = set(batch.items.values_list("digest_id", flat=True))
    found = proposing.candidates(batch.kind, batch.options).newest_first().values_list("pk", flat=True)
    waiting = [pk for pk in found if pk not in done]
    imports = int(batch.options.get("imports", 0)) - batch.items.filter(import_run__isnull=False).count()
    for number, chunk in enumerate(batched(waiting, CHUNK)):
        step(batch, done_count=number * CHUNK, expected_count=len(waiting))
        items = []
        for subject in proposing.load(chunk):
            if edits := proposing.edits_for(batch.kind, subject, batch.options):
                items.append(_item(batch, subject.digest, edits))
            elif imports > 0 and _is_missing(batch, subject):
                imports -= 1
                items.append(_sent_for(batch, subject.digest))
        RepairItem.objects.bulk_create(items, ignore_conflicts=True)
    step(batch, done_count=len(waiting), expected_count=len(waiting))
    for run_id in batch.items.waiting().values_list("import_run", flat=True):
        if run_id:
            thread_came(run_id)


def thread_came(run_id: int) -> None:
    """What waited for this import is looked at again, once that has ended one way or the other."""
    run = ImportRun.objects.get(pk=run_id)
    if not run.is_finished:
        return
    open_batches = [RepairBatch.State.COLLECTING, RepairBatch.State.PROPOSED]
    waiting = RepairItem.objects.waiting().filter(import_run=run, batch__state__in=open_batches)
    for item in waiting.select_related("batch"):
        with transaction.atomic():
            if item.digest_id is None or not (subjects := proposing.load([item.digest_id])):
                continue
            edits = proposing.edits_for(item.batch.kind, subjects[0], item.batch.options)
            item.edits, item.edit_count, item.changes = edits, len(edits), subjects[0].digest.changes
            item.state, item.chosen = RepairItem.State.PROPOSED, True
            if not edits:
                item.state, item.chosen = RepairItem.State.SKIPPED, False
                item.note = _why_not(run)
            RepairItem.objects.waiting().filter(pk=item.pk).update(
                **{name: getattr(item, name) for name in ("edits", "edit_count", "changes", "state", "chosen", "note")}
            )


def _item(batch: RepairBatch, digest: Digest, edits: list[Edit]) -> RepairItem:
    return RepairItem(batch=batch, digest=digest, changes=digest.changes, edits=edits, edit_count=len(edits))


def _is_missing(batch: RepairBatch, subject: Subject) -> bool:
    return (
        batch.kind == RepairBatch.Kind.THREAD and subject.thread is None and is_known_thread(subject.digest.source_url)
    )


def _sent_for(batch: RepairBatch, digest: Digest) -> RepairItem:
    run = importing.start(digest.source_url, requested_by=batch.requested_by)
    return RepairItem(
        batch=batch,
        digest=digest,
        changes=digest.changes,
        state=RepairItem.State.WAITING,
        chosen=False,
        import_run=run,
    )


def _why_not(run: ImportRun) -> str:
    if run.state == ImportRun.State.DONE:
        return _("The thread is here, but it is not the one that the digest retells.")
    if run.error_code:
        return importing.explain(run.error_code, run.error_detail)
    return _("The import of its thread was cancelled.")
