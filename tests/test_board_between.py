"""Headings, notes, pictures and cards on the board: added at a gap, written, kept when somebody else is faster."""

import io
import re

import html5lib
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image
from selectolax.lexbor import LexborHTMLParser

from digests import curation
from digests.models import Fold, Quote
from tests.factories import make_between, make_digest, make_editor, make_fold, make_thread
from tests.pages import HTMX

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client.force_login(make_editor())
    return client


@pytest.fixture
def digest():
    digest = make_digest(texts="一二三")
    make_fold(digest, first=1, size=1)
    return digest


def read(answer, *, status: int = 200) -> LexborHTMLParser:
    assert answer.status_code == status
    text = answer.content.decode()
    if text.lstrip().startswith("<!doctype"):
        html5lib.HTMLParser(strict=True).parse(text)
    return LexborHTMLParser(text)


def act(desk, digest, name: str, *, version: int = 1, htmx: bool = True, **more):
    values = {"version": version, "act": name, **more}
    return desk.post(f"/desk/digests/{digest.pk}/quotes/", values, headers=HTMX if htmx else {})


def save(desk, row: Quote, *, version: int = 1, htmx: bool = True, **typed):
    address = f"/desk/digests/{row.digest_id}/quotes/{row.pk}/"
    return desk.post(address, {"version": version, **typed}, headers=HTMX if htmx else {})


def png(size: tuple[int, int] = (640, 480)) -> io.BytesIO:
    out = io.BytesIO()
    Image.new("RGB", size, "navy").save(out, "PNG")
    out.seek(0)
    out.name = "a.png"
    return out


def numbers(page: LexborHTMLParser) -> list[str]:
    return [node.text().strip() for node in page.css("li.quote .number")]


def kinds(digest) -> str:
    return " ".join(f"{kind}{text}" for kind, text in digest.quotes.in_order().values_list("kind", "text"))


def test_the_tools_and_every_edge_of_a_fold_offer_each_kind(desk, digest):
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    fold = Fold.objects.get().pk
    gaps = ["picked", f"fold:{fold}", f"end:{fold}"]
    for kind in ("heading", "note", "update", "card"):
        offered = [node.attributes["value"] for node in page.css(f"button[value^='insert:{kind}:']")]
        assert sorted(offered) == sorted(f"insert:{kind}:{gap}" for gap in gaps)
    pictures = [node.attributes["href"] for node in page.css("details.add a")]
    assert sorted(pictures) == sorted(
        f"/desk/digests/{digest.pk}/pictures/?at={gap}" for gap in ("top", f"fold:{fold}", f"end:{fold}")
    )
    assert all(node.attributes["aria-label"] for node in page.css("#list details.add > summary"))


def test_it_is_added_behind_the_last_of_the_ticked_rows(desk, digest):
    ids = [digest.quotes.get(text=text).pk for text in "二一"]
    assert act(desk, digest, "insert:heading:picked", pick=ids).status_code == 200
    assert kinds(digest) == "quote一 quote二 heading quote三"
    assert act(desk, digest, "insert:heading:picked", version=2).status_code == 422


@pytest.mark.parametrize("kind", ["heading", "note", "update", "card"])
@pytest.mark.parametrize("htmx", [True, False])
def test_it_is_added_where_the_sign_stood_and_can_be_written_at_once(desk, digest, kind, htmx):
    answer = act(desk, digest, f"insert:{kind}:quote:{digest.quotes.get(text='一').pk}", htmx=htmx)
    new = digest.quotes.get(kind=kind)
    assert kinds(digest) == f"quote一 {kind} quote二 quote三"
    if htmx:
        found = answer.json()
        assert list(found["rows"]) == [str(new.pk)]  # the quotes are there already
        page = LexborHTMLParser(found["rows"][str(new.pk)])
        assert page.css_first(f"#q{new.pk} [autofocus]") is not None
        assert (found["added"], found["quotes"], bool(found["said"])) == (new.pk, 3, True)
    else:
        assert answer.headers["Location"] == f"/desk/digests/{digest.pk}/#q{new.pk}"
        page = read(desk.get(answer.headers["Location"]))
        assert page.css("[autofocus]") == []
        assert numbers(page) == ["1", "", "2", "3"]
    assert "between" in (page.css_first(f"#q{new.pk}").attributes["class"] or "")


@pytest.mark.parametrize(("gap", "size"), [("fold", 2), ("end", 1)])
def test_a_folds_own_signs_are_inside_and_behind_it(desk, digest, gap, size):
    read(act(desk, digest, f"insert:note:{gap}:{Fold.objects.get().pk}"))
    assert Fold.objects.get().size == size
    assert kinds(digest) == ("quote一 note quote二 quote三" if gap == "fold" else "quote一 quote二 note quote三")


