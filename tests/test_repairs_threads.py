"""Quotes find their comments again, by author and second, and cut addresses are whole again by what these link to."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from digests import importing, sources
from digests.archive import addresses, attaching, checking, collecting
from digests.archive.attaching import Said, Written
from digests.models import Comment, Digest, Finding, ImportRun, Quote, Thread
from digests.publishing import interchange
from tests.delivered import send, standing
from tests.factories import POSTED_AT, make_comment, make_digest, make_thread
from tests.moving import ADDRESS, PATH, post, quote
from tests.repaired import applied, archive, edits, proposed, texts, undone

pytestmark = pytest.mark.django_db

RECORDED = Path(__file__).parent.parent.parent / "shared" / "threads" / "hackernews" / "algolia-item-25015967.json"


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


def said(key: int, text: str = "", *, author: str = "hana", second: int = 0, native_id: str = "") -> Said:
    return Said(key=key, author=author, at=POSTED_AT + timedelta(seconds=second), text=text, native_id=native_id)


def written(key: int, text: str = "", *, author: str = "hana", second: float = 0) -> Written:
    at = POSTED_AT + timedelta(seconds=second)
    return Written(key=key, native_id=f"n{key}", author=author, at=at, text=text)


def pairs(quotes: list[Said], comments: list[Written]) -> dict[int, int]:
    return {quote: comment.key for quote, comment in attaching.match(quotes, comments).items()}


def test_author_and_second_make_a_pair() -> None:
    comments = [written(1), written(2, second=1.5), written(3, author="taro")]
    assert pairs([said(10), said(11, second=1), said(12, author="jiro"), said(13, second=9)], comments) == {
        10: 1,
        11: 2,
    }


def test_what_a_quote_names_comes_first() -> None:
    assert pairs([said(10, native_id="n2")], [written(1), written(2, second=60)]) == {10: 2}


def test_words_decide_between_comments_of_one_second() -> None:
    comments = [written(1, "See https://example.com/a about Rust 1.80"), written(2, "Nobody uses COBOL any more")]
    quotes = [said(10, "もう誰もCOBOLを使ってない"), said(11, "Rust 1.80については https://example.com/a を見て")]
    assert pairs(quotes, comments) == {10: 2, 11: 1}


def test_place_decides_where_words_do_not() -> None:
    assert pairs([said(10, "一"), said(11, "二")], [written(1, "one"), written(2, "two")]) == {10: 1, 11: 2}


def test_two_parts_of_one_comment_are_both_tied_to_it() -> None:
    assert pairs([said(10, "前半"), said(11, "後半")], [written(1)]) == {10: 1, 11: 1}


def test_a_comment_whose_author_is_gone_is_taken_when_it_is_the_only_one_of_its_second() -> None:
    gone = [written(1, author="")]
    assert pairs([said(10)], gone) == {10: 1}
    assert pairs([said(10), said(11, author="taro")], gone) == {}
    assert pairs([said(10)], [*gone, written(2, author="")]) == {}


@pytest.mark.parametrize(
    ("text", "links", "whole"),
    [
        ("https://a.example/lo... だよ", ["https://a.example/long/way"], "https://a.example/long/way だよ"),
        ("（https://a.example/lo…）", ["https://a.example/long"], "（https://a.example/long）"),
        ("https://a.example/lo...[2]と", ["https://a.example/long"], "https://a.example/long [2]と"),
        ("https://a.example/lo....", ["https://a.example/long"], "https://a.example/long."),
        ("https://a.example/lo...", ["https://a.example/long", "https://a.example/lost"], "https://a.example/lo..."),
        ("https://a.example/lo...", ["https://b.example/long"], "https://a.example/lo..."),
        ("https://a.example/lo...", ["https://a.example/lo"], "https://a.example/lo..."),
        ("https://a.example/lo...", ["https://a.example/lo%zz"], "https://a.example/lo..."),
        ("https://a.example/lo...、https://a.example/lo...", ["https://a.example/lo?q=1&r=2"] * 2,
         "https://a.example/lo?q=1&r=2、https://a.example/lo?q=1&r=2"),
        ("https://a.example/a...b", ["https://a.example/a...bc"], "https://a.example/a...b"),
        ("ふつうの文...", ["https://a.example/long"], "ふつうの文..."),
    ],
)  # fmt: skip
def test_an_address_is_restored_when_exactly_one_link_begins_so(text: str, links: list[str], whole: str) -> None:
    assert addresses.restored(text, links) == whole


def a_thread() -> Thread:
    """Of three comments at 10:00:00, :01, :02 on the day of the post; the second links somewhere."""
    thread = make_thread(comments=0)
    for number in range(1, 4):
        at = POSTED_AT.replace(year=2026, month=1, day=5, hour=10, minute=0, second=number - 1)
        body = '<a href="https://example.com/a/long/way">https://example.com/a/lo...</a>' if number == 2 else "No"
        make_comment(thread, number=number, posted_at=at, body=body, links=["https://example.com/a/long/way"])
    return thread


def typed() -> str:
    return post(
        quote("一つ目"),
        quote("ここ https://example.com/a/lo... を見て", author="author2", at="2026/01/05 10:00:01"),
        quote("知らない人", author="nobody", at="2026/01/05 10:00:02"),
    )


def test_a_thread_that_is_here_is_attached_at_once(tmp_path: Path) -> None:
    target = archive(tmp_path, {PATH: typed()})
    thread = a_thread()
    batch = proposed("thread", addresses=True, article=True, imports=0)
    first, second = thread.comments.in_order()[:2]
    assert edits(batch.items.get()) == [
        ("thread_id", None, thread.pk),
        ("article_url", "", "https://example.com/plain-text"),
        ("comment", [None, ""], [first.pk, first.native_id]),
        ("comment", [None, ""], [second.pk, second.native_id]),
        ("text", "ここ https://example.com/a/lo... を見て", "ここ https://example.com/a/long/way を見て"),
    ]
    batch = applied(batch)
    digest = Digest.objects.get()
    assert (digest.thread, digest.article_url) == (thread, "https://example.com/plain-text")
    assert [*digest.quotes.in_order().values_list("comment", "native_id", "version")] == [
        (first.pk, first.native_id, 1),
        (second.pk, second.native_id, 2),
        (None, "", 1),
    ]
    now = standing(target)[PATH].decode()
    assert "ここ <https://example.com/a/long/way> を見て" in now or "ここ https://example.com/a/long/way を見て" in now
    assert "元記事：[https://example.com/plain-text](https://example.com/plain-text)" in now
    live = digest.publications.live().get()
    shown = interchange.from_json(live.document).document
    assert [one.comment for one in shown.quotes()] == [first.native_id, second.native_id, None]
    checking.check_now()
    found = Finding.objects.filter(code__in=["no_thread", "unmatched", "cut_address", "no_article"])
    assert [*found.values_list("code", "detail")] == [("unmatched", "1")]
    assert undone(batch).state == "undone"
    digest.refresh_from_db()
    assert (digest.thread, digest.article_url, digest.quotes.exclude(comment=None).count()) == (None, "", 0)
    assert standing(target)[PATH].decode() == typed()


def test_cut_addresses_of_tied_quotes_are_restored_by_themselves() -> None:
    thread = a_thread()
    comment = thread.comments.get(position=1)
    digest = make_digest(thread=thread, texts=["https://example.com/a/lo...", "https://example.com/a/lo..."])
    Quote.objects.filter(digest=digest, position=0).update(comment=comment)
    send(None, digest)
    applied(proposed("addresses"))
    assert texts(digest) == ["https://example.com/a/long/way", "https://example.com/a/lo..."]


def test_the_articles_address_is_added() -> None:
    with_article, without = make_thread(), make_thread(native_id="200", article_url="")
    first = make_digest(thread=with_article, texts=["一"])
    second = make_digest(thread=without, texts=["一"], slug="other")
    send(None, first, second)
    batch = applied(proposed("links"))
    assert batch.items.get().digest == first
    first.refresh_from_db()
    assert first.article_url == "https://example.com/plain-text"


def test_comments_are_linked_where_the_sites_form_shows_it(tmp_path: Path) -> None:
    target = archive(tmp_path, {PATH: typed()})
    a_thread()
    applied(proposed("thread"))
    assert "permalink" not in standing(target)[PATH].decode()
    assert not proposed("links").items.exclude(edits__0__field="article_url").exists()
    target.form = {"permalinks": True}
    target.save()
    batch = proposed("links")
    assert [edit["number"] for edit in batch.items.get().edits if edit["field"] == "permalink"] == [1, 2]
    applied(batch)
    now = standing(target)[PATH].decode()
    comments = Digest.objects.get().quotes.exclude(comment=None).values_list("native_id", flat=True)
    assert [now.count(f'permalink="https://news.ycombinator.com/item?id={one}"') for one in comments] == [1, 1]
    assert not proposed("links").items.exists()


def test_a_missing_thread_is_imported_and_what_waited_for_it_is_proposed(tmp_path: Path) -> None:
    archive(tmp_path, {PATH: typed()})
    batch = proposed("thread", addresses=True, article=False, imports=10)
    item = batch.items.get()
    run = ImportRun.objects.get()
    assert (item.state, item.import_run, run.address) == ("waiting", run, ADDRESS)
    thread = a_thread()
    ImportRun.objects.filter(pk=run.pk).update(state="done", thread=thread)
    collecting.thread_came(run.pk)
    item.refresh_from_db()
    assert (item.state, item.chosen, item.edit_count) == ("proposed", True, 4)
    assert applied(batch).state == "applied"
    assert Digest.objects.get().thread == thread


def test_a_thread_that_cannot_be_imported_is_told(tmp_path: Path) -> None:
    archive(tmp_path, {PATH: typed()})
    batch = proposed("thread", addresses=True, article=False, imports=10)
    run = ImportRun.objects.get()
    ImportRun.objects.filter(pk=run.pk).update(state="failed", error_code="thread_not_found")
    collecting.thread_came(run.pk)
    item = batch.items.get()
    assert (item.state, item.chosen, bool(item.note)) == ("skipped", False, True)


def test_no_more_threads_are_sent_for_than_were_asked_for(tmp_path: Path) -> None:
    address = "https://news.ycombinator.com/item?id={}"
    posts = {f"content/posts/2026_01/2026_01_05_s{n}/index.md": post(source=address.format(n)) for n in range(101, 105)}
    archive(tmp_path, posts)
    batch = proposed("thread", imports=3)
    assert (ImportRun.objects.count(), batch.items.count()) == (3, 3)


@pytest.mark.skipif(not RECORDED.is_file(), reason="the recorded threads are not at hand")
def test_a_real_thread_of_two_thousand_comments_is_matched(tmp_path: Path) -> None:
    thread = importing.store(sources.read_file(RECORDED.read_bytes())).thread
    comments = [one for one in thread.comments.in_order() if one.author][:600:4]
    quotes = [
        quote(f"日本語 {_cut(one)}", author=one.author, at=f"{one.posted_at:%Y/%m/%d %H:%M:%S}") for one in comments
    ]
    archive(tmp_path, {PATH: post(*quotes, source=thread.url)})
    Digest.objects.update(thread=None)
    Quote.objects.update(comment=None, native_id="")
    applied(proposed("thread", addresses=True, article=True))
    digest = Digest.objects.get()
    assert [*digest.quotes.in_order().values_list("comment_id", flat=True)] == [one.pk for one in comments]
    cut = [one for one in comments if _cut(one)]
    assert len(cut) > 5
    restored = [row.text for row in digest.quotes.in_order() if row.comment_id in {one.pk for one in cut}]
    assert [text.removeprefix("日本語 ") for text in restored] == [one.links[0] for one in cut]


def _cut(comment: Comment) -> str:
    """The comment's only link as a shortened copy of it."""
    links = [link for link in comment.links if link.startswith("https://") and link.isascii() and len(link) > 40]
    return f"{links[0][:35].rstrip('.,-_')}..." if len(links) == len(comment.links) == 1 and "'" not in links[0] else ""
