"""A long digest in a real browser: it opens with its first rows, and what is done is in the page as in the database."""

import random
import re

import pytest
from playwright.sync_api import Page, Route, expect

from digests import curation
from digests.editor.rows import FIRST
from digests.models import Digest
from tests.factories import make_digest, make_editor, make_thread

ROWS = 150


@pytest.fixture
def digest(transactional_db):
    thread = make_thread(comments=ROWS)
    digest = make_digest(thread=thread)
    curation.choose(digest.pk, version=1, comment_ids=list(thread.comments.values_list("pk", flat=True)))
    curation.fold_every(digest.pk, version=2)
    return digest


@pytest.fixture
def editor(transactional_db):
    return make_editor()


@pytest.fixture
def board(page: Page, sign_in, digest, editor) -> Page:
    sign_in(page, editor)
    page.goto(f"/desk/digests/{digest.pk}/")
    expect(page.locator("#list")).to_have_attribute("data-left", "0")
    return page


def shown(board: Page) -> list[str]:
    """The list as it stands, edges of folds in it."""
    return list(board.locator("#list > li").evaluate_all("items => items.map((item) => item.id)"))


def stored(digest: Digest) -> list[str]:
    found: list[str] = []
    left = 0
    key = 0
    for row in digest.quotes.in_order().select_related("fold"):
        if hasattr(row, "fold"):
            key, left = row.fold.pk, row.fold.size
            found.append(f"f{key}")
        found.append(f"q{row.pk}")
        left -= 1
        if left == 0:
            found.append(f"e{key}")
    return found


def numbers(board: Page) -> list[str]:
    return list(board.locator("#list .number").evaluate_all("all => all.map((one) => one.textContent)"))


def test_the_first_rows_open_the_page_and_the_others_follow(page, sign_in, digest, editor):
    sign_in(page, editor)
    held: list[Route] = []
    holding = [True]
    page.route(re.compile("/rows/"), lambda route: held.append(route) if holding else route.continue_())
    page.goto(f"/desk/digests/{digest.pk}/")
    expect(page.locator("#list > li.quote")).to_have_count(FIRST)
    first = page.locator("#list > li.quote").first
    first.focus()
    page.locator("#acts [data-act=bottom]").click()  # to where the page has not come yet
    expect(page.locator("#list > li.quote")).to_have_count(FIRST - 1)
    for _ in range(100):
        if held:
            break
        page.wait_for_timeout(50)
    holding.clear()
    for route in held:
        route.continue_()
    expect(page.locator("#list")).to_have_attribute("data-left", "0")
    assert shown(page) == stored(digest)
    assert numbers(page) == [str(number) for number in range(1, ROWS + 1)]


def test_an_address_of_a_late_row_is_gone_to(page, sign_in, digest, editor):
    sign_in(page, editor)
    late = digest.quotes.in_order()[140]
    page.goto(f"/desk/digests/{digest.pk}/#q{late.pk}")
    expect(page.locator(f"#q{late.pk}")).to_be_in_viewport()
    expect(page.locator(f"#t{late.pk}")).to_be_visible()


def test_rows_far_from_sight_have_no_fields_and_get_them_back_with_what_is_typed(board, digest):
    first, last = digest.quotes.in_order()[0], digest.quotes.in_order()[ROWS - 1]
    expect(board.locator(f"#t{last.pk}")).to_have_count(0)
    expect(board.locator(f"#q{last.pk} .still .text")).to_have_text(last.text)
    board.locator(f"#t{first.pk} textarea").evaluate("field => { field.value = '書きかけ'; }")
    board.locator(f"#q{last.pk}").scroll_into_view_if_needed()
    board.locator(f"#t{last.pk} textarea").fill("最後の文")
    board.locator(f"#t{last.pk} textarea").press("Control+Enter")
    expect(board.locator(f"#s{last.pk}")).to_have_class("state saved")
    last.refresh_from_db()
    assert last.text == "最後の文"
    assert board.locator(f"#t{first.pk} textarea").input_value() == "書きかけ"  # not saved: it stays a field
    board.locator(f"#q{first.pk}").focus()
    expect(board.locator(f"#q{last.pk} .still .text")).to_have_text("最後の文")
    board.locator(f"#q{last.pk}").focus()
    board.locator(f"#t{last.pk} textarea").fill("また")
    board.locator(f"#t{last.pk} textarea").press("Control+Enter")
    expect(board.locator(f"#s{last.pk}")).to_have_class("state saved")
    last.refresh_from_db()
    assert (last.text, last.version) == ("また", 3)


