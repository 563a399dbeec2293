"""Import runs: start one, watch it, cancel it, try it again. The work itself is `digests.importing`'s."""

from datetime import timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from digests import importing
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.models import ImportRun, Thread

RECENT = timedelta(minutes=30)
RUNS_SHOWN = 6
WRONG_ADDRESS = {"address_not_understood", "thread_not_found", "not_a_thread"}  # the same once more would fail again


def runs_context() -> dict[str, Any]:
    """Runs that are under way or ended a moment ago, newest first, and whether there is still something to watch."""
    found = ImportRun.objects.filter(created_at__gte=timezone.now() - RECENT) | ImportRun.objects.unfinished()
    runs = list(found.select_related("thread").newest_first()[:RUNS_SHOWN])
    return {"runs": runs, "watching": any(not run.is_finished for run in runs)}


def start_import(request: EditorRequest, address: str) -> HttpResponse:
    """Starts a run and shows it; the caller has made sure that an editor asks by POST."""
    run = importing.start(address, requested_by=editor_of(request))
    return redirect("import-run", run.pk)


def import_run(request: EditorRequest, run_id: int) -> HttpResponse:
    """How one import stands. A finished one leads the watching page on to its thread, or to `digest`, which gets it."""
    if answer := turned_away(request):
        return answer
    run = get_object_or_404(ImportRun.objects.select_related("thread", "requested_by"), pk=run_id)
    context = {"run": run, "explanation": importing.explain(run.error_code, run.error_detail) if run.error_code else ""}
    context["digest"] = beside = _digest_beside(request)
    context["correct_at"] = _correct_at(beside) if run.error_code in WRONG_ADDRESS else ""
    if run.thread is not None and beside:
        context["thread_address"] = f"{reverse('join', args=[int(beside)])}?thread={run.thread.pk}"
    elif run.thread is not None:
        context["thread_address"] = _thread_address(run, run.thread)
    if not request.htmx:
        return render(request, "desk/import.html", context)
    if run.state == ImportRun.State.DONE and run.thread is not None:
        return HttpResponse(headers={"HX-Redirect": context["thread_address"]})
    return render(request, "desk/import.html#run", context)


def cancel(request: EditorRequest, run_id: int) -> HttpResponse:
    """Asks a run to stop; asked again, it is given up even when its worker does not react."""
    if answer := turned_away(request):
        return answer
    run = get_object_or_404(ImportRun, pk=run_id)
    if request.method == "POST":
        importing.cancel(run.pk)
    return redirect("import-run", run_id)


def retry(request: EditorRequest, run_id: int) -> HttpResponse:
    """Starts the same import again, as a run of its own."""
    if answer := turned_away(request):
        return answer
    run = get_object_or_404(ImportRun, pk=run_id)
    if request.method != "POST":
        return redirect("import-run", run_id)
    beside = _digest_beside(request)
    address = reverse("import-run", args=[importing.retry(run.pk).pk])
    return redirect(f"{address}?digest={beside}" if beside else address)


def _digest_beside(request: EditorRequest) -> str:
    """The id of the digest that is to get the thread, "" for none."""
    given = request.GET.get("digest", "")
    return given if given.isascii() and given.isdigit() else ""


def _correct_at(beside: str) -> str:
    """Where another address is sent to: the page that the first one came from."""
    return reverse("join", args=[int(beside)]) if beside else reverse("imports")


def _thread_address(run: ImportRun, thread: Thread) -> str:
    """The thread's page; where a comment's permalink was given, at that comment."""
    address = reverse("thread", args=[thread.pk])
    if not run.marked_id:
        return address
    marked = thread.comments.filter(native_id=run.marked_id).values_list("pk", flat=True).first()
    return f"{address}?mark={marked}#c{marked}" if marked else address
