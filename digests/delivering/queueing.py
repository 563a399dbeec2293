"""Work for the background: now, or at a time. Arguments are ids; the rows say how it went."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string


def enqueue(task: str, *arguments: int, at: datetime | None = None) -> None:
    """Once the transaction is committed. A queue that cannot wait leaves what is for later to `recover`."""
    transaction.on_commit(partial(_enqueue, task, arguments, at))


def _enqueue(name: str, arguments: tuple[int, ...], at: datetime | None) -> None:
    task = _task(name)
    if at is None:
        task.enqueue(*arguments)
    elif task.get_backend().supports_defer:
        task.using(run_after=at).enqueue(*arguments)


def can_wait() -> bool:
    """Whether the queue can be asked for work at a later time."""
    return bool(_task("deliver").get_backend().supports_defer)


def _task(name: str) -> Any:
    # The tasks are doors and lie above this layer; like the queue itself, this knows them by their paths.
    return import_string(f"digests.tasks.{name}")
