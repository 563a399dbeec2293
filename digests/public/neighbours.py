"""What a reader may go on to from a digest: the one before, the one after, and those about the same things.

Worked out once for each state of the site: a digest's neighbours change whenever anything is published or withdrawn.
For one digest the database is asked (`neighbours`); for all of them they are told from memory (`Everybody`), and both
give the same.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import Any

from django.db.models import Count, Q

from digests import wordindex
from digests.models import Publication
from digests.models.publications import PublicationQuerySet
from digests.public.freshness import build
from digests.public.kept import kept

RELATED = 4
KEPT_SECONDS = 600  # nobody asks for them any more once something else was published
_CANDIDATES = 600
_LEAST_LIKENESS = 0.2


@dataclass(frozen=True, slots=True)
class Neighbour:
    slug: str
    headline: str
    date: date


@dataclass(frozen=True, slots=True)
class Neighbours:
    newer: Neighbour | None
    older: Neighbour | None
    related: tuple[Neighbour, ...]


def neighbours(pk: int, *, state: object) -> Neighbours:
    """Of a live publication; `state` stands for all that was ever published or withdrawn."""
    return kept(kept_as(pk, state=state), lambda: _find(pk), seconds=KEPT_SECONDS)


def kept_as(pk: int, *, state: object) -> str:
    """The key under which the cache has them."""
    # With the program's fingerprint: what another version kept may have another shape.
    return f"neighbours:{build()[0][:12]}:{pk}:{state}".replace(" ", "_")


def _find(pk: int) -> Neighbours:
    live = Publication.objects.live()
    own = live.filter(pk=pk).values_list("headline", "date", "digest_id").first()
    if own is None:
        return Neighbours(None, None, ())
    headline, day, digest_id = own
    # With the day by itself, or SQLite goes along the index from one end of the archive.
    after = Q(date__gte=day) & (Q(date__gt=day) | Q(digest_id__gt=digest_id))
    before = Q(date__lte=day) & (Q(date__lt=day) | Q(digest_id__lt=digest_id))
    newer = _cards(live.filter(after).order_by("date", "digest_id")[:1])
    older = _cards(live.filter(before).order_by("-date", "-digest_id")[:1])
    through: Any = Publication.tags.through
    carried = through.objects.filter(publication_id=pk).values("tag_id")
    used = through.objects.filter(tag_id__in=carried).values_list("tag_id").annotate(used=Count("publication_id"))
    scores = _shared(dict(used), _carriers)
    near = scores.keys() - {pk, *newer, *older}
    cards = _cards(live.filter(pk__in=near)) if near else {}
    related = _best(headline, scores, cards, _pieces)
    return Neighbours(next(iter(newer.values()), None), next(iter(older.values()), None), related)


def _cards(live: PublicationQuerySet) -> dict[int, Neighbour]:
    rows = live.values_list("pk", "slug", "headline", "date")
    return {pk: Neighbour(slug, headline, day) for pk, slug, headline, day in rows}


def _carriers(tag_id: int, most: int) -> Iterable[int]:
    """The newest live publications that carry the tag."""
    through: Any = Publication.tags.through
    rows = through.objects.filter(tag_id=tag_id).order_by("-publication_id")
    return list(rows.values_list("publication_id", flat=True)[:most])


def _shared(used: Mapping[int, int], carriers: Callable[[int, int], Iterable[int]]) -> dict[int, float]:
    """What each publication has in common by its tags with one whose tags are `used` so often: rare ones weigh more."""
    weights = {tag_id: 1 / math.log2(1 + count) for tag_id, count in used.items() if count > 1}
    most = _CANDIDATES // max(1, len(weights))
    shared: defaultdict[int, float] = defaultdict(float)
    for tag_id in sorted(weights, key=lambda one: (-weights[one], one)):
        weight = weights[tag_id]
        for found in carriers(tag_id, most):
            shared[found] += weight
    return shared


def _best(
    headline: str, scores: Mapping[int, float], cards: Mapping[int, Neighbour], pieces: Callable[[str], frozenset[str]]
) -> tuple[Neighbour, ...]:
    """Of the cards those with the most in common: tags, and the words of the headlines."""
    words = pieces(headline)
    ranked = []
    for pk, card in cards.items():
        others = pieces(card.headline)
        both = len(words & others)
        likeness = both / (len(words) + len(others) - both) if both else 0.0
        if (score := scores[pk] + 2 * likeness) >= _LEAST_LIKENESS:
            ranked.append((-score, -pk))
    return tuple(cards[-pk] for _score, pk in sorted(ranked)[:RELATED])


@lru_cache(maxsize=100_000)
def _pieces(headline: str) -> frozenset[str]:
    """Pairs of characters and words; single characters say nothing."""
    return frozenset(piece for piece in wordindex.pieces(wordindex.normalise(headline)) if len(piece) > 1)


class Everybody:
    """The neighbours of all live publications: `rows` of (pk, slug, headline, date), the newest first, and `tagged`,
    the publications of each tag's id."""

    def __init__(self, rows: Iterable[tuple[int, str, str, date]], tagged: Mapping[int, Iterable[int]]) -> None:
        self.cards = {pk: Neighbour(slug, headline, day) for pk, slug, headline, day in rows}
        self._order = list(self.cards)
        self._tagged = {tag_id: sorted(pks, reverse=True) for tag_id, pks in tagged.items()}

    @cached_property
    def _tags(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {pk: [] for pk in self.cards}
        for tag_id, pks in self._tagged.items():
            for pk in pks:
                found[pk].append(tag_id)
        return found

    @cached_property
    def _places(self) -> dict[int, int]:
        return {pk: place for place, pk in enumerate(self._order)}

    @cached_property
    def _facts(self) -> dict[int, str]:
        return {
            tag_id: sha256(f"{len(pks)}{pks[:_CANDIDATES]}".encode()).hexdigest()[:16]
            for tag_id, pks in self._tagged.items()
        }

    def depends(self, pk: int) -> tuple[object, ...]:
        """What the neighbours follow from: while this is the same they are."""
        facts = [self._facts[tag_id] for tag_id in self._tags[pk]]
        return (*self._beside(pk), *facts)

    def of(self, pk: int) -> Neighbours:
        newer, older = self._beside(pk)
        used = {tag_id: len(self._tagged[tag_id]) for tag_id in self._tags[pk]}
        scores = _shared(used, lambda tag_id, most: self._tagged[tag_id][:most])
        cards = {near: self.cards[near] for near in scores if near not in {pk, newer, older}}
        related = _best(self.cards[pk].headline, scores, cards, _pieces)
        return Neighbours(self.cards.get(newer or 0), self.cards.get(older or 0), related)

    def _beside(self, pk: int) -> tuple[int | None, int | None]:
        place = self._places[pk]
        newer = self._order[place - 1] if place else None
        older = self._order[place + 1] if place + 1 < len(self._order) else None
        return newer, older
