"""How a site writes its posts, as fields that an editor fills in: one for each setting of `Form`."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any

import tomlkit
from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests.publishing.document import DigestDocument, DocumentFold, DocumentQuote
from digests.publishing.form import Form, FormError
from digests.publishing.layouts import LAYOUTS

GROUPS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (gettext_lazy("Where posts stand"), ("path", "drafts", "aliases")),
    (
        gettext_lazy("Front matter"),
        (
            *("date_key", "date_offset", "months_key", "draft_key", "title_key", "tags_key", "thumbnail_key"),
            "constants",
        ),
    ),
    (gettext_lazy("Head and foot"), ("source_label", "article_line", "article_label", "footer")),
    (
        gettext_lazy("Quotes and folds"),
        (
            *("layout", "created_at_zone", "quote", "permalinks", "fold", "fold_size", "fold_label"),
            "own_shortcodes",
        ),
    ),
    (gettext_lazy("Pictures"), ("pictures", "thumbnail_folder")),
)
_WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "path": (gettext_lazy("Path of a post"), gettext_lazy("{year}, {month}, {day} and {slug} are replaced.")),
    "drafts": (gettext_lazy("Digests that are not published"), ""),
    "aliases": (gettext_lazy("A post that moves names the address it had (aliases)"), ""),
    "date_key": (gettext_lazy("Key of the date"), ""),
    "date_offset": (
        gettext_lazy("Offset behind the date"),
        gettext_lazy(
            "Such as +09:00. Without one Hugo takes its own zone, and may hide a post until that day begins there."
        ),
    ),
    "months_key": (gettext_lazy("Key of the month"), gettext_lazy("Any key that is left empty is not written.")),
    "draft_key": (gettext_lazy("Key of the draft mark"), ""),
    "title_key": (gettext_lazy("Key of the title"), ""),
    "tags_key": (gettext_lazy("Key of the tags"), ""),
    "thumbnail_key": (gettext_lazy("Key of the picture"), ""),
    "constants": (
        gettext_lazy("Further keys, the same in every new post"),
        gettext_lazy("One in each line, as in TOML: author = 'Desk'"),
    ),
    "source_label": (gettext_lazy("In front of the thread's address"), ""),
    "article_line": (gettext_lazy("Write the article's address too"), ""),
    "article_label": (gettext_lazy("In front of the article's address"), ""),
    "footer": (gettext_lazy("Last lines of a post"), gettext_lazy("Markdown, as it stands. Empty for none.")),
    "layout": (
        gettext_lazy("Version of the format, for new posts"),
        gettext_lazy("Blank lines, and how times are written. A post that stands there keeps its own."),
    ),
    "created_at_zone": (
        gettext_lazy("Zone of the comments' times"),
        gettext_lazy("Such as UTC, Asia/Tokyo or +09:00."),
    ),
    "quote": (gettext_lazy("Shortcode of a quote"), ""),
    "permalinks": (
        gettext_lazy("Name each comment's own address"),
        gettext_lazy("Only for a site whose shortcode shows it."),
    ),
    "fold": (gettext_lazy("Shortcode of a fold"), ""),
    "fold_size": (gettext_lazy("Quotes in a fold"), gettext_lazy("So many stand open, too.")),
    "fold_label": (gettext_lazy("Label of a fold"), gettext_lazy("{n} is its number.")),
    "own_shortcodes": (
        gettext_lazy("The site has Matome's own shortcodes"),
        gettext_lazy(
            "matomeHeading, matomeNote, matomePicture and matomeCard. Without them headings, notes, pictures and link"
            " cards are written as plain Markdown."
        ),
    ),
    "pictures": (gettext_lazy("Pictures"), ""),
    "thumbnail_folder": (gettext_lazy("Folder of the pictures"), gettext_lazy("Below the site's folder.")),
}
_CHOICES: dict[str, tuple[tuple[str, str | Promise], ...]] = {
    "drafts": (
        ("skip", gettext_lazy("Stay here")),
        ("mark", gettext_lazy("May go out, marked with draft = true")),
    ),
    "layout": tuple((name, name) for name in LAYOUTS),
    "pictures": (
        ("assets", gettext_lazy("In the folder below")),
        ("bundle", gettext_lazy("Beside the post, the thumbnail as feature.jpg")),
    ),
}
_ROWS = {"constants": 3, "footer": 2}


class PostsForm(forms.Form):
    """Every setting of `Form`. Valid, `written` is what a target stores."""

    written: dict[str, Any]

    def __init__(self, *args: Any, form: Form | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = form or Form()
        self.written = shown.to_json()
        for one in fields(Form):
            self.fields[one.name] = _field(one.name, getattr(Form(), one.name))
            self.initial[one.name] = _shown(getattr(shown, one.name))

    def groups(self) -> list[tuple[str, list[forms.BoundField], bool]]:
        """The fields under their headings, and whether one of them has an error; none is left out."""
        named = {name for _title, names in GROUPS for name in names}
        rest = tuple(name for name in self.fields if name not in named)
        shown = [*GROUPS, (_("More"), rest)] if rest else GROUPS
        return [
            (str(title), [self[name] for name in names], any(self[name].errors for name in names))
            for title, names in shown
        ]

    def clean_constants(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.cleaned_data["constants"])
        except tomllib.TOMLDecodeError as error:
            raise forms.ValidationError(_("This cannot be read as TOML: %(why)s") % {"why": error}) from error

    def clean_footer(self) -> str:
        return str(self.cleaned_data["footer"]).replace("\r\n", "\n").strip()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        try:
            self.written = Form.from_json(cleaned).to_json()
        except FormError as error:
            self.add_error(error.field if error.field in self.fields else None, error.message)
        return cleaned


def _field(name: str, standard: Any) -> forms.Field:
    label, help_text = (str(words) for words in _WORDS.get(name, (name, "")))
    if isinstance(standard, bool):
        return forms.BooleanField(label=label, help_text=help_text, required=False)
    if name in _CHOICES:
        return forms.ChoiceField(label=label, help_text=help_text, choices=_CHOICES[name])
    if isinstance(standard, int):
        return forms.IntegerField(label=label, help_text=help_text)
    if name in _ROWS:
        area = forms.Textarea(attrs={"rows": _ROWS[name], "spellcheck": "false"})
        return forms.CharField(label=label, help_text=help_text, required=False, strip=False, widget=area)
    return forms.CharField(label=label, help_text=help_text, required=False, max_length=300)


def _shown(value: Any) -> Any:
    """A setting as its field holds it."""
    return tomlkit.dumps(value) if isinstance(value, Mapping) else value


def sample(form: Form) -> DigestDocument:
    """A short digest with a little of everything, to see what a form makes of it."""
    quotes = [
        DocumentQuote(
            author=author,
            created_at=datetime(2026, 9, 6, 16, minute, tzinfo=UTC),
            text=text,
            color=color,
            comment=str(100 + minute),
        )
        for minute, (author, text, color) in enumerate(
            (
                ("reader_one", _("A first comment, in colour."), "#785bff"),
                ("reader_two", _("A second one,\nin two lines."), ""),
                ("reader_three", _("This one is folded away."), ""),
            )
        )
    ]
    return DigestDocument(
        slug="a_sample_post",
        headline=_("A sample post"),
        date=date(2026, 9, 6),
        tags=(_("sample"),),
        thumbnail="thumbnails/sample.jpg",
        source_url="https://news.ycombinator.com/item?id=100",
        article_url="https://example.com/article",
        items=(quotes[0], quotes[1], DocumentFold(label=form.label(1), items=(quotes[2],))),
    )
