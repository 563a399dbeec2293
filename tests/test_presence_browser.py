"""Two editors, each with a browser, in one digest: they see each other, and what each of them does."""

import re

import pytest
from playwright.sync_api import Page, expect

from digests import curation
from tests.factories import make_digest, make_editor

REFUSAL = r"status of (409|422)"


@pytest.fixture
def digest(transactional_db):
    return make_digest(texts=["一つ", "二つ", "三つ"])


@pytest.fixture
def pair(open_page, sign_in, digest):
    """The boards of two editors, Hana and Ken."""

    def opened(name: str) -> Page:
        page: Page = open_page()
        sign_in(page, make_editor(name.lower(), first_name=name))
        page.goto(f"/desk/digests/{digest.pk}/")
        return page

    return opened("Hana"), opened("Ken")


def ask_now(page: Page) -> None:
    """What a board does by itself every ten seconds."""
    with page.expect_response(re.compile("/presence/$")):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def row(page: Page, digest, number: int):
    return page.locator(f"#q{digest.quotes.in_order()[number - 1].pk}")


def test_each_sees_who_else_is_here_and_in_which_row(pair, digest):
    hana, ken = pair
    row(hana, digest, 2).locator("textarea").focus()
    expect(hana.locator("#presence")).to_contain_text("Ken")
    ask_now(hana)
    ask_now(ken)
    expect(ken.locator("#presence li")).to_contain_text("Hana")
    expect(row(ken, digest, 2).locator(".someone")).to_contain_text("Hana")
    hana.goto("about:blank")
    for _ in range(20):  # the goodbye is on its way
        ask_now(ken)
        if ken.locator("#presence").is_hidden():
            break
    expect(ken.locator("#presence")).to_be_hidden()
    expect(ken.locator(".someone")).to_have_count(0)


def test_different_quotes_never_conflict_and_appear_at_the_other(pair, digest):
    hana, ken = pair
    row(hana, digest, 1).locator("textarea").fill("花の文")
    row(ken, digest, 2).locator("textarea").fill("健の文")
    for page, number in ((hana, 1), (ken, 2)):
        expect(row(page, digest, number).locator(".state")).to_have_class("state saved")
    ask_now(hana)
    ask_now(ken)
    expect(row(ken, digest, 1).locator("textarea")).to_have_value("花の文")
    expect(row(hana, digest, 2).locator("textarea")).to_have_value("健の文")
    assert [quote.text for quote in digest.quotes.in_order()] == ["花の文", "健の文", "三つ"]


def test_a_text_with_ones_cursor_in_it_but_untouched_is_brought_up_to_date(pair, digest):
    hana, ken = pair
    text = row(hana, digest, 1).locator("textarea")
    text.press("End")
    row(ken, digest, 1).locator("textarea").fill("健が先に書いた文")
    expect(row(ken, digest, 1).locator(".state")).to_have_class("state saved")
    ask_now(hana)
    expect(text).to_have_value("健が先に書いた文")
    expect(row(hana, digest, 1).locator(".state")).to_have_class("state others")
    assert text.evaluate("field => [document.activeElement === field, field.selectionStart]") == [True, 2]
    text.press_sequentially("＋")
    expect(row(hana, digest, 1).locator(".state")).to_have_class("state saved")
    assert digest.quotes.in_order()[0].text == "健が＋先に書いた文"


def test_the_second_writer_of_one_quote_gets_both_texts_and_nothing_is_overwritten(pair, digest, console):
    console.allow(REFUSAL)
    hana, ken = pair
    row(ken, digest, 1).locator("textarea").fill("健の文")
    expect(row(ken, digest, 1).locator(".state")).to_have_class("state saved")
    row(hana, digest, 1).locator("textarea").fill("花の文")
    expect(row(hana, digest, 1).locator(".theirs .text")).to_have_text("健の文")
    assert row(hana, digest, 1).locator("textarea").input_value() == "花の文"
    assert digest.quotes.in_order()[0].text == "健の文"
    row(hana, digest, 1).locator("button[name=overwrite]").click()
    expect(row(hana, digest, 1).locator(".state")).to_have_class("state saved")
    assert digest.quotes.in_order()[0].text == "花の文"


def test_what_the_other_moves_is_moved_here_around_a_text_being_written(pair, digest):
    hana, ken = pair
    text = row(hana, digest, 1).locator("textarea")
    text.fill("書きかけ")
    last = digest.quotes.in_order()[2]
    by = digest.present.get(editor__username="ken").editor_id
    curation.move(digest.pk, version=1, row_ids=[last.pk], to=curation.Move.TOP, by=by)
    ask_now(hana)
    expect(hana.locator("#list li.quote").first).to_have_id(f"q{last.pk}")
    assert text.evaluate("field => document.activeElement === field")
    assert ken.locator("#list li.quote").count() == 3
