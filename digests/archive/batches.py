"""What all work on a batch of repairs does: it says how far it has come, and stops when somebody ended it."""

from typing import Any

from digests.models import RepairBatch


class Dropped(Exception):
    """The batch is no longer in the state in which this work was begun."""


def step(batch: RepairBatch, **fields: Any) -> None:
    """Writes progress. Raises `Dropped` when somebody ended the work.

    Inside a transaction no other worker gets past this before the end of it.
    """
    if not RepairBatch.objects.filter(pk=batch.pk, state=batch.state).update(state=batch.state, **fields):
        raise Dropped
