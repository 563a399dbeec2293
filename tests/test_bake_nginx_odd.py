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
from tests.factories import make_live
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
    make_live("odd", tags=ODD)
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


def test_old_addresses_of_pages_lead_where_they_do_live(client: Client, server: Server):
    for address in ("/series/%E9%80%A3%E8%BC%89/?page=2", f"/tags/{quote('猫')}/page/2/?page=1", "/page/2/?page=1"):
        same(client, server, address)


def test_a_tag_that_is_called_like_a_pattern_stands_for_itself_alone():
    rules = serving.Rules(
        leads={"/tags/*/": "/tags/:all/", "/tags/:any/": "/tags/*/"},
        gone=["/posts/:x*/"], aside={}, elsewhere=[], app="", headers={}, types={},
    )  # fmt: skip
    lines = [line for line in serving.redirects(rules).splitlines() if not line.startswith("/posts/:slug/")]
    assert lines == ["/tags/%2A/ /tags/%3Aall/ 301", "/tags/%3Aany/ /tags/%2A/ 301", "/posts/%3Ax%2A/ /410.html 410"]
