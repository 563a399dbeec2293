"""Hacker News's items and trees that are not as they should be."""

import json
from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests.sources import hackernews
from digests.sources.contract import (
    BadAnswer,
)
from digests.sources.hackernews import items, threads, tree
from digests.sources.hackernews.items import Item


@pytest.mark.parametrize("raw", [None, [], "x", 3, {}, {"id": "x"}, {"id": -1}, {"id": True}, {"id": 1.5}])
def test_what_is_no_item_is_a_bad_answer(raw: object) -> None:
    with pytest.raises(BadAnswer):
        items.from_firebase(raw)
    with pytest.raises(BadAnswer):
        items.from_algolia(raw)


def test_impossible_values_become_empty_ones() -> None:
    raw = {"id": "5", "by": 7, "text": ["x"], "time": float("nan"), "parent": "no", "kids": [1, "2", None, -3, {}]}
    odd = items.from_firebase({**raw, "type": None, "score": "many", "url": "javascript:x", "title": 3})
    assert odd == Item(id=5, kids=(1, 2))
    for when in (10**20, -(10**20), "yesterday", True, None):
        assert items.from_firebase({"id": 1, "time": when}).posted_at is None


@pytest.mark.parametrize(
    "url", ["http://[", "ftp://x.example", "mailto:x", "https://", "https://:80/", "https://x.example/" + "a" * 2000]
)
def test_an_article_address_that_leads_nowhere_is_dropped(url: str) -> None:
    assert items.from_firebase({"id": 1, "url": url}).url == ""


def test_an_article_address_has_no_blanks_and_no_controls() -> None:
    assert items.from_firebase({"id": 1, "url": " https://x.example/a b\x00\ud800|記 "}).url == (
        "https://x.example/a%20b%00%3F|記"
    )


def test_algolias_two_ways_to_say_the_time_are_both_read() -> None:
    at = datetime(2020, 11, 7, 16, 25, 47, tzinfo=UTC)
    assert items.from_algolia({"id": 1, "created_at_i": 1604766347})[0].posted_at == at
    assert items.from_algolia({"id": 1, "created_at": "2020-11-07T16:25:47.000Z"})[0].posted_at == at
    assert items.from_algolia({"id": 1, "created_at": "soon"})[0].posted_at is None


STORY = Item(id=1, type="story", title="x", posted_at=datetime(2026, 1, 1, tzinfo=UTC))


def comment(id_: int, parent: int | None, kids: tuple[int, ...] = ()) -> Item:
    at = datetime.fromtimestamp(1767225600 + id_, UTC)
    return Item(id=id_, type="comment", parent=parent, kids=kids, posted_at=at)


def arranged(*listed: Item, kids: tuple[int, ...] = (), ranked: bool = True) -> dict[str, tuple[str | None, int]]:
    story = Item(id=1, type="story", title="x", posted_at=STORY.posted_at, kids=kids)
    comments, _ = tree.arrange(story, {item.id: item for item in listed}, ranked=ranked)
    return {comment.native_id: (comment.parent_id, comment.rank) for comment in comments}


def test_kids_that_are_not_listed_stand_behind_those_that_are() -> None:
    found = arranged(comment(2, 1), comment(3, 1), comment(4, 1), comment(5, 1), kids=(5, 3, 9))
    assert found == {"5": (None, 0), "3": (None, 1), "2": (None, 2), "4": (None, 3)}


def test_comments_without_a_parent_hang_below_the_story_behind_the_others() -> None:
    found = arranged(comment(8, 77), comment(2, 1), comment(9, 8), comment(7, None))
    assert found == {"2": (None, 0), "7": (None, 1), "8": (None, 2), "9": ("8", 0)}


def test_a_parent_that_lists_a_kid_without_parent_gets_it() -> None:
    assert arranged(comment(2, 1, kids=(3,)), comment(3, None))["3"] == ("2", 0)


def test_a_circle_is_cut_loose() -> None:
    found = arranged(comment(2, 1), comment(5, 7), comment(6, 5), comment(7, 6), comment(4, 4))
    assert found == {"2": (None, 0), "4": (None, 1), "5": (None, 2), "6": ("5", 0), "7": ("6", 0)}


def test_strays_are_counted_for_a_note() -> None:
    thread = threads.make_thread(STORY, {8: comment(8, 77)}, ranked=True)
    assert thread.notes == ("parents_missing",)


def test_a_comment_without_a_time_takes_its_parents() -> None:
    without = Item(id=3, type="comment", parent=2)
    comments, _ = tree.arrange(STORY, {2: comment(2, 1), 3: without}, ranked=True)
    assert comments[1].posted_at == comments[0].posted_at


def test_five_thousand_replies_to_replies_are_no_matter() -> None:
    chain = {id_: comment(id_, id_ - 1, kids=(id_ + 1,)) for id_ in range(2, 5002)}
    comments, strays = tree.arrange(STORY, chain, ranked=True)
    assert (len(comments), strays) == (5000, 0)
    saved = {str(id_): {"id": id_, "parent": id_ - 1, "kids": [id_ + 1], "type": "comment"} for id_ in range(2, 5001)}
    saved["5001"] = {"id": 5001, "parent": 5000, "type": "comment"}
    saved["1"] = {"id": 1, "type": "story", "title": "x", "time": 5, "kids": [2]}
    assert len(hackernews.read_file(json.dumps(saved)).comments) == 5000


@given(
    st.dictionaries(st.integers(2, 14), st.tuples(st.integers(0, 15), st.lists(st.integers(1, 15), max_size=5))),
    st.booleans(),
)
def test_any_tangle_becomes_a_tree(tangle: dict[int, tuple[int, list[int]]], ranked: bool) -> None:
    listed = {id_: comment(id_, parent or None, tuple(kids)) for id_, (parent, kids) in tangle.items()}
    comments, _ = tree.arrange(STORY, listed, ranked=ranked)
    assert sorted(int(found.native_id) for found in comments) == sorted(tangle)
    seen: set[str | None] = {None}
    ranks: Counter[str | None] = Counter()
    for found in comments:
        assert found.parent_id in seen
        seen.add(found.native_id)
    for found in sorted(comments, key=lambda found: found.rank):
        assert found.rank == ranks[found.parent_id]
        ranks[found.parent_id] += 1
