"""Undo and redo on the board: what stands in the way is said, and the next press goes on past it."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import expect
from selectolax.lexbor import LexborHTMLParser

from digests import curation
from digests.models import Change, Digest, WithdrawnAuthor
from digests.outline import Move
from tests.factories import make_digest, make_editor, make_thread
from tests.pages import HTMX

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asking_in_english")]


@pytest.fixture
def editor():
    return make_editor("haru")


def blocked(editor: User) -> tuple[Digest, Change]:
    """The editor moved 三 to the top, then wrote 一, which somebody else has written since."""
    digest = make_digest(texts="一二三")
    one, _two, three = digest.quotes.in_order()
    curation.move(digest.pk, version=1, row_ids=[three.pk], to=Move.TOP, by=editor.pk)
    curation.edit_quote(one.pk, version=1, text="壱", by=editor.pk)
    written = Change.objects.get(digest=digest, verb="write")
    curation.edit_quote(one.pk, version=2, text="<i>壹", by=make_editor("natsu").pk)
    return digest, written


def act(desk: Client, digest: Digest, name: str, *, version: int = 2, htmx: bool = True, status: int = 200) -> Any:
    address = f"/desk/digests/{digest.pk}/quotes/"
    answer = desk.post(address, {"version": version, "act": name}, headers=HTMX if htmx else {})
    assert answer.status_code == status
    return answer


def texts(digest: Digest) -> list[str]:
    return list(digest.quotes.in_order().values_list("text", flat=True))


def test_what_stands_in_the_way_is_said_with_a_button_that_goes_on_past_it(desk, editor):
    digest, written = blocked(editor)
    said = act(desk, digest, "undo", status=422).json()["said"]
    shown = LexborHTMLParser(said)
    assert (shown.css_first("button").attributes["value"], shown.css_first("i")) == (f"undo:past:{written.pk}", None)
    page = LexborHTMLParser(act(desk, digest, "undo", htmx=False, status=422).content)
    line = page.css_first("#said .error")
    assert line.css_first("button[form=acts]").attributes["value"] == f"undo:past:{written.pk}"
    answer = act(desk, digest, f"undo:past:{written.pk}", htmx=False, status=302)
    assert answer.headers["Location"].endswith("#digest")
    assert texts(digest) == ["<i>壹", "二", "三"]


def test_the_refusal_names_the_act_and_who_is_in_its_way(desk, editor, in_english):
    digest, _written = blocked(editor)
    said = LexborHTMLParser(act(desk, digest, "undo", status=422).json()["said"]).text()
    assert said.startswith("Not undone: 1 text written. natsu has changed “<i>壹” since. “Undo” once more goes on")


def test_redo_is_refused_in_the_same_way(desk, editor):
    digest = make_digest(texts="一二")
    one = digest.quotes.get(text="一").pk
    curation.edit_quote(one, version=1, text="壱", by=editor.pk)
    written = Change.objects.get()
    curation.undo(digest.pk, version=1, by=editor.pk)
    curation.drop(digest.pk, version=2, quote_ids=[one], by=make_editor("natsu").pk)
    said = LexborHTMLParser(act(desk, digest, "redo", version=3, status=422).json()["said"])
    assert said.css_first("button").attributes["value"] == f"redo:past:{written.pk}"
    assert act(desk, digest, f"redo:past:{written.pk}", version=3, status=422).json()["failed"]


def test_names_in_what_is_said_are_text(desk):
    name = "<b>author1</b>"
    thread = make_thread(comments=1)
    thread.comments.update(author=name)
    WithdrawnAuthor.objects.create(source=thread.source, name=name)
    digest = make_digest(thread=thread)
    address = f"/desk/digests/{digest.pk}/comments/"
    answer = desk.post(address, {"version": 1, "comment": thread.comments.get().pk}, headers=HTMX)
    assert "&lt;b&gt;author1" in answer.json()["said"]


@pytest.mark.django_db(transaction=True)
def test_undo_pressed_again_goes_on_past_what_it_could_not_undo(page, sign_in, console):
    console.allow("status of 422")
    editor = make_editor("haru")
    digest, _written = blocked(editor)
    sign_in(page, editor)
    page.goto(f"/desk/digests/{digest.pk}/")
    page.keyboard.press("Control+z")
    expect(page.locator("#said .error")).to_contain_text("natsu")
    page.keyboard.press("Control+z")
    expect(page.locator("#list li.quote").first.locator("textarea")).to_have_value("<i>壹")
    expect(page.locator("#said .error")).to_have_count(0)
    assert texts(digest) == ["<i>壹", "二", "三"]
