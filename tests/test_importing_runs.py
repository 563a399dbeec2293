"""The life of an import run: started, followed, cancelled, tried again, and what it says when it failed."""

import logging
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.utils import timezone, translation
from pytest_django import DjangoCaptureOnCommitCallbacks
from pytest_django.fixtures import Settings

from digests import importing, sources, tasks
from digests.importing import runs
from digests.models import Comment, ImportRun, Thread
from digests.sources import contract
from digests.sources.contract import ImportCancelled, SourceError
from digests.sources.web import Client
from tests.factories import make_editor
from tests.fake_hn import FakeHackerNews
from tests.recorded import own_thread

pytestmark = pytest.mark.django_db

State = ImportRun.State
ADDRESS = "https://news.ycombinator.com/item?id=100"


@pytest.fixture
def site() -> Iterator[FakeHackerNews]:
    with FakeHackerNews(own_thread()) as site:
        yield site


@pytest.fixture
def editor() -> User:
    return make_editor()


async def no_wait(_seconds: float) -> None:
    pass


def client(site: FakeHackerNews, **fields: Any) -> Client:
    usual: dict[str, Any] = {"allow_loopback": True, "timeout_seconds": 1, "sleep": no_wait}
    bases = {"hn_algolia": site.algolia_url, "hn_firebase": site.firebase_url}
    return Client(bases=bases, user_agent="Matome/test", **usual | fields)


def queued(address: str = ADDRESS, **fields: Any) -> ImportRun:
    return ImportRun.objects.create(address=address, **fields)


def work(run: ImportRun, client: Client) -> ImportRun:
    importing.run(run.pk, client=client)
    run.refresh_from_db()
    return run


def test_a_run_brings_in_its_thread(site: FakeHackerNews) -> None:
    run = work(queued(), client(site))
    assert run.state == State.DONE
    assert run.thread == Thread.objects.get(native_id="100")
    assert (run.done_count, run.expected_count, run.marked_id) == (13, 13, "")
    assert run.started_at is not None
    assert run.finished_at is not None
    assert (run.error_code, run.error_detail) == ("", "")


def test_a_comments_permalink_leaves_its_mark(site: FakeHackerNews) -> None:
    run = work(queued("https://news.ycombinator.com/item?id=115"), client(site))
    assert (run.state, run.marked_id) == (State.DONE, "115")
    assert Comment.objects.filter(thread=run.thread).count() == 13


@pytest.mark.parametrize(
    ("algolia", "firebase", "code"),
    [
        ({"status": 404}, {"kind": "null"}, "thread_not_found"),
        ({"status": 429, "retry_after": "1"}, {"status": 429, "retry_after": "1"}, "source_refused"),
        ({"status": 429, "retry_after": "9999"}, {"status": 503}, "source_refused"),
        ({"kind": "truncated"}, {"kind": "truncated"}, "bad_answer"),
        ({"kind": "hang"}, {"kind": "hang"}, "source_unreachable"),
        ({"kind": "reset"}, {"kind": "reset"}, "source_unreachable"),
        ({"status": 500}, {"kind": "oversize", "oversize_bytes": 2**21}, "answer_too_large"),
    ],
)
def test_a_failed_run_says_why_and_leaves_no_thread(
    site: FakeHackerNews, algolia: dict[str, Any], firebase: dict[str, Any], code: str
) -> None:
    site.fail("/api/v1/", **algolia)
    site.fail("/v0/", **firebase)
    run = work(queued(), client(site))
    assert (run.state, run.error_code) == (State.FAILED, code)
    assert run.error_detail
    assert run.finished_at is not None
    assert not Thread.objects.exists()


@pytest.mark.parametrize(
    ("fields", "detail"), [({"dead": True}, "dead"), ({"type": "poll"}, "poll"), ({"type": "job"}, "job")]
)
def test_a_dead_story_a_poll_and_a_job_are_no_threads(
    site: FakeHackerNews, fields: dict[str, Any], detail: str
) -> None:
    site.items[100] = {**site.items[100], **fields}
    run = work(queued(), client(site))
    assert (run.state, run.error_code) == (State.FAILED, "not_a_thread")
    assert run.error_detail.split(";")[0] == detail


def test_a_failure_half_way_leaves_no_half_written_thread(site: FakeHackerNews) -> None:
    site.fail("/api/v1/", status=500)
    site.fail("/v0/item/116", status=500)
    assert work(queued(), client(site)).state == State.FAILED
    assert (Thread.objects.count(), Comment.objects.count()) == (0, 0)


def test_a_failed_update_leaves_the_thread_as_it_was(site: FakeHackerNews) -> None:
    work(queued(), client(site))
    before = list(Comment.objects.values()), list(Thread.objects.values())
    site.fail("/", status=503)
    assert work(queued(), client(site)).state == State.FAILED
    assert (list(Comment.objects.values()), list(Thread.objects.values())) == before


