"""A delivery at a time: it waits, can be called off, survives a restart, and warns of what Hugo would hide."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.tasks import task_backends
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from digests import delivering
from digests.models import Delivery, Target
from tests.delivered import done, make_site, rewrite, standing
from tests.factories import make_digest

PATH = "content/posts/2026_09/2026_09_12_a_story/index.md"


def in_an_hour() -> datetime:
    return timezone.now() + timedelta(hours=1)


@pytest.mark.django_db
def test_it_waits_for_its_time(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None, due_at=in_an_hour())
    assert done(delivery).state == "scheduled"
    assert PATH not in standing(target)
    Delivery.objects.update(due_at=timezone.now())
    assert done(delivery).state == "done"
    assert PATH in standing(target)


@pytest.mark.django_db
def test_what_was_scheduled_goes_out_whatever_is_edited_until_then(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None, due_at=in_an_hour())
    rewrite(digest, "あとから直した")
    Delivery.objects.update(due_at=timezone.now())
    done(delivery)
    assert "一つ".encode() in standing(target)[PATH]


@pytest.mark.django_db
def test_a_scheduled_delivery_is_called_off(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None, due_at=in_an_hour())
    assert delivering.cancel(delivery.pk)
    Delivery.objects.update(due_at=timezone.now())
    assert done(delivery).state == "cancelled"


@pytest.mark.django_db
def test_our_own_pages_can_be_scheduled_without_any_site() -> None:
    digest = make_digest(texts=["一つ"])
    delivery = delivering.start(None, {digest.pk: 1}, by=None, due_at=in_an_hour())
    assert not digest.publications.live().exists()
    Delivery.objects.update(due_at=timezone.now())
    assert done(delivery).state == "done"
    assert digest.publications.live().exists()


@pytest.mark.django_db(transaction=True)
def test_the_queue_is_asked_for_that_time(tmp_path: Path, settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
    assert task_backends["default"].supports_defer
    at = in_an_hour()
    digest = make_digest(texts=["一つ"])
    delivery = delivering.start(make_site(tmp_path).pk, {digest.pk: 1}, by=None, due_at=at)
    asked = DBTaskResult.objects.get()
    assert (asked.task_path, asked.args_kwargs["args"], asked.run_after) == (
        "digests.tasks.deliver",
        [delivery.pk],
        at,
    )
    assert not DBTaskResult.objects.ready().exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["scheduled", "queued"])
def test_what_no_worker_knows_of_any_more_is_started(tmp_path: Path, settings, state: str) -> None:
    settings.TASKS = {"default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}}
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    delivery = delivering.start(target.pk, {digest.pk: 1}, by=None, due_at=in_an_hour())
    assert delivering.recover() == 0
    long_ago = timezone.now() - timedelta(minutes=10)
    Delivery.objects.update(due_at=long_ago, created_at=long_ago, state=state)
    assert delivering.recover() == 1
    delivery.refresh_from_db()
    assert delivery.state == "done"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("form", "at", "hidden"),
    [
        ({}, datetime(2026, 9, 12, 0, 0, tzinfo=UTC), False),
        ({}, datetime(2026, 9, 11, 23, 59, tzinfo=UTC), True),  # in Japan that is 08:59 of the same day
        ({"date_offset": "+09:00"}, datetime(2026, 9, 11, 15, 0, tzinfo=UTC), False),
        ({"date_offset": "+09:00"}, datetime(2026, 9, 11, 14, 59, tzinfo=UTC), True),
    ],
)
def test_a_date_that_hugo_would_hide_is_warned_of(tmp_path: Path, form, at, hidden) -> None:
    target, digest = make_site(tmp_path, form=form), make_digest(texts=["一つ"])
    post = delivering.plan(target.pk, [digest.pk], due_at=at).posts[0]
    assert (bool(post.notes), post.refused) == (hidden, False)


@pytest.mark.django_db
def test_a_plan_says_what_would_be_written_and_touches_nothing(tmp_path: Path) -> None:
    target, digest = make_site(tmp_path), make_digest(texts=["一つ"])
    Target.objects.update(location="/nowhere/at/all")  # it does not even ask
    plan = delivering.plan(target.pk, [digest.pk])
    post = plan.posts[0]
    assert (plan.refused, plan.changes, post.action, post.path, post.old_path) == (
        False,
        {digest.pk: 1},
        "new",
        PATH,
        "",
    )
    assert post.diff.startswith(f"--- /dev/null\n+++ {PATH}\n")
    assert not Delivery.objects.exists()
