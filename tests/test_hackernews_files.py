"""Saved answers of Hacker News's two interfaces, our own and recorded ones."""

import json
import random
from collections import Counter

import pytest

from digests import sources
from digests.sources import hackernews
from digests.sources.contract import (
    AddressNotUnderstood,
    BadAnswer,
    FetchedThread,
    NotAThread,
    SourceError,
    ThreadOrder,
)
from tests.fake_hn import FakeHackerNews
from tests.recorded import own_thread, shared_path

RANKED = ["130", "110", "112", "115", "111", "113", "114", "117", "116", "120", "121", "140", "150"]
TIMELY = ["110", "111", "112", "115", "120", "121", "130", "150"]


def ids(thread: FetchedThread) -> list[str]:
    return [comment.native_id for comment in thread.comments]


def test_a_saved_map_of_firebase_items_is_read() -> None:
    thread = hackernews.read_file(json.dumps(own_thread()).encode())
    assert (ids(thread), thread.order, thread.notes) == (RANKED, ThreadOrder.RANKED, ())


def test_a_saved_list_of_firebase_items_in_any_order_is_read() -> None:
    listed: list[object] = list(own_thread().values())
    random.Random(5).shuffle(listed)
    thread = hackernews.read_file("\ufeff" + json.dumps([*listed, None, listed[0]]))
    assert (ids(thread), thread.notes) == (RANKED, ())


def test_a_saved_algolia_item_is_read_by_time() -> None:
    with FakeHackerNews(own_thread()) as site:
        _, answer = site.answer("/api/v1/items/100")
    thread = hackernews.read_file(answer)
    assert (ids(thread), thread.order, thread.notes) == (TIMELY, ThreadOrder.TIME, ("file_unranked",))


def test_a_file_with_kids_missing_is_read_as_far_as_it_goes() -> None:
    part = {id_: item for id_, item in own_thread().items() if id_ in {"100", "110", "120", "117"}}
    thread = hackernews.read_file(json.dumps(part))
    assert ids(thread) == ["110", "120", "117"]
    assert thread.notes == ("file_incomplete", "parents_missing")


def test_backslashes_that_escape_nothing_are_taken_literally() -> None:
    text = json.dumps(own_thread()).replace("Cheap shelves", r"C:\shelves \\ \"x\" \\\d")
    bodies = {comment.native_id: comment.body for comment in hackernews.read_file(text).comments}
    assert bodies["114"] == r"C:\shelves \ " + '"x"' + r" \\d, click here"
    assert hackernews.read_file(text).notes == ("file_repaired",)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("", BadAnswer),
        ("{", BadAnswer),
        (b"\xff\xfe", BadAnswer),
        ("[" * 100_000, BadAnswer),
        (r'{"id": 1, "text": "\uZZZZ"}', BadAnswer),
        ("{}", BadAnswer),
        ("[]", BadAnswer),
        ("[3]", BadAnswer),
        ("3", AddressNotUnderstood),
        ('"https://news.ycombinator.com/item?id=1"', AddressNotUnderstood),
        ('{"data": {}}', AddressNotUnderstood),
        ('{"id": 1, "type": "comment", "parent": 5}', NotAThread),
        ('{"id": 1, "type": "job"}', NotAThread),
        ('{"id": 1, "type": "story", "dead": true}', NotAThread),
        ('{"id": 1, "type": "comment", "children": []}', NotAThread),
    ],
)
def test_a_file_that_is_no_thread_says_why(text: str | bytes, error: type[SourceError]) -> None:
    with pytest.raises(error):
        sources.read_file(text)


def test_a_file_of_two_stories_gives_the_one_it_discusses() -> None:
    saved = own_thread()
    saved["7"] = {"id": 7, "type": "story", "title": "another", "time": 5, "kids": [8, 9]}
    assert hackernews.read_file(json.dumps(saved)).native_id == "100"


def test_a_real_hiring_thread_with_dead_deleted_and_odd_items_is_read() -> None:
    thread = hackernews.read_file(shared_path("hackernews/firebase-items-16967543-toplevel.json").read_bytes())
    assert Counter(comment.state for comment in thread.comments) == {"live": 990, "deleted": 26, "dead": 17}
    assert "file_incomplete" in thread.notes


@pytest.mark.parametrize(
    ("name", "detail"),
    [("comment-2921983", "comment"), ("job-192327", "job"), ("poll-126809", "poll"), ("pollopt-160705", "pollopt")],
)
def test_the_official_examples_that_are_no_stories_say_so(name: str, detail: str) -> None:
    with pytest.raises(NotAThread, match=f"^{detail}$"):
        hackernews.read_file(shared_path(f"hackernews/firebase-official/{name}.json").read_bytes())


@pytest.mark.parametrize(("name", "points"), [("story-8863", 111), ("story-121003", 25)])
def test_the_official_stories_are_read(name: str, points: int) -> None:
    thread = hackernews.read_file(shared_path(f"hackernews/firebase-official/{name}.json").read_bytes())
    assert (thread.points, thread.comments, thread.notes) == (points, (), ("file_incomplete",))
