"""Where a delivery stands while it runs, written to its row in short updates of its own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.utils import timezone

from digests.models import Delivery


class DeliveryCancelled(Exception):
    """Somebody asked for the end, or the row no longer says "running". Nothing was written."""


class Progress:
    """Steps in the order in which they were begun; a step done twice (after a rejected push) stands there twice."""

    def __init__(self, delivery: Delivery) -> None:
        self._rows = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.RUNNING)
        self.steps: list[dict[str, Any]] = []

    @contextmanager
    def step(self, step: Delivery.Step, *, may_stop: bool = True) -> Iterator[dict[str, Any]]:
        """The block is one step; what it puts under "note" of the value is kept. Raises `DeliveryCancelled`.

        Not where `may_stop` is false: what the site has already, the database must learn.
        """
        rows = self._rows.filter(cancel_requested=False) if may_stop else self._rows
        if not rows.update(step=step, steps=self.steps):
            raise DeliveryCancelled
        entry: dict[str, Any] = {"step": step.value, "at": timezone.now().isoformat(), "seconds": 0.0, "note": ""}
        began = time.monotonic()
        try:
            yield entry
        finally:
            entry["seconds"] = round(time.monotonic() - began, 3)
            self.steps.append(entry)

    def note(self, **fields: Any) -> None:
        """Other fields of the row, while it runs."""
        self._rows.update(steps=self.steps, **fields)
