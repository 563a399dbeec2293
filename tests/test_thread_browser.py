"""The thread's pane in a real browser: the tree, narrowing, ranges, hiding, unread."""

import pytest
from playwright.sync_api import Locator, Page, expect

from digests.curation import hiding
from digests.models import Comment, Digest, HiddenThing, Thread
from tests.factories import make_comment, make_digest, make_editor, make_thread


@pytest.fixture
def thread(transactional_db) -> Thread:
    """1 ( 2 ( 3 ) 4 ) 5 ( 6 ) 7 8, by a, b, a, c, b, a, d, e."""
    thread = make_thread(comments=0)
    above: list[Comment] = []
    ranks: dict[int | None, int] = {}
    for number, (depth, author) in enumerate(zip((0, 1, 2, 1, 0, 1, 0, 0), "abacbade", strict=True), 1):
        del above[depth:]
        parent = above[-1] if above else None
        key = parent.pk if parent else None
        ranks[key] = ranks.get(key, -1) + 1
        above.append(make_comment(thread, number=number, parent=parent, rank=ranks[key], author=f"writer-{author}"))
    Thread.objects.filter(pk=thread.pk).update(comment_count=8, live_count=8)
    return Thread.objects.get(pk=thread.pk)


@pytest.fixture
def digest(thread) -> Digest:
    return make_digest(thread=thread)


@pytest.fixture
def board(page, sign_in, digest) -> Page:
    return open_board(page, sign_in, digest)


def open_board(page: Page, sign_in, digest: Digest, query: str = "") -> Page:
    sign_in(page, make_editor())
    page.goto(f"/desk/digests/{digest.pk}/{query}")
    return page


def keys(thread: Thread) -> list[int]:
    return list(thread.comments.in_order().values_list("pk", flat=True))


def comment(board: Page, number: int) -> Locator:
    """The row of a comment, by its number in the thread."""
    return board.locator(f"#c{Comment.objects.get(position=number - 1).pk}")


def shown(board: Page) -> str:
    """The numbers of the comments that are to be seen, those that only lead to others in brackets."""
    rows = board.locator("#comments > li:not([hidden])").evaluate_all(
        "rows => rows.map((row) => [Number(row.id.slice(1)), row.classList.contains('above')])"
    )
    places = dict(Comment.objects.values_list("pk", "position"))
    return "".join(f"({places[pk] + 1})" if above else str(places[pk] + 1) for pk, above in rows)


def expect_shown(board: Page, numbers: str) -> None:
    for _ in range(100):
        if shown(board) == numbers:
            return
        board.wait_for_timeout(50)
    assert shown(board) == numbers


def chosen(digest: Digest) -> str:
    places = digest.quotes.in_order().values_list("comment__position", flat=True)
    return "".join(str(place + 1) for place in places)


def expect_chosen(board: Page, digest: Digest, numbers: str) -> None:
    expect(board.locator("#list > li.quote")).to_have_count(len(numbers))
    assert chosen(digest) == numbers


def act(board: Page, name: str) -> None:
    """Presses the button that does an act, in whatever menu it is."""
    board.locator(f"#thread [data-act={name}]").first.evaluate("button => button.click()")


# The tree


def test_replies_close_and_open_at_their_number(board):
    comment(board, 1).locator(".re").click()
    expect_shown(board, "15678")
    expect(comment(board, 1).locator(".re")).to_have_attribute("aria-expanded", "false")
    comment(board, 1).locator(".re").click()
    expect_shown(board, "12345678")
    comment(board, 2).locator(".re").click()
    comment(board, 1).locator(".re").click()
    comment(board, 1).locator(".re").click()
    expect_shown(board, "1245678")  # what was closed within stays closed


def test_closing_from_within_closes_what_it_answers_and_all_opens_again(board):
    comment(board, 3).focus()
    act(board, "collapse")
    expect_shown(board, "1245678")
    assert board.evaluate("document.activeElement.id") == comment(board, 2).get_attribute("id")
    act(board, "collapse")
    expect_shown(board, "15678")
    comment(board, 7).focus()
    act(board, "expand")
    expect_shown(board, "12345678")


