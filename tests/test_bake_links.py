"""Baked pages lead somewhere: links are checked, and old addresses lead on, whichever server reads the folder."""

from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import Settings

from digests.baking import bake as baking
from digests.baking import links, places, serving
from digests.baking.folder import OWN
from digests.models import Post, Target
from digests.public import moved
from digests.publishing.publish import unpublish
from tests.factories import make_live

BASE = "https://digests.example"


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "site"


def make_post(path: str, digest_id: int) -> Post:
    target = Target.objects.create(name=f"site of {path}", kind="folder", location="/nowhere", branch="")
    return Post.objects.create(target=target, digest_id=digest_id, path=path, sha256="0" * 64)


def test_links_of_a_page_are_those_on_its_own_site():
    html = """<a href="/tags/%E7%8C%AB/?x=1#top">猫</a> <a href="../b/">b</a> <a href="https://digests.example/c/">c</a>
    <a href="https://digests.example.org/">another</a> <a href="mailto:a@example.org">write</a> <a href="#q1">1</a>
    <img src="/media/a.jpg" srcset="/media/a1.avif 480w, /media/a2.avif 960w"> <a href="//elsewhere.example/">away</a>
    <meta property="og:image" content="https://digests.example/media/card.jpg"> <p id="q1">href="/not/a/link/"</p>
    <a href="#q9">9</a> <a href="https://[broken">x</a> <a href="/a&amp;b/">and</a>"""
    found, missing = links.of_page(html.encode(), address="/posts/a/", base=BASE)
    assert found == [
        *("/tags/%E7%8C%AB/", "/posts/b/", "/c/", "/media/a.jpg", "/a&b/"),
        *("/media/a1.avif", "/media/a2.avif", "/media/card.jpg"),
    ]
    assert missing == ["q9"]


def test_links_of_a_style_sheet_are_what_it_loads():
    css = """@import "base.css"; a { background: url( 'pictures/a.png' ) } b { src: url(/f.woff2), url(data:x) }"""
    assert links.of_style(css, address="/static/public.css", base=BASE) == [
        *("/static/base.css", "/static/pictures/a.png", "/f.woff2"),
    ]


@pytest.mark.parametrize(
    ("address", "file"),
    [
        ("/", "index.html"),
        ("/tags/%E7%8C%AB/", "tags/猫/index.html"),
        ("/tags/TCP/IP/", "tags/TCP/IP/index.html"),
        ("/feeds/rss/", "feeds/rss/index.html"),
        ("/robots.txt", "robots.txt"),
    ],
)
def test_an_address_has_its_place_among_the_files(address: str, file: str):
    assert places.file_of(address) == file


def test_a_name_too_long_for_a_folder_lies_under_its_hash():
    tags, name, page, number, index = places.file_of(f"/tags/{'%E7%8C%AB' * 100}/page/2/").split("/")
    assert (tags, page, number, index) == ("tags", "page", "2", "index.html")
    assert name.startswith("~")
    assert len(name) == 65


@pytest.mark.django_db
def test_a_dead_link_ends_the_bake_with_its_page_and_target(out: Path, settings: Settings):
    make_live("a", f"見よ {settings.BASE_URL}/posts/nothing/", f"これも {settings.BASE_URL}/")
    make_live("b")
    with pytest.raises(CommandError, match="/posts/a/ points at /posts/nothing/, which is not there"):
        call_command("bake", str(out), jobs=1)
    assert (out / "posts/b/index.html").is_file()
    with pytest.raises(CommandError, match="/posts/nothing/"):  # again, though nothing is asked for
        call_command("bake", str(out), jobs=1)


@pytest.mark.django_db
def test_links_to_old_addresses_and_to_the_application_are_no_dead_ones(out: Path, settings: Settings):
    live = make_live("a", date=date(2026, 9, 1))
    make_post("content/posts/2025_09/2025_09_06_old/index.md", live.digest_id)
    make_live("b", f"{settings.BASE_URL}/posts/2025_09/2025_09_06_old/ {settings.BASE_URL}/search/?q=a")
    make_live("c", f"{settings.BASE_URL}/posts/a")  # the application adds the slash
    assert baking.bake(out).problems == []


@pytest.mark.django_db
def test_old_addresses_lead_where_the_live_site_leads(client: Client):
    """Every line that servers get is what the application answers."""
    moved_digest = make_live("new_name", tags=("Machine Learning", "猫"))
    moved_digest.digest.publications.create(
        state="succeeded", digest_changes=1, slug="old_name", date=date(2026, 9, 1), quote_count=0, document={}
    )
    gone = make_live("gone")
    unpublish(gone.digest_id)
    make_post("content/posts/2025_09/2025_09_06_old/index.md", moved_digest.digest_id)
    make_post("content/posts/日記/index.md", gone.digest_id)
    make_post("content/posts/single.md", moved_digest.digest_id)
    leads = list(moved.leads())
    assert len(leads) == 6
    for address, to in leads:
        answer = client.get(address)
        assert (answer.status_code, answer.headers.get("Location", "")) == ((301, to) if to else (410, ""))


@pytest.mark.django_db
def test_servers_are_told_of_old_addresses_and_headers(client: Client, out: Path):
    live = make_live("a", tags=("Machine Learning", "長" * 100))
    make_post("content/posts/2025_09/2025_09_06_old/index.md", live.digest_id)
    unpublish(make_live("gone").digest_id)
    baking.bake(out, app="https://desk.example")
    lines = (out / "_redirects").read_text().splitlines()
    assert "/posts/2025_09/2025_09_06_old/ /posts/a/ 301" in lines
    assert "/tags/machine-learning/ /tags/Machine%20Learning/ 301" in lines
    assert "/search/* https://desk.example/search/:splat 302" in lines
    assert lines[-1] == "/posts/gone/ /410.html 410"
    assert any(line.startswith("/tags/%E9%95%B7") and line.endswith("/ 200") for line in lines)
    assert not (out / "search").exists()
    maps = (out / OWN / "nginx/maps.conf").read_text()
    assert '"/posts/2025_09/2025_09_06_old/" "/posts/a/";' in maps
    headers = (out / "_headers").read_text()
    assert f"  Content-Security-Policy: {client.get('/').headers['Content-Security-Policy']}\n" in headers
    assert "/feeds/rss/*\n  Content-Type: application/rss+xml; charset=utf-8\n" in headers


@pytest.mark.django_db
def test_without_an_application_the_search_page_says_where_else_to_look(out: Path):
    make_live("a")
    assert baking.bake(out).problems == []
    assert 'href="/tags/"' in (out / "search/index.html").read_text()


def test_an_nginx_map_has_each_address_once_whatever_its_case_and_its_marks_are_quoted():
    rules = serving.Rules(
        leads={"/tags/rust/": "/tags/Rust/", "/tags/RUST/": "/tags/Rust/", "/tags/%22$%5C/": "/tags/$1/"},
        gone=[], aside={}, elsewhere=[], app="", headers={}, types={},
    )  # fmt: skip
    maps = serving.nginx_maps(rules)
    assert maps.lower().count('"/tags/rust/" "') == 1
    assert '"/tags/\\"$\\\\/" "/tags/%241/";' in maps
