"""After the push: the site is looked at until it shows the digest, or what is missing is said."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from digests import delivering
from digests.delivering import live
from digests.models import Delivery, Digest, Target
from digests.publishing.watching import MOST_LOOKS
from tests.delivered import make_digests, make_site, rewrite, send
from tests.factories import make_digest

pytestmark = pytest.mark.django_db

SITE = "https://site.example"
PAGE = f"{SITE}/posts/2026_09/2026_09_12_a_story/"
HOOK = "https://hooks.example/build/s3cret"
TEXTS = ["はじめの長い引用です", "つぎの長い引用です"]


class Web:
    """Pages by address, and what was asked for."""

    def __init__(self, pages: dict[str, str] | None = None, **answers: httpx.Response) -> None:
        self.pages, self.answers = pages or {}, answers
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(f"{request.method} {request.url}")
        if request.url.host in self.answers:
            return self.answers[request.url.host]
        page = self.pages.get(str(request.url))
        return httpx.Response(404) if page is None else httpx.Response(200, html=page)

    @property
    def clients(self) -> Callable[[], httpx.AsyncClient]:
        return lambda: httpx.AsyncClient(transport=httpx.MockTransport(self))


def page(*texts: str) -> str:
    quotes = "".join(f"<div class='q'><p>{text}</p></div>" for text in texts)
    return f"<!doctype html><title>平文の話</title><h1>平文の話</h1>{quotes}"


def sent(tmp_path: Path, **fields) -> Delivery:
    return send(make_site(tmp_path, site_url=SITE, **fields), make_digest(texts=TEXTS))


def looked(delivery: Delivery, web: Web, attempt: int = 0) -> Delivery:
    live.watch(delivery.pk, attempt, clients=web.clients)
    return Delivery.objects.get(pk=delivery.pk)


def test_a_site_without_an_address_is_not_looked_at(tmp_path: Path) -> None:
    delivery = send(make_site(tmp_path), make_digest(texts=TEXTS))
    web = Web()
    assert (delivery.live, looked(delivery, web).live, web.asked) == ("", "", [])


def test_a_page_that_shows_the_digest_is_live(tmp_path: Path) -> None:
    delivery = sent(tmp_path)
    assert delivery.live == "waiting"
    web = Web({PAGE: page(*TEXTS)})
    assert (looked(delivery, web).live, web.asked) == ("live", [f"GET {PAGE}"])
    assert looked(delivery, web).live == "live"
    assert len(web.asked) == 1


def test_a_page_of_the_version_before_is_waited_for_and_then_told(tmp_path: Path) -> None:
    delivery = sent(tmp_path)
    web = Web({PAGE: page(TEXTS[0])})
    assert looked(delivery, web).live == "waiting"
    last = looked(delivery, web, MOST_LOOKS - 1)
    assert last.live == "missing"
    assert PAGE in last.live_detail
    assert TEXTS[1] in last.live_detail


@pytest.mark.django_db(transaction=True)
def test_the_next_look_is_a_task_for_later(tmp_path: Path, settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    delivery = sent(tmp_path)
    DBTaskResult.objects.all().delete()
    looked(delivery, Web(), 3)
    task = DBTaskResult.objects.get()
    assert (task.task_path, task.args_kwargs["args"]) == ("digests.tasks.watch_delivery", [delivery.pk, 4])
    assert task.run_after > timezone.now() + timedelta(seconds=5)


def test_of_many_pages_only_the_first_that_is_missing_is_asked_for_until_the_last_look(tmp_path: Path) -> None:
    delivery = send(make_site(tmp_path, site_url=SITE), *make_digests(3))
    web = Web()
    looked(delivery, web)
    assert len(web.asked) == 1
    last = looked(delivery, web, MOST_LOOKS - 1)
    assert (len(web.asked), len(last.live_detail.splitlines())) == (4, 3)


def test_what_a_later_delivery_replaced_is_not_missed(tmp_path: Path):
    first = sent(tmp_path)
    digest = Digest.objects.get()
    rewrite(digest, "あとの長い引用です")
    second = send(Target.objects.get(), digest)
    web = Web({PAGE: page("あとの長い引用です", TEXTS[1])})
    assert (looked(first, web).live, looked(second, web).live) == ("live", "live")


@pytest.mark.parametrize(
    ("shown", "gone"), [(None, True), ("<title>取り下げ</title><p>取り下げました</p>", True), (page(*TEXTS), False)]
)
def test_a_withdrawn_post_is_looked_for_until_it_is_gone(tmp_path: Path, shown: str | None, gone: bool) -> None:
    digest = sent(tmp_path).items.get().digest
    (delivery,) = delivering.withdraw([digest.pk], by=None)
    delivering.run(delivery.pk)
    web = Web({PAGE: shown} if shown else {})
    assert looked(delivery, web, MOST_LOOKS - 1).live == ("live" if gone else "missing")


def test_the_build_hook_is_called_once_and_its_address_is_nowhere(tmp_path: Path, monkeypatch, caplog) -> None:
    monkeypatch.setenv("MATOME_HOOK_SITE", HOOK)
    delivery = sent(tmp_path, hook_variable="MATOME_HOOK_SITE")
    web = Web()
    looked(delivery, web)
    looked(delivery, web, 1)
    assert [one for one in web.asked if one.startswith("POST")] == [f"POST {HOOK}"]
    assert "s3cret" not in f"{Delivery.objects.values_list()}{caplog.text}"


@pytest.mark.parametrize("value", [HOOK, ""])
def test_a_hook_that_fails_is_told_and_the_site_looked_at_all_the_same(tmp_path: Path, monkeypatch, value) -> None:
    monkeypatch.setenv("MATOME_HOOK_SITE", value)
    delivery = sent(tmp_path, hook_variable="MATOME_HOOK_SITE")
    web = Web({PAGE: page(*TEXTS)}, **{"hooks.example": httpx.Response(500)})
    after = looked(delivery, web)
    assert (after.live, bool(after.live_detail), "s3cret" in after.live_detail) == ("live", True, False)


@pytest.mark.parametrize(
    ("said", "build"), [("success", "success"), ("failure", "failure"), ("pending", "pending"), (None, "")]
)
def test_the_forges_word_about_the_commit_is_kept(tmp_path: Path, said: str | None, build: str) -> None:
    delivery = sent(tmp_path)
    Target.objects.update(location="https://codeberg.org/us/site.git")
    status = {"status": said, "target_url": "https://ci.example/1", "context": "pages", "description": "built"}
    answer = httpx.Response(200, json={"state": said or "", "statuses": [status] if said else []})
    after = looked(delivery, Web({PAGE: page(*TEXTS)}, **{"codeberg.org": answer}))
    assert (after.build, after.build_url) == (build, "https://ci.example/1" if said else "")
    assert after.live == "live"


@pytest.mark.django_db(transaction=True)
def test_a_site_that_nobody_looks_at_any_more_gets_its_last_look(tmp_path: Path, settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    delivery = sent(tmp_path)
    Delivery.objects.update(finished_at=timezone.now() - timedelta(hours=1))
    DBTaskResult.objects.all().delete()
    assert delivering.recover() == 1
    assert DBTaskResult.objects.get().args_kwargs["args"] == [delivery.pk, MOST_LOOKS - 1]
