"""Series: digests that belong together, read in the order of their dates."""

from django.db.models import Count
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from digests.models import Publication, Series
from digests.public.listings import TAGS_PAGE_SIZE, Listing, in_list, listing_page
from digests.public.parts import in_reading_order
from digests.public.views import public_page


@public_page
def series(request: HttpRequest, name: str, number: int | None = None) -> HttpResponseBase:
    live = Publication.objects.live().filter(series__name=name)
    listing = Listing("series", (name,), in_list(in_reading_order(live)), may_be_empty=False)
    return listing_page(request, "public/series.html", listing, number=number, section="series", name=name)


@public_page
def all_series(request: HttpRequest, number: int | None = None) -> HttpResponseBase:
    used = Series.objects.filter(publications__is_live=True).values("name")
    counted = used.annotate(digest_count=Count("publications")).order_by("name")
    listing = Listing("all-series", (), counted, TAGS_PAGE_SIZE, of_digests=False)
    return listing_page(request, "public/all_series.html", listing, number=number, section="series")
