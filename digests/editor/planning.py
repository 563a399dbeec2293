"""The last look before digests go out: which ones, what would be written where, and the start of their delivery."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, cast
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db.models import Exists, F, OuterRef
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests import delivering, textdiff
from digests.curation import StaleVersion
from digests.delivering import DeliveryRefused, Plan, PlannedPost
from digests.editor import listing
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.forms import whole_number
from digests.models import Digest, Post, Publication, Target

MOST_AT_ONCE = 100  # more are a long page, and a commit that nobody reads


class SendForm(forms.Form):
    """When a delivery goes out, and what its commit says."""

    message = forms.CharField(label=gettext_lazy("Commit message"), max_length=500, required=False)
    when = forms.ChoiceField(choices=[("now", ""), ("at", "")], required=False)
    at = forms.DateTimeField(
        label=gettext_lazy("Date and time"),
        required=False,
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M"],
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("when") != "at" or "at" in self.errors:
            return cleaned
        if not cleaned.get("at"):
            self.add_error("at", _("Say when it goes out."))
        elif cleaned["at"] <= timezone.now():
            self.add_error("at", _("That time is over already."))
        return cleaned

    @property
    def due_at(self) -> datetime | None:
        """The time that was asked for, None for now and for one that could not be read."""
        if not self.is_bound or self.data.get("when") != "at" or not self.is_valid():
            return None
        return cast("datetime", self.cleaned_data["at"])


@dataclass(frozen=True, slots=True)
class Row:
    """A planned post as the page shows it; `without` is the query of the same plan without it."""

    post: PlannedPost
    lines: tuple[textdiff.Line, ...]
    without: str


def plan(request: EditorRequest) -> HttpResponse:
    """GET shows what would go out (`digest` ids, or `which`; `target`), POST sends exactly what was shown."""
    if answer := turned_away(request):
        return answer
    given = request.POST if request.method == "POST" else request.GET
    target = _target(given.get("target", ""))
    ids = chosen(given, target)
    if not ids:
        messages.info(request, _("Nothing is chosen. Tick the digests that are to go out."))
        return redirect("desk")
    if len(ids) > MOST_AT_ONCE:
        messages.info(
            request, _("At most %(most)s digests go out at once; these are the first.") % {"most": MOST_AT_ONCE}
        )
        ids = ids[:MOST_AT_ONCE]
    if request.method == "POST":
        return _send(request, target, ids)
    return _show(request, target, ids, SendForm(initial={"when": "now"}))


def chosen(given: QueryDict, target: Target | None) -> list[int]:
    """The ids meant: the ticked ones, all on the page, or what `which` names; in the desk's order."""
    which = given.get("which", "ticked")
    if which == "found":
        return list(listing.matching(listing.read_query(given.get("found", ""))).values_list("pk", flat=True))
    if which in {"changed", "missing"}:
        digests = _changed(target) if which == "changed" else _missing(target)
        return list(digests.newest_first().values_list("pk", flat=True))
    ids = {whole_number(value) for value in given.getlist("on_page" if which == "page" else "digest")}
    return list(Digest.objects.kept().filter(pk__in=ids).newest_first().values_list("pk", flat=True))


def _changed(target: Target | None) -> Any:
    """Digests that have changed since they went out to the target, or to our own readers."""
    live = Publication.objects.live().filter(digest=OuterRef("pk"))
    stands = Post.objects.filter(digest=OuterRef("pk"), target=target)
    if target is None:
        return Digest.objects.filter(Exists(live.filter(digest_changes__lt=OuterRef("changes"))))
    return Digest.objects.filter(
        Exists(stands.exclude(publication__digest_changes=F("digest__changes")).filter(publication__isnull=False))
    )


def _missing(target: Target | None) -> Any:
    """Digests that our own readers see and the target does not have."""
    if target is None:
        return Digest.objects.none()
    live = Publication.objects.live().filter(digest=OuterRef("pk"))
    return Digest.objects.filter(Exists(live), ~Exists(Post.objects.filter(digest=OuterRef("pk"), target=target)))


def _send(request: EditorRequest, target: Target | None, ids: list[int]) -> HttpResponse:
    form = SendForm(request.POST)
    if not form.is_valid():
        return _show(request, target, ids, form, status=422)
    due_at = form.due_at
    if due_at and request.POST.get("seen") != _seen(planned := _plan(target, ids, due_at)) and _notes(planned):
        said = _("For that time there is something to look at first. Send it again if it is right.")
        return _show(request, target, ids, form, status=422, said=said)
    looked_at = {pk: whole_number(request.POST.get(f"changes-{pk}", "")) for pk in ids}
    try:
        delivery = delivering.start(
            target.pk if target else None,
            looked_at,
            by=editor_of(request),
            message=form.cleaned_data["message"],
            due_at=due_at,
        )
    except StaleVersion:
        said = _("Somebody changed one of these digests meanwhile. Nothing was sent; look at it once more.")
        return _show(request, target, ids, form, status=409, said=said)
    except DeliveryRefused as error:
        said = _("Nothing was sent.")
        return _show(request, target, ids, form, status=422, said=said, refused=error.problems)
    return redirect("delivery", delivery.pk)


def _show(
    request: EditorRequest,
    target: Target | None,
    ids: list[int],
    form: SendForm,
    *,
    status: int = 200,
    said: str = "",
    refused: Mapping[int | None, tuple[str, ...]] | None = None,
) -> HttpResponse:
    planned, by = _plan(target, ids, form.due_at), editor_of(request)
    good = [post.digest_id for post in planned.posts if not post.refused]
    context = {
        "plan": planned,
        "target": target,
        "targets": Target.objects.order_by("name"),
        "rows": [
            Row(post, textdiff.lines(post.diff), query(target, [pk for pk in ids if pk != post.digest_id]))
            for post in planned.posts
        ],
        "ids": ids,
        "good": len(good),
        "only_good": query(target, good) if good and len(good) < len(ids) else "",
        "counts": _counts(planned.posts) if target else [],
        "message": planned.message.replace("{editor}", by.get_full_name() or by.get_username()),
        "form": form,
        "seen": _seen(planned),
        "said": said,
        "refused": refused or {},
        "reasons": (refused or {}).get(None, ()),
    }
    return render(request, "desk/delivery_plan.html", context, status=status)


def query(target: Target | None, ids: Iterable[int]) -> str:
    """The plan page's query for these digests, "" for none."""
    pairs = [("digest", pk) for pk in ids]
    return urlencode([("target", target.pk if target else ""), *pairs]) if pairs else ""


def _plan(target: Target | None, ids: list[int], due_at: datetime | None) -> Plan:
    return delivering.plan(target.pk if target else None, ids, due_at=due_at)


def _notes(planned: Plan) -> list[str]:
    return [*planned.notes, *(note for post in planned.posts for note in post.notes)]


def _seen(planned: Plan) -> str:
    """Names what the notes said, so that a form can say which ones its sender has seen."""
    return sha256("\n".join(_notes(planned)).encode()).hexdigest()[:16]


def _counts(posts: Iterable[PlannedPost]) -> list[tuple[str, str, int]]:
    """How many posts are new, changed …: each action's name, its word, and the number."""
    words = {
        "new": _("new"),
        "change": _("changed"),
        "move": _("moved"),
        "remove": _("removed"),
        "none": _("unchanged"),
    }
    actions = [post.action for post in posts]
    return [(name, word, actions.count(name)) for name, word in words.items() if name in actions]


def _target(given: str) -> Target | None:
    """The target meant; None for our own pages alone."""
    return get_object_or_404(Target, pk=whole_number(given)) if given else None
