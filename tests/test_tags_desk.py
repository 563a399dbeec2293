"""The desk's page of tags: what is there, what may be one word, and one tag out of several down to the posts."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests.archive import repairing, spelling, tags
from digests.curation import tagging
from digests.models import Digest, Publication, RepairBatch, Tag
from tests.delivered import standing
from tests.factories import make_digest
from tests.moving import PATH, post
from tests.pages import read
from tests.repaired import applied, archive, undone, worked

pytestmark = pytest.mark.django_db

PAGE = "/desk/tags/"
OTHER = "content/posts/2026_01/2026_01_06_other/index.md"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def listed(page: Any) -> list[str]:
    return re.findall(r'name="tag" value="([^"]*)"', page.content.decode())


def groups(page: Any) -> list[list[str]]:
    found: dict[str, list[str]] = {}
    for key, tag in re.findall(r'name="tags-(\d+)" value="([^"]*)"', page.content.decode()):
        found.setdefault(key, []).append(tag)
    return list(found.values())


def text(page: Any) -> str:
    return re.sub(r"\s+", " ", page.content.decode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("AI", "ai"),
        ("ＡＩ", "AI"),
        ("機械 学習", "機械学習"),
        ("オープンソース", "おーぷんそーす"),
        ("open-source", "Open Source"),
        ("Node.js", "NodeJS"),
        ("サーバー", "サーバ"),
        ("Webサーバー", "webサーバ"),
        ("LLMs", "LLM"),
        ("startups", "Startup"),
        ("technologies", "Technology"),
        ("コンピューター科学", "コンピュータ科学"),
    ],
)
def test_spellings_that_may_be_one_word_are_found(one: str, other: str):
    (found,) = tags.suggestions({one: 2, other: 1})
    assert found.tags == (one, other)
    assert found.sure == (tags.folded(one) == tags.folded(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C", "C++"),
        ("C", "C#"),
        ("データ", "デタ"),
        ("AWS", "AW"),
        ("CSS", "CS"),
        ("iOS", "io"),
        ("猫", "犬"),
        ("-", "_"),
    ],
)
def test_words_that_are_two_are_let_alone(one: str, other: str):
    assert tags.suggestions({one: 1, other: 1}) == []


def test_what_is_like_an_alias_is_like_its_tag():
    known = {"人工知能": "AI", "ai技術": "AI"}
    counts = {"AI": 3, "人工知能": 2, "人工 知能": 1, "AI-技術": 1, "猫": 1}
    assert tags.suggestions(counts) != tags.suggestions(counts, known)
    (found,) = tags.suggestions(counts, known)
    assert (set(found.tags), found.tags[0], found.sure) == ({"AI", "人工 知能", "AI-技術"}, "AI", False)


def test_tags_are_listed_by_use_and_searched_in_any_spelling(desk):
    make_digest(slug="a", tags=["AI", "猫"])
    make_digest(slug="b", tags=["AI", "Ｃ言語"])
    assert listed(desk.get(PAGE)) == ["AI", "猫", "Ｃ言語"]
    assert listed(desk.get(PAGE, {"q": "c言"})) == ["Ｃ言語"]
    assert listed(desk.get(PAGE, {"show": "once"})) == ["猫", "Ｃ言語"]
    assert listed(desk.get(PAGE, {"q": "nothing"})) == []
    assert listed(desk.get(PAGE, {"show": "anything", "page": "x"})) == ["AI", "猫", "Ｃ言語"]


def test_no_tag_at_all_is_said_otherwise_than_none_that_fits(desk):
    assert "/desk/tags/" not in [node.attributes["href"] for node in read(desk, PAGE).css(".empty a")]
    make_digest(tags=["猫"])
    assert [node.attributes["href"] for node in read(desk, f"{PAGE}?q=犬").css(".empty a")] == ["/desk/tags/"]


def test_a_digest_in_the_bin_counts_no_more(desk):
    digest = make_digest(tags=["AI"])
    Digest.objects.filter(pk=digest.pk).update(binned_at=digest.created_at)
    assert listed(desk.get(PAGE)) == []


def test_strangers_are_turned_away(client):
    assert client.get(PAGE).status_code == client.post(PAGE, {"act": "merge"}).status_code == 302
    assert not RepairBatch.objects.exists()


def test_ticked_tags_become_the_one_that_is_written_and_the_lists_are_reviewed(desk):
    make_digest(slug="a", tags=["AI", "猫"])
    make_digest(slug="b", tags=["人工知能"])
    answer = desk.post(PAGE, {"act": "merge", "tag": ["AI", "人工知能"], "canonical": "AI"})
    batch = RepairBatch.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/desk/archive/repairs/{batch.pk}/")
    assert (batch.kind, batch.options) == ("tags", {"merges": {"人工知能": "AI"}})
    assert Tag.objects.spellings(["人工知能"]) == {"人工知能": "AI"}
    assert Digest.objects.get(slug="b").tags == ["人工知能"]
    applied(worked(batch))
    assert Digest.objects.get(slug="b").tags == ["AI"]


def test_without_a_word_the_most_used_is_kept(desk):
    for number in range(3):
        make_digest(slug=f"a{number}", tags=["人工知能"] if number else ["AI"])
    desk.post(PAGE, {"act": "merge", "tag": ["AI", "人工知能"], "canonical": ""})
    assert Tag.objects.spellings(["AI"]) == {"AI": "人工知能"}


@pytest.mark.parametrize("posted", [{"act": "merge"}, {"act": "merge", "tag": "AI"}, {"act": "groups"}])
def test_nothing_ticked_is_said_and_changes_nothing(desk, posted: dict[str, str]):
    make_digest(tags=["AI"])
    page = desk.post(PAGE, posted, headers={"Accept-Language": "en"})
    assert page.status_code == 422
    assert "Tick the spellings" in text(page)
    assert not Tag.objects.exists()
    assert not RepairBatch.objects.exists()
    assert desk.post(PAGE, {"act": "explode"}).status_code == 400


def test_groups_of_likely_doubles_are_merged_in_one_go(desk):
    make_digest(slug="a", tags=["AI", "サーバー", "LLM", "猫"])
    make_digest(slug="b", tags=["ＡＩ", "サーバ", "LLMs", "AI"])
    page = desk.get(PAGE, {"show": "likely"})
    assert groups(page) == [["AI", "ＡＩ"], ["LLM", "LLMs"], ["サーバ", "サーバー"]]
    assert page.content.decode().count(" checked") == 1
    posted = {"act": "groups", "group": ["0", "2"], "keep-0": "AI", "tags-0": ["AI", "ＡＩ"]}
    desk.post(PAGE, {**posted, "keep-2": "サーバー", "tags-2": ["サーバ", "サーバー"], "tags-1": ["LLM", "LLMs"]})
    assert Tag.objects.spellings(["ＡＩ", "サーバ", "LLMs"]) == {"ＡＩ": "AI", "サーバ": "サーバー"}
    assert RepairBatch.objects.get().options == {"merges": {"ＡＩ": "AI", "サーバ": "サーバー"}}


def test_all_groups_are_merged_or_none(desk):
    make_digest(tags=["AI", "ＡＩ", "LLM", "LLMs"])
    posted = {"act": "groups", "group": ["0", "1"], "keep-0": "AI", "tags-0": ["AI", "ＡＩ"]}
    page = desk.post(PAGE, {**posted, "keep-1": "", "tags-1": ["LLM", "LLMs"]})
    assert page.status_code == 422
    assert not Tag.objects.exists()


def test_an_alias_is_listed_with_its_tag_and_taken_apart(desk):
    make_digest(tags=["AI", "人工知能"])
    tagging.make_aliases(["人工知能", "artificial intelligence"], canonical="AI")
    english = {"Accept-Language": "en"}
    page = desk.get(PAGE, {"show": "aliases"}, headers=english)
    assert listed(page) == ["AI"]
    assert 'value="apart:人工知能">Take apart<span class="hidden"> 人工知能</span>' in text(page)
    assert "1 entry in digests' lists is still an alias" in text(page)
    assert listed(desk.get(PAGE, {"q": "artificial"})) == ["AI"]
    page = desk.post(PAGE, {"act": "apart:人工知能"}, follow=True, headers=english)
    assert "is a tag of its own again" in text(page)
    assert Tag.objects.spellings(["人工知能"]) == {}
    assert desk.post(PAGE, {"act": "apart:人工知能"}).status_code == 422


def test_lists_can_follow_later(desk):
    make_digest(tags=["人工知能"])
    tagging.make_aliases(["人工知能", "nobody's"], canonical="AI")
    desk.post(PAGE, {"act": "follow"})
    assert RepairBatch.objects.get().options == {"merges": {"人工知能": "AI"}}


def test_a_merge_reaches_readers_and_the_posts_of_a_site_and_is_taken_back(tmp_path, client):
    target = archive(tmp_path, {PATH: post(tags=["JS", "猫"]), OTHER: post(tags=["JavaScript"], title="別の話")})
    before = standing(target)
    batch = worked(spelling.merge({"JavaScript": ["JS"]}, by=None))
    assert client.get("/tags/JS/").headers["Location"] == "/tags/JavaScript/"
    assert client.get("/tags/JavaScript/").content.decode().count("<h2") >= 2
    assert standing(target) == before
    applied(batch)
    after = standing(target)
    assert {path for path in after if after[path] != before[path]} == {PATH}
    assert 'tags = ["JavaScript", "猫"]' in after[PATH].decode()
    assert sorted(Publication.objects.live().values_list("document__tags", flat=True)) == [
        ["JavaScript"],
        ["JavaScript", "猫"],
    ]
    undone(RepairBatch.objects.get(pk=batch.pk))
    assert standing(target) == before
    tagging.take_apart("JS")
    assert client.get("/tags/JS/").status_code == 200


def test_the_page_asks_as_much_for_many_tags_as_for_few(desk):
    counts = []
    for number in range(60):
        make_digest(slug=f"a{number}", tags=[f"札{number}", "猫", f"Ａ{number}", f"a{number}"])
        if number in {4, 59}:
            tagging.make_aliases([f"x{number}"], canonical="猫")
            for show in ("all", "likely", "aliases"):
                with CaptureQueriesContext(
                    connection,
                ) as queries:
                    assert desk.get(PAGE, {"show": show}).status_code == 200
                counts.append((show, len(queries)))
    assert counts[:3] == counts[3:]


def test_a_batch_that_is_dropped_leaves_the_aliases_and_the_lists(desk):
    make_digest(tags=["人工知能"])
    batch = spelling.merge({"AI": ["人工知能"]}, by=None)
    repairing.drop(batch.pk)
    assert Tag.objects.spellings(["人工知能"]) == {"人工知能": "AI"}
    assert Digest.objects.get().tags == ["人工知能"]
