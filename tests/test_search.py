"""Search finds what readers see and nothing else, in Japanese and English, and shows where."""

from datetime import date

import pytest
from django.core.management import call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries
from selectolax.lexbor import LexborHTMLParser

from digests import wordindex
from digests.models import SearchEntry, search
from digests.publishing import indexing
from digests.publishing.publish import go_live, unpublish
from tests.factories import make_digest, make_document, make_document_quote, make_live

pytestmark = pytest.mark.django_db


def found(client: Client, q: str, **narrowed: str) -> list[str]:
    answer = client.get("/search/", {"q": q, **narrowed})
    assert answer.status_code == 200
    links = LexborHTMLParser(answer.content).css(".card h2 a")
    return [str(link.attributes["href"]).split("/")[2] for link in links]


@pytest.fixture
def archive() -> None:
    make_live("rust", "メモリ安全性について、Ｒｕｓｔは優れている。", headline="Rustで書き直す", tags=("Rust", "安全"))
    make_live("ai", "AI規制の話。規制は難しい", "C++ と C# は違う", headline="欧州のAI規制法", tags=("AI", "法律"))
    make_live("trust", "I trust nobody. ユーザーの声", headline="信頼の話", tags=("社会",), date=date(2025, 1, 2))
    make_live("kana", "ﾃﾞｰﾀﾍﾞｰｽは人々のもの", headline="データの話", tags=("DB",), date=date(2025, 1, 3))


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ("規制", {"ai"}),
        ("AI規制", {"ai"}),
        ("ai 規制", {"ai"}),
        ("ＡＩ", {"ai"}),
        ("法", {"ai"}),
        ("安全", {"rust"}),
        ("安全性", {"rust"}),
        ("全安", set()),
        ("rust", {"rust"}),
        ("RUST", {"rust"}),
        ("trust", {"trust"}),
        ("C++", {"ai"}),
        ("C#", {"ai"}),
        ("データベース", {"kana"}),
        ("人々", {"kana"}),
        ("ユーザー", {"trust"}),
        ("の話", {"ai", "trust", "kana"}),
        ("の話 -信頼", {"ai", "kana"}),
        ('"trust nobody"', {"trust"}),
        ('"nobody trust"', set()),
        ("author1", {"rust", "ai", "trust", "kana"}),
        ("規制 rust", set()),
        ("-規制", set()),
        ("()", set()),
        ('" OR NEAR(', set()),
        ("%", set()),
        ("", set()),
    ],
)
def test_a_query_finds_the_digests_that_hold_its_words(client, archive, query: str, slugs: set[str]):
    assert set(found(client, query)) == slugs


def test_a_headline_counts_for_more_than_a_quote_and_the_newest_comes_first(client):
    make_live("quote", "猫の話", headline="題", date=date(2026, 9, 9))
    make_live("headline", "犬", headline="猫", date=date(2020, 1, 1))
    make_live("older", "猫の話", headline="題", date=date(2026, 9, 8))
    assert found(client, "猫") == ["headline", "quote", "older"]


def test_what_speaks_of_a_word_often_comes_before_what_names_it_once(client, monkeypatch: pytest.MonkeyPatch):
    make_live("often", "猫と猫と猫と猫", "猫")
    make_live("twice", "猫と猫")
    make_live("thrice", "猫と猫と猫")
    make_live("both", "猫と犬と犬と犬と犬と犬と犬")
    make_live("once", "猫")
    assert found(client, "猫") == ["often", "thrice", "twice", "once", "both"]
    make_live("pair", "猫と犬、猫と犬", date=date(2025, 1, 1))
    assert found(client, "猫 犬") == ["pair", "both"]
    make_live("headline", headline="猫", date=date(2025, 1, 1))
    assert found(client, "猫")[0] == "headline"
    monkeypatch.setattr(search, "MOST_COUNTED", 3)
    assert found(client, "猫") == ["headline", "once", "both", "thrice", "twice", "often", "pair"]


def test_what_was_found_is_narrowed_by_tag_month_and_author(client, archive):
    assert found(client, "の話", month="2025-01") == ["kana", "trust"]
    assert found(client, "の話", tag="社会") == ["trust"]
    assert found(client, "の話", author="AUTHOR1", month="2026-09") == ["ai"]
    assert found(client, "の話", author="author") == []
    assert found(client, "の話", month="last") == []


def test_the_page_marks_what_was_found_and_links_to_the_quote(client):
    long = "前" * 100 + "ねこ<b>" + "後" * 200
    make_live("a", "犬", long, headline="ねこの題 &", tags=("ねこ", "鳥"))
    page = LexborHTMLParser(client.get("/search/", {"q": "ねこ"}).content)
    assert [mark.text() for mark in page.css("mark")] == ["ねこ", "ねこ", "ねこ"]
    (excerpt,) = page.css(".excerpt")
    assert excerpt.text().strip().startswith("2 …前")
    assert "ねこ<b>後" in excerpt.text()
    assert excerpt.css("a")[0].attributes["href"] == "/posts/a/#q2"
    assert page.css("b") == []


def test_drafts_and_withdrawn_digests_are_not_found(client):
    make_digest(slug="draft", texts=["秘密の猫"], headline="猫")
    live = make_live("a", "公開の猫")
    assert found(client, "猫") == ["a"]
    unpublish(live.digest_id)
    assert found(client, "猫") == []
    assert SearchEntry.objects.count() == 0


