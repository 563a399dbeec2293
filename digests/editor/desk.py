"""The desk's first page: digests, newest threads, running imports, and the way to a new digest."""

import json
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q, TextField
from django.db.models.functions import Cast
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from digests import curation
from digests.curation import CurationError
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.deliveries import panel_context
from digests.editor.forms import DeskFilter, ImportForm, whole_number
from digests.editor.imports import runs_context, start_import
from digests.models import Digest, Publication, Quote, Target, Thread
from digests.models.digests import DigestQuerySet

DIGESTS_PER_PAGE = 20
THREADS_SHOWN = 12


def desk(request: EditorRequest) -> HttpResponse:
    """The first page; digests can be searched (`q`), narrowed (`status`) and paged (`page`)."""
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
    messages.success(request, _("A new draft. Choose comments from the thread, then write."))
    return redirect("board", digest.pk)


def _show(request: EditorRequest, import_form: ImportForm, *, status: int = 200) -> HttpResponse:
    """The page with an import field that may hold what could not be read (then `status` is 422)."""
    filter_form = DeskFilter(request.GET)
    narrowed = filter_form.cleaned_data if filter_form.is_valid() else {"q": "", "status": ""}
    found = _matching(Digest.objects.with_publication().with_quote_count(), narrowed["q"], narrowed["status"])
    page = Paginator(found.select_related("created_by", "thread").newest_first(), DIGESTS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    context = {
        "import_form": import_form,
        **runs_context(),
        **panel_context(),
        "targets": Target.objects.order_by("name"),
        "page": page,
        "q": narrowed["q"],
        "statuses": [
            _StatusLink(name, str(label), name == narrowed["status"], _query(q=narrowed["q"], status=name))
            for name, label in DeskFilter.STATUSES
        ],
        "status": narrowed["status"],
        "page_query": _query(q=narrowed["q"], status=narrowed["status"]),
        "threads": Thread.objects.newest_first().prefetch_related("digests")[:THREADS_SHOWN],
    }
    return render(request, "desk/desk.html", context, status=status)


@dataclass(frozen=True, slots=True)
class _StatusLink:
    name: str
    label: str
    current: bool
    query: str


def _query(**parameters: str) -> str:
    return urlencode({name: value for name, value in parameters.items() if value})


def _matching(digests: DigestQuerySet, text: str, status: str) -> DigestQuerySet:
    """Digests whose head, tags or quotes hold the text."""
    if text:
        # SQLite keeps JSON as it is dumped, with \uXXXX for Japanese; PostgreSQL's jsonb holds the characters.
        escaped = json.dumps(text)[1:-1]
        digests = digests.alias(tag_text=Cast("tags", TextField())).filter(
            Q(headline__icontains=text)
            | Q(lead__icontains=text)
            | Q(slug__icontains=text)
            | Q(thread__title__icontains=text)
            | Q(tag_text__icontains=text)
            | Q(tag_text__icontains=escaped)
            | Exists(Quote.objects.filter(Q(text__icontains=text) | Q(author__icontains=text), digest=OuterRef("pk")))
        )
    live = Publication.objects.live().filter(digest=OuterRef("pk"))
    match status:
        case "draft":
            return digests.filter(~Exists(live))
        case "published":
            return digests.filter(Exists(live.filter(digest_changes=OuterRef("changes"))))
        case "changed":
            return digests.filter(Exists(live.filter(digest_changes__lt=OuterRef("changes"))))
    return digests
