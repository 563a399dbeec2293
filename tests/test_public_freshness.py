"""Conditional answers of the public pages, what caches may do with them, and what a page costs."""

import gzip
import json
import os
import random
import re
from datetime import UTC, date, datetime
from pathlib import Path

import brotli
import pytest
from django.conf import settings as site
from django.core.cache import cache
from django.test import Client
from django.utils.http import http_date, parse_http_date
from pytest_django import DjangoAssertNumQueries, Settings

from digests import palette
from digests.curation import tagging
from digests.models import Publication
from digests.public import freshness
from digests.publishing import interchange
from digests.publishing.document import DigestDocument, DocumentFold
from digests.publishing.publish import unpublish
from tests.factories import make_document_quote, make_live

pytestmark = pytest.mark.django_db

PATHS = ("/", "/posts/a/", "/posts/a/q/1/", "/tags/", "/tags/猫/", "/months/", "/months/2026/09/")
LISTINGS = tuple(path for path in PATHS if not path.startswith("/posts/"))


def etag_of(client: Client, path: str) -> str:
    return client.get(path).headers["ETag"]


@pytest.fixture
def digest_a() -> Publication:
    return make_live("a", tags=("猫",))


@pytest.mark.parametrize("path", PATHS)
def test_a_reader_who_has_the_page_is_told_that_it_is_still_good(client, digest_a, path):
    page = client.get(path)
    since = {"If-Modified-Since": page.headers["Last-Modified"]}
    for headers, status in (
        ({"If-None-Match": page.headers["ETag"]}, 304),
        ({"If-None-Match": page.headers["ETag"]} | since, 304),
        ({"If-None-Match": '"other"'} | since, 200),
        (since, 200),
    ):
        again = client.get(path, headers=headers)
        assert again.status_code == status
        assert (again.content == b"") == (status == 304)
        for name in ("ETag", "Last-Modified", "Cache-Control", "Vary"):
            assert again.headers[name] == page.headers[name]


@pytest.mark.parametrize("path", PATHS)
def test_caches_may_keep_a_page_for_everybody_but_ask_each_time(client, digest_a, path):
    page = client.get(path, headers={"Accept-Language": "en", "Cookie": f"sessionid={'a' * 32}; django_language=en"})
    assert page.headers["Cache-Control"] == "public, max-age=0, must-revalidate"
    assert page.headers["Vary"] == "Accept-Encoding"
    assert page.cookies == {}


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_compressed_for_those_who_accept_it(client, digest_a, path):
    plain = client.get(path)
    assert "Content-Encoding" not in plain.headers
    for accepted, coding, unpack in (("gzip, br", "br", brotli.decompress), ("gzip", "gzip", gzip.decompress)):
        for _again in range(2):
            packed = client.get(path, headers={"Accept-Encoding": accepted})
            assert packed.headers["Content-Encoding"] == coding
            assert packed.headers["Content-Length"] == str(len(packed.content))
            assert unpack(packed.content) == plain.content
            assert packed.headers["ETag"] == plain.headers["ETag"]


@pytest.mark.parametrize("path", PATHS)
def test_pages_answer_head_like_get_and_nothing_else(client, digest_a, path):
    page, head = client.get(path), client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == page.headers["ETag"]
    assert head.headers["Content-Length"] == str(len(page.content))
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("path", LISTINGS)
def test_listings_change_when_a_digest_is_published_or_withdrawn(client, digest_a, path):
    before = etag_of(client, path)
    other = make_live("b", tags=("猫",))
    with_other = etag_of(client, path)
    unpublish(other.digest_id)
    assert with_other != before
    assert etag_of(client, path) == before


def test_a_digest_page_changes_when_it_is_published_again(client, digest_a):
    make_live("b")
    make_live("older", date=date(2026, 9, 1))
    before = etag_of(client, "/posts/a/")
    make_live("c", date=date(1999, 1, 1))  # not beside it
    assert etag_of(client, "/posts/a/") == before
    digest_a.digest.publications.update(is_live=False)
    digest_a.pk = None
    digest_a.is_live = True
    digest_a.save()
    assert etag_of(client, "/posts/a/") != before


