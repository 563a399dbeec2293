"""Title cards and quote cards: the same each time, within their bytes, readable, whatever the text."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from digests import cards, palette, typesetting
from digests.cards import QuoteCard, TitleCard

FONTS = typesetting.packaged_fonts()
TITLE = TitleCard(
    template="paper",
    headline="「型」は誰のためにあるのか",
    site="海外の反応まとめ",
    date="2026.09.12",
    tags=("プログラミング", "Rust"),
    hue="#5b3df0",
    hues=tuple(color.light for color in palette.COLORS),
)
QUOTE = QuoteCard(
    headline=TITLE.headline, site=TITLE.site, author="somebody", text="その通り。", number=3, hue="#c0262d", mark="★"
)
TEXTS = ["", "草", "長い" * 400, "W" * 300, "🎉👨‍👩‍👧", "한국어", "a\n\n\nb", "</svg>\x00", "「」（）。、" * 30]


def opened(content):
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("template", cards.TEMPLATES)
def test_the_same_card_is_the_same_file(template):
    card = replace(TITLE, template=template)
    assert cards.draw(card, FONTS) == cards.draw(replace(card), FONTS)
    assert opened(cards.draw(card, FONTS)).size == (1200, 630)


def test_the_templates_are_told_apart():
    drawn = {cards.draw(replace(TITLE, template=template), FONTS) for template in cards.TEMPLATES}
    assert len(drawn) == len(cards.TEMPLATES) >= 4


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("template", cards.TEMPLATES)
def test_any_headline_can_be_set(template, text):
    content = cards.draw(replace(TITLE, template=template, headline=text, site=text[:100]), FONTS)
    assert len(content) <= cards.MOST_BYTES


@pytest.mark.parametrize("text", TEXTS)
def test_any_quote_can_be_set(text):
    content = cards.draw(replace(QUOTE, text=text, author=text[:200], headline=text[:300]), FONTS)
    assert len(content) <= cards.MOST_BYTES


@pytest.mark.parametrize("template", cards.TEMPLATES)
def test_the_headline_is_on_the_card(template):
    with_, without = (
        opened(cards.draw(replace(TITLE, template=template, headline=text), FONTS)) for text in ("見出し", "")
    )
    assert ImageChops.difference(with_, without).getbbox() is not None


def test_whatever_is_drawn_changes_the_name():
    key = cards.key_of(TITLE, FONTS)
    others = [{"headline": "別"}, {"site": "別"}, {"date": "2026.09.13"}, {"tags": ()}, {"template": "night"}]
    assert len({key, *(cards.key_of(replace(TITLE, **other), FONTS) for other in others)}) == 1 + len(others)
    assert cards.key_of(replace(TITLE), FONTS) == key
    assert cards.key_of(QUOTE, FONTS) != cards.key_of(replace(QUOTE, number=4), FONTS)


def test_an_address_in_a_quote_is_the_name_of_its_site():
    long = replace(QUOTE, text="見よ https://www.example.com/a/b/c?d=e を")
    assert cards.draw(long, FONTS) == cards.draw(replace(QUOTE, text="見よ example.com を"), FONTS)


def test_code_on_a_card_keeps_its_shape():
    def drawn(text):
        return cards.draw(replace(QUOTE, text=text), FONTS)

    assert drawn("if x:\n    return") != drawn("if x:\nreturn") != drawn("if x: return")
    assert drawn("  if x:\n      return") == drawn("if x:\n    return")  # what all lines have says nothing
    assert drawn("if x:\n\treturn") == drawn("if x:\n    return")


@pytest.mark.parametrize("text", TEXTS)
def test_a_square_card_holds_the_same(text):
    card = replace(QUOTE, text=text, height=cards.SQUARE)
    content = cards.draw(card, FONTS)
    assert (opened(content).size, len(content) <= cards.MOST_BYTES) == ((1200, 1200), True)
    assert cards.key_of(card, FONTS) != cards.key_of(replace(QUOTE, text=text), FONTS)


def test_a_card_bears_no_metadata():
    picture = opened(cards.draw(TITLE, FONTS))
    assert (dict(picture.getexif()), picture.info.get("comment"), picture.info.get("icc_profile")) == ({}, None, None)


def test_what_is_written_on_a_card_is_readable():
    pairs = [
        *((ink, cards.PAPER) for ink in (cards.INK, cards.QUIET, cards.ACCENT)),
        *((ink, cards.NIGHT) for ink in (cards.MOON, cards.HAZE, cards.GLOW)),
        *((color.light, "#ffffff") for color in palette.COLORS),
    ]
    assert min(palette.contrast(*pair) for pair in pairs) >= 4.5


def test_another_font_makes_another_card(tmp_path):
    own = tmp_path / "own.otf"
    own.write_bytes(Path(FONTS.sans).read_bytes())
    fonts = typesetting.packaged_fonts(str(own))
    assert cards.key_of(TITLE, fonts) != cards.key_of(TITLE, FONTS)
    assert cards.draw(TITLE, fonts) != cards.draw(TITLE, FONTS)
