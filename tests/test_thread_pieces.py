"""The thread as the server answers it: piece by piece, what is unread, what is hidden; the same for any length."""

import html5lib
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from selectolax.lexbor import LexborHTMLParser

from digests import curation
from digests.curation import CurationError, choosing, hiding, reading
from digests.editor import pieces
from digests.models import Comment, HiddenThing, Thread, ThreadReading
from tests.factories import make_comment, make_digest, make_editor, make_thread
from tests.pages import HTMX

pytestmark = pytest.mark.django_db


def long_thread(comments: int, native_id: str = "900") -> Thread:
    """Roots in one statement."""
    thread = make_thread(comments=0, native_id=native_id)
    first = make_comment(thread, number=1, body="Comment number one of many, with some words in it")
    fields = {name: getattr(first, name) for name in ("thread_id", "depth", "author", "posted_at", "content", "words")}
    rows = [
        Comment(**fields, native_id=f"{native_id}{place:05}", position=place, rank=place)
        for place in range(1, comments)
    ]
    Comment.objects.bulk_create(rows, batch_size=200)
    Thread.objects.filter(pk=thread.pk).update(comment_count=comments, live_count=comments)
    return Thread.objects.get(pk=thread.pk)


def read(answer, *, status: int = 200) -> LexborHTMLParser:
    assert answer.status_code == status
    text = answer.content.decode()
    if text.lstrip().startswith("<!doctype"):
        html5lib.HTMLParser(strict=True).parse(text)
    return LexborHTMLParser(text)


def shown(page: LexborHTMLParser) -> list[int]:
    return [int((node.id or "")[1:]) for node in page.css("li[id^=c]")]


def keys(thread: Thread) -> list[int]:
    return list(thread.comments.in_order().values_list("pk", flat=True))


# Pieces


def test_the_pieces_one_after_the_other_are_the_thread(desk):
    thread = long_thread(pieces.FIRST + pieces.NEXT + 3)
    page = read(desk.get(f"/desk/threads/{thread.pk}/"))
    found = shown(page)
    assert len(found) == pieces.FIRST
    while more := page.css_first("li.onward"):
        page = read(desk.get(f"/desk/threads/{thread.pk}/comments/", {"after": more.attributes["data-after"]}))
        found += shown(page)
    assert found == keys(thread)


def test_without_script_the_next_comments_are_a_page_away_narrowed_or_not(desk):
    thread = long_thread(2 * pieces.FIRST + 1)
    digest = make_digest(thread=thread)
    for narrowing in ("", "?q=words&depth=0"):
        address, found = f"/desk/digests/{digest.pk}/{narrowing}", []
        while address:
            page = read(desk.get(address))
            found += shown(page.css_first("#comments"))
            more = page.css_first("#comments .onward a")
            address = f"/desk/digests/{digest.pk}/{more.attributes['href'].partition('#')[0]}" if more else ""
        assert found == keys(thread)


def test_a_comment_somebody_came_for_is_on_the_page(desk):
    thread = long_thread(3 * pieces.FIRST)
    for place in (0, pieces.FIRST - 1, pieces.FIRST, 3 * pieces.FIRST - 1):
        wanted = keys(thread)[place]
        page = read(desk.get(f"/desk/threads/{thread.pk}/", {"mark": wanted}))
        assert page.css_first("li.marked").attributes["id"] == f"c{wanted}"


def test_a_thread_of_three_thousand_opens_like_one_of_eighty_four(desk):
    measured = []
    for comments in (84, 3000):
        thread = long_thread(comments, native_id=str(comments))
        digest = make_digest(thread=thread, slug=f"s{comments}")
        curation.choose(digest.pk, version=1, comment_ids=keys(thread)[:80:2])
        hiding.hide("hackernews", kind="words", value="nothing here", by=None)
        for address in (f"/desk/digests/{digest.pk}/", f"/desk/threads/{thread.pk}/"):
            desk.get(address)
            with CaptureQueriesContext(connection) as captured:
                size = len(desk.get(address).content)
            measured.append((len(captured), size))
    few_board, few_thread, many_board, many_thread = measured
    assert few_board[0] == many_board[0]
    assert few_thread[0] == many_thread[0]
    assert many_board[1] < few_board[1] * 1.03
    assert many_thread[1] < few_thread[1] * 1.03