def test_a_digest_published_again_is_found_by_its_new_words_only(client):
    live = make_live("a", "古い言葉")
    go_live(live.digest, make_document(slug="a", items=(make_document_quote("新しい文"),)), by=None)
    assert (found(client, "古い"), found(client, "新しい")) == ([], ["a"])


def test_a_deleted_digest_leaves_nothing_in_the_index(client):
    live = make_live("a", "猫")
    live.digest.delete()
    assert found(client, "猫") == []
    make_live("b", "犬")
    assert found(client, "猫") == []


def test_the_index_is_made_again_from_what_is_live(client, archive):
    SearchEntry.objects.all().delete()
    assert found(client, "規制") == []
    assert indexing.index_missing() == 4
    assert found(client, "規制") == ["ai"]
    call_command("index_search", all=True)
    assert found(client, "規制") == ["ai"]


def test_a_search_costs_three_queries_and_the_palettes(client, django_assert_num_queries: DjangoAssertNumQueries):
    for number in range(20):
        make_live(f"story{number}", "猫" * (number + 1))
        if number in {9, 19}:
            with django_assert_num_queries(4):
                assert len(found(client, "猫")) == number + 1


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of seven digests that a word is in, a search reads six and ranks two."""
    monkeypatch.setattr(search, "MOST_READ", 6)
    monkeypatch.setattr(search, "MOST_RANKED", 2)


def says_older(client: Client, q: str, **narrowed: str) -> bool:
    return "published last" in client.get("/search/", {"q": q, **narrowed}, headers={"Accept-Language": "en"}).text


def test_of_a_word_that_is_everywhere_the_newest_digests_are_ranked_and_the_page_says_so(client, small, settings):
    settings.LANGUAGE_CODE = "en"
    make_live("first", "犬", headline="猫と猫の題")
    make_live("old", "猫の話", date=date(2026, 9, 1))
    assert (set(found(client, "猫")), says_older(client, "猫")) == ({"first", "old"}, False)
    make_live("mid", "猫の話", date=date(2026, 9, 3))
    make_live("new", "猫の話", date=date(2026, 9, 2))
    assert (found(client, "猫"), says_older(client, "猫")) == (["mid", "new"], True)
    assert (found(client, "題"), says_older(client, "題")) == (["first"], False)


def test_what_the_index_does_not_tell_is_looked_for_in_so_many_texts(client, small, settings):
    settings.LANGUAGE_CODE = "en"
    make_live("phrase", "人工知能")
    for number in range(5):
        make_live(f"story{number}", "人工と工知と知能")
    assert (found(client, "人工知能"), says_older(client, "人工知能")) == (["phrase"], False)
    make_live("story5", "人工と工知と知能")
    assert (found(client, "人工知能"), says_older(client, "人工知能")) == ([], True)
    make_live("again", "人工知能")
    make_live("once_more", "人工知能")
    assert set(found(client, "人工知能")) == {"again", "once_more"}


def test_narrowed_down_a_search_reaches_as_far_as_ever(client, small, settings):
    settings.LANGUAGE_CODE = "en"
    make_live("old", "猫の話", tags=("札",), date=date(2025, 1, 2))
    make_live("named", items=(make_document_quote("猫の話", author="ann"),))
    for number in range(5):
        make_live(f"story{number}", "猫の話")
    assert says_older(client, "猫")
    for narrowed in ({"tag": "札"}, {"month": "2025-01"}, {"tag": "札", "month": "2025-01"}):
        assert found(client, "猫", **narrowed) == ["old"]
        assert found(client, "猫の話", **narrowed) == ["old"]
        assert not says_older(client, "猫", **narrowed)
    assert found(client, "猫", author="ann") == ["named"]


def test_a_word_that_is_left_out_is_no_part_of_another_one(client):
    make_live("trust", "猫を trust する")
    make_live("rust", "猫を rust で書く")
    make_live("phrase", "猫の書き直し")
    assert set(found(client, "猫 -rust")) == {"trust", "phrase"}
    assert set(found(client, "猫 -書き直し -c++")) == {"trust", "rust"}


def test_pages_of_results_keep_what_was_asked(client):
    for number in range(21):
        make_live(f"story{number}", "猫", tags=("札",))
    page = LexborHTMLParser(client.get("/search/", {"q": "猫", "tag": "札"}).content)
    (following,) = page.css(".pages a")
    assert following.attributes["href"] == "?q=%E7%8C%AB&tag=%E6%9C%AD&page=2"
    assert len(found(client, "猫", tag="札", page="2")) == 1


def test_an_empty_search_page_has_a_field_and_is_kept_out_of_search_engines(client):
    page = client.get("/search/").content.decode()
    assert '<input type="search" name="q"' in page
    assert '<meta name="robots" content="noindex">' in page
    assert ("instead" in page, 'role="status"' in page) == (False, False)


@given(st.text(alphabet="あ々ー規制AbＡ1+# \n-\"'é漢字ｶﾞ", max_size=30))
def test_every_part_of_a_text_is_found_by_its_pieces(text: str):
    whole = wordindex.normalise(text)
    held = wordindex.pieces(whole)
    for term in wordindex.parse(f'"{whole}"'):
        assert not term.wanted or term.pieces <= held


@given(st.text(max_size=50), st.text(max_size=10))
def test_marks_lie_in_the_text_and_in_order(text: str, query: str):
    edges = [edge for mark in wordindex.marks(text, wordindex.parse(query)) for edge in mark]
    assert edges == sorted(set(edges))
    assert all(0 <= edge <= len(text) for edge in edges)
