"""What an import stores: new comments, changed ones, vanished ones, and never anything of an editor's."""

import importlib
import json
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from digests import importing, markup, sources
from digests.importing import storing
from digests.models import Comment, Digest, ImportRun, Quote, Thread
from digests.sources import hackernews
from digests.sources.contract import AnswerTooLarge, FetchedThread, ThreadOrder
from digests.sources.hackernews import threads
from digests.sources.hackernews.items import Item
from tests.factories import make_digest, make_fold
from tests.fake_hn import FakeHackerNews
from tests.recorded import own_thread, shared_thread

pytestmark = pytest.mark.django_db

RANKED = ["130", "110", "112", "115", "111", "113", "114", "117", "116", "120", "121", "140", "150"]


def fetched(change: Callable[[dict[str, Any]], object] = lambda items: None, **fields: Any) -> FetchedThread:
    """Our own small thread, its items changed by `change`, the result's fields by name."""
    items = own_thread()
    change(items)
    return replace(hackernews.read_file(json.dumps(items)), **fields)


def by_algolia(change: Callable[[dict[str, Any]], object] = lambda items: None) -> FetchedThread:
    items = own_thread()
    change(items)
    with FakeHackerNews(items) as site:
        _, answer = site.answer("/api/v1/items/100")
    return hackernews.read_file(answer)


def drop(items: dict[str, Any], *ids: int) -> None:
    """Takes items away as if they had never been."""
    for id_ in ids:
        del items[str(id_)]
    for item in items.values():
        item["kids"] = [kid for kid in item.get("kids", ()) if kid not in ids]


def add(items: dict[str, Any], id_: int, parent: int, *, first: bool = False, **fields: Any) -> None:
    kids = items[str(parent)].setdefault("kids", [])
    kids.insert(0 if first else len(kids), id_)
    items[str(id_)] = {"id": id_, "type": "comment", "by": "new", "time": 1767240000, "text": "new", "parent": parent}
    items[str(id_)] |= fields


def order(thread: Thread) -> list[str]:
    return list(thread.comments.in_order().values_list("native_id", flat=True))


def row(native_id: str) -> Comment:
    return Comment.objects.get(native_id=native_id)


def sound(thread: Thread) -> None:
    """Positions, ranks and depths fit each other and the counts."""
    comments = list(thread.comments.in_order().select_related("parent"))
    assert [comment.position for comment in comments] == list(range(len(comments)))
    ranks: dict[int | None, int] = {}
    for comment in comments:
        assert comment.rank == ranks.get(comment.parent_id, 0)
        ranks[comment.parent_id] = comment.rank + 1
        assert comment.depth == (comment.parent.depth + 1 if comment.parent else 0)
    thread.refresh_from_db()
    assert thread.comment_count == len(comments)
    assert thread.live_count == sum(comment.state == "live" for comment in comments)


def test_a_new_thread_is_stored_in_order_with_text_and_links() -> None:
    stored = importing.store(fetched())
    assert (stored.created, stored.added, stored.changed, stored.gone) == (True, 13, 0, 0)
    assert order(stored.thread) == RANKED
    sound(stored.thread)
    comment = row("110")
    assert comment.body == own_thread()["110"]["text"]
    page = "how-a-town-library-lost-its-terminals-and-kept-its-readers.html"
    assert comment.links == [f"https://records.example/reports/2009/{page}?page=2&view=full"]
    assert markup.to_text(markup.from_json(comment.content)).startswith("We did the same in 2009.\n\nTwo things")
    assert row("115").parent == row("112")
    states = {native_id: row(native_id).state for native_id in ("113", "114", "140", "150")}
    assert states == {"113": "deleted", "114": "dead", "140": "flagged", "150": "live"}


