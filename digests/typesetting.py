"""Text set in lines as Japanese wants it, in fonts that have its characters, and drawn with Pillow.

Pure: text, font files and sizes in, lines and pixels out. Phrases come from BudouX; kinsoku is kept (JIS X 4051).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from itertools import groupby
from pathlib import Path

import budoux
from PIL import ImageDraw, ImageFont, features

NEVER_FIRST = frozenset(
    "、。，．・：；？！‼⁇⁈⁉゛゜ヽヾゝゞ々ー）］｝〉》」』】〕〗〙〟’”｠»"
    "ぁぃぅぇぉっゃゅょゎゕゖァィゥェォッャュョヮヵヶㇰㇱㇲㇳㇴㇵㇶㇷㇸㇹㇺㇻㇼㇽㇾㇿ–〜～…‥,.:;?!)]}%％°℃"
)
NEVER_LAST = frozenset("（［｛〈《「『【〔〖〘〝‘“｟«([{#＃$＄¥￥")
INDENT = "\u2002"  # as wide as half a character, as a blank of code is
GETA = "〓"  # what Japanese typesetters put where a character is missing

_SPARE = ("Emoji", "SansSymbols", "SansArabic", "SansHebrew", "SansDevanagari", "SansThai")

# Emoji of several code points are one character: a flag, a skin tone, a family joined by U+200D.
_CHARACTER = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"
    "|.(?:[\ufe00-\ufe0f\u20e3\u0300-\u036f\u3099\u309a\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]|\u200d.)*",
    re.DOTALL,
)
_LATIN = re.compile(r"[!-~]+")
_IN_WORD = re.compile(r"[0-9A-Za-z][.,:'’-]?\Z")
_WORD = re.compile(r"\S+\s*|\s+")
_LONG = re.compile(r"[!-~]{25,}")  # an address, a path: nothing that anybody would set in one piece
_LONG_PART = re.compile(r"[^/._&=?-]{1,12}[/._&=?-]*|[/._&=?-]{1,12}")
_MISSING = re.compile(f"{GETA}(?: *{GETA})+")  # of a whole word that nobody could set one sign is enough
_SHAPED = bool(features.check("raqm") and features.check("fribidi"))  # FriBidi is the system's, and may be missing


@dataclass(frozen=True, slots=True)
class Fonts:
    """Font files: for headlines, for everything else, and those asked for what neither has."""

    serif: str
    sans: str
    spare: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Face:
    """A font file with those that stand in for it. `weight`: how much bolder than it is, in parts of its size."""

    path: str
    spare: tuple[str, ...] = ()
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Setting:
    """A text in lines. `size` and `leading`, from one baseline to the next, are pixels."""

    lines: tuple[str, ...]
    size: int
    leading: int

    @property
    def height(self) -> int:
        """From the top of the first line's characters to the foot of the last one's."""
        return self.size + self.leading * (len(self.lines) - 1) if self.lines else 0


def packaged_fonts(own: str = "") -> Fonts:
    """The fonts that come with our requirements; `own` is a file that takes the first two's place."""
    emoji = tuple(_packaged("manimgx_fonts", f"Noto{name}[wght].ttf") for name in _SPARE)
    japanese = [_packaged("pylopdf_fonts_jp", f"Noto{kind}JP-Regular.otf") for kind in ("Serif", "Sans")]
    serif, sans = (own, own) if own else japanese
    return Fonts(serif, sans, (japanese[1], *emoji) if own else emoji)


def is_font(path: str) -> bool:
    """Whether a file can be set in."""
    try:
        return bool(_font(path, 24).getname()[0])
    except (OSError, ValueError):
        return False


def _packaged(package: str, name: str) -> str:
    found = find_spec(package)  # found, not imported: we want its file
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError(f"the package {package} is not installed")
    return str(Path(found.submodule_search_locations[0]) / name)


def phrases(text: str) -> list[str]:
    """The text in pieces between which a line may end; one that ends in `\n` ends its line.

    Joined they are the text, its blanks made single and blank lines left out; but a line that is indented, as code and
    lists are, stays so.
    """
    found: list[str] = []
    for line in text.split("\n"):
        if not (written := " ".join(line.split())):
            continue
        if found:
            found[-1] += "\n"
        indent = _indent(line)
        for piece in _pieces(written):
            if found and not found[-1].endswith("\n") and _together(found[-1], piece):
                found[-1] += piece
            else:
                found.append(indent + piece)
            indent = ""
    return found


