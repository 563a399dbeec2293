"""A digest's picture: what it has now, and a form to upload another."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from digests import curation
from digests.curation import StaleVersion
from digests.editor.access import EditorRequest, turned_away
from digests.editor.forms import whole_number
from digests.models import Digest
from digests.thumbnails import MOST_BYTES, UnusablePicture, make_thumbnail


def picture(request: EditorRequest, digest_id: int) -> HttpResponse:
    """POST takes the file `picture`."""
    if answer := turned_away(request):
        return answer
    digest = get_object_or_404(Digest.objects.with_publication(), pk=digest_id)
    if request.method != "POST":
        return _show(request, digest)
    version = whole_number(request.POST.get("version", ""))
    upload = request.FILES.get("picture")
    try:
        thumbnail = make_thumbnail(upload.read(MOST_BYTES + 1) if upload else b"")
        curation.set_thumbnail(digest_id, version=version, thumbnail=thumbnail)
    except UnusablePicture as error:
        return _show(request, digest, status=422, said=_refusal(error.code))
    except StaleVersion:
        said = _("Somebody else changed the digest meanwhile. Look at it once more.")
        return _show(request, digest, status=409, said=said)
    messages.success(request, _("The picture is saved."))
    return redirect("digest-picture", digest_id)


def _refusal(code: str) -> str:
    return {
        "too_large": _("The file is larger than 10 MB. Choose a smaller one."),
        "too_many_pixels": _("The picture has more than 40 million pixels. Choose a smaller one."),
        "not_a_picture": _("This file cannot be read as a picture. JPEG, PNG, WebP and GIF can."),
    }[code]


def _show(request: EditorRequest, digest: Digest, *, status: int = 200, said: str = "") -> HttpResponse:
    return render(request, "desk/picture.html", {"digest": digest, "said": said}, status=status)
