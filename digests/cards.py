"""Pictures made of text: a title card for a digest that has no picture, a card for a quote that is shared.

Pure, and made in the site's style. The same card gives the same bytes under the same name, which is told without
drawing it: it is a hash of everything that is drawn.
"""

import hashlib
import io
from collections.abc import Callable
from dataclasses import astuple, dataclass
from functools import lru_cache
from textwrap import dedent

from PIL import Image, ImageDraw

from digests import typesetting
from digests.palette import Color
from digests.plaintext import split_links
from digests.typesetting import Face, Fonts, Setting, draw_line, draw_lines, fit, measure

WIDTH, HEIGHT = 1200, 630  # what link cards show
SQUARE = 1200  # as high as it is wide: what shows pictures, no links, crops everything else
MOST_BYTES = 200_000
_DRAWING = 2  # to be raised when a card is drawn in another way: the files get other names
_MARGIN = 76
_HEADLINES = range(40, 97, 4)
_QUOTES = range(30, 67, 2)
_QUOTES_IN_SQUARE = range(30, 89, 2)
_MANY_LINES, _SMALL_QUOTES = 8, range(22, 67, 2)  # of code and lists, which are not to be broken
_ALONE = range(68, 145, 4)  # for a few words on one line
_QUOTED = 600  # characters: more than a card holds in the smallest size

PAPER, INK, QUIET, LINE, ACCENT = "#fdfcf9", "#1f1d1a", "#6b665d", "#e4dfd5", "#b3321c"
NIGHT, MOON, HAZE, GLOW = "#16181d", "#f1eee8", "#a09b92", "#f08a72"
SEAL = "#c23b22"


@dataclass(frozen=True, slots=True, kw_only=True)
class TitleCard:
    """What a title card says. `hue` is the colour it takes where its template takes one, `date` as it is written."""

    template: str
    headline: str
    site: str
    date: str
    tags: tuple[str, ...]
    hue: str  # "#rrggbb", 4.5:1 and more on white
    hues: tuple[str, ...] = ()  # the palette's


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteCard:
    """What a quote's card says. `number` is its place in the digest; `hue` and `mark` are "" where it has no colour.

    `height` is `HEIGHT` or `SQUARE`, in pixels.
    """

    headline: str
    site: str
    author: str
    text: str
    number: int
    hue: str = ""
    mark: str = ""
    height: int = HEIGHT


type Card = TitleCard | QuoteCard


def hue_for(seed: str, colors: tuple[Color, ...]) -> str:
    """One of the palette's readable colours, always the same for the same seed."""
    return colors[_number(seed) % len(colors)].light if colors else ACCENT


def key_of(card: Card, fonts: Fonts) -> str:
    """Twenty hexadecimal digits that stand for every pixel of the card."""
    files = tuple(path.replace("\\", "/").rpartition("/")[2] for path in (fonts.serif, fonts.sans))
    drawn = (_DRAWING, type(card).__name__, astuple(card), files)
    return hashlib.sha256(repr(drawn).encode()).hexdigest()[:20]


def draw(card: Card, fonts: Fonts) -> bytes:
    """A JPEG of 1200 × 630 pixels, or 1200 × 1200 of a square card, and at most `MOST_BYTES` bytes."""
    picture = _quote(card, fonts) if isinstance(card, QuoteCard) else _title_card(card, fonts)
    for quality in (86, 76, 62, 45, 30):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality, subsampling=0, optimize=True, progressive=True)
        if out.tell() <= MOST_BYTES:
            break
    return out.getvalue()


def _title_card(card: TitleCard, fonts: Fonts) -> Image.Image:
    return TEMPLATES.get(card.template, _paper)(card, fonts)


def _number(seed: str) -> int:
    return int.from_bytes(hashlib.sha256(seed.encode()).digest()[:8])


