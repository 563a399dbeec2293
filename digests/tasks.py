"""What the background worker can be asked to do. Each task takes ids and calls one verb."""

from django.tasks import task

from digests import delivering, importing


@task
def import_thread(run_id: int) -> None:
    importing.run(run_id)


@task
def deliver(delivery_id: int) -> None:
    delivering.run(delivery_id)


@task
def watch_delivery(delivery_id: int, attempt: int = 0) -> None:
    delivering.watch(delivery_id, attempt)


@task
def recover_deliveries() -> None:
    delivering.recover()
