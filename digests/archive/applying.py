"""Chosen repairs are made, digest by digest, and sent to the readers in one delivery for each site."""

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from digests.archive import edits, sending
from digests.archive.batches import step
from digests.models import Digest, Publication, RepairBatch, RepairItem


def apply(batch: RepairBatch) -> None:
    """Each digest in a transaction of its own: one that somebody changed meanwhile is left out, and says so."""
    for pk in list(RepairItem.objects.to_apply(batch.pk).in_order().values_list("pk", flat=True)):
        with transaction.atomic():
            step(batch)
            if item := RepairItem.objects.to_apply(batch.pk).filter(pk=pk).first():  # no other worker was faster
                _apply_one(batch, item)
                step(batch, done_count=F("done_count") + 1)
    sending.send(batch, RepairItem.State.APPLIED)


def undo(batch: RepairBatch) -> None:
    """The same backwards, as far as what the batch wrote still stands."""
    applied = batch.items.filter(state=RepairItem.State.APPLIED)
    for pk in list(applied.in_order().values_list("pk", flat=True)):
        with transaction.atomic():
            step(batch)
            if item := applied.filter(pk=pk).first():
                _undo_one(item)
                step(batch, done_count=F("done_count") + 1)
    sending.send(batch, RepairItem.State.UNDONE)


def _apply_one(batch: RepairBatch, item: RepairItem) -> None:
    rows = Digest.objects.select_for_update(of=("self",)).filter(pk=item.digest_id or 0, changes=item.changes)
    if (digest := rows.first()) is None:
        item.state, item.note = RepairItem.State.SKIPPED, _("Somebody changed the digest meanwhile.")
        item.save()
        return
    live = Publication.objects.live().filter(digest=digest).values("pk", "digest_changes").first()
    item.before_id = live["pk"] if live else None
    item.publishable = live is not None and live["digest_changes"] == item.changes
    if live and not item.publishable:
        item.note = _("Changed here only: the digest has other changes that have not been published.")
    item.state, item.changes_after = RepairItem.State.APPLIED, item.changes
    item.posts = sending.standing_now(digest)
    if batch.kind != RepairBatch.Kind.ESCAPING and edits.apply(digest, item.edits):
        item.changes_after += 1
    item.save()


def _undo_one(item: RepairItem) -> None:
    digest = Digest.objects.select_for_update(of=("self",)).filter(pk=item.digest_id or 0).first()
    if digest is None:
        item.state, item.note = RepairItem.State.SKIPPED, _("The digest has been deleted.")
        item.save()
        return
    item.publishable = item.publishable and digest.changes == item.changes_after
    item.note = "" if item.publishable else _("Taken back here only: the digest has been changed since.")
    back = [edit for edit in edits.reversed_(item.edits) if edit["field"] not in edits.IN_POSTS]
    done = edits.apply(digest, back)
    if done < len(back):
        item.note = _("Taken back as far as nobody has changed it since.")
    item.state, item.changes_after = RepairItem.State.UNDONE, digest.changes + (1 if done else 0)
    item.save()