def _indent(line: str) -> str:
    """In blanks that stay at the beginning of a line; a single one is no indentation."""
    line = line.expandtabs(4)
    blanks = len(line) - len(line.lstrip(" "))
    return INDENT * min(blanks, 40) if blanks > 1 else ""


def _together(before: str, after: str) -> bool:
    return after.isspace() or after[0] in NEVER_FIRST or before.rstrip()[-1:] in NEVER_LAST


def _pieces(text: str) -> Iterator[str]:
    for phrase in _whole(_parser().parse(text)):
        for word in _WORD.findall(phrase):
            if _LONG.search(word):
                yield from _LONG_PART.findall(word)
            else:
                yield word


def _whole(phrases: Iterable[str]) -> list[str]:
    """None ends within a number or a Latin word: the parser knows Japanese, and makes 202 and 5年 of 2025年.

    A Latin word without a particle belongs to what follows: AI使いすぎ, 3D制作.
    """
    found: list[str] = []
    for phrase in phrases:
        ended = _IN_WORD.search(found[-1]) if found else None
        if ended and phrase[0].isalnum() and (phrase[0].isascii() or _LATIN.fullmatch(found[-1])):
            found[-1] += phrase
        else:
            found.append(phrase)
    return found


@lru_cache(maxsize=1)
def _parser() -> budoux.Parser:
    return budoux.load_default_japanese_parser()


def fit(
    text: str, *, face: Face, width: int, height: int, sizes: Sequence[int], leading: float = 1.4, most_lines: int = 9
) -> Setting:
    """The text at the largest of the sizes at which it fits; at the smallest one it ends in … where it must."""
    pieces = phrases(text)
    about = [measure(piece, face, 100) / 100 for piece in pieces]  # for size 1: most sizes need no closer look
    for size in sorted(sizes, reverse=True):
        room = min(most_lines, 1 + int((height - size) / (size * leading)))
        if room < 1 or max(sum(about) / room, *about, 0.0) * size > width * 1.05:
            continue
        lengths = [measure(piece, face, size) for piece in pieces]
        if any(measure(piece.rstrip(), face, size) > width for piece in pieces):
            continue
        lines = _filled(pieces, lengths, width)
        if len(lines) <= room:
            balanced = _filled(pieces, lengths, _narrowest(pieces, lengths, width))
            return Setting(tuple(balanced), size, round(size * leading))
    size = min(sizes)
    room = max(1, min(most_lines, 1 + int((height - size) / (size * leading))))
    return Setting(tuple(_cut(pieces, face, width, size=size, room=room)), size, round(size * leading))


def line(text: str, *, face: Face, width: int, size: int) -> str:
    """The text on one line, cut with … where it is longer than `width`."""
    text = " ".join(text.split())
    return text if measure(text, face, size) <= width else _ellipsis(text, face, width, size)


def _filled(pieces: Sequence[str], lengths: Sequence[float], width: float) -> list[str]:
    lines, used = [""], 0.0
    for piece, length in zip(pieces, lengths, strict=True):
        if lines[-1] and used + length > width:
            lines.append("")
            used = 0.0
        lines[-1] += piece
        used = width if piece.endswith("\n") else used + length
    return [line.rstrip() for line in lines if line.strip()]


def _narrowest(pieces: Sequence[str], lengths: Sequence[float], width: float) -> float:
    """The narrowest width in which there are no more lines: so they come out about equally long."""
    wanted = len(_filled(pieces, lengths, width))
    low, high = max(lengths, default=0.0), width
    while high - low > 1:
        middle = (low + high) / 2
        if len(_filled(pieces, lengths, middle)) > wanted:
            low = middle
        else:
            high = middle
    return high


def _cut(pieces: Sequence[str], face: Face, width: int, *, size: int, room: int) -> list[str]:
    """As many lines as there is room for, whatever is too long for a line broken anywhere, the last one ending in …"""
    parts = [part for piece in pieces for part in _broken(piece, face, width, size)]
    lines = _filled(parts, [measure(part, face, size) for part in parts], width)
    if len(lines) > room:
        lines = [*lines[: room - 1], _ellipsis(lines[room - 1] + lines[room], face, width, size)]
    return lines


