"""Pictures as files: those uploaded here, those that moved in with a Hugo site, their renditions, and cards.

Those of a digest are given to nobody once it is withdrawn. What is asked for before the worker has made it is made at
once, one at a time in each process; so no page ever has to wait for a picture, nor to change when it is there.
"""

import re
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.core.files.storage import default_storage
from django.db.models import F
from django.db.models.query import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from digests import illustrations, renditions
from digests.cards import TitleCard
from digests.models import Publication
from digests.models.palettes import current_palette
from digests.public.compiled import ASKED, Compiled
from digests.public.foreseen import foreseen
from digests.publishing import interchange
from digests.templatetags.digest_tags import quote_count
from digests.thumbnails import UnusablePicture, is_own_path

FOR_EVER = "public, max-age=31536000, immutable"  # named by its content
ASK_FIRST = "public, max-age=0, must-revalidate"
PATIENCE_SECONDS = 5

_SITE_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "gif": "image/gif"}
_TYPES = _SITE_TYPES | renditions.TYPES
_SITE_PICTURE = re.compile(rf"[0-9a-f]{{64}}\.({'|'.join(_SITE_TYPES)})\Z")
_KINDS = "|".join(renditions.FORMATS)
_RENDITION = re.compile(rf"([0-9a-f]{{64}}|[0-9a-f]{{20}})-([1-9][0-9]{{0,3}})\.({_KINDS})\Z")
_CARD = re.compile(rf"([0-9a-f]{{20}})(?:-([1-9][0-9]{{0,3}}))?\.({_KINDS})\Z")
_making = threading.Lock()


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


@require_safe
def rendition(_request: HttpRequest, name: str) -> HttpResponseBase:
    match = _RENDITION.match(name)
    if match is None:
        raise Http404
    stem, width, kind = match[1], int(match[2]), match[3]
    original = _original(stem)
    if width not in renditions.widths(illustrations.size_of(original)[0]):
        raise Http404
    path = f"{illustrations.RENDITIONS}/{name}"
    return _kept(path, lambda: illustrations.rendition(original, width=width, kind=kind), cache=FOR_EVER)


@require_safe
def title_card(_request: HttpRequest, slug: str, name: str) -> HttpResponseBase:
    """The card that a digest has now; an address of one that it had before leads there."""
    match = _CARD.match(name)
    if match is None:
        raise Http404
    found = foreseen(("title card", slug), lambda: _title_card(slug))
    if found is None:
        raise Http404
    card, current_key = found
    key, width, kind = match[1], match[2], match[3]
    if key != current_key:
        current = name.replace(key, current_key)
        return HttpResponseRedirect(reverse("title-card", args=[slug, current]), headers={"Cache-Control": ASK_FIRST})
    if width is None and kind == "jpg":
        return _kept(illustrations.card_path(card), lambda: illustrations.drawn(card), cache=FOR_EVER)
    if width is None or int(width) not in renditions.widths(illustrations.CARD_SIZE[0]):
        raise Http404
    path = f"{illustrations.RENDITIONS}/{name}"
    return _kept(path, lambda: illustrations.card_rendition(card, width=int(width), kind=kind), cache=FOR_EVER)


@require_safe
def quote_card(request: HttpRequest, slug: str, number: int, *, square: bool = False) -> HttpResponseBase:
    """Kept by nobody without asking: whoever is quoted may ask to be taken out."""
    stored = Publication.objects.live().filter(slug=slug).values_list("document", flat=True).first()
    if stored is None:
        raise Http404
    document = interchange.from_json(stored).document
    if not 1 <= number <= quote_count(document):
        raise Http404
    card = illustrations.quote_card(document, number, current_palette(), square=square)
    etag = f'"{illustrations.card_key(card)}"'
    known = "If-None-Match" in request.headers and get_conditional_response(request, etag)
    response = known or _kept(illustrations.card_path(card), lambda: illustrations.drawn(card), cache=ASK_FIRST)
    response.headers["ETag"] = etag
    response.headers["Cache-Control"] = ASK_FIRST
    return response


def _title_card(slug: str) -> tuple[TitleCard, str] | None:
    """Of the live digest that has the slug, with its key."""
    row = _SHOWN_ON_CARD.first(slug)
    if row is None:
        return None
    headline, day, facts, tags = row
    card = illustrations.title_card(
        slug=slug, headline=headline, day=day, tags=tags or (), template=facts.get("card", "")
    )
    return card, illustrations.card_key(card)


def _shown_on_card() -> QuerySet[Any, Any]:
    live = Publication.objects.live().filter(slug=ASKED)
    return live.values_list("headline", "date", "picture", F("document__tags"))[:1]


_SHOWN_ON_CARD = Compiled(_shown_on_card)


def _original(stem: str) -> str:
    """Where the picture lies that the renditions of this name are made of. Raises `Http404`."""
    paths = [f"pictures/{stem}.{suffix}" for suffix in _SITE_TYPES] if len(stem) == 64 else [f"thumbnails/{stem}.jpg"]
    if found := next((path for path in paths if default_storage.exists(path)), ""):
        return found
    raise Http404


def _kept(path: str, make: Callable[[], bytes], *, cache: str) -> HttpResponseBase:
    """Making one takes a tenth of a second; one at a time, so that pages keep a core for themselves."""
    content_type = _TYPES[path.rpartition(".")[2]]
    with suppress(Http404):
        return _file(path, content_type, cache=cache)
    if not _making.acquire(timeout=PATIENCE_SECONDS):
        return HttpResponse(status=503, headers={"Retry-After": "10"})
    try:
        content = make()
    except (UnusablePicture, FileNotFoundError) as error:
        raise Http404 from error
    finally:
        _making.release()
    return HttpResponse(content, content_type=content_type, headers={"Cache-Control": cache})


def _file(path: str, content_type: str, *, cache: str = FOR_EVER) -> HttpResponseBase:
    try:
        file = default_storage.open(path)
    except FileNotFoundError as error:
        raise Http404 from error
    return FileResponse(file, content_type=content_type, headers={"Cache-Control": cache})


for _view in (thumbnail, site_picture, rendition, title_card, quote_card):
    setattr(_view, "in_site_language", True)  # noqa: B010