def _headline(fonts: Fonts) -> Face:
    return Face(fonts.serif, (fonts.sans, *fonts.spare), weight=0.017)


def _bold(fonts: Fonts) -> Face:
    return Face(fonts.sans, fonts.spare, weight=0.019)


def _plain(fonts: Fonts) -> Face:
    return Face(fonts.sans, fonts.spare)


def _sheet(color: str, height: int = HEIGHT) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", (WIDTH, height), color)
    return picture, ImageDraw.Draw(picture)


@lru_cache(maxsize=16)
def _seal(size: int, ground: str, sign: str) -> Image.Image:
    """The site's sign, as in the icon: two corner brackets on a square. Drawn eight times as large, for its edges."""
    big = Image.new("RGBA", (size * 8, size * 8))
    draw, unit = ImageDraw.Draw(big), size / 4
    draw.rounded_rectangle((0, 0, size * 8 - 1, size * 8 - 1), 5 * unit, fill=ground)
    for box in ((8, 8, 17, 11.4), (8, 8, 11.4, 19), (15, 20.6, 24, 24), (20.6, 13, 24, 24)):
        draw.rectangle([value * unit for value in box], fill=sign)
    return big.resize((size, size), Image.Resampling.LANCZOS)


def _brand(
    picture: Image.Image,
    fonts: Fonts,
    name: str,
    at: tuple[int, int],
    *,
    ink: str,
    seal: tuple[str, str] = (SEAL, PAPER),
) -> None:
    """Seal and name; `at` is where the line's middle begins."""
    x, middle = at
    sign = _seal(38, *seal)
    picture.paste(sign, (x, middle - 19), sign)
    face = _headline(fonts)
    shown = typesetting.line(name, face=face, width=560, size=30)
    draw_line(ImageDraw.Draw(picture), (x + 54, middle + 11), shown, face=face, size=30, fill=ink)


def _right(draw: ImageDraw.ImageDraw, text: str, baseline: int, *, face: Face, size: int, fill: str) -> None:
    draw_line(draw, (WIDTH - _MARGIN - measure(text, face, size), baseline), text, face=face, size=size, fill=fill)


def _tags(tags: tuple[str, ...], face: Face, width: int) -> str:
    """As many as there is room for, whole ones."""
    shown = ""
    for tag in tags:
        longer = f"{shown}   #{tag}" if shown else f"#{tag}"
        if measure(longer, face, 26) > width:
            break
        shown = longer
    return shown or (typesetting.line(f"#{tags[0]}", face=face, width=width, size=26) if tags else "")


def _foot(draw: ImageDraw.ImageDraw, card: TitleCard, fonts: Fonts, *, fill: str, baseline: int = HEIGHT - 62) -> None:
    """The tags on the left, the date on the right."""
    face = _plain(fonts)
    _right(draw, card.date, baseline, face=face, size=26, fill=fill)
    room = int(WIDTH - 2 * _MARGIN - measure(card.date, face, 26) - 48)
    draw_line(draw, (_MARGIN, baseline), _tags(card.tags, face, room), face=face, size=26, fill=fill)


def _title(
    draw: ImageDraw.ImageDraw, text: str, box: tuple[int, int, int, int], *, face: Face, fill: str, centre: bool = False
) -> None:
    """The headline as large as it goes into the box (left, top, width, height), in the middle of its height."""
    left, top, width, height = box
    setting = _large(text, face, width, _HEADLINES) or fit(
        text, face=face, width=width, height=height, sizes=_HEADLINES, most_lines=5
    )
    at = (left, top + (height - setting.height) / 2)
    draw_lines(draw, at, setting, face=face, fill=fill, centred=width if centre else 0.0)


def _large(text: str, face: Face, width: int, usual: range) -> Setting | None:
    """A text of a few words on one line, larger than usual."""
    if "\n" in text or measure(text, face, usual[-1] + 4) > width * 0.8:
        return None
    sizes = [size for size in _ALONE if size > usual[-1] and measure(text, face, size) <= width * 0.8]
    return Setting((text,), sizes[-1], sizes[-1]) if sizes else None