@pytest.mark.parametrize("path", LISTINGS)
def test_listings_say_when_something_was_last_published_or_withdrawn(client, digest_a, path):
    published, withdrawn = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC), datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)
    other = make_live("b", date=date(1999, 1, 1))
    Publication.objects.filter(pk=other.pk).update(created_at=published)
    assert client.get(path).headers["Last-Modified"] == http_date(published.timestamp())
    Publication.objects.filter(pk=other.pk).update(is_live=False, withdrawn_at=withdrawn)
    assert client.get(path).headers["Last-Modified"] == http_date(withdrawn.timestamp())


def test_a_page_from_before_tags_became_one_is_no_longer_good_though_its_time_is_the_same(client, digest_a):
    make_live("b", tags=("ねこ",))
    had = client.get("/tags/猫/")
    tagging.make_aliases(["ねこ"], canonical="猫")
    known = {"If-None-Match": had.headers["ETag"], "If-Modified-Since": had.headers["Last-Modified"]}
    for headers in (known, {"If-Modified-Since": had.headers["Last-Modified"]}):
        now = client.get("/tags/猫/", headers=headers)
        assert (now.status_code, now.headers["Last-Modified"]) == (200, had.headers["Last-Modified"])
        assert "/posts/b/" in now.content.decode()


@pytest.mark.parametrize("path", ["/", "/tags/", "/months/"])
def test_a_listing_from_before_a_digest_was_deleted_is_no_longer_good(client, digest_a, path):
    other = make_live("b", tags=("猫",), date=date(1999, 1, 1))
    had = client.get(path).headers
    other.digest.delete()
    known = {"If-None-Match": had["ETag"], "If-Modified-Since": had["Last-Modified"]}
    assert client.get(path, headers=known).status_code == 200


def test_no_page_is_older_than_the_files_that_make_it(client):
    newest = max(path.stat().st_mtime for path in (site.BASE_DIR / "templates/public").iterdir())
    assert parse_http_date(client.get("/").headers["Last-Modified"]) >= int(newest)


def test_every_copy_ends_with_a_new_setting(client, digest_a, settings: Settings):
    before = {path: etag_of(client, path) for path in PATHS}
    settings.SITE_NAME = "別の名前"
    assert all(etag_of(client, path) != before[path] for path in PATHS)


def test_the_fingerprint_changes_with_every_file(tmp_path: Path):
    (tmp_path / "a.css").write_text("a {}")
    (tmp_path / "note.txt").write_text("not looked at")
    os.utime(tmp_path / "a.css", (1_800_000_000, 1_800_000_000))

    def now() -> tuple[str, datetime]:
        return freshness.fingerprint(tmp_path, patterns=["*.css"])

    first, changed_at = now()
    assert changed_at.timestamp() == 1_800_000_000
    (tmp_path / "note.txt").write_text("changed")
    assert now()[0] == first
    (tmp_path / "a.css").write_text("b {}")
    assert now()[0] != first
    (tmp_path / "a.css").write_text("a {}")
    (tmp_path / "b.css").write_text("")
    assert now()[0] != first


def test_the_files_that_make_a_page_are_all_in_the_fingerprint():
    found = {str(path.relative_to(site.BASE_DIR)) for name in freshness.SOURCES for path in site.BASE_DIR.glob(name)}
    assert {
        *("templates/public/digest.html", "static/public.css", "static/palette.css", "static/icons/favicon.svg"),
        *("digests/palette.py", "digests/plaintext.py", "digests/templatetags/digest_tags.py"),
        *("digests/public/views.py", "digests/publishing/interchange.py"),
    } <= found


@pytest.mark.parametrize(
    ("path", "queries"),
    [("/", 6), ("/posts/story0/", 9), ("/tags/", 5), ("/tags/猫/", 5), ("/months/", 3), ("/months/2026/09/", 5)],
)
def test_the_number_of_queries_does_not_grow(
    path: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
):
    for rows in range(20):
        quotes = ["引用"] * (rows + 1)
        make_live(f"story{rows}", *quotes, tags=("猫", f"札{rows}", "犬"), date=date(2026, 9, 1 + rows))
        if rows in {3, 9, 19}:
            cache.clear()
            with django_assert_num_queries(queries):
                assert Client().get(path).status_code == 200


