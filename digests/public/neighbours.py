"""What a reader may go on to from a digest: the one before, the one after, and those about the same things.

Worked out once for each state of the site: a digest's neighbours change whenever anything is published or withdrawn.
"""

import math
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q

from digests import wordindex
from digests.models import Publication, Tag
from digests.public.freshness import build
from digests.public.kept import kept

RELATED = 4
KEPT_SECONDS = 600  # deleting a digest for good leaves no trace that could end a copy sooner
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
    # With the program's fingerprint: what another version kept may have another shape.
    key = f"neighbours:{build()[0][:12]}:{pk}:{state}".replace(" ", "_")
    return kept(key, lambda: _find(pk), seconds=KEPT_SECONDS)


def _find(pk: int) -> Neighbours:
    live = Publication.objects.live().defer("document")
    own = live.filter(pk=pk).first()
    if own is None:
        return Neighbours(None, None, ())
    after = Q(date__gt=own.date) | Q(date=own.date, digest_id__gt=own.digest_id)
    before = Q(date__lt=own.date) | Q(date=own.date, digest_id__lt=own.digest_id)
    newer = live.filter(after).order_by("date", "digest_id").first()
    older = live.filter(before).order_by("-date", "-digest_id").first()
    beside = {one.pk for one in (newer, older) if one}
    return Neighbours(_card(newer), _card(older), tuple(_related(own, without=beside)))


def _related(own: Publication, *, without: set[int]) -> list[Neighbour]:
    """By the tags they share, rare ones for more, and by the words of their headlines."""
    counted = Tag.objects.filter(publications=own.pk).annotate(
        used=Count("publications", filter=Q(publications__is_live=True))
    )
    weights = {tag.pk: 1 / math.log2(1 + tag.used) for tag in counted if tag.used > 1}
    shared: defaultdict[int, float] = defaultdict(float)
    through: Any = Publication.tags.through
    for tag_id in sorted(weights, key=lambda one: -weights[one]):
        rows = through.objects.filter(tag_id=tag_id, publication__is_live=True).order_by("-publication_id")
        for found in rows.values_list("publication_id", flat=True)[: _CANDIDATES // max(1, len(weights))]:
            shared[found] += weights[tag_id]
    shared.pop(own.pk, None)
    words = wordindex.pieces(wordindex.normalise(own.headline))
    candidates = Publication.objects.live().filter(pk__in=shared.keys() - without).defer("document")
    ranked = sorted(
        ((shared[one.pk] + 2 * _likeness(words, one.headline), one) for one in candidates),
        key=lambda pair: (-pair[0], -pair[1].pk),
    )
    cards = [_card(one) for score, one in ranked[:RELATED] if score >= _LEAST_LIKENESS]
    return [card for card in cards if card]


def _likeness(words: frozenset[str], headline: str) -> float:
    """The share of pairs and words that two headlines have in common; single characters say nothing."""
    other = {piece for piece in wordindex.pieces(wordindex.normalise(headline)) if len(piece) > 1}
    own = {piece for piece in words if len(piece) > 1}
    return len(own & other) / len(own | other) if own | other else 0.0


def _card(one: Publication | None) -> Neighbour | None:
    return Neighbour(one.slug, one.headline, one.date) if one else None
