"""Several at once, and a process that is killed in the middle: nothing is lost, doubled or half done."""

import signal
import threading
from pathlib import Path

import pytest
from django.db import connection, connections

from digests import delivering
from digests.delivering.reaching import place_of, turn_of
from digests.models import Delivery, Post, Publication, Target
from tests.delivered import another_process, commits, done, make_digests, make_site, rewrite, send, standing
from tests.factories import make_digest
from tests.git_repositories import somebody_commits

PATH = "content/posts/2026_09/2026_09_12_a_story/index.md"


class Meddled:
    """A place in which something happens before or after one of its methods."""

    def __init__(self, target: Target, method: str, what, *, times: int = 1) -> None:
        self.place, self.method, self.what, self.left = place_of(target), method, what, times

    def __enter__(self):
        self.place.__enter__()
        return self

    def __exit__(self, *error):
        return self.place.__exit__(*error)

    def __getattr__(self, name):
        if name == self.method and self.left:
            self.left -= 1
            self.what()
        return getattr(self.place, name)


@pytest.mark.django_db
@pytest.mark.parametrize("times", [1, 4])
def test_a_rejected_push_is_replayed_on_what_is_new(tmp_path: Path, times: int) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    bare = Path(target.location)
    pushed = iter(range(10))

    def somebody() -> None:
        somebody_commits(bare, {f"other-{next(pushed)}.txt": b"theirs"})

    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None)
    delivering.run(delivery.pk, place=Meddled(target, "push", somebody, times=times))
    delivery.refresh_from_db()
    assert (delivery.state, [step["step"] for step in delivery.steps].count("push")) == ("done", times + 1)
    assert {*standing(target)} == {"README.md", PATH, *(f"other-{number}.txt" for number in range(times))}


@pytest.mark.django_db
def test_who_is_always_too_late_is_told_so(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    bare = Path(target.location)
    pushed = iter(range(10))
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None)
    faster = Meddled(target, "push", lambda: somebody_commits(bare, {f"{next(pushed)}.txt": b"theirs"}), times=9)
    delivering.run(delivery.pk, place=faster)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == ("failed", "rejected")
    assert PATH not in standing(target)
    assert not Publication.objects.live().exists()


@pytest.mark.django_db
def test_an_edit_that_comes_between_two_pushes_is_not_overwritten(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    send(target, digest)
    rewrite(digest, "直した")
    theirs = standing(target)[PATH] + b"theirs\n"
    digest.refresh_from_db()
    delivery = delivering.start(target.pk, {digest.pk: digest.changes}, by=None)
    delivering.run(
        delivery.pk, place=Meddled(target, "push", lambda: somebody_commits(Path(target.location), {PATH: theirs}))
    )
    delivery.refresh_from_db()
    assert (delivery.state, bytes(delivery.items.get().theirs or b"")) == ("conflict", theirs)
    assert standing(target)[PATH] == theirs


@pytest.mark.django_db
def test_a_cancelled_run_stops_before_it_pushes(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None)
    delivering.run(delivery.pk, place=Meddled(target, "replay", lambda: delivering.cancel(delivery.pk)))
    delivery.refresh_from_db()
    assert (delivery.state, digest.publications.get().state) == ("cancelled", "failed")
    assert PATH not in standing(target)


@pytest.mark.django_db
def test_it_is_too_late_to_cancel_a_push(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None)
    told = []
    delivering.run(delivery.pk, place=Meddled(target, "push", lambda: told.append(delivering.cancel(delivery.pk))))
    delivery.refresh_from_db()
    assert (told, delivery.state) == ([False], "done")


@pytest.mark.django_db
def test_an_unexpected_error_is_in_the_row_and_readers_see_what_they_saw(tmp_path: Path, caplog) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None)

    def breaks() -> None:
        raise KeyError("a surprise")

    delivering.run(delivery.pk, place=Meddled(target, "replay", breaks))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.error_code) == ("failed", "unexpected")
    assert "a surprise" in delivery.error_detail
    assert digest.publications.get().state == "failed"


