"""What the desk remembers about its editors: keys, what they have read, what they hide, where they are now."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from digests.models.digests import Digest
from digests.models.threads import Thread


class Keymap(models.Model):
    """An editor's own keys: act → key, for the acts that do not have their usual one."""

    editor = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="keymap")
    keys = models.JSONField(default=dict)

    class Meta:
        verbose_name, verbose_name_plural = _("keymap"), _("keymaps")

    def __str__(self) -> str:
        return str(self.editor)


class ThreadReading(models.Model):
    """Which comments of a thread an editor has read: `seen` holds their ids, in no order."""

    editor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    thread = models.ForeignKey(Thread, models.CASCADE, related_name="+")
    seen = models.JSONField(default=list)

    class Meta:
        verbose_name, verbose_name_plural = _("reading of a thread"), _("readings of threads")
        constraints = [models.UniqueConstraint(fields=["editor", "thread"], name="reading_once")]

    def __str__(self) -> str:
        return f"{self.editor} {self.thread}"


class HiddenThing(models.Model):
    """An author, or words, whose comments editors do not want to see. Kept for each source; never silent."""

    class Kind(models.TextChoices):
        AUTHOR = "author", _("Author")
        WORDS = "words", _("Words")

    source = models.CharField(max_length=30)
    kind = models.CharField(max_length=6, choices=Kind)
    value = models.CharField(max_length=200)  # an author as the source spells it; words as `plaintext.folded` has them
    hidden_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    hidden_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name, verbose_name_plural = _("hidden author or words"), _("hidden authors and words")
        constraints = [models.UniqueConstraint(fields=["source", "kind", "value"], name="hidden_once")]

    def __str__(self) -> str:
        return self.value


class Presence(models.Model):
    """That an editor has a digest open, and the row they are writing in (its id; 0 for none)."""

    digest = models.ForeignKey(Digest, models.CASCADE, related_name="present")
    editor = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    quote_id = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField()

    class Meta:
        verbose_name, verbose_name_plural = _("presence"), _("presences")
        constraints = [models.UniqueConstraint(fields=["digest", "editor"], name="present_once")]

    def __str__(self) -> str:
        return f"{self.editor} {self.digest}"
