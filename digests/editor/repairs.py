"""Batches of repairs: ask for one, review what it proposes, apply it, look at what became of it, undo it."""

from collections.abc import Callable

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from digests.archive import repairing, sending
from digests.archive.repairing import RepairError
from digests.editor import repair_forms
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.forms import whole_number
from digests.editor.proposals import shown_items
from digests.models import RepairBatch, RepairItem

BATCHES_PER_PAGE = 20
ITEMS_PER_PAGE = 10
Kind, State = RepairBatch.Kind, RepairBatch.State


def repairs(request: EditorRequest) -> HttpResponse:
    """Every batch so far, and the kinds there are."""
    if answer := turned_away(request):
        return answer
    batches = RepairBatch.objects.select_related("requested_by").with_counts().newest_first()
    page = Paginator(batches, BATCHES_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "desk/repairs.html", {"page": page, "kinds": Kind.choices})


def new(request: EditorRequest, kind: str) -> HttpResponse:
    """GET asks what the kind needs to know, POST has proposals collected. Nothing is changed by it."""
    if answer := turned_away(request):
        return answer
    if kind not in Kind.values:
        raise Http404
    asked = repair_forms.ask(kind, request.POST if request.method == "POST" else None)
    if asked.options is not None:
        return redirect("repair", repairing.propose(kind, asked.options, by=editor_of(request)).pk)
    context = {"kind": Kind(kind), **asked.shown}
    return render(request, "desk/repair_new.html", context, status=422 if request.method == "POST" else 200)


def repair(request: EditorRequest, batch_id: int) -> HttpResponse:
    """GET shows a batch as it stands; POST keeps which of the shown proposals are ticked, and may go on to apply."""
    if answer := turned_away(request):
        return answer
    batch = get_object_or_404(RepairBatch.objects.select_related("requested_by").with_counts(), pk=batch_id)
    if request.method == "POST":
        return _choose(request, batch)
    if not request.htmx:
        return _show(request, batch)
    if batch.is_working:
        return render(request, "desk/repair.html#progress", {"batch": batch})
    return HttpResponse(headers={"HX-Refresh": "true"})


def _choose(request: EditorRequest, batch: RepairBatch) -> HttpResponse:
    shown, chosen = ([whole_number(pk) for pk in request.POST.getlist(name)] for name in ("shown", "pick"))
    try:
        repairing.choose(batch.pk, shown=shown, chosen=chosen)
    except RepairError as error:
        return _show(request, batch, status=409, said=str(error))
    if "go" in request.POST:
        return redirect("repair-apply", batch.pk)
    messages.success(request, _("Your choice is kept."))
    return redirect(request.get_full_path())


def apply(request: EditorRequest, batch_id: int) -> HttpResponse:
    """GET says how much will be changed, POST has it done."""
    if answer := turned_away(request):
        return answer
    batch = get_object_or_404(RepairBatch.objects.with_counts(), pk=batch_id)
    if request.method == "POST":
        message = request.POST.get("message", "").strip()
        return _act(request, batch, lambda: repairing.apply(batch.pk, message=message, by=editor_of(request)))
    if batch.state != State.PROPOSED:
        return redirect("repair", batch.pk)
    return render(request, "desk/repair_apply.html", {"batch": batch, "outlook": sending.outlook(batch)})


def undo(request: EditorRequest, batch_id: int) -> HttpResponse:
    """GET asks, POST has what was changed changed back."""
    if answer := turned_away(request):
        return answer
    batch = get_object_or_404(RepairBatch.objects.with_counts(), pk=batch_id)
    if request.method == "POST":
        return _act(request, batch, lambda: repairing.undo(batch.pk, by=editor_of(request)))
    if batch.state != State.APPLIED:
        return redirect("repair", batch.pk)
    return render(request, "desk/repair_undo.html", {"batch": batch})


def drop(request: EditorRequest, batch_id: int) -> HttpResponse:
    """Ends a batch that has not been applied."""
    if answer := turned_away(request):
        return answer
    batch = get_object_or_404(RepairBatch, pk=batch_id)
    if request.method != "POST":
        return redirect("repair", batch.pk)
    return _act(request, batch, lambda: repairing.drop(batch.pk))


def go_on(request: EditorRequest, batch_id: int) -> HttpResponse:
    """Has the work of a batch taken up again that failed or whose worker was killed."""
    if answer := turned_away(request):
        return answer
    batch = get_object_or_404(RepairBatch, pk=batch_id)
    if request.method != "POST":
        return redirect("repair", batch.pk)
    return _act(request, batch, lambda: repairing.go_on(batch.pk))


def _act(request: EditorRequest, batch: RepairBatch, verb: Callable[[], None]) -> HttpResponse:
    try:
        verb()
    except RepairError as error:
        batch = RepairBatch.objects.select_related("requested_by").with_counts().get(pk=batch.pk)
        return _show(request, batch, status=409, said=str(error))
    return redirect("repair", batch.pk)


def _show(request: EditorRequest, batch: RepairBatch, *, status: int = 200, said: str = "") -> HttpResponse:
    items = RepairItem.objects.filter(batch=batch).defer("packed").in_order()
    page = Paginator(items.select_related("digest", "import_run"), ITEMS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "batch": batch,
        "page": page,
        "items": shown_items(page.object_list),
        "deliveries": batch.deliveries.select_related("target").newest_first(),
        "said": said,
    }
    return render(request, "desk/repair.html", context, status=status)
