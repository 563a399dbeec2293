"""The pictures uploaded here, as files. Named by their content, so whoever has one never need ask again."""

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from digests.thumbnails import is_own_path


@require_safe
def thumbnail(_request: HttpRequest, name: str) -> HttpResponseBase:
    path = f"thumbnails/{name}"
    if not is_own_path(path) or not default_storage.exists(path):
        raise Http404
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(default_storage.open(path), content_type="image/jpeg", headers=headers)


thumbnail.in_site_language = True  # type: ignore[attr-defined]
