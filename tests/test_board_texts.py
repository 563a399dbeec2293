"""Saving texts and the head on the board: what is stored, what is refused, and that nothing typed is lost."""

import json

import html5lib
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from selectolax.lexbor import LexborHTMLParser

from digests import curation
from digests.models import Digest, Quote
from tests.factories import make_digest
from tests.pages import HTMX

pytestmark = pytest.mark.django_db


@pytest.fixture
def digest():
    return make_digest(texts=["もと", "ほか"])


@pytest.fixture
def quote(digest):
    return digest.quotes.get(position=0)


def read(answer, *, status: int = 200) -> LexborHTMLParser:
    assert answer.status_code == status
    text = answer.content.decode()
    if text.lstrip().startswith("<!doctype"):
        html5lib.HTMLParser(strict=True).parse(text)
    return LexborHTMLParser(text)


def save(desk, quote: Quote, text: str, *, version: int = 1, htmx: bool = True, **more):
    values = {"text": text, "author": "author1", "version": version, **more}
    address = f"/desk/digests/{quote.digest_id}/quotes/{quote.pk}/"
    return desk.post(address, values, headers=HTMX if htmx else {})


def head(digest: Digest, **changes):
    fields = ("headline", "lead", "slug", "source_url", "article_url", "thumbnail", "version")
    values = {name: getattr(digest, name) for name in fields}
    return values | {"date": digest.date.isoformat(), "tags": ", ".join(digest.tags)} | changes


def save_head(desk, digest: Digest, *, htmx: bool = True, **changes):
    address = f"/desk/digests/{digest.pk}/head/"
    return desk.post(address, head(digest, **changes), headers=HTMX if htmx else {})


def test_a_text_is_saved_and_the_answer_holds_no_field(desk, digest, quote):
    page = read(save(desk, quote, "一行目\r\n二行目", author="名前"))
    quote.refresh_from_db()
    assert (quote.text, quote.author, quote.version) == ("一行目\n二行目", "名前", 2)
    assert page.css_first(f"#s{quote.pk}.saved input").attributes["value"] == "2"
    assert page.css("textarea") == []
    assert page.css_first("#status").attributes["hx-swap-oob"] == "true"
    digest.refresh_from_db()
    assert (digest.version, digest.changes) == (1, 2)  # other quotes and the order can be changed meanwhile


def test_without_htmx_a_save_returns_to_its_quote(desk, quote):
    answer = save(desk, quote, "新しい", htmx=False)
    assert answer.headers["Location"] == f"/desk/digests/{quote.digest_id}/#q{quote.pk}"
    assert "新しい" in desk.get(answer.headers["Location"]).content.decode()


def test_the_second_writer_sees_both_versions_and_overwrites_only_knowingly(desk, quote):
    curation.edit_quote(quote.pk, version=1, text="相手の文", author="author1")
    page = read(save(desk, quote, "わたしの文"), status=409)
    assert "相手の文" in page.css_first(".theirs").text()
    assert page.css("textarea") == []  # the field stands on the page and is not touched
    assert page.css_first("input[name=version]").attributes["value"] == "1"
    overwrite = page.css_first("button[name=overwrite]").attributes["value"]
    read(save(desk, quote, "わたしの文", overwrite=overwrite))
    quote.refresh_from_db()
    assert quote.text == "わたしの文"


def test_overwriting_is_refused_too_when_a_third_one_wrote(desk, quote):
    curation.edit_quote(quote.pk, version=1, text="相手の文", author="author1")
    curation.edit_quote(quote.pk, version=2, text="三人目の文", author="author1")
    page = read(save(desk, quote, "わたしの文", overwrite=2), status=409)
    assert "三人目の文" in page.css_first(".theirs").text()


def test_without_htmx_the_conflict_keeps_the_text_in_its_field(desk, quote):
    curation.edit_quote(quote.pk, version=1, text="相手の文", author="author1")
    page = read(save(desk, quote, "わたしの文", htmx=False), status=409)
    form = page.css_first(f"#t{quote.pk}")
    assert form.css_first("textarea").text().strip() == "わたしの文"
    assert "相手の文" in form.css_first(".theirs").text()
    assert form.css_first("button[name=overwrite]").attributes["value"] == "2"


def test_the_other_text_can_be_taken_instead(desk, quote):
    curation.edit_quote(quote.pk, version=1, text="相手の文", author="author1")
    answer = save(desk, quote, "わたしの文", act="theirs")
    page = read(answer)
    assert answer.headers["HX-Retarget"] == f"#t{quote.pk}"
    assert page.css_first("textarea").text().strip() == "相手の文"
    assert page.css_first("input[name=version]").attributes["value"] == "2"
    assert save(desk, quote, "わたしの文", act="theirs", htmx=False).status_code == 302


