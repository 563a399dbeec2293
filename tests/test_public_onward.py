"""Where a reader may go on to from a digest, and what machines learn of it."""

import json
from datetime import date

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from selectolax.lexbor import LexborHTMLParser

from digests.publishing.publish import unpublish
from tests.factories import make_live

pytestmark = pytest.mark.django_db


def page(client: Client, path: str) -> LexborHTMLParser:
    answer = client.get(path)
    assert answer.status_code == 200
    return LexborHTMLParser(answer.content)


def links(client: Client, path: str, selector: str) -> list[str]:
    return [str(link.attributes["href"]) for link in page(client, path).css(selector)]


def test_a_digest_leads_to_the_one_before_and_the_one_after(client):
    for day, slug in enumerate("abc", 1):
        make_live(slug, date=date(2026, 9, day), tags=())
    assert links(client, "/posts/b/", ".beside a") == ["/posts/c/", "/posts/a/"]
    assert links(client, "/posts/a/", ".beside a") == ["/posts/b/"]


def test_neighbours_change_at_once_when_a_digest_comes_or_goes(client):
    make_live("a", date=date(2026, 9, 1), tags=())
    assert links(client, "/posts/a/", ".beside a") == []
    later = make_live("b", date=date(2026, 9, 2), tags=())
    assert links(client, "/posts/a/", ".beside a") == ["/posts/b/"]
    unpublish(later.digest_id)
    assert links(client, "/posts/a/", ".beside a") == []


def test_a_page_whose_neighbours_stay_is_still_good_when_something_else_is_published(client):
    make_live("a", date=date(2026, 9, 1), tags=())
    make_live("b", date=date(2026, 9, 2), tags=())
    etag = client.get("/posts/a/").headers["ETag"]
    make_live("c", date=date(2026, 9, 3), tags=())
    assert client.get("/posts/a/", headers={"If-None-Match": etag}).status_code == 304


def test_related_digests_share_rare_tags_or_the_words_of_the_headline(client):
    dates = iter(range(1, 29))
    for number in range(6):
        make_live(f"common{number}", headline=f"別の話題{number}", tags=("AI",), date=date(2026, 8, next(dates)))
    make_live("rare", headline="コンパイラの話", tags=("AI", "Zig"), date=date(2026, 8, next(dates)))
    make_live("words", headline="Zigで書き直した結果", tags=("AI",), date=date(2026, 8, next(dates)))
    make_live("none", headline="猫", tags=("動物",), date=date(2026, 8, next(dates)))
    make_live("own", headline="Zigで書き直した理由", tags=("AI", "Zig"), date=date(2026, 9, 1))
    found = links(client, "/posts/own/", ".related a")
    assert set(found[:2]) == {"/posts/rare/", "/posts/words/"}
    assert len(found) == 4
    assert "/posts/none/" not in found
    assert links(client, "/posts/none/", ".related a") == []


def test_a_kept_digest_page_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries):
    for number in range(8):
        make_live(f"story{number}", tags=("猫",))
    Client().get("/posts/story3/")
    with django_assert_num_queries(1):
        Client().get("/posts/story3/")
    cache.clear()
    with django_assert_num_queries(8):
        Client().get("/posts/story3/")


def test_machines_read_what_the_digest_is(client):
    live = make_live(
        "a", headline="題 </script><b>&", tags=("猫",), lead="前文", source_url="https://news.ycombinator.com/item?id=1"
    )
    (script,) = page(client, "/posts/a/").css('script[type="application/ld+json"]')
    value = json.loads(script.text())
    assert value["headline"] == "題 </script><b>&"
    assert value["description"] == "前文"
    assert value["keywords"] == ["猫"]
    assert value["isBasedOn"] == ["https://news.ycombinator.com/item?id=1"]
    assert value["datePublished"] == live.published_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert {"@context", "@type", "mainEntityOfPage", "author", "publisher", "dateModified"} <= value.keys()
