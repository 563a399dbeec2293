"""Lines of Japanese, English and both: where they end, how large they are, and that nothing is lost or left empty."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from digests import typesetting
from digests.typesetting import NEVER_FIRST, NEVER_LAST, Face, fit, measure, phrases

FONTS = typesetting.packaged_fonts()
FACE = Face(FONTS.sans, FONTS.spare)
SIZES = range(40, 97, 4)
HEADLINES = [
    "「AIが書いたコードを人間がレビューする」時代は来ない？ HNで大激論",
    "Show HN: I built a text editor in 500 lines of Rust and it is surprisingly fast",
    "🎉祝・PostgreSQL 18リリース🚀 「非同期I/Oで最大3倍」は本当か、現場のDBAが検証した結果👨‍👩‍👧",
    "なぜ、あの人は「はい。」と言わなかったのか？（前編）",
    "https://example.com/a/very/long/path/that/nobody/would/set/in/one/line?with=query&and=more",
    "あ",
]
texts = st.text("あいうアイー、。「」（）！？…ァっAbc 0.,()🎉\n", max_size=80)


def set_in(text, width=1048, height=340, most_lines=5):
    return fit(text, face=FACE, width=width, height=height, sizes=SIZES, most_lines=most_lines)


def test_a_font_is_told_from_any_other_file(tmp_path):
    (tmp_path / "none.ttf").write_text("no font")
    assert typesetting.is_font(FONTS.serif)
    assert not typesetting.is_font(str(tmp_path / "none.ttf"))
    assert not typesetting.is_font(str(tmp_path / "missing.ttf"))


def test_lines_end_between_phrases():
    assert phrases("時代は来ない？ HNで大激論") == ["時代は", "来ない？ ", "HNで", "大激論"]
    assert phrases("I built a text editor") == ["I ", "built ", "a ", "text ", "editor"]


def test_no_line_ends_after_a_latin_word_that_has_no_particle():
    assert phrases("AI使いすぎると脳が") == ["AI使いすぎると", "脳が"]
    assert phrases("3D制作の話") == ["3D制作の", "話"]


@pytest.mark.parametrize(
    "text",
    ["2025年の話", "10年越しの提案", "Web：ブラウザとサーバー", "Jane Street、撤退", "価格は3.14ドル", "Cap'n Web"],
)
def test_no_line_ends_within_a_number_or_a_latin_word(text):
    assert not [
        pair
        for pair in pairwise(phrases(text))
        if re.search(r"\w[^\w\s]?\Z", pair[0], re.ASCII) and re.match(r"\w", pair[1], re.ASCII)
    ]


@pytest.mark.parametrize("text", HEADLINES)
def test_a_headline_is_whole_within_its_box_and_as_large_as_it_can_be(text):
    setting = set_in(text)
    assert "".join(setting.lines).replace(" ", "") == text.replace(" ", "")
    assert len(setting.lines) <= 5
    assert setting.height <= 340
    assert all(measure(line, FACE, setting.size) <= 1048 for line in setting.lines)
    assert setting.size == 96 or len(setting.lines) > 1 or len(text) > 80


@given(texts)
def test_no_line_begins_or_ends_with_what_must_not_stand_there(text):
    for width in (1048, 400):
        for before, after in pairwise(set_in(text.replace("\n", ""), width=width).lines):
            assert after[0] not in NEVER_FIRST
            assert before[-1] not in NEVER_LAST


@given(texts)
def test_phrases_joined_are_the_text(text):
    written = "\n".join(line for one in text.split("\n") if (line := " ".join(one.split())))
    assert "".join(phrases(text)) == written


def test_what_is_too_long_is_cut_at_the_smallest_size():
    setting = set_in("すごく長い見出しがここにあります。" * 20)
    assert (setting.size, len(setting.lines)) == (40, 5)
    assert setting.lines[-1].endswith("…")
    assert measure(setting.lines[-1], FACE, 40) <= 1048


def test_lines_are_about_equally_long():
    lengths = [measure(line, FACE, 60) for line in set_in(HEADLINES[1]).lines]
    assert min(lengths) > max(lengths) * 0.6


def test_a_line_that_was_written_stays_one():
    setting = fit("一つ目。\n・二つ目\n\n・三つ目", face=FACE, width=1000, height=400, sizes=[40])
    assert setting.lines == ("一つ目。", "・二つ目", "・三つ目")


def test_code_keeps_its_lines_and_its_indentation():
    code = "def f():\n    if x:\n\treturn  1\n one\n\u3000字下げ"
    indent = typesetting.INDENT * 4
    assert "".join(phrases(code)) == f"def f():\n{indent}if x:\n{indent}return 1\none\n字下げ"
    lines = set_in(code, height=600).lines
    assert lines == ("def f():", f"{indent}if x:", f"{indent}return 1", "one", "字下げ")
    assert measure(lines[1], FACE, 40) > measure("if x:", FACE, 40) + 4 * 10


def test_a_single_line_is_cut():
    cut = typesetting.line("とても長い題名がここにある。" * 5, face=FACE, width=300, size=26)
    assert cut.endswith("…")
    assert measure(cut, FACE, 26) <= 300
    assert typesetting.line("短い", face=FACE, width=300, size=26) == "短い"


def drawn(text):
    picture = Image.new("L", (400, 60), 255)
    typesetting.draw_line(ImageDraw.Draw(picture), (5, 45), text, face=FACE, size=40, fill="black")
    return picture


@pytest.mark.parametrize("text", ["🎉", "👍🏽", "🇯🇵", "⚠️", "ع", "א", "あ", "A", "♥"])
def test_a_character_is_drawn_from_whichever_font_has_it(text):
    picture = drawn(text)
    assert picture.getbbox() is not None
    assert picture.tobytes() not in {drawn("").tobytes(), drawn(typesetting.GETA).tobytes()}


def test_a_word_in_no_font_is_one_sign_and_a_symbol_in_none_is_left_out():
    assert drawn("한국어").tobytes() == drawn(typesetting.GETA).tobytes()
    assert drawn("\U000e0041\u200b").tobytes() == drawn("").tobytes()
    assert measure("\U0001fafa\U0001faff", FACE, 40) == measure("", FACE, 40) or drawn("\U0001fafa").getbbox()
