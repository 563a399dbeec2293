"""Tags by use: search, likely doubles, aliases made and taken apart."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from digests import plaintext
from digests.archive import spelling
from digests.archive import tags as spellings
from digests.archive.tags import Suggestion
from digests.curation import CurationError, tagging
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.models import Tag

TAGS_PER_PAGE = 100
GROUPS_PER_PAGE = 50
VIEWS = ("all", "once", "likely", "aliases")


@dataclass(frozen=True, slots=True)
class TagRow:
    """A tag in digests' lists. `kept` is the one it is an alias of, where the lists do not follow yet."""

    name: str
    count: int
    aliases: tuple[str, ...]
    kept: str


@dataclass(frozen=True, slots=True)
class Group:
    """Tags that may be one, with their counts; `key` names the group in the form."""

    key: str
    tags: tuple[tuple[str, int], ...]
    sure: bool


def tags(request: EditorRequest) -> HttpResponse:
    """GET lists; POST `act` merges what is ticked, takes an alias apart, or has the lists follow."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return _show(request)
    act, _colon, argument = request.POST.get("act", "").partition(":")
    if act not in _ACTS:
        raise BadRequest("act")
    try:
        return _ACTS[act](request, argument)
    except CurationError as error:
        return _show(request, error=str(error))


def _merge(request: EditorRequest, _argument: str) -> HttpResponse:
    """The ticked tags become one."""
    ticked = request.POST.getlist("tag")
    kept = plaintext.clean_line(request.POST.get("canonical", ""))
    if not ticked or (len(ticked) < 2 and kept in {*ticked, ""}):
        raise CurationError("nothing_picked", _("Tick the spellings that are to become one tag."))
    counts = spelling.counts()
    kept = kept or max(ticked, key=lambda name: counts.get(name, 0))
    return _merged(request, {kept: ticked})


def _merge_groups(request: EditorRequest, _argument: str) -> HttpResponse:
    """In each ticked group all spellings become the one that is written beside it."""
    wanted: defaultdict[str, list[str]] = defaultdict(list)
    for key in request.POST.getlist("group"):
        kept = plaintext.clean_line(request.POST.get(f"keep-{key}", ""))
        wanted[kept] += request.POST.getlist(f"tags-{key}")
    if not wanted:
        raise CurationError("nothing_picked", _("Tick the spellings that are to become one tag."))
    return _merged(request, wanted)


def _merged(request: EditorRequest, wanted: Mapping[str, list[str]]) -> HttpResponse:
    batch = spelling.merge(wanted, by=editor_of(request))
    said = _(
        "Readers find them under one tag from now on. Here is what would change in the lists of digests and in their "
        "posts in Hugo sites; nothing of it is changed before you apply it."
    )
    messages.success(request, said)
    return redirect("repair", batch.pk)


def _take_apart(request: EditorRequest, argument: str) -> HttpResponse:
    kept = tagging.take_apart(argument)
    words = {"alias": argument, "tag": kept}
    messages.success(request, _("“%(alias)s” is a tag of its own again, apart from “%(tag)s”.") % words)
    return redirect(request.get_full_path())


def _follow(request: EditorRequest, _argument: str) -> HttpResponse:
    """Proposes the kept spelling for every list that still has an alias."""
    batch = spelling.follow(Tag.objects.spellings(spelling.counts()), by=editor_of(request))
    return redirect("repair", batch.pk)


_ACTS: dict[str, Callable[[EditorRequest, str], HttpResponse]] = {
    "merge": _merge,
    "groups": _merge_groups,
    "apart": _take_apart,
    "follow": _follow,
}


def _show(request: EditorRequest, *, error: str = "") -> HttpResponse:
    asked = {"q": request.GET.get("q", "").strip()[:100], "show": request.GET.get("show", "all")}
    if asked["show"] not in VIEWS:
        asked["show"] = "all"
    counts, kept = spelling.counts(), dict(_aliases())
    found = spellings.suggestions(counts, kept)
    context = {
        **asked,
        "error": error,
        "views": _views(asked, counts, kept, found),
        "total": len(counts),
        "least": settings.TAG_LEAST_USE,
        "behind": sum(counts[name] for name in kept if name in counts),
        "picked": set(request.POST.getlist("tag")),
        "canonical": request.POST.get("canonical", ""),
        "address": f"{reverse('desk-tags')}?{urlencode(asked)}",
        "query": urlencode({name: value for name, value in asked.items() if value}),
    }
    context |= _rows(request, asked, counts, kept, found)
    return render(request, "desk/tags.html", context, status=422 if error else 200)


def _aliases() -> Iterable[tuple[str, str]]:
    """Every alias and its tag, the tags in order. One query."""
    rows = Tag.objects.filter(alias_of__isnull=False).order_by("alias_of__name", "name")
    return rows.values_list("name", "alias_of__name")


def _views(
    asked: Mapping[str, str], counts: Mapping[str, int], kept: Mapping[str, str], found: list[Suggestion]
) -> list[dict[str, Any]]:
    names = {
        "all": (_("All"), len(counts)),
        "once": (_("Used once"), sum(count == 1 for count in counts.values())),
        "likely": (_("Perhaps one word"), len(found)),
        "aliases": (_("Aliases"), len(kept)),
    }
    return [
        {"name": label, "count": count, "query": urlencode({**asked, "show": key}), "current": key == asked["show"]}
        for key, (label, count) in names.items()
    ]


def _rows(
    request: EditorRequest,
    asked: Mapping[str, str],
    counts: Mapping[str, int],
    kept: Mapping[str, str],
    found: list[Suggestion],
) -> dict[str, Any]:
    """What the page lists: groups, aliases or tags."""
    wanted = spellings.folded(asked["q"])

    def fits(*names: str) -> bool:
        return not wanted or any(wanted in spellings.folded(name) for name in names)

    number = request.GET.get("page")
    if asked["show"] == "likely":
        fitting = [one for one in found if fits(*one.tags)]
        page: Any = Paginator(fitting, GROUPS_PER_PAGE).get_page(number)
        groups = [
            Group(str(place), tuple((tag, counts[tag]) for tag in one.tags), one.sure)
            for place, one in enumerate(page.object_list)
        ]
        return {"page": page, "groups": groups}
    aliases: defaultdict[str, list[str]] = defaultdict(list)
    for alias, tag in kept.items():
        aliases[tag].append(alias)
    names: Iterable[str] = aliases if asked["show"] == "aliases" else counts
    rows = [
        TagRow(name, counts.get(name, 0), tuple(aliases.get(name, ())), kept.get(name, ""))
        for name in names
        if fits(name, *aliases.get(name, ())) and not (asked["show"] == "once" and counts[name] != 1)
    ]
    rows.sort(key=lambda row: (-row.count, row.name))
    page = Paginator(rows, TAGS_PER_PAGE).get_page(number)
    return {"page": page, "rows": page.object_list}
