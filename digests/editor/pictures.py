"""Uploading pictures: the digest's own, and those that stand between quotes."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from digests import curation
from digests.curation import CurationError, StaleVersion
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.forms import PictureForm, whole_number
from digests.models import Digest, Quote
from digests.thumbnails import MOST_BYTES, Thumbnail, UnusablePicture, make_picture, make_thumbnail


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
        curation.set_thumbnail(digest_id, version=version, thumbnail=thumbnail, by=editor_of(request).pk)
    except UnusablePicture as error:
        return _show(request, digest, status=422, said=_refusal(error.code))
    except StaleVersion:
        return _show(request, digest, status=409, said=_changed())
    messages.success(request, _("The picture is saved."))
    return redirect("digest-picture", digest_id)


def new_picture(request: EditorRequest, digest_id: int) -> HttpResponse:
    """A picture between quotes; `at` names the gap, as `outline.insert` does."""
    if answer := turned_away(request):
        return answer
    digest = get_object_or_404(Digest, pk=digest_id)
    if request.method != "POST":
        start = {"at": request.GET.get("at", "bottom"), "version": digest.version}
        return _show_new(request, digest, PictureForm(initial=start))
    form = PictureForm(request.POST)
    if not form.is_valid():
        return _show_new(request, digest, form, status=422)
    typed = form.cleaned_data
    try:
        _version, pk = curation.insert_picture(digest_id, picture=_uploaded(request), by=editor_of(request).pk, **typed)
    except CurationError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return _show_new(request, digest, form, status=422)
    except StaleVersion as error:
        return _show_new(request, digest, _moved_on(request, error, typed["version"]), status=409, said=_changed())
    messages.success(request, _("The picture is added."))
    return redirect(f"{reverse('board', args=[digest_id])}#q{pk}")


def picture_file(request: EditorRequest, digest_id: int, quote_id: int) -> HttpResponse:
    """Another file for a picture between quotes; its texts stay."""
    if answer := turned_away(request):
        return answer
    row = get_object_or_404(
        Quote.objects.select_related("digest"), pk=quote_id, digest_id=digest_id, kind=Quote.Kind.PICTURE
    )
    context = {"digest": row.digest, "row": row}
    if request.method != "POST":
        return render(request, "desk/picture_between.html", context)
    version = whole_number(request.POST.get("version", ""))
    try:
        curation.replace_picture(
            digest_id, version=version, quote_id=quote_id, picture=_uploaded(request), by=editor_of(request).pk
        )
    except CurationError as error:
        return render(request, "desk/picture_between.html", context | {"said": str(error)}, status=422)
    except StaleVersion:
        return render(request, "desk/picture_between.html", context | {"said": _changed()}, status=409)
    messages.success(request, _("The picture is saved."))
    return redirect(f"{reverse('board', args=[digest_id])}#q{quote_id}")


def _uploaded(request: EditorRequest) -> Thumbnail:
    """Raises `CurationError` for what is no picture; no file at all is none, too."""
    upload = request.FILES.get("picture")
    try:
        return make_picture(upload.read(MOST_BYTES + 1) if upload else b"")
    except UnusablePicture as error:
        raise CurationError(error.code, _refusal(error.code), field="picture") from error


def _moved_on(request: EditorRequest, error: StaleVersion, version: int) -> PictureForm:
    """The form with what was typed, on the digest's present version; at the end where the gap is gone."""
    typed = request.POST.copy()
    if error.current == version:
        typed["at"] = "bottom"
    typed["version"] = str(error.current)
    return PictureForm(typed)


def _show_new(
    request: EditorRequest, digest: Digest, form: PictureForm, *, status: int = 200, said: str = ""
) -> HttpResponse:
    context = {"digest": digest, "form": form, "said": said or " ".join(map(str, form.non_field_errors()))}
    return render(request, "desk/picture_between.html", context, status=status)


def _changed() -> str:
    return _("Somebody else changed the digest meanwhile. Look at it once more.")


def _refusal(code: str) -> str:
    return {
        "too_large": _("The file is larger than 10 MB. Choose a smaller one."),
        "too_many_pixels": _("The picture has more than 40 million pixels. Choose a smaller one."),
        "not_a_picture": _("This file cannot be read as a picture. JPEG, PNG, WebP and GIF can."),
    }[code]


def _show(request: EditorRequest, digest: Digest, *, status: int = 200, said: str = "") -> HttpResponse:
    return render(request, "desk/picture.html", {"digest": digest, "said": said}, status=status)
