"""A digest's picture, and those that stand between quotes: uploaded, chosen from the library, or a title card."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests import cards, curation, illustrations, tasks
from digests.curation import CurationError, StaleVersion, picturing
from digests.editor import library
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.forms import PictureForm, whole_number
from digests.models import Digest, LibraryPicture, Quote
from digests.thumbnails import MOST_BYTES, Thumbnail, UnusablePicture, make_thumbnail

LIBRARY_SHOWN = 12
TEMPLATE_NAMES = {
    "paper": gettext_lazy("Paper"),
    "night": gettext_lazy("Night"),
    "band": gettext_lazy("Colour"),
    "voices": gettext_lazy("Voices"),
    "frame": gettext_lazy("Frame"),
}
BY_ITSELF = "by-itself"


def picture(request: EditorRequest, digest_id: int) -> HttpResponse:
    """POST takes the file `picture`, a `library` picture's id, or a title `card`'s template."""
    if answer := turned_away(request):
        return answer
    digest = get_object_or_404(Digest.objects.with_publication(), pk=digest_id)
    if request.method != "POST":
        return _show(request, digest)
    version = whole_number(request.POST.get("version", ""))
    try:
        _give(request, digest_id, version)
    except UnusablePicture as error:
        return _show(request, digest, status=422, said=library.refusal(error.code))
    except CurationError as error:
        return _show(request, digest, status=422, said=str(error))
    except StaleVersion:
        return _show(request, digest, status=409, said=_changed())
    messages.success(request, _("The picture is saved."))
    return redirect("digest-picture", digest_id)


def _give(request: EditorRequest, digest_id: int, version: int) -> None:
    """Raises `UnusablePicture`, `CurationError` and `StaleVersion`."""
    by = editor_of(request)
    if "card" in request.POST:
        template = request.POST["card"]
        picturing.choose_card(digest_id, version=version, template="" if template == BY_ITSELF else template, by=by.pk)
    elif "library" in request.POST:
        row = get_object_or_404(LibraryPicture, pk=whole_number(request.POST["library"]))
        picturing.choose_picture(digest_id, version=version, path=row.path, by=by.pk)
    else:
        upload = request.FILES.get("picture")
        thumbnail = make_thumbnail(upload.read(MOST_BYTES + 1) if upload else b"")
        curation.set_thumbnail(digest_id, version=version, thumbnail=thumbnail, by=by.pk)
        row, _created = picturing.add_to_library(thumbnail, by=by, alt=request.POST.get("alt", ""))
        tasks.make_library_pictures.enqueue([row.pk])


def card(request: EditorRequest, digest_id: int, template: str) -> HttpResponse:
    """What the digest's title card looks like as it is now; kept nowhere."""
    if answer := turned_away(request):
        return answer
    digest = get_object_or_404(Digest, pk=digest_id)
    if template not in (*cards.TEMPLATES, BY_ITSELF):
        raise Http404
    made = illustrations.title_card(
        slug=digest.slug, headline=digest.headline, day=digest.date, tags=digest.tags, template=template
    )
    content = cards.draw(made, illustrations.fonts())
    return HttpResponse(content, content_type="image/jpeg", headers={"Cache-Control": "private, no-store"})


def new_picture(request: EditorRequest, digest_id: int) -> HttpResponse:
    """A picture between quotes; `at` names the gap, as `outline.insert` does."""
    if answer := turned_away(request):
        return answer
    digest = get_object_or_404(Digest, pk=digest_id)
    if request.method != "POST":
        start = {"at": request.GET.get("at", "bottom"), "version": digest.version}
        return _show_new(request, digest, PictureForm(initial=start))
    form = PictureForm(_with_the_librarys_words(request))
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
    shown = library.found(request.GET, per_page=LIBRARY_SHOWN)
    context: dict[str, Any] = {"digest": row.digest, "row": row, "found": shown}
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
    """The file that was uploaded, which joins the library, or the picture that was chosen from there.

    Raises `CurationError` for what is no picture; no file at all is none, too.
    """
    file, chosen = request.FILES.get("picture"), _chosen(request)
    try:
        if chosen is not None and file is None:
            return Thumbnail(chosen.path, illustrations.read(chosen.path), chosen.width, chosen.height)
        made = library.uploaded(file)
    except FileNotFoundError as error:
        raise CurationError("not_a_picture", _("The picture's file is gone from the library.")) from error
    except UnusablePicture as error:
        raise CurationError(error.code, library.refusal(error.code), field="picture") from error
    texts = {name: request.POST.get(name, "") for name in ("alt", "credit")}
    row, _created = picturing.add_to_library(made, by=editor_of(request), **texts)
    tasks.make_library_pictures.enqueue([row.pk])
    return made


def _chosen(request: EditorRequest) -> LibraryPicture | None:
    given = request.POST.get("library", "")
    return get_object_or_404(LibraryPicture, pk=whole_number(given)) if given else None


def _with_the_librarys_words(request: EditorRequest) -> Any:
    """What was typed, and where nothing was what the library says of the picture that was chosen."""
    typed, chosen = request.POST.copy(), _chosen(request)
    if chosen is not None and not request.FILES:
        typed["alt"] = typed.get("alt") or chosen.alt
        typed["credit"] = typed.get("credit") or chosen.credit
    return typed


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
    context = {
        "digest": digest,
        "form": form,
        "said": said or " ".join(map(str, form.non_field_errors())),
        "found": library.found(request.GET, per_page=LIBRARY_SHOWN),
        "at": request.GET.get("at", "bottom"),
        "chosen": request.POST.get("library", ""),
    }
    return render(request, "desk/picture_between.html", context, status=status)


def _changed() -> str:
    return _("Somebody else changed the digest meanwhile. Look at it once more.")


def _show(request: EditorRequest, digest: Digest, *, status: int = 200, said: str = "") -> HttpResponse:
    context = {
        "digest": digest,
        "said": said,
        "found": library.found(request.GET, per_page=LIBRARY_SHOWN),
        "templates": TEMPLATE_NAMES,
        "by_itself": BY_ITSELF,
    }
    return render(request, "desk/picture.html", context, status=status)
