"""Two versions of a digest side by side, ready for a template: names in words, texts with their marks."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests import palette
from digests.models import Quote
from digests.models.palettes import current_palette
from digests.publishing.comparing import Comparison, EntryChange, text_of
from digests.publishing.document import DocumentEntry, DocumentQuote
from digests.templatetags.digest_tags import site_time
from digests.textdiff import Span, marked


@dataclass(frozen=True, slots=True)
class Shown:
    """One difference: what it is about, and both sides with what differs marked. A side that is not there is empty."""

    name: str
    before: tuple[Span, ...]
    after: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ShownEntry:
    """One entry that differs. `kind` is "added", "removed", "changed" or "moved", `label` says so in words."""

    kind: str
    label: str
    number: int
    title: str
    fields: tuple[Shown, ...]


def shown_head(comparison: Comparison) -> list[Shown]:
    return [Shown(field_name(one.name), *marked(one.before, one.after)) for one in comparison.head]


def shown_entries(comparison: Comparison) -> list[ShownEntry]:
    return [_shown(one) for one in comparison.entries]


def summary(comparison: Comparison) -> str:
    """What changed, in one line: `2 quotes added, headline, tags`."""
    return ", ".join([*_counted(comparison), *(field_name(one.name) for one in comparison.head)])


def _counted(comparison: Comparison) -> list[str]:
    said, counts = [], comparison.counts
    reworded = sum("text" in one.changed for one in comparison.entries)
    if n := counts["added"]:
        said.append(ngettext("%(n)s added", "%(n)s added", n) % {"n": n})
    if n := counts["removed"]:
        said.append(ngettext("%(n)s removed", "%(n)s removed", n) % {"n": n})
    if n := reworded:
        said.append(ngettext("%(n)s reworded", "%(n)s reworded", n) % {"n": n})
    if n := counts["changed"] - reworded:  # a colour, an author, a picture
        said.append(ngettext("%(n)s changed", "%(n)s changed", n) % {"n": n})
    if n := counts["moved"]:
        said.append(ngettext("%(n)s moved", "%(n)s moved", n) % {"n": n})
    return said


def field_name(name: str) -> str:
    """What a field of a digest or of an entry is called on the desk."""
    names = {
        "headline": _("Headline"),
        "lead": _("Lead"),
        "date": _("Date"),
        "slug": _("Slug"),
        "tags": _("Tags"),
        "thumbnail": _("Picture"),
        "source_url": _("Address of the thread"),
        "article_url": _("Address of the article"),
        "series": _("Series"),
        "card": _("Title card"),
        "folds": _("Folds"),
        "text": _("Text"),
        "author": _("Author"),
        "created_at": _("Time"),
        "color": _("Colour"),
        "emphasis": _("Emphasis"),
        "comment": _("Comment of the thread"),
        "path": _("File"),
        "alt": _("Description"),
        "caption": _("Caption"),
        "credit": _("Credit"),
        "width": _("Width"),
        "height": _("Height"),
        "url": _("Address"),
        "title": _("Title"),
    }
    return names.get(name, name)


def entry_title(entry: DocumentEntry | None) -> str:
    """What an entry is called: a quote by its author, anything else by its kind."""
    if isinstance(entry, DocumentQuote):
        return entry.author or _("No author")
    kinds = {
        "DocumentHeading": _("Heading"),
        "DocumentNote": _("Note"),
        "DocumentUpdate": _("Update"),
        "DocumentPicture": _("Picture"),
        "DocumentCard": _("Link card"),
    }
    return kinds.get(type(entry).__name__, "")


def _shown(change: EntryChange) -> ShownEntry:
    here = change.after or change.before
    if change.before is None or change.after is None:
        kind = "removed" if change.before else "added"
        label = _("Removed") if change.before else _("Added")
        fields: tuple[Shown, ...] = (Shown(field_name("text"), *marked(text_of(change.before), text_of(change.after))),)
    else:
        kind = "changed" if change.changed else "moved"
        label = _("Changed") if change.changed else _("Moved")
        fields = tuple(
            Shown(field_name(name), *marked(_value(change.before, name), _value(change.after, name)))
            for name in change.changed
        )
    if change.moved:
        label = _("%(what)s: from number %(old)s to %(new)s") % {
            "what": label,
            "old": change.number_before,
            "new": change.number_after,
        }
    return ShownEntry(kind, label, change.number_after or change.number_before, entry_title(here), fields)


def _value(entry: DocumentEntry, name: str) -> str:
    value = getattr(entry, name)
    if name == "created_at":
        return site_time(value)
    if name == "color" and palette.is_color(value) and (color := current_palette().shown_as(value)):
        return f"{color.name} ({value})"
    if name == "emphasis" and value in Quote.Emphasis.values:
        return str(Quote.Emphasis(value).label) if value else ""
    return str(value or "")