def _broken(piece: str, face: Face, width: int, size: int) -> Iterator[str]:
    part = ""
    for character in _CHARACTER.findall(piece):
        fits = measure((part + character).rstrip(), face, size) <= width
        if part and not fits and character[0] not in NEVER_FIRST and part[-1] not in NEVER_LAST:
            yield part
            part = ""
        part += character
    yield part


def _ellipsis(text: str, face: Face, width: int, size: int) -> str:
    characters = _CHARACTER.findall(text)
    low, high = 0, len(characters)
    while low < high:  # how many of them fit
        middle = (low + high + 1) // 2
        fits = measure("".join(characters[:middle]).rstrip() + "…", face, size) <= width
        low, high = (middle, high) if fits else (low, middle - 1)
    return "".join(characters[:low]).rstrip().rstrip("、。，．,.;:・「『（(【") + "…"


def measure(text: str, face: Face, size: int) -> float:
    """How wide the text is drawn, in pixels."""
    return sum(_length(run, path, size) for path, run in _runs(text.removesuffix("\n"), face))


def draw_lines(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    setting: Setting,
    *,
    face: Face,
    fill: str,
    centred: float = 0.0,
) -> None:
    """`at` is the left upper corner; with `centred` that wide, each line is in the middle."""
    x, y = at
    for number, text in enumerate(setting.lines):
        shift = (centred - measure(text, face, setting.size)) / 2 if centred else 0.0
        baseline = y + round(setting.size * 0.88) + number * setting.leading
        draw_line(draw, (x + shift, baseline), text, face=face, size=setting.size, fill=fill)


def draw_line(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, *, face: Face, size: int, fill: str
) -> float:
    """Draws on the baseline `at`; where the text ends."""
    x, baseline = at
    for path, run in _runs(text, face):
        weight = face.weight * size if path == face.path else 0.0
        draw.text(
            (x, baseline), run, fill, _font(path, size), anchor="ls", stroke_width=weight, features=_features(path)
        )
        x += _length(run, path, size)
    return x


def _runs(text: str, face: Face) -> Iterator[tuple[str, str]]:
    """Stretches of the text with the font file in which each is set."""
    found = ((path, shown) for one in _CHARACTER.findall(text) for path, shown in _placed(one, face))
    for path, some in groupby(found, key=lambda pair: pair[0]):
        yield path, _MISSING.sub(GETA, "".join(shown for _path, shown in some))


def _placed(character: str, face: Face) -> Iterable[tuple[str, str]]:
    base = character[0]
    paths = (face.path, *face.spare)
    if "\ufe0f" in character or base >= "\U0001f000":  # shown as a picture: those have it best that are asked last
        paths = (*face.spare, face.path)
    if (path := next((path for path in paths if _has(path, base)), "")) or base.isspace():
        return [(path or face.path, character if _SHAPED else base)]
    if not unicodedata.category(base).startswith(("L", "N")):
        return []  # better no sign than an empty box
    return [(path, GETA) for path in paths if _has(path, GETA)][:1]


@lru_cache(maxsize=20_000)
def _has(path: str, character: str) -> bool:
    """Whether the font has a glyph of its own: it draws something else than for a character that no font has."""
    return character.isspace() or _drawn(path, character) not in {_drawn(path, "\U000ffffd"), b""}


@lru_cache(maxsize=64)
def _drawn(path: str, character: str) -> bytes:
    mask = _font(path, 24).getmask(character)
    return bytes(mask) if mask.getbbox() else b""


@lru_cache(maxsize=4096)
def _length(text: str, path: str, size: int) -> float:
    return float(_font(path, size).getlength(text, features=_features(path)))


def _features(path: str) -> list[str] | None:
    """Brackets and commas take no more room than they need, where the font knows how."""
    return ["palt"] if _SHAPED and "Emoji" not in path and "Symbols" not in path else None


@lru_cache(maxsize=128)
def _font(path: str, size: int) -> ImageFont.FreeTypeFont:
    engine = ImageFont.Layout.RAQM if _SHAPED else ImageFont.Layout.BASIC
    font = ImageFont.truetype(path, size, layout_engine=engine)
    if "[wght]" in path:
        font.set_variation_by_axes([600])
    return font