def _paper(card: TitleCard, fonts: Fonts) -> Image.Image:
    """The public page's own look: ink on paper, a rule, one accent."""
    picture, draw = _sheet(PAPER)
    draw.rectangle((0, 0, WIDTH, 11), fill=ACCENT)
    _brand(picture, fonts, card.site, (_MARGIN, 84), ink=INK)
    draw.line((_MARGIN, 130, WIDTH - _MARGIN, 130), fill=LINE, width=2)
    _title(draw, card.headline, (_MARGIN, 158, WIDTH - 2 * _MARGIN, 338), face=_headline(fonts), fill=INK)
    draw.line((_MARGIN, 522, WIDTH - _MARGIN, 522), fill=LINE, width=2)
    _foot(draw, card, fonts, fill=QUIET)
    return picture


def _night(card: TitleCard, fonts: Fonts) -> Image.Image:
    """The dark page's look, between two large corner brackets."""
    picture, draw = _sheet(NIGHT)
    for box in ((52, 48, 196, 60), (52, 48, 64, 192), (1004, 570, 1148, 582), (1136, 438, 1148, 582)):
        draw.rectangle(box, fill=GLOW)
    _title(draw, card.headline, (112, 104, 976, 344), face=_headline(fonts), fill=MOON)
    _brand(picture, fonts, card.site, (112, 536), ink=HAZE, seal=(GLOW, NIGHT))
    face = _plain(fonts)
    draw_line(draw, (976 - measure(card.date, face, 26), 546), card.date, face=face, size=26, fill=HAZE)
    return picture


def _band(card: TitleCard, fonts: Fonts) -> Image.Image:
    """One of the palette's colours, the headline large and white upon it."""
    picture, draw = _sheet(card.hue)
    draw.rectangle((0, 518, WIDTH, HEIGHT), fill=PAPER)
    _title(draw, card.headline, (_MARGIN, 52, WIDTH - 2 * _MARGIN, 414), face=_bold(fonts), fill="#ffffff")
    _brand(picture, fonts, card.site, (_MARGIN, 574), ink=INK, seal=(card.hue, PAPER))
    _right(draw, card.date, 584, face=_plain(fonts), size=26, fill=QUIET)
    return picture


def _voices(card: TitleCard, fonts: Fonts) -> Image.Image:
    """Beside the headline what a digest is: many voices, some of them in colour, one answering the other."""
    picture, draw = _sheet(PAPER)
    draw.rectangle((826, 0, WIDTH, HEIGHT), fill="#f3efe6")
    number, y = _number(card.headline), 46
    for row in range(11):
        number, value = number // 5 or _number(f"{card.headline}{row}"), number % 997
        indent = 0 if row % 4 == 0 else 30 * (1 + value % 3)
        colored = value % 3 == 0 and card.hues
        fill = card.hues[value % len(card.hues)] if colored else "#d3ccbd"
        left = 870 + indent
        draw.rectangle((left, y, left + 8, y + 30), fill=fill)
        draw.rectangle((left + 22, y + 2, min(1156, left + 110 + value % 190), y + 12), fill=fill)
        draw.rectangle((left + 22, y + 19, min(1156, left + 70 + value % 130), y + 29), fill=fill)
        y += 50
    _brand(picture, fonts, card.site, (_MARGIN, 84), ink=INK)
    _title(draw, card.headline, (_MARGIN, 138, 700, 370), face=_headline(fonts), fill=INK)
    face = _plain(fonts)
    draw_line(draw, (_MARGIN, HEIGHT - 62), card.date, face=face, size=26, fill=QUIET)
    left = _MARGIN + int(measure(card.date, face, 26)) + 32
    draw_line(draw, (left, HEIGHT - 62), _tags(card.tags, face, 790 - left), face=face, size=26, fill=QUIET)
    return picture


