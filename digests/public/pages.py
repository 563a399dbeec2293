"""Every public page: one function for each kind, from which the sitemap and the baked site both take their addresses.

A new kind is a function and its name in `KINDS` (in `LISTED` too, when search engines should find it).
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache, cached_property, partial
from heapq import nlargest
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import Count, Max
from django.urls import reverse

from digests.models import Publication, Series, SitePage, SitePicture, Tag
from digests.public.addresses import of_digest, of_feed, of_originals, of_tag
from digests.public.feeds import CONTENT_TYPES, ENTRIES
from digests.public.feeds import Row as InFeed
from digests.public.listings import PAGE_SIZE, TAGS_PAGE_SIZE, paged
from digests.public.listings import Row as InList
from digests.public.neighbours import Everybody, Neighbours, kept_as
from digests.public.site_state import site_state

SITEMAP_MOST = 50_000
# What is answered by the application alone, and never a file; by the names of the addresses.
OF_THE_APPLICATION = ("search", "desk", "admin:index", "login", "set_language")


@dataclass(frozen=True, slots=True)
class Page:
    """`facts` gives what the page follows from: while that is the same, the page is. None: only asking for it tells.

    `exact`, where there is one, costs more than `facts` and says whether the page differs though these do. `following`
    gives a listing's further pages.
    """

    address: str
    facts: Callable[[], object] | None = None
    exact: Callable[[], object] | None = None
    following: Callable[[], Iterable["Page"]] = tuple


class Row(NamedTuple):
    """A live publication as far as addresses and listings follow from it. Its other fields never change."""

    pk: int
    slug: str
    headline: str
    date: date
    digest_id: int
    published_at: datetime
    created_at: datetime
    picture: dict[str, Any]
    series_id: int | None


class Site:
    """What is live now, each part read when it is first asked for.

    `kept` is what pages would look for in the cache: the neighbours that were worked out here, by their keys.
    """

    def __init__(self) -> None:
        self.kept: dict[str, Any] = {}

    @cached_property
    def _onward(self) -> list[object]:
        return site_state()

    def cards(self, pks: Sequence[int]) -> Sequence[object]:
        """What listings show of publications."""
        return [(pk, self.by_pk[pk].picture, *self.followed_tags(pk)) for pk in pks]

    def followed_tags(self, pk: int) -> list[int]:
        """Those that are links where the publication is shown, if there are others."""
        return [one for one in self.carried[pk] if one in self.tag_names] if settings.TAG_LEAST_USE > 1 else []

    def cards_of_tag(self, tag_id: int) -> Sequence[object]:
        return self.cards(self.tagged[tag_id])

    def cards_of_month(self, month: tuple[int, int]) -> Sequence[object]:
        return self.cards(self.by_month[month])

    def neighbours(self, pk: int) -> Neighbours:
        found = self.kept[kept_as(pk, state=self._onward)] = self.everybody.of(pk)
        return found

    def foreseen(self) -> "Foreseen":
        """What the pages and feeds of tags ask for."""
        return Foreseen(self)

    @cached_property
    def tag_ids(self) -> dict[str, int]:
        return {name: pk for pk, name in self.tag_names.items()}

    def in_list(self, tag_id: int) -> list[InList]:
        return [(pk, self.by_pk[pk].picture) for pk in self.tagged[tag_id]]

    def in_feeds(self, tag_id: int) -> list[InFeed]:
        """What a tag's feeds hold, the newest first."""
        rows = (self.by_pk[pk] for pk in self.tagged[tag_id])
        newest = nlargest(ENTRIES, rows, key=lambda row: (row.published_at, row.digest_id))
        return [InFeed(row.pk, row.digest_id, row.published_at, row.created_at) for row in newest]

    @cached_property
    def rows(self) -> list[Row]:
        """The newest first, as listings have them."""
        return [Row(*row) for row in Publication.objects.live().newest_first().values_list(*Row._fields)]

    @cached_property
    def keys(self) -> list[int]:
        return [row.pk for row in self.rows]

    @cached_property
    def series_names(self) -> dict[int, str]:
        return dict(Series.objects.filter(publications__is_live=True).distinct().values_list("pk", "name"))

    @cached_property
    def by_series(self) -> dict[int | None, list[int]]:
        """The parts of each series, the first one first."""
        found: dict[int | None, list[int]] = {}
        for row in sorted(self.rows, key=lambda row: (row.date, row.digest_id)):
            if row.series_id:
                found.setdefault(row.series_id, []).append(row.pk)
        return found

    @cached_property
    def months(self) -> list[tuple[int, int]]:
        """The newest first."""
        days = Publication.objects.live().order_by("-date").values_list("date", flat=True).distinct()
        return list(dict.fromkeys((day.year, day.month) for day in days))

    @cached_property
    def by_month(self) -> dict[tuple[int, int], list[int]]:
        found: dict[tuple[int, int], list[int]] = {}
        for row in self.rows:
            found.setdefault((row.date.year, row.date.month), []).append(row.pk)
        return found

    @cached_property
    def by_pk(self) -> dict[int, Row]:
        return {row.pk: row for row in self.rows}

    @cached_property
    def tag_names(self) -> dict[int, str]:
        """Of the tags that a reader can follow, by name."""
        used = Tag.objects.shown(least=settings.TAG_LEAST_USE).order_by("name")
        return dict(used.values_list("pk", "name"))

    @cached_property
    def carried(self) -> dict[int, list[int]]:
        """The tags of each publication."""
        through: Any = Publication.tags.through
        found: dict[int, list[int]] = {row.pk: [] for row in self.rows}
        for pk, tag_id in through.objects.order_by("pk").values_list("publication_id", "tag_id"):
            found.setdefault(pk, []).append(tag_id)
        return found

    @cached_property
    def tagged(self) -> dict[int, list[int]]:
        """The publications that carry a tag, the newest first."""
        found: dict[int, list[int]] = {tag_id: [] for tag_id in self.tag_names}
        for row in self.rows:
            for tag_id in self.carried[row.pk]:
                found.setdefault(tag_id, []).append(row.pk)
        return found

    @cached_property
    def everybody(self) -> Everybody:
        return Everybody(((row.pk, row.slug, row.headline, row.date) for row in self.rows), self.tagged)


