"""Hacker News: which addresses are understood, and how a thread comes in, in the site's own order, whatever fails."""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from digests.sources import hackernews
from digests.sources.contract import (
    AnswerTooLarge,
    BadAnswer,
    CommentState,
    FetchedThread,
    ImportCancelled,
    NotAThread,
    SourceError,
    SourceRefused,
    SourceUnreachable,
    ThreadNotFound,
    ThreadOrder,
)
from digests.sources.hackernews import fetching, items
from digests.sources.web import Client
from tests.fake_hn import FakeHackerNews
from tests.recorded import own_thread, shared_path, shared_thread

RANKED = ["130", "110", "112", "115", "111", "113", "114", "117", "116", "120", "121", "140", "150"]
TIMELY = ["110", "111", "112", "115", "120", "121", "130", "150"]  # without what Algolia does not have


@pytest.fixture
def site() -> Iterator[FakeHackerNews]:
    with FakeHackerNews(own_thread()) as site:
        yield site


async def no_wait(_seconds: float) -> None:
    pass


def fetch(site: FakeHackerNews, address: str = "100", **fields: Any) -> FetchedThread:
    usual: dict[str, Any] = {"allow_loopback": True, "timeout_seconds": 5, "sleep": no_wait}
    bases = {"hn_algolia": site.algolia_url, "hn_firebase": site.firebase_url}
    progress = fields.pop("progress", lambda done, expected: None)
    return hackernews.fetch(
        address, client=Client(bases=bases, user_agent="Matome/test", **usual | fields), progress=progress
    )


def ids(thread: FetchedThread) -> list[str]:
    return [comment.native_id for comment in thread.comments]


def firebase_requests(site: FakeHackerNews) -> list[int]:
    return sorted(int(path.split("/")[-1].removesuffix(".json")) for path in site.asked("/v0/item/"))


# The usual way: bodies from Algolia, order from Firebase.


def test_a_thread_comes_in_the_sites_own_order(site: FakeHackerNews) -> None:
    thread = fetch(site)
    assert (thread.order, thread.notes) == (ThreadOrder.RANKED, ())
    assert ids(thread) == RANKED
    ranks = {comment.native_id: comment.rank for comment in thread.comments if comment.parent_id == "110"}
    assert ranks == {"112": 0, "111": 1, "113": 2, "114": 3}


def test_the_story_comes_with_all_that_is_known_of_it(site: FakeHackerNews) -> None:
    thread = fetch(site, "https://news.ycombinator.com/item?id=100")
    assert (thread.source, thread.native_id, thread.author) == ("hackernews", "100", "mallory_gardens")
    assert thread.title == "Moving a 1974 library catalogue to plain text"
    assert thread.url == "https://news.ycombinator.com/item?id=100"
    assert thread.article_url == "https://catalogue.example/plain-text?from=cards&to=files"
    assert (thread.points, thread.expected_count, thread.marked_id) == (214, 13, None)
    assert thread.posted_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_only_siblings_that_need_sorting_and_what_algolia_lacks_are_asked_of_firebase(site: FakeHackerNews) -> None:
    fetch(site)
    assert site.asked("/api/v1") == ["/api/v1/items/100"]
    # 100 and 110 have several replies; 113, 114 and 140 are gone, 116 and 117 stand below 114, 150 came empty.
    assert firebase_requests(site) == [100, 110, 113, 114, 116, 117, 140, 150]


def test_dead_deleted_flagged_and_odd_comments_keep_their_place(site: FakeHackerNews) -> None:
    comments = {comment.native_id: comment for comment in fetch(site).comments}
    assert {id_: comment.state for id_, comment in comments.items() if comment.state != "live"} == {
        "113": CommentState.DELETED,
        "114": CommentState.DEAD,
        "140": CommentState.FLAGGED,
    }
    assert (comments["113"].author, comments["113"].body) == ("", "")
    assert comments["114"].body == "Cheap shelves, click here"
    assert comments["140"].body == ""
    assert comments["117"].parent_id == "114"
    assert (comments["150"].author, comments["150"].body, comments["150"].state) == ("", "", "live")


def test_a_comments_body_is_the_sites_own_html(site: FakeHackerNews) -> None:
    bodies = {comment.native_id: comment.body for comment in fetch(site).comments}
    assert bodies["112"] == own_thread()["112"]["text"]


def test_a_comments_permalink_gives_the_whole_thread_with_it_marked(site: FakeHackerNews) -> None:
    thread = fetch(site, "https://news.ycombinator.com/item?id=115")
    assert (thread.native_id, thread.marked_id, ids(thread)) == ("100", "115", RANKED)
    assert site.asked("/api/v1") == ["/api/v1/items/115", "/api/v1/items/100"]


@pytest.mark.parametrize("marked", ["113", "114", "117"])
def test_the_permalink_of_a_comment_that_algolia_lacks_works_as_well(site: FakeHackerNews, marked: str) -> None:
    thread = fetch(site, marked)
    assert (thread.native_id, thread.marked_id, ids(thread)) == ("100", marked, RANKED)


