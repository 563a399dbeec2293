"""What an editor asks of a batch of repairs, by its kind: fields in, the batch's options out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Count
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests import palette, plaintext
from digests.archive import findings, tags
from digests.archive.proposing import readable_colors
from digests.models import Digest, Quote, RepairBatch, Target
from digests.models.palettes import current_palette

IMPORTS = ((0, gettext_lazy("none")), (10, "10"), (50, "50"), (200, "200"))


class ThreadForm(forms.Form):
    """For `Kind.THREAD`."""

    imports = forms.TypedChoiceField(
        label=gettext_lazy("Missing threads to import, of the newest digests"), choices=IMPORTS, coerce=int, initial=10
    )
    addresses = forms.BooleanField(
        label=gettext_lazy("Restore cut addresses from the comments"), required=False, initial=True
    )
    article = forms.BooleanField(label=gettext_lazy("Add the article's address"), required=False, initial=True)


class EscapingForm(forms.Form):
    """For `Kind.ESCAPING`."""

    target = forms.ModelChoiceField(Target.objects.order_by("name"), label=gettext_lazy("Hugo site"), empty_label=None)
    slight = forms.BooleanField(
        label=gettext_lazy("Also where only quotation marks, dashes or dead links differ"), required=False
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if target := cleaned.get("target"):
            cleaned["target"] = target.pk
        return cleaned


class NothingForm(forms.Form):
    """For kinds that ask nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A kind's questions and, once they are answered well, the batch's `options`; else None."""

    shown: Mapping[str, Any]
    options: Mapping[str, Any] | None = None


def ask(kind: str, data: QueryDict | None) -> Asked:
    """The questions of a kind, with the answers in `data` where there are some."""
    match kind:
        case RepairBatch.Kind.TAGS:
            return _ask_tags(data)
        case RepairBatch.Kind.COLORS:
            return _ask_colors(data)
        case RepairBatch.Kind.THREAD:
            form: forms.Form = ThreadForm(data)
        case RepairBatch.Kind.ESCAPING:
            form = EscapingForm(data)
        case _:
            form = NothingForm(data)
    return Asked({"form": form}, form.cleaned_data if form.is_valid() else None)


def _ask_tags(data: QueryDict | None) -> Asked:
    shown: dict[str, Any] = {"groups": tag_groups()}
    if data is None:
        return Asked(shown)
    merges, error = merges_of(data)
    if error or not merges:
        return Asked({**shown, "error": error or _("Nothing is ticked."), "more": data.get("more", "")})
    return Asked(shown, {"merges": merges})


def _ask_colors(data: QueryDict | None) -> Asked:
    shown: dict[str, Any] = {"colors": used_colors()}
    if data is None:
        return Asked(shown)
    if colors := colors_of(data, shown["colors"]):
        return Asked(shown, {"colors": colors})
    return Asked({**shown, "error": _("Every colour is to stay as it is.")})


@dataclass(frozen=True, slots=True)
class TagGroup:
    """Spellings of one tag with how many digests have each; the first is proposed to be kept."""

    number: int
    tags: tuple[tuple[str, int], ...]

    @property
    def kept(self) -> str:
        return self.tags[0][0]


@dataclass(frozen=True, slots=True)
class UsedColor:
    """A colour that is hard to read, as quotes have it, and what could stand in its place."""

    hex: str
    key: str
    contrast: float
    count: int
    readable: str
    readable_contrast: float


def tag_groups() -> list[TagGroup]:
    """Tags that differ in spelling only, and those that cannot be folders."""
    counts = tags.uses(Digest.objects.kept().values_list("tags", flat=True).iterator())
    found = [tuple((tag, counts[tag]) for tag in group) for group in tags.groups(counts)]
    grouped = {tag for group in found for tag, _count in group}
    found += [
        ((tags.as_folder(tag), counts[tags.as_folder(tag)]), (tag, counts[tag]))
        for tag in sorted(counts)
        if tag not in grouped and tags.as_folder(tag) not in {tag, ""}
    ]
    return [TagGroup(number, group) for number, group in enumerate(found)]


def merges_of(data: QueryDict) -> tuple[dict[str, str], str]:
    """The merges that were ticked or written (`alias → kept`, one a line), and what is wrong with a written one."""
    merges: dict[str, str] = {}
    for number in data.getlist("merge"):
        kept = plaintext.clean_line(data.get(f"keep-{number}", ""))
        merges |= {tag: kept for tag in data.getlist(f"tags-{number}") if tag != kept} if kept else {}
    for line in filter(str.strip, data.get("more", "").splitlines()):
        alias, arrow, kept = (plaintext.clean_line(part) for part in line.replace("->", "→").partition("→"))
        if not (alias and arrow and kept) or len(kept) > 100:
            return merges, _("A line looks like “old tag → new tag”: %(line)s") % {"line": line.strip()}
        merges[alias] = kept
    found = {alias: kept for alias in merges if (kept := _end(alias, merges)) != alias}
    if circle := next((alias for alias, kept in found.items() if kept in found), ""):
        return merges, _("The merges go round in a circle: %(tag)s") % {"tag": circle}
    return found, ""


def _end(alias: str, merges: Mapping[str, str]) -> str:
    """What a tag becomes in the end, where one merge leads to another."""
    kept, seen = alias, {alias}
    while kept in merges and merges[kept] not in seen:
        kept = merges[kept]
        seen.add(kept)
    return kept


def used_colors() -> list[UsedColor]:
    """The colours of quotes that are hard to read on white, the most used first."""
    counts = (
        Quote.objects.exclude(color="").values_list("color").annotate(count=Count("pk")).order_by("-count", "color")
    )
    readable, shown_as = readable_colors(), current_palette().shown_as
    found = []
    for value, count in counts:
        contrast, color = palette.contrast(value, palette.LIGHT_GROUND), shown_as(value)
        if contrast < findings.READABLE and color:
            better = readable.get(value, color.light)
            found.append(
                UsedColor(value, color.key, contrast, count, better, palette.contrast(better, palette.LIGHT_GROUND))
            )
    return found


def colors_of(data: QueryDict, used: Sequence[UsedColor]) -> dict[str, str]:
    """Colour → what takes its place ("" for none), for those that are not to stay."""
    found = {}
    for color in used:
        match data.get(f"color-{color.hex[1:]}"):
            case "replace":
                found[color.hex] = color.readable
            case "drop":
                found[color.hex] = ""
    return found
