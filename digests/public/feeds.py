"""Feeds of the newest digests, of the whole site or of a tag: Atom, RSS and JSON Feed (version 1.1).

An entry's id never changes, whatever becomes of the digest's slug; its dates are those at which readers first saw the
digest and last got another version of it.
"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import feedgenerator
from django.utils.translation import gettext as _

from digests.models import Publication
from digests.public.freshness import answer
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
    """`kind` is one of `CONTENT_TYPES`; `name` a tag's. Raises `Http404` for a tag that no digest carries."""
    live = Publication.objects.live()
    newest = list(
        (live.filter(tags__name=name) if name else live)
        .order_by("-published_at", "-digest_id")
        .values("pk", "digest_id", "published_at", "created_at")[:ENTRIES]
    )
    if name and not newest:
        raise Http404
    changed_at = max((row["created_at"] for row in newest), default=None)

    def render() -> str:
        stored = dict(Publication.objects.filter(pk__in=[row["pk"] for row in newest]).values_list("pk", "document"))
        entries = [
            _entry(interchange.from_json(stored[row["pk"]]).document, row) for row in newest if row["pk"] in stored
        ]
        return _json(kind, name, entries) if kind == "json" else _xml(kind, name, entries)

    state = (kind, settings.FEED_CONTENT, newest)
    return answer(request, state=state, changed_at=changed_at, render=render, content_type=CONTENT_TYPES[kind])


def _entry(document: DigestDocument, row: Mapping[str, Any]) -> dict[str, Any]:
    """A digest as the feeds write it; `content` is HTML, "" when the site gives summaries only."""
    published_at: datetime = row["published_at"]
    full = settings.FEED_CONTENT == "full"
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
