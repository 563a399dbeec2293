"""The colours: readable in both themes, and the same in the style sheet."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests import palette

STYLE_SHEET = Path(__file__).parent.parent / "static" / "palette.css"


@pytest.mark.parametrize("color", palette.COLORS, ids=lambda color: color.key)
def test_each_color_reaches_4_5_to_1_on_both_grounds(color):
    assert palette.contrast(color.light, palette.LIGHT_GROUND) >= 4.5
    assert palette.contrast(color.dark, palette.DARK_GROUND) >= 4.5


def test_contrast_is_the_one_of_wcag():
    assert palette.contrast("#000000", "#ffffff") == pytest.approx(21)
    assert palette.contrast("#ffffff", "#ffffff") == pytest.approx(1)
    assert palette.contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_the_style_sheet_has_the_palettes_values():
    found = re.findall(r"--c-(\w+): light-dark\((#\w{6}), (#\w{6})\)", STYLE_SHEET.read_text())
    assert found == [(color.key, color.light, color.dark) for color in palette.COLORS]


def test_a_color_is_six_lower_case_hex_digits():
    assert palette.is_color("#785bff")
    for value in ("", "red", "#785BFF", "#785bf", "#785bff;", "#785bff\n", "785bff0"):
        assert not palette.is_color(value)


@given(st.integers(0, 0xFFFFFF), st.sampled_from([palette.LIGHT_GROUNDS, palette.DARK_GROUNDS]))
def test_every_color_has_a_readable_neighbour_of_its_hue(number: int, grounds: tuple[str, ...]):
    value = f"#{number:06x}"
    found = palette.readable(value, grounds)
    assert palette.is_color(found)
    assert palette.least_contrast(found, grounds) >= palette.READABLE
    if palette.least_contrast(value, grounds) >= palette.READABLE:
        assert found == value


def test_the_readable_neighbour_is_no_farther_than_it_must_be():
    # One step nearer would not do: 4.5:1 is reached and hardly passed.
    for color in palette.COLORS:
        assert palette.least_contrast(palette.readable(color.hex, palette.LIGHT_GROUNDS), palette.LIGHT_GROUNDS) < 4.7


@pytest.mark.parametrize("color", palette.COLORS, ids=lambda color: color.key)
def test_the_default_is_readable_wherever_colored_text_stands(color):
    assert palette.least_contrast(color.light, palette.LIGHT_GROUNDS) >= palette.READABLE
    assert palette.least_contrast(color.dark, palette.DARK_GROUNDS) >= palette.READABLE


def test_a_palette_shows_what_it_no_longer_holds_as_the_nearest_in_hue():
    site = palette.Palette(palette.COLORS[:2])
    assert site.shown_as("#00d37a") == palette.COLORS[1]
    assert site.by_key("cyan") is None


def test_a_legend_names_the_colors_that_are_there_when_a_name_says_something():
    for_it, against = (
        replace(palette.COLORS[1], name="賛成", meaning="筆者に同意する", named=True),
        replace(palette.COLORS[5], name="反対", named=True),
    )
    site = palette.Palette((for_it, against, palette.COLORS[0]))
    assert site.legend([against.hex, "", for_it.hex, for_it.hex]) == (for_it, against)
    assert site.legend(["#785bff"]) == ()
    assert site.legend(["#785bff", "#ff0000"]) == (against, palette.COLORS[0])
    assert palette.DEFAULT.legend([color.hex for color in palette.COLORS]) == ()


def test_the_default_palettes_style_sheet_is_the_file():
    text = STYLE_SHEET.read_text()
    assert text[text.index(":root") :].replace("\r", "") == palette.DEFAULT.stylesheet()


def test_palettes_that_differ_in_anything_have_other_states():
    states = {palette.DEFAULT.state}
    first = palette.COLORS[0]
    for changed in ({"name": "賛成"}, {"meaning": "x"}, {"mark": "○"}, {"light": "#000000"}, {"hex": "#000000"}):
        states.add(palette.Palette((replace(first, **changed),)).state)
    states.add(palette.Palette((palette.COLORS[1], first)).state)
    assert len(states) == 7


def test_a_foreign_color_is_shown_as_the_nearest_in_hue():
    assert palette.shown_as("") is None
    assert palette.shown_as("#785bff").key == "violet"
    assert palette.shown_as("#00ff00").key == "green"
    assert palette.shown_as("#0000ff").key == "violet"
