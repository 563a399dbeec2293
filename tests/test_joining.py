"""A thread is attached to a digest that came without one: what matches, what is left, and the way back."""

from datetime import timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser

from digests import curation
from digests.archive import joining
from digests.curation import CurationError, StaleVersion
from digests.models import Digest, ImportRun, Thread
from tests.factories import POSTED_AT, make_between, make_comment, make_digest, make_thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread() -> Thread:
    return make_thread(comments=4)


@pytest.fixture
def digest() -> Digest:
    """Quotes 一 二 三 by author1 to author3, of whom author3's comment is of another time; and a heading."""
    digest = make_digest(texts=["一", "二", "三"], article_url="")
    make_between(digest, "heading", position=3, text="見出し")
    digest.quotes.update(native_id="")
    for number in (1, 2):
        digest.quotes.filter(author=f"author{number}").update(created_at=POSTED_AT + timedelta(minutes=number))
    digest.quotes.filter(author="author3").update(created_at=POSTED_AT + timedelta(days=1))
    return digest


def matched(digest: Digest) -> list[str | None]:
    return list(digest.quotes.in_order().values_list("comment__author", flat=True))


def test_quotes_are_matched_by_author_and_time_and_the_rest_stays(thread, digest):
    version, joined = joining.join(digest.pk, version=1, thread_id=thread.pk)
    digest.refresh_from_db()
    assert (version, digest.version, digest.thread) == (2, 2, thread)
    assert matched(digest) == ["author1", "author2", None, None]
    assert [quote.text for quote in joined.left] == ["三"]
    assert [quote.text for quote in digest.quotes.in_order()] == ["一", "二", "三", "見出し"]
    assert digest.quotes.get(text="一").native_id == thread.comments.get(author="author1").native_id
    assert (digest.source_url, digest.article_url) == (thread.url, thread.article_url)


def test_attaching_is_undone_and_done_again(thread, digest, editor):
    Digest.objects.filter(pk=digest.pk).update(source_url="https://elsewhere.example/")
    joining.join(digest.pk, version=1, thread_id=thread.pk, by=editor.pk)
    curation.undo(digest.pk, version=2, by=editor.pk)
    digest.refresh_from_db()
    assert (digest.thread, digest.article_url, matched(digest)) == (None, "", [None] * 4)
    curation.redo(digest.pk, version=3, by=editor.pk)
    digest.refresh_from_db()
    assert (digest.thread, matched(digest)) == (thread, ["author1", "author2", None, None])
    assert digest.source_url == "https://elsewhere.example/"  # what it named itself stays


def test_a_digest_with_a_thread_and_a_stale_page_are_refused(thread, digest):
    with pytest.raises(StaleVersion):
        joining.join(digest.pk, version=7, thread_id=thread.pk)
    joining.join(digest.pk, version=1, thread_id=thread.pk)
    with pytest.raises(CurationError):
        joining.join(digest.pk, version=2, thread_id=make_thread(comments=0, native_id="7").pk)


def test_the_board_leads_there_shows_what_matches_and_comes_back(desk, thread, digest):
    make_thread(comments=0, native_id="7", title="Something else")
    board = LexborHTMLParser(desk.get(f"/desk/digests/{digest.pk}/").content.decode())
    address = f"/desk/digests/{digest.pk}/thread/"
    assert board.css_first(f"#thread a[href='{address}']") is not None
    page = LexborHTMLParser(desk.get(address).content.decode())
    assert page.css_first("main p > a").attributes["href"] == f"?thread={thread.pk}"  # its source names it
    page = LexborHTMLParser(desk.get(address, {"q": "else"}).content.decode())
    assert [node.text() for node in page.css(".threads .name")] == ["Something else"]
    page = LexborHTMLParser(desk.get(address, {"thread": thread.pk}).content.decode())
    assert [node.text() for node in page.css(".unmatched b")] == ["author3"]
    answer = desk.post(address, {"thread": thread.pk, "version": 1})
    assert answer.headers["Location"] == f"/desk/digests/{digest.pk}/"
    board = LexborHTMLParser(desk.get(f"/desk/digests/{digest.pk}/").content.decode())
    assert [node.text() for node in board.css("#comments span > a")] == ["1", "2"]
    assert desk.get(address).headers["Location"] == f"/desk/digests/{digest.pk}/"


def test_a_stale_page_is_shown_again(desk, thread, digest):
    answer = desk.post(f"/desk/digests/{digest.pk}/thread/", {"thread": thread.pk, "version": 9})
    assert answer.status_code == 409
    assert LexborHTMLParser(answer.content.decode()).css_first("input[name=version]").attributes["value"] == "1"


def test_an_address_is_imported_first_and_leads_back(desk, thread, digest):
    address = f"/desk/digests/{digest.pk}/thread/"
    here = desk.post(address, {"address": thread.url})
    assert here.headers["Location"] == f"{address}?thread={thread.pk}"
    away = desk.post(address, {"address": "https://news.ycombinator.com/item?id=555"})
    run = ImportRun.objects.get()
    assert away.headers["Location"] == f"/desk/imports/{run.pk}/?digest={digest.pk}"
    ImportRun.objects.filter(pk=run.pk).update(state="done", thread=thread)
    page = LexborHTMLParser(desk.get(away.headers["Location"]).content.decode())
    assert page.css_first("a.primary").attributes["href"] == f"{address}?thread={thread.pk}"
    assert desk.post(address, {"address": ""}).status_code == 422


def test_the_number_of_queries_does_not_grow_with_the_quotes(django_assert_max_num_queries):
    thread = make_thread(comments=60)
    for number in range(61, 64):
        make_comment(thread, number=number)
    digest = make_digest(texts=["文"] * 60)
    with django_assert_max_num_queries(30):
        joining.join(digest.pk, version=1, thread_id=thread.pk)


def test_going_back_to_before_the_attaching_keeps_the_thread_and_the_links(thread, digest, editor):
    named = curation.name_revision(digest.pk, name="初稿", by=editor.pk)
    joining.join(digest.pk, version=1, thread_id=thread.pk, by=editor.pk)
    one, two = digest.quotes.get(text="一"), digest.quotes.get(text="二")
    curation.drop(digest.pk, version=2, quote_ids=[one.pk], by=editor.pk)
    curation.edit_quote(two.pk, version=two.version, text="弐", author=two.author, by=editor.pk)
    curation.restore_revision(digest.pk, version=3, revision_id=named.pk, by=editor.pk)
    digest.refresh_from_db()
    assert (digest.thread, matched(digest)) == (thread, ["author1", "author2", None, None])
    assert [quote.text for quote in digest.quotes.in_order()] == ["一", "二", "三", "見出し"]
    assert digest.quotes.get(text="一").native_id == thread.comments.get(author="author1").native_id
    assert digest.source_url == thread.url
