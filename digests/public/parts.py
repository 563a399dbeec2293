"""Which part of a series a digest is, and the parts before and after it."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from digests.models import Publication
from digests.models.publications import PublicationQuerySet
from digests.public.freshness import build
from digests.public.kept import kept
from digests.public.neighbours import KEPT_SECONDS, Neighbour


@dataclass(frozen=True, slots=True)
class Part:
    """`number` of `count`, from 1, in a series of that name; the parts before and after it."""

    name: str
    number: int
    count: int
    before: Neighbour | None
    after: Neighbour | None


def in_reading_order(live: PublicationQuerySet) -> PublicationQuerySet:
    return live.order_by("date", "digest_id")


def part_of(pk: int, *, state: object) -> Part:
    """Of a live publication that is in a series; `state` stands for all that was ever published or withdrawn."""
    key = f"part:{build()[0][:12]}:{pk}:{state}".replace(" ", "_")
    return kept(key, lambda: find_part(pk), seconds=KEPT_SECONDS)


def find_part(pk: int) -> Part:
    """The same, asked anew: as many queries for a long series as for a short one."""
    own = Publication.objects.filter(pk=pk).values_list("series_id", "series__name", "date", "digest_id")
    series_id, name, day, digest_id = own.get()
    earlier = Q(date__lt=day) | Q(date=day, digest_id__lt=digest_id)
    live = Publication.objects.live().filter(series_id=series_id)
    counts = live.aggregate(all=Count("pk"), earlier=Count("pk", filter=earlier))
    place = counts["earlier"]
    rows = in_reading_order(live).values_list("slug", "headline", "date")[max(0, place - 1) : place + 2]
    around = [_neighbour(*row) for row in rows]
    before = around[0] if place else None
    after = around[-1] if place + 1 < counts["all"] else None
    return Part(name, place + 1, counts["all"], before, after)


def _neighbour(slug: str, headline: str, day: date) -> Neighbour:
    return Neighbour(slug, headline, day)
