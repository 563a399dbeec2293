"""Publishing and withdrawing at once: one comes before the other, and nothing is left of what is not live."""

import threading
from collections.abc import Callable, Iterable
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.utils import timezone

from digests import delivering
from digests.delivering import ending, withdrawing
from digests.models import Delivery, Digest, Publication, SearchEntry
from digests.publishing import indexing
from digests.publishing.publish import publish, unpublish
from tests.factories import make_digest

pytestmark = pytest.mark.django_db(transaction=True)


def meanwhile(act: Callable[[], object]) -> threading.Thread:
    """Somebody else does it now, or waits for us."""

    def work() -> None:
        try:
            act()
        finally:
            connections.close_all()

    other = threading.Thread(target=work)
    other.start()
    other.join(timeout=1)
    return other


def publish_now(pk: int) -> Publication:
    return publish(pk, changes=Digest.objects.get(pk=pk).changes, by=None)


def assert_whole(pk: int) -> None:
    """What is live carries its tags and is found, all else neither."""
    live = set(Publication.objects.live().filter(digest=pk).values_list("pk", flat=True))
    through = Publication.tags.through.objects.filter(publication__digest=pk)
    assert set(through.values_list("publication_id", flat=True)) == live
    assert set(SearchEntry.objects.filter(publication__digest=pk).values_list("pk", flat=True)) == live


def test_a_digest_that_is_published_while_it_is_withdrawn_leaves_nothing_behind(
    client: Client, monkeypatch: pytest.MonkeyPatch
):
    digest = make_digest(texts=["語る"], tags=["平文"])
    publish_now(digest.pk)
    forget = indexing.forget
    others: list[threading.Thread] = []

    def slowly(digest_ids: Iterable[int]) -> None:
        forget(digest_ids)
        if not others:
            others.append(meanwhile(lambda: publish_now(digest.pk)))

    monkeypatch.setattr(indexing, "forget", slowly)
    unpublish(digest.pk)
    others[0].join()
    assert_whole(digest.pk)
    shown = Publication.objects.live().filter(digest=digest.pk).exists()
    assert client.get("/tags/平文/").status_code == (200 if shown else 404)


def test_publishing_and_withdrawing_many_times_at_once_ends_in_one_state() -> None:
    digest = make_digest(texts=["語る"], tags=["平文", "猫"])
    publish_now(digest.pk)
    together = threading.Barrier(4)
    failed: list[Exception] = []

    def work(act: Callable[[int], object]) -> None:
        together.wait()
        try:
            for _time in range(8):
                act(digest.pk)
        except Exception as error:
            failed.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(act,)) for act in (publish_now, unpublish) * 2]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failed == []
    assert_whole(digest.pk)


@pytest.mark.parametrize("first", ["publishing", "withdrawing"])
def test_what_is_due_at_the_moment_of_its_withdrawal_is_not_shown(first: str, monkeypatch: pytest.MonkeyPatch):
    digest = make_digest(texts=["語る"], tags=["平文"])
    delivery = delivering.start(None, {digest.pk: 1}, by=None, due_at=timezone.now() + timedelta(hours=1))
    Delivery.objects.update(due_at=timezone.now())
    acts = {
        "publishing": (ending, "_release", lambda: delivering.run(delivery.pk)),
        "withdrawing": (withdrawing, "take_out_of_waiting", lambda: delivering.withdraw([digest.pk], by=None)),
    }
    module, name, act = acts.pop(first)
    ((_module, _name, other),) = acts.values()
    real = getattr(module, name)
    others: list[threading.Thread] = []

    def slowly(*args: object, **options: object) -> object:
        others.append(meanwhile(other))
        return real(*args, **options)

    monkeypatch.setattr(module, name, slowly)
    act()
    others[0].join()
    assert not Publication.objects.live().exists()
    assert Delivery.objects.get().state == ("done" if first == "publishing" else "cancelled")
    assert_whole(digest.pk)
