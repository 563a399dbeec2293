"""The board as the server answers it: every act with and without htmx, conflicts, and a constant number of queries."""

import re
from typing import Any

import html5lib
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from selectolax.lexbor import LexborHTMLParser

from digests import curation
from digests.models import Change, Digest, Fold, Quote
from tests.factories import make_comment, make_digest, make_editor, make_fold, make_thread
from tests.pages import HTMX

pytestmark = pytest.mark.django_db


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
    Change.objects.all().delete()
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


def numbers(page: LexborHTMLParser) -> list[str]:
    return [number.text() for number in page.css("li.quote .number")]


def patch(answer, *, status: int = 200) -> dict[str, Any]:
    """What an act answers: what has to change on the page."""
    assert answer.status_code == status
    found: dict[str, Any] = answer.json()
    return found


# The page


def test_both_sides_are_shown_with_marks_numbers_and_folds(desk, digest):
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    comments = list(digest.thread.comments.in_order())
    assert [node.text() for node in page.css(".comments span > a")] == ["1", "2", "3", "4"]
    assert page.css_first(f"#k{comments[4].pk} a") is None
    assert numbers(page) == ["1", "2", "3", "4"]
    assert [node.text().strip() for node in page.css("textarea[name=text]")] == ["一", "二", "三", "四"]
    items = [node.attributes["id"] for node in page.css("#list > li")]
    ids = {text: pk(digest, text) for text in "一二三四"}
    fold = Fold.objects.get().pk
    assert items == [f"q{ids['一']}", f"f{fold}", f"q{ids['二']}", f"q{ids['三']}", f"e{fold}", f"q{ids['四']}"]
    assert [node.attributes["id"] for node in page.css("#list > li.quote.in")] == [f"q{ids['二']}", f"q{ids['三']}"]
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
    assert numbers(page) == ["1", "2"]
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

    assert count(10) == count(20) <= 17


# Acts


def test_choosing_brings_one_row_and_says_which_comment_it_quotes(desk, digest):
    comment = digest.thread.comments.in_order()[5]
    values = {"comment": comment.pk, "version": 1}
    answer = patch(desk.post(f"/desk/digests/{digest.pk}/comments/", values, headers=HTMX))
    added = digest.quotes.in_order().last()
    assert (answer["from"], answer["to"], answer["quotes"]) == (1, 2, 5)
    assert answer["placed"] == [[added.pk, pk(digest, "四")]]
    assert answer["comments"] == {str(comment.pk): added.pk}
    assert list(answer["rows"]) == [str(added.pk)]
    row = LexborHTMLParser(answer["rows"][str(added.pk)])
    assert row.css_first("textarea").text().strip() == "Comment number 6"
    assert row.css_first("li").attributes["data-comment"] == str(comment.pk)
    again = patch(desk.post(f"/desk/digests/{digest.pk}/comments/", values | {"version": 2}, headers=HTMX))
    assert (again["gone"], again["comments"], again["rows"]) == ([added.pk], {str(comment.pk): None}, {})
    assert "undo" in again["said"]


def test_moving_sends_where_the_row_stands_and_nothing_of_any_other(desk, digest):
    ids = {text: pk(digest, text) for text in "一二三四"}
    fold = Fold.objects.get()
    answer = patch(act(desk, digest, f"up:{ids['四']}"))
    assert order(digest) == "一[二三四]"
    assert (answer["placed"], answer["rows"], answer["looks"]) == ([], {}, {})
    assert answer["folds"] == [[fold.pk, fold.label, ids["二"], ids["四"]]]
    answer = patch(act(desk, digest, f"top:{ids['四']}", version=2))
    assert order(digest) == "四一[二三]"
    assert (answer["placed"], answer["rows"]) == ([[ids["四"], 0]], {})


