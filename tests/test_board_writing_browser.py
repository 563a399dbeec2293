"""Writing in a real browser: saved by itself, kept through crashes of tab and server, never silently lost."""

import contextlib
import re
from typing import Any

import pytest
from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Locator, Page, Route, expect

from digests import curation
from digests.models import Digest, Quote
from tests.factories import make_digest, make_editor

REFUSAL = r"status of (409|422)"
UNREACHED = r"ERR_|htmx:(afterRequest|sendError)|status of 50"


@pytest.fixture
def digest(transactional_db):
    return make_digest(texts=["一つ", "二つ", "三つ"])


@pytest.fixture
def board(page, sign_in, digest):
    sign_in(page, make_editor())
    return opened(page, digest)


def opened(page: Page, digest: Digest) -> Page:
    page.goto(f"/desk/digests/{digest.pk}/")
    return page


def quote(digest: Digest, number: int) -> Quote:
    return digest.quotes.in_order()[number - 1]


def field(board: Page, digest: Digest, number: int) -> Locator:
    return board.locator(f"#t{quote(digest, number).pk} [name=text]")


def state(board: Page, digest: Digest, number: int) -> Locator:
    return board.locator(f"#s{quote(digest, number).pk}")


def kept(board: Page) -> list[dict[str, Any]]:
    """What the browser keeps."""
    found: list[dict[str, Any]] = board.evaluate(
        """async () => {
          const database = await new Promise((resolve) => {
            const opening = indexedDB.open("matome", 1);
            opening.onsuccess = () => resolve(opening.result);
          });
          return new Promise((resolve) => {
            const asking = database.transaction("texts").objectStore("texts").getAll();
            asking.onsuccess = () => { database.close(); resolve(asking.result); };
          });
        }"""
    )
    return found


def wait_until_kept(board: Page, text: str | None) -> None:
    """Until the browser keeps this text, or (None) nothing more."""
    for _ in range(100):
        texts = [entry["fields"]["text"] for entry in kept(board)]
        if (text in texts) if text else not texts:
            return
        board.wait_for_timeout(50)
    pytest.fail(f"kept: {texts}")


def crash(page: Page) -> None:
    """The tab goes as when its process dies: nothing of it runs any more."""
    with page.expect_event("crash"), contextlib.suppress(PlaywrightError):
        page.goto("chrome://crash")


def test_a_text_is_saved_by_itself_when_no_key_is_pressed_for_a_second(board, digest):
    text = field(board, digest, 1)
    text.press("End")
    text.press_sequentially("の文", delay=30)
    expect(state(board, digest, 1)).to_have_class("state unsaved")
    expect(state(board, digest, 1)).to_have_class("state saved")
    assert quote(digest, 1).text == "一つの文"
    assert text.evaluate("field => [document.activeElement === field, field.selectionStart]") == [True, 4]
    expect(board.locator("#heard")).to_be_empty()  # said aloud only when somebody asked for it
    wait_until_kept(board, None)
    text.press("Control+Enter")
    expect(board.locator("#heard")).not_to_be_empty()


def test_typing_on_while_it_is_saved_loses_nothing_and_moves_nothing(board, digest):
    held: list[Route] = []
    board.route(re.compile("/quotes/[0-9]+/$"), lambda route: held.append(route), times=1)  # noqa: PLW0108
    text = field(board, digest, 2)
    text.fill("はじめ")
    expect(state(board, digest, 2)).to_have_class("state saving")
    text.press_sequentially("と続き")
    held[0].continue_()
    expect(state(board, digest, 2)).to_have_class("state saved")
    for _ in range(100):
        if quote(digest, 2).text == "はじめと続き":
            break
        board.wait_for_timeout(50)
    assert (text.input_value(), quote(digest, 2).version) == ("はじめと続き", 3)
    assert text.evaluate("field => [document.activeElement === field, field.selectionStart]") == [True, 6]


def test_nothing_is_saved_in_the_middle_of_a_conversion(board, digest):
    text = field(board, digest, 1)
    session = board.context.new_cdp_session(board)
    text.focus()
    session.send("Input.imeSetComposition", {"text": "へんかん", "selectionStart": 4, "selectionEnd": 4})
    board.wait_for_timeout(1600)
    assert quote(digest, 1).text == "一つ"
    wait_until_kept(board, text.input_value())
    session.send("Input.insertText", {"text": "変換"})
    expect(state(board, digest, 1)).to_have_class("state saved")
    assert "変換" in quote(digest, 1).text


def test_a_text_that_was_not_saved_is_back_after_the_tab_has_died(board, digest, console):
    console.allow(UNREACHED)
    board.route(re.compile("/quotes/[0-9]+/$"), lambda route: route.abort())
    field(board, digest, 2).fill("消えない文")
    wait_until_kept(board, "消えない文")
    crash(board)
    again = board.context.new_page()
    opened(again, digest)
    expect(field(again, digest, 2)).to_have_value("消えない文")
    expect(state(again, digest, 2)).to_have_class("state saved")
    assert quote(digest, 2).text == "消えない文"
    wait_until_kept(again, None)


