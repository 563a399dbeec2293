"""The pictures of digests as files in the storage: which there are, under which names, and making them once.

A name stands for what the file shows, so a page can name a file that nobody has made yet, and a file never changes.
"""

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import lru_cache
from itertools import batched
from pathlib import Path
from typing import TypedDict

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from digests import cards, palette, renditions, typesetting
from digests.cards import Card, QuoteCard, TitleCard
from digests.models import LibraryPicture, Publication, Rendition, SitePicture
from digests.palette import Palette
from digests.publishing import interchange
from digests.publishing.document import DigestDocument, DocumentPicture
from digests.thumbnails import UnusablePicture, is_own_path, measure

CARDS, QUOTES, RENDITIONS = "cards", "quote-cards", "renditions"  # folders of the storage
QUOTE_CARDS_BYTES = 500_000_000  # about 5,000 of them: as many as readers ask for, not as many as there are quotes
CARD_SIZE = (cards.WIDTH, cards.HEIGHT)
LISTED = 640  # pixels: as wide as a list shows a picture on a screen of twice the density


_CHUNK = 50

logger = logging.getLogger(__name__)


class Facts(TypedDict, total=False):
    """What a publication's row keeps of its picture; nothing where readers see a title card made by itself."""

    path: str  # in the storage; "" for a title card
    width: int  # pixels; 0 where that is not known yet
    height: int
    alt: str
    credit: str
    card: str  # the template that an editor chose


def facts_of(named_by: Sequence[tuple[str, str]]) -> list[Facts]:
    """Of each document's `thumbnail` and `card` the picture, in as many queries for a hundred as for one."""
    named = {thumbnail for thumbnail, card in named_by if thumbnail and not card}
    own = {path for path in named if is_own_path(path)}
    library = {row.path: row for row in LibraryPicture.objects.filter(path__in=own)} if own else {}
    foreign = SitePicture.objects.filter(name__in=named - own).order_by("-pk") if named - own else ()
    site = {row.name: row for row in foreign}  # of two sites' pictures of one name the first
    found: list[Facts] = []
    for thumbnail, card in named_by:
        if card:
            found.append({"card": card})
        elif row := library.get(thumbnail):
            facts: Facts = {"path": row.path, "width": row.width, "height": row.height}
            found.append(facts | {"alt": row.alt, "credit": row.credit})
        elif thumbnail in own:
            width, height = size_of(thumbnail)
            found.append({"path": thumbnail, "width": width, "height": height})
        elif moved_in := site.get(thumbnail):
            found.append({"path": moved_in.file, "width": moved_in.width, "height": moved_in.height})
        else:
            found.append({})
    return found


# Title cards and quote cards


def title_card(*, slug: str, headline: str, day: date, tags: Iterable[str], template: str = "") -> TitleCard:
    """The card of a digest; without a template the one that its slug gets, so that a list of them is not all alike."""
    names = list(cards.TEMPLATES)
    if template not in cards.TEMPLATES:
        template = names[int.from_bytes(hashlib.sha256(slug.encode()).digest()[:4]) % len(names)]
    return TitleCard(
        template=template,
        headline=headline,
        site=settings.SITE_NAME,
        date=f"{day:%Y.%m.%d}",
        tags=tuple(tags)[:6],
        hue=cards.hue_for(slug, palette.COLORS),
        hues=tuple(color.light for color in palette.COLORS),
    )


def card_of(document: DigestDocument) -> TitleCard:
    return title_card(
        slug=document.slug, headline=document.headline, day=document.date, tags=document.tags, template=document.card
    )


def card_key(card: Card) -> str:
    return cards.key_of(card, fonts())


def chosen_card_path(document: DigestDocument) -> str:
    """What a post calls the title card that an editor chose: like a picture that was uploaded here."""
    return f"thumbnails/{card_key(card_of(document))}.jpg"


def card_path(card: Card) -> str:
    """Where the card lies in the storage once it is drawn."""
    return f"{QUOTES if isinstance(card, QuoteCard) else CARDS}/{card_key(card)}.jpg"


def drawn(card: Card) -> bytes:
    """From the storage, or drawn and kept there."""
    return kept(card_path(card), lambda: cards.draw(card, fonts()))


