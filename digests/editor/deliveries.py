"""Deliveries: all of them, one while it runs and when it is done, stopping it, trying it again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests import delivering
from digests.delivering import DeliveryRefused
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.planning import query
from digests.models import Delivery, DeliveryItem, Target
from digests.publishing.interchange import is_http_url

PER_PAGE = 30
PANEL_SHOWN = 6
RECENT = timedelta(minutes=30)
PATIENCE = timedelta(minutes=2)  # after that a delivery that was due is late


class DeliveryFilter(forms.Form):
    """What the list is narrowed to. Every field may be missing or nonsense."""

    target = forms.ModelChoiceField(Target.objects.order_by("name"), required=False)
    state = forms.ChoiceField(choices=[("", ""), *Delivery.State.choices], required=False)


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step as the page shows it. `state` is "done", "running", "failed" or "waiting"."""

    name: str
    state: str
    seconds: float | None = None
    at: Any = None
    note: str = ""


def deliveries(request: EditorRequest) -> HttpResponse:
    """Every delivery, newest first, narrowed to a target (`target`) or a state (`state`)."""
    if answer := turned_away(request):
        return answer
    delivering.look_after()
    narrowed = DeliveryFilter(request.GET)
    narrowed.is_valid()
    found = Delivery.objects.newest_first().select_related("target", "requested_by").annotate(posts=Count("items"))
    target, state = narrowed.cleaned_data.get("target"), narrowed.cleaned_data.get("state", "")
    if target:
        found = found.filter(target=target)
    if state:
        found = found.filter(state=state)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    query = {"target": target.pk if target else "", "state": state}
    context = {
        "page": page,
        "narrowed": bool(target or state),
        "target": target,
        "state": state,
        "targets": Target.objects.order_by("name"),
        "states": Delivery.State.choices,
        "late": late(),
        "page_query": urlencode({name: value for name, value in query.items() if value}),
    }
    return render(request, "desk/deliveries.html", context)


def panel(request: EditorRequest) -> HttpResponse:
    """What is under way, for the desk's own first page to ask again."""
    if answer := turned_away(request):
        return answer
    if not request.htmx:
        return redirect("desk")
    return render(request, "desk/deliveries.html#panel", panel_context())


def panel_context() -> dict[str, Any]:
    """Deliveries that wait, run, or ended a moment ago badly or well, and whether there is something to watch."""
    delivering.look_after()
    recent = Delivery.objects.filter(finished_at__gte=timezone.now() - RECENT)
    found = (
        (recent | Delivery.objects.unfinished()).newest_first().select_related("target").annotate(posts=Count("items"))
    )
    under_way = list(found[:PANEL_SHOWN])
    watched = {Delivery.State.QUEUED, Delivery.State.RUNNING}
    watching = any(one.state in watched for one in under_way)
    return {"under_way": under_way, "watching_deliveries": watching, "late": late()}


def late() -> datetime:
    """A delivery that was due before this and still waits has no worker."""
    return timezone.now() - PATIENCE


def delivery(request: EditorRequest, delivery_id: int) -> HttpResponse:
    """How one delivery stands, while it runs and afterwards; a page that watches is sent the part that changes."""
    if answer := turned_away(request):
        return answer
    delivering.look_after()
    found = get_object_or_404(Delivery.objects.select_related("target", "requested_by"), pk=delivery_id)
    template = "desk/delivery.html#run" if request.htmx else "desk/delivery.html"
    return render(request, template, _context(found))


def led_on(started: Sequence[Delivery], otherwise: HttpResponse) -> HttpResponse:
    """To the one delivery that was started, to the list for several, and `otherwise` where none was needed."""
    if not started:
        return otherwise
    return redirect("delivery", started[0].pk) if len(started) == 1 else redirect("deliveries")


