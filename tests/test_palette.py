"""The colours: readable in both themes, and the same in the style sheet."""

import re
from pathlib import Path

import pytest

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


def test_a_foreign_color_is_shown_as_the_nearest_in_hue():
    assert palette.shown_as("") is None
    assert palette.shown_as("#785bff").key == "violet"
    assert palette.shown_as("#00ff00").key == "green"
    assert palette.shown_as("#0000ff").key == "violet"
