"""Whether the copy that a reader or a cache already has is still good, told without rendering the page.

A page is made from stored rows, from settings and from the project's own files. Its ETag covers all three, so a
withdrawn digest, a new style sheet and a renamed site each end every old copy at once. Rendered pages are kept under
their ETag, compressed: whatever changes, the next request asks for another key, so no process ever serves an old page.
"""

import hashlib
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response, patch_vary_headers
from django.utils.http import http_date

from digests.models import PaletteColor, followed, palettes
from digests.public import packing
from digests.public.kept import kept

# What decides the bytes of a public page besides its rows; relative to the project.
SOURCES = (
    "templates/public/*",
    "static/*.css",
    "static/reading.js",
    "static/icons/*",
    "locale/*/LC_MESSAGES/*.mo",
    "digests/*.py",
    "digests/public/*.py",
    "digests/publishing/*.py",
    "digests/templatetags/*.py",
    "matome_site/settings.py",
)
KEPT_SECONDS = 7 * 24 * 3600
_SETTINGS = ("SITE_NAME", "BASE_URL", "LANGUAGE_CODE", "TIME_ZONE", "STATIC_URL", "TAG_LEAST_USE", "CARD_FONT")


def answer(
    request: HttpRequest,
    *,
    state: object,
    changed_at: datetime | None,
    render: Callable[[], str],
    content_type: str = "text/html; charset=utf-8",
) -> HttpResponseBase:
    """304 when the reader's copy is still good, else the page.

    `state` stands for the rows: it must have another `repr` whenever the page would differ. `changed_at` is when they
    last changed, None when there are none. The palette's rows belong to every page, and are looked at here.
    """
    _fingerprint, built_at = build()
    if content_type.startswith("text/html"):
        colors = PaletteColor.objects.state()
        state, times = (state, colors) if colors else state, (changed_at, palettes.changed_at(colors))
        changed_at = max((at for at in times if at), default=None)
        render = palettes.as_of(colors)(render)
        if settings.TAG_LEAST_USE > 1:
            tags = followed.tags_state()
            state, render = (state, tags), followed.as_of(tags)(render)
    else:
        render = palettes.as_of("")(render)  # feeds and the like show no colour, and need not ask for each digest
    key = hashlib.sha256(f"{made_by()} {request.path} {state!r}".encode()).hexdigest()[:32]
    etag = f'W/"{key}"'  # weak, because the compressed page is the same page
    # Only the ETag tells that a copy is good: tags that become one and digests deleted leave the time as it was.
    known = "HTTP_IF_NONE_MATCH" in request.META and get_conditional_response(request, etag)
    response = known or _page(request, key, render, content_type)
    response.headers["ETag"] = etag
    response.headers["Last-Modified"] = http_date(max(changed_at or built_at, built_at).timestamp())
    # Kept by anyone, shown by no one without asking: a withdrawn digest must be gone at once, and asking is cheap.
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _page(request: HttpRequest, key: str, render: Callable[[], str], content_type: str) -> HttpResponse:
    coding = packing.coding_for(request.META.get("HTTP_ACCEPT_ENCODING", ""))
    if coding:
        body = kept(f"page:{key}:{coding}", lambda: packing.pack(_plain(key, render), coding), seconds=KEPT_SECONDS)
    else:
        body = _plain(key, render)
    response = HttpResponse(body, content_type=content_type)
    if coding:
        response.headers["Content-Encoding"] = coding
    response.headers["Content-Length"] = str(len(body))
    return response


def _plain(key: str, render: Callable[[], str]) -> bytes:
    return kept(f"page:{key}:", lambda: render().encode(), seconds=KEPT_SECONDS)


def made_by() -> str:
    """Stands for the program and the settings that shape public pages."""
    facts = [getattr(settings, name) for name in _SETTINGS]
    return hashlib.sha256(f"{build()[0]} {facts}".encode()).hexdigest()[:32]


@cache
def build() -> tuple[str, datetime]:
    """Fingerprint of the files that shape public pages, and when one last changed. Read once."""
    return fingerprint(Path(settings.BASE_DIR), patterns=SOURCES)


def fingerprint(root: Path, *, patterns: Iterable[str]) -> tuple[str, datetime]:
    """Of the names and bytes of the files below `root`; the time is the newest file's."""
    digest = hashlib.sha256()
    newest = 0.0
    for path in sorted(path for pattern in patterns for path in root.glob(pattern) if path.is_file()):
        digest.update(f"\0{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes())
        newest = max(newest, path.stat().st_mtime)
    return digest.hexdigest(), datetime.fromtimestamp(newest, UTC)
