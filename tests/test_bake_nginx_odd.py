"""A baked site against those who ask for odd addresses, and with names that web servers would read as their own."""

import http.client
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings as site
from django.test import Client
from django.urls import reverse

from digests.baking import bake as baking
from digests.baking import serving
from digests.models import Tag
from digests.publishing.publish import unpublish
from tests.factories import make_live
from tests.test_bake_links import make_post
from tests.test_bake_nginx import Server, running, same

pytestmark = pytest.mark.django_db
LONG = "長" * 82  # no folder can be called so
ODD = (
    *(LONG + "/$request_uri", LONG + "/$none", LONG + "/猫 の", LONG + '/"};'),
    *("*", ":all", "a:b*c", "~x", "~", "CON", "#", "%2e%2e", "\\", "..\\..", "<b>", "{a}", "${x}", "😀" * 80),
)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    for number in range(1, 23):
        make_live(f"story{number}", tags=("猫",), series="連載")
    odd = make_live("odd", tags=(*ODD, ".net", "x.gz"))
    make_post("content/posts/2025_09/2025_09_06_old/index.md", odd.digest_id)
    unpublish(make_live("gone").digest_id)
    Tag.objects.create(name="ネコ", alias_of=Tag.objects.get(name="猫"))
    baking.bake(tmp_path / "site")
    shipped = (site.BASE_DIR / "docs/nginx.conf").read_text(encoding="utf-8")
    with running(shipped, tmp_path / "site", tmp_path) as server:
        yield server


def location(server: Server, path: str) -> str:
    """Of the answer to a path that is sent as it stands here."""
    web = http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)
    web.putrequest("GET", path, skip_accept_encoding=True)
    web.endheaders()
    answer = web.getresponse()
    answer.read()
    web.close()
    return answer.getheader("Location", "")


def test_no_address_leads_to_another_site(server: Server):
    for start in ("//evil.example", "///evil.example", "/\\evil.example", "/\\/evil.example"):
        for rest in ("/%2e%2e/posts/odd", "/../posts/odd", "/..?page=2", "/%2e%2e/?page=1", "/../tags/?page=2"):
            to = location(server, start + rest)
            assert not to.startswith(("//", "/\\", "http")), start + rest


def test_a_tag_of_any_name_has_its_page_and_its_feed(client: Client, server: Server):
    for name in ODD:
        for address in (reverse("tag", args=[name]), reverse("feed", args=["atom", name])):
            same(client, server, address)


def test_odd_addresses_answer_as_they_do_live(client: Client, server: Server):
    cat, alias, series = quote("猫"), quote("ネコ"), quote("連載")
    for address in (
        *(
            "/posts/2025_09/2025_09_06_old",
            "/posts/gone",
            "/posts/gone/original/",
            "/posts/2025_09/",
            "/posts/",
            "/tags",
        ),
        *(f"/tags/{alias}", f"/tags/{alias}/", f"/feeds/json/tags/{alias}/", f"/feeds/rss/tags/{alias}", "/feeds/"),
        *("/tags/.net", "/tags/x.gz", "/tags/.net/", "/tags/x.gz/", f"/tags/{quote(LONG)}/%22%7D%3B"),
        *(f"/series/{series}/?page=2", f"/tags/{cat}/page/2/?page=1", "/page/2/?page=1", "/?x=1&page=2", "/?page=01"),
        *("/page/1/", "/tags/page/1/", f"/tags/{cat}/page/1/", f"/series/{series}/page/1/", "/months/2026/09/page/1/"),
        *("/posts/page/1/", "/page/", "/page/0/", "/months/2026/", "/months/2026/9/", f"/tags/{cat}/page/3/"),
        *(
            "/sitemaps/2.xml",
            "/sitemaps/01.xml",
            "/sitemap.xml/",
            "/robots.txt?x",
            "/media/",
            "/static/",
            "/favicon.ico",
        ),
        *("/.matome/", "/.matome/manifest.json", "/%2Ematome/nginx/maps.conf", "/_headers", "/410.html", "/index.html"),
        *(
            "/posts/%FF/",
            "/posts/odd%20/",
            "/posts/-/",
            "/about?x=%2F",
            "/about/?page=2",
            "/posts/odd/?page=2&utm_source=x",
        ),
    ):
        same(client, server, address)


def test_nobody_keeps_that_something_is_away(client: Client, server: Server):
    asked_again = "public, max-age=0, must-revalidate"
    assert client.get("/posts/gone/").headers["Cache-Control"] == asked_again
    for address in ("/posts/gone/", "/posts/none/", "/media/cards/odd/none.jpg", "/static/none.0123456789ab.css"):
        got = server.get(address)
        assert (got.status in {404, 410}, got.headers["Cache-Control"]) == (True, asked_again), address


def test_a_tag_that_is_called_like_a_pattern_stands_for_itself_alone():
    rules = serving.Rules(
        leads={"/tags/*/": "/tags/:all/", "/tags/:any/": "/tags/*/"},
        gone=["/posts/:x*/"], aside={}, elsewhere=[], app="", headers={}, types={},
    )  # fmt: skip
    lines = [line for line in serving.redirects(rules).splitlines() if not line.startswith("/posts/:slug/")]
    assert lines == ["/tags/%2A/ /tags/%3Aall/ 301", "/tags/%3Aany/ /tags/%2A/ 301", "/posts/%3Ax%2A/ /410.html 410"]
