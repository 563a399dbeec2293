"""The public pages in a real Chromium: folds, anchors, themes, and no page wider than its window."""

import re
from datetime import date

import pytest
from playwright.sync_api import Page, expect

from digests import palette
from digests.publishing.document import DocumentFold, DocumentHeading, DocumentNote, DocumentUpdate
from tests.axe import violations
from tests.browser import Console, OpenPage
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
    return [bool(fold.evaluate("fold => fold.open")) for fold in page.locator("details.fold").all()]


def test_folds_open_and_close_without_javascript(folded, open_page: OpenPage):
    page = open_page(javascript=False, window="phone")
    page.goto("/posts/a/")
    inside = page.locator("#q4 blockquote")
    expect(inside).not_to_be_visible()
    page.locator(".fold summary").first.tap()
    expect(inside).to_be_visible()
    page.locator(".fold summary").first.press("Enter")
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
        """[...new Set([...document.querySelectorAll("body *")]
            .filter(node => node.checkVisibility() && node.innerText?.trim())
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


# What the script of reading adds


@pytest.fixture
def long_one(transactional_db: None) -> None:
    """Thirty open quotes and a fold of ten, with originals, under headings."""
    quotes = [
        make_document_quote(f"引用{n}。" * 30, original=f"Quote {n} & more", comment=str(n)) for n in range(1, 41)
    ]
    items = (*quotes[:30], DocumentFold(label="もっと（1）", items=tuple(quotes[30:])))
    make_live("long", items=items, headline="長いまとめ", source_url="https://news.ycombinator.com/item?id=1")


def test_the_original_and_the_words_to_pass_on_open_below_their_quote(long_one, page: Page):
    page.goto("/posts/long/")
    original = page.locator("#q2 footer a[href$='#o2']")
    original.click()
    expect(page.locator("#q2 #o2")).to_contain_text("Quote 2 & more")
    expect(original).to_have_attribute("aria-expanded", "true")
    page.locator("#q2 footer a[href$='#s2']").click()
    expect(page.locator("#q2 .words")).to_contain_text("「引用2。")
    original.click()
    expect(page.locator("#o2")).to_have_count(0)
    assert page.url.endswith("/posts/long/")


def test_without_javascript_the_original_is_a_page_away_and_leads_back(long_one, open_page: OpenPage):
    page = open_page(javascript=False, window="phone")
    page.goto("/posts/long/")
    page.locator("#q2 footer a[href$='#o2']").tap()
    expect(page.locator("#o2")).to_be_in_viewport()
    page.locator("#h2 a").tap()
    expect(page.locator("#q2")).to_be_in_viewport()


def test_the_share_text_is_copied_without_anything_invisible(long_one, open_page: OpenPage):
    page = open_page()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/posts/long/original/#s3")
    expect(page.locator("#s3 .words a")).to_have_text(re.compile(r"/posts/long/q/3/$"))
    page.locator("#s3 .copy").click()
    expect(page.locator("#s3 .copy")).to_have_text(re.compile("."))
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("「引用3。")
    assert copied.endswith("/posts/long/q/3/")
    assert not re.search(r"[\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]", copied)


def test_what_is_passed_on_is_the_page_of_the_quote(long_one, page: Page):
    page.goto("/posts/long/")
    page.locator("#q2 footer a[href$='#s2']").click()
    address = page.locator("#s2 .words a")
    expect(address).to_have_text(re.compile(r"/posts/long/q/2/$"))
    assert (address.get_attribute("href") or "") == address.inner_text()
    for name in ("X", "Bluesky", "LINE"):
        link = page.locator("#s2 .ways").get_by_role("link", name=name, exact=True)
        expect(link).to_have_attribute("href", re.compile(r"%2Fposts%2Flong%2Fq%2F2%2F$"))


@pytest.mark.parametrize("status", [404, 200])
def test_where_only_files_are_served_the_place_in_the_digest_is_passed_on(
    long_one, page: Page, console: Console, status: int
):
    """Some servers answer an address that they do not know with a page of theirs."""
    console.allow("404")
    page.route("**/q/*.jpg", lambda route: route.fulfill(status=status, content_type="text/html", body="<p>none</p>"))
    with page.expect_response("**/q/*.jpg"):
        page.goto("/posts/long/original/#s3")
    page.wait_for_load_state("networkidle")
    expect(page.locator("#s3 .words")).to_have_text(re.compile(r"/posts/long/#q3$"))
    expect(page.locator("#s3 .ways a").first).to_have_attribute("href", re.compile("%2Fposts%2Flong%2F%23q3$"))
    expect(page.locator("#s3 .quote-card")).to_be_hidden()


def test_from_a_shared_quote_the_keyboard_leads_to_its_original_and_its_place(long_one, open_page: OpenPage):
    page = open_page(javascript=False)
    page.goto("/posts/long/q/35/")
    original = page.locator(".original p")
    expect(original).not_to_be_visible()
    page.locator(".original summary").press("Enter")
    expect(original).to_have_text("Quote 35 & more")
    reached: list[str] = []
    page.locator(".skip").focus()
    while not reached or "/search/" not in reached[-1]:  # the head's links, as on every page
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.tagName"))
    reached.clear()
    for _stop in range(9):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.tagName"))
    assert reached == [
        *("/posts/long/#q35", "https://news.ycombinator.com/item?id=35", "/posts/long/q/35.jpg"),
        *("/posts/long/q/35-square.jpg", "SUMMARY"),
        *("/posts/long/", "/posts/long/#q35", "/posts/long/q/34/", "/posts/long/q/36/"),
    ]
    page.locator(".place").press("Enter")
    expect(page.locator("#q35")).to_be_in_viewport()


@pytest.mark.parametrize("window", ["phone", "desktop"])
def test_any_quote_alone_fits_its_window(transactional_db, open_page: OpenPage, window: str):
    texts = ("w", "w" * 120, LONG, "    if x:\n" * 9 + "y" * 300, "هذا نص عربي " * 30, "長い話、続く。" * 700)
    make_live("a", items=tuple(make_document_quote(text, author="w" * 90, original=text) for text in texts))
    page = open_page(window=window)
    sizes = []
    for number in range(1, len(texts) + 1):
        page.goto(f"/posts/a/q/{number}/")
        page.evaluate("document.querySelector('details').open = true")
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), number
        sizes.append(page.locator("blockquote").evaluate("node => parseFloat(getComputedStyle(node).fontSize)"))
    assert sizes[0] > sizes[1] > sizes[2] == sizes[-1] > 17


def test_where_one_stopped_is_offered_and_nothing_jumps_by_itself(long_one, page: Page):
    page.goto("/posts/long/")
    expect(page.locator("#resume")).to_be_hidden()
    page.locator("#q20").evaluate("node => node.scrollIntoView()")
    for _patience in range(100):
        if "q20" in (page.evaluate("localStorage.getItem('matome-reading')") or ""):
            break
        page.wait_for_timeout(100)
    page.goto("about:blank")
    page.goto("/posts/long/")
    assert page.evaluate("scrollY") == 0
    page.locator("#resume a").click()
    expect(page.locator("#q20")).to_be_in_viewport()
    expect(page.locator("#resume")).to_be_hidden()


def test_a_shared_quote_is_shown_and_not_what_was_read_last(long_one, page: Page):
    page.goto("/posts/long/")
    page.evaluate("localStorage.setItem('matome-reading', JSON.stringify({'/posts/long/': 'q9'}))")
    page.goto("about:blank")
    page.goto("/posts/long/#q35")
    expect(page.locator("#q35")).to_be_in_viewport()
    expect(page.locator("#resume")).to_be_hidden()


def test_the_contents_are_open_beside_the_text_on_a_wide_window_and_a_line_on_a_phone(long_one, open_page: OpenPage):
    page = open_page()
    page.goto("/posts/long/")
    expect(page.locator(".contents li").first).to_be_visible()
    page.locator("#q20").evaluate("node => node.scrollIntoView()")
    expect(page.locator(".contents [aria-current]")).to_have_count(1)
    phone = open_page(window="phone")
    phone.goto("/posts/long/")
    expect(phone.locator(".contents li").first).to_be_hidden()
    phone.locator(".contents summary").tap()
    phone.locator(".contents a[href='#q31']").first.tap()
    expect(phone.locator("#q31")).to_be_in_viewport()


def test_nothing_moves_while_the_page_loads(long_one, open_page: OpenPage):
    for window in ("phone", "desktop"):
        page = open_page(window=window)
        page.add_init_script(
            """window.moved = 0; new PerformanceObserver(list => list.getEntries().forEach(
                entry => { window.moved += entry.value })).observe({type: "layout-shift", buffered: true})"""
        )
        page.goto("/posts/long/")
        page.wait_for_load_state("networkidle")
        assert page.evaluate("window.moved") < 0.01


def test_on_paper_every_fold_is_open(long_one, page: Page):
    page.goto("/posts/long/")
    page.emulate_media(media="print")
    expect(page.locator("#q40 blockquote")).to_be_visible()
    expect(page.locator(".site-head nav")).to_be_hidden()
    assert page.locator("#q40").evaluate("node => node.getBoundingClientRect().height") > 40


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", ["phone", "desktop"])
def test_every_public_page_is_without_a_barrier(
    long_one, open_page: OpenPage, console: Console, window: str, scheme: str
):
    console.allow("404")
    colored = [make_document_quote(f"色{n}", color=color.hex) for n, color in enumerate(palette.COLORS)]
    update = DocumentUpdate(text="直った", date=date(2026, 9, 20))
    note = DocumentNote(text="編集部より https://example.com/")
    items = (DocumentHeading(text="前半"), *colored, note, update, DocumentFold(label="もっと", items=tuple(colored)))
    head = {"series": "連載", "tags": ("札", "UI/UX"), "lead": "導入"}
    for number in range(3):
        make_live(f"part{number}", items=items, date=date(2026, 9, number + 1), **head)
    page = open_page(window=window, scheme=scheme)
    for path in (
        *("/", "/posts/long/", "/posts/part1/", "/posts/part1/original/", "/tags/", "/tags/札/", "/months/"),
        *("/posts/long/q/35/", "/posts/part1/q/1/", "/posts/part1/q/6/"),
        *("/months/2026/09/", "/series/", "/series/連載/", "/search/", "/search/?q=引用"),
        *("/search/?q=無&tag=札", "/search/?q=色+無&author=x&month=2026-09", "/search/?q=%"),
        *("/about/", "/sources/", "/takedown/", "/nowhere/"),
    ):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        assert violations(page) == [], path
