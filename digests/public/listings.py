"""Lists in pages: of digests, and of what leads to them. What lists show of a digest, its card, is written once for all
of them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.paginator import EmptyPage, Paginator
from django.db.models import Count, F
from django.db.models.query import QuerySet
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse

from digests.models import Publication, Tag, followed
from digests.models.publications import PublicationQuerySet
from digests.public import moved
from digests.public.compiled import ASKED, Compiled
from digests.public.foreseen import foreseen
from digests.public.freshness import KEPT_SECONDS, answer, made_by
from digests.public.kept import kept, kept_each
from digests.public.site_state import last_withdrawal, site_state
from digests.templatetags.picture_tags import listed_picture

PAGE_SIZE = 20
TAGS_PAGE_SIZE = 200
_A_NUMBER = re.compile(r"[1-9][0-9]{0,8}\Z")

type Row = tuple[int, dict[str, Any]]  # a publication's key and picture: its card follows from these


@dataclass(frozen=True, slots=True)
class Card:
    """A digest in a list; `first` is how it is written at the top, where its picture is loaded at once. `share` is the
    picture for links, with its measures."""

    headline: str
    html: str
    first: str
    share: str
    share_width: str
    share_height: str


@dataclass(frozen=True, slots=True)
class Listing:
    """What is shown in pages; `name` and `args` are those of its address.

    `rows` are counted and sliced, be they a list or not: those of digests are `Row`s, all others have a "name".
    """

    name: str
    args: tuple[str | int, ...]
    rows: Any
    size: int = PAGE_SIZE
    may_be_empty: bool = True
    of_digests: bool = True

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
        page = Paginator(listing.rows, listing.size, allow_empty_first_page=listing.may_be_empty).page(number)
    except EmptyPage as error:
        raise Http404 from error
    rows = page.object_list = list(page.object_list)
    addresses = {
        "address": listing.address(number),
        "previous_address": listing.address(number - 1) if page.has_previous() else "",
        "next_address": listing.address(number + 1) if page.has_next() else "",
    }

    def render() -> str:
        cards = cards_of(rows) if listing.of_digests else []
        names = [card.headline for card in cards] if listing.of_digests else [row["name"] for row in rows]
        return render_to_string(template, {"page": page, "cards": cards, "names": names, **addresses, **context})

    state = (page.number, page.paginator.num_pages, rows)
    return answer(request, state=state, changed_at=changed_at(), render=render)


def in_list(publications: PublicationQuerySet) -> QuerySet[Any, Row]:
    """The rows of a list of these. Nothing else of a publication ever changes that its card shows."""
    return publications.values_list("pk", "picture")


class Newest:
    """The rows of all live ones, the newest first, and read as they are asked for. Counting 50,000 takes 3 ms."""

    def __len__(self) -> int:
        key = f"live:{site_state()}".replace(" ", "_")
        return kept(key, lambda: Publication.objects.live().count(), seconds=KEPT_SECONDS)

    def __getitem__(self, part: slice) -> list[Row]:
        return list(in_list(Publication.objects.live().newest_first())[part])


def counted_tags() -> list[dict[str, Any]]:
    """The tags with a page, those of most digests first, with their `digest_count`. Counting takes 20 ms for 50,000
    digests."""
    least = settings.TAG_LEAST_USE

    def count() -> list[dict[str, Any]]:
        used: Any = Tag.objects.shown(least=least)
        return list(used.order_by("-digest_count", "name").values("name", "digest_count"))

    key = f"tags:{made_by()}:{site_state()}:{followed.aliases_state()}".replace(" ", "_")
    return kept(key, count, seconds=KEPT_SECONDS)


def counted_months() -> dict[date, int]:
    """How many digests each month has that has any, by its first day, the newest first.

    Grouped by day in the database and by month here: SQLite cuts dates in Python, row by row.
    """
    days = Publication.objects.live().order_by("-date").values_list("date").annotate(Count("pk"))
    counts: Counter[date] = Counter()
    for day, count in days:
        counts[day.replace(day=1)] += count
    return counts


class Tagged:
    """The rows of those that carry a tag, the newest first, and read as they are asked for."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.counted = (_COUNTED.first(name) or (0,))[0]

    def __len__(self) -> int:
        return int(self.counted)

    def __getitem__(self, part: slice) -> list[Row]:
        return [(pk, picture) for pk, picture in _carrying(part.start or 0).rows(self.name)]


def tagged(name: str) -> Sequence[Row]:
    """The rows of those that carry a tag, the newest first; a page is read when it is asked for."""
    found: Any = foreseen(("tagged", name), lambda: Tagged(name))
    return found  # type: ignore[no-any-return]


_COUNTED = Compiled(lambda: Tag.objects.filter(name=ASKED).annotate(n=Count("publications")).values_list("n"))


@lru_cache(maxsize=16)
def _carrying(start: int) -> Compiled:
    def newest() -> QuerySet[Any, Row]:
        return in_list(Publication.objects.live().carrying(ASKED).newest_first())[start : start + PAGE_SIZE]

    return Compiled(newest)


def cards_of(rows: Sequence[Row]) -> list[Card]:
    """In their order, but for those that are gone meanwhile."""
    tags = followed.tags_state() if settings.TAG_LEAST_USE > 1 else ""
    by_key = {_key(row, f"{made_by()} {tags}"): row for row in rows}

    def make(keys: list[str]) -> dict[str, Card]:
        pictures = dict(by_key[key] for key in keys)
        stored = {row["pk"]: row for row in _shown(list(pictures))}
        return {
            key: _written(stored[by_key[key][0]] | {"picture": by_key[key][1]})
            for key in keys
            if by_key[key][0] in stored
        }

    cards = kept_each(list(by_key), make, seconds=KEPT_SECONDS)
    return [cards[key] for key in by_key if key in cards]


def _key(row: Row, made_with: str) -> str:
    return f"card:{sha256(f'{made_with} {row!r}'.encode()).hexdigest()[:32]}"


def _shown(pks: list[int]) -> QuerySet[Any, Any]:
    """What a card shows; the tags in the editor's own order."""
    fields = ("pk", "slug", "headline", "lead", "date", "quote_count")
    found: QuerySet[Any, Any] = Publication.objects.filter(pk__in=pks).values(*fields, tag_names=F("document__tags"))
    return found


def _written(row: dict[str, Any]) -> Card:
    picture = listed_picture(row)
    context = {"card": row, "picture": picture}
    html = render_to_string("public/card.html", context | {"lazy": True})
    first = html if picture.is_card else render_to_string("public/card.html", context)
    return Card(row["headline"], html, first, picture.share, picture.share_width, picture.share_height)


def changed_at() -> datetime | None:
    """When a digest was last published or withdrawn: that is when a listing may have changed."""
    last = foreseen("changed at", lambda: _LAST.first("") or ())
    return max((at for at in last if at), default=None)


_LAST = Compiled(lambda: Publication.objects.order_by("-pk").values_list("created_at", last_withdrawal())[:1])