def _frame(card: TitleCard, fonts: Fonts) -> Image.Image:
    """In the middle of a sheet with a coloured frame, like a book's title."""
    picture, draw = _sheet(card.hue)
    draw.rectangle((30, 30, WIDTH - 31, HEIGHT - 31), fill=PAPER)
    draw.rectangle((42, 42, WIDTH - 43, HEIGHT - 43), outline=card.hue, width=2)
    face, small = _plain(fonts), _headline(fonts)
    name = typesetting.line(card.site, face=small, width=800, size=30)
    draw_line(draw, ((WIDTH - measure(name, small, 30)) / 2, 116), name, face=small, size=30, fill=card.hue)
    draw.rectangle((WIDTH / 2 - 28, 144, WIDTH / 2 + 28, 147), fill=card.hue)
    _title(draw, card.headline, (110, 164, WIDTH - 220, 330), face=_headline(fonts), fill=INK, centre=True)
    tags = _tags(card.tags, face, 700)
    below = f"{card.date}   {tags}" if tags else card.date
    draw_line(draw, ((WIDTH - measure(below, face, 26)) / 2, 550), below, face=face, size=26, fill=QUIET)
    return picture


TEMPLATES: dict[str, Callable[[TitleCard, Fonts], Image.Image]] = {
    "paper": _paper,
    "night": _night,
    "band": _band,
    "voices": _voices,
    "frame": _frame,
}


def _quote(card: QuoteCard, fonts: Fonts) -> Image.Image:
    """A quote as it stands on the page: loud, its author quiet, its colour and mark at its side."""
    picture, draw = _sheet(PAPER, card.height)
    hue, face, plain = card.hue or INK, _bold(fonts) if card.hue else _plain(fonts), _plain(fonts)
    draw.rectangle((0, 0, 17, card.height), fill=card.hue or LINE)
    sign = f"{card.mark} {card.number}".strip()
    end = draw_line(draw, (_MARGIN, 86), sign, face=_bold(fonts), size=30, fill=card.hue or ACCENT)
    room = int(WIDTH - _MARGIN - end - 24)
    author = typesetting.line(card.author, face=plain, width=room, size=30)
    draw_line(draw, (end + 24, 86), author, face=plain, size=30, fill=QUIET)
    text = _shown(card.text)
    width, height = WIDTH - 2 * _MARGIN, card.height - 254
    usual = _QUOTES if card.height == HEIGHT else _QUOTES_IN_SQUARE
    sizes = _SMALL_QUOTES if text.count("\n") >= _MANY_LINES else usual
    setting = _large(text, face, width, usual) or fit(
        text, face=face, width=width, height=height, sizes=sizes, leading=1.5, most_lines=24
    )
    draw_lines(draw, (_MARGIN, 116 + (height - setting.height) / 2), setting, face=face, fill=hue)
    foot = card.height - 56
    draw.line((_MARGIN, foot - 50, WIDTH - _MARGIN, foot - 50), fill=LINE, width=2)
    _brand(picture, fonts, card.site, (_MARGIN, foot), ink=INK)
    left = _MARGIN + 54 + int(min(560, measure(card.site, _headline(fonts), 30))) + 32
    headline = typesetting.line(card.headline, face=plain, width=WIDTH - _MARGIN - left, size=26)
    draw_line(draw, (left, foot + 10), headline, face=plain, size=26, fill=QUIET)
    return picture


def _shown(text: str) -> str:
    """An address as the name of its site: nobody reads or follows one in a picture."""
    parts = (_host(part.href) if part.href else part.text for part in split_links(text[:_QUOTED]))
    return dedent("".join(parts)).strip() + ("…" if len(text) > _QUOTED else "")


def _host(address: str) -> str:
    return address.partition("://")[2].partition("/")[0].removeprefix("www.")
