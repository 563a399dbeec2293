"""The site's palette as editors make it: what may be one, what takes a colour's place, and what would be readable."""

import colorsys
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.utils.translation import gettext as _

from digests import palette, plaintext
from digests.models import PaletteColor, Quote
from digests.models.palettes import Row
from digests.palette import DARK_GROUNDS, LIGHT_GROUNDS, READABLE, Palette

MOST_COLORS = 12
MARKS = ("◆", "●", "▲", "♥", "■", "★", "◇", "○", "△", "▼", "□", "☆")
_MOST = {"name": 40, "meaning": 100, "mark": 4}
_HUES = 360


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a palette cannot be one: a field of a row, or "" and -1 for the whole. `suggestion` is what would do."""

    row: int
    field: str
    message: str
    suggestion: str = ""


class BadPalette(Exception):
    """Nothing was written; `problems` says why."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(problem.message for problem in problems))
        self.problems = problems


def rows_now() -> list[Row]:
    """The palette as it is edited; the default, where there is none."""
    return PaletteColor.objects.rows() or default_rows()


def default_rows() -> list[Row]:
    """The six colours that the Hugo site has always used, without names."""
    return [Row(color.hex, color.light, color.dark, color.mark) for color in palette.COLORS]


def save_palette(rows: Sequence[Row], *, state: str) -> Palette:
    """Stores a palette over the one of `state`. Raises `BadPalette` or `StalePalette`."""
    if problems := check(rows):
        raise BadPalette(problems)
    return PaletteColor.objects.replace([] if list(rows) == default_rows() else rows, state=state)


def cleaned(row: Row) -> Row:
    """As it is stored, if it can be."""
    texts = {name: plaintext.clean_line(getattr(row, name)) for name in _MOST}
    return row._replace(hex=_hex(row.hex), light=_hex(row.light), dark=_hex(row.dark), **texts)


def check(rows: Sequence[Row]) -> tuple[Problem, ...]:
    """Everything that is wrong, row by row."""
    found: list[Problem] = []
    if not 1 <= len(rows) <= MOST_COLORS:
        message = _("A palette has 1 to %(most)s colours.") % {"most": MOST_COLORS}
        found.append(Problem(-1, "", message))
    for place, row in enumerate(rows):
        found += _in_row(place, row)
    return (*found, *_doubled(rows))


def readable_light(value: str) -> str:
    """The colour, or the nearest of its hue that reaches 4.5:1 wherever coloured text stands on a light ground."""
    return palette.readable(value, LIGHT_GROUNDS)


def readable_dark(value: str) -> str:
    return palette.readable(value, DARK_GROUNDS)


def floored(contrast: float) -> float:
    """With one digit, never more than it is: 4.46 is not yet 4.5."""
    return math.floor(contrast * 10) / 10


def another(rows: Sequence[Row]) -> Row:
    """A colour that is not there yet: as far in hue from the others as can be, with a free mark."""
    taken = [_hue(row.hex) for row in rows if palette.is_color(row.hex)]

    def distance(hue: int) -> float:
        return min((min(abs(hue - one), _HUES - abs(hue - one)) for one in taken), default=_HUES)

    hue = max(range(_HUES), key=distance)
    value = "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue / _HUES, 0.5, 0.8))
    mark = next((mark for mark in MARKS if mark not in {row.mark for row in rows}), "")
    return Row(value, readable_light(value), readable_dark(value), mark)


def uses(values: Iterable[str]) -> dict[str, int]:
    """How many quotes have each of these colours. One query, none for no colour."""
    wanted = [value for value in values if palette.is_color(value)]
    if not wanted:
        return {}
    counted = Quote.objects.filter(color__in=wanted).order_by().values_list("color").annotate(Count("pk"))
    return dict.fromkeys(wanted, 0) | dict(counted)


def _in_row(place: int, row: Row) -> Iterator[Problem]:
    for name in ("hex", "light", "dark"):
        if not palette.is_color(getattr(row, name)):
            yield Problem(place, name, _("A colour looks like #785bff."))
    for name, grounds, ground in (("light", LIGHT_GROUNDS, _("light")), ("dark", DARK_GROUNDS, _("dark"))):
        value = getattr(row, name)
        if palette.is_color(value) and (contrast := palette.least_contrast(value, grounds)) < READABLE:
            better = palette.readable(value, grounds)
            words = {"ground": ground, "contrast": floored(contrast), "better": better}
            message = _("On the %(ground)s ground it reaches %(contrast)s:1 of 4.5:1; %(better)s would do.") % words
            yield Problem(place, name, message, better)
    if not row.mark:
        yield Problem(place, "mark", _("Give it a mark, for readers who do not see the colour."))
    for name, most in _MOST.items():
        if len(getattr(row, name)) > most:
            yield Problem(place, name, _("At most %(most)s characters.") % {"most": most})


def _doubled(rows: Sequence[Row]) -> Iterator[Problem]:
    """What tells colours apart must be another one for each."""
    said = {
        "hex": _("Two colours have this value; posts could not tell them apart."),
        "mark": _("Two colours have this mark."),
        "name": _("Two colours have this name."),
    }
    for name, message in said.items():
        counts = Counter(getattr(row, name) for row in rows)
        seen: set[str] = set()
        for place, row in enumerate(rows):
            value = getattr(row, name)
            if value and counts[value] > 1 and value in seen:
                yield Problem(place, name, message)
            seen.add(value)


def _hex(value: str) -> str:
    value = value.strip().lower()
    return value if value.startswith("#") or not value else f"#{value}"


def _hue(value: str) -> float:
    channels = (int(value[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return colorsys.rgb_to_hls(*channels)[0] * _HUES
