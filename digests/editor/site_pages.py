"""The pages about the site: about, sources, and how to be taken out, each with a form of its own."""

from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from digests import sources
from digests.curation.errors import CurationError
from digests.curation.site_pages import write_site_page
from digests.editor.access import EditorRequest, turned_away
from digests.editor.forms import whole_number
from digests.models import SitePage, StaleVersion


@dataclass(frozen=True, slots=True)
class ShownPage:
    """A page with what is in its form. `theirs` is what somebody else has stored meanwhile."""

    kind: str
    label: str
    address: str
    title: str
    body: str
    version: int
    error: str = ""
    theirs: SitePage | None = None

    @property
    def is_own(self) -> bool:
        """Whether readers see a text that editors have written."""
        return bool(self.body)


def show(request: EditorRequest) -> HttpResponse:
    if answer := turned_away(request):
        return answer
    return _page(request)


def write(request: EditorRequest, kind: str) -> HttpResponse:
    """Stores one page; `overwrite` is the version that somebody knowingly replaces."""
    if answer := turned_away(request):
        return answer
    if kind not in SitePage.Kind.values:
        raise Http404
    if request.method != "POST":
        return redirect("desk-site-pages")
    title, body = request.POST.get("title", ""), request.POST.get("body", "")
    given = whole_number(request.POST.get("version", ""))
    version = whole_number(request.POST.get("overwrite") or str(given))
    try:
        write_site_page(kind, version=version, title=title, body=body)
    except StaleVersion:
        theirs = SitePage.objects.filter(kind=kind).first()
        said = _("Somebody else has written this page meanwhile.")
        refused = _shown(kind, title=title, body=body, version=given, error=said, theirs=theirs)
        return _page(request, refused, status=409)
    except CurationError as error:
        refused = _shown(kind, title=title, body=body, version=given, error=str(error))
        return _page(request, refused, status=422)
    messages.success(request, _("The page is saved, and readers see it."))
    return redirect(f"{reverse('desk-site-pages')}#{kind}")


def _page(request: EditorRequest, refused: ShownPage | None = None, *, status: int = 200) -> HttpResponse:
    stored = {page.kind: page for page in SitePage.objects.all()}
    pages = [
        refused if refused and refused.kind == kind else _stored(kind, stored.get(kind))
        for kind in SitePage.Kind.values
    ]
    context = {"pages": pages, "contact": settings.TAKEDOWN_CONTACT, "source_names": sorted(sources.SOURCES)}
    return render(request, "desk/site_pages.html", context, status=status)


def _stored(kind: str, page: SitePage | None) -> ShownPage:
    page = page or SitePage(kind=kind, version=0)
    return _shown(kind, title=page.title, body=page.body, version=page.version)


def _shown(
    kind: str, *, title: str, body: str, version: int, error: str = "", theirs: SitePage | None = None
) -> ShownPage:
    return ShownPage(kind, str(SitePage.Kind(kind).label), reverse(kind), title, body, version, error, theirs)