def test_after_forty_acts_the_list_is_the_database(board, digest, editor, console):
    console.allow("status of 422")
    chance = random.Random(20)
    acts = ["up", "down", "top", "bottom", "drop", "undo", "redo", "fold", "paint-1", "insert-note", "every", "under"]
    for number in range(40):
        name = chance.choice(acts)
        rows = board.locator("#list > li.quote")
        some = chance.sample(range(rows.count()), 3)
        picked = some if chance.random() < 0.4 or name == "fold" else some[:1]
        with board.expect_response(re.compile("/quotes/$")):
            board.evaluate(
                """([name, picked, tick, number]) => {
                    for (const row of tickedRows()) row.querySelector("[name=pick]").checked = false;
                    const rows = [...digestRows()];
                    for (const place of picked) giveFields(rows[place]);
                    setCurrent(rows[picked[0]]);
                    if (tick) for (const place of picked) rows[place].querySelector("[name=pick]").checked = true;
                    acts.elements.number.value = number;
                    const chosen = name === "under" ? ".under button" : `button[data-act="${name}"]`;
                    acts.querySelector(chosen).click();
                }""",
                [name, picked, len(picked) > 1, chance.randint(0, rows.count())],
            )
        if number % 10 == 5:  # somebody else is there too: the next act finds the page stale
            digest.refresh_from_db()
            last = digest.quotes.in_order().last()
            curation.move(digest.pk, version=digest.version, row_ids=[last.pk], to=curation.Move.TOP, by=None)
            console.allow("status of 409")
    board.evaluate("catchUp()")
    digest.refresh_from_db()
    expect(board.locator("#acts [name=version]")).to_have_value(str(digest.version))
    assert shown(board) == stored(digest)
    counted = [
        "" if kind != "quote" else str(sum(one == "quote" for one in kinds[: place + 1]))
        for kinds in [list(digest.quotes.in_order().values_list("kind", flat=True))]
        for place, kind in enumerate(kinds)
    ]
    assert numbers(board) == counted
    marks = dict(
        board.locator(".comments span > a").evaluate_all(
            "all => all.map((one) => [one.hash.slice(2), one.textContent])"
        )
    )
    ids = [str(pk) for pk in digest.quotes.in_order().values_list("pk", flat=True)]
    assert marks == {pk: number for pk, number in zip(ids, counted, strict=True) if number}


def test_several_ticked_rows_are_dragged_together(board, digest):
    rows = list(digest.quotes.in_order()[:6])
    for row in (rows[0], rows[2]):
        board.locator(f"#q{row.pk} [name=pick]").check()
    board.set_viewport_size({"width": 1440, "height": 1800})
    start = board.locator(f"#q{rows[2].pk} .handle").bounding_box()
    end = board.locator(f"#q{rows[4].pk} .card").bounding_box()
    assert start
    assert end
    board.mouse.move(start["x"] + 8, start["y"] + 8)
    board.mouse.down()
    board.mouse.move(start["x"] + 12, start["y"] + 24, steps=4)
    board.mouse.move(end["x"] + 60, end["y"] + end["height"] - 4, steps=20)
    board.wait_for_timeout(200)
    board.mouse.up()
    expect(board.locator("#acts [name=version]")).to_have_value("4")
    assert shown(board) == stored(digest)
    order = list(digest.quotes.in_order().values_list("pk", flat=True))
    assert order.index(rows[2].pk) == order.index(rows[0].pk) + 1 > 2


def test_what_others_did_comes_without_touching_what_is_typed(board, digest):
    other = make_editor("other").pk
    first, second, third = digest.quotes.in_order()[:3]
    board.locator(f"#t{first.pk} textarea").fill("書きかけ")
    curation.edit_quote(first.pk, version=1, text="相手の文", author=first.author, by=other)
    curation.edit_quote(second.pk, version=1, text="二つ目の文", author=second.author, by=other)
    curation.drop(digest.pk, version=3, quote_ids=[third.pk], by=other)
    board.evaluate("catchUp()")
    expect(board.locator(f"#q{third.pk}")).to_have_count(0)
    expect(board.locator(f"#t{second.pk} textarea")).to_have_value("二つ目の文")
    assert board.locator(f"#t{first.pk} textarea").input_value() == "書きかけ"
    assert shown(board) == stored(digest)