def test_where_somebody_wrote_meanwhile_both_texts_are_shown(board, digest, console):
    console.allow(f"{UNREACHED}|{REFUSAL}")
    board.route(re.compile("/quotes/[0-9]+/$"), lambda route: route.abort())
    field(board, digest, 2).fill("わたしの文")
    wait_until_kept(board, "わたしの文")
    crash(board)
    curation.edit_quote(quote(digest, 2).pk, version=1, text="相手の文", author="author2")
    again = opened(board.context.new_page(), digest)
    expect(state(again, digest, 2).locator(".theirs .text")).to_have_text("相手の文")
    expect(field(again, digest, 2)).to_have_value("わたしの文")
    assert quote(digest, 2).text == "相手の文"
    wait_until_kept(again, "わたしの文")
    state(again, digest, 2).locator("button[value=theirs]").click()
    expect(field(again, digest, 2)).to_have_value("相手の文")
    wait_until_kept(again, None)


def test_a_lost_answer_does_not_make_one_quarrel_with_oneself(board, digest, console):
    """The save arrived, its answer did not, and one has typed on: there is no second writer."""
    console.allow(UNREACHED)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    board.route(re.compile("/quotes/[0-9]+/$"), lose, times=1)
    text = field(board, digest, 1)
    text.fill("半分")
    expect(state(board, digest, 1)).to_have_class("state failed")
    assert quote(digest, 1).text == "半分"
    text.press_sequentially("と残り")
    expect(state(board, digest, 1)).to_have_class("state saved")
    for _ in range(100):
        if quote(digest, 1).text == "半分と残り":
            break
        board.wait_for_timeout(50)
    assert quote(digest, 1).text == text.input_value() == "半分と残り"


def test_the_server_is_tried_again_until_it_answers(board, digest, console):
    console.allow(UNREACHED)
    board.context.set_offline(True)
    field(board, digest, 1).fill("一つ目")
    field(board, digest, 2).fill("二つ目")
    for number in (1, 2):
        expect(state(board, digest, number)).to_have_class("state failed")
    board.context.set_offline(False)
    for number in (1, 2):
        expect(state(board, digest, number)).to_have_class("state saved")
    assert [quote(digest, number).text for number in (1, 2)] == ["一つ目", "二つ目"]


def test_a_browser_without_room_says_so_and_saving_goes_on(board, digest, console):
    board.evaluate(
        "void (IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); })"
    )
    field(board, digest, 1).fill("置き場がない")
    expect(board.locator("#said .error")).to_be_visible()
    expect(state(board, digest, 1)).to_have_class("state saved")
    assert quote(digest, 1).text == "置き場がない"


def test_texts_of_rows_that_are_gone_are_offered_to_copy(board, digest, console):
    console.allow(UNREACHED)
    board.route(re.compile("/quotes/[0-9]+/$"), lambda route: route.abort())
    field(board, digest, 2).fill("行がなくなった文")
    wait_until_kept(board, "行がなくなった文")
    crash(board)
    curation.drop(digest.pk, version=1, quote_ids=[quote(digest, 2).pk])
    again = opened(board.context.new_page(), digest)
    expect(again.locator("#kept textarea")).to_have_value(re.compile("行がなくなった文"))
    again.locator("#kept .away").click()
    expect(again.locator("#kept")).to_be_hidden()
    wait_until_kept(again, None)


def test_another_page_of_the_same_digest_leaves_a_living_pages_texts_alone(board, digest, console):
    console.allow(UNREACHED)
    board.route(re.compile("/quotes/[0-9]+/$"), lambda route: route.abort())
    field(board, digest, 1).fill("書いているところ")
    wait_until_kept(board, "書いているところ")
    second = opened(board.context.new_page(), digest)
    second.wait_for_timeout(500)
    expect(field(second, digest, 1)).to_have_value("一つ")
    wait_until_kept(second, "書いているところ")


@pytest.mark.parametrize("window", ["desktop", "phone"])
def test_a_long_name_is_seen_whole_and_one_wider_than_the_row_in_its_title(open_page, sign_in, digest, window):
    long, longer = "山田太郎（夜更かし編集者）", "とても長い名前" * 20
    for number, name in enumerate((long, longer, "anna"), 1):
        Quote.objects.filter(pk=quote(digest, number).pk).update(author=name)
    page = open_page(window=window)
    sign_in(page, make_editor())
    board = opened(page, digest)
    if window == "phone":
        board.goto(f"{board.url}#digest")
    names = board.locator("#list [name=author]")
    assert names.nth(0).evaluate("field => field.scrollWidth <= field.clientWidth")
    for field in (names.nth(0), names.nth(1)):
        field.focus()
    expect(names.nth(0)).to_have_attribute("title", "")
    expect(names.nth(1)).to_have_attribute("title", longer)
    assert board.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_phone_a_date_below_a_name_begins_where_its_letters_do(phone, sign_in, digest):
    sign_in(phone, make_editor())
    Quote.objects.filter(pk=quote(digest, 1).pk).update(author="a_name_that_leaves_no_room_for_the_date")
    opened(phone, digest).goto(f"/desk/digests/{digest.pk}/#digest")
    row = phone.locator(f"#q{quote(digest, 1).pk}")
    row.locator("[name=author]").wait_for()
    below, letters = row.evaluate(
        """(row) => {
          const name = row.querySelector("[name=author]"), box = name.getBoundingClientRect();
          const { paddingLeft, borderLeftWidth } = getComputedStyle(name);
          const when = row.querySelector(".when").getBoundingClientRect();
          const letters = box.left + parseFloat(paddingLeft) + parseFloat(borderLeftWidth);
          return [when.top >= box.bottom - 1 && when.left, letters];
        }"""
    )
    assert below == pytest.approx(letters, abs=0.5)
