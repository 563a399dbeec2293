"""The starter site in a real Chromium, as a static server gives it: readable in both themes, no wider than a phone."""

import functools
import http.server
import threading
from collections.abc import Iterator
from typing import Literal

import pytest
from playwright.sync_api import Browser, Page, expect

from digests import palette
from digests.publishing import hugo
from digests.publishing.document import DocumentFold
from tests import hugo_site
from tests.browser import WINDOWS, Console
from tests.factories import make_document, make_document_quote
from tests.test_hugo_starter import demo, starter
from tests.test_public_browser import LONG, _hex

WIKI = "/posts/2026_09/2026_09_12_plain_text_wiki_five_years_later/"
HOSTILE = "/posts/2026_09/2026_09_12_hostile/"
BY_HAND = "/posts/2026_09/2026_09_12_by_hand/"
LISTS = ("/", "/posts/", "/tags/", "/tags/git/", "/months/", "/months/2026/09/", "/404.html")
ATTACK = "<script>alert(1)</script><img src=x onerror=alert(1)></details>"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_args: object) -> None:
        pass


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where the built site is served: the demo digests, one of every colour, and one full of attacks."""
    root = tmp_path_factory.mktemp("site")
    colored = tuple(make_document_quote(f"引用{n}。", color=color.hex) for n, color in enumerate(palette.COLORS))
    attacks = (make_document_quote(ATTACK, author=ATTACK), make_document_quote(LONG))
    hostile = make_document(
        slug="hostile",
        headline=ATTACK,
        lead=ATTACK + LONG,
        tags=(ATTACK, "w" * 90),
        thumbnail="thumbnails/circles.png",
        items=(*colored, *attacks, DocumentFold(label=ATTACK, items=(*colored, *attacks))),
    )
    by_hand = make_document(slug="by_hand", items=(make_document_quote(),))
    starter(root, demo("finished"), demo("half_done"), hostile, by_hand)
    path = root / hugo.post_path(by_hand)
    path.write_text(path.read_text("utf-8") + f"\n{ATTACK}\n", encoding="utf-8")
    hugo_site.run(root)
    handler = functools.partial(_Quiet, directory=str(root / "public"))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture
def visit(address: str, browser: Browser, console: Console, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A window on the site; `parametrize("visit", [("phone", "dark")], indirect=True)` says which."""
    scheme: Literal["light", "dark"]
    window, scheme = getattr(request, "param", ("desktop", "light"))
    context = browser.new_context(base_url=address, viewport=WINDOWS[window], color_scheme=scheme)
    page = context.new_page()
    page.on("dialog", lambda dialog: console.complaints.append(f"a script ran: {dialog.message}"))
    console.watch(page)
    yield page
    context.close()


@pytest.mark.hugo
@pytest.mark.parametrize("visit", [("desktop", "light"), ("phone", "dark")], indirect=True)
def test_no_page_scrolls_sideways_or_asks_elsewhere(visit: Page, address: str):
    asked: list[str] = []
    visit.on("request", lambda request: asked.append(request.url))
    for path in (*LISTS, WIKI, HOSTILE):
        visit.goto(path)
        assert visit.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path
        expect(visit.locator("h1")).to_have_count(1)
        expect(visit.get_by_role("main")).to_have_count(1)
    assert [url for url in asked if not url.startswith(f"{address}/")] == []
    assert visit.context.cookies() == []


@pytest.mark.hugo
@pytest.mark.parametrize("visit", [("desktop", "light"), ("desktop", "dark")], indirect=True)
@pytest.mark.parametrize("path", [WIKI, HOSTILE, "/", "/months/"])
def test_everything_written_is_readable_in_both_themes(visit: Page, path: str):
    visit.goto(path)
    visit.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    paper = _hex(visit.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    colors = visit.evaluate(
        """[...new Set([...document.querySelectorAll("body *")].filter(node => node.innerText?.trim())
            .map(node => getComputedStyle(node).color).filter(color => color.startsWith("rgb")))]"""
    )
    assert len(colors) >= (8 if path == HOSTILE else 2)
    assert [color for color in colors if palette.contrast(_hex(color), paper) < 4.5] == []


@pytest.mark.hugo
def test_a_script_that_somebody_wrote_into_a_post_does_not_run(visit: Page, console: Console):
    console.allow("Content Security Policy")
    console.allow("404")  # its picture
    visit.goto(BY_HAND)
    expect(visit.locator("main script")).to_have_count(1)
    assert any("script-src" in complaint or "inline" in complaint for complaint in console.complaints)


@pytest.mark.hugo
def test_an_anchor_inside_a_closed_fold_opens_it(visit: Page):
    visit.goto(f"{WIKI}#q50")
    expect(visit.locator("#q50")).to_be_in_viewport()
    expect(visit.locator("#q50 .number")).to_have_text("50")


@pytest.mark.hugo
def test_the_first_key_leads_to_the_text(visit: Page):
    visit.goto(WIKI)
    visit.keyboard.press("Tab")
    expect(visit.locator(".skip")).to_be_focused()
    expect(visit.locator(".skip")).to_have_attribute("href", "#main")
