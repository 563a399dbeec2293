"""The thread's pane by keyboard alone, for those who hear it, on a phone and in the dark."""

import re

import pytest
from playwright.sync_api import Page, expect

from digests.curation import hiding
from digests.models import Comment, Digest
from tests.axe import violations
from tests.factories import make_comment, make_digest, make_editor, make_thread


@pytest.fixture
def digest(transactional_db) -> Digest:
    """A thread of 1 ( 2 ( 3 ) ) 4 5 6."""
    thread = make_thread(comments=1)
    one = thread.comments.get()
    two = make_comment(thread, number=2, parent=one, rank=0)
    make_comment(thread, number=3, parent=two, rank=0)
    for number in (4, 5):
        make_comment(thread, number=number, rank=number - 3)
    make_comment(thread, number=6, rank=3, body='<p>See <a href="https://tea.example/">tea</a><p><pre>code</pre>')
    thread.comment_count = thread.live_count = 6
    thread.save()
    return make_digest(thread=thread)


def open_board(page: Page, sign_in, digest: Digest) -> Page:
    sign_in(page, make_editor())
    page.goto(f"/desk/digests/{digest.pk}/")
    expect(page.locator("#comment-tools")).to_be_visible()
    return page


def at(board: Page) -> int:
    """The number of the comment that has the focus."""
    pk = board.evaluate("document.activeElement.id.slice(1)")
    return Comment.objects.get(pk=pk).position + 1


def chosen(board: Page, digest: Digest, numbers: str) -> None:
    expect(board.locator("#list > li.quote")).to_have_count(len(numbers))
    places = digest.quotes.in_order().values_list("comment__position", flat=True)
    assert "".join(str(place + 1) for place in places) == numbers


def test_one_key_goes_on_chooses_closes_and_takes_a_subtree(page, sign_in, digest, console):
    console.allow(r"status of 422")
    board = open_board(page, sign_in, digest)
    board.keyboard.press("j")
    assert at(board) == 1
    board.keyboard.press("j")
    assert at(board) == 2
    board.keyboard.press("Space")
    chosen(board, digest, "2")
    assert at(board) == 2
    board.keyboard.press("k")
    board.keyboard.press("s")
    chosen(board, digest, "213")
    board.keyboard.press("h")
    board.keyboard.press("j")
    assert at(board) == 4
    board.keyboard.press("Space")
    chosen(board, digest, "2134")
    board.keyboard.press("j")
    board.keyboard.press("Shift+ArrowDown")
    board.keyboard.press("Space")
    chosen(board, digest, "213456")
    board.keyboard.press("i")
    expect(board.locator("#said .error")).to_be_visible()  # nothing is marked, and nothing narrowed


def test_a_key_leads_to_the_box_and_its_enter_to_what_was_found(page, sign_in, digest, console):
    board = open_board(page, sign_in, digest)
    board.keyboard.press("j")
    board.keyboard.press("/")
    expect(board.locator("#find")).to_be_focused()
    board.keyboard.type("author5")
    expect(board.locator("#found-said")).to_contain_text("1")
    board.keyboard.press("Enter")
    assert at(board) == 5
    board.keyboard.press("Space")
    chosen(board, digest, "5")


def test_an_enter_that_ends_a_conversion_in_the_box_finds_nothing(page, sign_in, digest):
    board = open_board(page, sign_in, digest)
    field = board.locator("#find")
    field.fill("author5")
    press = "field => field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, cancelable: true, isComposing: true}))"  # noqa: E501
    field.focus()
    assert field.evaluate(press) is False
    expect(field).to_be_focused()


@pytest.mark.parametrize(("window", "scheme"), [("desktop", "light"), ("desktop", "dark"), ("phone", "light")])
def test_nothing_breaks_the_rules_of_access(open_page, sign_in, digest, window, scheme):
    hiding.hide("hackernews", kind="author", value="author4", by=None)
    board = open_board(open_page(window=window, scheme=scheme), sign_in, digest)
    for summary in (".narrowing > summary", "#hiding > summary"):
        board.locator(summary).click()
    board.locator("#find").fill("number 3")
    expect(board.locator("#comments > .above")).to_have_count(2)
    board.locator("#comments > li.d2").click()
    board.evaluate("scrollTo(0, 0)")  # what scrolls under a bar is not looked at there
    assert violations(board, without=("#digest", "header.top")) == []
    for summary in (".narrowing > summary", "#hiding > summary", ".more-tools > summary"):
        board.locator(summary).click()
    # The open menu lies over what is behind it.
    assert violations(board, without=("#digest", "header.top", ".ways-in", "#comments")) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_beside_the_board_break_none_either(open_page, sign_in, digest, scheme):
    page = open_page(scheme=scheme)
    sign_in(page, make_editor())
    hiding.hide("hackernews", kind="author", value="author4", by=None)
    alone = make_digest(slug="alone", texts=["一"])
    paths = (
        f"/desk/threads/{digest.thread_id}/",
        "/desk/hidden/",
        f"/desk/digests/{alone.pk}/thread/",
        f"/desk/digests/{alone.pk}/thread/?thread={digest.thread_id}",
    )
    for path in paths:
        page.goto(path)
        assert violations(page, without=("header.top",)) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_thread_that_is_attached_fills_the_pane_and_an_undo_empties_it(page, sign_in, digest):
    sign_in(page, make_editor())
    alone = make_digest(slug="alone", texts=["一"])
    page.goto(f"/desk/digests/{alone.pk}/")
    page.locator("#thread a.button").click()
    page.locator(f"main a[href='?thread={digest.thread_id}']").first.click()
    page.locator("button[name=thread]").click()
    expect(page.locator("#comments > li")).to_have_count(6)
    page.locator("#acts [data-act=undo]").click()
    expect(page.locator("#comments")).to_have_count(0)
    expect(page.locator("#thread a.button")).to_have_attribute("href", re.compile("/thread/$"))
    page.locator("#acts [data-act=redo]").click()
    expect(page.locator("#comments > li")).to_have_count(6)
