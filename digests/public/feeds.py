"""Feeds of the newest digests, of the whole site or of a tag: Atom, RSS and JSON Feed (version 1.1).

An entry's id never changes, whatever becomes of the digest's slug; its dates are those at which readers first saw the
digest and last got another version of it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from io import StringIO
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from django.conf import settings
from django.db.models.query import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import feedgenerator
from django.utils.encoding import iri_to_uri
from django.utils.translation import gettext as _
from django.utils.xmlutils import SimplerXMLGenerator

from digests.models import Publication
from digests.models.publications import PublicationQuerySet
from digests.public import moved
from digests.public.compiled import ASKED, Compiled
from digests.public.foreseen import foreseen, foreseen_each
from digests.public.freshness import KEPT_SECONDS, answer, made_by
from digests.public.kept import kept_each
from digests.public.views import public_page
from digests.publishing import interchange
from digests.templatetags.digest_tags import absolute, description, tag_address

ENTRIES = 20
CONTENT_TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}


@public_page
def feed(request: HttpRequest, kind: str, name: str = "") -> HttpResponseBase:
    """`kind` is one of `CONTENT_TYPES`; `name` a tag's. Raises `Http404` for a tag without a page."""
    newest = foreseen(("feed", name), lambda: of_tag(name) if name else [Row(*row) for row in _OF_ALL.rows()])
    if name and (not newest or len(newest) < min(ENTRIES, settings.TAG_LEAST_USE)):
        return moved.permanently(reverse("feed", args=[kind, moved.kept_spelling(name)]))
    changed_at = max((row.created_at for row in newest), default=None)
    content = settings.TAG_FEED_CONTENT if name else settings.FEED_CONTENT

    def render() -> str:
        entries = _entries(kind, newest, full=content == "full")
        return _json(kind, name, entries) if kind == "json" else _xml(kind, name, entries, newest)

    state = (kind, content, newest)
    return answer(request, state=state, changed_at=changed_at, render=render, content_type=CONTENT_TYPES[kind])


class Row(NamedTuple):
    """What a feed follows from, besides documents, which never change."""

    pk: int
    digest_id: int
    published_at: datetime
    created_at: datetime


def _newest(live: PublicationQuerySet) -> QuerySet[Any, Any]:
    return live.order_by("-published_at", "-digest_id").values_list(*Row._fields)[:ENTRIES]


def of_tag(name: str) -> list[Row]:
    return [Row(*row) for row in _OF_TAG.rows(name)]


_OF_ALL = Compiled(lambda: _newest(Publication.objects.live()))
_OF_TAG = Compiled(lambda: _newest(Publication.objects.live().carrying(ASKED)))


def _entries(kind: str, rows: Sequence[Row], *, full: bool) -> list[str]:
    """Those that are still there, as this kind of feed writes them. Each is written once for all feeds that hold it."""
    prefix = f"entry:{made_by()}:{kind}:{full}:"
    by_key = {f"{prefix}{row.pk}": row for row in rows}

    def make(keys: list[str]) -> dict[str, str]:
        wanted = {by_key[key].pk: key for key in keys}
        found = foreseen_each(f"entry {full}", wanted, lambda pks: _read([by_key[wanted[pk]] for pk in pks], full=full))
        return {wanted[pk]: _written(kind, entry) for pk, entry in found.items()}

    entries = kept_each(list(by_key), make, seconds=KEPT_SECONDS)
    return [entries[key] for key in by_key if key in entries]


def _read(rows: Sequence[Row], *, full: bool) -> dict[int, dict[str, Any]]:
    by_pk = {row.pk: row for row in rows}
    stored = Publication.objects.filter(pk__in=by_pk).values_list("pk", "document")
    return {pk: _entry(one if full else _beginning(one), by_pk[pk], full=full) for pk, one in stored}


def _beginning(stored: dict[str, Any]) -> dict[str, Any]:
    """A stored document up to its first quote, which is all that a summary needs: reading it whole takes 3 ms."""
    items = stored["items"]
    first = next((place for place, item in enumerate(items) if "quote" in item or "fold" in item), len(items))
    return {**stored, "items": items[: first + 1]}


def _entry(stored: dict[str, Any], row: Row, *, full: bool) -> dict[str, Any]:
    """A digest as the feeds write it; `content` is HTML, "" when the feed gives summaries only."""
    document = interchange.from_json(stored).document
    return {
        "id": f"tag:{urlsplit(settings.BASE_URL).hostname},{row.published_at:%Y-%m-%d}:digest/{row.digest_id}",
        "address": absolute(reverse("digest", args=[document.slug])),
        "title": document.headline,
        "summary": description(document),
        "content": render_to_string("public/feed_entry.html", {"document": document}) if full else "",
        "tags": document.tags,
        "published_at": row.published_at,
        "updated_at": row.created_at,
    }


