"""The board in a real browser: what is typed is never lost, focus stays, drags count, and it works without script."""

import re

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from digests import curation
from digests.models import Digest
from tests.browser import keep_from_hearing
from tests.factories import make_digest, make_editor, make_fold, make_thread

REFUSAL = r"status of (409|422)"  # the browser's own line about an answer that is no success


@pytest.fixture
def digest(transactional_db):
    """Quotes by author1 … author4; the second and third are folded."""
    thread = make_thread(comments=12)
    digest = make_digest(thread=thread)
    ids = list(thread.comments.in_order().values_list("pk", flat=True)[:4])
    curation.choose(digest.pk, version=1, comment_ids=ids)
    make_fold(digest, first=1, size=2)
    return digest


@pytest.fixture
def board(page, sign_in, digest):
    return open_board(page, sign_in, digest)


def open_board(page: Page, sign_in, digest: Digest, name: str = "editor") -> Page:
    sign_in(page, make_editor(name))
    page.goto(f"/desk/digests/{digest.pk}/")
    return page


def order(digest: Digest) -> str:
    """The authors' numbers in order, as stored."""
    return "".join(
        author.removeprefix("author") for author in digest.quotes.in_order().values_list("author", flat=True)
    )


def shown(board: Page) -> str:
    authors = board.locator("#list [name=author]").evaluate_all("fields => fields.map((field) => field.value)")
    return "".join(author.removeprefix("author") for author in authors)


def row(board: Page, author: str) -> Locator:
    return board.locator("#list li.quote").filter(has=board.locator(f"[name=author][value='{author}']"))


def text_of(board: Page, author: str) -> Locator:
    return row(board, author).locator("textarea")


def at(board: Page, author: str, act: str) -> Locator:
    """The button of the tools for an act, with the author's row as the one it is about."""
    row(board, author).focus()
    return board.locator(f"#acts button[data-act='{act}']")


def press(board: Page, author: str, act: str) -> None:
    """The same pressed without the focus going anywhere, as a second hand or a slow answer would."""
    board.evaluate(
        """([row, act]) => {
            setCurrent(document.getElementById(row));
            document.querySelector(`#acts [data-act="${act}"]`).click();
        }""",
        [row(board, author).get_attribute("id"), act],
    )


def drag(board: Page, what: Locator, onto: Locator, *, release: bool = True) -> None:
    start, end = what.bounding_box(), onto.bounding_box()
    assert start
    assert end
    board.mouse.move(start["x"] + 8, start["y"] + 8)
    board.mouse.down()
    board.mouse.move(start["x"] + 12, start["y"] + 24, steps=4)
    board.mouse.move(end["x"] + 60, end["y"] + end["height"] - 4, steps=20)
    board.wait_for_timeout(150)  # Sortable looks every 50 ms where the pointer is
    if release:
        board.mouse.up()


def hold(board: Page, path: str) -> list[Route]:
    """Requests to a path wait until they are let go: `let_go(…)`."""
    held: list[Route] = []
    board.route(re.compile(path), lambda route: held.append(route))  # noqa: PLW0108  (Playwright marks its handlers)
    return held


def let_go(board: Page, held: list[Route]) -> None:
    """The first request that waits, or comes soon."""
    for _ in range(50):
        if held:
            return held.pop(0).continue_()
        board.wait_for_timeout(50)
    pytest.fail("no request came")


def wait_for_version(board: Page, version: int) -> None:
    expect(board.locator("#acts [name=version]")).to_have_value(str(version))


def focused(board: Page) -> str:
    return str(board.evaluate("document.activeElement.value || document.activeElement.id"))


def test_choosing_and_dropping_by_the_threads_buttons_keeps_the_focus_there(board, digest):
    comment = board.locator("#thread li").filter(has_text="Comment number 9")
    comment.get_by_role("button").focus()
    board.keyboard.press("Enter")
    expect(board.locator("#list li.quote")).to_have_count(5)
    expect(comment.locator("span > a")).to_have_text("5")
    pk = digest.thread.comments.get(author="author9").pk
    assert focused(board) == str(pk)
    expect(board.locator("#said")).not_to_be_empty()
    board.keyboard.press("Enter")
    expect(board.locator("#list li.quote")).to_have_count(4)
    assert focused(board) == str(pk)