def test_an_error_of_our_own_is_said_and_logged(site: FakeHackerNews, caplog: pytest.LogCaptureFixture) -> None:
    broken = Client(bases={}, user_agent="x")
    with caplog.at_level(logging.ERROR):
        run = work(queued(), broken)
    assert (run.state, run.error_code, run.error_detail) == (State.FAILED, "unexpected", "KeyError: 'hn_algolia'")
    assert "Traceback" in caplog.text


def test_a_worker_that_is_stopped_says_so_before_it_goes(site: FakeHackerNews) -> None:
    run = queued()

    async def stopped(_seconds: float) -> None:
        raise KeyboardInterrupt

    site.fail("/api/v1/", status=500)
    with pytest.raises(KeyboardInterrupt):
        importing.run(run.pk, client=client(site, sleep=stopped))
    run.refresh_from_db()
    assert (run.state, run.error_code) == (State.FAILED, "interrupted")


@pytest.mark.parametrize(
    "fields",
    [
        {"state": State.RUNNING},
        {"state": State.CANCELLED},
        {"state": State.FAILED, "error_code": "bad_answer"},
        {"state": State.DONE},
    ],
)
def test_a_run_that_is_not_queued_is_not_run_again(site: FakeHackerNews, fields: dict[str, Any]) -> None:
    run = work(queued(**fields), client(site))
    assert run.state == fields["state"]
    assert site.requests == []


def test_the_same_thread_imported_twice_stays_one(site: FakeHackerNews) -> None:
    first, second = work(queued(), client(site)), work(queued("100"), client(site))
    assert first.thread == second.thread
    assert Comment.objects.count() == 13


# Starting.


def test_starting_makes_a_row_and_enqueues_its_id_once_it_is_committed(
    editor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks, site: FakeHackerNews,
    settings: Settings, tasks_run_at_once: None,
) -> None:  # fmt: skip
    settings.HN_ALGOLIA_URL, settings.HN_FIREBASE_URL = site.algolia_url, site.firebase_url
    settings.ALLOW_LOOPBACK_SOURCES = True
    with django_capture_on_commit_callbacks(execute=True):
        run = importing.start(f"  {ADDRESS}\n", requested_by=editor)
        assert (run.state, run.address, run.requested_by) == (State.QUEUED, ADDRESS, editor)
        assert site.requests == []
    run.refresh_from_db()
    assert run.state == State.DONE
    (agent,) = site.user_agents
    assert re.fullmatch(r"Matome/\d+\.\d+\.\d+ \(\+http://.+\)", agent)


