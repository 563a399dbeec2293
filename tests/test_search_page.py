"""What the page of the search shows beside results: what it was narrowed by, and where to go on when there are none."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from selectolax.lexbor import LexborHTMLParser

from digests.curation import tagging
from digests.models import Tag
from digests.publishing.publish import unpublish
from tests.factories import make_document_quote, make_live
from tests.test_search import found

pytestmark = pytest.mark.django_db


def asked(client: Client, **query: str) -> LexborHTMLParser:
    answer = client.get("/search/", query)
    assert answer.status_code == 200
    return LexborHTMLParser(answer.content)


def links(page: LexborHTMLParser, selector: str) -> list[str]:
    return [str(link.attributes["href"]) for link in page.css(f"{selector} a")]


@pytest.mark.parametrize("query", [{}, {"q": "ない"}, {"q": "*"}, {"tag": "ない"}])
def test_without_results_a_reader_goes_on_to_tags_months_and_the_newest(client, query: dict[str, str]):
    live = make_live("a", headline="猫の話", tags=("猫", "C++/CLI"))
    make_live("b", headline="新しい話", tags=("猫",))
    page = asked(client, **query)
    assert links(page, "#tags ~ .tag-list") == ["/tags/%E7%8C%AB/", "/tags/C++/CLI/"]
    assert links(page, ".instead .month-list") == ["/months/2026/09/"]
    assert links(page, ".instead .related") == ["/posts/b/", "/posts/a/"]
    unpublish(live.digest_id)
    page = asked(client, **query)
    assert links(page, ".instead .related") == ["/posts/b/"]
    assert links(page, "#tags ~ .tag-list") == ["/tags/%E7%8C%AB/"]


def test_with_results_there_is_nothing_instead(client):
    make_live("a", "猫", tags=("猫",))
    assert asked(client, q="猫").css(".instead, .nothing") == []


def test_the_empty_page_is_kept_and_costs_no_more_than_the_state_of_the_site(
    client, django_assert_num_queries: DjangoAssertNumQueries
):
    make_live("a", tags=("猫",))
    asked(client)
    with django_assert_num_queries(3):
        asked(client)


def test_a_tag_that_became_another_is_not_led_to_any_more(client):
    make_live("a", tags=("ねこ",))
    make_live("b", tags=("猫",))
    assert "/tags/%E3%81%AD%E3%81%93/" in links(asked(client), "main")
    tagging.make_aliases(["ねこ"], canonical="猫")
    assert "/tags/%E3%81%AD%E3%81%93/" not in links(asked(client), "main")


def test_what_a_search_is_narrowed_by_is_taken_off_one_by_one(client):
    make_live("a", "猫", tags=("札",))
    page = asked(client, q="猫", tag="札", month="2026-09", author="author1")
    assert links(page, ".narrowings") == [
        "?q=%E7%8C%AB&month=2026-09&author=author1",
        "?q=%E7%8C%AB&tag=%E6%9C%AD&author=author1",
        "?q=%E7%8C%AB&tag=%E6%9C%AD&month=2026-09",
    ]
    assert links(page, ".card h2") == ["/posts/a/"]


def test_a_search_in_vain_names_those_that_find_something(client, settings):
    settings.LANGUAGE_CODE = "en"
    make_live("a", "猫の話", tags=("札",))
    make_live("b", "犬の話")
    page = asked(client, q="猫", tag="ない")
    assert links(page, ".ways") == ["?q=%E7%8C%AB"]
    assert "everywhere" in page.css(".ways")[0].text()
    page = asked(client, q="猫 犬 鳥")
    assert [node.text() for node in page.css(".ways .count")] == ["1 digest", "1 digest"]
    assert links(page, ".ways") == ["?q=%E7%8C%AB", "?q=%E7%8A%AC"]
    assert "“猫 犬 鳥”" in page.css(".verdict")[0].text()
    make_live("c", "サーバが落ちた")
    assert links(asked(client, q="サーバー"), ".ways") == ["?q=%E3%82%B5%E3%83%BC%E3%83%90"]
    assert links(asked(client, q="鳥"), ".ways") == []


def test_what_holds_no_word_is_said_to_hold_none(client, settings):
    settings.LANGUAGE_CODE = "en"
    assert "no word" in asked(client, q="* %").css(".verdict")[0].text()


def test_a_tag_a_month_or_an_author_alone_finds_the_newest_first(client):
    make_live("a", items=(make_document_quote("猫", author="Ann"),), tags=("Rust",))
    make_live("b", "trust", tags=("Rust",))
    assert found(client, "", tag="Rust") == ["b", "a"]
    assert found(client, "", month="2026-09") == ["b", "a"]
    assert found(client, "", author="ann") == ["a"]
    assert found(client, "-猫", tag="Rust") == ["b"]
    assert found(client, "-rust", tag="Rust", author="") == []  # it is in the tags of both
    assert found(client, "", author="***", tag="Rust") == []


def test_a_tag_is_found_however_it_is_written(client):
    make_live("a", "猫", tags=("Rust",))
    Tag.objects.create(name="rust-lang", alias_of=Tag.objects.get(name="Rust"))
    for name in ("Rust", "rust", "ＲＵＳＴ", "rust-lang"):
        assert found(client, "猫", tag=name) == ["a"]


@pytest.mark.parametrize("month", ["2026-09", "2026-9", "2026/09", "2026年9月", "２０２６年９月"])
def test_a_month_is_read_however_it_is_written(client, month: str):
    make_live("a", "猫")
    assert found(client, "猫", month=month) == ["a"]


@pytest.mark.parametrize("month", ["2026-13", "0000-01", "2026", "-", "9999999-1"])
def test_what_is_no_month_finds_nothing(client, month: str):
    make_live("a", "猫")
    assert found(client, "猫", month=month) == []


@pytest.mark.parametrize(
    "text", ["\0", "a\0b", "\ufeff", "\x1b[0m", '"', '""', '"-', "-", "NEAR(", "a" * 5000, "猫" * 5000]
)
def test_no_input_is_an_error(client, text: str):
    make_live("a", "猫")
    for name in ("q", "tag", "month", "author", "page"):
        asked(client, **{"q": "猫", name: text})


@pytest.mark.parametrize("query", ["“trust nobody”", "「trust nobody」", "trust?", "(nobody)", "trust, nobody."])
def test_quotation_marks_of_any_kind_are_read_and_punctuation_is_not(client, query: str):
    make_live("a", "I trust nobody")
    make_live("b", "nobody is here")
    assert "a" in found(client, query)
    assert ("b" in found(client, query)) == (query == "(nobody)")


def test_an_excerpt_begins_where_a_sentence_does(client):
    make_live("a", "前の文がここにある。" * 9 + "そして、この文に猫がいる。")
    make_live("b", "区切りのない文" * 20 + "犬")
    assert asked(client, q="猫").css(".excerpt bdi")[0].text().startswith("…前の文が")
    assert asked(client, q="犬").css(".excerpt bdi")[0].text().startswith("…")


def test_a_headline_breaks_between_its_phrases_and_not_in_what_is_marked(client):
    make_live("a", headline="開発者たちが語る、新しい言語の設計と実装")
    html = asked(client, q="言語の設計").css(".card h2 a")[0].inner_html or ""
    assert "<mark>言語の設計</mark>" in html
    assert html.count("<wbr>") >= 2
    assert asked(client, q="言語").css(".card h2")[0].text() == "開発者たちが語る、新しい言語の設計と実装"


def test_a_digest_found_by_its_headline_says_how_many_comments_it_has(client, settings):
    settings.LANGUAGE_CODE = "en"
    make_live("a", "犬", "鳥", headline="猫")
    assert asked(client, q="猫").css(".card .facts span")[0].text() == "2 comments"
    assert asked(client, q="犬").css(".card .facts span")[0].text() == "found in 1 of 2 comments"