@pytest.mark.parametrize("browser_moves_whole", [True, False])  # Firefox and Safari take a node out to move it
def test_a_text_that_is_being_written_survives_every_act(board, digest, browser_moves_whole):
    if not browser_moves_whole:
        board.evaluate("delete Element.prototype.moveBefore; delete DocumentFragment.prototype.moveBefore")
    field = text_of(board, "author2")
    field.fill("書きかけの文")
    field.evaluate("field => field.setSelectionRange(2, 4)")
    # No field is left here: the acts come from elsewhere, as a second hand's or a slow answer's would.
    for act in ("bottom", "every"):
        with board.expect_response(re.compile("/quotes/$")):
            press(board, "author1", act)
    expect(board.locator("#list .fold")).to_have_count(0)
    assert shown(board) == "2341"
    assert field.input_value() == "書きかけの文"
    assert field.evaluate("field => [document.activeElement === field, field.selectionStart]") == [True, 2]
    if browser_moves_whole:
        assert digest.quotes.get(author="author2").text == "Comment number 2"
        expect(row(board, "author2").locator(".state")).to_have_class("state unsaved")
    field.press("Control+Enter")
    expect(row(board, "author2").locator(".state")).to_have_class("state saved")
    assert digest.quotes.get(author="author2").text == "書きかけの文"


def test_a_text_is_saved_when_its_field_is_left_and_what_is_typed_meanwhile_stays(board, digest):
    held = hold(board, "/quotes/[0-9]+/$")
    field = text_of(board, "author1")
    field.fill("一つ目")
    field.press("Control+Enter")
    expect(row(board, "author1").locator(".state")).to_have_class("state saving")
    field.press_sequentially("と続き")
    board.locator("#find").focus()
    let_go(board, held)
    let_go(board, held)
    expect(row(board, "author1").locator(".state")).to_have_class("state saved")
    quote = digest.quotes.get(author="author1")
    assert (quote.text, quote.version, field.input_value()) == ("一つ目と続き", 3, "一つ目と続き")


def test_clicks_in_quick_succession_are_all_carried_out(board, digest):
    held = hold(board, "/quotes/$")
    first = digest.quotes.get(author="author1").pk
    for author, act in (("author4", "top"), ("author1", "paint-4"), ("author1", "bottom"), ("author4", "down")):
        press(board, author, act)
    for _ in range(4):
        let_go(board, held)
    expect(row(board, "author1")).to_have_class(re.compile("c-pink"))
    expect(board.locator("#list li.quote").last).to_have_id(f"q{first}")
    wait_for_version(board, 6)
    assert order(digest) == shown(board) == "4231"
    assert digest.quotes.get(author="author1").color == "#ff33a1"


def test_moving_keeps_the_focus_on_the_same_button_and_the_row_in_sight(board, digest):
    at(board, "author4", "top").focus()
    board.keyboard.press("Space")
    expect(board.locator("#list li.quote [name=author]").first).to_have_value("author4")
    assert focused(board) == "top:picked"
    expect(text_of(board, "author4")).to_be_in_viewport()
    assert order(digest) == "4123"


def test_dropping_is_undone_and_the_focus_goes_to_the_neighbour(board, digest):
    row(board, "author1").locator("[name=pick]").focus()
    press(board, "author1", "drop")
    expect(board.locator("#list li.quote")).to_have_count(3)
    expect(row(board, "author2")).to_be_focused()
    board.locator("#said .undo").wait_for()
    assert order(digest) == "234"
    board.locator("#said .undo").press("Enter")
    expect(board.locator("#list li.quote")).to_have_count(4)
    assert order(digest) == shown(board) == "1234"


def test_a_drag_moves_a_quote_into_a_fold(board, digest):
    board.set_viewport_size({"width": 1440, "height": 1800})  # all rows in sight
    drag(board, row(board, "author1").locator(".handle"), text_of(board, "author2"))
    wait_for_version(board, 3)
    assert board.locator("#list > li.quote.in").count() == 3
    assert order(digest) == shown(board)
    drag(board, board.locator(".fold-head .handle"), text_of(board, "author4"))
    wait_for_version(board, 4)
    assert order(digest) == shown(board)
    assert order(digest)[0] == "4"


def test_a_drag_while_a_request_runs_is_not_lost(board, digest):
    held = hold(board, "/quotes/$")
    at(board, "author1", "paint-1").click()
    drag(board, row(board, "author4").locator(".handle"), row(board, "author1").locator(".meta"))
    let_go(board, held)
    expect(row(board, "author1")).to_have_class(re.compile("c-violet"))
    let_go(board, held)
    wait_for_version(board, 4)
    assert order(digest) == shown(board)
    assert order(digest).index("4") < 2
    assert digest.quotes.get(author="author1").color == "#785bff"