def test_a_task_waits_for_the_commit(
    editor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        importing.start(ADDRESS, requested_by=editor)
    assert len(callbacks) == 1


@pytest.mark.parametrize("again", ["100", "news.ycombinator.com/item?id=100&p=2", ADDRESS + "#115"])
@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_the_same_item_is_not_imported_twice_at_once(again: str, state: ImportRun.State) -> None:
    run = queued(state=state)
    assert importing.start(again, requested_by=None) == run
    assert importing.start("101", requested_by=None) != run


def test_a_finished_import_can_be_started_again() -> None:
    run = queued(state=State.CANCELLED)
    queued("what is this", state=State.RUNNING)
    assert importing.start(ADDRESS, requested_by=None) != run


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("what is this", "address_not_understood"),
        ("", "address_not_understood"),
        ("a\x00b", "address_not_understood"),
        ("x" * 5000, "address_not_understood"),
        ("https://news.ycombinator.com/user?id=pg", "not_a_thread"),
    ],
)
def test_an_address_that_is_not_understood_fails_at_once(
    address: str, code: str, editor: User, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        run = importing.start(address, requested_by=editor)
    run.refresh_from_db()
    assert (run.state, run.error_code, callbacks) == (State.FAILED, code, [])


def test_the_task_takes_an_id_alone(site: FakeHackerNews) -> None:
    run = queued(state=State.CANCELLED)
    tasks.import_thread.call(run.pk)
    run.refresh_from_db()
    assert run.state == State.CANCELLED


# Progress and cancelling.


def test_progress_is_written_at_most_twice_a_second() -> None:
    run = queued(state=State.RUNNING)
    now = 0.0
    report = runs.reporter(run.pk, clock=lambda: now)
    written = []
    for tick in range(21):
        now = tick / 10
        report(tick, 20)
        run.refresh_from_db()
        written.append(run.done_count)
    assert sorted(set(written)) == [0, 5, 10, 15, 20]
    assert run.expected_count == 20


@pytest.mark.parametrize(
    "fields", [{"cancel_requested": True}, {"state": State.FAILED, "error_code": "x"}, {"state": State.CANCELLED}]
)
def test_a_run_that_is_no_longer_wanted_stops_at_its_next_report(fields: dict[str, Any]) -> None:
    run = queued(**{"state": State.RUNNING} | fields)
    with pytest.raises(ImportCancelled):
        runs.reporter(run.pk)(1, 2)


def test_cancelling_a_queued_run_ends_it_at_once(site: FakeHackerNews) -> None:
    run = queued()
    importing.cancel(run.pk)
    assert work(run, client(site)).state == State.CANCELLED
    assert (site.requests, run.finished_at is not None) == ([], True)


def test_cancelling_a_run_whose_worker_is_gone_takes_asking_twice() -> None:
    run = queued(state=State.RUNNING)
    importing.cancel(run.pk)
    run.refresh_from_db()
    assert (run.state, run.cancel_requested) == (State.RUNNING, True)
    importing.cancel(run.pk)
    run.refresh_from_db()
    assert run.state == State.CANCELLED


def test_cancelling_a_finished_run_changes_nothing() -> None:
    run = queued(state=State.DONE)
    importing.cancel(run.pk)
    run.refresh_from_db()
    assert (run.state, run.cancel_requested) == (State.DONE, False)


@pytest.mark.django_db(transaction=True)
def test_cancelling_a_running_run_stops_it_within_a_second(site: FakeHackerNews) -> None:
    site.fail("/v0/item/110", "hang")
    run = queued()

    def worker() -> None:
        try:
            importing.run(run.pk, client=client(site, timeout_seconds=60))
        finally:
            connections.close_all()

    thread = threading.Thread(target=worker)
    thread.start()
    wait_until(lambda: bool(site.asked("/v0/item/110")))
    wait_until(lambda: ImportRun.objects.get(pk=run.pk).done_count > 0)
    started = time.monotonic()
    importing.cancel(run.pk)
    thread.join(timeout=10)
    assert time.monotonic() - started < 2
    run.refresh_from_db()
    assert (run.state, run.error_code) == (State.CANCELLED, "")
    assert not Thread.objects.exists()


def wait_until(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_no_transaction_is_open_while_the_site_is_asked(site: FakeHackerNews, monkeypatch: pytest.MonkeyPatch) -> None:
    depths = []
    fetch = sources.fetch

    def watched(*args: Any, **kwargs: Any) -> Any:
        depths.append(len(connection.savepoint_ids))
        return fetch(*args, **kwargs)

    monkeypatch.setattr(sources, "fetch", watched)
    before = len(connection.savepoint_ids)
    work(queued(), client(site))
    assert depths == [before]


# Trying again.


@pytest.mark.parametrize("state", [State.FAILED, State.CANCELLED, State.DONE])
def test_a_finished_run_is_tried_again_as_a_new_one(editor: User, state: ImportRun.State) -> None:
    code = "bad_answer" if state == State.FAILED else ""
    run = queued(state=state, error_code=code, requested_by=editor)
    again = importing.retry(run.pk)
    assert again != run
    assert (again.address, again.state, again.requested_by) == (ADDRESS, State.QUEUED, editor)
    run.refresh_from_db()
    assert (run.state, run.error_code) == (state, code)


def test_a_run_left_behind_by_its_worker_is_given_up_and_tried_again(site: FakeHackerNews) -> None:
    run = queued(state=State.RUNNING, started_at=timezone.now())
    again = importing.retry(run.pk)
    run.refresh_from_db()
    assert (run.state, run.error_code) == (State.FAILED, "interrupted")
    assert work(again, client(site)).state == State.DONE


def test_a_queued_run_is_enqueued_again(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    run = queued()
    with django_capture_on_commit_callbacks() as callbacks:
        assert importing.retry(run.pk) == run
    assert len(callbacks) == 1


# Words.

CODES = [
    *(error.code for error in vars(contract).values() if isinstance(error, type) and issubclass(error, SourceError)),
    *(runs.UNEXPECTED, runs.INTERRUPTED),
    *("algolia_failed", "ranks_failed", "ranks_kept", "comments_missing", "parents_missing"),
    *("file_unranked", "file_incomplete", "file_repaired", "ranked", "time"),
]


@pytest.mark.parametrize("code", CODES)
def test_each_code_has_a_sentence_of_its_own(code: str) -> None:
    with translation.override("en"):
        words = importing.explain(code)
    assert words.endswith(".")
    assert f"“{code}”" not in words


@pytest.mark.parametrize("detail", ["job", "poll", "pollopt", "user", "dead", "deleted", "comment"])
def test_what_is_no_thread_is_named(detail: str) -> None:
    with translation.override("en"):
        precise = importing.explain("not_a_thread", f"{detail}; before that Algolia: 500")
        assert precise != importing.explain("not_a_thread")
        assert importing.explain("not_a_thread", "something else") == importing.explain("not_a_thread")


def test_an_unknown_code_is_at_least_shown() -> None:
    with translation.override("en"):
        assert importing.explain("brand_new") == "The import reports “brand_new”."
