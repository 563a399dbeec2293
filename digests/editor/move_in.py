"""Whole Hugo sites moving in: start one, watch it, cancel it, go on with it. The work is `digests.archive`'s."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests.archive import move_in_runs
from digests.archive.move_in_targets import target_at
from digests.archive.move_in_wording import explain, explain_outcome, explain_remark, rank
from digests.archive.reports import Outcome
from digests.archive.sites import SiteError
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.targets import may_change
from digests.models import MoveIn, Post, Target
from digests.publishing.places import PlaceError

RUNS_SHOWN = 10


class MoveInForm(forms.Form):
    """Which site, and where its files are."""

    target = forms.ModelChoiceField(
        Target.objects.order_by("name"),
        required=False,
        label=gettext_lazy("Hugo site"),
        empty_label=gettext_lazy("A new one:"),
    )
    location = forms.CharField(required=False, max_length=1000, label=gettext_lazy("Folder or git address"))
    branch = forms.CharField(required=False, max_length=200, initial="main", label=gettext_lazy("Branch"))
    upload = forms.FileField(required=False, label=gettext_lazy("Zip"))
    dry_run = forms.BooleanField(required=False, label=gettext_lazy("Only look, write nothing"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and not data.get("target") and not data.get("location"):
            self.add_error("location", _("Choose a Hugo site, or say where one lies."))
        return data


def move_in(request: EditorRequest) -> HttpResponse:
    """What can move in, and what has. POST starts a run."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return _show(request, MoveInForm(initial={"target": request.GET.get("target", "")}))
    form = MoveInForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, form, status=422)
    data = form.cleaned_data
    if not data["target"] and not may_change(request):
        return render(request, "desk/targets.html", {"forbidden": True}, status=403)
    try:
        target = data["target"] or target_at(data["location"], branch=data["branch"] or "main")
        run = move_in_runs.start(target.pk, upload=data["upload"], dry_run=data["dry_run"], by=editor_of(request))
    except (SiteError, PlaceError) as error:
        form.add_error("upload" if isinstance(error, SiteError) else "location", _explained(error))
        if error.code == "secret_in_location":  # not to be shown again, even to who has just typed it
            form.data = {name: form.data[name] for name in form.data if name != "location"}
        return _show(request, form, status=422)
    return redirect("move-in-run", run.pk)


def run(request: EditorRequest, run_id: int) -> HttpResponse:
    """How one run stands; a finished one lists what it did and what is odd."""
    if answer := turned_away(request):
        return answer
    row = get_object_or_404(MoveIn.objects.select_related("target", "requested_by"), pk=run_id)
    context = {"run": row, "explanation": explain(row.error_code) if row.error_code else ""}
    if row.state == MoveIn.State.DONE:
        context |= {"counts": _counts(row), "layouts": row.result.get("layouts", {}), "groups": _groups(row)}
    return render(request, "desk/move_in_run.html#run" if request.htmx else "desk/move_in_run.html", context)


def cancel(request: EditorRequest, run_id: int) -> HttpResponse:
    """Asks a run to stop; asked again, it is given up even when its worker does not react."""
    if answer := turned_away(request):
        return answer
    row = get_object_or_404(MoveIn, pk=run_id)
    if request.method == "POST":
        move_in_runs.cancel(row.pk)
    return redirect("move-in-run", run_id)


def retry(request: EditorRequest, run_id: int) -> HttpResponse:
    """Runs the same site once more, for real unless `dry_run` is given."""
    if answer := turned_away(request):
        return answer
    row = get_object_or_404(MoveIn.objects.select_related("target", "requested_by"), pk=run_id)
    if request.method != "POST":
        return redirect("move-in-run", run_id)
    try:
        again = move_in_runs.retry(row.pk, by=editor_of(request), dry_run="dry_run" in request.POST)
    except SiteError as error:
        return render(request, "desk/move_in_run.html", {"run": row, "explanation": _explained(error)}, status=409)
    return redirect("move-in-run", again.pk)


def _show(request: EditorRequest, form: MoveInForm, *, status: int = 200) -> HttpResponse:
    context = {
        "form": form,
        "runs": MoveIn.objects.select_related("target").newest_first()[:RUNS_SHOWN],
        "has_targets": Target.objects.exists(),
        "may_change": may_change(request),
    }
    return render(request, "desk/move_in.html", context, status=status)


def _explained(error: SiteError | PlaceError) -> str:
    return f"{explain(error.code)} ({error.detail})" if error.detail else explain(error.code)


def _counts(row: MoveIn) -> list[tuple[str, int]]:
    """What became of how many files, in words; what became of none is left out."""
    found = [(outcome, int(row.result.get(outcome.value, 0))) for outcome in Outcome]
    return [(explain_outcome(outcome), count) for outcome, count in found if count]


def _groups(row: MoveIn) -> list[dict[str, Any]]:
    """The remarks by their code, each with the digest that it is about."""
    paths = {remark["path"] for remark in row.remarks}
    known = Post.objects.filter(target_id=row.target_id, path__in=paths).values_list("path", "digest_id")
    digests = dict(known)
    ordered = sorted(row.remarks, key=lambda remark: (rank(remark["code"]), remark["code"]))
    groups = groupby(ordered, key=lambda remark: remark["code"])
    return [{"title": explain_remark(code), "remarks": _with_digests(list(one), digests)} for code, one in groups]


def _with_digests(remarks: Sequence[dict[str, Any]], digests: Mapping[str, int | None]) -> list[dict[str, Any]]:
    return [remark | {"digest_id": digests.get(remark["path"])} for remark in remarks]
