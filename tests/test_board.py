"""The board as the server answers it: every act with and without htmx, conflicts, and a constant number of queries."""

import json
import re

import html5lib
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from selectolax.lexbor import LexborHTMLParser

from digests import curation
from digests.models import Digest, Fold, Quote
from tests.factories import make_comment, make_digest, make_editor, make_fold, make_thread

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def desk(client):
    client.force_login(make_editor())
    return client


@pytest.fixture
def digest():
    """Quotes 一 二 三 四 of the first four of six comments; 二 and 三 are folded."""
    thread = make_thread(comments=6)
    digest = make_digest(thread=thread)
    comments = list(thread.comments.in_order()[:4])
    curation.choose(digest.pk, version=1, comment_ids=[comment.pk for comment in comments])
    for quote, text in zip(digest.quotes.in_order(), "一二三四", strict=True):
        Quote.objects.filter(pk=quote.pk).update(text=text)
    make_fold(digest, first=1, size=2)
    Digest.objects.filter(pk=digest.pk).update(version=1)
    return Digest.objects.get(pk=digest.pk)


def read(answer, *, status: int = 200) -> LexborHTMLParser:
    assert answer.status_code == status
    text = answer.content.decode()
    if text.lstrip().startswith("<!doctype"):
        html5lib.HTMLParser(strict=True).parse(text)
    return LexborHTMLParser(text)


def order(digest: Digest) -> str:
    """The texts in order, folds in brackets: 一[二三]四."""
    text = ""
    ends = -1
    for place, quote in enumerate(digest.quotes.in_order().select_related("fold")):
        if hasattr(quote, "fold"):
            text, ends = f"{text}[", place + quote.fold.size - 1
        text += quote.text
        if place == ends:
            text += "]"
    return text


def pk(digest: Digest, text: str) -> int:
    return digest.quotes.get(text=text).pk


def act(desk: Client, digest: Digest, name: str = "", *, version: int = 1, htmx: bool = True, **more):
    values = {"version": version, **({"act": name} if name else {}), **more}
    return desk.post(f"/desk/digests/{digest.pk}/quotes/", values, headers=HTMX if htmx else {})


def rows(page: LexborHTMLParser) -> list[str]:
    """The rows an answer puts into the list, `+` before those that come whole."""
    return [
        ("" if row.css_first("div[hx-preserve]") else "+") + "".join(number.text() for number in row.css(".number"))
        for row in page.css("li.quote")
    ]


# The page


def test_both_sides_are_shown_with_marks_numbers_and_folds(desk, digest):
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    comments = list(digest.thread.comments.in_order())
    assert [node.text() for node in page.css(".comments span > a")] == ["1", "2", "3", "4"]
    assert page.css_first(f"#k{comments[4].pk} a") is None
    assert rows(page) == ["+1", "+2", "+3", "+4"]
    assert [node.text().strip() for node in page.css("textarea[name=text]")] == ["一", "二", "三", "四"]
    items = [node.attributes["value"] for node in page.css("input[name=item]")]
    ids = {text: pk(digest, text) for text in "一二三四"}
    fold = f"fold:{Fold.objects.get().pk}"
    assert items == [
        f"quote:{ids['一']}", fold, f"quote:{ids['二']}", f"quote:{ids['三']}", "end", f"quote:{ids['四']}"
    ]  # fmt: skip
    assert page.css_first(f"#q{ids['一']} a.number").attributes["href"] == f"#c{comments[0].pk}"
    assert "Comment number 1" in page.css_first(f"#q{ids['一']} .original").text()


def test_one_form_holds_all_comments(desk, digest):
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    assert len(page.css("#choose input[name=csrfmiddlewaretoken]")) == 1
    assert len(page.css("#choose button[name=comment]")) == 6


@pytest.mark.parametrize(
    ("sought", "found"), [("author2", 1), ("ＮＵＭＢＥＲ 3", 1), ("ﾆﾎﾝ", 1), ("number", 6), ("zz", 0)]
)
def test_the_thread_is_narrowed_to_what_is_sought(desk, digest, sought, found):
    make_comment(digest.thread, number=7, body="ニホン")
    page = read(desk.get(f"/desk/digests/{digest.pk}/", {"q": sought}))
    assert len(page.css(".comments > li")) == found
    assert page.css_first("#acts") is not None
    part = read(desk.get(f"/desk/digests/{digest.pk}/", {"q": sought}, headers=HTMX | {"HX-Target": "thread"}))
    assert len(part.css(".comments > li")) == found
    assert part.css_first("#acts") is None
    assert {node.attributes["value"] for node in part.css("input[name=q]")} == {sought}


def test_a_digest_without_a_thread_is_edited_on_the_same_page(desk):
    digest = make_digest(texts=["一", "二"])
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    assert rows(page) == ["+1", "+2"]
    assert len(page.css("#thread .empty")) == 1


def test_a_text_is_shown_as_it_is_and_never_as_html(desk):
    text = "\n</textarea><script>alert(1)</script> &amp;"
    digest = make_digest(texts=[text], headline='"><b>')
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    assert page.css_first("textarea[name=text]").text() == text
    assert page.css_first("#id_headline").attributes["value"] == '"><b>'


