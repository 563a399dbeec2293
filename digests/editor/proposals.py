"""What a batch proposes for each digest, ready for a template: edits in words, texts with their marks."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests import importing, palette
from digests.editor.differences import field_name
from digests.models import RepairItem, Thread
from digests.models.palettes import current_palette
from digests.textdiff import Span, marked

OPEN_EDITS = 4  # more of them are folded away


@dataclass(frozen=True, slots=True)
class ShownEdit:
    """One edit, or several of one kind. `quote` and `number` are of a single quote's; `line` says the rest in words."""

    name: str
    before: tuple[Span, ...] = ()
    after: tuple[Span, ...] = ()
    quote: int | None = None
    number: int | None = None
    line: str = ""


@dataclass(frozen=True, slots=True)
class ShownItem:
    """A digest's part of a batch. `summary` counts its edits in words; those in `more` are folded away."""

    item: RepairItem
    summary: str
    edits: tuple[ShownEdit, ...]
    more: tuple[ShownEdit, ...]
    note: str


def shown_items(items: Iterable[RepairItem]) -> list[ShownItem]:
    items = list(items)
    ids = {edit["after"] for item in items for edit in item.edits if edit["field"] == "thread_id"}
    threads = dict(Thread.objects.filter(pk__in=ids).values_list("pk", "title"))
    return [_item(item, threads) for item in items]


def _item(item: RepairItem, threads: Mapping[int, str]) -> ShownItem:
    edits = _edits(item.edits, threads)
    note = item.note
    if item.state == RepairItem.State.WAITING and item.import_run and item.import_run.error_code:
        note = importing.explain(item.import_run.error_code, item.import_run.error_detail)
    return ShownItem(item, _summary(item.edits), tuple(edits[:OPEN_EDITS]), tuple(edits[OPEN_EDITS:]), note)


def _edits(edits: Sequence[Mapping[str, Any]], threads: Mapping[int, str]) -> list[ShownEdit]:
    by_field: defaultdict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for edit in edits:
        by_field[edit["field"]].append(edit)
    found = [
        ShownEdit(_("Source thread"), line=threads.get(edit["after"]) or _("deleted since"))
        for edit in by_field.pop("thread_id", ())
    ]
    if tied := by_field.pop("comment", None):
        found.append(ShownEdit(_("Quotes tied to their comments"), line=_numbers(tied)))
    if linked := by_field.pop("permalink", None):
        found.append(ShownEdit(_("Addresses of their comments in the post"), line=_numbers(linked)))
    found += _colors(by_field.pop("color", ()))
    seen = [edit for edit in by_field.get("raw", ()) if "seen" in edit]
    found += [_side(_("What readers see"), edit["seen"][0], edit["seen"][1], edit) for edit in seen]
    for field, same in by_field.items():
        name = _("In the post's file") if field == "raw" else field_name(field)
        found += [_side(name, _as_text(edit["before"]), _as_text(edit["after"]), edit) for edit in same]
    return found


def _numbers(edits: Iterable[Mapping[str, Any]]) -> str:
    """The quotes' numbers, those in a row as a range: `1–3, 7`."""
    runs: list[list[int]] = []
    for number in sorted(edit["number"] for edit in edits):
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


def _side(name: str, before: str, after: str, edit: Mapping[str, Any]) -> ShownEdit:
    return ShownEdit(name, *marked(before, after), quote=edit.get("quote"), number=edit.get("number"))


def _as_text(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


def _colors(edits: Iterable[Mapping[str, Any]]) -> list[ShownEdit]:
    """One line for each pair of colours."""
    by_pair: defaultdict[tuple[str, str], list[Mapping[str, Any]]] = defaultdict(list)
    for edit in edits:
        by_pair[edit["before"], edit["after"]].append(edit)
    return [
        ShownEdit(f"{_color(before)} → {_color(after)}", line=_("Quotes %(numbers)s") % {"numbers": _numbers(same)})
        for (before, after), same in by_pair.items()
    ]


def _color(value: str) -> str:
    if not value:
        return _("no colour")
    color, contrast = current_palette().shown_as(value), palette.contrast(value, palette.LIGHT_GROUND)
    return f"{color.name if color else ''} {value} ({contrast:.1f}:1)"


def _summary(edits: Iterable[Mapping[str, Any]]) -> str:
    """What would change, in one line: `3 texts, tags`."""
    counts: defaultdict[str, int] = defaultdict(int)
    for edit in edits:
        counts[edit["field"]] += 1
    said = []
    for field, n in counts.items():
        match field:
            case "text":
                said.append(ngettext("%(n)s text", "%(n)s texts", n) % {"n": n})
            case "raw":
                said.append(ngettext("%(n)s place in the post", "%(n)s places in the post", n) % {"n": n})
            case "comment":
                said.append(ngettext("%(n)s quote tied", "%(n)s quotes tied", n) % {"n": n})
            case "permalink":
                said.append(ngettext("%(n)s comment linked", "%(n)s comments linked", n) % {"n": n})
            case "color":
                said.append(ngettext("%(n)s colour", "%(n)s colours", n) % {"n": n})
            case "thread_id":
                said.append(_("source thread"))
            case _:
                said.append(field_name(field))
    return ", ".join(said)
