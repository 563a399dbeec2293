"""The pages that readers see. They read live publications only, write nothing, and know neither session nor user."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate

from django.conf import settings
from django.core.paginator import EmptyPage, Paginator
from django.db.models import Count, OuterRef, Subquery
from django.db.models.query import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.views.decorators.http import require_safe

from digests.models import AuditEntry, PaletteColor, Publication, Tag, followed, palettes
from digests.models.publications import PublicationQuerySet
from digests.public import moved
from digests.public.compiled import ASKED, Compiled
from digests.public.documents import document_of
from digests.public.freshness import answer
from digests.public.neighbours import neighbours
from digests.public.parts import part_of
from digests.public.responses import kept_while

PAGE_SIZE = 20
TAGS_PAGE_SIZE = 200
_A_NUMBER = re.compile(r"[1-9][0-9]{0,8}\Z")


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
    listing = Listing("home", (), cards(Publication.objects.live().newest_first()), PAGE_SIZE)
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
    used: Any = Tag.objects.shown(least=settings.TAG_LEAST_USE)
    # Counted once: the database would do it again for the number of pages, and a tag is a few bytes.
    counted = list(used.order_by("-digest_count", "name").values("name", "digest_count"))
    listing = Listing("tags", (), counted, TAGS_PAGE_SIZE)
    return listing_page(request, "public/tags.html", listing, number=number, section="tags")


@public_page
def tag(request: HttpRequest, name: str, number: int | None = None) -> HttpResponseBase:
    through: Any = Publication.tags.through
    count = through.objects.filter(tag__name=name).count()
    if count < settings.TAG_LEAST_USE:
        return moved.tag(name)
    tagged = Publication.objects.live().carrying(name).newest_first()
    listing = Listing("tag", (name,), cards(tagged), PAGE_SIZE, may_be_empty=False, count=count)
    try:
        return listing_page(request, "public/tag.html", listing, number=number, section="tags", name=name)
    except Http404:
        return moved.tag(name)


@public_page
def months(request: HttpRequest) -> HttpResponseBase:
    # Grouped by day in the database and by month here: SQLite cuts dates in Python, row by row.
    days = Publication.objects.live().order_by("-date").values_list("date").annotate(Count("pk"))
    years: dict[int, dict[date, int]] = {}
    for day, count in days:
        counts = years.setdefault(day.year, {})
        first = day.replace(day=1)
        counts[first] = counts.get(first, 0) + count
    context = {"years": years, "address": reverse("months"), "section": "months"}
    return answer(
        request, state=years, changed_at=_changed_at(), render=lambda: render_to_string("public/months.html", context)
    )


@public_page
def month(request: HttpRequest, year: int, month: int, number: int | None = None) -> HttpResponseBase:
    live = Publication.objects.live().in_month(year, month)
    listing = Listing("month", (year, month), cards(live.newest_first()), PAGE_SIZE, may_be_empty=False)
    context = {"section": "months", "first": date(year, month, 1)}
    return listing_page(request, "public/month.html", listing, number=number, **context)


def cards(publications: PublicationQuerySet) -> QuerySet[Any, Any]:
    """What a listing shows of each digest; the tags in the editor's own order."""
    # By a query of its own, which PostgreSQL leaves until it has sorted: else it reads every document that it sorts
    # (180 ms for the 4,650 of a tag).
    tag_names = Subquery(Publication.objects.filter(pk=OuterRef("pk")).values("document__tags"))
    return publications.values("pk", "slug", "headline", "lead", "date", "quote_count", "picture", tag_names=tag_names)


@dataclass(frozen=True, slots=True)
class Listing:
    """Rows that are shown in pages; `name` and `args` are those of its address, `count` that of the rows if known."""

    name: str
    args: tuple[str | int, ...]
    rows: QuerySet[Any, Any] | list[dict[str, Any]]
    size: int
    may_be_empty: bool = True
    count: int | None = None

    def address(self, number: int = 1) -> str:
        return paged(self.name, *self.args, number=number)


def paged(name: str, *args: str | int, number: int = 1) -> str:
    """The address of a page of a listing."""
    return reverse(name, args=[*args, number] if number > 1 else args)


def listing_page(
    request: HttpRequest, template: str, listing: Listing, *, number: int | None, **context: Any
) -> HttpResponseBase:
    """Page `number`, None for the first. Raises `Http404` where there is none."""
    asked = request.GET.get("page", "")  # where pages once were
    if number == 1 or (number is None and _A_NUMBER.match(asked)):
        return moved.permanently(listing.address(number or int(asked)))
    number = number or 1
    try:
        paginator = Paginator(listing.rows, listing.size, allow_empty_first_page=listing.may_be_empty)
        if listing.count is not None:
            paginator.count = listing.count
        page = paginator.page(number)
    except EmptyPage as error:
        raise Http404 from error
    page.object_list = list(page.object_list)
    addresses = {
        "address": listing.address(number),
        "previous_address": listing.address(number - 1) if page.has_previous() else "",
        "next_address": listing.address(number + 1) if page.has_next() else "",
    }
    return answer(
        request,
        state=(page.number, page.paginator.num_pages, page.object_list),
        changed_at=_changed_at(),
        render=lambda: render_to_string(template, {"page": page, **addresses, **context}),
    )


def _changed_at() -> datetime | None:
    """When a digest was last published or withdrawn: that is when a listing may have changed."""
    return max((at for at in _LAST.first("") or () if at), default=None)


_LAST = Compiled(lambda: Publication.objects.order_by("-pk").values_list("created_at", _last_withdrawal())[:1])


def _standing(slug: str) -> tuple[list[tuple[Any, ...]], str]:
    """All that decides a digest's page: a row, if there is one, and the state of the tags where rare ones count."""
    return _STANDING.raw(slug), followed.tags_state() if settings.TAG_LEAST_USE > 1 else ""


def _of_digest() -> QuerySet[Any, Any]:
    """What is its own, the palette, and what stands for the whole site."""
    colors = Subquery(PaletteColor.objects.order_by().values("state")[:1])
    own = ("pk", "created_at", "published_at", "picture", "series_id")
    fields = (*own, colors, *_of_site())
    return Publication.objects.live().filter(slug=ASKED).values_list(*fields)[:1]


_STANDING = Compiled(_of_digest)


def onward_state() -> list[object]:
    """That of which a digest's neighbours are kept."""
    return list(Publication.objects.live().values_list(*_of_site()).first() or ())


def _of_site() -> tuple[Subquery, ...]:
    """Stands for all that was ever published, withdrawn or deleted. What is deleted takes the first two along, and only
    the audit trail still knows of it."""
    newest = Publication.objects.order_by("-pk").values("pk")[:1]
    acts = AuditEntry.objects.order_by("-pk").values("pk")[:1]
    return Subquery(newest), _last_withdrawal(), Subquery(acts)


def _last_withdrawal() -> Subquery:
    withdrawn = Publication.objects.filter(withdrawn_at__isnull=False).order_by("-withdrawn_at")
    return Subquery(withdrawn.values("withdrawn_at")[:1])
