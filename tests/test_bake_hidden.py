"""What is not public cannot be had: no address, feed, search, sitemap, cache or baked file holds a word of it."""

import gzip
from collections.abc import Iterator
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.core.cache import cache
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from digests.baking import bake as baking
from digests.baking import links
from digests.models import Publication, Quote
from digests.public import pages
from digests.publishing.publish import publish, review_each, take, unpublish
from tests.factories import make_digest, make_live

pytestmark = pytest.mark.django_db

STARTS = ("/", "/tags/", "/months/", "/robots.txt", "/sitemap.xml", "/feeds/atom/", "/feeds/rss/", "/feeds/json/")
DRAFT, PENDING, FAILED, WITHDRAWN, UNSAVED, PUBLIC = "下書語", "待機語", "失敗語", "撤回語", "未公開語", "公開語"
HIDDEN = (DRAFT, PENDING, FAILED, WITHDRAWN, UNSAVED)


def described(word: str) -> dict[str, Any]:
    """Every field of a digest that a reader could meet."""
    tags = [f"{word}札", "共通"]
    return {"headline": f"{word}の題", "lead": f"{word}の導入", "tags": tags, "date": date(2026, 9, 12)}


@pytest.fixture
def secrets(client: Client) -> None:
    """One digest of each kind, after the public pages have once been kept with what is hidden now."""
    make_digest(slug="draft", texts=[f"{DRAFT}の文"], **described(DRAFT))
    waiting = make_digest(slug="pending", texts=[f"{PENDING}の文"], **described(PENDING))
    take(review_each([waiting.pk]), by=None)
    failed = make_digest(slug="failed", texts=[f"{FAILED}の文"], **described(FAILED))
    (row,) = take(review_each([failed.pk]), by=None)
    Publication.objects.filter(pk=row.pk).update(state=Publication.State.FAILED, error="…")
    gone = make_digest(slug="gone", texts=[f"{WITHDRAWN}の文"], **described(WITHDRAWN))
    publish(gone.pk, changes=gone.changes, by=None)
    shown = make_digest(slug="shown", texts=[f"{PUBLIC}の文"], **described(PUBLIC))
    publish(shown.pk, changes=shown.changes, by=None)
    for path in (*STARTS, "/posts/gone/", f"/tags/{WITHDRAWN}札/", f"/search/?q={WITHDRAWN}"):
        assert client.get(path).status_code == 200
    unpublish(gone.pk)
    Quote.objects.filter(digest=shown).update(text=f"{PUBLIC}の文、{UNSAVED}の続き")  # not published again


def crawled(client: Client) -> Iterator[tuple[str, str]]:
    """Everything that can be reached from the start pages and from the list of pages, with its text."""
    waiting = [*STARTS, *(page.address for page in pages.every_page(pages.Site())), "/posts/shown/q/1/"]
    seen: set[str] = set()
    while waiting:
        address = waiting.pop()
        if address in seen or address.startswith(("/static/", "/desk/", "/accounts/")):
            continue
        seen.add(address)
        answer = client.get(address)
        text = unescape(b"".join(answer).decode(errors="replace"))
        yield address, text
        if answer.headers["Content-Type"].startswith("text/html"):
            found, _missing = links.of_page(text.encode(), address=address, base="http://127.0.0.1:8000")
            waiting += found


def test_no_page_feed_or_sitemap_that_can_be_reached_says_a_hidden_word(client: Client, secrets: None):
    pages_read = dict(crawled(client))
    assert len(pages_read) > 15
    assert any(PUBLIC in text for text in pages_read.values())
    for address, text in pages_read.items():
        assert [word for word in HIDDEN if word in text] == [], address
        assert not {f"/posts/{slug}/" for slug in ("draft", "pending", "failed", "gone")} & set(text.split('"'))


@pytest.mark.parametrize("slug", ["draft", "pending", "failed", "gone"])
def test_guessing_the_address_of_a_hidden_digest_tells_nothing(client: Client, secrets: None, slug: str):
    for path in (f"/posts/{slug}/", f"/posts/{slug}/q/1/"):
        answer = client.get(path)
        assert answer.status_code == (410 if slug == "gone" else 404)
        assert [word for word in HIDDEN if word in answer.content.decode()] == []


@pytest.mark.parametrize("word", HIDDEN)
def test_searching_for_a_hidden_word_or_its_tag_finds_nothing(client: Client, secrets: None, word: str):
    for asked in ({"q": word}, {"q": PUBLIC, "tag": f"{word}札"}, {"tag": f"{word}札"}, {"q": PUBLIC, "author": word}):
        page = LexborHTMLParser(client.get("/search/", asked).content)
        assert page.css(".card") == []
        offered = {link.attributes["href"] for link in page.css("main a[href^='/posts/']")}
        assert offered <= {"/posts/shown/"}  # the newest, where nothing was found
        assert [other for other in HIDDEN if other in (page.html or "") and other != word] == []
    assert LexborHTMLParser(client.get("/search/", {"q": PUBLIC}).content).css(".card a[href='/posts/shown/']")
    for path in (f"/tags/{word}札/", f"/feeds/atom/tags/{word}札/", f"/feeds/json/tags/{word}札/"):
        assert client.get(path).status_code == 404


def test_no_kept_copy_is_given_out_of_a_digest_that_was_withdrawn(client: Client):
    gone = make_live("gone", f"{WITHDRAWN}の文", tags=(f"{WITHDRAWN}札",))
    had = {
        path: client.get(path)
        for path in ("/posts/gone/", "/posts/gone/q/1/", "/", "/feeds/atom/", f"/tags/{WITHDRAWN}札/")
    }
    unpublish(gone.digest_id)
    for path, answer in had.items():
        again = client.get(path, headers={"If-None-Match": answer.headers["ETag"]})
        assert again.status_code in {200, 404, 410}
        assert WITHDRAWN not in again.content.decode()
    cache.clear()


def test_no_baked_file_holds_a_hidden_word(secrets: None, tmp_path: Path):
    assert baking.bake(tmp_path).problems == []
    held = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(held) > 60
    said = {path: _text(path) for path in held}
    assert any(PUBLIC in text for text in said.values())
    for path, text in said.items():
        assert [word for word in HIDDEN if word in unescape(text) or word in str(path)] == []
        assert not {"/posts/draft/", "/posts/pending/", "/posts/failed/"} & set(text.split())


def _text(path: Path) -> str:
    content = path.read_bytes()
    if path.suffix == ".br":
        content = brotli.decompress(content)
    return (gzip.decompress(content) if path.suffix == ".gz" else content).decode(errors="replace")
