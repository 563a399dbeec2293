"""A delivery at a time, as an editor sees it: late because no worker is there, and moved to another time."""

from datetime import timedelta

import pytest
from django.utils import timezone

from digests import delivering
from digests.models import Delivery, Digest, Target
from tests.delivered import make_site
from tests.factories import make_digest
from tests.pages import read, texts

pytestmark = pytest.mark.django_db


@pytest.fixture
def digest() -> Digest:
    return make_digest(texts=["一つ"])


def scheduled(target: Target | None, digest: Digest) -> Delivery:
    due_at = timezone.now() + timedelta(hours=1)
    return delivering.start(target.pk if target else None, {digest.pk: digest.changes}, by=None, due_at=due_at)


def test_one_that_was_due_and_still_waits_is_called_overdue_everywhere(desk, digest, asking_in_english):
    delivery = scheduled(None, digest)
    pages = ("/desk/", "/desk/deliveries/", f"/desk/deliveries/{delivery.pk}/")
    assert [word for path in pages for word in texts(read(desk, path), "main") if "overdue" in word] == []
    assert "waits for the background worker" not in texts(read(desk, pages[2]), "#run")[0]
    Delivery.objects.update(due_at=timezone.now() - timedelta(minutes=5))
    assert len(texts(read(desk, "/desk/"), "#under-way .warn, .digests .chip.failed")) == 2
    assert len(texts(read(desk, "/desk/deliveries/"), ".deliveries .warn")) == 1
    assert "waits for the background worker" in texts(read(desk, pages[2]), "#run")[0]


def test_another_time_is_chosen_by_stopping_it_and_planning_the_same_posts(desk, digest, tmp_path):
    target = make_site(tmp_path)
    delivery = scheduled(target, digest)
    address = f"/desk/deliveries/{delivery.pk}/cancel/"
    assert len(read(desk, f"/desk/deliveries/{delivery.pk}/").css(f"form[action='{address}'] [name=again]")) == 1
    answer = desk.post(address, {"again": "1"})
    assert answer.headers["Location"] == f"/desk/deliveries/plan/?target={target.pk}&digest={digest.pk}"
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"
    assert len(read(desk, answer.headers["Location"]).css(".message.info, [name=at]")) == 2


def test_what_is_over_is_not_planned_anew(desk, digest):
    delivery = scheduled(None, digest)
    Delivery.objects.update(state="done", finished_at=timezone.now())
    answer = desk.post(f"/desk/deliveries/{delivery.pk}/cancel/", {"again": "1"})
    assert answer.headers["Location"] == f"/desk/deliveries/{delivery.pk}/"