def test_all_digests_and_tags_are_counted_once(digest_a, django_assert_num_queries: DjangoAssertNumQueries):
    for path, queries in (("/", 4), ("/tags/", 4)):
        Client().get(path)
        with django_assert_num_queries(queries):
            page = Client().get(path).text
        assert "猫" in page
    tagging.make_aliases(["猫"], canonical="犬")
    assert "犬" in Client().get("/tags/").text


def test_a_digest_is_written_once_for_all_lists(django_assert_num_queries: DjangoAssertNumQueries):
    live = make_live("a", tags=("猫", "犬"))
    assert live.headline in Client().get("/tags/猫/").text
    Client().get("/")
    for path in ("/", "/tags/犬/", f"/months/{live.date:%Y/%m}/"):
        with django_assert_num_queries(4):  # how many, which, the palette, when something changed
            page = Client().get(path).text
        assert '<li class="card">' in page
        assert live.headline in page


def test_a_reader_who_has_the_digest_costs_one_query(digest_a, django_assert_num_queries: DjangoAssertNumQueries):
    etag = etag_of(Client(), "/posts/a/")
    client = Client()  # another process
    with django_assert_num_queries(1):
        assert client.get("/posts/a/", headers={"If-None-Match": etag}).status_code == 304


def test_84_quotes_weigh_less_than_30_kilobytes_with_their_style(client):
    stored = json.loads((site.BASE_DIR / "digests/demo/finished.json").read_text(encoding="utf-8"))
    sample = [quote.text for quote in interchange.from_json(stored).document.quotes()]
    shuffle = random.Random(1).sample  # shuffled characters compress worse than any language does
    quotes = tuple(
        make_document_quote(
            "".join(shuffle(text, len(text))), author=f"author{n * 7919}", color="#785bff", comment=str(n)
        )
        for n, text in enumerate((sample * 2)[:84])
    )
    folds = tuple(DocumentFold(label=f"もっと（{n}）", items=quotes[n * 30 : n * 30 + 30]) for n in (1, 2))
    make_live("a", items=(*quotes[:30], *folds), source_url="https://news.ycombinator.com/item?id=100")
    assert len(_packed(client, "/posts/a/")) < 30_000


def test_the_seed_weighs_less_than_30_kilobytes_with_its_style(client):
    path = site.BASE_DIR.parent / "shared/seed/000_8f471aa8bcadff82.txt"
    if not path.is_file():
        pytest.skip("the reference post ../shared/seed is not on this machine")
    post = path.read_text(encoding="utf-8")
    bodies = re.findall(r'body="([^"]*)" userName="([^"]*)"', post)
    assert len(bodies) == 84
    quotes = (make_document_quote(body.replace("<br>", "\n"), author=name, comment="1") for body, name in bodies)
    make_live("a", items=tuple(quotes), source_url="https://news.ycombinator.com/item?id=100")
    assert len(_packed(client, "/posts/a/")) < 30_000


def _packed(client: Client, path: str) -> bytes:
    """The page and every style sheet that it names, as a browser gets them."""
    page = client.get(path).content
    named = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)"', page.decode())
    assert "public.css" in named
    styles = [(site.BASE_DIR / "static" / name).read_bytes() for name in named]
    return b"".join(brotli.compress(part) for part in (page, *styles))


def test_text_and_colours_are_readable_on_the_paper_of_both_themes():
    css = (site.BASE_DIR / "static/public.css").read_text(encoding="utf-8")
    names = dict.fromkeys(("paper", "ink", "quiet", "accent"), ("", ""))
    for name in names:
        found = re.search(rf"--{name}: light-dark\((#\w+), (#\w+)\)", css)
        assert found
        names[name] = (found[1], found[2])
    for theme in (0, 1):
        paper = names["paper"][theme]
        shown = [names[name][theme] for name in ("ink", "quiet", "accent")]
        shown += [(color.light, color.dark)[theme] for color in palette.COLORS]
        assert [color for color in shown if palette.contrast(color, paper) < 4.5] == []


def test_documents_are_read_through_the_interchange_format(client, digest_a):
    document = interchange.from_json(digest_a.document).document
    assert isinstance(document, DigestDocument)
    Publication.objects.filter(pk=digest_a.pk).update(
        document=interchange.to_json(document, status="published") | {"title": "題"}
    )
    assert '<h1 dir="auto">題</h1>' in client.get("/posts/a/").content.decode()
