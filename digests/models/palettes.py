"""The site's palette: the colours that editors may give, with their names and meanings."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from digests.models.digests import COLOR_PATTERN


class PaletteColor(models.Model):
    """One colour. `hex` is what stands in a post and in `Quote.color`; `light` and `dark` are its readable equivalents.

    Without any row the palette is `digests.palette.COLORS`.
    """

    hex = models.CharField(max_length=7, unique=True, validators=[RegexValidator(COLOR_PATTERN)])
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=40)
    meaning = models.CharField(max_length=100, blank=True)
    light = models.CharField(max_length=7, validators=[RegexValidator(COLOR_PATTERN)])
    dark = models.CharField(max_length=7, validators=[RegexValidator(COLOR_PATTERN)])
    mark = models.CharField(max_length=4)

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
        return self.name
