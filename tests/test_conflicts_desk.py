"""The page of a conflict: all three texts, and each of the ways to decide."""

from pathlib import Path

import pytest

from digests import delivering
from digests.models import Delivery, DeliveryItem, Publication
from tests.delivered import done, rewrite, send, standing
from tests.factories import make_digest
from tests.git_repositories import somebody_commits
from tests.pages import read, texts
from tests.test_delivering_conflicts import PATH, Story

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """Both sides changed the first quote, they the second and we the third."""
    story = Story(tmp_path)
    story.they_write("一つ", "一つ（よそ）")
    story.they_write("二つ", "二つ（よそ）")
    rewrite(story.digest, "一つ（うち）")
    quote = story.digest.quotes.get(position=2)
    quote.text = "三つ（うち）"
    quote.save()
    return story


def address(item: DeliveryItem) -> str:
    return f"/desk/deliveries/{item.delivery_id}/posts/{item.pk}/"


def answers(item: DeliveryItem, choice: str, **picks: str) -> dict[str, str]:
    return {"choice": choice, "theirs_sha256": item.theirs_sha256} | {
        name.replace("_", "-"): side for name, side in picks.items()
    }


def go_on(desk, item: DeliveryItem) -> Delivery:
    """From the decision on, as the pages lead."""
    page = read(desk, f"/desk/deliveries/{item.delivery_id}/")
    assert page.css_first(f"form[action='/desk/deliveries/{item.delivery_id}/retry/']") is not None
    desk.post(f"/desk/deliveries/{item.delivery_id}/retry/")
    return done(Delivery.objects.latest("pk"))


def test_the_delivery_leads_to_the_conflict_and_the_conflict_shows_all_three_texts(desk, story):
    item = story.stopped()
    links = [node.attributes["href"] for node in read(desk, f"/desk/deliveries/{item.delivery_id}/").css("#run a")]
    assert links.count(address(item)) == 2
    page = read(desk, address(item))
    columns = texts(page, ".place .column .text")
    assert columns == ["一つ", "一つ（よそ）", "一つ（うち）"]
    assert texts(page, ".place ins") == ["（よそ）", "（うち）"]
    assert [node.attributes["value"] for node in page.css("input[name=choice]")] == ["theirs", "ours", "merged"]
    assert "二つ（よそ）" in texts(page, ".halves")[0]
    assert "三つ（うち）" in texts(page, ".halves")[0]


def test_a_merge_takes_both_sides_and_the_side_that_was_chosen_where_they_meet(desk, story):
    item = story.stopped()
    answer = desk.post(address(item), answers(item, "merged", pick_0="ours"))
    assert answer.headers["Location"] == f"/desk/deliveries/{item.delivery_id}/"
    assert go_on(desk, item).state == "done"
    assert story.texts() == ["一つ（うち）", "二つ（よそ）", "三つ（うち）"]
    assert all(text in story.post for text in story.texts())


def test_theirs_becomes_the_digests_text(desk, story):
    item = story.stopped()
    desk.post(address(item), answers(item, "theirs"))
    assert go_on(desk, item).state == "done"
    assert story.texts() == ["一つ（よそ）", "二つ（よそ）", "三つ"]


def test_ours_replaces_exactly_what_was_shown(desk, story):
    item = story.stopped()
    desk.post(address(item), answers(item, "ours"))
    assert len(read(desk, address(item)).css("input[name=choice][checked]")) == 1  # it can still be decided otherwise
    assert go_on(desk, item).state == "done"
    assert "二つ（よそ）" not in story.post


def test_a_decision_about_another_text_than_the_one_shown_is_refused(desk, story):
    item = story.stopped()
    answer = desk.post(address(item), answers(item, "ours") | {"theirs_sha256": "0" * 64})
    assert answer.status_code == 409
    item.refresh_from_db()
    assert item.resolution == ""


@pytest.mark.parametrize(
    "given", [{}, {"choice": "nonsense"}, {"choice": "merged"}, {"choice": "merged", "pick-0": "x"}]
)
def test_what_is_not_decided_is_asked_again_with_what_was_ticked(desk, story, given):
    item = story.stopped()
    answer = desk.post(address(item), given | {"theirs_sha256": item.theirs_sha256})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.content.decode()
    item.refresh_from_db()
    assert item.resolution == ""


def test_a_digest_that_was_changed_meanwhile_keeps_its_changes(desk, story):
    item = story.stopped()
    rewrite(story.digest, "あとから")
    answer = desk.post(address(item), answers(item, "theirs"))
    assert answer.status_code == 422
    assert story.texts()[0] == "あとから"


def test_a_settled_conflict_leads_back_to_its_delivery(desk, story):
    item = story.stopped()
    desk.post(address(item), answers(item, "theirs"))
    assert desk.get(address(item)).headers["Location"] == f"/desk/deliveries/{item.delivery_id}/"
    other = DeliveryItem.objects.create(
        delivery=Delivery.objects.create(target=story.target, state="done"), digest=story.digest
    )
    assert desk.get(f"/desk/deliveries/{item.delivery_id}/posts/{other.pk}/").status_code == 404


def test_two_conflicts_are_decided_one_after_the_other(desk, story):
    other = make_digest(slug="other", texts=["一つ", "二つ"])
    send(story.target, other)
    path = PATH.replace("a_story", "other")
    content = standing(story.target)[path].replace("二つ".encode(), "二つ（よそ）".encode())
    somebody_commits(Path(story.target.location), {path: content})
    rewrite(other, "一つ（うち）")
    delivery = send(story.target, story.digest, other)
    first, second = delivery.items.order_by("path")
    assert desk.post(address(first), answers(first, "ours")).headers["Location"] == address(second)
    assert texts(read(desk, address(second)), ".place") == []  # nothing that both changed
    answer = desk.post(address(second), answers(second, "merged"))
    assert answer.headers["Location"] == f"/desk/deliveries/{delivery.pk}/"
    assert go_on(desk, second).state == "done"


def test_a_deleted_post_can_be_written_again_or_left_deleted(desk, tmp_path):
    story = Story(tmp_path)
    somebody_commits(Path(story.target.location), {PATH: None})
    rewrite(story.digest, "一つ（うち）")
    item = story.stopped()
    page = read(desk, address(item))
    assert [node.attributes["value"] for node in page.css("input[name=choice]")] == ["theirs", "ours"]
    desk.post(address(item), answers(item, "theirs"))
    assert go_on(desk, item).state == "done"
    assert PATH not in standing(story.target)
    assert not Publication.objects.live().exists()


def test_a_withdrawal_that_meets_a_change_can_leave_the_post_where_it_is(desk, tmp_path):
    story = Story(tmp_path)
    theirs = story.they_write("二つ", "二つ（よそ）")
    (started,) = delivering.withdraw([story.digest.pk], by=None)
    delivery = done(started)
    assert delivery.state == "conflict"
    item = delivery.items.get()
    page = read(desk, address(item))
    assert [node.attributes["value"] for node in page.css("input[name=choice]")] == ["theirs", "ours"]
    desk.post(address(item), answers(item, "theirs"))
    page = read(desk, f"/desk/deliveries/{delivery.pk}/")
    assert page.css("form[action$='retry/']") == []
    assert standing(story.target)[PATH] == theirs