def test_into_an_empty_digest_a_heading_can_be_put(desk):
    digest = make_digest()
    read(act(desk, digest, "insert:heading:top"))
    assert digest.quotes.get().kind == "heading"


@pytest.mark.parametrize("name", ["insert:heading", "insert:banner:top", "insert:picture:top", "insert:quote:top"])
def test_what_no_sign_offers_is_a_bad_request_or_stale(desk, digest, name):
    assert act(desk, digest, name).status_code in {400, 409}
    assert digest.quotes.count() == 3


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("heading", {"text": "見出し"}),
        ("note", {"text": "一行目\n二行目"}),
        ("card", {"target": "https://example.com/", "title": "題", "text": "話"}),
        ("picture", {"text": "犬", "title": "家で", "author": "Jane"}),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_each_kind_is_written_like_a_quote(desk, digest, kind, typed, htmx):
    row = make_between(digest, kind, position=3, **({"target": "a.jpg"} if kind == "picture" else {}))
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    offered = [field.attributes["name"] for field in page.css(f"#t{row.pk} :is(input:not([type=hidden]), textarea)")]
    assert sorted(offered) == sorted(typed)
    answer = save(desk, row, htmx=htmx, **typed)
    row.refresh_from_db()
    assert {name: getattr(row, name) for name in typed} == typed
    assert row.version == 2
    if htmx:
        assert read(answer).css_first(f"#s{row.pk}.saved input").attributes["value"] == "2"
    else:
        assert answer.headers["Location"].endswith(f"#q{row.pk}")


@pytest.mark.parametrize("htmx", [True, False])
def test_a_bad_address_is_refused_and_stays_in_its_field(desk, digest, htmx):
    row = make_between(digest, "card", position=3)
    page = read(save(desk, row, htmx=htmx, target="example.com/a", title="題", text=""), status=422)
    assert page.css_first(f"#s{row.pk} .error").text()
    if not htmx:
        assert page.css_first(f"#t{row.pk} [name=target]").attributes["value"] == "example.com/a"
        assert page.css_first(f"#t{row.pk} [name=title]").attributes["value"] == "題"
    row.refresh_from_db()
    assert row.target == ""


@pytest.mark.parametrize("htmx", [True, False])
def test_the_second_writer_of_a_card_sees_what_differs_and_overwrites_knowingly(desk, digest, htmx):
    row = make_between(digest, "card", position=3, title="題")
    curation.edit_quote(row.pk, version=1, text="", title="相手の題", target="https://example.com/")
    typed = {"title": "わたしの題", "target": "https://example.com/", "text": ""}
    page = read(save(desk, row, htmx=htmx, **typed), status=409)
    assert [node.text() for node in page.css(f"#s{row.pk} .theirs dd")] == ["相手の題"]
    overwrite = page.css_first(f"#s{row.pk} [name=overwrite]").attributes["value"]
    assert save(desk, row, **typed, overwrite=overwrite).status_code == 200
    row.refresh_from_db()
    assert (row.title, row.version) == ("わたしの題", 3)


def test_ones_own_heading_is_given_up_for_the_stored_one(desk, digest):
    row = make_between(digest, "heading", position=3, text="相手の")
    page = read(save(desk, row, act="theirs", text="わたしの"))
    assert page.css_first("[name=text]").attributes["value"] == "相手の"
    assert page.css("[autofocus]") == []


def test_ticked_rows_of_all_kinds_are_folded_coloured_and_dropped(desk, digest):
    note = make_between(digest, "note", position=3, text="注")
    ids = [digest.quotes.get(text="三").pk, note.pk]
    read(act(desk, digest, "paint:picked:pink", pick=ids))
    assert set(digest.quotes.values_list("text", "color")) == {("一", ""), ("二", ""), ("三", "#ff33a1"), ("注", "")}
    answer = act(desk, digest, "fold", version=2, pick=ids, label="余談")
    assert re.findall(r"\d", answer.json()["said"]) == ["1"]  # the note is no quote
    assert Fold.objects.get(label="余談").size == 2
    read(act(desk, digest, "drop:picked", version=3, pick=ids))
    assert kinds(digest) == "quote一 quote二"
    read(act(desk, digest, "undo", version=4))
    assert kinds(digest) == "quote一 quote二 quote三 note注"


def test_choosing_says_the_number_that_readers_will_see(desk):
    thread = make_thread(comments=2)
    digest = make_digest(thread=thread)
    make_between(digest, "heading", position=0, text="見出し")
    for number, comment in enumerate(thread.comments.in_order(), 1):
        answer = desk.post(
            f"/desk/digests/{digest.pk}/comments/", {"version": number, "comment": comment.pk}, headers=HTMX
        )
        assert str(number) in answer.json()["said"]
        assert list(answer.json()["comments"]) == [str(comment.pk)]
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    assert numbers(page) == ["", "1", "2"]
    assert {node.text() for node in page.css(".count-all")} == {"2"}


