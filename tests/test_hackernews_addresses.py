"""What editors paste: which item of Hacker News it means, or that it means none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests import sources
from digests.sources import hackernews
from digests.sources.contract import (
    AddressNotUnderstood,
    NotAThread,
)
from digests.sources.hackernews import addresses


@pytest.mark.parametrize(
    "address",
    [
        *("8863", " 8863\n", "008863", "８８６３", "https://news.ycombinator.com/item?id=8863"),
        *("http://news.ycombinator.com/item?id=8863", "news.ycombinator.com/item?id=8863"),
        *("HTTPS://News.YCombinator.com/item?id=8863#9224", "https://news.ycombinator.com/item?p=2&id=8863&x=y"),
        *("https://news.ycombinator.com:443/item?id=8863", "ｈｔｔｐｓ://news.ycombinator.com/item?id=８８６３"),
        *("https://hn.algolia.com/api/v1/items/8863", "https://hacker-news.firebaseio.com/v0/item/8863.json"),
    ],
)
def test_an_item_is_understood(address: str) -> None:
    assert hackernews.canonical(address) == "https://news.ycombinator.com/item?id=8863"
    assert sources.find(address) is sources.SOURCES["hackernews"]


@pytest.mark.parametrize(
    "address",
    [
        *("", "0", "-5", "12.5", "1e3", "hello", "1" * 16, "https://example.com/item?id=1", "item?id=1"),
        *(
            "https://news.ycombinator.com",
            "https://news.ycombinator.com/newest",
            "ftp://news.ycombinator.com/item?id=1",
        ),
        *("https://news.ycombinator.com/item", "https://news.ycombinator.com/item?id=", "https://[::1/item?id=1"),
        *("https://news.ycombinator.com@evil.example/item?id=1", "https://news.ycombinator.com.evil.example/item?id=1"),
        *("https://news.ycombinator.com/item?id=1%00", "javascript:alert(1)", "https://news.ycombinator.com/item?id=१"),
    ],
)
def test_anything_else_is_not_understood(address: str) -> None:
    with pytest.raises(AddressNotUnderstood):
        sources.find(address)


def test_a_users_page_is_no_thread() -> None:
    with pytest.raises(NotAThread, match="user"):
        hackernews.canonical("https://news.ycombinator.com/user?id=pg")


@given(st.text())
def test_no_address_does_more_than_not_being_understood(address: str) -> None:
    try:
        understood = addresses.item_id(address)
    except (AddressNotUnderstood, NotAThread):
        understood = 0
    assert understood >= 0


def test_a_comment_has_an_address_of_its_own() -> None:
    permalink = "https://news.ycombinator.com/item?id=9224"
    assert sources.comment_url("hackernews", "9224") == permalink
    assert sources.permalink("https://news.ycombinator.com/item?id=8863", "9224") == permalink
    assert sources.permalink("https://example.com/item?id=8863", "9224") == ""
    assert sources.permalink("", "9224") == sources.permalink("8863", "9224") == ""
    assert sources.comment_url("elsewhere", "9224") == ""
    assert sources.comment_url("hackernews", '1"><b>&x=1') == f"{permalink[:-4]}1%22%3E%3Cb%3E%26x%3D1"
