"""The colours an editor may give a quote: the published hex, and readable equivalents for our own pages.

A site may have a palette of its own; `DEFAULT` stands for one that has none. Its six hex values are what the Hugo site
has always used. None of them reaches 4.5:1 on white (1.8 to 4.4), so our own pages show `light` on a light ground and
`dark` on a dark one; a test computes the contrasts. Knows no database and no settings.
"""

import colorsys
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LIGHT_GROUND = "#ffffff"
DARK_GROUND = "#16181d"
# Everything on which a coloured text stands, on the public pages and on the desk.
LIGHT_GROUNDS = (LIGHT_GROUND, "#fdfcf9", "#f6f7f9")
DARK_GROUNDS = (DARK_GROUND, "#1c1f25")
READABLE = 4.5  # WCAG 2.2, 1.4.3

_HEX = re.compile(r"#[0-9a-f]{6}\Z")
_STEPS = 1000  # of lightness, when a readable neighbour is looked for


@dataclass(frozen=True, slots=True)
class Color:
    """`key` is the CSS class suffix, `mark` a sign for readers who do not see the colour.

    `named` tells a name or a meaning that an editor gave: only those are worth a legend.
    """

    hex: str
    key: str
    name: str | Promise
    light: str
    dark: str
    mark: str
    meaning: str = ""
    named: bool = False


COLORS = (
    Color("#785bff", "violet", _("Violet"), "#5b3df0", "#a99bff", "◆"),
    Color("#45d325", "green", _("Green"), "#1f7a0c", "#6fdc58", "●"),
    Color("#38d3d3", "cyan", _("Cyan"), "#0b7285", "#4fd6d6", "▲"),
    Color("#ff33a1", "pink", _("Pink"), "#c2066e", "#ff7cc0", "♥"),
    Color("#ff5733", "orange", _("Orange"), "#b93510", "#ff8a6b", "■"),
    Color("#ff5c5c", "red", _("Red"), "#c0262d", "#ff8080", "★"),
)
BY_HEX = {color.hex: color for color in COLORS}


@dataclass(frozen=True)
class Palette:
    """A site's colours in their order. `state` is another one for each other palette, "" for the default."""

    colors: tuple[Color, ...] = COLORS

    @cached_property
    def _by_hex(self) -> dict[str, Color]:
        return {color.hex: color for color in self.colors}

    @cached_property
    def state(self) -> str:
        if self.colors == COLORS:
            return ""
        return hashlib.sha256(repr([_facts(color) for color in self.colors]).encode()).hexdigest()[:16]

    def shown_as(self, value: str) -> Color | None:
        """The colour for a stored value: itself, or for a foreign hex the one nearest in hue. None for ""."""
        if not value:
            return None
        return self._by_hex.get(value) or min(self.colors, key=lambda color: _hue_distance(color.hex, value))

    def by_key(self, key: str) -> Color | None:
        return next((color for color in self.colors if color.key == key), None)

    def legend(self, values: Iterable[str]) -> tuple[Color, ...]:
        """The colours as which these values are shown, in the palette's order; none where no name says anything."""
        used = {self.shown_as(value) for value in values if is_color(value)}
        found = tuple(color for color in self.colors if color in used)
        return found if any(color.named for color in found) else ()

    def stylesheet(self) -> str:
        """The classes `c-KEY`, in the form of static/palette.css, which is that of the default."""
        values = "\n".join(f"  --c-{color.key}: light-dark({color.light}, {color.dark});" for color in self.colors)
        rules = "\n\n".join(f".c-{color.key} {{\n  color: var(--c-{color.key});\n}}" for color in self.colors)
        return f":root {{\n  color-scheme: light dark;\n{values}\n}}\n\n{rules}\n"


DEFAULT = Palette()


def is_color(value: str) -> bool:
    """Whether `value` may stand in a post: `#rrggbb` in lower case."""
    return _HEX.match(value) is not None


def key_of(value: str) -> str:
    """The CSS class suffix of a palette's colour, by its hex."""
    return BY_HEX[value].key if value in BY_HEX else value[1:]


def shown_as(value: str) -> Color | None:
    """As `Palette.shown_as`, of the default palette."""
    return DEFAULT.shown_as(value)


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two hex colours, 1 to 21, as WCAG 2.2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def least_contrast(value: str, grounds: Sequence[str]) -> float:
    """That on the ground where the colour is hardest to read."""
    return min(contrast(value, ground) for ground in grounds)


def readable(value: str, grounds: Sequence[str]) -> str:
    """The colour itself where it is readable on all of these, else the nearest of its hue that is, darker on light
    grounds and lighter on dark ones."""
    if least_contrast(value, grounds) >= READABLE:
        return value
    hue, lightness, saturation = colorsys.rgb_to_hls(*_channels(value))
    towards = 0.0 if _luminance(grounds[0]) > 0.5 else 1.0
    for step in range(1, _STEPS + 1):
        moved = lightness + (towards - lightness) * step / _STEPS
        found = _hex_of(colorsys.hls_to_rgb(hue, moved, saturation))
        if least_contrast(found, grounds) >= READABLE:
            return found
    return "#000000" if towards == 0 else "#ffffff"


def _facts(color: Color) -> tuple[str, ...]:
    own_name = color.name if isinstance(color.name, str) else ""  # the others' depend on the language
    return (color.hex, own_name, color.light, color.dark, color.mark, color.meaning)


def _channels(value: str) -> tuple[float, float, float]:
    return int(value[1:3], 16) / 255, int(value[3:5], 16) / 255, int(value[5:7], 16) / 255


def _hex_of(channels: Iterable[float]) -> str:
    return "#" + "".join(f"{round(part * 255):02x}" for part in channels)


def _luminance(value: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _channels(value)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hue_distance(one: str, other: str) -> float:
    first, second = (colorsys.rgb_to_hsv(*_channels(value))[0] for value in (one, other))
    return min(abs(first - second), 1 - abs(first - second))