@pytest.mark.django_db(transaction=True)
def test_publishers_at_the_same_moment_queue_up(tmp_path: Path) -> None:
    target, digests = make_site(tmp_path), make_digests(4)
    deliveries = [delivering.start(target.pk, {digest.pk: 1}, by=None) for digest in digests]
    together = threading.Barrier(len(deliveries))

    def work(delivery: Delivery) -> None:
        together.wait()
        try:
            delivering.run(delivery.pk)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(delivery,)) for delivery in deliveries]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert {*Delivery.objects.values_list("state", flat=True)} == {"done"}
    assert (len(commits(target)), len(standing(target))) == (5, 5)


@pytest.mark.django_db
def test_who_waits_for_another_delivery_says_so_and_comes_back(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("digests.delivering.running.TURN_SECONDS", 0)
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None)
    turn = turn_of(target.pk)
    turn.take()
    waiting = done(delivery)
    assert (waiting.state, waiting.step) == ("queued", "wait")
    turn.give_back()
    assert done(delivery).state == "done"


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("method", ["fetch", "read", "replay", "push", "arrived"])
def test_no_transaction_is_open_while_the_place_is_busy(tmp_path: Path, method: str) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None)
    seen = []
    meddled = Meddled(target, method, lambda: seen.append(connection.in_atomic_block))
    delivering.run(delivery.pk, place=meddled)
    delivery.refresh_from_db()
    assert (delivery.state, seen) == ("done", [False])


KILLED_IN = """
import os, signal
from digests import delivering
from digests.models import Delivery
from tests.test_delivering_races import Meddled

delivery = Delivery.objects.get()
class Dying(Meddled):
    def __getattr__(self, name):
        method = super().__getattr__(name)
        def dies(*arguments):
            result = method(*arguments)
            os.kill(os.getpid(), signal.SIGKILL)
        return dies if name == "{after}" else method

before = "{before}"
delivering.run(delivery.pk, place=Dying(delivery.target, before, lambda: os.kill(os.getpid(), signal.SIGKILL)))
"""


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["git", "folder"])
@pytest.mark.parametrize(
    ("before", "after", "arrived"),
    [
        ("fetch", "", False),
        ("", "fetch", False),
        ("", "read", False),
        ("", "replay", False),
        ("push", "", False),
        ("", "push", True),
        ("", "arrived", True),
    ],
)
def test_what_a_killed_process_left_is_finished_or_undone(tmp_path, kind, before, after, arrived) -> None:
    target, digest = make_site(tmp_path, kind=kind), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None)
    process = another_process(KILLED_IN.format(before=before, after=after))
    assert process.wait(timeout=60) == -signal.SIGKILL
    delivery.refresh_from_db()
    assert delivery.state == "running"
    assert delivering.recover() == 1
    delivery.refresh_from_db()
    if arrived:
        assert (delivery.state, delivery.error_code) == ("done", "")
    else:
        assert (delivery.state, delivery.error_code) == ("failed", "interrupted")
        assert not Publication.objects.live().exists()
        assert {*standing(target)} == {"README.md"}
        assert done(delivering.retry(delivery.pk, by=None)).state == "done"
    assert {*standing(target)} == {"README.md", PATH}
    assert Post.objects.get().content == standing(target)[PATH]
    assert digest.publications.live().get() == Post.objects.get().publication
    if kind == "git":
        assert len(commits(target)) == 2


@pytest.mark.django_db(transaction=True)
def test_the_next_delivery_ends_what_was_left_behind(tmp_path: Path) -> None:
    target, (first, second) = make_site(tmp_path), make_digests(2)
    delivery = delivering.start(target.pk, {first.pk: 1}, by=None)
    assert another_process(KILLED_IN.format(before="", after="push")).wait(timeout=60) == -signal.SIGKILL
    send(target, second)
    delivery.refresh_from_db()
    assert (delivery.state, len(commits(target))) == ("done", 3)


@pytest.mark.django_db(transaction=True)
def test_a_run_that_is_at_work_is_not_taken_for_one_left_behind(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None)
    told = []
    delivering.run(delivery.pk, place=Meddled(target, "replay", lambda: told.append(delivering.recover())))
    delivery.refresh_from_db()
    assert (told, delivery.state) == ([0], "done")