def test_an_act_that_changes_nothing_makes_no_version(desk, digest):
    one = pk(digest, "一")
    for name in (f"up:{one}", f"top:{one}", f"paint:{one}:none", f"emphasis:{one}:none", f"place:quote:{one}"):
        answer = patch(act(desk, digest, name, pick=[one]))
        assert (answer["from"], answer["to"], answer["placed"], answer["looks"]) == (1, 1, [], {})
    digest.refresh_from_db()
    assert digest.version == 1


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
        assert patch(answer)["said"]
    else:
        assert answer.status_code == 302
        page = read(desk.get(answer.headers["Location"]))
        assert page.css_first("#said .message").text()


def test_a_drag_names_the_rows_and_the_gap(desk, digest):
    ids = {text: pk(digest, text) for text in "一二三四"}
    fold = Fold.objects.get().pk
    answer = patch(act(desk, digest, f"place:fold:{fold}", pick=[ids["四"], ids["一"]]))
    assert order(digest) == "[一四二三]"
    assert answer["placed"] == [[ids["四"], ids["一"]]]
    read(act(desk, digest, f"place:end:{fold}", version=2, pick=[ids["二"]]))
    assert order(digest) == "[一四三]二"
    read(act(desk, digest, "place:top", version=3, pick=[ids["二"], ids["三"]]))
    assert order(digest) == "三二[一四]"
    read(act(desk, digest, f"place:quote:{ids['三']}", version=4, fold=fold))
    assert order(digest) == "三[一四]二"
    assert act(desk, digest, "place:quote:999999", version=5, pick=[ids["一"]]).status_code == 409


def test_rows_go_under_a_number(desk, digest):
    one, two = pk(digest, "一"), pk(digest, "二")
    patch(act(desk, digest, f"under:{one}", number="3"))
    assert order(digest) == "[二三一]四"
    patch(act(desk, digest, "under:picked", version=2, pick=[one, two], number="4"))
    assert order(digest) == "[三]四二一"
    patch(act(desk, digest, "under:picked", version=3, pick=[one], number="0"))
    assert order(digest) == "一[三]四二"
    for number in ("5", "", "x"):
        assert patch(act(desk, digest, f"under:{one}", version=4, number=number), status=422)["failed"]
    assert order(digest) == "一[三]四二"


def test_several_rows_go_up_and_down_together(desk, digest):
    ids = [pk(digest, text) for text in "一四"]
    patch(act(desk, digest, "bottom:picked", pick=ids))
    assert order(digest) == "[二三]一四"
    patch(act(desk, digest, "up:picked", version=2, pick=ids))
    assert order(digest) == "[二三一四]"
    patch(act(desk, digest, "top:picked", version=3, pick=ids))
    assert order(digest) == "一四[二三]"


def test_ticked_quotes_are_coloured_folded_and_dropped(desk, digest):
    ids = [pk(digest, text) for text in "一四"]
    answer = patch(act(desk, digest, "paint:picked:pink", pick=ids))
    assert set(digest.quotes.values_list("text", "color")) == {
        ("一", "#ff33a1"),
        ("二", ""),
        ("三", ""),
        ("四", "#ff33a1"),
    }
    assert answer["looks"] == {str(pk): ["pink", ""] for pk in ids}
    patch(act(desk, digest, "fold", version=2, pick=reversed(ids), label="ぜんぶ"))
    assert (order(digest), Fold.objects.get().label) == ("[一二三四]", "ぜんぶ")
    patch(act(desk, digest, "drop:picked", version=3, pick=ids))
    assert order(digest) == "[二三]"


def test_ticking_nothing_is_said(desk, digest):
    answer = patch(act(desk, digest, "fold"), status=422)
    assert answer["failed"]
    assert answer["said"]
    page = read(act(desk, digest, "fold", htmx=False), status=422)
    assert page.css_first("#said .error") is not None
    assert order(digest) == "一[二三]四"


def test_a_colour_is_given_shown_and_taken_away(desk, digest):
    one = pk(digest, "一")
    assert patch(act(desk, digest, f"paint:{one}:violet"))["looks"] == {str(one): ["violet", ""]}
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    assert "c-violet" in (page.css_first(f"#q{one}").attributes["class"] or "")
    assert patch(act(desk, digest, f"paint:{one}:none", version=2))["looks"] == {str(one): ["", ""]}
    assert digest.quotes.get(pk=one).color == ""
    assert act(desk, digest, f"paint:{one}:mauve", version=3).status_code == 400


