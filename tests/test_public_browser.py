"""The public pages in a real Chromium: folds, anchors, themes, and no page wider than its window."""

import re

import pytest
from playwright.sync_api import Page, expect

from digests import palette
from digests.publishing.document import DocumentFold
from tests.browser import OpenPage
from tests.factories import make_document_quote, make_live

LONG = "https://example.com/" + "deeply/nested/" * 30 + " `" + "mov_eax_" * 60 + "` " + "w" * 300


@pytest.fixture
def folded(transactional_db: None) -> None:
    """Three open quotes, one in each of two folds, one of them far down."""
    quotes = tuple(make_document_quote(f"引用{n}。" * 40, color=palette.COLORS[n % 6].hex) for n in range(12))
    needle = make_document_quote("ここに針がある。")
    folds = (
        DocumentFold(label="もっと（1）", items=quotes),
        DocumentFold(label="もっと（2）", items=(*quotes, needle)),
    )
    make_live("a", items=(*quotes[:3], *folds), headline="長い題" * 12, lead=LONG, tags=("..", "UI/UX", "w" * 90))


def is_open(page: Page) -> list[bool]:
    return [bool(fold.evaluate("fold => fold.open")) for fold in page.locator("details").all()]


def test_folds_open_and_close_without_javascript(folded, open_page: OpenPage):
    page = open_page(javascript=False, window="phone")
    page.goto("/posts/a/")
    inside = page.locator("#q4 blockquote")
    expect(inside).not_to_be_visible()
    page.locator("summary").first.tap()
    expect(inside).to_be_visible()
    page.locator("summary").first.press("Enter")
    expect(inside).not_to_be_visible()


def test_an_anchor_inside_a_closed_fold_opens_it(folded, page: Page):
    page.goto("/posts/a/#q28")
    expect(page.locator("#q28")).to_be_in_viewport()
    assert is_open(page) == [False, True]


def test_text_inside_a_closed_fold_is_found(folded, page: Page):
    # A text fragment searches as find-in-page does, which cannot be driven from here.
    page.goto("/posts/a/#:~:text=針がある")
    expect(page.locator("#q28")).to_be_in_viewport()
    assert is_open(page) == [False, True]


@pytest.mark.parametrize("window", ["desktop", "phone"])
def test_no_page_scrolls_sideways(folded, open_page: OpenPage, window: str):
    page = open_page(window=window)
    for path in ("/", "/posts/a/#q28", "/tags/", "/tags/UI/UX/", "/months/", "/months/2026/09/"):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_written_is_readable_in_both_themes(folded, open_page: OpenPage, scheme: str):
    page = open_page(scheme=scheme)
    page.goto("/posts/a/#q28")
    paper = _hex(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
    assert (palette.contrast(paper, "#ffffff") > 10) == (scheme == "dark")
    colors = page.evaluate(
        """[...new Set([...document.querySelectorAll("body *")].filter(node => node.innerText?.trim())
            .map(node => getComputedStyle(node).color))]"""
    )
    assert len(colors) >= 6 + 2
    assert [color for color in colors if palette.contrast(_hex(color), paper) < 4.5] == []


def _hex(color: str) -> str:
    red, green, blue = re.findall(r"\d+", color)[:3]
    return f"#{int(red):02x}{int(green):02x}{int(blue):02x}"


def test_a_line_of_a_quote_holds_about_forty_characters(transactional_db, page: Page):
    make_live("a", "字" * 400)
    page.goto("/posts/a/")
    width, size, leading = page.locator("#q1 blockquote").evaluate(
        """node => { const style = getComputedStyle(node)
            return [node.clientWidth, style.fontSize, style.lineHeight].map(parseFloat) }"""
    )
    assert 36 <= width / size <= 42
    assert 1.75 <= leading / size <= 1.9


def test_even_a_tag_that_looks_like_a_path_can_be_followed(folded, page: Page):
    page.goto("/posts/a/")
    page.locator(".digest-head .tag").first.click()
    expect(page.locator("h1")).to_have_text("..")
    expect(page.locator(".card")).to_have_count(1)


def test_pages_load_nothing_from_elsewhere_and_leave_no_cookie(folded, page: Page):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for path in ("/", "/posts/a/", "/tags/", "/months/"):
        page.goto(path)
    origin = page.evaluate("location.origin")
    assert len(asked) > 4
    assert [url for url in asked if not url.startswith(f"{origin}/")] == []
    assert page.context.cookies() == []