def test_an_answer_waits_until_the_drag_is_over(board, digest):
    held = hold(board, "/quotes/$")
    at(board, "author1", "paint-1").click()
    drag(board, row(board, "author4").locator(".handle"), row(board, "author1").locator(".meta"), release=False)
    let_go(board, held)
    board.wait_for_timeout(300)
    expect(row(board, "author1")).not_to_have_class(re.compile("c-violet"))
    board.mouse.up()
    let_go(board, held)
    wait_for_version(board, 4)
    expect(row(board, "author1")).to_have_class(re.compile("c-violet"))
    assert order(digest) == shown(board)
    assert order(digest).index("4") < 2


def test_two_editors_of_one_quote_see_both_texts_side_by_side(board, digest, open_page, sign_in, console):
    console.allow(REFUSAL)
    other = open_board(open_page(), sign_in, digest, "other")
    text_of(other, "author1").fill("相手の文")
    text_of(other, "author1").press("Control+Enter")
    expect(row(other, "author1").locator(".state")).to_have_class("state saved")
    text_of(board, "author1").fill("わたしの文")
    text_of(board, "author1").press("Control+Enter")
    expect(row(board, "author1").locator(".theirs .text")).to_have_text("相手の文")
    assert text_of(board, "author1").input_value() == "わたしの文"
    row(board, "author1").locator("button[name=overwrite]").click()
    expect(row(board, "author1").locator(".state")).to_have_class("state saved")
    assert digest.quotes.get(author="author1").text == "わたしの文"


def test_a_stale_page_is_brought_up_to_date_around_the_text_being_written(board, digest, console):
    console.allow(REFUSAL)
    keep_from_hearing(board)
    one = digest.quotes.get(author="author1").pk
    curation.move(digest.pk, version=2, row_ids=[one], to=curation.Move.BOTTOM)
    curation.edit_quote(one, version=1, text="ほかで訳した文", author="author1")
    text_of(board, "author2").evaluate("field => { field.value = '書きかけ'; field.focus(); }")
    press(board, "author2", "up")
    expect(board.locator("#said .error")).to_be_visible()
    assert shown(board) == "2341"
    assert text_of(board, "author2").input_value() == "書きかけ"
    assert text_of(board, "author1").input_value() == "ほかで訳した文"
    at(board, "author1", "top").click()
    expect(board.locator("#list [name=author]").first).to_have_value("author1")
    assert order(digest) == "1234"


def test_a_head_older_than_the_page_is_not_overwritten_unknowingly(board, digest, console):
    console.allow(REFUSAL)
    keep_from_hearing(board)
    board.locator("#id_headline").evaluate("field => { field.value = 'わたしの見出し'; }")
    Digest.objects.filter(pk=digest.pk).update(headline="相手の見出し", version=3)
    press(board, "author1", "bottom")
    expect(board.locator("#said .error")).to_be_visible()
    assert board.locator("#id_headline").input_value() == "わたしの見出し"
    board.locator("#id_headline").press("Enter")
    expect(board.locator("#head-state .theirs")).to_contain_text("相手の見出し")
    board.locator("#head-state button").click()
    expect(board.locator("#head-state")).to_have_class("state saved")
    at(board, "author1", "bottom").click()
    expect(board.locator("#list [name=author]").last).to_have_value("author1")


def test_an_enter_that_ends_a_conversion_does_nothing_else(board, digest):
    field = text_of(board, "author1")
    field.fill("へんかん")
    press = "(field, more) => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true, ...more}))"  # noqa: E501
    field.evaluate(press, {"ctrlKey": True, "isComposing": True})
    field.evaluate(press, {"ctrlKey": True, "keyCode": 229})
    headline = board.locator("#id_headline")
    assert headline.evaluate(press, {"keyCode": 229}) is False  # prevented: it would submit the form
    assert headline.evaluate(press, {}) is True
    board.wait_for_timeout(300)
    assert digest.quotes.get(author="author1").text == "Comment number 1"


def test_without_a_connection_the_text_stays_and_the_board_says_so(board, digest, console):
    console.allow("ERR_INTERNET_DISCONNECTED|htmx:(afterRequest|sendError)")
    board.set_viewport_size({"width": 1440, "height": 1800})  # all rows in sight
    board.context.set_offline(True)
    text_of(board, "author1").fill("つながらない")
    text_of(board, "author1").press("Control+Enter")
    expect(row(board, "author1").locator(".state")).to_have_class("state failed")
    drag(board, row(board, "author4").locator(".handle"), row(board, "author1").locator(".meta"))
    expect(board.locator("#said .error")).to_be_visible()
    assert shown(board) == "1234"
    board.context.set_offline(False)
    text_of(board, "author1").press("Control+Enter")
    expect(row(board, "author1").locator(".state")).to_have_class("state saved")
    assert digest.quotes.get(author="author1").text == "つながらない"


