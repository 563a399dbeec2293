"""Pages open when the server refuses or fails: what is said, that no text is lost, and how one goes on."""

import re

import pytest
from playwright.sync_api import Page, expect

from digests.models import Digest, ImportRun
from tests.factories import make_digest, make_editor, make_thread

REFUSED = r"status of (403|500)|Error Code (403|500)"


@pytest.fixture
def digest(transactional_db):
    return make_digest(thread=make_thread(), texts=["一つ", "二つ"])


@pytest.fixture
def board(page, sign_in, digest):
    sign_in(page, make_editor())
    page.goto(f"/desk/digests/{digest.pk}/")
    return page


def first(digest: Digest):
    return digest.quotes.in_order()[0]


def sign_out_and_in(board: Page, *, between) -> None:
    """Signs out in another tab, does something on the board, and signs in by the link that is there then."""
    elsewhere = board.context.new_page()
    elsewhere.goto("/desk/")
    elsewhere.locator(".account summary").click()
    elsewhere.locator("form[action='/accounts/logout/'] button").click()
    elsewhere.wait_for_url("**/accounts/login/")
    board.bring_to_front()
    between()
    with board.expect_popup() as opened:
        board.locator(".sign-in").first.click()
    opened.value.locator("[name=username]").fill("editor")
    opened.value.locator("[name=password]").fill("a long enough password")
    opened.value.locator("[name=password]").press("Enter")
    opened.value.wait_for_url("**/desk/")


def test_a_text_that_the_server_failed_over_is_sent_again_by_itself(board, digest, console):
    console.allow(REFUSED)
    quote = first(digest)
    board.route("**/quotes/*/", lambda route: route.fulfill(status=500, body="<h1>oops</h1>"), times=1)
    board.locator(f"#t{quote.pk} [name=text]").fill("失敗しても残る")
    state = board.locator(f"#s{quote.pk}")
    expect(state).to_have_class("state failed")
    expect(state).not_to_contain_text("500")
    expect(state).to_have_class("state saved")
    quote.refresh_from_db()
    assert quote.text == "失敗しても残る"


def test_an_act_that_the_server_failed_over_says_so_and_changes_nothing(board, digest, console):
    console.allow(REFUSED)
    board.route(re.compile("/quotes/$"), lambda route: route.fulfill(status=500, body="<h1>oops</h1>"))
    board.locator("[data-act=every]").click()
    expect(board.locator("#said .error")).to_be_visible()
    expect(board.locator("#said")).not_to_contain_text("500")


def test_signed_out_one_signs_in_by_the_link_and_the_text_follows_by_itself(board, digest, console):
    console.allow(REFUSED)
    quote = first(digest)
    state = board.locator(f"#s{quote.pk}")

    def write() -> None:
        board.locator(f"#t{quote.pk} [name=text]").fill("続きの文")
        expect(state.locator(".sign-in")).to_be_visible()

    sign_out_and_in(board, between=write)
    board.bring_to_front()
    board.evaluate("dispatchEvent(new Event('focus'))")
    expect(state).to_have_class("state saved")
    quote.refresh_from_db()
    assert quote.text == "続きの文"


def test_signed_out_an_act_offers_the_way_in_and_works_afterwards(board, digest, console):
    console.allow(REFUSED)
    board.locator("#list [name=pick]").first.check()
    act = board.locator("[data-act=emphasis-large]")

    def press() -> None:
        act.click()
        expect(board.locator("#said .sign-in")).to_be_visible()

    sign_out_and_in(board, between=press)
    board.bring_to_front()
    act.click()  # with the token of the session that is over
    expect(board.locator("#said .info")).to_be_visible()
    with board.expect_response(re.compile("/quotes/$")):
        act.click()
    assert first(digest).emphasis == "large"


def test_signed_out_hiding_an_author_says_why_nothing_happens(board, console):
    console.allow(REFUSED)
    board.context.clear_cookies(name="sessionid")
    board.locator("#hiding summary").click()
    board.locator("#hide [name=value]").fill("author1")
    board.locator("#hide button[value=author]").click()
    expect(board.locator("#said .sign-in")).to_be_visible()


def test_a_page_that_watches_an_import_leads_to_the_sign_in_page_which_knows_it(
    page, sign_in, transactional_db, console
):
    console.allow(REFUSED)
    run = ImportRun.objects.create(address="100", state="running")
    sign_in(page, make_editor())
    page.goto(f"/desk/imports/{run.pk}/")
    page.context.clear_cookies(name="sessionid")
    page.wait_for_url(f"**/accounts/login/?next=/desk/imports/{run.pk}/")


def test_a_thread_that_could_not_be_narrowed_says_so(board, console):
    console.allow(r"status of 403|ERR_")
    failed = board.locator("#find-failed")
    board.route("**/matches/**", lambda route: route.abort(), times=1)
    board.locator("#find").fill("author1")
    expect(failed).to_be_visible()
    board.locator("#find").press_sequentially(" ")
    expect(board.locator("#found-said")).to_be_visible()
    expect(failed).to_be_hidden()


def test_on_a_phone_a_digest_without_a_thread_opens_with_its_quotes(phone, sign_in, transactional_db):
    sign_in(phone, make_editor())
    phone.goto(f"/desk/digests/{make_digest(texts=['一つ']).pk}/")
    expect(phone.locator("#list")).to_be_visible()
    phone.locator(".panes-nav a[href='#thread']").click()
    expect(phone.locator("#list")).to_be_hidden()
