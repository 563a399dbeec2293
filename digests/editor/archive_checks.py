"""What deserves a look in the archive: counts by code, the findings of one, and the checks that look for them."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from digests.archive import checking
from digests.archive.codes import CODES, SEVERITIES, Code
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.models import ArchiveCheck, CheckedDigest, Finding

FINDINGS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Counted:
    """A code with what was found of it."""

    name: str
    code: Code
    count: int


@dataclass(frozen=True, slots=True)
class Group:
    """The codes of one severity, those with findings first in the order in which they matter."""

    severity: str
    name: str | Promise
    codes: tuple[Counted, ...]


def checks(request: EditorRequest) -> HttpResponse:
    """GET shows what was found so far, POST has the archive looked over in the background."""
    if answer := turned_away(request):
        return answer
    if request.method == "POST":
        checking.start(by=editor_of(request))
        return redirect("archive-checks")
    run = ArchiveCheck.objects.select_related("requested_by").newest_first().first()
    context = {
        "run": run,
        "groups": _groups(checking.counts(Finding.objects.all())),
        "checked": CheckedDigest.objects.count(),
    }
    part = "#overview" if request.htmx else ""
    return render(request, f"desk/archive_checks.html{part}", context)


def cancel(request: EditorRequest, run_id: int) -> HttpResponse:
    """Stops a check; what it has found so far stands."""
    if answer := turned_away(request):
        return answer
    run = get_object_or_404(ArchiveCheck, pk=run_id)
    if request.method == "POST" and checking.cancel(run.pk):
        messages.info(request, _("The check was stopped. What it has looked at so far is up to date."))
    return redirect("archive-checks")


def findings(request: EditorRequest, code: str) -> HttpResponse:
    """Everything found of one code, each with its way to the quote."""
    if answer := turned_away(request):
        return answer
    if code not in CODES:
        raise Http404
    found = Finding.objects.filter(code=code).in_order().select_related("digest", "post__target")
    page = Paginator(found, FINDINGS_PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "desk/archive_findings.html", {"name": code, "code": CODES[code], "page": page})


def _groups(counts: dict[str, int]) -> list[Group]:
    counted = [Counted(name, CODES[name], count) for name, count in counts.items() if name in CODES]
    groups = [
        Group(severity, name, tuple(one for one in counted if one.code.severity == severity))
        for severity, name in SEVERITIES.items()
    ]
    return [group for group in groups if group.codes]
