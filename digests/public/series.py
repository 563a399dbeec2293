"""Series: digests that belong together, read in the order of their dates."""

from django.db.models import Count
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from digests.models import Publication, Series
from digests.public.parts import in_reading_order
from digests.public.views import PAGE_SIZE, TAGS_PAGE_SIZE, Listing, cards, listing_page, public_page


@public_page
def series(request: HttpRequest, name: str, number: int | None = None) -> HttpResponseBase:
    live = Publication.objects.live().filter(series__name=name)
    rows = cards(in_reading_order(live))
    listing = Listing("series", (name,), rows, PAGE_SIZE, may_be_empty=False)
    return listing_page(request, "public/series.html", listing, number=number, section="series", name=name)


@public_page
def all_series(request: HttpRequest, number: int | None = None) -> HttpResponseBase:
    used = Series.objects.filter(publications__is_live=True).values("name")
    counted = used.annotate(digest_count=Count("publications")).order_by("name")
    listing = Listing("all-series", (), counted, TAGS_PAGE_SIZE)
    return listing_page(request, "public/all_series.html", listing, number=number, section="series")
