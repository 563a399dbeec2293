"""What the background worker can be asked to do. Each task takes ids and calls one verb."""

from django.tasks import task

from digests import importing


@task
def import_thread(run_id: int) -> None:
    importing.run(run_id)
