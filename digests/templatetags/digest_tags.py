"""What templates need to show a `DigestDocument`. Knows documents, settings, and where moved-in pictures lie."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, tzinfo
from functools import lru_cache
from itertools import count, islice
from typing import TypedDict

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import get_script_prefix, reverse
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.timezone import get_default_timezone
from django.utils.translation import get_language

from digests import markup, palette, plaintext
from digests.models import SitePicture
from digests.models.followed import followed
from digests.models.palettes import current_palette
from digests.publishing.document import (
    DigestDocument,
    DocumentCard,
    DocumentEntry,
    DocumentFold,
    DocumentHeading,
    DocumentNote,
    DocumentPicture,
    DocumentQuote,
    DocumentUpdate,
)
from digests.publishing.publish import Problem
from digests.thumbnails import is_own_path

DESCRIPTION_LENGTH = 120  # what search engines show of a Japanese description

_INSTANTS = 2048  # those of a digest stand on its page and on that of its originals

_HOST = re.compile(r"https?://(?:[^/?#@]*@)?(?:www\.)?([^/?#:]+)")

register = template.Library()


class ShownQuote(TypedDict):
    """A quote as the page writes it. `number` is its 1-based place among the digest's quotes, as readers cite it.

    Worked out beforehand, and a dictionary: templates that compute, or look into objects, take three times as long.
    """

    kind: str
    number: str
    color: palette.Color | None
    emphasis: str
    html: SafeString
    author: str
    utc: str
    local: str
    permalink: str
    text: str
    original: str
    fidelity: str


@dataclass(frozen=True, slots=True)
class Passage:
    """What stands together: open items up to the next fold (`label` is None), or all of one fold.

    An entry is a `ShownQuote` or a dictionary of what the page writes of a "heading" (`text`, `anchor`), a "note"
    (`html`), an "update" (`html`, `anchor`, `date`), a "picture" (`src`, "" where it cannot be shown, `alt`, `width`,
    `height`, `caption`, `credit`) or a "card" (`url`, `title`, `text`, `host`).
    """

    label: str | None
    entries: tuple[ShownQuote | dict[str, object], ...]

    @property
    def quote_count(self) -> int:
        return sum(entry["kind"] == "quote" for entry in self.entries)


@register.filter
def passages(document: DigestDocument) -> Iterator[Passage]:
    """The document in reading order, every quote numbered."""
    numbers, anchors, colors = count(1), {"s": count(1), "u": count(1)}, current_palette()
    together: list[DocumentEntry] = []

    def passage(label: str | None, entries: Iterable[DocumentEntry]) -> Passage:
        return Passage(label, tuple(_shown(entry, numbers, anchors, colors) for entry in entries))

    for item in document.items:
        if not isinstance(item, DocumentFold):
            together.append(item)
            continue
        if together:
            yield passage(None, together)
            together = []
        yield passage(item.label, item.items)
    if together:
        yield passage(None, together)


def _shown(
    entry: DocumentEntry, numbers: Iterator[int], anchors: Mapping[str, Iterator[int]], colors: palette.Palette
) -> ShownQuote | dict[str, object]:
    match entry:
        case DocumentQuote():
            return _shown_quote(entry, next(numbers), colors)
        case DocumentHeading():
            return {"kind": "heading", "text": entry.text, "anchor": f"s{next(anchors['s'])}"}
        case DocumentNote():
            return {"kind": "note", "html": plaintext.to_html(entry.text)}
        case DocumentUpdate():
            anchor = f"u{next(anchors['u'])}"
            return {"kind": "update", "html": plaintext.to_html(entry.text), "anchor": anchor, "date": entry.date}
        case DocumentPicture():
            return {
                "kind": "picture",
                "path": entry.path,
                "src": picture_url(entry.path),
                "alt": entry.alt,
                "width": str(entry.width or ""),  # plain digits: a template would group them
                "height": str(entry.height or ""),
                "caption": entry.caption,
                "credit": entry.credit,
            }
        case DocumentCard():
            shown_host = host(entry.url)
            return {"kind": "card", "url": entry.url, "title": entry.title, "text": entry.text, "host": shown_host}


def _shown_quote(quote: DocumentQuote, number: int, colors: palette.Palette) -> ShownQuote:
    return {
        "kind": "quote",
        "number": str(number),
        "color": colors.shown_as(quote.color) if palette.is_color(quote.color) else None,
        "emphasis": quote.emphasis,
        "html": plaintext.to_html(quote.text),
        "author": quote.author,
        "utc": utc_time(quote.created_at),
        "local": site_time(quote.created_at),
        "permalink": quote.permalink,
        "text": quote.text,
        "original": quote.original,
        "fidelity": quote.fidelity,
    }


def shown_quotes(document: DigestDocument, first: int, last: int) -> list[ShownQuote]:
    """The quotes with these numbers, from 1 and both included, as far as there are so many."""
    some = islice(document.quotes(), first - 1, last)
    return [_shown_quote(quote, number, current_palette()) for number, quote in enumerate(some, first)]


@register.filter
def legend(document: DigestDocument) -> tuple[palette.Color, ...]:
    """The colours that the document shows; none where no name of them says anything."""
    return current_palette().legend({quote.color for quote in document.quotes()})


@register.filter
def with_pages(names: Iterable[str]) -> list[tuple[str, bool]]:
    """Tags with whether readers can follow them: a rare one may have no page."""
    if settings.TAG_LEAST_USE <= 1:
        return [(name, True) for name in names]
    known = followed(least=settings.TAG_LEAST_USE)
    return [(name, name in known) for name in names]


@register.simple_tag
def tag_address(name: str) -> str:
    """Found out once: a tag stands at each of its digests, at their cards, and in its own feeds."""
    return _tag_address(name, get_script_prefix())


@lru_cache(maxsize=8192)
def _tag_address(name: str, _prefix: str) -> str:
    return reverse("tag", args=[name])


@register.simple_tag
def palette_stylesheet() -> str:
    """The address of the colours' style sheet. A palette of the site's own has another one whenever it changes."""
    state = current_palette().state
    return reverse("palette", args=[state]) if state else static("palette.css")


@register.filter
def quote_count(document: DigestDocument) -> int:
    return sum(1 for _quote in document.quotes())


@register.filter
def quote_html(text: str) -> SafeString:
    return plaintext.to_html(text)


@register.filter
def site_time(instant: datetime) -> str:
    """An instant in the site's zone, with the zone said: `2025/09/07 01:36 JST`."""
    return _site_time(instant, get_default_timezone())