# Pictures


def test_a_picture_is_uploaded_to_its_gap(desk, digest):
    at = f"quote:{digest.quotes.get(text='二').pk}"
    page = read(desk.get(f"/desk/digests/{digest.pk}/pictures/", {"at": at}))
    hidden = {node.attributes["name"]: node.attributes["value"] for node in page.css("form input[type=hidden]")}
    assert (hidden["at"], hidden["version"]) == (at, "1")
    assert "required" in page.css_first("[name=alt]").attributes
    values = {"at": at, "version": 1, "alt": "犬", "credit": "Jane", "caption": "家で", "picture": png()}
    answer = desk.post(f"/desk/digests/{digest.pk}/pictures/", values)
    picture = digest.quotes.get(kind="picture")
    assert answer.headers["Location"] == f"/desk/digests/{digest.pk}/#q{picture.pk}"
    assert (picture.text, picture.author, picture.title, picture.width, picture.height) == (
        "犬",
        "Jane",
        "家で",
        640,
        480,
    )
    assert kinds(digest) == "quote一 quote二 picture犬 quote三"
    assert Fold.objects.get().size == 2
    page = read(desk.get(answer.headers["Location"]))
    image = page.css_first(f"#q{picture.pk} img").attributes
    assert (image["width"], image["height"], image["alt"]) == ("640", "480", "犬")
    assert b"".join(desk.get(image["src"]).streaming_content)[:3] == b"\xff\xd8\xff"


@pytest.mark.parametrize(
    "values", [{"alt": " ", "picture": True}, {"alt": "犬"}, {"alt": "犬", "picture": io.BytesIO(b"no picture")}]
)
def test_a_picture_without_file_or_description_is_refused_and_what_was_typed_stays(desk, digest, values):
    values = {**values, "caption": "家で", "at": "top", "version": 1}
    if values.get("picture") is True:
        values["picture"] = png()
    page = read(desk.post(f"/desk/digests/{digest.pk}/pictures/", values), status=422)
    assert page.css_first("[name=caption]").attributes["value"] == "家で"
    assert page.css_first(".error").text()
    assert not digest.quotes.filter(kind="picture").exists()


def test_a_picture_for_a_gap_that_is_gone_is_offered_the_end(desk, digest):
    one = digest.quotes.get(text="一").pk
    curation.drop(digest.pk, version=1, quote_ids=[one])
    values = {"at": f"quote:{one}", "version": 1, "alt": "犬"}
    for status in (409, 409, 302):  # the version has moved on; the gap is gone; at the end
        answer = desk.post(f"/desk/digests/{digest.pk}/pictures/", values | {"picture": png()})
        assert answer.status_code == status
        if status == 409:
            page = read(answer, status=409)
            assert page.css_first("[name=alt]").attributes["value"] == "犬"
            values |= {name: page.css_first(f"form [name={name}]").attributes["value"] for name in ("at", "version")}
    assert kinds(digest) == "quote二 quote三 picture犬"


def test_another_file_takes_a_pictures_place(desk, digest):
    picture = make_between(digest, "picture", position=3, target="thumbnails/color3.jpg", text="犬")
    address = f"/desk/digests/{digest.pk}/pictures/{picture.pk}/"
    assert "thumbnails/color3.jpg" in read(desk.get(address)).css_first("main").text()
    read(desk.post(address, {"version": 1}), status=422)
    read(desk.post(address, {"version": 9, "picture": png()}), status=409)
    assert desk.post(address, {"version": 1, "picture": png((30, 20))}).status_code == 302
    picture.refresh_from_db()
    assert (picture.width, picture.height, picture.text) == (30, 20, "犬")
    other = digest.quotes.get(text="一")
    assert desk.get(f"/desk/digests/{digest.pk}/pictures/{other.pk}/").status_code == 404


def test_strangers_add_nothing(client, digest):
    for path in ("pictures/", "pictures/1/"):
        answer = client.post(f"/desk/digests/{digest.pk}/{path}", {"alt": "x", "at": "top", "version": 1})
        assert answer.headers["Location"].startswith("/accounts/login/")


def test_the_board_asks_no_more_for_more_rows_of_every_kind(desk):
    def queries(slug: str, times: int) -> int:
        digest = make_digest(slug=slug, texts="一")
        for position, kind in enumerate(["heading", "note", "card"] * times, 1):
            make_between(digest, kind, position=position, text="x")
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(f"/desk/digests/{digest.pk}/").status_code == 200
        return len(captured)

    assert queries("few", 3) == queries("many", 9)