def test_what_a_thread_is_narrowed_by_is_stored_and_kept_up_to_date() -> None:
    importing.store(fetched())
    assert row("110").words.startswith("index_card\nwe did the same in 2009.\n\ntwo things")
    assert row("110").length == len(markup.to_text(markup.from_json(row("110").content)))
    assert (row("110").reply_count, row("112").reply_count, row("150").reply_count) == (4, 1, 0)

    def change(items: dict[str, Any]) -> None:
        items["110"] |= {"text": "ＦＵＬＬ width", "by": "Some One"}
        add(items, 151, 150)

    importing.store(fetched(change))
    assert (row("110").words, row("110").length) == ("some one\nfull width", 10)
    assert (row("150").reply_count, row("151").words) == (1, "new\nnew")


def test_older_rows_get_what_a_thread_is_narrowed_by() -> None:
    importing.store(fetched())
    before = list(Comment.objects.order_by("pk").values())
    Comment.objects.update(words="", length=0, reply_count=0)
    importlib.import_module("digests.migrations.0004_comment_words").fill(apps, None)
    assert list(Comment.objects.order_by("pk").values()) == before


def test_the_story_is_stored_as_well() -> None:
    thread = importing.store(fetched()).thread
    assert (thread.source, thread.native_id, thread.points) == ("hackernews", "100", 214)
    assert (thread.order, thread.notes, thread.expected_count) == ("ranked", [], 13)
    assert (thread.comment_count, thread.live_count) == (13, 10)


def test_the_same_thread_again_changes_nothing() -> None:
    importing.store(fetched())
    before = list(Comment.objects.order_by("pk").values())
    stored = importing.store(fetched())
    assert (stored.created, stored.added, stored.changed, stored.gone) == (False, 0, 0, 0)
    assert list(Comment.objects.order_by("pk").values()) == before
    assert Thread.objects.count() == 1


def test_new_comments_find_their_place_and_the_old_ones_keep_their_rows() -> None:
    thread = importing.store(fetched()).thread
    keys = dict(Comment.objects.values_list("native_id", "pk"))

    def grown(items: dict[str, Any]) -> None:
        add(items, 160, 100, first=True)
        add(items, 161, 160)
        add(items, 162, 111)
        add(items, 163, 110, first=True)

    stored = importing.store(fetched(grown))
    assert (stored.added, stored.changed, stored.gone) == (4, 0, 0)
    assert order(thread)[:8] == ["160", "161", "130", "110", "163", "112", "115", "111"]
    sound(thread)
    assert {native_id: row(native_id).pk for native_id in keys} == keys


def test_a_new_ranking_is_taken_over() -> None:
    thread = importing.store(fetched()).thread
    importing.store(fetched(lambda items: (items["100"]["kids"].reverse(), items["110"]["kids"].reverse())))
    assert order(thread) == ["150", "140", "120", "121", "110", "114", "117", "116", "113", "111", "112", "115", "130"]
    sound(thread)


def test_changed_texts_authors_and_states_are_updated() -> None:
    importing.store(fetched())

    def edited(items: dict[str, Any]) -> None:
        items["111"]["text"] = "EBCDIC? See https"
        items["121"]["by"] = "renamed"
        items["114"].pop("dead")

    stored = importing.store(fetched(edited))
    assert (stored.added, stored.changed, stored.gone) == (0, 3, 0)
    assert row("111").content == [["EBCDIC? See https"]]
    assert (row("121").author, row("114").state) == ("renamed", "live")
    assert importing.store(fetched(edited)).changed == 0


def test_a_story_is_brought_up_to_date() -> None:
    importing.store(fetched())
    thread = importing.store(fetched(lambda items: items["100"].update(title="New title", score=300))).thread
    assert (thread.title, thread.points) == ("New title", 300)


@pytest.mark.parametrize("fields", [{"deleted": True, "text": None, "by": None}, {"dead": True, "text": "[flagged]"}])
def test_a_text_that_the_site_takes_back_stays_but_is_no_longer_live(fields: dict[str, Any]) -> None:
    importing.store(fetched())
    body = row("121").body
    stored = importing.store(fetched(lambda items: items["121"].update(fields)))
    assert (stored.changed, row("121").body, row("121").author) == (1, body, "mallory_gardens")
    assert row("121").state in {"deleted", "flagged"}
    assert importing.store(fetched(lambda items: items["121"].update(fields))).changed == 0


