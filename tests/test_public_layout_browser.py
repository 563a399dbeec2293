"""How the public pages are laid out in a real Chromium: what stands beside what, and how large it is."""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import FloatRect, Page
from pytest_django import Settings

from digests import illustrations
from digests.publishing.document import DocumentPicture
from digests.thumbnails import make_picture
from tests.axe import violations
from tests.browser import OpenPage
from tests.factories import make_document_quote, make_live

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

VIOLET = "#785bff"
LINKS_THAT_STAND_ALONE = (
    ".site-head nav a, .site-foot a, .tag-list a, .month-list a, .related a, .beside a, .pages a, .quote footer a"
)


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def stored(width: int, height: int) -> str:
    """A picture in the library's folder; its path."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    made = make_picture(out.getvalue())
    illustrations.store(made.path, made.content)
    return made.path


def box(page: Page, selector: str) -> FloatRect:
    found = page.locator(selector).first.bounding_box()
    assert found is not None, selector
    return found


def test_a_large_quote_is_large_in_a_colour_too(open_page: OpenPage) -> None:
    items = (make_document_quote("普通"), make_document_quote("色", color=VIOLET, emphasis="large"))
    make_live("a", items=items)
    for window in ("phone", "desktop"):
        page = open_page(window=window)
        page.goto("/posts/a/")
        plain, large = (
            page.locator(f"#{which} blockquote").evaluate("node => parseFloat(getComputedStyle(node).fontSize)")
            for which in ("q1", "q2")
        )
        assert large > 1.2 * plain


def test_a_picture_between_quotes_keeps_its_own_shape(open_page: OpenPage) -> None:
    tall = DocumentPicture(path=stored(300, 600), alt="縦長", width=300, height=600)
    small = DocumentPicture(path=stored(120, 90), alt="小さい", width=120, height=90)
    make_live("a", items=(make_document_quote(), tall, small))
    page = open_page(window="phone")
    page.goto("/posts/a/")
    sizes = [
        (round(found["width"]), round(found["height"]))
        for one in page.locator("figure img").all()
        if (found := one.bounding_box())
    ]
    assert sizes == [(300, 600), (120, 90)]


def test_the_text_of_a_list_stays_beside_the_picture(page: Page) -> None:
    make_live("a", headline="題", lead="導入の文。" * 20, thumbnail=stored(1200, 630))
    page.goto("/")
    shot = box(page, ".shot")
    for selector in (".card time", ".card h2", ".card .summary", ".card .facts"):
        text = box(page, selector)
        assert text["x"] + text["width"] <= shot["x"], selector


def test_a_phone_loads_no_picture_of_a_headline_that_stands_beside_it(open_page: OpenPage) -> None:
    make_live("a", headline="題だけ")
    page = open_page(window="phone")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto("/", wait_until="networkidle")
    assert page.locator(".shot:visible").count() == 0
    assert [address for address in asked if "/media/" in address] == []


def test_text_of_twice_the_size_fits_the_narrowest_window(page: Page) -> None:
    make_live("a", headline="Supercalifragilistic な話", thumbnail=stored(1200, 630), tags=("札",), series="連載")
    page.set_viewport_size({"width": 320, "height": 640})
    for path in ("/", "/posts/a/", "/tags/", "/months/", "/series/", "/search/?q=a&tag=x", "/about/"):
        page.goto(path)
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), path


def test_what_was_found_is_readable_in_the_dark(open_page: OpenPage) -> None:
    make_live("a", "猫の話", headline="猫", tags=("猫",))
    page = open_page(scheme="dark")
    page.goto("/search/?q=猫")
    assert page.locator(".tag mark").count() == 1
    assert violations(page) == []


def test_a_thumb_hits_every_link_that_stands_alone(open_page: OpenPage) -> None:
    quotes = tuple(make_document_quote(original="x", permalink="https://example.com/1") for _ in range(3))
    for slug in ("a", "b", "c"):
        make_live(slug, items=quotes, tags=("札", "C"), series="連載")
    page = open_page(window="phone")
    for path in ("/", "/posts/b/", "/tags/", "/months/", "/series/"):
        page.goto(path)
        sizes = page.locator(LINKS_THAT_STAND_ALONE).evaluate_all(
            """nodes => nodes.filter(node => node.checkVisibility()).map(node => {
                const {width, height} = node.getBoundingClientRect()
                return [node.textContent.trim(), Math.round(width), Math.round(height)] })"""
        )
        assert len(sizes) >= 9
        assert [size for size in sizes if size[1] < 24 or size[2] < 36] == [], path


ROWS_OF_LINKS = (
    ".sources a, .facts a, .ways a, .ways button, .onward a, .kicker a, .part a, .place, .narrowings a, .instead a"
)


def test_links_that_stand_in_rows_are_as_large_on_a_touch_screen(open_page: OpenPage) -> None:
    make_live("a", tags=("札",), series="連載", source_url="https://news.ycombinator.com/item?id=1")
    page = open_page(window="phone")
    for path in ("/posts/a/", "/posts/a/q/1/", "/posts/a/original/", "/tags/札/", "/search/?q=ない&tag=札"):
        page.goto(path)
        heights = page.locator(ROWS_OF_LINKS).evaluate_all(
            "nodes => nodes.filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect().height)"
        )
        assert heights, path
        assert min(heights) >= 36, path


def test_the_words_of_the_head_stay_whole_in_large_type(page: Page) -> None:
    make_live("a")
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    links = page.locator(".site-head nav a")
    assert max(link.evaluate("one => one.getClientRects().length") for link in links.all()) == 1
    assert max((link.bounding_box() or {"height": 0})["height"] for link in links.all()) < 100