def _written(kind: str, entry: dict[str, Any]) -> str:
    if kind == "json":
        return json.dumps(_json_item(entry), ensure_ascii=False)
    feed = _XML[kind](title="", link="", description="")
    summary = escape(entry["summary"])  # both kinds read HTML there
    feed.add_item(
        title=entry["title"],
        link=entry["address"],
        description=summary if kind == "atom" else entry["content"] or summary,
        content=entry["content"],
        unique_id=entry["id"],
        unique_id_is_permalink=False,
        categories=entry["tags"],
        pubdate=entry["published_at"],
        updateddate=entry["updated_at"],
    )
    written = StringIO()
    feed.write_items(SimplerXMLGenerator(written, "utf-8", short_empty_elements=True))
    return written.getvalue()


class _Atom(feedgenerator.Atom1Feed):
    def add_item_elements(self, handler: SimplerXMLGenerator, item: dict[str, Any]) -> None:
        super().add_item_elements(handler, item)
        if item["content"]:
            handler.addQuickElement("content", item["content"], {"type": "html"})


_XML: Mapping[str, type[Any]] = {"atom": _Atom, "rss": feedgenerator.Rss201rev2Feed}


def _title(name: str) -> str:
    return f"{settings.SITE_NAME} - {name}" if name else settings.SITE_NAME


def _addresses(kind: str, name: str) -> tuple[str, str]:
    """Of the page that the feed belongs to, and of the feed."""
    arguments = [kind, name] if name else [kind]
    return absolute(tag_address(name) if name else reverse("home")), absolute(reverse("feed", args=arguments))


def _xml(kind: str, name: str, entries: Sequence[str], rows: Sequence[Row]) -> str:
    page, own = _addresses(kind, name)
    # Django dates a feed without entries by the clock; ours is the same bytes each time.
    newest = max((max(row.published_at, row.created_at) for row in rows), default=datetime(1970, 1, 1, tzinfo=UTC))
    written = feedgenerator.rfc3339_date(newest) if kind == "atom" else feedgenerator.rfc2822_date(newest)
    values = {
        "{title}": escape(_title(name)),
        "{site}": escape(settings.SITE_NAME),
        "{page}": escape(iri_to_uri(page)),
        "{own}": escape(iri_to_uri(own)),
        "{guid}": escape(own),
        _NEVER[kind]: written,
        "{entries}": "".join(entries),
    }
    return "".join(values.get(part, part) for part in _frame(kind, settings.LANGUAGE_CODE, _("New digests")))


@lru_cache(maxsize=8)
def _frame(kind: str, language: str, description: str) -> list[str]:
    """A feed around its entries, in pieces: what differs from one feed to the next stands by itself."""
    made = _FRAMES[kind](
        title="{title}",
        link="{page}",
        description=description,
        language=language,
        author_name="{site}",  # Atom wants one (RFC 4287, 4.1.1)
        feed_url="{own}",
        feed_guid="{guid}",
    )
    made.feed |= {"link": "{page}", "feed_url": "{own}"}  # which were percent-encoded
    whole = made.writeString("utf-8")
    return re.split(rf"(\{{[a-z]+\}}|{re.escape(_NEVER[kind])})", whole)


_NEVER = {"atom": "1970-01-01T00:00:00+00:00", "rss": "Thu, 01 Jan 1970 00:00:00 +0000"}


class _Framing:
    def write_items(self, handler: SimplerXMLGenerator) -> None:
        handler.ignorableWhitespace("{entries}")  # what this is given it writes as it is

    def latest_post_date(self) -> datetime:
        return datetime(1970, 1, 1, tzinfo=UTC)


class _AtomFrame(_Framing, feedgenerator.Atom1Feed):
    pass


class _RssFrame(_Framing, feedgenerator.Rss201rev2Feed):
    pass


_FRAMES: Mapping[str, type[Any]] = {"atom": _AtomFrame, "rss": _RssFrame}


def _json(kind: str, name: str, entries: Sequence[str]) -> str:
    page, own = _addresses(kind, name)
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(name),
        "home_page_url": page,
        "feed_url": own,
        "authors": [{"name": settings.SITE_NAME, "url": absolute(reverse("home"))}],
        "language": settings.LANGUAGE_CODE,
    }
    return f'{json.dumps(value, ensure_ascii=False)[:-1]}, "items": [{", ".join(entries)}]}}'


def _json_item(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": entry["id"],
        "url": entry["address"],
        "title": entry["title"],
        "summary": entry["summary"],
        **({"content_html": entry["content"]} if entry["content"] else {"content_text": entry["summary"]}),
        "date_published": entry["published_at"].isoformat(timespec="seconds"),
        "date_modified": entry["updated_at"].isoformat(timespec="seconds"),
        "tags": list(entry["tags"]),
    }
