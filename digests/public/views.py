"""The pages that readers see. They read live publications only, write nothing, and know neither session nor user."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any, Concatenate

from django.conf import settings
from django.db.models import Subquery
from django.db.models.query import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from digests.models import PaletteColor, Publication, followed, palettes
from digests.public import moved
from digests.public.compiled import ASKED, Compiled
from digests.public.documents import document_of
from digests.public.freshness import answer
from digests.public.listings import (
    TAGS_PAGE_SIZE,
    Listing,
    Newest,
    changed_at,
    counted_months,
    counted_tags,
    in_list,
    listing_page,
    tagged,
)
from digests.public.neighbours import neighbours
from digests.public.parts import part_of
from digests.public.responses import kept_while
from digests.public.site_state import of_site


def public_page[**P](
    view: Callable[Concatenate[HttpRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """GET and HEAD only, in the site's language whatever the browser prefers (`LanguageMiddleware`)."""

    safe = require_safe(view)

    @wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        response = safe(request, *args, **kwargs)
        if request.method == "HEAD" and isinstance(response, HttpResponse):
            response.headers["Content-Length"] = str(len(response.content))
            response.content = b""  # servers drop it anyway, and some of them log a warning each time
        return response

    page.in_site_language = True  # type: ignore[attr-defined]
    return page


@public_page
def home(request: HttpRequest, number: int | None = None) -> HttpResponseBase:
    listing = Listing("home", (), Newest())
    return listing_page(request, "public/home.html", listing, number=number, section="home")


@public_page
def digest(request: HttpRequest, slug: str) -> HttpResponseBase:
    standing = _standing(slug)
    rows, tags = standing
    if not rows:
        return moved.digest(slug)
    pk, created_at, published_at, picture, series_id, colors, *site_state = _STANDING.converted(rows)[0]
    beside = neighbours(pk, state=site_state)
    part = part_of(pk, state=site_state) if series_id else None

    def render() -> str:
        context = {"document": document_of(pk), "published_at": published_at, "changed_at": created_at}
        return render_to_string("public/digest.html", context | {"beside": beside, "facts": picture, "part": part})

    state = (pk, picture, beside, *([part] if part else []))
    with palettes.as_of(colors or ""), followed.as_of(tags):
        response = answer(request, state=state, changed_at=created_at, render=render)
    return kept_while(response, lambda: _standing(slug) == standing)


@public_page
def tags(request: HttpRequest, number: int | None = None) -> HttpResponseBase:
    listing = Listing("tags", (), counted_tags(), TAGS_PAGE_SIZE, of_digests=False)
    return listing_page(request, "public/tags.html", listing, number=number, section="tags")


@public_page
def tag(request: HttpRequest, name: str, number: int | None = None) -> HttpResponseBase:
    rows = tagged(name)
    if len(rows) < settings.TAG_LEAST_USE:
        return moved.tag(name)
    listing = Listing("tag", (name,), rows, may_be_empty=False)
    try:
        return listing_page(request, "public/tag.html", listing, number=number, section="tags", name=name)
    except Http404:
        return moved.tag(name)


@public_page
def months(request: HttpRequest) -> HttpResponseBase:
    years: dict[int, dict[date, int]] = {}
    for first, count in counted_months().items():
        years.setdefault(first.year, {})[first] = count
    context = {"years": years, "address": reverse("months"), "section": "months"}
    return answer(
        request, state=years, changed_at=changed_at(), render=lambda: render_to_string("public/months.html", context)
    )


@public_page
def month(request: HttpRequest, year: int, month: int, number: int | None = None) -> HttpResponseBase:
    live = Publication.objects.live().in_month(year, month)
    listing = Listing("month", (year, month), in_list(live.newest_first()), may_be_empty=False)
    context = {"section": "months", "first": date(year, month, 1)}
    return listing_page(request, "public/month.html", listing, number=number, **context)


def _standing(slug: str) -> tuple[list[tuple[Any, ...]], str]:
    """All that decides a digest's page: a row, if there is one, and the state of the tags where rare ones count."""
    return _STANDING.raw(slug), followed.tags_state() if settings.TAG_LEAST_USE > 1 else ""


def _of_digest() -> QuerySet[Any, Any]:
    """What is its own, the palette, and what stands for the whole site."""
    colors = Subquery(PaletteColor.objects.order_by().values("state")[:1])
    own = ("pk", "created_at", "published_at", "picture", "series_id")
    fields: tuple[Any, ...] = (*own, colors, *of_site())
    return Publication.objects.live().filter(slug=ASKED).values_list(*fields)[:1]


_STANDING = Compiled(_of_digest)
