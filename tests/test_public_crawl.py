"""A reader who follows every link of a moved-in archive: no error, no dead end, nothing that a strict parser minds.

Needs the archive beside the project, and is skipped without it.
"""

import io
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import html5lib
import pytest
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from selectolax.lexbor import LexborHTMLParser

from digests.models import Publication
from tests.axe import violations
from tests.browser import OpenPage

CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus" / "posts"
LOGIN = ("/desk/", "/accounts/")
DRAWN = "/media/"  # pictures are drawn when first asked for: minutes for all of them

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the archive is not beside the project")


def publish(folder: Path) -> list[str]:
    """Moves the archive in; the addresses of what is published then."""
    call_command("import_hugo", str(folder), stdout=io.StringIO())
    call_command("load_demo", stdout=io.StringIO())
    return [f"/posts/{slug}/" for slug in Publication.objects.live().values_list("slug", flat=True)]


class Crawl:
    """Every page of the site that can be reached from "/", each asked for once."""

    def __init__(self, client: Client, unlinked: Iterable[str] = ()) -> None:
        """`unlinked` are pages to which only the script of reading, or somebody's share, leads."""
        self.client = client
        self.unlinked = list(unlinked)
        self.anchors: dict[str, set[str]] = {}  # by address the ids on its page; none for what is no page
        self.wanted: dict[tuple[str, str], str] = {}  # address and anchor → the page that leads there
        self.wrong: list[str] = []

    def run(self) -> None:
        waiting = ["/", *self.unlinked]
        seen = set(waiting)
        while waiting:
            address = waiting.pop()
            for link in self._visit(address):
                target, anchor = urldefrag(urljoin(address, link))
                if urlsplit(target).netloc or target.startswith((*LOGIN, DRAWN)) or target.endswith(".jpg"):
                    continue
                self.wanted.setdefault((target, unquote(anchor)), address)
                if target in seen:
                    continue
                seen.add(target)
                if not target.startswith("/static/"):
                    waiting.append(target)
                elif not finders.find(target.removeprefix("/static/")):
                    self.wrong.append(f"{address} loads {target}, which is not there")
        for (target, anchor), page in self.wanted.items():
            if anchor and anchor not in self.anchors.get(target, set()):
                self.wrong.append(f"{page} leads to {target}#{anchor}, which is not there")

    def _visit(self, address: str) -> list[str]:
        answer = self.client.get(address)
        content = b"".join(answer) if answer.streaming else answer.content
        if answer.status_code != 200:
            self.wrong.append(f"{address}: {answer.status_code}")
            return []
        if not answer.headers["Content-Type"].startswith("text/html"):
            self.anchors[address] = set()
            return []
        text = content.decode()
        if not address.endswith("/original/") or len(self.anchors) % 10 == 0:  # those are long, and all alike
            try:
                html5lib.HTMLParser(strict=True).parse(text)
            except html5lib.html5parser.ParseError as error:
                self.wrong.append(f"{address}: {error}")
        page = LexborHTMLParser(text)
        ids = [node.attributes["id"] or "" for node in page.css("[id]")]
        if len(set(ids)) != len(ids):
            self.wrong.append(f"{address}: an id stands there twice")
        self.anchors[address] = set(ids)
        linked = [node.attributes.get("href") or node.attributes.get("src") for node in page.css("[href], [src]")]
        return [link for link in linked if link and not link.startswith(("mailto:", "data:"))]


@pytest.mark.django_db
def test_every_link_of_the_whole_archive_leads_somewhere(client):
    published = publish(CORPUS)
    assert len(published) > 150
    shared = [f"{address}q/1/" for address in published[::40]]
    crawl = Crawl(client, shared)
    crawl.run()
    assert crawl.wrong == []
    visited = set(crawl.anchors)
    assert {*published, *shared} <= visited
    quotes = Publication.objects.filter(slug__in=[address.split("/")[2] for address in shared])
    alone = [address for address in visited if "/q/" in address]
    assert len(alone) == sum(quotes.values_list("quote_count", flat=True))  # each leads to those beside it
    assert {f"{address}original/" for address in published} <= visited
    kinds = ("/tags/", "/months/", "/feeds/atom/", "/search/", "/series/", "/about/", "/sources/", "/takedown/")
    assert set(kinds) <= visited


@pytest.mark.parametrize("window", ["phone", "desktop"])
def test_pages_of_the_archive_are_without_a_barrier_in_both_themes(transactional_db, open_page: OpenPage, window: str):
    published = publish(CORPUS / "2025_03")
    for scheme in ("light", "dark"):
        page = open_page(window=window, scheme=scheme)
        parts = (f"{published[0]}original/", f"{published[0]}q/1/")
        for path in ("/", "/tags/", "/months/2025/03/", *published[:3], *parts, published[-1]):
            page.goto(path)
            page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
            assert violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
