"""What search engines read: robots.txt and the sitemap, split at its limit of 50,000 addresses (sitemaps.org)."""

from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from xml.sax.saxutils import escape

from django.db.models import Count, Max
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse

from digests.models import Publication
from digests.models.followed import aliases_state
from digests.public import pages
from digests.public.freshness import answer
from digests.public.pages import SITEMAP_MOST as MOST
from digests.public.views import public_page
from digests.templatetags.digest_tags import absolute

XML = "application/xml; charset=utf-8"
_SCHEMA = "http://www.sitemaps.org/schemas/sitemap/0.9"


@public_page
def robots(request: HttpRequest) -> HttpResponseBase:
    lines = ["User-agent: *", *(f"Disallow: {reverse(name)}" for name in ("desk", "admin:index", "login"))]
    text = "\n".join([*lines, "", f"Sitemap: {absolute(reverse('sitemap'))}", ""])
    return answer(request, state=text, changed_at=None, render=lambda: text, content_type="text/plain; charset=utf-8")


@public_page
def index(request: HttpRequest) -> HttpResponseBase:
    """The parts of the sitemap: the listings, and digests by the order in which they came."""
    live = Publication.objects.live().aggregate(count=Count("pk"), changed_at=Max("created_at"))
    numbers = range(1, -(-live["count"] // MOST) + 1)
    parts = [reverse("sitemap-listings"), *(reverse("sitemap-part", args=[number]) for number in numbers)]

    def render() -> str:
        entries = (f"<sitemap><loc>{escape(absolute(part))}</loc></sitemap>" for part in parts)
        return _document("sitemapindex", entries)

    return answer(
        request, state=(parts, live["changed_at"]), changed_at=live["changed_at"], render=render, content_type=XML
    )


@public_page
def listings(request: HttpRequest) -> HttpResponseBase:
    live = Publication.objects.live()
    changed_at: datetime | None = live.aggregate(at=Max("created_at"))["at"]

    def render() -> str:
        site = pages.Site()
        named = (page.address for kind in pages.LISTED for page in kind(site))
        return _urls((address, changed_at) for address in islice(named, MOST))

    newest = live.order_by("-pk").values_list("pk", flat=True).first()
    state = (newest, live.count(), aliases_state())
    return answer(request, state=state, changed_at=changed_at, render=render, content_type=XML)


@public_page
def digests(request: HttpRequest, number: int) -> HttpResponseBase:
    """Part `number`, from 1. Raises `Http404` where there is none."""
    start = (number - 1) * MOST
    rows = list(
        Publication.objects.live().order_by("digest_id").values_list("slug", "created_at")[start : start + MOST]
    )
    if not rows:
        raise Http404
    return answer(
        request,
        state=rows,
        changed_at=max(changed_at for _slug, changed_at in rows),
        render=lambda: _urls((reverse("digest", args=[slug]), changed_at) for slug, changed_at in rows),
        content_type=XML,
    )


def _urls(addresses: Iterable[tuple[str, datetime | None]]) -> str:
    entries = (
        f"<url><loc>{escape(absolute(address))}</loc>"
        + (f"<lastmod>{changed_at.isoformat(timespec='seconds')}</lastmod>" if changed_at else "")
        + "</url>"
        for address, changed_at in addresses
    )
    return _document("urlset", entries)


def _document(root: str, entries: Iterable[str]) -> str:
    rows = "\n".join(entries)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{root} xmlns="{_SCHEMA}">\n{rows}\n</{root}>\n'
