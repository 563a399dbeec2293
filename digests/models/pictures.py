"""The picture library and the sizes in which its pictures are shown."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class LibraryPicture(models.Model):
    """A picture that editors choose from. `path` is in the default storage, `digest` the SHA-256 of the file there."""

    path = models.CharField(max_length=300)
    digest = models.CharField(max_length=64, unique=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    bytes = models.PositiveIntegerField()
    alt = models.CharField(max_length=300, blank=True)
    credit = models.CharField(max_length=200, blank=True)
    tags = models.JSONField(default=list, blank=True)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("picture of the library"), _("picture library")
        indexes = [models.Index(fields=["-created_at", "-id"], name="library_newest")]

    def __str__(self) -> str:
        return self.alt or self.path


class Rendition(models.Model):
    """One size and format of a picture (`original`: its path in the storage), made once."""

    original = models.CharField(max_length=300)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    format = models.CharField(max_length=4)
    path = models.CharField(max_length=300)
    bytes = models.PositiveIntegerField()

    class Meta:
        verbose_name, verbose_name_plural = _("rendition"), _("renditions")
        constraints = [
            models.UniqueConstraint(fields=["original", "width", "format"], name="rendition_once"),
        ]

    def __str__(self) -> str:
        return self.path