@pytest.mark.parametrize("narrowing", [{}, {"q": "words -zz", "unread": "1"}, {"chosen": "no", "links": "1"}])
@pytest.mark.parametrize("path", ["comments/", "matches/"])
def test_a_piece_and_a_search_ask_as_little_of_a_long_thread_as_of_a_short_one(desk, path, narrowing):
    def count(comments: int) -> int:
        thread = long_thread(comments, native_id=str(comments))
        digest = make_digest(thread=thread, slug=f"s{comments}")
        curation.choose(digest.pk, version=1, comment_ids=keys(thread)[: comments // 10])
        values = {"after": 9, "digest": digest.pk} | narrowing
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(f"/desk/threads/{thread.pk}/{path}", values).status_code == 200
        return len(captured)

    assert count(40) == count(400) <= 11


def test_a_row_says_how_many_answer_it_and_how_deep_it_stands(desk):
    thread = make_thread(comments=1)
    above = thread.comments.get()
    for depth in range(1, 12):
        above = make_comment(thread, number=depth + 1, parent=above, rank=0)
    page = read(desk.get(f"/desk/threads/{thread.pk}/"))
    rows = page.css("#comments > li")
    assert [node.attributes["class"].split()[0] for node in rows] == [f"d{depth}" for depth in range(12)]
    assert len(page.css(".re")) == 11
    assert page.css_first(".re").attributes["href"] == f"?under={thread.comments.in_order()[0].pk}"


# Unread


def test_what_was_read_stays_read_and_what_comes_later_is_unread(desk, editor):
    thread = make_thread(comments=4)
    ids = keys(thread)
    address = f"/desk/threads/{thread.pk}/"
    assert len(read(desk.get(address)).css("li.new")) == 4
    answer = desk.post(
        f"{address}read/", {"ids": f"{ids[0]},{ids[2]},999999,x"}, headers={"Accept": "application/json"}
    )
    assert answer.status_code == 204
    page = read(desk.get(address))
    assert [node.attributes["id"] for node in page.css("li.new")] == [f"c{ids[1]}", f"c{ids[3]}"]
    assert page.css_first("#unread-count").text() == "2"
    new = make_comment(thread, number=5)
    assert reading.unread(thread.pk, by=editor.pk) == {ids[1], ids[3], new.pk}
    assert desk.post(f"{address}read/", {"all": "1"}, headers={"Accept": "text/html"}).status_code == 302
    assert reading.unread(thread.pk, by=editor.pk) == set()
    assert reading.unread(thread.pk, by=make_editor("other").pk) == {*ids, new.pk}


def test_messages_about_reading_add_up_and_other_threads_comments_are_left_out(desk, editor):
    thread, other = make_thread(comments=3), make_thread(comments=1, native_id="7")
    assert reading.mark_read(thread.pk, by=editor.pk, comment_ids=keys(thread)[:2]) == 2
    assert reading.mark_read(thread.pk, by=editor.pk, comment_ids=[*keys(thread), *keys(other)]) == 1
    assert sorted(ThreadReading.objects.get(thread=thread).seen) == keys(thread)


def test_what_is_chosen_or_gone_is_not_unread(desk, editor):
    thread = make_thread(comments=3)
    ids = keys(thread)
    Comment.objects.filter(pk=ids[2]).update(state="deleted")
    digest = make_digest(thread=thread)
    curation.choose(digest.pk, version=1, comment_ids=ids[:1])
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    assert [node.attributes["id"] for node in page.css("#comments > .new")] == [f"c{ids[1]}"]


# Hiding


def test_a_hidden_authors_comments_stand_collapsed_with_a_way_back(desk, editor):
    thread = make_thread(comments=3)
    digest = make_digest(thread=thread)
    values = {"kind": "author", "value": "author2", "digest": digest.pk}
    answer = desk.post(f"/desk/threads/{thread.pk}/hide/", values)
    assert answer.headers["Location"] == f"/desk/digests/{digest.pk}/#thread"
    thing = HiddenThing.objects.get()
    assert (thing.source, thing.value, thing.hidden_by) == ("hackernews", "author2", editor)
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    assert [node.css_first("summary").text().split()[0] for node in page.css("#comments > .hid")] == ["author2"]
    assert "Comment number 2" in page.css_first(".hid details").text()  # collapsed, not lost
    assert page.css_first(".hid details button[name=comment]") is not None
    assert "author2 (1)" in page.css_first("#hiding summary").text()
    other = make_thread(comments=2, native_id="7")
    assert len(read(desk.get(f"/desk/threads/{other.pk}/")).css(".hid")) == 1  # the whole site's
    desk.post(f"/desk/hidden/{thing.pk}/show/", {"thread": thread.pk, "digest": digest.pk})
    assert len(read(desk.get(f"/desk/digests/{digest.pk}/")).css(".hid")) == 0


def test_words_are_hidden_however_they_are_spelled_and_not_in_names(desk):
    thread = make_thread(comments=0)
    make_comment(thread, number=1, body="Ｂｕｙ   CHEAP pills")
    make_comment(thread, number=2, author="cheap", body="fine")
    desk.post(f"/desk/threads/{thread.pk}/hide/", {"kind": "words", "value": " Cheap "})
    page = read(desk.get(f"/desk/threads/{thread.pk}/"))
    assert shown(page) == keys(thread)
    assert [node.attributes["id"] for node in page.css(".hid")] == [f"c{keys(thread)[0]}"]
    assert "cheap (1)" in page.css_first("#hiding summary").text()


def test_what_is_chosen_is_never_hidden(desk):
    thread = make_thread(comments=2)
    digest = make_digest(thread=thread)
    curation.choose(digest.pk, version=1, comment_ids=keys(thread)[:1])
    hiding.hide("hackernews", kind="words", value="comment", by=None)
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    assert [node.attributes["id"] for node in page.css(".hid")] == [f"c{keys(thread)[1]}"]
    assert "comment (1)" in page.css_first("#hiding summary").text()


def test_a_hidden_comment_is_found_and_can_be_chosen(desk):
    thread = make_thread(comments=2)
    digest = make_digest(thread=thread)
    hiding.hide("hackernews", kind="author", value="author1", by=None)
    page = read(desk.get(f"/desk/digests/{digest.pk}/", {"q": "author1"}))
    assert len(page.css("#comments > li")) == 1
    choosing.choose_many(digest.pk, version=1, comment_ids=keys(thread)[:1])
    assert digest.quotes.get().author == "author1"


def test_hiding_twice_hides_once_and_nothing_is_not_hidden(desk):
    for _ in range(2):
        hiding.hide("hackernews", kind="author", value="author1", by=None)
    assert HiddenThing.objects.count() == 1
    for kind, value in (("author", " "), ("words", "a"), ("words", ""), ("author", "x" * 201)):
        with pytest.raises(CurationError):
            hiding.hide("hackernews", kind=kind, value=value, by=None)
    thread = make_thread(comments=1)
    assert desk.post(f"/desk/threads/{thread.pk}/hide/", {"kind": "colour", "value": "x"}).status_code == 400
    answer = desk.post(f"/desk/threads/{thread.pk}/hide/", {"kind": "words", "value": "a"}, follow=True)
    assert read(answer).css_first(".message.error") is not None


def test_the_board_that_hides_gets_its_pane_anew(desk):
    thread = make_thread(comments=2)
    digest = make_digest(thread=thread)
    values = {"kind": "author", "value": "author1", "digest": digest.pk}
    page = read(desk.post(f"/desk/threads/{thread.pk}/hide/", values, headers=HTMX))
    assert len(page.css("#thread .hid")) == 1
    assert "author1" in page.css_first("#said").text()
    page = read(desk.post(f"/desk/threads/{thread.pk}/hide/", values | {"value": ""}, headers=HTMX), status=422)
    assert page.css_first("#said .error") is not None


def test_all_that_is_hidden_stands_on_one_page_and_comes_back_from_there(desk, editor):
    hiding.hide("hackernews", kind="author", value="author1", by=editor.pk)
    hiding.hide("elsewhere", kind="words", value="cheap pills", by=None)
    page = read(desk.get("/desk/hidden/"))
    assert [node.text() for node in page.css("h2")] == ["elsewhere", "hackernews"]
    assert [node.text() for node in page.css(".hidden-things b")] == ["cheap pills", "author1"]
    for action in [node.attributes["action"] for node in page.css(".hidden-things form")]:
        assert desk.post(action).status_code == 302
        assert desk.post(action).status_code == 302  # somebody else was faster
    assert not HiddenThing.objects.exists()
    assert desk.get("/desk/hidden/1/show/").status_code == 302


def test_strangers_are_turned_away(client):
    thread = make_thread(comments=1)
    for path in ("comments/", "matches/", "read/", "hide/"):
        assert "/accounts/login/" in client.get(f"/desk/threads/{thread.pk}/{path}").headers["Location"]
    assert "/accounts/login/" in client.get("/desk/hidden/").headers["Location"]
    client.post(f"/desk/threads/{thread.pk}/hide/", {"kind": "author", "value": "author1"})
    assert not HiddenThing.objects.exists()
