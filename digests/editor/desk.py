"""The desk's first page: digests, newest threads, running imports, and the way to a new digest."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from digests import curation
from digests.curation import CurationError
from digests.delivering.binning import look_after_bin
from digests.editor import listing
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.bulk import offered_undo
from digests.editor.deliveries import panel_context
from digests.editor.forms import DeskFilter, ImportForm, whole_number
from digests.editor.imports import runs_context, start_import
from digests.models import Digest, Target, Thread

DIGESTS_PER_PAGE = 20
THREADS_SHOWN = 12


def desk(request: EditorRequest) -> HttpResponse:
    """The first page; its list of digests is narrowed as `listing` reads the address, and paged (`page`)."""
    if answer := turned_away(request):
        return answer
    return _show(request, ImportForm())


def imports(request: EditorRequest) -> HttpResponse:
    """POST starts an import; a GET by this page asks how the runs stand."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return render(request, "desk/desk.html#runs", runs_context()) if request.htmx else redirect("desk")
    form = ImportForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    return start_import(request, form.cleaned_data["address"])


def new_digest(request: EditorRequest) -> HttpResponse:
    """Starts a draft, of the thread `thread` or of none, and opens its board."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return redirect("desk")
    thread_id = None
    if given := request.POST.get("thread"):
        thread_id = get_object_or_404(Thread, pk=whole_number(given)).pk
    try:
        digest = curation.create_digest(thread_id=thread_id, by=editor_of(request))
    except CurationError as error:  # many asked at once, and each slug that was looked for was taken
        messages.error(request, str(error))
        return redirect("desk")
    if thread_id:
        messages.success(request, _("A new draft. Choose comments from the thread, then write."))
    else:
        messages.success(request, _("A new draft without a thread. Attach one, or add headings, notes and links."))
    return redirect("board", digest.pk)


def duplicate(request: EditorRequest, digest_id: int) -> HttpResponse:
    """POST makes a copy of a digest, a draft of the same thread, and opens its board."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return redirect("board", digest_id)
    get_object_or_404(Digest, pk=digest_id)
    try:
        copy = curation.duplicate(digest_id, by=editor_of(request))
    except CurationError as error:
        messages.error(request, str(error))
        return redirect("board", digest_id)
    messages.success(request, _("This is the copy, a draft with a slug of its own. The other digest is as it was."))
    return redirect("board", copy.pk)


def _show(request: EditorRequest, import_form: ImportForm, *, status: int = 200) -> HttpResponse:
    """The page with an import field that may hold what could not be read (then `status` is 422)."""
    look_after_bin()
    narrowed = listing.read(request.GET)
    found = listing.matching(narrowed).values_list("pk", flat=True)
    # Looking for words costs half a second among 10,000 digests; counting first would cost it twice.
    page = Paginator(list(found) if narrowed.values["q"] else found, DIGESTS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "import_form": import_form,
        **runs_context(),
        **panel_context(),
        **listing.choices(),
        "targets": Target.objects.order_by("name"),
        "page": page,
        "digests": listing.shown(list(page.object_list)),
        "asked": narrowed.values,
        "parts": narrowed.parts,
        "narrowed": bool(narrowed.query),
        "statuses": [
            _StatusLink(name, str(label), name == narrowed.values["status"], narrowed.with_status(name))
            for name, label in DeskFilter.STATUSES
        ],
        "orders": DeskFilter.ORDERS,
        "page_query": narrowed.query,
        "undoable": offered_undo(request),
        "threads": Thread.objects.newest_first().prefetch_related(Prefetch("digests", Digest.objects.kept()))[
            :THREADS_SHOWN
        ],
    }
    return render(request, "desk/desk.html", context, status=status)


@dataclass(frozen=True, slots=True)
class _StatusLink:
    name: str
    label: str
    current: bool
    query: str