def test_a_vanished_comment_stays_behind_its_siblings_and_counts_as_deleted() -> None:
    thread = importing.store(fetched()).thread
    body = row("112").body
    stored = importing.store(fetched(lambda items: drop(items, 112, 115)))
    assert (stored.added, stored.changed, stored.gone) == (0, 0, 1)
    # The reply below the vanished comment may well be there still; nobody can say.
    assert (row("112").state, row("112").body, row("115").state) == ("deleted", body, "live")
    assert order(thread)[1:8] == ["110", "111", "113", "114", "117", "116", "112"]
    sound(thread)
    back = importing.store(fetched())
    assert (back.changed, row("112").state) == (1, "live")
    assert order(thread) == RANKED


@pytest.mark.parametrize("fields", [{"notes": ("file_incomplete",)}, {"order": ThreadOrder.TIME}])
def test_from_a_partial_delivery_nothing_is_concluded(fields: dict[str, Any]) -> None:
    importing.store(fetched())
    stored = importing.store(fetched(lambda items: drop(items, 130, 121), **fields))
    assert (stored.gone, row("130").state, row("121").state) == (0, "live", "live")


def test_an_update_without_ranks_keeps_the_order_and_says_so() -> None:
    thread = importing.store(fetched()).thread

    def grown(items: dict[str, Any]) -> None:
        add(items, 160, 100)
        add(items, 109, 110, time=1767225900)

    stored = importing.store(by_algolia(grown))
    assert (stored.added, stored.gone) == (2, 0)
    assert (stored.thread.order, stored.thread.notes) == ("ranked", ["file_unranked", "ranks_kept"])
    assert stored.thread.expected_count == 13
    assert order(thread) == [*RANKED[:9], "109", *RANKED[9:], "160"]
    sound(thread)


def test_a_thread_without_ranks_gets_them_later() -> None:
    thread = importing.store(by_algolia()).thread
    assert (thread.order, order(thread)) == ("time", ["110", "111", "112", "115", "120", "121", "130", "150"])
    stored = importing.store(fetched())
    assert (stored.added, stored.thread.order, order(thread)) == (5, "ranked", RANKED)
    sound(thread)


def test_a_subthread_that_was_moved_elsewhere_moves() -> None:
    thread = importing.store(fetched()).thread

    def moved(items: dict[str, Any]) -> None:
        items["110"]["kids"].remove(112)
        items["112"]["parent"] = 100
        items["100"]["kids"].append(112)

    importing.store(fetched(moved))
    assert order(thread)[-2:] == ["112", "115"]
    sound(thread)


def test_an_editors_work_is_left_alone() -> None:
    thread = importing.store(fetched()).thread
    digest = make_digest(thread=thread, texts=["一", "二", "三"])
    for position, native_id in enumerate(["112", "110", "121"]):
        Quote.objects.filter(digest=digest, position=position).update(comment=row(native_id), native_id=native_id)
    make_fold(digest, first=1, size=2)
    before = [list(Digest.objects.values()), list(Quote.objects.order_by("pk").values())]

    def everything(items: dict[str, Any]) -> None:
        drop(items, 112, 115)
        items["110"]["text"] = "rewritten"
        items["121"].update(deleted=True)
        add(items, 160, 100, first=True)

    importing.store(fetched(everything))
    assert [list(Digest.objects.values()), list(Quote.objects.order_by("pk").values())] == before
    assert digest.quotes.get(position=1).fold.size == 2


def test_what_a_database_cannot_hold_is_left_out() -> None:
    def strange(items: dict[str, Any]) -> None:
        items["111"].update(text="a\x00b\ud800c &#0;", by="x\x00y\u202e" + "z" * 300)
        items["100"].update(title="t\x00\ud800" + "t" * 600)

    thread = importing.store(fetched(strange)).thread
    assert (row("111").body, len(row("111").author), thread.title) == ("abc &#0;", 200, "t" * 500)


