"""The palette's and the tags' pages in a real browser: live colours, keys that stay where they are, no barrier."""

import re

import pytest
from playwright.sync_api import Page, expect

from digests import palette
from digests.curation import palettes, tagging
from digests.models import PaletteColor, RepairBatch, Tag
from digests.models.palettes import Row
from tests.axe import violations
from tests.browser import OpenPage, SignIn
from tests.factories import make_digest, make_document_quote, make_editor, make_live

PAGE = "/desk/palette/"
FOR = Row("#45d325", "#1f7a0c", "#6fdc58", "●", "賛成", "筆者に同意する")
AGAINST = Row("#ff5c5c", "#c0262d", "#ff8080", "★", "反対")


@pytest.fixture
def desk(page: Page, sign_in: SignIn) -> Page:
    sign_in(page, make_editor())
    return page


def test_a_colour_is_shown_on_both_grounds_as_it_is_typed_and_its_contrast_is_told(desk):
    desk.goto(PAGE)
    desk.fill("#light-1", "#9fe39f")
    row = desk.locator("fieldset").nth(1)
    expect(row.locator("[data-sample=light] text")).to_have_attribute("fill", "#9fe39f")
    expect(row.locator("label[for=light-1] [data-contrast]")).to_have_text("1.4:1")
    desk.fill("#dark-1", "#ffffff")
    expect(row.locator("[data-sample=dark] text")).to_have_attribute("fill", "#ffffff")
    assert not PaletteColor.objects.exists()


def test_the_page_foretells_what_the_server_says(desk):
    palettes.save_palette([FOR, AGAINST], state="")
    desk.goto(PAGE)
    said = desk.locator("[data-contrast]")
    before = said.all_inner_texts()
    told = [float(text.removesuffix(":1")) for text in before]
    wanted = [
        palette.least_contrast(value, grounds)
        for row in (FOR, AGAINST)
        for value, grounds in ((row.light, palette.LIGHT_GROUNDS), (row.dark, palette.DARK_GROUNDS))
    ]
    assert told == pytest.approx(wanted, abs=0.1)


def test_an_unreadable_colour_is_made_readable_by_one_button_and_saved(desk, console):
    console.allow("422")
    desk.goto(PAGE)
    desk.fill("#name-1", "賛成")
    desk.fill("#light-1", "#9fe39f")
    desk.locator("#light-1").press("Enter")
    expect(desk.locator("[role=alert]")).to_be_visible()
    desk.get_by_role("button", name="読みやすくする").or_(desk.get_by_role("button", name="Make it readable")).click()
    expect(desk.locator("#light-1")).to_have_value(palette.readable("#9fe39f", palette.LIGHT_GROUNDS))
    assert desk.input_value("#name-1") == "賛成"
    desk.locator("button[value=save]").click()
    expect(desk.locator(".messages")).to_be_visible()
    stored = PaletteColor.objects.get(name="賛成")
    assert stored.light == palette.readable("#9fe39f", palette.LIGHT_GROUNDS)
    styles = desk.evaluate("[...document.querySelectorAll('link[rel=stylesheet]')].map((one) => one.href)")
    assert [one for one in styles if re.search(r"/palette-[0-9a-f]{16}\.css", one)]


def test_the_focus_goes_along_with_a_colour_that_is_moved_by_the_keyboard(desk):
    palettes.save_palette([FOR, AGAINST], state="")
    desk.goto(PAGE)
    desk.locator("button[value='down:0']").focus()
    desk.keyboard.press("Enter")
    expect(desk.locator("#name-1")).to_have_value("賛成")
    # It is the last one now, so the way down is closed; the focus stays with the colour all the same.
    inside = "document.activeElement.closest('fieldset')?.querySelector('input[name=name]').value"
    assert desk.evaluate(inside) == "賛成"


def test_the_palette_is_made_without_script(open_page: OpenPage, sign_in: SignIn):
    page = open_page(javascript=False)
    sign_in(page, make_editor())
    page.goto(PAGE)
    page.fill("#name-0", "補足")
    page.click("button[value='down:0']")
    assert page.input_value("#name-1") == "補足"
    page.click("button[value=save]")
    assert PaletteColor.objects.get(name="補足").position == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("window", ["desktop", "phone"])
def test_no_barrier_stands_on_either_page(open_page: OpenPage, sign_in: SignIn, scheme: str, window: str):
    make_digest(tags=["AI", "ＡＩ", "猫", "人工知能"])
    tagging.make_aliases(["人工知能"], canonical="AI")
    page = open_page(window=window, scheme=scheme)
    sign_in(page, make_editor())
    for address in (PAGE, "/desk/tags/", "/desk/tags/?show=likely", "/desk/tags/?show=aliases"):
        page.goto(address)
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_readers_see_the_sites_own_colours_and_what_they_mean(open_page: OpenPage, scheme: str):
    palettes.save_palette([FOR, AGAINST], state="")
    items = (make_document_quote("一", color=FOR.hex), make_document_quote("二", color=AGAINST.hex, emphasis="boxed"))
    make_live("a", items=(*items, make_document_quote("三", emphasis="large")))
    page = open_page(window="phone", scheme=scheme)
    page.goto("/posts/a/")
    legend = page.locator(".legend")
    expect(legend).to_contain_text("筆者に同意する")
    expect(legend).to_contain_text("★ 反対")
    color = page.evaluate("getComputedStyle(document.querySelector('#q1')).color")
    value = FOR.light if scheme == "light" else FOR.dark
    assert color == f"rgb({', '.join(str(int(value[at : at + 2], 16)) for at in (1, 3, 5))})"
    assert violations(page) == []


def test_groups_are_merged_by_the_keyboard(desk):
    make_digest(slug="a", tags=["AI", "ＡＩ"])
    make_digest(slug="b", tags=["AI"])
    desk.goto("/desk/tags/?show=likely")
    desk.locator("button[value=groups]").focus()
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/desk/archive/repairs/*/")
    assert Tag.objects.spellings(["ＡＩ"]) == {"ＡＩ": "AI"}
    assert RepairBatch.objects.count() == 1


def test_the_board_gives_the_sites_own_colours_by_one_key_each(desk):
    palettes.save_palette([AGAINST, FOR, Row("#aa8800", "#6f5900", "#d9b64a", "◎", "体験談", "自分の話")], state="")
    digest = make_digest(texts=["一", "二", "三"])
    digest.quotes.filter(position=2).update(author="author1")
    desk.goto(f"/desk/digests/{digest.pk}/")
    row = desk.locator(f"#q{digest.quotes.get(position=0).pk}")
    row.focus()
    desk.keyboard.press("3")
    expect(row).to_have_class(re.compile(r"\bc-aa8800\b"))
    desk.keyboard.press("Shift+L")
    expect(row).to_have_class(re.compile(r"\be-boxed\b"))
    desk.keyboard.press("a")
    expect(desk.locator(f"#q{digest.quotes.get(position=2).pk}")).to_have_class(re.compile(r"\bc-aa8800\b"))
    colors = list(digest.quotes.in_order().values_list("color", "emphasis"))
    assert colors == [("#aa8800", "boxed"), ("", ""), ("#aa8800", "")]
    button = desk.get_by_role("button", name="体験談")
    assert button.get_attribute("title") == "体験談: 自分の話"
    shown = desk.evaluate(f"getComputedStyle(document.querySelector('#q{digest.quotes.get(position=0).pk}')).color")
    assert shown == "rgb(111, 89, 0)"
