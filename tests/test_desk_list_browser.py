"""The list of digests in a real browser: ticking by mouse and keyboard, acts on many and their way back."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from digests import curation
from digests.curation.bin import put_in
from digests.models import Digest, Keymap
from digests.publishing import publish as publishing
from tests.axe import violations
from tests.browser import Console, OpenPage, SignIn
from tests.factories import make_digest, make_editor

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def desk(page: Page, sign_in: SignIn) -> Page:
    sign_in(page, make_editor())
    for number in range(6):
        make_digest(slug=f"d{number}", headline=f"話{number}", tags=["猫"], texts=["日本語の文です"])
    page.goto("/desk/")
    return page


def ticked(page: Page) -> list[int]:
    boxes = page.locator(".tickable input[name=digest]")
    return [number for number in range(boxes.count()) if boxes.nth(number).is_checked()]


def test_a_range_is_ticked_with_shift_and_the_page_says_how_many(desk: Page) -> None:
    boxes = desk.locator(".tickable input[name=digest]")
    boxes.nth(1).check()
    boxes.nth(4).click(modifiers=["Shift"])
    assert ticked(desk) == [1, 2, 3, 4]
    expect(desk.locator(".ticked-count")).to_contain_text("4")
    boxes.nth(2).click(modifiers=["Shift"])
    assert ticked(desk) == [1]
    desk.locator("[data-all]").check()
    assert ticked(desk) == [0, 1, 2, 3, 4, 5]


def test_rows_are_ticked_by_keys_alone(desk: Page) -> None:
    desk.locator(".tickable input[name=digest]").first.focus()
    desk.keyboard.press("x")
    desk.keyboard.press("j")
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Shift+ArrowDown")
    assert ticked(desk) == [0, 2, 3]
    desk.keyboard.press("k")
    desk.keyboard.press("Space")
    assert ticked(desk) == [0, 3]


def test_by_keys_one_searches_goes_into_the_list_and_opens_a_board(desk: Page) -> None:
    expect(desk.locator(".keys-hint")).to_be_visible()
    desk.keyboard.press("/")
    expect(desk.locator(".finder [name=q]")).to_be_focused()
    desk.keyboard.press("j")  # within a field a key is a letter
    expect(desk.locator(".finder [name=q]")).to_have_value("j")
    desk.locator("#digests-title").click()
    desk.keyboard.press("j")
    desk.keyboard.press("j")
    desk.keyboard.press("k")
    expect(desk.locator(".tickable input[name=digest]").first).to_be_focused()
    newest = desk.locator(".tickable a.name").first.get_attribute("href")
    desk.keyboard.press("Enter")
    desk.wait_for_url(f"**{newest}")


def test_the_list_goes_by_the_keys_that_its_editor_has_on_the_board(desk: Page) -> None:
    Keymap.objects.create(editor=User.objects.get(), keys={"next-row": "N", "next-unwritten": "", "find": ""})
    desk.reload()
    desk.keyboard.press("/")
    desk.keyboard.press("j")
    expect(desk.locator("body")).to_be_focused()
    desk.keyboard.press("n")
    expect(desk.locator(".tickable input[name=digest]").first).to_be_focused()


@pytest.mark.parametrize("javascript", [True, False])
def test_many_are_tagged_binned_and_brought_back(open_page: OpenPage, sign_in: SignIn, javascript: bool) -> None:
    page = open_page(javascript=javascript, locale="en-US")
    sign_in(page, make_editor())
    for number in range(3):
        make_digest(slug=f"d{number}", headline=f"話{number}", tags=["猫"])
    page.goto("/desk/?tag=猫")
    for number in (0, 1):
        page.locator(".tickable input[name=digest]").nth(number).check()
    page.locator("button[value=tags]").click()
    page.locator("#add").fill("犬")
    page.locator("input[name=remove][value=猫]").check()
    page.locator("form.card button").first.click()
    page.wait_for_url(re.compile(r"/desk/\?tag="))
    expect(page.locator(".tickable > li")).to_have_count(1)
    page.locator(".undoable button").click()
    expect(page.locator(".tickable > li")).to_have_count(3)
    page.locator("#which").select_option("found")
    page.locator("button[value=bin]").click()
    page.locator("button.danger").click()
    page.goto("/desk/bin/")
    expect(page.locator(".binned > li")).to_have_count(3)
    page.locator(".binned form button").first.click()
    page.wait_for_url(re.compile(r"/desk/digests/\d+/$"))
    assert Digest.objects.kept().count() == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_have_no_barriers(open_page: OpenPage, sign_in: SignIn, scheme: str) -> None:
    page, editor = open_page(scheme=scheme), make_editor()
    sign_in(page, editor)
    digest = make_digest(texts=["日本語の文です", "日本語の文その二です"], tags=["猫"], series="連載")
    publishing.publish(digest.pk, changes=1, by=editor)
    kept = curation.name_revision(digest.pk, name="前", by=editor.pk)
    quote = digest.quotes.in_order()[0]
    curation.edit_quote(quote.pk, version=1, text="新しい文です", author="a", by=editor.pk)
    binned = make_digest(slug="binned")
    put_in({binned.pk: 1}, by=editor.pk)
    many = f"/desk/digests/many/?digest={digest.pk}&act="
    history = f"/desk/digests/{digest.pk}/history/"
    for address in (
        "/desk/?tag=猫&order=changed",
        "/desk/bin/",
        "/desk/audit/",
        f"{many}tags",
        f"{many}series",
        f"{many}bin",
        history,
        f"{history}compared/?from=r{kept.pk}&to=now",
        f"{history}revisions/{kept.pk}/restore/",
        f"/desk/digests/{digest.pk}/delete/",
        f"/desk/digests/{binned.pk}/",
        f"/desk/digests/{binned.pk}/delete-for-good/",
    ):
        page.goto(address)
        assert violations(page) == [], address


def test_going_back_is_undone_on_the_board(page: Page, sign_in: SignIn) -> None:
    editor = make_editor()
    sign_in(page, editor)
    digest = make_digest(texts=["一つ目の文です"])
    kept = curation.name_revision(digest.pk, name="前", by=editor.pk)
    curation.edit_quote(digest.quotes.get().pk, version=1, text="新しい文です", author="author1", by=editor.pk)
    page.goto(f"/desk/digests/{digest.pk}/history/revisions/{kept.pk}/restore/")
    page.locator("form.line button.primary").click()
    page.wait_for_url(re.compile(r"/desk/digests/\d+/$"))
    assert digest.quotes.get().text == "一つ目の文です"
    with page.expect_response(re.compile(r"/quotes/$")):
        page.locator("button[value=undo]").click()
    assert digest.quotes.get().text == "新しい文です"


def test_who_writes_while_somebody_bins_the_digest_is_told_and_keeps_the_text(
    open_page: OpenPage, sign_in: SignIn, console: Console
) -> None:
    console.allow(r"410")
    writing, binning = open_page(), open_page()
    sign_in(writing, make_editor())
    sign_in(binning, make_editor("other"))
    digest = make_digest(texts=["一つ目の文です"])
    writing.goto(f"/desk/digests/{digest.pk}/")
    binning.goto(f"/desk/digests/{digest.pk}/delete/")
    binning.locator("form.line button.danger, .line button.danger").first.click()
    binning.wait_for_url("**/desk/bin/")
    field = writing.locator("textarea[name=text]").first
    with writing.expect_response(re.compile(r"/quotes/\d+/$")) as answer:
        field.fill("書いている途中の文です")
        field.blur()
    assert answer.value.status == 410
    expect(field).to_have_value("書いている途中の文です")
    assert digest.quotes.get().text == "一つ目の文です"
    binning.locator(".binned form button").first.click()
    binning.wait_for_url(re.compile(r"/desk/digests/\d+/$"))
    expect(binning.locator("textarea[name=text]").first).to_have_value("一つ目の文です")
