"""Parts, splitting, replies and orders in a real browser: one key each, and nothing typed is lost."""

import re

import pytest
from playwright.sync_api import Page, expect

from digests import curation
from tests.factories import make_comment, make_digest, make_editor, make_thread


@pytest.fixture
def digest(transactional_db):
    """author2's reply to author1, and author3's root, are quoted; author1 is not."""
    thread = make_thread(comments=0)
    root = make_comment(thread, number=1, body="First words here.<p>Second words there.")
    reply = make_comment(thread, number=2, parent=root, rank=0, body="I agree")
    other = make_comment(thread, number=3, rank=1, body="No")
    digest = make_digest(thread=thread)
    curation.choose(digest.pk, version=1, comment_ids=[other.pk])
    curation.choose(digest.pk, version=2, comment_ids=[reply.pk])
    return digest


@pytest.fixture
def board(page: Page, sign_in, digest) -> Page:
    sign_in(page, make_editor())
    page.goto(f"/desk/digests/{digest.pk}/")
    return page


def order(digest) -> str:
    return "".join(author[-1] for author in digest.quotes.in_order().values_list("author", flat=True))


def pk(digest, number: int) -> int:
    return int(digest.quotes.get(author=f"author{number}").pk)


def select(board: Page, text: str) -> None:
    """Selects words of one text node in the thread, as a mouse would."""
    board.evaluate(
        """text => {
            const walker = document.createTreeWalker(document.querySelector(".comments"), NodeFilter.SHOW_TEXT);
            while (walker.nextNode() && !walker.currentNode.data.includes(text));
            const start = walker.currentNode.data.indexOf(text);
            getSelection().setBaseAndExtent(walker.currentNode, start, walker.currentNode, start + text.length);
        }""",
        text,
    )


def test_selected_words_become_a_quote_by_one_key_or_a_click(board, digest):
    offer = board.locator("#quote-part")
    expect(offer).to_be_hidden()
    select(board, "Second words")
    expect(offer).to_be_visible()
    board.keyboard.press("q")
    expect(board.locator("#list li.quote")).to_have_count(3)
    expect(board.locator("#list textarea").last).to_have_value("Second words")
    expect(board.locator("#list textarea").last).to_be_focused()
    expect(offer).to_be_hidden()
    select(board, "First")
    offer.click()
    expect(board.locator("#list li.quote")).to_have_count(4)
    assert [quote.text for quote in digest.quotes.in_order()] == ["No", "I agree", "Second words", "First"]
    select(board, "No")
    board.locator("#find").focus()
    board.keyboard.press("q")  # a letter in a field is a letter
    expect(board.locator("#find")).to_have_value("q")
    assert digest.quotes.count() == 4


def test_a_text_is_split_at_the_cursor_and_writing_goes_on_in_the_second(board, digest):
    reply = pk(digest, 2)
    field = board.locator(f"#q{reply} textarea")
    field.fill("🎉賛成です。なぜなら")
    field.evaluate("field => field.setSelectionRange(7, 7)")
    board.keyboard.press("Control+Shift+Enter")
    expect(board.locator("#list li.quote")).to_have_count(3)
    assert [quote.text for quote in digest.quotes.in_order()] == ["No", "🎉賛成です。", "なぜなら"]
    expect(field).to_have_value("🎉賛成です。")
    second = board.locator("#list textarea").last
    expect(second).to_be_focused()
    board.keyboard.press("End")
    board.keyboard.type("…")
    board.keyboard.press("Control+Enter")
    expect(board.locator("#list .state").last).to_have_class("state saved")
    field.fill("賛成")
    field.press("Control+Enter")
    expect(board.locator(f"#s{reply}")).to_have_class("state saved")
    assert [quote.text for quote in digest.quotes.in_order()] == ["No", "賛成", "なぜなら…"]


