"""Headings, notes and cards on the board in a real browser: by keyboard, kept through acts, dragged, on a phone."""

import re

import pytest
from playwright.sync_api import Page, expect

from digests import curation
from digests.models import Digest, Fold, Quote
from tests.factories import make_between, make_digest, make_editor, make_thread


@pytest.fixture
def digest(transactional_db):
    """Quotes by author1 … author3."""
    thread = make_thread(comments=3)
    digest = make_digest(thread=thread)
    curation.choose(digest.pk, version=1, comment_ids=list(thread.comments.values_list("pk", flat=True)))
    return digest


@pytest.fixture
def board(page, sign_in, digest) -> Page:
    return open_board(page, sign_in, digest)


def open_board(page: Page, sign_in, digest: Digest) -> Page:
    sign_in(page, make_editor())
    page.goto(f"/desk/digests/{digest.pk}/#digest")
    return page


def order(digest: Digest) -> list[str]:
    rows = digest.quotes.in_order().values_list("kind", "text", "author")
    return [author if kind == "quote" else text for kind, text, author in rows]


def add_by_keyboard(board: Page, digest: Digest, author: str, key: str) -> None:
    """One key at a row adds what comes behind it."""
    board.locator(f"#q{digest.quotes.get(author=author).pk}").focus()
    board.keyboard.press(key)


def test_headings_and_notes_are_added_folded_around_and_previewed_by_keyboard(board, digest):
    add_by_keyboard(board, digest, "author1", "h")
    expect(board.locator("#list .between")).to_have_count(1)
    expect(board.locator("#said .message")).not_to_be_empty()
    heading = digest.quotes.get(kind="heading")
    expect(board.locator(f"#q{heading.pk} [name=text]")).to_be_focused()
    board.keyboard.type("反対の声")
    board.keyboard.press("Enter")
    expect(board.locator(f"#s{heading.pk}")).to_have_class("state saved")

    add_by_keyboard(board, digest, "author3", "Shift+N")
    expect(board.locator("#list .between")).to_have_count(2)
    note = digest.quotes.get(kind="note")
    expect(board.locator(f"#q{note.pk} [name=text]")).to_be_focused()
    board.keyboard.type("一行目")
    board.keyboard.press("Enter")
    board.keyboard.type("https://example.com/a")
    board.keyboard.press("Control+Enter")
    expect(board.locator(f"#s{note.pk}")).to_have_class("state saved")
    assert order(digest) == ["author1", "反対の声", "author2", "author3", "一行目\nhttps://example.com/a"]

    for row in (heading, note):
        board.locator(f"#q{row.pk} [name=pick]").focus()
        board.keyboard.press("Space")
    board.locator("#acts [name=label]").focus()
    board.keyboard.type("余談")
    board.keyboard.press("Enter")
    expect(board.locator("#list > li.quote.in")).to_have_count(4)
    assert (Fold.objects.get().first_id, Fold.objects.get().size) == (heading.pk, 4)

    board.locator(".ways a").first.focus()
    board.keyboard.press("Enter")
    board.locator("details.fold > summary").focus()
    board.keyboard.press("Enter")
    expect(board.locator("h2.section")).to_have_text("反対の声")
    expect(board.locator(".note a")).to_have_attribute("href", "https://example.com/a")
    assert board.locator("article.quote").evaluate_all("quotes => quotes.map(({ id }) => id)") == ["q1", "q2", "q3"]


def test_escape_closes_the_menu_and_gives_the_focus_back(board, digest):
    curation.fold_every(digest.pk, version=2, size=1)
    board.reload()
    signs = board.locator("#list details.add > summary")
    signs.nth(0).press("Enter")
    expect(board.locator("details.add[open]")).to_have_count(1)
    board.keyboard.press("Tab")
    board.keyboard.press("Escape")
    expect(board.locator("details.add[open]")).to_have_count(0)
    expect(signs.nth(0)).to_be_focused()
    signs.nth(0).click()
    signs.nth(1).click(force=True)  # one menu at a time
    expect(board.locator("details.add[open]")).to_have_count(1)
    board.locator("#digest-title").click()
    expect(board.locator("details.add[open]")).to_have_count(0)


