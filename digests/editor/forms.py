"""What editors type into the desk, parsed. Whether it can be written is the verbs' business."""

import re
from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import BadRequest
from django.forms.renderers import BaseRenderer
from django.forms.utils import flatatt
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from digests.models import Digest, Thread


def whole_number(text: str) -> int:
    """An id or a version as the desk's own pages send it. Raises `BadRequest` for anything else."""
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise BadRequest("a whole number is expected")
    return int(text)


class ImportForm(forms.Form):
    """The address, id or comment's permalink that an import starts from."""

    address = forms.CharField(
        label=_("Address, id or a comment's permalink"),
        max_length=2000,
        error_messages={"required": _("Enter the address of a thread.")},
    )


class TagsField(forms.CharField):
    """Tags in one line, apart by a comma of any script; a list of strings."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [tag for part in re.split(r"[,，、]", super().to_python(value) or "") if (tag := part.strip())]


class PlainInput(forms.TextInput):
    """Django's own without its two templates, which take ten times as long for the same; nine are on every board."""

    def render(
        self,
        name: str,
        value: Any,
        attrs: Mapping[str, Any] | None = None,
        renderer: BaseRenderer | None = None,  # noqa: ARG002  (asked for by Django)
    ) -> SafeString:
        shown = self.get_context(name, value, dict(attrs or {}))["widget"]
        own = {"type": self.input_type, "name": name, "value": shown["value"]}
        return format_html("<input{}>", flatatt(own | shown["attrs"]))


class HeadForm(forms.Form):
    """Everything about a digest that is not its quotes; the fields are those of `curation.edit_head`."""

    headline = forms.CharField(label=_("Headline"), max_length=300, required=False, widget=PlainInput)
    lead = forms.CharField(
        label=_("Lead"), required=False, strip=False, widget=forms.Textarea(attrs={"rows": 2}), max_length=5000
    )
    date = forms.DateField(
        label=_("Date"),
        input_formats=["%Y-%m-%d"],
        widget=PlainInput({"type": "date"}),
    )
    tags = TagsField(
        label=_("Tags"), required=False, max_length=1000, help_text=_("Separated by commas."), widget=PlainInput
    )
    series = forms.CharField(
        label=_("Series"),
        max_length=100,
        required=False,
        help_text=_("A name that several digests share; readers go from part to part, by date."),
        widget=PlainInput({"list": "series-names"}),
    )
    slug = forms.CharField(
        label=_("Slug"), max_length=120, help_text=_("The last part of the digest's address."), widget=PlainInput
    )
    article_url = forms.CharField(
        label=_("Address of the article"), required=False, max_length=2000, widget=PlainInput({"type": "url"})
    )
    source_url = forms.CharField(
        label=_("Address of the thread"), required=False, max_length=2000, widget=PlainInput({"type": "url"})
    )
    thumbnail = forms.CharField(
        label=_("Picture"),
        max_length=300,
        required=False,
        help_text=_("Path below the site's pictures, such as thumbnails/name.jpg."),
        widget=PlainInput,
    )

    @classmethod
    def of(cls, digest: Digest) -> "HeadForm":
        """The form as it stands before the editor types."""
        return cls(initial={name: getattr(digest, name) for name in cls.base_fields})


class QuoteForm(forms.Form):
    """The texts of a row, exactly as typed, with the version they were typed on. Its kind says which of them it has."""

    text = forms.CharField(required=False, strip=False)
    author = forms.CharField(required=False, strip=False)
    title = forms.CharField(required=False, strip=False)
    target = forms.CharField(required=False, strip=False)
    day = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    version = forms.IntegerField(min_value=1)
    overwrite = forms.IntegerField(min_value=1, required=False)


class PictureForm(forms.Form):
    """A new picture between quotes, beside its file; the fields are those of `curation.insert_picture`."""

    alt = forms.CharField(
        label=_("What it shows"),
        max_length=300,
        help_text=_("Read aloud to those who cannot see the picture."),
        error_messages={"required": _("Say what the picture shows, for readers who cannot see it.")},
    )
    caption = forms.CharField(label=_("Caption"), max_length=300, required=False)
    credit = forms.CharField(label=_("Credit"), max_length=200, required=False, help_text=_("Whose picture it is."))
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    at = forms.CharField(max_length=60, widget=forms.HiddenInput)


class DeskFilter(forms.Form):
    """What the list of digests is narrowed to. Every field may be missing."""

    NO_THREAD = "none"
    STATUSES = (
        ("", _("All")),
        ("draft", _("Drafts")),
        ("scheduled", _("Scheduled")),
        ("published", _("Published")),
        ("changed", _("Unpublished changes")),
        ("failed", _("Failed")),
        ("withdrawn", _("Withdrawn")),
    )
    ORDERS = (
        ("", _("Newest date first")),
        ("oldest", _("Oldest date first")),
        ("changed", _("Last changed first")),
        ("headline", _("By headline")),
    )
    q = forms.CharField(required=False, max_length=200)
    status = forms.ChoiceField(required=False, choices=STATUSES)
    editor = forms.ModelChoiceField(User.objects.filter(is_staff=True), required=False, to_field_name="username")
    tag = forms.CharField(required=False, max_length=100)
    series = forms.CharField(required=False, max_length=100)
    source = forms.CharField(required=False, max_length=40)
    thread = forms.ModelChoiceField(Thread.objects.all(), required=False)
    since = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    until = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    order = forms.ChoiceField(required=False, choices=ORDERS)