def test_a_marked_comment_below_a_gone_only_child_is_fetched_with_its_parents() -> None:
    story = own_thread()
    story["120"]["kids"] = [121, 122]
    story["122"] = {"id": 122, "type": "comment", "parent": 120, "time": 1767226800, "dead": True, "kids": [123]}
    story["123"] = {"id": 123, "type": "comment", "parent": 122, "time": 1767226900, "by": "x", "text": "here"}
    with FakeHackerNews(story) as site:
        assert "123" not in ids(fetch(site))
        comments = {comment.native_id: comment for comment in fetch(site, "123").comments}
    assert (comments["123"].parent_id, comments["122"].parent_id) == ("122", "120")


def test_an_ask_story_has_a_text_and_no_article() -> None:
    story = {"id": 7, "type": "story", "by": "a", "time": 1, "title": "Ask &amp; tell", "text": "Why?", "kids": []}
    with FakeHackerNews({7: story}) as site:
        thread = fetch(site, "7")
    assert (thread.body, thread.article_url, thread.title, thread.comments) == ("Why?", "", "Ask & tell", ())


def test_ids_in_kids_that_nobody_has_are_left_out_and_said() -> None:
    story = own_thread()
    story["100"]["kids"].append(199)
    with FakeHackerNews(story) as site:
        thread = fetch(site)
    assert (ids(thread), thread.notes) == (RANKED, ("comments_missing",))


def test_progress_counts_comments_and_knows_how_many_are_expected() -> None:
    told: list[tuple[int, int | None]] = []
    with FakeHackerNews(own_thread(), latency_seconds=0.1) as site:
        fetch(site, progress=lambda done, expected: told.append((done, expected)), concurrency=1)
    assert told[-1] == (13, 13)
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert len({done for done, _ in told}) > 3


# When one of the two fails.


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 404},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 429, "retry_after": "1"},
        {"kind": "status", "status": 403},
        {"kind": "truncated"},
        {"kind": "null"},
        {"kind": "body", "body": b"[]"},
        {"kind": "body", "body": b'{"id": 101, "type": "story", "children": []}'},
        {"kind": "body", "body": b'{"id":100,"children":[' * 50_000 + b"]}" * 50_000},
        {"kind": "oversize", "oversize_bytes": fetching.ALGOLIA_LIMIT_BYTES + 1},
        {"kind": "redirect"},
        {"kind": "reset"},
    ],
)
def test_firebase_alone_does_when_algolia_fails(site: FakeHackerNews, fault: dict[str, Any]) -> None:
    site.fail("/api/v1/", **fault)
    thread = fetch(site)
    assert (thread.order, thread.notes) == (ThreadOrder.RANKED, ("algolia_failed",))
    assert ids(thread) == RANKED
    assert firebase_requests(site) == sorted(map(int, own_thread()))


def test_both_ways_give_the_very_same_comments(site: FakeHackerNews) -> None:
    usual = fetch(site)
    site.fail("/api/v1/", status=503)
    assert fetch(site).comments == usual.comments


def test_a_comments_permalink_works_with_firebase_alone(site: FakeHackerNews) -> None:
    site.fail("/api/v1/", status=500)
    thread = fetch(site, "115")
    assert (thread.native_id, thread.marked_id, ids(thread)) == ("100", "115", RANKED)


@pytest.mark.parametrize("path", ["/v0/", "/v0/item/110"])
@pytest.mark.parametrize(
    "fault", [{"kind": "status", "status": 500}, {"kind": "truncated"}, {"kind": "body", "body": b"7"}]
)
def test_siblings_stand_by_time_when_firebase_fails(site: FakeHackerNews, path: str, fault: dict[str, Any]) -> None:
    site.fail(path, **fault)
    thread = fetch(site)
    assert (thread.order, thread.notes) == (ThreadOrder.TIME, ("ranks_failed",))
    assert ids(thread) == TIMELY


def test_a_single_failure_on_the_way_does_no_harm(site: FakeHackerNews) -> None:
    site.fail("/v0/item/110", status=429, retry_after="3", times=1)
    site.fail("/v0/item/114", "truncated", times=1)
    site.fail("/api/v1/", status=502, times=1)
    thread = fetch(site)
    assert (ids(thread), thread.notes) == (RANKED, ())


@pytest.mark.parametrize(
    ("algolia", "firebase", "error"),
    [
        ({"status": 404}, {"kind": "null"}, ThreadNotFound),
        ({"status": 500}, {"kind": "null"}, ThreadNotFound),
        ({"status": 404}, {"status": 429}, SourceRefused),
        ({"kind": "truncated"}, {"kind": "truncated"}, BadAnswer),
        ({"kind": "reset"}, {"kind": "reset"}, SourceUnreachable),
        ({"kind": "hang"}, {"kind": "hang"}, SourceUnreachable),
        ({"status": 500}, {"kind": "oversize", "oversize_bytes": 2**21}, AnswerTooLarge),
    ],
)
def test_the_right_error_when_both_fail(
    site: FakeHackerNews, algolia: dict[str, Any], firebase: dict[str, Any], error: type[SourceError]
) -> None:
    site.fail("/api/v1/", **algolia)
    site.fail("/v0/", **firebase)
    with pytest.raises(error) as raised:
        fetch(site, timeout_seconds=0.5)
    assert "Algolia" in raised.value.detail


