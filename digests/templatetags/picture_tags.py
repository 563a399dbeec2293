"""How pages show a digest's picture: its addresses in every size and format, its measures, or a title card instead."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from digests import cards, illustrations, renditions
from digests.illustrations import CARD_SIZE, Facts
from digests.models import LibraryPicture
from digests.publishing.document import DigestDocument
from digests.thumbnails import is_own_path

_KEPT = 2048

register = template.Library()


@dataclass(frozen=True, slots=True)
class Source:
    """A `<source>`: its MIME type and `srcset`."""

    type: str
    srcset: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture as a page writes it. `share` is for link cards: a JPEG, with its own measures in pixels.

    Measures are plain digits, as attributes want them.
    """

    src: str
    srcset: str
    width: str
    height: str
    alt: str
    credit: str
    sources: tuple[Source, ...]
    share: str
    share_width: str
    share_height: str
    is_card: bool  # made by itself, out of the headline that stands beside it


@register.simple_tag
def listed_picture(row: Mapping[str, Any]) -> Shown:
    """Of a digest in a list; the row has `slug`, `headline`, `date`, `tag_names` and `picture`."""
    return show(
        row["picture"],
        slug=row["slug"],
        headline=row["headline"],
        day=row["date"],
        tags=row["tag_names"] or (),
        most=illustrations.LISTED,
    )


@register.simple_tag
def document_picture(document: DigestDocument, facts: Facts | Literal[""] = "") -> Shown:
    """Of a digest on its own page; without its publication's facts (a preview has none), as it is now."""
    if facts == "" and document.card:
        return _embedded(document)
    if facts == "":
        (facts,) = illustrations.facts_of([(document.thumbnail, document.card)])
    return show(facts, slug=document.slug, headline=document.headline, day=document.date, tags=document.tags)


@register.simple_tag
def picture_between(entry: Mapping[str, Any]) -> Shown | None:
    """A picture between quotes, as `digest_tags.passages` has it, that was uploaded here; None for any other."""
    path = entry["path"]
    if not is_own_path(path):
        return None
    size = illustrations.size_of(path)  # not what the entry says: a file is offered in no size that it has not
    return _of_file(path, size, entry["alt"], most=max(renditions.MOST_BYTES)) if size[0] else None


@register.simple_tag
def library_picture(row: LibraryPicture, most: int = 320) -> Shown:
    """A picture of the library, for the desk, where what it shows stands beside it in words."""
    return _of_file(row.path, (row.width, row.height), most=most)


@register.simple_tag
def picture(shown: Shown, sizes: str, lazy: object = False) -> SafeString:
    """Its markup; `sizes` is how wide it is shown. With `lazy` a browser waits until it is near."""
    return _markup(shown, sizes, bool(lazy))


@lru_cache(maxsize=_KEPT)
def _markup(shown: Shown, sizes: str, lazy: bool) -> SafeString:
    # Written once: a digest is in some six lists, and the template takes as long as finding out all it shows.
    context = {"picture": shown, "sizes": sizes, "lazy": lazy}
    return render_to_string("public/picture.html", context)


@register.simple_tag
def used_in(counted: Mapping[str, int], path: str) -> int:
    """In how many digests; a template cannot look a path up."""
    return counted.get(path, 0)


def show(
    facts: Facts, *, slug: str, headline: str, day: date, tags: Iterable[str], most: int = max(renditions.MOST_BYTES)
) -> Shown:
    """`most`: how wide a rendition is of use."""
    path = facts.get("path", "")
    size = (facts.get("width", 0), facts.get("height", 0))
    if path and not size[0]:
        size = illustrations.size_of(path)
    if path and size[0]:
        return _of_file(path, size, facts.get("alt", ""), facts.get("credit", ""), most=most)
    drawn_with = (settings.SITE_NAME, settings.CARD_FONT)
    return _of_card(slug, headline, day, tuple(tags), facts.get("card", ""), most=most, _drawn_with=drawn_with)


@lru_cache(maxsize=_KEPT)
def _of_card(
    slug: str, headline: str, day: date, tags: tuple[str, ...], template: str, *, most: int, _drawn_with: object
) -> Shown:
    """`_drawn_with` is what else decides the card: kept here, it must not outlive a change of it."""
    made = illustrations.title_card(slug=slug, headline=headline, day=day, tags=tags, template=template)
    prefix = reverse("title-card", args=[slug, illustrations.card_key(made)])
    return _shown(
        lambda width, kind: f"{prefix}-{width}.{kind}",
        CARD_SIZE,
        illustrations.offered(CARD_SIZE[0], card=True, most=most),
        share=(f"{prefix}.jpg", *CARD_SIZE),
        alt=headline if template else "",
        is_card=not template,
    )


def _embedded(document: DigestDocument) -> Shown:
    """The title card of a preview, within the page: what is no publication's has no address."""
    content = cards.draw(illustrations.card_of(document), illustrations.fonts())
    address = f"data:image/jpeg;base64,{b64encode(content).decode()}"
    width, height = map(str, CARD_SIZE)
    return Shown(address, "", width, height, document.headline, "", (), "", width, height, is_card=False)


@lru_cache(maxsize=_KEPT)
def _of_file(path: str, size: tuple[int, int], alt: str = "", credit: str = "", *, most: int) -> Shown:
    def address(width: int, kind: str) -> str:
        return reverse("rendition", args=[illustrations.rendition_name(path, width, kind)])

    widest = renditions.widths(size[0])[-1]
    return _shown(
        address,
        size,
        illustrations.offered(size[0], most=most),
        share=(address(widest, "jpg"), widest, renditions.height_at(widest, of=size)),
        alt=alt,
        credit=credit,
    )


def _shown(
    address: Callable[[int, str], str],
    size: tuple[int, int],
    offered: dict[str, tuple[int, ...]],
    *,
    share: tuple[str, int, int],
    alt: str = "",
    credit: str = "",
    is_card: bool = False,
) -> Shown:
    srcsets = {
        kind: ", ".join(f"{address(width, kind)} {width}w" for width in widths) for kind, widths in offered.items()
    }
    fallback = srcsets.pop("jpg")
    return Shown(
        src=address(offered["jpg"][-1], "jpg"),
        srcset=fallback if len(offered["jpg"]) > 1 else "",
        width=str(size[0]),
        height=str(size[1]),
        alt=alt,
        credit=credit,
        sources=tuple(Source(renditions.TYPES[kind], srcset) for kind, srcset in srcsets.items()),
        share=share[0],
        share_width=str(share[1]),
        share_height=str(share[2]),
        is_card=is_card,
    )
