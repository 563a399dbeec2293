"""The colours an editor may give a quote: the published hex, and readable equivalents for our own pages.

The six hex values are what the Hugo site has always used. None of them reaches 4.5:1 on white (1.8 to 4.4),
so our own pages show `light` on a light ground and `dark` on a dark one; a test computes the contrasts.
Knows no database and no settings.
"""

import colorsys
import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LIGHT_GROUND = "#ffffff"
DARK_GROUND = "#16181d"

_HEX = re.compile(r"#[0-9a-f]{6}\Z")


@dataclass(frozen=True, slots=True)
class Color:
    """`key` is the CSS class suffix, `mark` a sign for readers who do not see the colour."""

    hex: str
    key: str
    name: str | Promise
    light: str
    dark: str
    mark: str


COLORS = (
    Color("#785bff", "violet", _("Violet"), "#5b3df0", "#a99bff", "◆"),
    Color("#45d325", "green", _("Green"), "#1f7a0c", "#6fdc58", "●"),
    Color("#38d3d3", "cyan", _("Cyan"), "#0b7285", "#4fd6d6", "▲"),
    Color("#ff33a1", "pink", _("Pink"), "#c2066e", "#ff7cc0", "♥"),
    Color("#ff5733", "orange", _("Orange"), "#b93510", "#ff8a6b", "■"),
    Color("#ff5c5c", "red", _("Red"), "#c0262d", "#ff8080", "★"),
)
BY_HEX = {color.hex: color for color in COLORS}


def is_color(value: str) -> bool:
    """Whether `value` may stand in a post: `#rrggbb` in lower case."""
    return _HEX.match(value) is not None


def shown_as(value: str) -> Color | None:
    """The palette's colour for a stored value: itself, or for a foreign hex the one nearest in hue. None for ""."""
    if not value:
        return None
    return BY_HEX.get(value) or min(COLORS, key=lambda color: _hue_distance(color.hex, value))


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two hex colours, 1 to 21, as WCAG 2.2 defines it."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _channels(value: str) -> tuple[float, float, float]:
    return int(value[1:3], 16) / 255, int(value[3:5], 16) / 255, int(value[5:7], 16) / 255


def _luminance(value: str) -> float:
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in _channels(value)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _hue_distance(one: str, other: str) -> float:
    first, second = (colorsys.rgb_to_hsv(*_channels(value))[0] for value in (one, other))
    return min(abs(first - second), 1 - abs(first - second))
