"""The palette as editors make it, and what readers' pages make of it at once."""

import re
from typing import Any

import pytest

from digests import palette
from digests.curation import palettes
from digests.models import PaletteColor
from digests.models.palettes import Row, StalePalette, current_palette
from digests.public.palettes import stylesheet
from tests.factories import make_digest, make_document_quote, make_live

pytestmark = pytest.mark.django_db

PAGE = "/desk/palette/"
FOR = Row("#45d325", "#1f7a0c", "#6fdc58", "●", "賛成", "筆者に同意する")
AGAINST = Row("#ff5c5c", "#c0262d", "#ff8080", "★", "反対")


def posted(rows: list[Row], act: str, state: str | None = None) -> dict[str, Any]:
    columns = {name: [getattr(row, name) for row in rows] for name in Row._fields}
    return {**columns, "act": act, "state": PaletteColor.objects.state() if state is None else state}


def text_of(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def fields(response: Any, name: str) -> list[str]:
    return re.findall(rf'<input id="{name}-\d+" name="{name}" value="([^"]*)"', response.content.decode())


def test_a_site_without_a_palette_has_the_six_colours_with_names_left_to_the_language(desk):
    page = desk.get(PAGE, headers={"Accept-Language": "en"})
    assert fields(page, "hex") == [color.hex for color in palette.COLORS]
    assert fields(page, "name") == [""] * 6
    assert 'placeholder="Violet"' in page.content.decode()
    assert current_palette() is palette.DEFAULT
    assert stylesheet() is None


def test_strangers_are_turned_away(client):
    assert client.get(PAGE).status_code == 302
    assert client.post(PAGE, posted([FOR], "save")).status_code == 403
    assert not PaletteColor.objects.exists()


def test_a_palette_is_saved_and_shown_in_its_order(desk):
    response = desk.post(PAGE, posted([AGAINST, FOR], "save"))
    assert response.status_code == 302
    assert [color.name for color in current_palette().colors] == ["反対", "賛成"]
    assert fields(desk.get(PAGE), "name") == ["反対", "賛成"]
    assert desk.post(PAGE, posted([FOR], "save"), headers={"HX-Request": "true"}).headers["HX-Redirect"] == PAGE


def test_what_cannot_be_read_is_refused_with_the_nearest_value_that_can(desk):
    page = desk.post(PAGE, posted([FOR._replace(light="#9fe39f")], "save"), headers={"Accept-Language": "en"})
    assert page.status_code == 422
    assert not PaletteColor.objects.exists()
    better = palette.readable("#9fe39f", palette.LIGHT_GROUNDS)
    assert f"it reaches 1.4:1 of 4.5:1; {better} would do." in text_of(page)
    assert fields(page, "light") == ["#9fe39f"]
    assert 'value="readable:0"' in page.content.decode()
    page = desk.post(PAGE, posted([FOR._replace(light="#9fe39f", dark="#101010")], "readable:0"))
    assert fields(page, "light") == [better]
    assert desk.post(PAGE, posted([FOR._replace(light=fields(page, "light")[0])], "save")).status_code == 302


@pytest.mark.parametrize(
    ("rows", "field"),
    [
        ([FOR._replace(hex="green")], "hex"),
        ([FOR._replace(mark=" ")], "mark"),
        ([FOR, AGAINST._replace(hex=FOR.hex)], "hex"),
        ([FOR, AGAINST._replace(mark=FOR.mark)], "mark"),
        ([FOR, AGAINST._replace(name=FOR.name)], "name"),
        ([FOR._replace(meaning="x" * 101)], "meaning"),
        ([FOR._replace(dark="#123456")], "dark"),
        ([], ""),
    ],
)
def test_a_palette_whose_colours_cannot_be_told_apart_is_refused(rows: list[Row], field: str):
    assert {problem.field for problem in palettes.check([palettes.cleaned(row) for row in rows])} == {field}
    with pytest.raises(palettes.BadPalette):
        palettes.save_palette([palettes.cleaned(row) for row in rows], state="")


def test_colours_without_names_may_be_several():
    palettes.save_palette([FOR._replace(name="", meaning=""), AGAINST._replace(name="")], state="")
    assert [str(color.name) for color in current_palette().colors] == [
        str(palette.COLORS[1].name),
        str(palette.COLORS[5].name),
    ]


def test_buttons_change_the_form_and_store_nothing(desk):
    rows = [FOR, AGAINST]
    assert fields(desk.post(PAGE, posted(rows, "down:0")), "name") == ["反対", "賛成"]
    assert fields(desk.post(PAGE, posted(rows, "up:0")), "name") == ["賛成", "反対"]
    assert fields(desk.post(PAGE, posted(rows, "remove:0")), "name") == ["反対"]
    page = desk.post(PAGE, posted([FOR._replace(hex="#ffcc00")], "derive:0"))
    assert palette.least_contrast(fields(page, "light")[0], palette.LIGHT_GROUNDS) >= 4.5
    assert fields(page, "dark") == [palette.readable("#ffcc00", palette.DARK_GROUNDS)]
    page = desk.post(PAGE, posted(rows, "add"))
    assert len(set(fields(page, "hex"))) == len(set(fields(page, "mark"))) == 3
    assert fields(desk.post(PAGE, posted(rows, "default")), "hex") == [color.hex for color in palette.COLORS]
    assert not PaletteColor.objects.exists()
    assert desk.post(PAGE, posted(rows, "explode")).status_code == 400
    assert desk.post(PAGE, posted(rows, "up:7")).status_code == 400


def test_every_colour_that_can_be_added_can_be_saved():
    rows = [FOR]
    while len(rows) < palettes.MOST_COLORS:
        rows.append(palettes.another(rows))
    assert palettes.check(rows) == ()
    assert {problem.field for problem in palettes.check([*rows, palettes.another(rows)])} == {"", "mark"}


def test_taking_a_used_colour_out_says_what_becomes_of_its_quotes(desk):
    digest = make_digest(texts=["一", "二"])
    digest.quotes.update(color=FOR.hex)
    desk.post(PAGE, posted([FOR, AGAINST], "save"))
    english = {"Accept-Language": "en"}
    page = desk.post(PAGE, posted([FOR, AGAINST], "remove:0"), headers=english)
    assert "2 quotes have it; they keep their value" in text_of(page)
    page = desk.post(PAGE, posted([AGAINST], "save"), headers=english, follow=True)
    assert "2 quotes keep #45d325 and are shown as 反対." in text_of(page)
    assert set(digest.quotes.values_list("color", flat=True)) == {FOR.hex}


def test_the_second_of_two_editors_sees_what_the_first_has_saved(desk):
    before = PaletteColor.objects.state()
    palettes.save_palette([AGAINST], state="")
    page = desk.post(PAGE, posted([FOR], "save", state=before), headers={"Accept-Language": "en"})
    assert page.status_code == 409
    assert "it is now 反対" in text_of(page)
    assert fields(page, "name") == ["賛成"]
    assert [color.name for color in current_palette().colors] == ["反対"]
    assert desk.post(PAGE, posted([FOR], "save")).status_code == 302
    with pytest.raises(StalePalette):
        palettes.save_palette([AGAINST], state=before)


def test_going_back_to_the_six_colours_leaves_no_row():
    palettes.save_palette([FOR], state="")
    palettes.save_palette(palettes.default_rows(), state=PaletteColor.objects.state())
    assert not PaletteColor.objects.exists()
    assert current_palette() is palette.DEFAULT


def test_readers_get_the_palette_at_once_with_its_style_sheet(client):
    make_live("a", items=(make_document_quote("一", color=FOR.hex), make_document_quote("二", color="#00ff00")))
    first = client.get("/posts/a/")
    assert 'href="/static/palette.css"' in first.content.decode()
    assert "legend" not in first.content.decode()
    palettes.save_palette([FOR, AGAINST], state="")
    again = client.get("/posts/a/", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 200
    address, content = stylesheet() or ("", b"")
    assert f'href="{address}"' in again.content.decode()
    assert again.content.decode().count("c-green") >= 2
    styles = client.get(address)
    assert styles.content == content
    assert styles.headers["Content-Type"] == "text/css; charset=utf-8"
    assert "immutable" in styles.headers["Cache-Control"]
    assert b"--c-green: light-dark(#1f7a0c, #6fdc58);" in content


def test_a_page_from_before_gets_the_colours_of_now_and_does_not_keep_them(client):
    palettes.save_palette([FOR], state="")
    old = (stylesheet() or ("", b""))[0]
    palettes.save_palette([AGAINST], state=PaletteColor.objects.state())
    answer = client.get(old)
    assert b"c-red" in answer.content
    assert "immutable" not in answer.headers["Cache-Control"]


def test_two_palettes_saved_in_one_second_have_two_states():
    palettes.save_palette([FOR], state="")
    first = PaletteColor.objects.state()
    palettes.save_palette([FOR._replace(meaning="別の意味")], state=first)
    assert PaletteColor.objects.state() != first
    assert current_palette().colors[0].meaning == "別の意味"


def test_a_color_of_the_sites_own_has_a_class_of_its_own(client):
    own = Row("#aa8800", "#6f5900", "#d9b64a", "◎", "体験談")
    palettes.save_palette([own], state="")
    make_live("a", items=(make_document_quote("一", color=own.hex),))
    assert "c-aa8800" in client.get("/posts/a/").content.decode()
    assert b".c-aa8800" in (stylesheet() or ("", b""))[1]