def test_splitting_by_the_button_takes_the_text_as_it_is_typed(board, digest):
    reply = pk(digest, 2)
    field = board.locator(f"#q{reply} textarea")
    field.fill("一二")
    field.evaluate("field => field.setSelectionRange(1, 1)")
    board.locator(f"#q{reply} [name=author]").focus()  # leaving the field saves it
    expect(board.locator(f"#s{reply}")).to_have_class("state saved")
    board.locator(f"#q{reply} .split").click()
    expect(board.locator("#list li.quote")).to_have_count(3)
    assert [quote.text for quote in digest.quotes.in_order()] == ["No", "一", "二"]


def test_a_split_that_is_refused_keeps_the_text_and_lets_one_write_on(board, digest, console):
    console.allow("status of 422")
    field = board.locator(f"#q{pk(digest, 2)} textarea")
    field.fill("一つだけ")
    field.press("Control+Shift+Enter")
    expect(board.locator("#said .error")).to_be_visible()
    assert field.input_value() == "一つだけ"
    assert field.get_attribute("readonly") is None


def test_one_key_puts_above_a_reply_what_it_answers(board, digest):
    reply = pk(digest, 2)
    expect(board.locator(".flag")).to_have_count(1)
    board.locator(f"#q{reply} [name=pick]").focus()
    board.keyboard.press("p")
    expect(board.locator(".flag")).to_have_count(0)
    assert order(digest) == "312"
    expect(board.locator("#said .message")).not_to_be_empty()
    expect(board.locator(f"#q{reply} [name=pick]")).to_be_focused()


def test_one_key_says_in_the_text_whom_it_answers_with_what_was_typed(board, digest):
    reply = pk(digest, 2)
    board.locator(f"#q{reply} textarea").evaluate("field => { field.value = '賛成'; }")
    board.locator(f"#q{reply} [name=pick]").focus()
    board.keyboard.press("r")
    expect(board.locator(".flag")).to_have_count(0)
    expect(board.locator(f"#q{reply} textarea")).to_have_value("（author1への返信）\n賛成")
    assert digest.quotes.get(pk=reply).text == "（author1への返信）\n賛成"


def test_orders_are_one_key_and_undone_by_one_button_after_a_reload_too(board, digest):
    curation.choose(digest.pk, version=3, comment_ids=[digest.thread.comments.get(author="author1").pk])
    board.reload()
    assert order(digest) == "321"
    board.locator("#list li.quote").first.focus()
    keys = (("Shift+R", "312"), ("Control+z", "321"), ("Shift+T", "123"), ("Control+z", "321"), ("Shift+K", "123"))
    for key, result in keys:
        with board.expect_response(re.compile("/quotes/$")):
            board.keyboard.press(key)
        expect(board.locator("#list [name=author]").nth(1)).to_have_value(f"author{result[1]}")
        expect(board.locator("#list [name=author]").first).to_have_value(f"author{result[0]}")
        assert order(digest) == result
    board.locator("#said .undo").click()
    expect(board.locator("#list [name=author]").first).to_have_value("author3")
    board.reload()
    board.locator("[data-act=redo]").press("Enter")
    expect(board.locator("#list [name=author]").first).to_have_value("author1")
    assert order(digest) == "123"


def test_without_script_all_of_it_is_done_by_forms(open_page, sign_in, digest):
    board = open_page(javascript=False)
    sign_in(board, make_editor())
    address = f"/desk/digests/{digest.pk}/"
    board.goto(address)
    reply = pk(digest, 2)
    board.locator(f"#q{reply} textarea").fill("一つ目\n---\n二つ目")
    board.locator(f"#q{reply} .split").click()
    assert [quote.text for quote in digest.quotes.in_order()] == ["No", "一つ目", "二つ目"]
    board.locator(f"#q{reply} .flag button").last.click()
    assert digest.quotes.get(pk=reply).text == "（author1への返信）\n一つ目"
    board.locator(f"#q{reply} ~ li .flag button").first.click()
    assert order(digest) == "3212"
    board.locator(".part > summary").click()
    board.locator("#part [name=part]").fill("Second words")
    board.locator("#part button").click()
    assert digest.quotes.in_order().last().text == "Second words"
    board.locator(".sort > summary").click()
    board.locator("button[value='sort:rank']").click()
    assert order(digest) == "11223"
    board.locator("#said .undo").click()
    assert order(digest) == "32121"
