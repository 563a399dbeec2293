"""Taking digests out: one as a Hugo post or as Matome's own JSON, all of them as a zip of posts."""

import json
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlencode

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.delivering import posts
from digests.editor import planning
from digests.editor.access import EditorRequest, turned_away
from digests.editor.board import load_digest
from digests.editor.forms import whole_number
from digests.models import Digest, Publication, Target
from digests.publishing import exporting, hugo, interchange
from digests.publishing.assemble import assemble, pictures_of
from digests.publishing.document import DigestDocument
from digests.publishing.exporting import ExportedFile
from digests.publishing.form import FormError
from digests.publishing.hugo import Escaping, UnfaithfulPost

# Posts are small; up to this many bytes of them are packed in memory, more in a temporary file.
IN_MEMORY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Refused:
    """A digest that cannot be a post, and why."""

    digest_id: int | None  # None: the site as a whole
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A digest's post, or why there is none (`problem`)."""

    path: str = ""
    post: str = ""
    problem: str = ""
    note: str = ""


def export(request: EditorRequest, digest_id: int) -> HttpResponse:
    """The post to look at, copy and download: as the site `target` would get it, or in the reference form.

    `escaping`, `safe` or `plain`, is the reference form's alone.
    """
    if answer := turned_away(request):
        return answer
    return _show(request, digest_id)


def _show(request: EditorRequest, digest_id: int, *, status: int = 200) -> HttpResponse:
    digest, target, escaping = load_digest(digest_id), _target(request), _escaping(request)
    context = {
        "digest": digest,
        "targets": Target.objects.order_by("name"),
        "target": target,
        "query": urlencode({"target": target.pk} if target else {"escaping": escaping.value}),
        "plain": escaping is Escaping.PLAIN,
        "shown": _post(digest_id, target, escaping),
    }
    return render(request, "desk/export.html", context, status=status)


def _post(digest_id: int, target: Target | None, escaping: Escaping) -> Shown:
    document = assemble(digest_id)
    try:
        if target is None:
            return Shown(hugo.post_path(document), hugo.render(document, escaping=escaping), note=_note(document))
        form, known = posts.form_of(target), posts.posts_of(target, [digest_id]).get(digest_id)
        text, problems = posts.proved(document, known, form)
        path = posts.path_of(document, known, form) if text else ""
        return Shown(path, text, " ".join(problems), _note(document))
    except (FormError, UnfaithfulPost, ValueError) as error:
        return Shown(problem=reason(error))


def _note(document: DigestDocument) -> str:
    """What a post cannot carry, said once for the whole digest."""
    count = sum(bool(quote.emphasis) for quote in document.quotes())
    said = ngettext(
        "%(count)s quote is large or boxed here; a post has no word for that, and shows it like the others.",
        "%(count)s quotes are large or boxed here; a post has no word for that, and shows them like the others.",
        count,
    )
    return said % {"count": count} if count else ""


def post_file(request: EditorRequest, digest_id: int) -> HttpResponse:
    """The post as a file to save."""
    if answer := turned_away(request):
        return answer
    digest = get_object_or_404(Digest, pk=digest_id)
    shown = _post(digest_id, _target(request), _escaping(request))
    if not shown.post:
        return _show(request, digest_id, status=422)
    return _attachment(shown.post, "text/markdown; charset=utf-8", f"{digest.date:%Y_%m_%d}_{digest.slug}.md")


def json_file(request: EditorRequest, digest_id: int) -> HttpResponse:
    """The digest without loss, to keep or to load into another Matome."""
    if answer := turned_away(request):
        return answer
    digest = load_digest(digest_id)
    status = "published" if digest.publications.live().exists() else "draft"
    value = interchange.to_json(assemble(digest_id), status=status)
    return _attachment(
        json.dumps(value, ensure_ascii=False, indent=2) + "\n", "application/json", f"{digest.slug}.json"
    )


def archive(request: EditorRequest) -> HttpResponse | FileResponse:
    """Every published digest as readers see it, with its picture, each at its path in a Hugo site.

    Where some cannot be posts, the page names them instead; `without=1` leaves them out knowingly. With a `target` it
    is that site's posts, those that stand there as they came; with `which` just those of the desk's list.
    """
    if answer := turned_away(request):
        return answer
    target, escaping = _target(request), _escaping(request)
    only = planning.chosen(request.GET, None) if "which" in request.GET else None
    packed = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  (FileResponse closes it)
    refused, count = _pack_site(packed, target) if target else _pack(packed, _published(only), escaping)
    if (refused and "without" not in request.GET) or not count:
        packed.close()
        without = request.GET.copy()
        without["escaping"], without["without"] = escaping.value, "1"
        context = {"refused": refused, "count": count, "without": without.urlencode()}
        return render(request, "desk/archive.html", context, status=422 if refused else 200)
    packed.seek(0)
    name = f"matome_{timezone.localdate():%Y_%m_%d}.zip"
    return FileResponse(packed, as_attachment=True, filename=name, content_type="application/zip")


def reason(error: Exception) -> str:
    """Why a digest cannot be a post, for the editor."""
    if isinstance(error, hugo.PlainCannotHold):
        return _("This text cannot be written without escaping: %(text)s") % {"text": error}
    if isinstance(error, FormError):
        return _("The settings of this site's posts cannot be used: %(reason)s") % {"reason": error}
    if isinstance(error, UnfaithfulPost):
        return _("The post would not read back as what is in the digest: %(detail)s") % {"detail": error}
    return _("The slug cannot be a folder's name.")


def _published(only: Sequence[int] | None) -> Iterator[tuple[int, DigestDocument]]:
    found = Publication.objects.live().newest_first()
    if only is not None:
        found = found.filter(digest__in=only)
    for publication in found.iterator(chunk_size=100):
        yield publication.digest_id, interchange.from_json(publication.document).document


def _pack(
    packed: IO[bytes], documents: Iterator[tuple[int, DigestDocument]], escaping: Escaping
) -> tuple[list[Refused], int]:
    refused: list[Refused] = []
    count = 0
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for digest_id, document in documents:
            try:
                file.writestr(hugo.post_path(document), hugo.render(document, escaping=escaping))
            except (UnfaithfulPost, ValueError) as error:
                refused.append(Refused(digest_id, document.headline or document.slug, reason(error)))
                continue
            count += 1
            for name, content in pictures_of(document).items():
                path = hugo.picture_path(document, name)
                if path not in file.namelist():
                    file.writestr(path, content)
    return refused, count


def _pack_site(packed: IO[bytes], target: Target) -> tuple[list[Refused], int]:
    """The site's posts and pictures; nothing at all where one of them cannot be written."""
    refused: list[Refused] = []
    count = 0

    def files() -> Iterator[ExportedFile]:
        for one in exporting.everything(target):
            if one.problem:
                refused.append(Refused(None, target.name, one.problem))
            else:
                yield one

    try:
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
            for one, content in exporting.contents(files()):
                file.writestr(one.path, content)
                count += 1
    except FormError as error:
        return [Refused(None, target.name, str(error))], 0
    return refused, 0 if refused else count


def _target(request: EditorRequest) -> Target | None:
    """The Hugo site that is asked for, None for the reference form."""
    given = request.GET.get("target", "")
    return get_object_or_404(Target, pk=whole_number(given)) if given else None


def _escaping(request: EditorRequest) -> Escaping:
    return Escaping.PLAIN if request.GET.get("escaping") == "plain" else Escaping.SAFE


def _attachment(text: str, content_type: str, name: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(text.encode(), content_type=content_type, headers={"Content-Disposition": disposition})
