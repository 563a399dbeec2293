"""The picture library: uploading several at once, saying what they show, finding them again, taking one out."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Page, Paginator
from django.db.models import Count
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from digests import tasks, wordindex
from digests.curation import picturing
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.forms import TagsField, whole_number
from digests.models import Digest, LibraryPicture, Quote
from digests.thumbnails import MOST_BYTES, Thumbnail, UnusablePicture, make_picture

PER_PAGE = 48
MOST_AT_ONCE = 30
TAGS_SHOWN = 40


class LibraryForm(forms.Form):
    """What the library knows of a picture; the fields are those of `picturing.describe`."""

    alt = forms.CharField(
        label=gettext_lazy("What it shows"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Read aloud to those who cannot see the picture."),
    )
    credit = forms.CharField(
        label=gettext_lazy("Credit"), max_length=200, required=False, help_text=gettext_lazy("Whose picture it is.")
    )
    tags = TagsField(
        label=gettext_lazy("Tags"), max_length=1000, required=False, help_text=gettext_lazy("Separated by commas.")
    )


@dataclass(frozen=True, slots=True)
class Found:
    """A page of pictures, and by what they were looked for. `query` is that as it stands in an address."""

    page: Page[LibraryPicture]
    q: str
    tag: str
    tags: tuple[tuple[str, int], ...]
    query: str


def library(request: EditorRequest) -> HttpResponse:
    """GET looks for `q` and `tag`; POST takes files `pictures`, with one credit and the same tags for all."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return _show(request, LibraryForm(auto_id="new_%s"))
    form = LibraryForm(request.POST, auto_id="new_%s")
    files = request.FILES.getlist("pictures")
    if not form.is_valid() or not files or len(files) > MOST_AT_ONCE:
        said = _("Choose up to %(most)d pictures.") % {"most": MOST_AT_ONCE}
        return _show(request, form, refused=[said], status=422)
    added, refused = _added(files, form, request)
    if refused:
        return _show(request, form, refused=refused, added=len(added), status=422)
    messages.success(request, _added_said(len(added)))
    asked = QueryDict(mutable=True)
    asked.setlist("picture", [str(pk) for pk in added])
    return redirect(f"{reverse('library-describe')}?{asked.urlencode()}")


def describe(request: EditorRequest) -> HttpResponse:
    """What the pictures named by `picture` show, whose they are, and by which words they are found."""
    if answer := turned_away(request):
        return answer
    keys = [whole_number(key) for key in request.GET.getlist("picture")][:MOST_AT_ONCE]
    rows = list(LibraryPicture.objects.filter(pk__in=keys).order_by("pk"))
    if not rows:
        return redirect("library")
    posted = request.POST if request.method == "POST" else None
    forms_ = [(row, LibraryForm(posted, initial=_initial(row), prefix=str(row.pk))) for row in rows]
    if posted is not None and all(form.is_valid() for _row, form in forms_):
        for row, form in forms_:
            picturing.describe(row.pk, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("library")
    uses = [(row, form, picturing.use_of(row.path)) for row, form in forms_]
    return render(request, "desk/library_describe.html", {"rows": uses}, status=200 if posted is None else 422)


def remove(request: EditorRequest, picture_id: int) -> HttpResponse:
    """GET says where the picture is used; POST takes it out."""
    if answer := turned_away(request):
        return answer
    row = get_object_or_404(LibraryPicture, pk=picture_id)
    if request.method != "POST":
        return render(request, "desk/library_remove.html", {"row": row, "use": picturing.use_of(row.path)})
    if picturing.remove_from_library(picture_id):
        messages.success(request, _("The picture is deleted."))
    else:
        messages.success(request, _("The library has the picture no more; where it is used it stays."))
    return redirect("library")


def found(asked: QueryDict, *, per_page: int = PER_PAGE) -> Found:
    """What `q` (each of its words), `tag` and `page` ask for, newest first.

    Told apart in memory: a library has hundreds of pictures, and no database folds the widths of Japanese letters.
    """
    q, tag = asked.get("q", "")[:200].strip(), asked.get("tag", "")[:100]
    words = wordindex.normalise(q).split()
    rows = LibraryPicture.objects.order_by("-created_at", "-pk").values_list("pk", "alt", "credit", "tags")
    counted: Counter[str] = Counter()
    keys: list[int] = []
    for pk, alt, credit, tags in rows:
        counted.update(tags)
        said = wordindex.normalise(" ".join((alt, credit, *tags))) if words else ""
        if (not tag or tag in tags) and all(word in said for word in words):
            keys.append(pk)
    page: Any = Paginator(keys, per_page).get_page(asked.get("page"))
    by_key = LibraryPicture.objects.in_bulk(list(page.object_list))
    page.object_list = [by_key[pk] for pk in page.object_list if pk in by_key]
    query = QueryDict(mutable=True)
    query.update({name: value for name, value in (("q", q), ("tag", tag)) if value})
    return Found(page, q, tag, tuple(counted.most_common(TAGS_SHOWN)), query.urlencode())


def uploaded(file: "UploadedFile[Any] | None") -> Thumbnail:
    """Raises `UnusablePicture`; no file at all is no picture."""
    return make_picture(file.read(MOST_BYTES + 1) if file else b"")


def refusal(code: str) -> str:
    return {
        "too_large": _("The file is larger than 10 MB. Choose a smaller one."),
        "too_many_pixels": _("The picture has more than 40 million pixels. Choose a smaller one."),
        "not_a_picture": _("This file cannot be read as a picture. JPEG, PNG, WebP and GIF can."),
    }[code]


def _added(
    files: "Sequence[UploadedFile[Any]]", form: LibraryForm, request: EditorRequest
) -> tuple[list[int], list[str]]:
    """The keys of those that are in the library now, and what is said of the others."""
    added: list[int] = []
    refused: list[str] = []
    for file in files:
        try:
            picture = uploaded(file)
        except UnusablePicture as error:
            refused.append(f"{file.name}: {refusal(error.code)}")
            continue
        row, _created = picturing.add_to_library(picture, by=editor_of(request), **form.cleaned_data)
        added.append(row.pk)
    if added:
        tasks.make_library_pictures.enqueue(added)
    return added, refused


def _added_said(count: int) -> str:
    return ngettext("%(count)d picture is in the library.", "%(count)d pictures are in the library.", count) % {
        "count": count
    }


def _initial(row: LibraryPicture) -> dict[str, Any]:
    return {"alt": row.alt, "credit": row.credit, "tags": row.tags}


def _show(
    request: EditorRequest, form: LibraryForm, *, refused: Sequence[str] = (), added: int = 0, status: int = 200
) -> HttpResponse:
    shown = found(request.GET)
    context = {
        "form": form,
        "found": shown,
        "page": shown.page,
        "page_query": shown.query,
        "used": _uses([row.path for row in shown.page.object_list]),
        "refused": refused,
        "added": _added_said(added) if added else "",
        "most": MOST_AT_ONCE,
    }
    return render(request, "desk/library.html", context, status=status)


def _uses(paths: Sequence[str]) -> Counter[str]:
    """In how many places each of these is used, in two queries."""
    counted: Counter[str] = Counter()
    thumbnails = Digest.objects.filter(thumbnail__in=paths).values_list("thumbnail").annotate(Count("pk"))
    between = Quote.objects.filter(kind=Quote.Kind.PICTURE, target__in=paths).values_list("target")
    for path, count in (*thumbnails, *between.annotate(Count("digest", distinct=True))):
        counted[path] += count
    return counted