def test_the_number_of_queries_is_constant(desk):
    def count(comments: int) -> int:
        thread = make_thread(comments=comments, native_id=str(comments))
        digest = make_digest(thread=thread, slug=f"s{comments}")
        ids = list(thread.comments.values_list("pk", flat=True)[: comments // 2])
        curation.choose(digest.pk, version=1, comment_ids=ids)
        make_fold(digest, first=1, size=2)
        with CaptureQueriesContext(connection) as captured:
            read(desk.get(f"/desk/digests/{digest.pk}/"))
        return len(captured)

    assert count(10) == count(20) == 5


def test_undoing_asks_as_little_for_many_quotes_as_for_one(digest):
    counts, version = [], 1
    for ids in ([pk(digest, "一")], [pk(digest, text) for text in "一二三四"]):
        version, token = curation.drop(digest.pk, version=version, quote_ids=ids)
        with CaptureQueriesContext(connection) as queries:
            version = curation.restore(digest.pk, version=version, token=token)
        counts.append(sum("digests_comment" in query["sql"] for query in queries.captured_queries))
    assert (order(digest), counts) == ("一[二三]四", [1, 1])


def test_the_number_of_queries_of_an_act_is_constant(desk):
    def count(quotes: int) -> int:
        digest = make_digest(slug=f"s{quotes}", texts=["文"] * quotes)
        last = digest.quotes.in_order().last()
        assert last is not None
        with CaptureQueriesContext(connection) as captured:
            read(act(desk, digest, f"top:{last.pk}"))
        return len(captured)

    assert count(10) == count(20)


# Acts


def test_choosing_adds_a_whole_row_and_changes_one_mark(desk, digest):
    comment = digest.thread.comments.in_order()[5]
    values = {"comment": comment.pk, "version": 1}
    answer = desk.post(f"/desk/digests/{digest.pk}/comments/", values, headers=HTMX)
    page = read(answer)
    assert rows(page) == ["1", "2", "3", "4", "+5"]
    assert [node.attributes["id"] for node in page.css("span[hx-swap-oob=true]:has(button)")] == [f"k{comment.pk}"]
    assert json.loads(answer.headers["HX-Trigger"]) == {"digest-version": {"from": 1, "to": 2, "stale": False}}
    again = read(desk.post(f"/desk/digests/{digest.pk}/comments/", values | {"version": 2}, headers=HTMX))
    assert rows(again) == ["1", "2", "3", "4"]
    assert again.css_first("#said button[name=act]") is not None


def test_moving_sends_no_text_and_only_the_marks_that_changed(desk, digest):
    page = read(act(desk, digest, f"up:{pk(digest, '四')}"))
    assert order(digest) == "一[二三四]"
    assert rows(page) == ["1", "2", "3", "4"]
    assert page.css("textarea") == []
    assert page.css("span[id^=k]") == []
    page = read(act(desk, digest, f"top:{pk(digest, '四')}", version=2))
    assert order(digest) == "四一[二三]"
    assert sorted(node.text() for node in page.css("a[hx-swap-oob]")) == ["1", "2", "3", "4"]
    assert page.css("span[id^=k]") == []  # a mark's button comes only when it means something else now


def test_marks_outside_the_narrowed_thread_are_not_sent(desk, digest):
    narrowed = HTMX | {"HX-Current-URL": f"http://testserver/desk/digests/{digest.pk}/?q=author4"}
    values = {"version": 1, "act": f"top:{pk(digest, '四')}"}
    page = read(desk.post(f"/desk/digests/{digest.pk}/quotes/", values, headers=narrowed))
    assert [node.text() for node in page.css("a[hx-swap-oob]")] == ["1"]


def test_a_page_that_gives_a_broken_address_is_answered(desk, digest):
    broken = HTMX | {"HX-Current-URL": "http://[broken"}
    answer = desk.post(f"/desk/digests/{digest.pk}/quotes/", {"version": 1, "act": "every"}, headers=broken)
    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("up:三", "一[三二]四"),
        ("down:一", "[一二三]四"),
        ("top:三", "三一[二]四"),
        ("bottom:一", "[二三]四一"),
        ("drop:二", "一[三]四"),
        ("every", "一二三四"),
        ("unfold:F", "一二三四"),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_each_button_does_its_act_with_and_without_htmx(desk, digest, name, result, htmx):
    verb, _, text = name.partition(":")
    argument = Fold.objects.get().pk if text == "F" else pk(digest, text) if text else ""
    answer = act(desk, digest, f"{verb}:{argument}" if text else verb, htmx=htmx)
    assert order(digest) == result
    if htmx:
        assert read(answer).css_first("#said .message").text()
    else:
        assert answer.status_code == 302
        page = read(desk.get(answer.headers["Location"]))
        assert page.css_first("#said .message").text()


def test_a_drag_is_the_form_in_the_order_of_the_page(desk, digest):
    ids = {text: pk(digest, text) for text in "一二三四"}
    fold = f"fold:{Fold.objects.get().pk}"
    items = [fold, f"quote:{ids['四']}", f"quote:{ids['二']}", "end", f"quote:{ids['三']}", f"quote:{ids['一']}"]
    read(act(desk, digest, item=items))
    assert order(digest) == "[四二]三一"
    answer = act(desk, digest, item=items[:-1], version=2)
    assert answer.status_code == 409  # a quote is missing: the page does not hold what the digest holds


def test_ticked_quotes_are_coloured_folded_and_dropped(desk, digest):
    ids = [pk(digest, text) for text in "一四"]
    page = read(act(desk, digest, "paint:picked:pink", pick=ids))
    assert set(digest.quotes.values_list("text", "color")) == {
        ("一", "#ff33a1"),
        ("二", ""),
        ("三", ""),
        ("四", "#ff33a1"),
    }
    assert len(page.css(".swatches[hx-swap-oob]")) == 2
    assert len(page.css("li.c-pink")) == 2
    read(act(desk, digest, "fold", version=2, pick=reversed(ids), label="ぜんぶ"))
    assert (order(digest), Fold.objects.get().label) == ("[一二三四]", "ぜんぶ")
    read(act(desk, digest, "drop:picked", version=3, pick=ids))
    assert order(digest) == "[二三]"


def test_ticking_nothing_is_said(desk, digest):
    for htmx in (True, False):
        page = read(act(desk, digest, "fold", htmx=htmx), status=422)
        assert page.css_first("#said .error") is not None
    assert order(digest) == "一[二三]四"


def test_a_colour_is_given_shown_and_taken_away(desk, digest):
    one = pk(digest, "一")
    page = read(act(desk, digest, f"paint:{one}:violet"))
    pressed = page.css(f"#k-{one} [aria-pressed=true]")
    assert [node.attributes["value"] for node in pressed] == [f"paint:{one}:violet"]
    read(act(desk, digest, f"paint:{one}:none", version=2))
    assert digest.quotes.get(pk=one).color == ""
    assert act(desk, digest, f"paint:{one}:mauve", version=3).status_code == 400


def test_a_dropped_quote_comes_back_by_undo(desk, digest):
    two = pk(digest, "二")
    page = read(act(desk, digest, f"drop:{two}"))
    undo = page.css_first("#said button").attributes["value"] or ""
    assert undo.startswith("restore:")
    page = read(act(desk, digest, undo, version=2))
    assert order(digest) == "一[二三]四"
    assert rows(page) == ["1", "+2", "3", "4"]
    assert act(desk, digest, undo, version=3).status_code == 422
    answer = act(desk, digest, f"drop:{two}", version=3, htmx=False)
    page = read(desk.get(answer.headers["Location"]))
    assert page.css_first("#said button[form=acts]") is not None


def test_a_folds_label_is_changed(desk, digest):
    fold = Fold.objects.get()
    read(act(desk, digest, f"rename:{fold.pk}", label="続き"))
    fold.refresh_from_db()
    assert fold.label == "続き"
    page = read(act(desk, digest, f"rename:{fold.pk}", label=" ", version=2), status=422)
    assert page.css_first("#said .error") is not None


@pytest.mark.parametrize("name", ["nothing", "up:x", "up:", "up:9999999999999999999", "paint:1", "unfold:-1"])
def test_an_act_that_no_button_has_is_a_bad_request(desk, digest, name):
    assert act(desk, digest, name).status_code == 400
    assert order(digest) == "一[二三]四"


def test_an_act_on_what_is_not_there_is_refused_as_stale_or_not_found(desk, digest):
    other = make_digest(slug="other", texts=["別"])
    assert act(desk, digest, f"up:{pk(other, '別')}").status_code == 409
    assert desk.post("/desk/digests/999/quotes/", {"version": 1, "act": "up:1"}, headers=HTMX).status_code == 404
    assert act(desk, digest, "every", version="x").status_code == 400


def test_a_get_of_an_acts_address_leads_to_the_board(desk, digest):
    for path in ("quotes/", "comments/", "head/", f"quotes/{pk(digest, '一')}/"):
        answer = desk.get(f"/desk/digests/{digest.pk}/{path}")
        assert re.match(rf"/desk/digests/{digest.pk}/(#q\d+)?$", answer.headers["Location"])


# Somebody else was faster


def test_a_stale_act_changes_nothing_and_brings_the_digest_as_it_is(desk, digest):
    curation.move(digest.pk, version=1, quote_id=pk(digest, "四"), to=curation.Move.TOP)
    answer = act(desk, digest, f"drop:{pk(digest, '一')}")
    page = read(answer, status=409)
    assert order(digest) == "四一[二三]"
    assert rows(page) == ["+1", "+2", "+3", "+4"]
    assert len(page.css("form.writing[hx-preserve]")) == 4  # what is being typed stays in its field
    assert json.loads(answer.headers["HX-Trigger"])["digest-version"] == {"from": 1, "to": 2, "stale": True}
    page = read(act(desk, digest, f"drop:{pk(digest, '一')}", htmx=False), status=409)
    assert page.css_first("#said .error") is not None