@lru_cache(maxsize=_INSTANTS)
def _site_time(instant: datetime, zone: tzinfo) -> str:
    local = instant.astimezone(zone)  # written by `%Y` it takes three times as long
    return f"{local.isoformat(sep=' ', timespec='minutes')[:16].replace('-', '/')} {local.tzname()}"


@register.filter
@lru_cache(maxsize=_INSTANTS)
def utc_time(instant: datetime) -> str:
    """An instant for `<time datetime>`: `2025-09-06T16:36:41Z`."""
    return f"{instant.astimezone(UTC).isoformat(timespec='seconds')[:19]}Z"


@register.filter
def long_date(day: date) -> str:
    """A day as the language writes it: `2025年9月7日`. Found out once: a page shows ten of them."""
    return _long_date(day, get_language())


@lru_cache(maxsize=4096)
def _long_date(day: date, _language: str | None) -> str:
    return date_format(day, "DATE_FORMAT")


@register.filter
def first_line(text: str) -> str:
    """The first line that is not blank."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")


@register.filter
def description(document: DigestDocument) -> str:
    """One line about the digest: its lead, or else its first quote."""
    text = document.lead or next((quote.text for quote in document.quotes()), "")
    return Truncator(" ".join(text.split())).chars(DESCRIPTION_LENGTH)


@register.filter
def host(url: str) -> str:
    """The site of an address as readers name it: `example.com`."""
    match = _HOST.match(url)
    return match[1] if match else url


@register.filter
def picture_url(thumbnail: str) -> str:
    """The address of a picture that was uploaded here or moved in with its site, "" for any other."""
    if is_own_path(thumbnail):
        return reverse("thumbnail", args=[thumbnail.rpartition("/")[2]])
    moved_in = SitePicture.objects.file_of(thumbnail) if thumbnail else ""
    return reverse("site-picture", args=[moved_in.rpartition("/")[2]]) if moved_in else ""


@register.simple_tag
def site_name() -> str:
    return settings.SITE_NAME


@register.simple_tag
def site_language() -> str:
    return settings.LANGUAGE_CODE


@register.simple_tag
def absolute(path: str) -> str:
    """The full address of a path on this site."""
    return f"{settings.BASE_URL}{path}"


@register.simple_tag
def structured_data(
    document: DigestDocument, published_at: datetime, changed_at: datetime, picture: str = ""
) -> SafeString:
    """What search engines read of a digest: an Article of schema.org, as JSON-LD. `picture` is its address."""
    address = absolute(reverse("digest", args=[document.slug]))
    site = {"@type": "Organization", "name": settings.SITE_NAME, "url": absolute(reverse("home"))}
    value = {
        "@context": "https://schema.org",
        "@type": "Article",
        "mainEntityOfPage": address,
        "headline": document.headline,
        "description": description(document),
        "inLanguage": settings.LANGUAGE_CODE,
        "datePublished": utc_time(published_at),
        "dateModified": utc_time(changed_at),
        "author": site,
        "publisher": site,
        **({"image": [absolute(picture)]} if picture else {}),
        **({"keywords": list(document.tags)} if document.tags else {}),
        "isBasedOn": [url for url in (document.article_url, document.source_url) if url],
    }
    return markup.data_script(value, "application/ld+json")


@register.filter
def by_message(problems: Iterable[Problem]) -> list[tuple[str, list[Problem]]]:
    """Problems that say the same, together: (message, its problems), each where its first one stood."""
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        found.setdefault(problem.message, []).append(problem)
    return list(found.items())
