"""What the thread's pane asks for while somebody reads: further comments, which match, what was read, what to hide.

Knows nothing of a digest but which comments are chosen.
"""

from collections.abc import Mapping

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from digests.curation import CurationError, hiding, reading
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.board import load_digest, part, thread_side
from digests.editor.filters import Narrowing
from digests.editor.pieces import NEXT, Place, matching, piece, read_ids, sight
from digests.editor.rows import load_layout
from digests.editor.threads import whole_or
from digests.models import HiddenThing, Thread


def comments(request: EditorRequest, thread_id: int) -> HttpResponse:
    """The comments behind the position `after`, as rows; `digest` is the one beside which they are read."""
    if answer := turned_away(request):
        return answer
    thread = get_object_or_404(Thread, pk=thread_id)
    beside = _beside(request, thread)
    seen = sight(thread, editor_of(request).pk, _places(beside))
    behind = whole_or(request.GET.get("after", ""), -1)
    shown = piece(seen, Narrowing.asked(request.GET), behind=behind, size=NEXT)
    context = {"comments": shown.rows, "piece": shown, "choosing": beside is not None}
    return render(request, "desk/comments.html#rows", context)


def matches(request: EditorRequest, thread_id: int) -> HttpResponse:
    """Which comments a thread narrowed like this shows: their ids, in order."""
    if answer := turned_away(request):
        return answer
    thread = get_object_or_404(Thread, pk=thread_id)
    seen = sight(thread, editor_of(request).pk, _places(_beside(request, thread)))
    return JsonResponse({"ids": [pk for pk, _position in matching(seen, Narrowing.asked(request.GET))]})


def read(request: EditorRequest, thread_id: int) -> HttpResponse:
    """Remembers comments (`ids`, by commas, or `all`) as read. Also asked by a page that is being left."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return redirect("thread", thread_id)
    thread = get_object_or_404(Thread, pk=thread_id)
    ids = read_ids(request.POST.get("ids", ""))
    reading.mark_read(thread.pk, by=editor_of(request).pk, comment_ids=None if request.POST.get("all") else ids)
    if request.headers.get("Accept", "").startswith("text/html"):
        return redirect(_page(request, thread))
    return HttpResponse(status=204)


def hide(request: EditorRequest, thread_id: int) -> HttpResponse:
    """Hides an author or words on the thread's whole site."""
    if answer := turned_away(request):
        return answer
    thread = get_object_or_404(Thread, pk=thread_id)
    if request.method != "POST":
        return redirect("thread", thread_id)
    kind = request.POST.get("kind", "")
    if kind not in HiddenThing.Kind:
        raise BadRequest("kind")
    try:
        thing = hiding.hide(thread.source, kind=kind, value=request.POST.get("value", ""), by=editor_of(request).pk)
    except CurationError as error:
        return _answer(request, thread, str(error), failed=True)
    said = {
        HiddenThing.Kind.AUTHOR: _("Comments by %(value)s are hidden on this site. “Show again” brings them back."),
        HiddenThing.Kind.WORDS: _("Comments with “%(value)s” are hidden on this site. “Show again” brings them back."),
    }
    return _answer(request, thread, said[HiddenThing.Kind(thing.kind)] % {"value": thing.value})


def show_again(request: EditorRequest, thing_id: int) -> HttpResponse:
    """Takes a hidden thing back, from a thread's page (`thread`) or from the list of what is hidden."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return redirect("hidden")
    thing = hiding.show_again(thing_id)
    said = _("%(value)s is shown again.") % {"value": thing.value} if thing else _("It is shown already.")
    thread_id = whole_or(request.POST.get("thread", ""), 0)
    thread = Thread.objects.filter(pk=thread_id).first()
    if thread is None:
        messages.success(request, said)
        return redirect("hidden")
    return _answer(request, thread, said)


def hidden(request: EditorRequest) -> HttpResponse:
    """Everything that is hidden, by site."""
    if answer := turned_away(request):
        return answer
    things = HiddenThing.objects.select_related("hidden_by").order_by("source", "kind", "value")
    return render(request, "desk/hidden.html", {"things": things})


def _answer(request: EditorRequest, thread: Thread, said: str, *, failed: bool = False) -> HttpResponse:
    """The thread's pane anew for a board that asks, else back to the page."""
    beside = _beside(request, thread, request.POST.get("digest", ""))
    if request.htmx and beside is not None:
        context = thread_side(request, load_digest(beside)) | {"told": said, "failed": failed}
        return part(request, "board_thread.html", context, status=422 if failed else 200)
    (messages.error if failed else messages.success)(request, said)
    return redirect(_page(request, thread))


def _page(request: EditorRequest, thread: Thread) -> str:
    beside = _beside(request, thread, request.POST.get("digest", ""))
    if beside is None:
        return reverse("thread", args=[thread.pk])
    return reverse("board", args=[beside]) + "#thread"


def _beside(request: EditorRequest, thread: Thread, given: str | None = None) -> int | None:
    """The digest of this thread that the page shows beside it."""
    pk = whole_or(request.GET.get("digest", "") if given is None else given, 0)
    return pk if thread.digests.filter(pk=pk).exists() else None


def _places(digest_id: int | None) -> Mapping[int, Place]:
    return {} if digest_id is None else load_layout(digest_id).places
