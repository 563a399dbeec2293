"""What goes out to readers: the preview, the last look before publishing, taking back, and deleting for good."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from digests import curation
from digests.curation import StaleVersion
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.board import load_digest
from digests.editor.forms import whole_number
from digests.models import Digest
from digests.publishing import publish as publishing
from digests.publishing.assemble import assemble

HISTORY_SHOWN = 30


def preview(request: EditorRequest, digest_id: int) -> HttpResponse:
    """The readers' own page, made from the digest as it now is."""
    if answer := turned_away(request):
        return answer
    digest = get_object_or_404(Digest, pk=digest_id)
    context = {"document": assemble(digest.pk), "preview": True, "back_url": reverse("board", args=[digest.pk])}
    return render(request, "public/digest.html", context)


def publish(request: EditorRequest, digest_id: int) -> HttpResponse:
    """GET shows what speaks against it and what went out before; POST publishes what was looked at."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return _show_panel(request, digest_id)
    try:
        publishing.publish(digest_id, changes=whole_number(request.POST.get("changes", "")), by=editor_of(request))
    except Digest.DoesNotExist:
        return _show_panel(request, digest_id)
    except StaleVersion:
        return _show_panel(
            request, digest_id, status=409, said=_("Somebody else changed the digest meanwhile. Look at it once more.")
        )
    except publishing.PublishError:
        return _show_panel(request, digest_id, status=422, said=_("The digest was not published."))
    messages.success(request, _("The digest is published."))
    return redirect("publish", digest_id)


def unpublish(request: EditorRequest, digest_id: int) -> HttpResponse:
    """Takes the digest from the readers; it stays here as a draft."""
    if answer := turned_away(request):
        return answer
    digest = get_object_or_404(Digest, pk=digest_id)
    if request.method == "POST":
        if publishing.unpublish(digest.pk):
            messages.success(request, _("Readers no longer see the digest. It is a draft again."))
        else:
            messages.info(request, _("The digest was not published."))
    return redirect("publish", digest_id)


def delete(request: EditorRequest, digest_id: int) -> HttpResponse:
    """GET asks, POST deletes: quotes, texts and history are lost, the thread stays."""
    if answer := turned_away(request):
        return answer
    digest = get_object_or_404(Digest.objects.with_publication().with_quote_count(), pk=digest_id)
    if request.method != "POST":
        return render(request, "desk/delete.html", {"digest": digest})
    try:
        curation.delete_digest(digest_id, changes=whole_number(request.POST.get("changes", "")))
    except StaleVersion:
        said = _("Somebody else changed the digest meanwhile. Look at it once more.")
        return render(request, "desk/delete.html", {"digest": digest, "said": said}, status=409)
    messages.success(request, _("The digest “%(name)s” is deleted.") % {"name": digest})
    return redirect("desk")


def _show_panel(request: EditorRequest, digest_id: int, *, status: int = 200, said: str = "") -> HttpResponse:
    digest = load_digest(digest_id)
    problems = publishing.review(digest_id)
    history = digest.publications.select_related("published_by").defer("document").order_by("-created_at", "-pk")
    context = {
        "digest": digest,
        "live": digest.publications.live().first(),
        "blocking": [problem for problem in problems if problem.blocking],
        "warnings": [problem for problem in problems if not problem.blocking],
        "history": history[:HISTORY_SHOWN],
        "said": said,
    }
    return render(request, "desk/publish.html", context, status=status)
