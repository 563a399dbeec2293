"""The pages that say who publishes here: about, sources, and how to be taken out."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SitePage(models.Model):
    """What editors have written on such a page; without a row it has a text of our own."""

    class Kind(models.TextChoices):
        ABOUT = "about", _("About this site")
        SOURCES = "sources", _("Sources")
        TAKEDOWN = "takedown", _("To be taken out")

    kind = models.CharField(max_length=8, choices=Kind, unique=True)
    title = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    version = models.PositiveIntegerField(default=1)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name, verbose_name_plural = _("page about the site"), _("pages about the site")

    def __str__(self) -> str:
        return self.title or self.kind