def test_a_thousand_replies_to_replies_are_stored() -> None:
    story = Item(id=1, type="story", title="deep", posted_at=fetched().posted_at)
    chain = {number: Item(id=number, type="comment", parent=number - 1, text="x") for number in range(2, 1002)}
    thread = importing.store(threads.make_thread(story, chain, ranked=True)).thread
    assert thread.comments.in_order().last() == row("1001")
    assert row("1001").depth == 999


def test_a_tower_of_replies_that_the_database_cannot_count_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storing, "_DEEPEST", 50)
    story = Item(id=1, type="story", title="deep", posted_at=fetched().posted_at)
    chain = {number: Item(id=number, type="comment", parent=number - 1) for number in range(2, 54)}
    with pytest.raises(AnswerTooLarge):
        importing.store(threads.make_thread(story, chain, ranked=True))
    assert not Thread.objects.exists()


def test_an_inconsistent_thread_leaves_nothing_behind() -> None:
    thread = fetched()
    orphan = replace(thread.comments[0], native_id="x", parent_id="nobody")
    with pytest.raises(ValueError, match="parent"):
        importing.store(replace(thread, comments=(*thread.comments, orphan)))
    assert not Thread.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_comments() -> None:
    def wide(items: dict[str, Any], count: int) -> None:
        for number in range(count):
            add(items, 1000 + number, 100, first=True)

    def queries(count: int) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            importing.store(fetched(lambda items: wide(items, count)))
        return len(captured)

    importing.store(fetched())
    few = queries(3)
    assert queries(6) <= few
    assert queries(400) < few + 20


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_both_succeed_and_leave_one_thread() -> None:
    thread, grown = fetched(), fetched(lambda items: add(items, 160, 100, first=True))
    errors: list[BaseException] = []

    def work(what: FetchedThread) -> None:
        try:
            importing.store(what)
        except BaseException as error:
            errors.append(error)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(what,)) for what in (thread, grown) * 3]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert errors == []
    stored = Thread.objects.get()
    assert {*order(stored)} == {*RANKED, "160"}
    sound(stored)


class Permutations(TestCase):
    """Any sequence of imports of any subset in any order leaves a sound thread."""

    @settings(max_examples=25, deadline=None)
    @given(st.lists(st.lists(st.integers(2, 8), unique=True), max_size=4))
    def test_any_sequence_of_imports_leaves_a_sound_thread(self, deliveries: list[list[int]]) -> None:
        at = fetched().posted_at
        for ids in deliveries:
            chosen: dict[int, Item] = {}
            for number, id_ in enumerate(ids):  # a binary tree in the order of the delivery
                parent = ids[(number - 1) // 2] if number else 1
                chosen[id_] = Item(id=id_, type="comment", parent=parent, text=str(parent), posted_at=at)
            story = Item(id=1, type="story", title="x", posted_at=at, kids=tuple(ids))
            thread = importing.store(threads.make_thread(story, chosen, ranked=True)).thread
            sound(thread)
            assert {*map(str, ids)} <= {*order(thread)}


def test_the_recorded_thread_is_stored_whole_and_updated() -> None:
    items = shared_thread("hackernews/firebase-items-25015967.json")
    thread = hackernews.read_file(json.dumps(items))
    stored = importing.store(thread)
    assert (stored.added, stored.thread.live_count) == (2170, 1968)
    sound(stored.thread)
    turned = replace(thread, comments=tuple(replace(comment, rank=-comment.rank) for comment in thread.comments))
    again = importing.store(turned)
    assert (again.added, again.changed, again.gone) == (0, 0, 0)
    sound(stored.thread)


def test_a_run_given_up_at_the_last_moment_stores_nothing(monkeypatch):
    run = ImportRun.objects.create(address="https://news.ycombinator.com/item?id=100")

    def fetch(*_args: Any, **_kwargs: Any) -> FetchedThread:
        ImportRun.objects.update(state=ImportRun.State.CANCELLED)
        return fetched()

    monkeypatch.setattr(sources, "fetch", fetch)
    importing.run(run.pk)
    assert not Thread.objects.exists()
