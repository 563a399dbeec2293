"""What the background worker can be asked to do. Each task takes ids and calls one verb."""

from django.conf import settings
from django.tasks import task

from digests import delivering, illustrations, importing
from digests.archive import checking, collecting, move_in_runs, repairing
from digests.curation.bin import empty
from digests.delivering.reaching import place_of
from digests.publishing import indexing


@task
def empty_bin() -> None:
    empty(days=settings.BIN_DAYS)


@task
def import_thread(run_id: int) -> None:
    importing.run(run_id)
    collecting.thread_came(run_id)


@task
def deliver(delivery_id: int) -> None:
    delivering.run(delivery_id)


@task
def watch_delivery(delivery_id: int, attempt: int = 0) -> None:
    delivering.watch(delivery_id, attempt)


@task
def recover_deliveries() -> None:
    delivering.recover()


@task
def move_in(run_id: int) -> None:
    move_in_runs.run(run_id, place_of=place_of)


@task
def index_search() -> None:
    indexing.index_missing()


@task
def make_pictures(publication_ids: list[int]) -> None:
    illustrations.make_pictures(publication_ids)


@task
def make_library_pictures(picture_ids: list[int]) -> None:
    illustrations.make_library_pictures(picture_ids)


@task
def make_missing_pictures() -> None:
    illustrations.make_missing_pictures()


@task
def check_archive(run_id: int) -> None:
    checking.run(run_id)


@task
def work_on_repairs(batch_id: int) -> None:
    repairing.work(batch_id)