class Foreseen(dict[Hashable, Any]):
    """The site's answers by their questions, each worked out when somebody asks."""

    def __init__(self, site: Site) -> None:
        super().__init__()
        self._site = site

    def __missing__(self, question: Hashable) -> object:
        match question:
            case ("tagged", str(name)) if name in self._site.tag_ids:
                found: object = self._site.in_list(self._site.tag_ids[name])
            case ("feed", str(name)) if name in self._site.tag_ids:
                found = self._site.in_feeds(self._site.tag_ids[name])
            case _:
                raise KeyError(question)
        self[question] = found
        return found


def state() -> str:
    """Another one whenever something that readers see was published, withdrawn or deleted, or a picture moved in."""
    published = Publication.objects.aggregate(newest=Max("pk"), withdrawn=Max("withdrawn_at"))
    live = Publication.objects.live().count()
    pictures = SitePicture.objects.aggregate(count=Count("pk"), newest=Max("pk"))
    return repr((published, live, pictures))


def every_page(site: Site) -> Iterator[Page]:
    for kind in KINDS:
        for page in kind(site):
            yield page
            yield from page.following()


def home(site: Site) -> Iterator[Page]:
    yield _listing("home", rows=partial(site.cards, site.keys))


def digests(site: Site) -> Iterator[Page]:
    """Each with its originals next to it, which are made from the same document."""

    def page(row: Row) -> Page:
        own = (row.pk, row.picture, site.by_series.get(row.series_id), *site.followed_tags(row.pk))
        return Page(
            of_digest(row.slug),
            lambda: (own, site.everybody.depends(row.pk)),
            lambda: (own, site.neighbours(row.pk)),
        )

    for row in site.rows:
        yield page(row)
        yield Page(of_originals(row.slug), partial(int, row.pk))


def site_pages(_site: Site) -> Iterator[Page]:
    yield from (Page(reverse(kind)) for kind in SitePage.Kind.values)


def all_series(site: Site) -> Iterator[Page]:
    @cache
    def counts() -> list[tuple[int, int]]:
        return [(pk, len(site.by_series[pk])) for pk in site.series_names]

    yield _listing("all-series", rows=counts, size=TAGS_PAGE_SIZE, facts=counts)


def series_pages(site: Site) -> Iterator[Page]:
    for pk, name in site.series_names.items():
        yield _listing("series", name, rows=partial(site.cards, site.by_series[pk]))


def tags(site: Site) -> Iterator[Page]:
    @cache
    def counts() -> list[tuple[int, int]]:
        return [(pk, len(site.tagged[pk])) for pk in site.tag_names]

    # Of equally used ones the database's order decides, which differs from ours: any change may touch every page.
    yield _listing("tags", rows=counts, size=TAGS_PAGE_SIZE, facts=counts)


def tag_pages(site: Site) -> Iterator[Page]:
    for pk, name in site.tag_names.items():
        yield _listing("tag", name, rows=partial(site.cards_of_tag, pk))


def months(site: Site) -> Iterator[Page]:
    yield Page(reverse("months"), lambda: [(month, len(pks)) for month, pks in site.by_month.items()])


def month_pages(site: Site) -> Iterator[Page]:
    for year, month in site.months:
        yield _listing("month", year, month, rows=partial(site.cards_of_month, (year, month)))


def feeds(_site: Site) -> Iterator[Page]:
    yield from (Page(reverse("feed", args=[kind])) for kind in CONTENT_TYPES)


def tag_feeds(site: Site) -> Iterator[Page]:
    def newest(tag_id: int) -> list[int]:
        return [row.pk for row in site.in_feeds(tag_id)]

    for tag_id, name in site.tag_names.items():
        facts = cache(partial(newest, tag_id))  # the same for all kinds
        yield from (Page(of_feed(kind, name), facts) for kind in CONTENT_TYPES)


def robots(_site: Site) -> Iterator[Page]:
    yield Page(reverse("robots"))


def sitemaps(site: Site) -> Iterator[Page]:
    yield Page(reverse("sitemap"))
    yield Page(reverse("sitemap-listings"))
    parts = range(1, -(-len(site.rows) // SITEMAP_MOST) + 1)
    yield from (Page(reverse("sitemap-part", args=[number])) for number in parts)


def _listing(
    name: str,
    *args: str | int,
    rows: Callable[[], Sequence[object]],
    size: int = PAGE_SIZE,
    facts: Callable[[], object] | None = None,
) -> Page:
    rows = cache(rows)

    def shown(number: int) -> object:
        every = rows()
        return -(-len(every) // size), every[(number - 1) * size : number * size]

    def page(number: int) -> Page:
        address = of_tag(str(args[0])) if name == "tag" and number == 1 else paged(name, *args, number=number)
        return Page(address, facts or partial(shown, number))

    def following() -> Iterator[Page]:
        yield from map(page, range(2, -(-len(rows()) // size) + 1))

    return replace(page(1), following=following)


LISTED: tuple[Callable[[Site], Iterable[Page]], ...] = (
    *(home, tags, months, all_series, site_pages, month_pages, series_pages, tag_pages),
)
KINDS: tuple[Callable[[Site], Iterable[Page]], ...] = (digests, *LISTED, feeds, tag_feeds, robots, sitemaps)
