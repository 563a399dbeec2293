"""The bin: a digest goes into it, is looked at there, comes back, or is deleted for good."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from digests.curation import StaleVersion
from digests.curation.bin import delete_for_good, take_out
from digests.delivering import DeliveryRefused
from digests.delivering.binning import look_after_bin, put_into_bin
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.forms import whole_number
from digests.models import Delivery, DeliveryItem, Digest, Target
from digests.models.digests import DigestQuerySet

PER_PAGE = 30


def put_in(request: EditorRequest, digest_id: int) -> HttpResponse:
    """GET asks, and says what must happen first; POST puts the digest into the bin (`withdraw`: off our pages too)."""
    if answer := turned_away(request):
        return answer
    digest = get_object_or_404(Digest.objects.kept().with_publication().with_quote_count(), pk=digest_id)
    if request.method != "POST":
        return _ask(request, digest)
    looked_at = {digest_id: whole_number(request.POST.get("changes", ""))}
    try:
        put_into_bin(looked_at, by=editor_of(request), withdraw=request.POST.get("withdraw") == "1")
    except StaleVersion:
        said = _("Somebody else changed the digest meanwhile. Look at it once more.")
        return _ask(request, digest, status=409, said=said)
    except DeliveryRefused as error:
        return _ask(request, digest, status=422, said=str(error))
    messages.success(request, _("“%(name)s” is in the bin.") % {"name": digest})
    return redirect("bin")


def bin_page(request: EditorRequest) -> HttpResponse:
    """What is in the bin, the newest first."""
    if answer := turned_away(request):
        return answer
    look_after_bin()
    found = _binned().with_quote_count().select_related("binned_by", "thread").order_by("-binned_at", "-pk")
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    kept_for = timedelta(days=settings.BIN_DAYS)
    rows = [(digest, digest.binned_at + kept_for if digest.binned_at else None) for digest in page]
    return render(request, "desk/bin.html", {"page": page, "rows": rows, "days": settings.BIN_DAYS})


def recover(request: EditorRequest, digest_id: int) -> HttpResponse:
    """Takes the digest out of the bin and opens its board."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return redirect("bin")
    if take_out([digest_id], by=editor_of(request).pk):
        messages.success(request, _("The digest is out of the bin, a draft as it was."))
    else:
        get_object_or_404(Digest, pk=digest_id)  # somebody else took it out
    return redirect("board", digest_id)


def delete(request: EditorRequest, digest_id: int) -> HttpResponse:
    """GET asks, POST deletes what is in the bin: quotes, texts and history are lost, the thread stays."""
    if answer := turned_away(request):
        return answer
    digest = _binned().with_quote_count().filter(pk=digest_id).first()
    if digest is None:
        if Digest.objects.filter(pk=digest_id).exists():
            return redirect("digest-delete", digest_id)
        raise Http404
    if request.method != "POST":
        return render(request, "desk/delete.html", {"digest": digest, "for_good": True})
    try:
        delete_for_good(digest_id, changes=whole_number(request.POST.get("changes", "")), by=editor_of(request).pk)
    except StaleVersion:
        said = _("Somebody else changed the digest meanwhile. Look at it once more.")
        return render(request, "desk/delete.html", {"digest": digest, "for_good": True, "said": said}, status=409)
    messages.success(request, _("The digest “%(name)s” is deleted.") % {"name": digest})
    return redirect("bin")


def _binned() -> DigestQuerySet:
    return Digest.objects.filter(binned_at__isnull=False)


def _ask(request: EditorRequest, digest: Digest, *, status: int = 200, said: str = "") -> HttpResponse:
    waiting = DeliveryItem.objects.filter(
        digest=digest, state=DeliveryItem.State.PENDING, delivery__in=Delivery.objects.unfinished()
    )
    context: dict[str, Any] = {
        "digest": Digest.objects.with_publication().with_quote_count().get(pk=digest.pk) if said else digest,
        "targets": Target.objects.filter(posts__digest=digest).order_by("name"),
        "waiting": waiting.select_related("delivery__target").order_by("delivery__due_at", "pk"),
        "days": settings.BIN_DAYS,
        "said": said,
    }
    return render(request, "desk/delete.html", context, status=status)
