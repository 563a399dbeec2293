"""A digest without a thread gets one: which threads there are, what would match, and the act itself."""

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests import importing, plaintext
from digests.archive import joining
from digests.archive.matching import threads_here
from digests.curation import CurationError, StaleVersion
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.forms import ImportForm, whole_number
from digests.editor.threads import whole_or
from digests.models import Digest, Thread

OFFERED = 10


def join(request: EditorRequest, digest_id: int) -> HttpResponse:
    """Offers threads; `thread` names one, whose quotes are then compared, and POST attaches it.

    POST with an `address` imports that thread first and comes back here.
    """
    if answer := turned_away(request):
        return answer
    digest = get_object_or_404(Digest, pk=digest_id)
    if digest.thread_id is not None:
        return redirect("board", digest_id)
    if request.method == "POST" and "address" in request.POST:
        return _import(request, digest)
    if request.method == "POST":
        return _attach(request, digest)
    thread = Thread.objects.filter(pk=whole_or(request.GET.get("thread", ""), 0)).first()
    return _show(request, digest, thread, ImportForm())


def _show(
    request: EditorRequest,
    digest: Digest,
    thread: Thread | None,
    form: ImportForm,
    *,
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    text = plaintext.clean_line(request.GET.get("q", ""))
    found = Thread.objects.newest_first()
    if text:
        found = found.filter(Q(title__icontains=text) | Q(url__icontains=text) | Q(article_url__icontains=text))
    named = threads_here([digest.source_url]).get(digest.source_url) if digest.source_url else None
    context = {
        "digest": digest,
        "thread": thread,
        "joined": joining.compare(digest.pk, thread) if thread else None,
        "named": Thread.objects.filter(pk=named).first() if named else None,
        "threads": found[:OFFERED],
        "q": text,
        "form": form,
        "said": said,
    }
    return render(request, "desk/join.html", context, status=status)


def _import(request: EditorRequest, digest: Digest) -> HttpResponse:
    form = ImportForm(request.POST)
    if not form.is_valid():
        return _show(request, digest, None, form, status=422)
    address = form.cleaned_data["address"]
    if here := threads_here([address]).get(address):
        return redirect(f"{reverse('join', args=[digest.pk])}?thread={here}")
    run = importing.start(address, requested_by=editor_of(request))
    return redirect(f"{reverse('import-run', args=[run.pk])}?digest={digest.pk}")


def _attach(request: EditorRequest, digest: Digest) -> HttpResponse:
    thread = get_object_or_404(Thread, pk=whole_number(request.POST.get("thread", "")))
    version = whole_number(request.POST.get("version", ""))
    try:
        _version, joined = joining.join(digest.pk, version=version, thread_id=thread.pk, by=editor_of(request).pk)
    except StaleVersion:
        digest.refresh_from_db()
        said = _("Somebody else changed this digest meanwhile. Look again, then attach it.")
        return _show(request, digest, thread, ImportForm(), said=said, status=409)
    except CurationError as error:
        return _show(request, digest, thread, ImportForm(), said=str(error), status=422)
    said = _("The thread is attached.")
    if count := len(joined.found):
        text = ngettext("%(n)s quote is known to be a comment of it.", "%(n)s quotes are comments of it.", count)
        said += f" {text % {'n': count}}"
    if count := len(joined.left):
        text = ngettext("%(n)s quote was not found in it.", "%(n)s quotes were not found in it.", count)
        said += f" {text % {'n': count}}"
    messages.success(request, said)
    return redirect("board", digest.pk)