def quote_card(document: DigestDocument, number: int, colors: Palette, *, square: bool = False) -> QuoteCard:
    """Of the quote of that number, counted from 1 as readers cite it. Raises IndexError."""
    quote = list(document.quotes())[number - 1]
    color = colors.shown_as(quote.color) if palette.is_color(quote.color) else None
    return QuoteCard(
        headline=document.headline,
        site=settings.SITE_NAME,
        author=quote.author,
        text=quote.text,
        number=number,
        hue=color.light if color else "",
        mark=color.mark if color else "",
        height=cards.SQUARE if square else cards.HEIGHT,
    )


def fonts() -> typesetting.Fonts:
    return _fonts(str(settings.CARD_FONT or ""))


@lru_cache(maxsize=4)
def _fonts(own: str) -> typesetting.Fonts:
    if own and not typesetting.is_font(own):
        logger.error("MATOME_CARD_FONT is no font that can be read; cards are set in the usual ones: %s", own)
        own = ""
    return typesetting.packaged_fonts(own)


# Renditions


def size_of(path: str) -> tuple[int, int]:
    """Width and height of a picture in the storage, (0, 0) where there is none."""
    return _measured(path) if default_storage.exists(path) else (0, 0)


@lru_cache(maxsize=4096)
def _measured(path: str) -> tuple[int, int]:
    with default_storage.open(path) as file:
        try:
            found = measure(file.read())
        except UnusablePicture:
            return (0, 0)
    return (found.width, found.height)


def rendition_name(path: str, width: int, kind: str) -> str:
    """The file's name, which its address ends in."""
    return f"{Path(path).stem}-{width}.{kind}"


def rendition(path: str, *, width: int, kind: str) -> bytes:
    """Of a picture in the storage. Raises FileNotFoundError and `UnusablePicture`."""
    return kept(
        f"{RENDITIONS}/{rendition_name(path, width, kind)}",
        lambda: renditions.make(read(path), width=width, kind=kind).content,
    )


def card_rendition(card: Card, *, width: int, kind: str) -> bytes:
    name = rendition_name(card_path(card), width, kind)
    return kept(f"{RENDITIONS}/{name}", lambda: renditions.make(drawn(card), width=width, kind=kind).content)


def offered(width: int, *, card: bool = False, most: int = max(renditions.MOST_BYTES)) -> dict[str, tuple[int, ...]]:
    """The widths that a page offers of a picture so wide, by format, the best format first.

    Of a title card fewer: each digest has one of its own, and AVIF takes five times as long to save it 4 kB.
    """
    every = renditions.widths(width)
    widths = tuple(one for one in every if one <= most) or every[:1]
    if card:
        return {"webp": widths, "jpg": (max(one for one in widths if one <= LISTED),)}
    return dict.fromkeys(renditions.FORMATS, widths)


def make_for(document: DigestDocument, facts: Facts) -> int:
    """What the pages show of a publication's picture and of those between its quotes; how many files were made."""
    between = [entry.path for entry in document.entries() if isinstance(entry, DocumentPicture)]
    stored = {path for path in (facts.get("path", ""), *between) if path and size_of(path)[0]}
    made = sum(_make_stored(path) for path in sorted(stored))
    return made if facts.get("path") in stored else made + _make_card(document, facts)


def _make_stored(path: str) -> int:
    size = size_of(path)
    return _make(path, size, offered(size[0]), lambda width, kind: rendition(path, width=width, kind=kind))


def _make_card(document: DigestDocument, facts: Facts) -> int:
    """A card that came by itself is shown in lists alone."""
    card = card_of(document)
    drawn(card)
    wanted = offered(cards.WIDTH, card=True, most=cards.WIDTH if facts.get("card") else LISTED)
    path = card_path(card)
    return _make(path, CARD_SIZE, wanted, lambda width, kind: card_rendition(card, width=width, kind=kind))


