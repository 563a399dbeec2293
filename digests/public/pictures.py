"""Pictures as files: those uploaded here, and those that moved in with a Hugo site.

All are named by their content, so whoever has one never need ask again.
"""

import re

from django.core.files.storage import default_storage
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from digests.thumbnails import is_own_path

_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}
_SITE_PICTURE = re.compile(rf"[0-9a-f]{{64}}\.({'|'.join(_TYPES)})\Z")


@require_safe
def thumbnail(_request: HttpRequest, name: str) -> HttpResponseBase:
    path = f"thumbnails/{name}"
    if not is_own_path(path):
        raise Http404
    return _file(path, "image/jpeg")


@require_safe
def site_picture(_request: HttpRequest, name: str) -> HttpResponseBase:
    """The very file that the site had; what it is was looked at when it was kept."""
    match = _SITE_PICTURE.match(name)
    if match is None:
        raise Http404
    return _file(f"pictures/{name}", _TYPES[match[1]])


def _file(path: str, content_type: str) -> HttpResponseBase:
    if not default_storage.exists(path):
        raise Http404
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return FileResponse(default_storage.open(path), content_type=content_type, headers=headers)


thumbnail.in_site_language = True  # type: ignore[attr-defined]
site_picture.in_site_language = True  # type: ignore[attr-defined]