def test_a_dropped_quote_comes_back_by_undo_and_goes_by_redo(desk, digest):
    two = pk(digest, "二")
    patch(act(desk, digest, f"drop:{two}"))
    answer = patch(act(desk, digest, "undo", version=2))
    assert order(digest) == "一[二三]四"
    assert (answer["placed"], list(answer["rows"])) == ([[two, pk(digest, "一")]], [str(two)])
    patch(act(desk, digest, "redo", version=3))
    assert order(digest) == "一[三]四"
    assert patch(act(desk, digest, "redo", version=4), status=422)["failed"]
    answer = act(desk, digest, f"drop:{pk(digest, '三')}", version=4, htmx=False)
    page = read(desk.get(answer.headers["Location"]))
    assert page.css_first("#said button[form=acts]").attributes["value"] == "undo"


def test_a_folds_label_is_changed(desk, digest):
    fold = Fold.objects.get()
    patch(act(desk, digest, f"rename:{fold.pk}", **{f"label-{fold.pk}": "続き"}))
    fold.refresh_from_db()
    assert fold.label == "続き"
    assert patch(act(desk, digest, f"rename:{fold.pk}", version=2, **{f"label-{fold.pk}": " "}), status=422)["failed"]


@pytest.mark.parametrize("name", ["nothing", "up:x", "up:9999999999999999999", "paint:1", "unfold:-1"])
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


def test_a_stale_act_changes_nothing_and_brings_what_the_page_has_missed(desk, digest):
    ids = {text: pk(digest, text) for text in "一二三四"}
    curation.move(digest.pk, version=1, row_ids=[ids["四"]], to=curation.Move.TOP)
    curation.edit_quote(ids["二"], version=1, text="二つ", author="author2")
    answer = patch(act(desk, digest, f"drop:{ids['一']}"), status=409)
    assert order(digest) == "四一[二つ三]"
    assert (answer["from"], answer["to"], answer["failed"]) == (1, 2, True)
    assert answer["placed"] == [[ids["四"], 0]]
    page = read(act(desk, digest, f"drop:{ids['一']}", htmx=False), status=409)
    assert page.css_first("#said .error") is not None


def test_a_page_far_behind_gets_the_first_rows_as_they_are(desk, digest):
    Digest.objects.filter(pk=digest.pk).update(version=7)  # nothing tells how
    answer = patch(act(desk, digest, "every"), status=409)
    assert (answer["from"], answer["to"], answer["left"]) == (1, 7, 0)
    assert [node.attributes["id"] for node in LexborHTMLParser(answer["reset"]).css("li.quote")] == [
        f"q{pk(digest, text)}" for text in "一二三四"
    ]


def test_a_page_asks_what_it_has_missed_texts_too(desk, digest):
    ids = {text: pk(digest, text) for text in "一二三四"}
    seen = read(desk.get(f"/desk/digests/{digest.pk}/")).css_first("#acts [name=seen]").attributes["value"]

    def ask(version: int, seen: str | None):
        return desk.get(f"/desk/digests/{digest.pk}/since/", {"version": version, "seen": seen or ""})

    assert ask(1, seen).status_code == 204
    other = make_editor("other")
    curation.edit_quote(ids["二"], version=1, text="二つ", author="author2", by=other.pk)
    answer = patch(ask(1, seen))
    assert (answer["to"], list(answer["rows"])) == (1, [str(ids["二"])])
    assert ask(1, answer["seen"]).status_code == 204
    version = curation.move(digest.pk, version=1, row_ids=[ids["四"]], to=curation.Move.TOP, by=other.pk)
    version = curation.unfold(digest.pk, version=version, fold_id=Fold.objects.get().pk, by=other.pk)
    version = curation.drop(digest.pk, version=version, quote_ids=[ids["三"]], by=other.pk)
    answer = patch(ask(1, answer["seen"]))
    assert (answer["gone"], answer["placed"], len(answer["unfolded"])) == ([ids["三"]], [[ids["四"], 0]], 1)
    assert answer["to"] == version == 4
