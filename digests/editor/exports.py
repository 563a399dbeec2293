"""Taking digests out: one as a Hugo post or as Matome's own JSON, all published ones as a zip of posts."""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from digests.editor.access import EditorRequest, turned_away
from digests.editor.board import load_digest
from digests.models import Digest, Publication
from digests.publishing import hugo, interchange
from digests.publishing.assemble import assemble, picture_of
from digests.publishing.document import DigestDocument
from digests.publishing.hugo import Escaping, UnfaithfulPost

# Posts are small; up to this many bytes of them are packed in memory, more in a temporary file.
IN_MEMORY_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Refused:
    """A digest that cannot be a post, and why."""

    digest_id: int
    name: str
    reason: str


def export(request: EditorRequest, digest_id: int) -> HttpResponse:
    """The post to look at, copy and download; `escaping` is `safe` or `plain`."""
    if answer := turned_away(request):
        return answer
    return _show(request, digest_id)


def _show(request: EditorRequest, digest_id: int, *, status: int = 200) -> HttpResponse:
    digest = load_digest(digest_id)
    document, escaping = assemble(digest_id), _escaping(request)
    context = {"digest": digest, "escaping": escaping.value, "plain": escaping is Escaping.PLAIN}
    try:
        context |= {"post": hugo.render(document, escaping=escaping), "path": hugo.post_path(document)}
    except (UnfaithfulPost, ValueError) as error:
        context["reason"] = reason(error)
    return render(request, "desk/export.html", context, status=status)


def post_file(request: EditorRequest, digest_id: int) -> HttpResponse:
    """The post as a file to save."""
    if answer := turned_away(request):
        return answer
    get_object_or_404(Digest, pk=digest_id)
    document = assemble(digest_id)
    try:
        post = hugo.render(document, escaping=_escaping(request))
    except (UnfaithfulPost, ValueError):
        return _show(request, digest_id, status=422)
    return _attachment(post, "text/markdown; charset=utf-8", f"{document.date:%Y_%m_%d}_{document.slug}.md")


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

    Where some cannot be posts, the page names them instead; `without=1` leaves them out knowingly.
    """
    if answer := turned_away(request):
        return answer
    escaping = _escaping(request)
    packed = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY_BYTES)  # noqa: SIM115  (FileResponse closes it)
    refused, count = _pack(packed, _published(), escaping)
    if (refused and "without" not in request.GET) or not count:
        packed.close()
        context = {"refused": refused, "count": count, "escaping": escaping.value}
        return render(request, "desk/archive.html", context, status=422 if refused else 200)
    packed.seek(0)
    name = f"matome_{timezone.localdate():%Y_%m_%d}.zip"
    return FileResponse(packed, as_attachment=True, filename=name, content_type="application/zip")


def reason(error: Exception) -> str:
    """Why a digest cannot be a post, for the editor."""
    if isinstance(error, hugo.PlainCannotHold):
        return _("This text cannot be written without escaping: %(text)s") % {"text": error}
    if isinstance(error, UnfaithfulPost):
        return _("The post would not read back as what is in the digest: %(detail)s") % {"detail": error}
    return _("The slug cannot be a folder's name.")


def _published() -> Iterator[tuple[int, DigestDocument]]:
    for publication in Publication.objects.live().newest_first().iterator(chunk_size=100):
        yield publication.digest_id, interchange.from_json(publication.document).document


def _pack(
    target: IO[bytes], documents: Iterator[tuple[int, DigestDocument]], escaping: Escaping
) -> tuple[list[Refused], int]:
    refused: list[Refused] = []
    count = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for digest_id, document in documents:
            try:
                file.writestr(hugo.post_path(document), hugo.render(document, escaping=escaping))
            except (UnfaithfulPost, ValueError) as error:
                refused.append(Refused(digest_id, document.headline or document.slug, reason(error)))
                continue
            count += 1
            picture, path = picture_of(document), hugo.picture_path(document)
            if picture and path not in file.namelist():
                file.writestr(path, picture)
    return refused, count


def _escaping(request: EditorRequest) -> Escaping:
    return Escaping.PLAIN if request.GET.get("escaping") == "plain" else Escaping.SAFE


def _attachment(text: str, content_type: str, name: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(text.encode(), content_type=content_type, headers={"Content-Disposition": disposition})
