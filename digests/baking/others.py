"""The files of a baked site that are no page of it: the answers for what is not there, and what web servers read."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import Http404, HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.views.defaults import page_not_found

from digests.baking import places, serving
from digests.baking.asking import Asker
from digests.baking.folder import OWN
from digests.models import followed
from digests.public import moved, packing
from digests.public.feeds import CONTENT_TYPES
from digests.public.freshness import answer, fingerprint


def site_wide() -> str:
    """Another one whenever something changed from which every page follows: the program, a setting, the palette."""
    request = HttpRequest()
    request.path = "/"
    with followed.as_of(""):  # which tags are followed says each page for its own
        canary = answer(request, state="", changed_at=None, render=str)
    own_names = vars(import_module(settings.SETTINGS_MODULE))
    values = {name: getattr(settings, name) for name in own_names if name.isupper() and "SECRET" not in name}
    told = {name: value for name, value in values.items() if isinstance(value, str | int | bool)}
    own, _changed_at = fingerprint(settings.BASE_DIR, patterns=["digests/baking/*.py"])
    static = getattr(staticfiles_storage, "manifest_hash", "")
    return sha256(f"{canary.headers['ETag']} {told} {own} {static}".encode()).hexdigest()[:32]


def sent_along() -> object:
    """What decides the headers besides the program and the settings that are single values."""
    return settings.SECURE_CSP, settings.MIDDLEWARE


def files(
    *,
    leads: Mapping[str, str],
    gone: Iterable[str],
    aside: Mapping[str, str],
    app: str,
    within: Iterable[str],
) -> Iterator[tuple[str, bytes]]:
    """Paths and contents."""
    sent = Asker().headers(reverse("home"))
    rules = serving.Rules(
        leads=leads,
        gone=gone,
        aside=aside,
        elsewhere=within,
        app=app.rstrip("/"),
        headers={name: sent[name] for name in serving.HEADERS if name in sent},
        types={reverse("feed", args=[kind]): content_type for kind, content_type in CONTENT_TYPES.items()},
    )
    for path, html in _pages(app=app):
        for ending, coding in (("", ""), *((ending, coding) for coding, ending in places.TWINS.items())):
            yield f"{path}{ending}", packing.pack(html, coding)
    yield "_redirects", serving.redirects(rules).encode()
    yield "_headers", serving.headers(rules).encode()
    yield f"{OWN}/nginx/maps.conf", serving.nginx_maps(rules).encode()
    yield f"{OWN}/nginx/headers.conf", serving.nginx_headers(rules).encode()


def _pages(*, app: str) -> Iterator[tuple[str, bytes]]:
    with translation.override(settings.LANGUAGE_CODE):
        request: Any = HttpRequest()
        yield "404.html", page_not_found(request, Http404()).content
        yield "410.html", moved.gone_page().encode()
        if not app:
            search = places.file_of(reverse("search"))
            yield search, render_to_string("public/search_elsewhere.html", {"section": "search"}).encode()