def test_a_text_for_a_quote_that_was_dropped_meanwhile_is_handed_back(desk, digest, quote):
    curation.drop(digest.pk, version=1, quote_ids=[quote.pk])
    read(save(desk, quote, "わたしの文"), status=409)
    page = read(save(desk, quote, "わたしの文", htmx=False), status=409)
    assert page.css_first("#said textarea").text().strip() == "わたしの文"


def test_a_name_that_is_too_long_is_refused_with_the_text_kept(desk, quote):
    read(save(desk, quote, "文", author="x" * 201), status=422)
    page = read(save(desk, quote, "書いた文", author="x" * 201, htmx=False), status=422)
    assert page.css_first(f"#t{quote.pk} textarea").text().strip() == "書いた文"
    quote.refresh_from_db()
    assert quote.text == "もと"
    assert save(desk, quote, "文", version="x").status_code == 400


def test_the_head_is_saved(desk, digest):
    answer = save_head(
        desk, digest, headline="新しい見出し", tags="犬、猫, 鳥，犬", lead="一行\r\n二行", date="2026-10-01", slug="new"
    )
    page = read(answer)
    digest.refresh_from_db()
    assert (digest.headline, digest.tags, digest.lead, digest.slug) == (
        "新しい見出し", ["犬", "猫", "鳥"], "一行\n二行", "new"
    )  # fmt: skip
    assert digest.date.isoformat() == "2026-10-01"
    assert page.css_first("#title").text() == "新しい見出し"
    assert page.css_first("#head-state input").attributes["value"] == "2"
    assert json.loads(answer.headers["HX-Trigger"])["digest-version"]["to"] == 2
    assert save_head(desk, digest, htmx=False).headers["Location"] == f"/desk/digests/{digest.pk}/#head"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "だめ"),
        ("slug", ""),
        ("slug", "taken"),
        ("date", "きのう"),
        ("article_url", "javascript:alert(1)"),
        ("tags", "x" * 101),
        ("headline", "x" * 301),
    ],
)
def test_a_field_that_cannot_be_saved_is_named_and_the_rest_is_kept(desk, digest, field, value):
    make_digest(slug="taken")
    page = read(save_head(desk, digest, **{"lead": "書いた", field: value}), status=422)
    named = [node.attributes["id"] for node in page.css(".error[hx-swap-oob]") if node.text().strip()]
    assert named == [f"id_{field}_error"]
    page = read(save_head(desk, digest, htmx=False, **{"lead": "書いた", field: value}), status=422)
    assert page.css_first("#id_lead").text().strip() == "書いた"
    assert page.css_first(f"#id_{field}").attributes.get("value", "") == value
    assert "open" in page.css_first(".more").attributes
    digest.refresh_from_db()
    assert digest.lead == ""


def test_a_stale_head_names_what_differs_and_is_overwritten_only_knowingly(desk, digest):
    curation.edit_head(
        digest.pk, version=1, headline="相手の見出し", lead="", date=digest.date, tags=["相手"], slug=digest.slug,
        source_url=digest.source_url, article_url="", thumbnail="",
    )  # fmt: skip
    page = read(save_head(desk, digest, headline="わたしの見出し"), status=409)
    assert [node.text() for node in page.css(".theirs dd")] == ["相手の見出し", "相手"]
    page = read(save_head(desk, digest, headline="わたしの見出し", htmx=False), status=409)
    assert page.css_first("#id_headline").attributes["value"] == "わたしの見出し"
    assert page.css_first("#head-state input[name=version]").attributes["value"] == "1"
    overwrite = page.css_first("#head-state button").attributes["value"]
    read(save_head(desk, digest, headline="わたしの見出し", overwrite=overwrite))
    digest.refresh_from_db()
    assert (digest.headline, digest.tags) == ("わたしの見出し", ["平文"])


def test_a_save_takes_the_digests_row_first_as_every_act_does(quote):
    with CaptureQueriesContext(connection) as queries:
        curation.edit_quote(quote.pk, version=1, text="文", author="author1")
    asked = [query["sql"] for query in queries.captured_queries if '"digests_' in query["sql"]]
    assert 'FROM "digests_digest"' in asked[0]
    assert ("FOR UPDATE" in asked[0]) == connection.features.has_select_for_update


def test_a_head_whose_answer_got_lost_can_be_sent_again(desk, digest):
    save_head(desk, digest, headline="新しい見出し")
    again = save_head(desk, digest, headline="新しい見出し")
    assert read(again).css_first("#head-state.saved input").attributes["value"] == "2"
    assert "HX-Trigger" not in again.headers  # what others did meanwhile the page does not have
