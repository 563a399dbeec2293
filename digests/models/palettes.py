"""The site's palette: the colours that editors may give, with their names and meanings."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import NamedTuple

from django.core.validators import RegexValidator
from django.db import connections, models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from digests import palette
from digests.models.digests import COLOR_PATTERN
from digests.palette import Color, Palette


class Row(NamedTuple):
    """A colour as editors write it."""

    hex: str
    light: str
    dark: str
    mark: str
    name: str = ""
    meaning: str = ""


# The last palette read, by its state, which tells all of it: nothing kept here can be old.
_kept: dict[str, Palette] = {}
_as_of: ContextVar[str | None] = ContextVar("_as_of", default=None)


class StalePalette(Exception):
    """Somebody has changed the palette since it was looked at. Nothing was written."""


class PaletteColorQuerySet(models.QuerySet["PaletteColor"]):
    def state(self) -> str:
        """What every page that shows colours depends on: another one whenever the palette is another, "" for the
        default. `changed_at` reads its time from it."""
        if (known := _as_of.get()) is not None:
            return known
        # Asked by every page: 13 µs on SQLite, and 270 through a queryset.
        with connections[self.db].cursor() as cursor:
            cursor.execute("SELECT state FROM digests_palettecolor LIMIT 1")
            found = cursor.fetchone()
        return found[0] if found else ""

    def current(self) -> Palette:
        """The palette as it is now, in one short query: another process's changes are seen at once."""
        state = self.state()
        if not state:
            return palette.DEFAULT
        return _kept.get(state) or self._read()

    def _read(self) -> Palette:
        found = list(self.order_by("position", "pk").values_list("state", *Row._fields))
        made = _made([Row(*values) for _state, *values in found])
        _kept.clear()
        _kept.update({state: made for state, *_values in found[:1]})
        return made

    def rows(self) -> list[Row]:
        return [Row(*values) for values in self.order_by("position", "pk").values_list(*Row._fields)]

    def replace(self, rows: Sequence[Row], *, state: str) -> Palette:
        """Makes these the palette, in their order; none of them, the default. `state` is that of what was looked at.

        Raises `StalePalette`.
        """
        with transaction.atomic():
            _wait_for_others(self.db)
            if self.state() != state:
                raise StalePalette
            made = _made(rows)
            stored = f"{made.state}-{int(timezone.now().timestamp())}" if made.state else ""
            self.all().delete()
            self.bulk_create(
                PaletteColor(position=place, state=stored, **row._asdict()) for place, row in enumerate(rows)
            )
        return made


class PaletteColor(models.Model):
    """One colour. `hex` is what stands in a post and in `Quote.color`; `light` and `dark` are its readable equivalents.

    Without any row the palette is `digests.palette.DEFAULT`. A colour without a name is called as the default's
    colour of its hue. `state` is the same in every row: the whole palette's (`Palette.state`) and when it was stored.
    """

    hex = models.CharField(max_length=7, unique=True, validators=[RegexValidator(COLOR_PATTERN)])
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40, blank=True)
    meaning = models.CharField(max_length=100, blank=True)
    light = models.CharField(max_length=7, validators=[RegexValidator(COLOR_PATTERN)])
    dark = models.CharField(max_length=7, validators=[RegexValidator(COLOR_PATTERN)])
    mark = models.CharField(max_length=4)
    state = models.CharField(max_length=32, default="", editable=False)

    objects = PaletteColorQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("colour of the palette"), _("palette")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(hex__regex=COLOR_PATTERN, light__regex=COLOR_PATTERN, dark__regex=COLOR_PATTERN),
                name="palette_color_is_hex",
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.hex


def current_palette() -> Palette:
    return PaletteColor.objects.current()


@contextmanager
def as_of(state: str) -> Iterator[None]:
    """Meanwhile the palette is taken to be in this state, which somebody has just asked for: one page, one palette."""
    token = _as_of.set(state)
    try:
        yield
    finally:
        _as_of.reset(token)


def changed_at(state: str) -> datetime | None:
    """When the palette of this state was stored; None for the default."""
    return datetime.fromtimestamp(int(state.rpartition("-")[2]), UTC) if state else None


def _wait_for_others(alias: str) -> None:
    """Two editors would both find what they had looked at; there may be no row to wait at. SQLite has one writer."""
    if connections[alias].vendor == "postgresql":
        with connections[alias].cursor() as cursor:
            cursor.execute("LOCK TABLE digests_palettecolor IN SHARE ROW EXCLUSIVE MODE")


def _made(rows: Sequence[Row]) -> Palette:
    if not rows:
        return palette.DEFAULT
    return Palette(tuple(map(_color, rows)))


def _color(row: Row) -> Color:
    nearest = palette.shown_as(row.hex) or palette.COLORS[0]
    return Color(
        hex=row.hex,
        key=palette.key_of(row.hex),
        name=row.name or nearest.name,
        light=row.light,
        dark=row.dark,
        mark=row.mark,
        meaning=row.meaning,
        named=bool(row.name or row.meaning),
    )
