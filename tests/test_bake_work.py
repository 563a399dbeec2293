"""How much a bake asks the database for, however many pages there are."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import example, given
from hypothesis import strategies as st

from digests.baking import others
from digests.baking.bake import bake
from digests.models import Tag
from digests.public import addresses, feeds, listings, packing, pages
from digests.publishing.publish import unpublish
from tests.factories import make_live

pytestmark = pytest.mark.django_db


def queries(folder: Path) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert bake(folder, everything=True).problems == []
    return len(asked)


def test_a_tag_more_costs_no_query_for_its_page_and_its_feeds(tmp_path: Path):
    live = make_live("a", tags=("猫",))
    make_live("b", tags=("猫",))
    few = queries(tmp_path / "few")
    live.tags.add(*(Tag.objects.create(name=f"札{number}") for number in range(10)))
    assert queries(tmp_path / "many") <= few


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_a_twin_is_right_when_the_page_comes_out_of_it_and_nothing_else(coding: str):
    page = "一頁の文。".encode() * 300
    packed = packing.pack(page, coding)
    assert packing.unpacks_to(page, packed, coding)
    assert packing.unpacks_to(b"", packing.pack(b"", coding), coding)
    wrong = (b"", packed[:-1], packed + b"\0", page, packing.pack(page + b"!", coding), packing.pack(page[:-3], coding))
    assert [one for one in wrong if packing.unpacks_to(page, one, coding)] == []


def test_all_anew_packs_nothing_that_lies_there_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    make_live("a", tags=("猫",))
    bake(tmp_path / "site")
    cut = tmp_path / "site/posts/a/index.html.br"
    whole = cut.read_bytes()
    cut.write_bytes(whole[:-1])
    packed = []

    def pack(_content: bytes, coding: str) -> bytes:
        packed.append(coding)
        return whole

    monkeypatch.setattr(packing, "pack", pack)
    monkeypatch.setattr("digests.baking.others.files", lambda **_told: [])
    assert bake(tmp_path / "site", everything=True).written == 1
    assert packed == ["br"]
    assert cut.read_bytes() == whole


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1))
@example("/a//b/page/../~c d?e#f&g'h;i%j\"k<l>猫\n")
def test_addresses_are_those_that_the_url_patterns_would_give(tag: str):
    assert addresses.of_tag(tag) == reverse("tag", args=[tag])
    assert addresses.of_feed("rss", tag) == reverse("feed", args=["rss", tag])
    if "\n" not in tag:
        assert addresses.of_old_post(tag) == reverse("old-post", args=[tag])
    assert addresses.of_digest("any_1-a") == reverse("digest", args=["any_1-a"])
    assert addresses.of_originals("any_1-a") == reverse("originals", args=["any_1-a"])


def test_what_a_bake_foresees_is_what_its_pages_would_ask_for():
    for number in range(45):
        make_live(f"s{number}", tags=("猫", f"札{number % 7}"), date=date(2026, 1 + number % 9, 5))
    site = pages.Site()
    foreseen = site.foreseen()
    for name in site.tag_ids:
        asked = listings.Tagged(name)
        assert list(foreseen["tagged", name]) == [
            *asked[0:20],
            *(asked[20:40] if len(asked) > 20 else []),
            *asked[40:60],
        ]
        assert foreseen["feed", name] == feeds.of_tag(name)
    with pytest.raises(KeyError):
        foreseen["tagged", "nobody's"]


def test_the_files_of_no_address_are_made_when_something_of_theirs_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    live = make_live("a")
    make_live("b")
    made: list[dict[str, Any]] = []
    files = others.files

    def listed(**told: Any) -> Iterator[tuple[str, bytes]]:
        made.append(told)
        return files(**told)

    monkeypatch.setattr(others, "files", listed)
    for _again in range(2):
        bake(tmp_path)
    assert len(made) == 1
    bake(tmp_path, app="https://desk.example")
    unpublish(live.digest_id)
    bake(tmp_path, app="https://desk.example")
    assert len(made) == 3
    assert "/posts/a/ /410.html 410" in (tmp_path / "_redirects").read_text()