# Narrowing


def test_the_thread_narrows_while_one_types_and_keeps_what_leads_there(board):
    board.locator("#find").press_sequentially("writer-a")
    expect_shown(board, "1(2)3(5)6")
    expect(board.locator("#found-said")).to_contain_text("3")
    board.locator("#find").press_sequentially(' "number 3"')
    expect_shown(board, "(1)(2)3")
    assert "number+3" in board.url
    board.reload()
    expect_shown(board, "(1)(2)3")
    board.locator("#show-all").click()
    expect_shown(board, "12345678")
    assert "?" not in board.url


def test_nothing_narrows_while_an_input_method_converts(board):
    field = board.locator("#find")
    say = "(field, more) => field.dispatchEvent(new InputEvent('input', {bubbles: true, ...more}))"
    field.evaluate("field => { field.value = 'ｚｚ'; }")
    field.evaluate(say, {"isComposing": True})
    board.wait_for_timeout(400)
    assert shown(board) == "12345678"
    field.evaluate("field => field.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true}))")
    expect_shown(board, "")


def test_the_controls_narrow_too(board, digest):
    comment(board, 5).locator("button[name=comment]").click()
    expect_chosen(board, digest, "5")
    board.locator(".narrowing > summary").click()
    board.locator("[name=chosen]").select_option("yes")
    expect_shown(board, "5")
    board.locator("[name=chosen]").select_option("")
    board.locator("[name=replies]").check()
    expect_shown(board, "125")
    board.locator("[name=depth]").select_option("0")
    expect_shown(board, "15")


def test_all_that_was_found_is_chosen_at_once_and_undone_at_once(board, digest):
    board.locator("#find").press_sequentially("writer-a")
    expect_shown(board, "1(2)3(5)6")
    board.locator("#found button[value=found]").click()
    expect_chosen(board, digest, "136")
    board.locator("#acts [data-act=undo]").click()
    expect_chosen(board, digest, "")


def test_without_script_what_was_found_is_chosen_and_inverted(open_page, sign_in, digest):
    board = open_board(open_page(javascript=False), sign_in, digest)
    board.locator("#find").fill("writer-a")
    board.locator("#find").press("Enter")
    board.locator("#found button[value=found]").click()
    assert chosen(digest) == "136"
    assert "q=writer-a" in board.url
    board.locator(f"button[name=comment][value='{comment(board, 3).get_attribute('id')[1:]}']").click()
    board.locator("#found button[value=invert]").click()
    assert chosen(digest) == "3"
    board.goto(f"/desk/digests/{digest.pk}/?under={keys(digest.thread)[4]}")
    board.locator("#found button[value=found]").click()
    assert chosen(digest) == "356"


# Choosing several


def test_shift_and_a_click_mark_a_range_and_one_act_chooses_it(board, digest):
    comment(board, 2).locator("div").click()
    comment(board, 4).locator("div").click(modifiers=["Shift"])
    expect(board.locator(".ranged")).to_have_count(3)
    expect(board.locator("#whose")).to_contain_text("3")
    act(board, "choose")
    expect_chosen(board, digest, "234")
    expect(board.locator(".ranged")).to_have_count(0)
    expect(comment(board, 4).locator("span > a")).to_have_text("3")


def test_shift_and_arrows_mark_a_range_and_escape_lets_go(board, digest):
    comment(board, 5).focus()
    board.keyboard.press("Shift+ArrowDown")
    board.keyboard.press("Shift+ArrowDown")
    expect(board.locator(".ranged")).to_have_count(3)
    board.keyboard.press("Shift+ArrowUp")
    expect(board.locator(".ranged")).to_have_count(2)
    board.keyboard.press("Escape")
    expect(board.locator(".ranged")).to_have_count(0)


def test_a_range_is_of_what_is_shown(board, digest):
    comment(board, 1).locator(".re").click()
    comment(board, 1).locator("div").click()
    comment(board, 5).locator("div").click(modifiers=["Shift"])
    act(board, "choose")
    expect_chosen(board, digest, "15")


