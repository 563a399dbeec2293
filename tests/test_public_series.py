"""Series: parts in the order of their dates, each of which leads to the next."""

from datetime import date

import pytest
from selectolax.lexbor import LexborHTMLParser

from digests import curation
from digests.models import Series
from digests.public.parts import find_part
from digests.publishing.assemble import assemble
from digests.publishing.publish import publish, unpublish
from tests.factories import make_digest, make_live

pytestmark = pytest.mark.django_db


def read(client, path):
    answer = client.get(path)
    assert answer.status_code == 200
    return LexborHTMLParser(answer.content.decode())


def links(page, selector):
    return [node.attributes["href"] for node in page.css(selector)]


def texts(page, selector):
    return [" ".join(node.text().split()) for node in page.css(selector)]


@pytest.fixture
def three():
    return [
        make_live(slug, series="量子/入門", date=date(2026, 9, day)) for slug, day in (("c", 3), ("a", 1), ("b", 2))
    ]


def test_a_series_is_read_from_its_first_part_on(client, three):
    make_live("other")
    page = read(client, "/series/量子/入門/")
    assert links(page, ".card h2 a") == ["/posts/a/", "/posts/b/", "/posts/c/"]
    assert texts(page, "h1") == ["量子/入門"]
    assert texts(read(client, "/series/"), ".tag-list a") == ["量子/入門 3"]


def test_a_part_says_which_it_is_and_leads_to_those_beside_it(client, three):
    page = read(client, "/posts/b/")
    assert links(page, ".part a") == ["/series/%E9%87%8F%E5%AD%90/%E5%85%A5%E9%96%80/"]
    assert "2" in texts(page, ".part")[0]
    assert "3" in texts(page, ".part")[0]
    assert links(page, ".series a") == ["/posts/a/", "/posts/c/"]
    assert links(read(client, "/posts/a/"), ".series a") == ["/posts/b/"]
    assert links(read(client, "/posts/c/"), ".series a") == ["/posts/b/"]


def test_parts_count_anew_when_one_is_withdrawn(client, three):
    read(client, "/posts/c/")
    unpublish(three[2].digest_id)
    assert links(read(client, "/posts/c/"), ".series a") == ["/posts/a/"]


def test_the_parts_beside_a_digest_are_not_named_once_more_as_related(client):
    for number in range(1, 5):
        make_live(f"part{number}", series="量子", tags=("量子",), date=date(2026, 9, number))
        make_live(f"between{number}", date=date(2026, 9, number))
    page = read(client, "/posts/part1/")
    assert links(page, ".series a") == ["/posts/part2/"]
    assert set(links(page, ".digest-foot > .related a")) == {"/posts/part3/", "/posts/part4/"}


def test_a_digest_outside_of_every_series_says_nothing_of_one(client, three):
    make_live("other")
    assert read(client, "/posts/other/").css(".part, .series") == []


def test_a_series_without_a_live_digest_is_not_found(client, three):
    for live in three:
        unpublish(live.digest_id)
    assert client.get("/series/量子/入門/").status_code == 404
    assert len(read(client, "/series/").css(".empty")) == 1


def test_editors_name_the_series_in_the_head_and_readers_see_it_once_published(client):
    digest = make_digest(texts=["一"])
    fields = ("headline", "lead", "date", "tags", "slug", "source_url", "article_url", "thumbnail")
    head = {name: getattr(digest, name) for name in fields}
    curation.edit_head(digest.pk, version=1, **head, series=" 平文\n入門 ")
    assert assemble(digest.pk).series == "平文 入門"
    assert not Series.objects.exists()
    live = publish(digest.pk, changes=2, by=None)
    assert live.series == Series.objects.get(name="平文 入門")
    curation.edit_head(digest.pk, version=2, **head | {"lead": "導入。"})
    assert assemble(digest.pk).series == "平文 入門", "who says nothing of the series leaves it"
    curation.edit_head(digest.pk, version=3, **head, series="")
    assert publish(digest.pk, changes=4, by=None).series is None


@pytest.mark.parametrize("count", [3, 12])
def test_a_long_series_takes_no_more_queries_than_a_short_one(client, django_assert_num_queries, count):
    for number in range(count):
        make_live(f"part{number}", series="長い", date=date(2026, 9, number + 1))
    pk = Series.objects.get().publications.get(slug="part1").pk
    with django_assert_num_queries(3):
        assert find_part(pk).count == count
