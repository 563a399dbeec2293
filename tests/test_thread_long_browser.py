"""A long thread on the board in a real browser: it comes in pieces, is read, and goes along with the digest."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from digests import curation
from digests.curation import reading
from digests.editor import pieces
from digests.models import Comment, Digest, Thread
from tests.factories import make_digest, make_editor, make_thread

MANY = pieces.FIRST + pieces.NEXT + 40


@pytest.fixture
def long_thread(transactional_db) -> Thread:
    thread = make_thread(comments=1)
    first = thread.comments.get()
    kept = ("thread_id", "depth", "author", "posted_at", "content", "words", "length")
    fields = {name: getattr(first, name) for name in kept}
    Comment.objects.bulk_create(
        Comment(**fields, native_id=f"9{place:05}", position=place, rank=place) for place in range(1, MANY)
    )
    Thread.objects.filter(pk=thread.pk).update(comment_count=MANY, live_count=MANY)
    return Thread.objects.get(pk=thread.pk)


def open_board(page: Page, sign_in, digest: Digest, query: str = "") -> Page:
    sign_in(page, make_editor())
    page.goto(f"/desk/digests/{digest.pk}/{query}")
    return page


def keys(thread: Thread) -> list[int]:
    return list(thread.comments.in_order().values_list("pk", flat=True))


def test_a_long_thread_comes_by_itself_and_in_order(page, sign_in, long_thread):
    board = open_board(page, sign_in, make_digest(thread=long_thread))
    expect(board.locator("#comments > li[id]")).to_have_count(MANY, timeout=20_000)
    expect(board.locator("#comments > .onward")).to_have_count(0)
    ids = board.locator("#comments > li").evaluate_all("rows => rows.map((row) => Number(row.id.slice(1)))")
    assert ids == keys(long_thread)


def test_an_address_leads_to_a_comment_that_was_not_there_yet(page, sign_in, long_thread):
    digest = make_digest(thread=long_thread)
    last = keys(long_thread)[-1]
    board = open_board(page, sign_in, digest, f"#c{last}")
    expect(board.locator(f"#c{last}")).to_be_in_viewport(timeout=20_000)
    expect(board.locator(f"#c{last}")).to_have_class(re.compile("here"))


def test_a_quotes_number_leads_to_its_comment_wherever_that_is(page, sign_in, long_thread):
    digest = make_digest(thread=long_thread)
    curation.choose(digest.pk, version=1, comment_ids=keys(long_thread)[-1:])
    board = open_board(page, sign_in, digest)
    board.locator("#list .number").click()
    expect(board.locator(f"#c{keys(long_thread)[-1]}")).to_be_in_viewport(timeout=20_000)


def test_without_script_the_next_comments_are_a_link_away(open_page, sign_in, long_thread):
    board = open_board(open_page(javascript=False), sign_in, make_digest(thread=long_thread))
    expect(board.locator("#comments > li[id]")).to_have_count(pieces.FIRST)
    board.locator("#comments .onward a").click()
    expect(board.locator("#comments > li[id]").first).to_have_id(f"c{keys(long_thread)[pieces.FIRST]}")


def test_the_thread_to_read_comes_whole_too_and_leads_to_a_comment(page, sign_in, long_thread):
    sign_in(page, make_editor())
    last = keys(long_thread)[-2]
    page.goto(f"/desk/threads/{long_thread.pk}/?mark={last}#c{last}")
    expect(page.locator("#comments > li[id]")).to_have_count(MANY, timeout=20_000)
    expect(page.locator(f"#c{last}")).to_be_in_viewport(timeout=20_000)


def test_what_is_scrolled_past_or_gone_to_is_read(page, sign_in, long_thread):
    digest = make_digest(thread=long_thread)
    board = open_board(page, sign_in, digest)
    expect(board.locator("#comments > li[id]")).to_have_count(MANY, timeout=20_000)
    expect(board.locator("#comments > .new")).to_have_count(MANY, timeout=20_000)
    board.mouse.move(300, 500)
    for _ in range(4):
        board.mouse.wheel(0, 500)
        board.wait_for_timeout(150)
    board.wait_for_timeout(200)
    left = board.locator("#comments > .new").count()
    assert 0 < MANY - left < 80
    expect(board.locator("#unread-count")).to_have_text(str(left))
    target = board.locator("#comments > li").nth(200)
    target.focus()
    expect(target).not_to_have_class(re.compile("new"))
    board.wait_for_timeout(300)
    left = board.locator("#comments > .new").count()
    board.goto("/desk/")  # what has not been told yet is told on leaving
    editor = User.objects.get(username="editor")
    for _ in range(40):
        if len(reading.unread(long_thread.pk, by=editor.pk)) == left:
            break
        board.wait_for_timeout(100)
    assert len(reading.unread(long_thread.pk, by=editor.pk)) == left
    board.goto(f"/desk/digests/{digest.pk}/")
    expect(board.locator("#unread-count")).to_have_text(str(left))


def test_going_to_a_quote_shows_its_comment_and_the_other_way_round(page, sign_in, long_thread):
    digest = make_digest(thread=long_thread)
    ids = keys(long_thread)[::20]
    curation.choose(digest.pk, version=1, comment_ids=ids)
    board = open_board(page, sign_in, digest)
    expect(board.locator("#comments > li[id]")).to_have_count(MANY, timeout=20_000)
    expect(board.locator("#list > li.quote")).to_have_count(len(ids))
    quote = board.locator(f"#list > li[data-comment='{ids[-2]}']")
    quote.locator(".number").focus()
    expect(board.locator(f"#c{ids[-2]}")).to_be_in_viewport()
    expect(board.locator(f"#c{ids[-2]}")).to_have_class(re.compile("here"))
    first = board.locator(f"#c{ids[1]}")
    first.focus()
    expect(board.locator(f"#list > li[data-comment='{ids[1]}']")).to_be_in_viewport()
    expect(board.locator("#list > li.here")).to_have_count(1)
