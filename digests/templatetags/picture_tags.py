"""How pages show a digest's picture: its addresses in every size and format, its measures, or a title card instead."""

from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from django import template
from django.urls import reverse

from digests import cards, illustrations, renditions
from digests.illustrations import CARD_SIZE, Facts
from digests.models import LibraryPicture
from digests.publishing.document import DigestDocument
from digests.thumbnails import is_own_path

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
    facts: Facts = {"alt": entry["alt"]}
    return _stored(path, size, facts, most=max(renditions.MOST_BYTES)) if size[0] else None


@register.simple_tag
def library_picture(row: LibraryPicture, most: int = 320) -> Shown:
    """A picture of the library, for the desk, where what it shows stands beside it in words."""
    return _stored(row.path, (row.width, row.height), {}, most=most)


@register.simple_tag
def used_in(counted: Mapping[str, int], path: str) -> int:
    """In how many digests; a template cannot look a path up."""
    return counted.get(path, 0)


def show(facts: Facts, *, most: int = 1280, slug: str, **card: Any) -> Shown:
    """`most`: how wide a rendition is of use; `card`: what else `illustrations.title_card` wants."""
    path = facts.get("path", "")
    size = (facts.get("width", 0), facts.get("height", 0))
    if path and not size[0]:
        size = illustrations.size_of(path)
    if path and size[0]:
        return _stored(path, size, facts, most=most)
    made = illustrations.title_card(slug=slug, template=facts.get("card", ""), **card)
    key = illustrations.card_key(made)
    prefix = f"{_prefix('title-card', slug)}{key}"
    return _shown(
        lambda width, kind: f"{prefix}-{width}.{kind}",
        CARD_SIZE,
        illustrations.offered(CARD_SIZE[0], card=True, most=most),
        share=(f"{prefix}.jpg", *CARD_SIZE),
        alt=card["headline"] if facts.get("card") else "",
        is_card=not facts.get("card"),
    )


def _embedded(document: DigestDocument) -> Shown:
    """The title card of a preview, within the page: what is no publication's has no address."""
    content = cards.draw(illustrations.card_of(document), illustrations.fonts())
    address = f"data:image/jpeg;base64,{b64encode(content).decode()}"
    width, height = map(str, CARD_SIZE)
    return Shown(address, "", width, height, document.headline, "", (), "", width, height, is_card=False)


def _stored(path: str, size: tuple[int, int], facts: Facts, *, most: int) -> Shown:
    prefix = _prefix("rendition")

    def address(width: int, kind: str) -> str:
        return prefix + illustrations.rendition_name(path, width, kind)

    widest = renditions.widths(size[0])[-1]
    return _shown(
        address,
        size,
        illustrations.offered(size[0], most=most),
        share=(address(widest, "jpg"), widest, renditions.height_at(widest, of=size)),
        alt=facts.get("alt", ""),
        credit=facts.get("credit", ""),
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


@cache
def _rendition_prefix() -> str:
    return reverse("rendition", args=["x"])[:-1]


def _prefix(name: str, *arguments: str) -> str:
    """What comes before the file's name: finding it out for each of two hundred would take longer than the page."""
    return reverse(name, args=[*arguments, "x"])[:-1] if arguments else _rendition_prefix()
