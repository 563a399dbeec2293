"""Feeds of the newest digests, of the whole site or of a tag: Atom, RSS and JSON Feed (version 1.1).

An entry's id never changes, whatever becomes of the digest's slug; its dates are those at which readers first saw the
digest and last got another version of it.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import feedgenerator
from django.utils.translation import gettext as _

from digests.models import Publication
from digests.public import moved
from digests.public.freshness import KEPT_SECONDS, answer, made_by
from digests.public.kept import kept_each
from digests.public.views import public_page
from digests.publishing import interchange
from digests.publishing.document import DigestDocument
from digests.templatetags.digest_tags import absolute, description

ENTRIES = 20
CONTENT_TYPES = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}


@public_page
def feed(request: HttpRequest, kind: str, name: str = "") -> HttpResponseBase:
    """`kind` is one of `CONTENT_TYPES`; `name` a tag's. Raises `Http404` for a tag without a page."""
    live = Publication.objects.live()
    newest = list(
        (live.carrying(name) if name else live)
        .order_by("-published_at", "-digest_id")
        .values("pk", "digest_id", "published_at", "created_at")[:ENTRIES]
    )
    if name and (not newest or len(newest) < min(ENTRIES, settings.TAG_LEAST_USE)):
        return moved.permanently(reverse("feed", args=[kind, moved.kept_spelling(name)]))
    changed_at = max((row["created_at"] for row in newest), default=None)

    content = settings.TAG_FEED_CONTENT if name else settings.FEED_CONTENT

    def render() -> str:
        entries = _entries(newest, full=content == "full")
        return _json(kind, name, entries) if kind == "json" else _xml(kind, name, entries)

    state = (kind, content, newest)
    return answer(request, state=state, changed_at=changed_at, render=render, content_type=CONTENT_TYPES[kind])


def _entries(rows: Sequence[Mapping[str, Any]], *, full: bool) -> list[dict[str, Any]]:
    """Those that are still there. Each is made once for all feeds that hold it."""
    by_key = {f"entry:{made_by()}:{full}:{row['pk']}": row for row in rows}

    def make(keys: list[str]) -> dict[str, dict[str, Any]]:
        wanted = {by_key[key]["pk"]: key for key in keys}
        stored = Publication.objects.filter(pk__in=wanted).values_list("pk", "document")
        found = {wanted[pk]: document if full else _beginning(document) for pk, document in stored}
        return {
            key: _entry(interchange.from_json(document).document, by_key[key], full=full)
            for key, document in found.items()
        }

    entries = kept_each(list(by_key), make, seconds=KEPT_SECONDS)
    return [entries[key] for key in by_key if key in entries]


def _beginning(stored: dict[str, Any]) -> dict[str, Any]:
    """A stored document up to its first quote, which is all that a summary needs: reading it whole takes 3 ms."""
    items = stored["items"]
    first = next((place for place, item in enumerate(items) if "quote" in item or "fold" in item), len(items))
    return {**stored, "items": items[: first + 1]}


def _entry(document: DigestDocument, row: Mapping[str, Any], *, full: bool) -> dict[str, Any]:
    """A digest as the feeds write it; `content` is HTML, "" when the feed gives summaries only."""
    published_at: datetime = row["published_at"]
    return {
        "id": f"tag:{urlsplit(settings.BASE_URL).hostname},{published_at:%Y-%m-%d}:digest/{row['digest_id']}",
        "address": absolute(reverse("digest", args=[document.slug])),
        "title": document.headline,
        "summary": description(document),
        "content": render_to_string("public/feed_entry.html", {"document": document}) if full else "",
        "tags": document.tags,
        "published_at": published_at,
        "updated_at": row["created_at"],
    }


class _Dated(feedgenerator.SyndicationFeed):
    """Django dates a feed without entries by the clock; ours is the same bytes each time."""

    def latest_post_date(self) -> datetime:
        return super().latest_post_date() if self.items else datetime(1970, 1, 1, tzinfo=UTC)


class _Atom(_Dated, feedgenerator.Atom1Feed):
    pass


class _Rss(_Dated, feedgenerator.Rss201rev2Feed):
    pass


def _title(name: str) -> str:
    return f"{settings.SITE_NAME} - {name}" if name else settings.SITE_NAME


def _addresses(kind: str, name: str) -> tuple[str, str]:
    """Of the page that the feed belongs to, and of the feed."""
    arguments = [kind, name] if name else [kind]
    return absolute(reverse("tag", args=[name]) if name else reverse("home")), absolute(reverse("feed", args=arguments))


def _xml(kind: str, name: str, entries: list[dict[str, Any]]) -> str:
    page, own = _addresses(kind, name)
    made = {"atom": _Atom, "rss": _Rss}[kind](
        title=_title(name),
        link=page,
        description=_("New digests"),
        language=settings.LANGUAGE_CODE,
        feed_url=own,
        feed_guid=own,
    )
    for entry in entries:
        made.add_item(
            title=entry["title"],
            link=entry["address"],
            description=entry["content"] or entry["summary"],
            unique_id=entry["id"],
            unique_id_is_permalink=False,
            categories=entry["tags"],
            pubdate=entry["published_at"],
            updateddate=entry["updated_at"],
        )
    return str(made.writeString("utf-8"))


def _json(kind: str, name: str, entries: list[dict[str, Any]]) -> str:
    page, own = _addresses(kind, name)
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": _title(name),
        "home_page_url": page,
        "feed_url": own,
        "language": settings.LANGUAGE_CODE,
        "items": [
            {
                "id": entry["id"],
                "url": entry["address"],
                "title": entry["title"],
                "summary": entry["summary"],
                **({"content_html": entry["content"]} if entry["content"] else {"content_text": entry["summary"]}),
                "date_published": entry["published_at"].isoformat(timespec="seconds"),
                "date_modified": entry["updated_at"].isoformat(timespec="seconds"),
                "tags": list(entry["tags"]),
            }
            for entry in entries
        ],
    }
    return json.dumps(value, ensure_ascii=False)