def test_subtree_author_and_inversion_are_one_act_each(board, digest):
    comment(board, 2).focus()
    act(board, "choose-subtree")
    expect_chosen(board, digest, "23")
    comment(board, 1).focus()
    act(board, "choose-author")
    expect_chosen(board, digest, "2316")
    comment(board, 1).locator("div").click()
    comment(board, 4).locator("div").click(modifiers=["Shift"])
    act(board, "invert")
    expect_chosen(board, digest, "64")
    for numbers in ("2316", "23", ""):
        board.locator("#acts [data-act=undo]").click()
        expect_chosen(board, digest, numbers)


def test_from_the_last_one_chosen_to_here(board, digest):
    comment(board, 4).locator("button[name=comment]").click()
    expect_chosen(board, digest, "4")
    comment(board, 7).focus()
    act(board, "choose-range")
    expect_chosen(board, digest, "4567")


# Hiding


def test_an_author_is_hidden_says_so_and_comes_back(board, digest):
    comment(board, 3).locator("button[name=comment]").click()
    expect_chosen(board, digest, "3")
    comment(board, 1).focus()
    act(board, "hide-author")
    expect(board.locator("#comments > .hid")).to_have_count(2)  # the chosen one is not
    expect(board.locator("#hiding > summary")).to_contain_text("writer-a (2)")
    expect(board.locator("#said")).to_contain_text("writer-a")
    assert HiddenThing.objects.get().value == "writer-a"
    expect(comment(board, 6).locator("button[name=comment]")).to_be_hidden()
    comment(board, 6).locator("summary").click()
    comment(board, 6).locator("button[name=comment]").click()
    expect_chosen(board, digest, "36")
    board.locator("#hiding > summary").click()
    board.locator("#hiding li button").click()
    expect(board.locator("#comments > .hid")).to_have_count(0)
    assert not HiddenThing.objects.exists()


def test_words_are_hidden_from_the_selection(board, digest):
    comment(board, 7).locator("div").evaluate("node => getSelection().selectAllChildren(node)")
    comment(board, 7).focus()
    act(board, "hide-words")
    expect(board.locator("#hide [name=value]")).to_have_value("Comment number 7")
    board.locator("#hide button[value=words]").click()
    expect(board.locator("#comments > .hid")).to_have_count(1)


def test_a_hidden_thing_leaves_the_place_one_is_at(board, digest):
    comment(board, 7).focus()
    hiding.hide("hackernews", kind="author", value="writer-e", by=None)
    act(board, "hide-author")
    expect(board.locator("#comments > .hid")).to_have_count(2)
    expect(board.locator("#whose")).to_have_text("writer-d")


# Unread


def test_everything_is_read_by_one_act(board, digest):
    act(board, "mark-read")
    expect(board.locator("#comments > .new")).to_have_count(0)
    expect(board.locator("#unread-count")).to_have_text("0")
    board.reload()
    expect(board.locator("#comments > .new")).to_have_count(0)


# Beside the digest


def test_the_tab_key_does_not_go_through_every_comment(board):
    comment(board, 2).focus()
    board.keyboard.press("Tab")
    expect(comment(board, 2).locator("a").first).to_be_focused()
    for _ in range(3):
        board.keyboard.press("Tab")
    assert board.evaluate("document.activeElement.closest('#comments')") is None


def test_a_phone_chooses_narrows_and_closes(phone, sign_in, digest):
    board = open_board(phone, sign_in, digest)
    comment(board, 1).locator(".re").tap()
    expect_shown(board, "15678")
    comment(board, 5).locator("button[name=comment]").tap()
    expect(comment(board, 5).locator("span > a")).to_have_text("1")
    comment(board, 5).locator("span > a").tap()
    expect(board.locator("#digest")).to_be_visible()
    expect(board.locator("#thread")).to_be_hidden()
    board.locator("#list .number").tap()
    expect(board.locator("#thread")).to_be_visible()
    board.locator("#find").fill("writer-d")
    expect_shown(board, "7")
    sizes = board.locator("#thread button:visible, #thread summary:visible, #thread .re:visible").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().height)"
    )
    assert min(sizes) >= 24
    assert board.evaluate("document.documentElement.scrollWidth") <= 390
