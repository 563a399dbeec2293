"""The site's palette: its colours with names and meanings, both grounds side by side, what is readable and what is not.

The form holds the whole palette. Every button sends all of it; only saving stores anything.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests import palette
from digests.curation import palettes
from digests.curation.palettes import BadPalette, Problem
from digests.editor.access import EditorRequest, turned_away
from digests.editor.forms import whole_number
from digests.models import PaletteColor
from digests.models.palettes import Row, StalePalette, current_palette

KEYS = 9  # the first colours are given by the keys 1 to 9


@dataclass(frozen=True, slots=True)
class ShownField:
    """A value of a row with what is wrong with it. `contrast` is that of a readable equivalent."""

    name: str
    value: str
    message: str = ""
    suggestion: str = ""
    contrast: float = 0


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A colour as the page shows it. `name` is what it is called where the editors gave no name."""

    number: int
    key: str
    fields: dict[str, ShownField]
    name: str | Promise
    quotes: int
    focus: str


def edit(request: EditorRequest) -> HttpResponse:
    """GET shows the palette; POST `act` changes what the form holds, and stores it with "save"."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return _show(request, palettes.rows_now(), state=PaletteColor.objects.state())
    rows, state = _rows(request), request.POST.get("state", "")
    act, _colon, argument = request.POST.get("act", "").partition(":")
    if act == "save":
        return _save(request, rows, state)
    if act not in _ACTS:
        raise BadRequest("act")
    changed, said, focus = _ACTS[act](rows, argument)
    return _show(request, changed, state=state, said=said, focus=focus)


def _save(request: EditorRequest, rows: Sequence[Row], state: str) -> HttpResponse:
    gone = {row.hex for row in palettes.rows_now()} - {row.hex for row in rows}
    try:
        saved = palettes.save_palette(rows, state=state)
    except BadPalette as error:
        return _show(request, rows, state=state, problems=error.problems, status=422)
    except StalePalette:
        words = ", ".join(str(color.name) for color in current_palette().colors)
        said = _(
            "Somebody has changed the palette meanwhile: it is now %(colors)s. Save again to put yours in its place."
        )
        now = PaletteColor.objects.state()
        return _show(request, rows, state=now, said=said % {"colors": words}, status=409)
    messages.success(request, " ".join([_("The palette is saved."), *_left_behind(gone, saved)]))
    address = reverse("desk-palette")
    # The page's own style sheet is another one now, so htmx must not put in a part.
    return HttpResponse(headers={"HX-Redirect": address}) if request.htmx else redirect(address)


def _left_behind(gone: set[str], saved: palette.Palette) -> list[str]:
    """What becomes of quotes whose colour is no longer in the palette."""
    said = []
    for value, count in palettes.uses(sorted(gone)).items():
        shown = saved.shown_as(value)
        if count and shown:
            words = {"count": count, "hex": value, "name": shown.name}
            line = ngettext(
                "%(count)s quote keeps %(hex)s and is shown as %(name)s.",
                "%(count)s quotes keep %(hex)s and are shown as %(name)s.",
                count,
            )
            said.append(line % words)
    return said


def _rows(request: EditorRequest) -> list[Row]:
    """What the form holds, in its order."""
    columns = {name: request.POST.getlist(name) for name in Row._fields}
    if len({len(values) for values in columns.values()}) != 1 or len(columns["hex"]) > 2 * palettes.MOST_COLORS:
        raise BadRequest("rows")
    values = zip(*columns.values(), strict=True)
    return [palettes.cleaned(Row(*row)) for row in values]


type Changed = tuple[list[Row], str, str]


def _moved(by: int) -> Callable[[list[Row], str], Changed]:
    def act(rows: list[Row], argument: str) -> Changed:
        place = _place(rows, argument)
        to = min(max(place + by, 0), len(rows) - 1)
        rows.insert(to, rows.pop(place))
        # At the edge that button is closed, so the focus goes to its neighbour.
        button = "down" if to == 0 else "up" if to == len(rows) - 1 else "up" if by < 0 else "down"
        return rows, _("Moved. Save the palette when you are done."), f"{button}-{to}"

    return act


def _added(rows: list[Row], _argument: str) -> Changed:
    if len(rows) >= palettes.MOST_COLORS:
        return rows, _("A palette has 1 to %(most)s colours.") % {"most": palettes.MOST_COLORS}, "add"
    return [*rows, palettes.another(rows)], _("A colour is added. Give it a name."), f"name-{len(rows)}"


def _removed(rows: list[Row], argument: str) -> Changed:
    gone = rows.pop(_place(rows, argument))
    count = palettes.uses([gone.hex]).get(gone.hex, 0)
    said = _("Taken out. Save the palette when you are done.")
    if count and rows:
        line = ngettext(
            "%(count)s quote has it; it keeps its value, and will be shown as the colour nearest in hue.",
            "%(count)s quotes have it; they keep their value, and will be shown as the colour nearest in hue.",
            count,
        )
        said = f"{said} {line % {'count': count}}"
    return rows, said, "add"


def _derived(rows: list[Row], argument: str) -> Changed:
    """Both readable equivalents from the colour that stands in posts."""
    place = _place(rows, argument)
    value = rows[place].hex
    if palette.is_color(value):
        light, dark = palettes.readable_light(value), palettes.readable_dark(value)
        rows[place] = rows[place]._replace(light=light, dark=dark)
    return rows, _("Both values are made from the one in posts."), f"derive-{place}"


def _readable(rows: list[Row], argument: str) -> Changed:
    """Where a value is hard to read, the nearest that is not."""
    place = _place(rows, argument)
    row = rows[place]
    light = palettes.readable_light(row.light) if palette.is_color(row.light) else row.light
    dark = palettes.readable_dark(row.dark) if palette.is_color(row.dark) else row.dark
    rows[place] = row._replace(light=light, dark=dark)
    return rows, _("Both values reach 4.5:1 now."), f"light-{place}"


def _default(_rows: list[Row], _argument: str) -> Changed:
    return palettes.default_rows(), _("These are the six colours without names. Save to go back to them."), "add"


_ACTS: dict[str, Callable[[list[Row], str], Changed]] = {
    "up": _moved(-1),
    "down": _moved(1),
    "add": _added,
    "remove": _removed,
    "derive": _derived,
    "readable": _readable,
    "default": _default,
}


def _place(rows: Sequence[Row], argument: str) -> int:
    place = whole_number(argument)
    if place >= len(rows):
        raise BadRequest("row")
    return place


def _show(
    request: EditorRequest,
    rows: Sequence[Row],
    *,
    state: str,
    said: str = "",
    focus: str = "",
    problems: tuple[Problem, ...] | None = None,
    status: int = 200,
) -> HttpResponse:
    found = palettes.check(rows) if problems is None else problems
    counts = palettes.uses(row.hex for row in rows)
    context = {
        "rows": [_shown(place, row, found, counts, focus) for place, row in enumerate(rows)],
        "whole": [problem.message for problem in found if problem.row < 0],
        "refused": problems is not None,
        "said": said,
        "state": state,
        "full": len(rows) >= palettes.MOST_COLORS,
        "papers": (palette.LIGHT_GROUND, palette.DARK_GROUND),
        "all_grounds": (" ".join(palette.LIGHT_GROUNDS), " ".join(palette.DARK_GROUNDS)),
        "add_focus": focus == "add",
    }
    template = "desk/palette.html#form" if request.htmx else "desk/palette.html"
    return render(request, template, context, status=status)


def _shown(place: int, row: Row, problems: Sequence[Problem], counts: dict[str, int], focus: str) -> ShownRow:
    own = {problem.field: problem for problem in problems if problem.row == place}
    grounds = {"light": palette.LIGHT_GROUNDS, "dark": palette.DARK_GROUNDS}
    fields = {}
    for name in Row._fields:
        value, problem = getattr(row, name), own.get(name)
        contrast = palette.least_contrast(value, grounds[name]) if name in grounds and palette.is_color(value) else 0
        fields[name] = ShownField(
            name,
            value,
            problem.message if problem else "",
            problem.suggestion if problem else "",
            palettes.floored(contrast),
        )
    nearest = palette.shown_as(row.hex) if palette.is_color(row.hex) else None
    return ShownRow(
        number=place + 1,
        key=str(place + 1) if place < KEYS else "",
        fields=fields,
        name=row.name or (nearest.name if nearest else ""),
        quotes=counts.get(row.hex, 0),
        focus=focus.removesuffix(f"-{place}") if focus.endswith(f"-{place}") else "",
    )