def test_a_text_outlives_signing_out_and_in_again(board, digest, console):
    console.allow("status of 403|Error Code 403")
    elsewhere = board.context.new_page()
    elsewhere.goto("/desk/")
    elsewhere.locator(".account summary").click()
    elsewhere.locator("form[action='/accounts/logout/'] button").click()
    text_of(board, "author1").fill("続きの文")
    text_of(board, "author1").press("Control+Enter")
    expect(row(board, "author1").locator(".state")).to_have_class("state failed")
    elsewhere.locator("[name=username]").fill("editor")
    elsewhere.locator("[name=password]").fill("a long enough password")
    elsewhere.locator("[name=password]").press("Enter")
    elsewhere.wait_for_url("**/desk/")
    text_of(board, "author1").press("Control+Enter")
    expect(row(board, "author1").locator(".state")).to_have_class("state saved")
    assert digest.quotes.get(author="author1").text == "続きの文"


def test_leaving_is_held_up_only_while_something_is_unsaved(board, digest):
    asked: list[str] = []
    board.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    text_of(board, "author1").fill("まだ")
    board.goto("/desk/")
    assert asked == ["beforeunload"]
    board.goto(f"/desk/digests/{digest.pk}/")
    # Another quote: leaving may have sent the first one's text after all, and that save may land after this page.
    text_of(board, "author2").fill("訳した")
    board.locator("a[data-leave]", has_text=re.compile("Preview|プレビュー")).click()
    board.locator("blockquote", has_text="訳した").wait_for(state="attached")  # in a closed fold of the preview
    assert asked == ["beforeunload"]


def test_the_thread_is_searched_without_leaving_the_page(board, digest):
    text_of(board, "author1").fill("書きかけ")
    board.locator("#find").fill("author9")
    board.locator("#find").press("Enter")
    expect(board.locator(".comments > li:visible")).to_have_count(1)
    assert text_of(board, "author1").input_value() == "書きかけ"
    board.locator(".comments button:visible").click()
    expect(board.locator("#list li.quote")).to_have_count(5)
    at(board, "author4", "top").click()
    expect(board.locator("#list [name=author]").first).to_have_value("author4")
    expect(board.locator(".comments > li:visible")).to_have_count(1)


def test_on_a_phone_one_pane_is_shown_at_a_time(phone, sign_in, digest):
    board = open_board(phone, sign_in, digest)
    expect(board.locator("#thread")).to_be_visible()
    expect(board.locator("#digest")).to_be_hidden()
    board.locator(".panes-nav a").last.click()
    expect(board.locator("#thread")).to_be_hidden()
    at(board, "author1", "bottom").click()
    expect(board.locator("#list [name=author]").last).to_have_value("author1")
    expect(board.locator("#digest")).to_be_visible()
    row(board, "author1").locator(".number").click()
    expect(board.locator("#thread")).to_be_visible()
    sizes = board.locator("button:visible").evaluate_all(
        "buttons => buttons.map((button) => button.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 44
    assert board.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_whole_job_is_done_without_script(open_page, sign_in, digest):
    board = open_board(open_page(javascript=False), sign_in, digest)
    board.locator("#thread li").filter(has_text="Comment number 7").get_by_role("button").click()
    text_of(board, "author7").fill("訳した文")
    row(board, "author7").locator(".save").click()
    for act in ("top", "paint-1"):
        row(board, "author7").locator("[name=pick]").check()
        board.locator(f"#acts [data-act={act}]").click()
    row(board, "author7").locator("[name=pick]").check()
    row(board, "author1").locator("[name=pick]").check()
    board.locator("#acts [name=label]").fill("たたむ")
    board.locator("#acts [name=label]").press("Enter")
    row(board, "author4").locator("[name=pick]").check()
    board.locator("#acts [data-act=drop]").click()
    board.locator("#said .undo").click()
    board.locator("#id_headline").fill("見出し")
    board.locator("#head-form .save").click()
    assert order(digest) == shown(board) == "71234"
    quote = digest.quotes.get(author="author7")
    digest.refresh_from_db()
    assert (quote.text, quote.color, quote.fold.label, quote.fold.size) == ("訳した文", "#785bff", "たたむ", 2)
    assert digest.headline == "見出し"