def _make(
    path: str, size: tuple[int, int], wanted: dict[str, tuple[int, ...]], make: Callable[[int, str], bytes]
) -> int:
    """Each file leaves its row; one that has a row is there."""
    known = set(Rendition.objects.filter(original=path).values_list("width", "format"))
    missing = [(width, kind) for kind, widths in wanted.items() for width in widths if (width, kind) not in known]
    for width, kind in missing:
        values = {
            "height": renditions.height_at(width, of=size),
            "path": f"{RENDITIONS}/{rendition_name(path, width, kind)}",
            "bytes": len(make(width, kind)),
        }
        Rendition.objects.get_or_create(original=path, width=width, format=kind, defaults=values)
    return len(missing)


# In the background


def make_pictures(publication_ids: Iterable[int]) -> int:
    """What pages show of these publications, as far as readers see them and it is not made; how many files were."""
    made = 0
    rows = Publication.objects.live().filter(pk__in=publication_ids).order_by("-pk")
    for pk, stored, facts in rows.values_list("pk", "document", "picture"):
        try:
            made += make_for(interchange.from_json(stored).document, facts)
        except (UnusablePicture, FileNotFoundError, interchange.InterchangeError) as error:
            logger.warning("publication %s has a picture that cannot be shown: %r", pk, error)
    forget_quote_cards()
    return made


def make_library_pictures(picture_ids: Iterable[int]) -> int:
    """Every rendition of pictures that were just uploaded; how many files were made."""
    paths = LibraryPicture.objects.filter(pk__in=picture_ids).values_list("path", flat=True)
    return sum(_make_stored(path) for path in paths if size_of(path)[0])


def make_missing_pictures() -> int:
    """The same for all there are, the newest first; pictures that moved in meanwhile are noted before.

    Title cards that no published digest has any more go.
    """
    keys = list(Publication.objects.live().order_by("-date", "-digest_id").values_list("pk", flat=True))
    made, shown = 0, set()
    for some in batched(keys, _CHUNK):
        rows = list(Publication.objects.filter(pk__in=some).only("pk", "picture", "document"))
        note_pictures(rows)
        made += make_pictures(some)
        shown |= {card_path(card_of(interchange.from_json(row.document).document)) for row in rows}
    if default_storage.exists(CARDS):
        forget({f"{CARDS}/{name}" for name in default_storage.listdir(CARDS)[1]} - shown)
    return made


def forget(originals: Iterable[str]) -> None:
    """Deletes pictures with their renditions."""
    for path in originals:
        made = Rendition.objects.filter(original=path)
        for one in (*made.values_list("path", flat=True), path):
            default_storage.delete(one)
        made.delete()


def note_pictures(publications: Sequence[Publication]) -> None:
    """Notes for stored publications which pictures they show, where that is something else by now."""
    named = [(one.document["thumbnail"], one.document.get("card", "")) for one in publications]
    for publication, facts in zip(publications, facts_of(named), strict=True):
        if publication.picture != facts:
            Publication.objects.filter(pk=publication.pk).update(picture=facts)


def forget_quote_cards(most: int = QUOTE_CARDS_BYTES) -> None:
    """The oldest, as far as there are more than so many bytes of them. Whoever asks for one again gets it again."""
    if not default_storage.exists(QUOTES):
        return
    paths = [f"{QUOTES}/{name}" for name in default_storage.listdir(QUOTES)[1]]
    files = sorted((default_storage.get_modified_time(path), default_storage.size(path), path) for path in paths)
    total = sum(size for _at, size, _path in files)
    for _at, size, path in files:
        if total <= most:
            break
        default_storage.delete(path)
        total -= size


# The storage


def read(path: str) -> bytes:
    """Raises FileNotFoundError."""
    with default_storage.open(path) as file:
        return bytes(file.read())


def kept(path: str, make: Callable[[], bytes]) -> bytes:
    """The file's content, made and stored where there is none."""
    try:
        return read(path)
    except FileNotFoundError:
        content = make()
        store(path, content)
        return content


def store(path: str, content: bytes) -> None:
    """A file that appears whole: others may be asking for it at this moment, and keep what they get for a year."""
    if default_storage.exists(path):
        return
    try:
        target = Path(default_storage.path(path))
    except NotImplementedError:
        default_storage.save(path, ContentFile(content))
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{secrets.token_hex(8)}")
    unfinished.write_bytes(content)
    unfinished.replace(target)