def test_an_item_nobody_has_is_not_found(site: FakeHackerNews) -> None:
    with pytest.raises(ThreadNotFound):
        fetch(site, "999")


OTHER_ITEMS: Mapping[int, dict[str, Any]] = {
    1: {"id": 1, "type": "job", "title": "Hiring", "time": 5, "by": "a"},
    2: {"id": 2, "type": "poll", "title": "Tabs?", "time": 5, "parts": [3], "kids": [4]},
    3: {"id": 3, "type": "pollopt", "poll": 2, "time": 5, "text": "Yes"},
    4: {"id": 4, "type": "comment", "parent": 2, "time": 6, "by": "b", "text": "No"},
    5: {"id": 5, "type": "story", "dead": True, "title": "x", "time": 5, "by": "c"},
    6: {"id": 6, "type": "story", "deleted": True, "time": 5},
    7: {"id": 7, "type": "comment", "parent": 5, "time": 6, "by": "b", "text": "?"},
    8: {"id": 8, "type": "newthing", "title": "x", "time": 5},
    9: {"id": 9},
}


@pytest.mark.parametrize(
    ("item", "detail"),
    [
        *((1, "job"), (2, "poll"), (3, "pollopt"), (4, "poll"), (5, "dead"), (6, "deleted"), (7, "dead")),
        *((8, "unknown"), (9, "unknown")),
    ],
)
@pytest.mark.parametrize("algolia", ["works", "fails"])
def test_what_is_no_thread_says_what_it_is(item: int, detail: str, algolia: str) -> None:
    with FakeHackerNews(OTHER_ITEMS) as site:
        if algolia == "fails":
            site.fail("/api/v1/", status=500)
        with pytest.raises(NotAThread) as raised:
            fetch(site, str(item))
    assert raised.value.detail.split(";")[0] == detail


def test_a_story_that_firebase_calls_dead_is_dead_whatever_algolia_says() -> None:
    story = own_thread()
    with FakeHackerNews(story) as living:
        fetch(living)
        living.items[100] = {**story["100"], "dead": True}
        living.algolia[100] = b'{"id": 100, "type": "story", "title": "x", "created_at_i": 1, "children": []}'
        with pytest.raises(NotAThread, match="dead"):
            fetch(living)


def test_comments_in_a_circle_of_parents_are_no_thread() -> None:
    circle = {
        1: {"id": 1, "type": "comment", "parent": 2, "time": 1},
        2: {"id": 2, "type": "comment", "parent": 1, "time": 1},
    }
    with FakeHackerNews(circle) as site:
        site.fail("/api/v1/", status=500)
        with pytest.raises(BadAnswer, match="no story above"):
            fetch(site, "1")


def test_a_thread_that_never_ends_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "MOST_COMMENTS", 10)
    with FakeHackerNews(own_thread()) as site:
        site.fail("/api/v1/", status=500)
        with pytest.raises(AnswerTooLarge, match="more than 10 comments"):
            fetch(site)


def test_cancelling_leaves_at_once() -> None:
    def progress(done: int, expected: int | None) -> None:
        if done:
            raise ImportCancelled

    with FakeHackerNews(own_thread(), latency_seconds=0.05) as site:
        site.fail("/v0/item/117", "hang")
        started = time.monotonic()
        with pytest.raises(ImportCancelled):
            fetch(site, progress=progress, timeout_seconds=60)
    assert time.monotonic() - started < 3


# Recordings of the real site.

REAL = "hackernews/firebase-items-25015967.json"


def test_a_thread_of_two_thousand_comments_has_the_same_order_both_ways() -> None:
    recorded = shared_thread(REAL)
    with FakeHackerNews(recorded) as site:
        usual = fetch(site, "25015967")
        assert len(site.requests) < 600
    alone = hackernews.read_file(json.dumps(recorded))
    assert len(alone.comments) == 2170
    found = {comment.native_id for comment in usual.comments}
    assert len(found) > 2100
    assert ids(usual) == [comment.native_id for comment in alone.comments if comment.native_id in found]
    lost = [comment for comment in alone.comments if comment.native_id not in found]
    # Below a comment with one reply or none that Algolia knows of, nobody is asked for what it does not know.
    assert len([comment for comment in lost if comment.state == "live"]) <= 7


def test_the_recorded_algolia_answer_is_the_one_our_stand_in_derives() -> None:
    recorded = shared_path("hackernews/algolia-item-25015967.json").read_bytes()
    with FakeHackerNews(shared_thread(REAL)) as site:
        _, derived = site.answer("/api/v1/items/25015967")
    assert items.from_algolia(json.loads(derived)) == items.from_algolia(json.loads(recorded))