def test_a_heading_being_written_survives_every_act_and_two_editors_see_both(board, digest, console):
    console.allow("status of 409")
    heading = make_between(digest, "heading", position=9_000_000, text="もと")
    board.reload()
    field = board.locator(f"#q{heading.pk} [name=text]")
    field.evaluate("field => { field.value = '書きかけ'; field.focus(); }")
    first = digest.quotes.get(author="author1")
    with board.expect_response(re.compile("/quotes/$")):
        board.evaluate(
            f"setCurrent(document.getElementById('q{first.pk}')); document.querySelector('[data-act=bottom]').click()"
        )
    expect(board.locator("#list > li").last).to_have_id(f"q{first.pk}")
    assert field.input_value() == "書きかけ"
    curation.edit_quote(heading.pk, version=1, text="相手の")
    field.press("Enter")
    expect(board.locator(f"#s{heading.pk} .theirs dd")).to_have_text("相手の")
    assert field.input_value() == "書きかけ"
    board.locator(f"#s{heading.pk} [name=overwrite]").press("Enter")
    expect(board.locator(f"#s{heading.pk}")).to_have_class("state saved")
    heading.refresh_from_db()
    assert (heading.text, heading.version) == ("書きかけ", 3)


def test_a_note_is_dragged_and_comes_back_after_dropping(board, digest):
    note = make_between(digest, "note", position=9_000_000, text="注")
    board.reload()
    board.set_viewport_size({"width": 1440, "height": 1600})
    handle, onto = (
        board.locator(f"#q{note.pk} .handle").bounding_box(),
        board.locator("#list .meta").first.bounding_box(),
    )
    assert handle
    assert onto
    board.mouse.move(handle["x"] + 8, handle["y"] + 8)
    board.mouse.down()
    board.mouse.move(handle["x"] + 12, handle["y"] - 24, steps=4)
    board.mouse.move(onto["x"] + 60, onto["y"] + 4, steps=20)
    board.wait_for_timeout(150)  # Sortable looks every 50 ms where the pointer is
    board.mouse.up()
    expect(board.locator("#acts [name=version]")).to_have_value("3")
    assert order(digest).index("注") < 2
    place = order(digest).index("注")
    board.locator(f"#q{note.pk}").focus()
    board.locator("#acts [data-act=drop]").press("Enter")
    expect(board.locator(f"#q{note.pk}")).to_have_count(0)
    board.locator("#said .undo").press("Enter")
    expect(board.locator(f"#q{note.pk} textarea")).to_have_value("注")
    assert order(digest).index("注") == place


def test_on_a_phone_the_menu_stays_on_the_page_and_is_large_enough(phone, sign_in, digest):
    make_between(digest, "card", position=9_000_000)
    curation.fold_every(digest.pk, version=2, size=2)
    board = open_board(phone, sign_in, digest)
    board.locator("#list li.quote").first.focus()
    for sign in board.locator("details.add > summary").all():
        sign.click()
        menu = board.locator("details.add[open] .menu")
        box = menu.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        heights = menu.locator("> *").evaluate_all("kinds => kinds.map((kind) => kind.getBoundingClientRect().height)")
        assert min(heights) >= 44
    assert board.evaluate("document.documentElement.scrollWidth") <= 390


def test_without_script_a_card_is_added_and_written(open_page, sign_in, digest):
    board = open_board(open_page(javascript=False), sign_in, digest)
    first = digest.quotes.get(author="author1")
    board.locator(f"#q{first.pk} [name=pick]").check()
    board.locator("#acts details.add > summary").click()
    board.locator("[data-act=insert-card]").click()
    card = digest.quotes.get(kind=Quote.Kind.CARD)
    board.wait_for_url(f"**/#q{card.pk}")
    board.locator(f"#q{card.pk} [name=target]").fill("https://example.com/")
    board.locator(f"#q{card.pk} [name=title]").fill("題")
    board.locator(f"#q{card.pk} .save").click()
    card.refresh_from_db()
    assert (card.target, card.title) == ("https://example.com/", "題")