def cancel(request: EditorRequest, delivery_id: int) -> HttpResponse:
    """Stops a delivery that has not been pushed yet; with `again` its posts are planned anew, for another time."""
    if answer := turned_away(request):
        return answer
    found = get_object_or_404(Delivery.objects.select_related("target"), pk=delivery_id)
    if request.method == "POST" and not delivering.cancel(found.pk):
        messages.info(request, _("It is too late to stop this delivery."))
    elif request.method == "POST" and request.POST.get("again"):
        messages.info(request, _("The delivery is stopped. Say here when its posts go out instead."))
        ids = [pk for pk in found.items.values_list("digest", flat=True) if pk]
        return redirect(f"{reverse('delivery-plan')}?{query(found.target, ids)}")
    return redirect("delivery", delivery_id)


def retry(request: EditorRequest, delivery_id: int) -> HttpResponse:
    """The same posts once more, as a delivery of their own."""
    if answer := turned_away(request):
        return answer
    found = get_object_or_404(Delivery, pk=delivery_id)
    if request.method != "POST":
        return redirect("delivery", delivery_id)
    try:
        again = delivering.retry(found.pk, by=editor_of(request))
    except DeliveryRefused as error:
        context = _context(found) | {"refused": [line for lines in error.problems.values() for line in lines]}
        return render(request, "desk/delivery.html", context, status=422)
    return redirect("delivery", again.pk)


def _context(found: Delivery) -> dict[str, Any]:
    items = list(
        found.items.select_related("digest", "publication")
        .defer("publication__document", "theirs")
        .order_by("path", "pk")
    )
    undecided = [item for item in items if item.state == DeliveryItem.State.CONFLICT and not item.resolution]
    return {
        "delivery": found,
        "steps": step_rows(found),
        "items": items,
        "undecided": undecided,
        "left": any(item.state != DeliveryItem.State.DROPPED for item in items),
        "explanation": delivering.explain(found.error_code, found.error_detail) if found.error_code else "",
        "retried": found.retries.order_by("pk").last() if found.is_finished else None,
        "waits_for_site": found.live == Delivery.Live.WAITING or found.build == Delivery.Build.PENDING,
        "build_url": found.build_url if is_http_url(found.build_url) else "",  # a stranger's word
        "late": late(),
        "due_soon": found.state != Delivery.State.SCHEDULED or (found.due_at and found.due_at <= timezone.now()),
    }


def step_rows(found: Delivery) -> list[StepRow]:
    """What was done, what is being done, and while it runs what is still to come."""
    failed = found.state in {Delivery.State.FAILED, Delivery.State.CONFLICT}
    rows = []
    for number, entry in enumerate(found.steps, 1):
        stopped = failed and number == len(found.steps)
        rows.append(
            StepRow(
                str(Delivery.Step(entry["step"]).label),
                "failed" if stopped else "done",
                entry.get("seconds"),
                parse_datetime(entry.get("at", "")),
                _note(entry["step"], entry.get("note", "")),
            )
        )
    if found.state == Delivery.State.RUNNING and found.step:
        rows.append(StepRow(str(Delivery.Step(found.step).label), "running"))
    if not found.is_finished:
        rows += [StepRow(str(step.label), "waiting") for step in _still_to_come(found)]
    return rows


def _note(step: str, note: str) -> str:
    """What a step noted, in words: a bare number is how many posts or files, a commit is shortened."""
    if step == Delivery.Step.PUSH and note:
        return _("Somebody else was faster; it was done again on the newest state.")
    if note.isdigit() and len(note) < 10:
        n = int(note)
        words = ngettext("%(n)s file", "%(n)s files", n) if step == Delivery.Step.WRITE else None
        return (words or ngettext("%(n)s post", "%(n)s posts", n)) % {"n": n}
    return note[:10] if re.fullmatch(r"[0-9a-f]{40,64}", note) else note


def _still_to_come(found: Delivery) -> list[Delivery.Step]:
    order = [step for step in Delivery.Step if step not in _never(found)]
    begun = order.index(Delivery.Step(found.step)) if found.step in order else -1
    return order[begun + 1 :]


def _never(found: Delivery) -> set[Delivery.Step]:
    """Steps that a delivery of this kind does not have, or has only when it must."""
    steps = Delivery.Step
    if found.target is None:
        return {steps.WAIT, steps.FETCH, steps.COMPARE, steps.BUILD, steps.WRITE, steps.PUSH, steps.VERIFY}
    return {steps.WAIT} | (set() if found.target.build_check else {steps.BUILD})
