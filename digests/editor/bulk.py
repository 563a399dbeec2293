"""One act on many digests: what would happen first, then the act, then what came of it, with a way back."""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from digests.curation import CurationError, StaleVersion, undo
from digests.curation.bin import take_out
from digests.curation.relabelling import LABELS, retag, set_series, wanting_tags
from digests.delivering import DeliveryRefused
from digests.delivering.binning import put_into_bin
from digests.delivering.withdrawing import standing
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.forms import TagsField
from digests.editor.planning import chosen
from digests.models import Change, Digest, Publication, Series, Tag

SECONDS = 8.0  # so long a press may work; what is left is done by the next one
MOST_AT_ONCE = 500  # in the bin, which is one transaction
NAMED = 20
UNDO = "bulk-undo"


class TagsForm(forms.Form):
    """Tags to add, and those to take away."""

    add = TagsField(label=gettext_lazy("Add tags"), required=False, max_length=1000)
    remove = forms.MultipleChoiceField(
        label=gettext_lazy("Take tags away"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, tags: Sequence[tuple[str, int]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["remove"].choices = [(name, f"{name} ({n})") for name, n in tags]  # type: ignore[attr-defined]


class SeriesForm(forms.Form):
    """The series that all of them shall be in; none for out of every one."""

    series = forms.CharField(label=gettext_lazy("Series"), required=False, max_length=100)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The digests of an act. `seen` names them and, for the bin, how they were, as whoever confirmed it saw them."""

    ids: list[int]
    query: str
    seen: str


def bulk(request: EditorRequest) -> HttpResponse:
    """GET (`act`, `which`, `digest` ids or the `found` query) says what would happen; POST does it."""
    if answer := turned_away(request):
        return answer
    given = request.POST if request.method == "POST" else request.GET
    act = given.get("act", "")
    if act not in {*_ACTS, "export"}:
        raise BadRequest("act")
    ids = chosen(given, None)
    if not ids:
        messages.info(request, _("Nothing is chosen. Tick digests first."))
        return redirect("desk")
    if act == "export":
        return redirect(f"{reverse('export-all')}?{_chosen(given, ids, act).query}")
    return _ACTS[act](request, _chosen(given, ids, act))


def bulk_undo(request: EditorRequest) -> HttpResponse:
    """Takes back what this editor's last act on many digests did, as far as nobody has changed them since."""
    if answer := turned_away(request):
        return answer
    kept = request.session.pop(UNDO, None) if request.method == "POST" else None
    if not kept:
        return redirect("desk")
    by, done = editor_of(request).pk, kept["done"]
    if kept["act"] == "bin":
        reached, count = len(done), take_out([pk for pk, _version in done], by=by)
    else:
        reached, count = _undo_some(done, by)
    said = ngettext("Undone in %(n)s digest.", "Undone in %(n)s digests.", count) % {"n": count}
    if changed := reached - count:
        said += " " + ngettext("%(n)s was changed since.", "%(n)s were changed since.", changed) % {"n": changed}
    if left := len(done) - reached:
        words = ngettext("%(n)s more is left; go on.", "%(n)s more are left; go on.", left) % {"n": left}
        request.session[UNDO] = {**kept, "done": done[reached:], "said": words, "offer": True}
    messages.success(request, said)
    return _back(kept["query"])


def offered_undo(request: EditorRequest) -> str:
    """What the desk can take back right now, in words; it is offered once, on the page after the act."""
    kept = request.session.get(UNDO)
    if not kept or not kept.get("offer"):
        return ""
    request.session[UNDO] = {**kept, "offer": False}
    return str(kept["said"])


def _tags(request: EditorRequest, which: Chosen) -> HttpResponse:
    stored = dict(Digest.objects.filter(pk__in=which.ids).values_list("pk", "tags"))
    counts = Counter(tag for tags in stored.values() for tag in tags)
    form = TagsForm(request.POST if request.method == "POST" else None, tags=counts.most_common(60))
    names = Tag.objects.filter(alias_of=None).order_by("name").values_list("name", flat=True)[:500]
    context = {"form": form, "names": names}
    if request.method != "POST":
        return _ask(request, which, "tags", context)
    if _is_stale(request, which):
        return _ask(request, which, "tags", context, status=409, said=_meanwhile())
    if not form.is_valid():
        return _ask(request, which, "tags", context, status=422)
    add, remove = form.cleaned_data["add"], form.cleaned_data["remove"]
    if not add and not remove:
        return _ask(request, which, "tags", context, status=422, said=_("Write a tag, or tick one to take away."))
    wanted = wanting_tags(add, remove)
    ids = [pk for pk in which.ids if wanted(stored[pk])]
    try:
        done = retag(ids, add=add, remove=remove, by=editor_of(request).pk, seconds=SECONDS)
    except CurationError as error:
        return _ask(request, which, "tags", context, status=422, said=str(error))
    count = len(done.changed)
    said = ngettext("%(n)s digest has its new tags.", "%(n)s digests have their new tags.", count) % {"n": count}
    return _done(request, which, "tags", done.changed, said, left=done.left)


def _series(request: EditorRequest, which: Chosen) -> HttpResponse:
    form = SeriesForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "names": Series.objects.order_by("name").values_list("name", flat=True)[:500]}
    if request.method != "POST":
        return _ask(request, which, "series", context)
    if _is_stale(request, which):
        return _ask(request, which, "series", context, status=409, said=_meanwhile())
    if not form.is_valid():
        return _ask(request, which, "series", context, status=422)
    name = form.cleaned_data["series"]
    others = set(Digest.objects.filter(pk__in=which.ids).exclude(series=name).values_list("pk", flat=True))
    ids = [pk for pk in which.ids if pk in others]
    done = set_series(ids, series=name, by=editor_of(request).pk, seconds=SECONDS)
    count = len(done.changed)
    if name:
        said = ngettext(
            "%(n)s digest is in the series “%(name)s” now.",
            "%(n)s digests are in the series “%(name)s” now.",
            count,
        )
    else:
        said = ngettext("%(n)s digest is in no series now.", "%(n)s digests are in no series now.", count)
    return _done(request, which, "series", done.changed, said % {"n": count, "name": name}, left=done.left)


def _bin(request: EditorRequest, which: Chosen) -> HttpResponse:
    in_sites = {pk for posts in standing(which.ids).values() for pk in posts}
    can = [pk for pk in which.ids if pk not in in_sites][:MOST_AT_ONCE]
    live = Publication.objects.live().filter(digest__in=can).count()
    context = {
        "standing": list(Digest.objects.filter(pk__in=in_sites).newest_first()[:NAMED]),
        "standing_count": len(in_sites),
        "live": live,
        "can": len(can),
    }
    if request.method != "POST":
        return _ask(request, which, "bin", context)
    if _is_stale(request, which):
        return _ask(request, which, "bin", context, status=409, said=_meanwhile())
    changes = dict(Digest.objects.filter(pk__in=can).values_list("pk", "changes"))
    try:
        put_into_bin(changes, by=editor_of(request), withdraw=True)
    except StaleVersion:
        return _ask(request, which, "bin", context, status=409, said=_meanwhile())
    except DeliveryRefused as error:
        return _ask(request, which, "bin", context, status=422, said=str(error))
    said = ngettext("%(n)s digest is in the bin.", "%(n)s digests are in the bin.", len(can)) % {"n": len(can)}
    left = len(which.ids) - len(in_sites) - len(can)
    return _done(request, which, "bin", [(pk, 0) for pk in can], said, left=left)


_ACTS: dict[str, Callable[[EditorRequest, Chosen], HttpResponse]] = {
    "tags": _tags,
    "series": _series,
    "bin": _bin,
}


def _chosen(given: QueryDict, ids: list[int], act: str) -> Chosen:
    named = [("digest", pk) for pk in ids] if given.get("which") != "found" else []
    pairs = [("act", act), ("which", "found" if not named else "ticked"), ("found", given.get("found", "")), *named]
    looked_at = "\n".join(map(str, sorted(_looked_at(ids, act).items())))
    return Chosen(ids, urlencode(pairs), sha256(looked_at.encode()).hexdigest()[:20])


def _looked_at(ids: Sequence[int], act: str) -> Mapping[int, int]:
    if act != "bin":
        return dict.fromkeys(ids, 0)
    return dict(Digest.objects.filter(pk__in=ids).values_list("pk", "changes"))


def _is_stale(request: EditorRequest, which: Chosen) -> bool:
    return request.POST.get("seen") != which.seen


def _meanwhile() -> str:
    return _("Somebody changed one of these digests meanwhile. Nothing was done; look at it once more.")


def _ask(
    request: EditorRequest, which: Chosen, act: str, context: dict[str, Any], *, status: int = 200, said: str = ""
) -> HttpResponse:
    digests = Digest.objects.with_publication().select_related("thread").in_bulk(which.ids[:NAMED])
    pairs = QueryDict(which.query)
    shown = {
        "act": act,
        "count": len(which.ids),
        "named": [digests[pk] for pk in which.ids[:NAMED] if pk in digests],
        "more": len(which.ids) - NAMED,
        "hidden": [(name, value) for name in pairs for value in pairs.getlist(name)],
        "found": pairs.get("found", ""),
        "seen": which.seen,
        "most": MOST_AT_ONCE if act == "bin" and len(which.ids) > MOST_AT_ONCE else 0,
        "said": said,
    }
    return render(request, "desk/bulk.html", shown | context, status=status)


def _done(
    request: EditorRequest, which: Chosen, act: str, done: list[tuple[int, int]], said: str, *, left: int
) -> HttpResponse:
    query = QueryDict(which.query).get("found", "")
    if not done:
        messages.info(request, _("Nothing was to be changed."))
        return _back(query)
    messages.success(request, said)
    before = request.session.get(UNDO, {})
    if before.get("going_on") == which.query:  # several presses of one act are undone as one
        done = [*before["done"], *done]
    going_on = which.query if left > 0 else ""
    request.session[UNDO] = {
        "act": act,
        "done": done,
        "query": query,
        "said": said,
        "offer": True,
        "going_on": going_on,
    }
    if left > 0:
        words = ngettext("%(n)s more is left; go on.", "%(n)s more are left; go on.", left) % {"n": left}
        messages.info(request, words)
        return redirect(f"{reverse('bulk')}?{which.query}")
    return _back(query)


def _back(query: str) -> HttpResponse:
    return redirect(f"{reverse('desk')}?{query}" if query else "desk")


def _undo_some(done: Sequence[tuple[int, int]], by: int) -> tuple[int, int]:
    """As many as there is time for: how many were reached, and how many of them undone."""
    started, count = time.monotonic(), 0
    for reached, (pk, version) in enumerate(done):
        if reached and time.monotonic() - started > SECONDS:
            return reached, count
        count += _undone(pk, version, by)
    return len(done), count


def _undone(pk: int, version: int, by: int) -> bool:
    """Only where that act is this editor's last on the digest: undoing takes back whatever was."""
    last = Change.objects.filter(digest=pk, by=by, undone_at=None).order_by("-pk").first()
    if last is None or last.version != version or last.verb not in LABELS:
        return False
    try:
        undo(pk, version=version, by=by)
    except (StaleVersion, CurationError):
        return False
    return True
