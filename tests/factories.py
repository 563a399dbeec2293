"""Rows for tests: typed, keyword-only, with defaults that a test need not know."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.contrib.auth.models import User
from django.db.models import F

from digests import markup
from digests.importing.storing import searched
from digests.models import Comment, Digest, Fold, Publication, Quote, Thread
from digests.publishing.document import DigestDocument, DocumentItem, DocumentQuote
from digests.publishing.publish import go_live

POSTED_AT = datetime(2026, 9, 10, 12, 0, tzinfo=UTC)


def make_editor(name: str = "editor", **fields: Any) -> User:
    return User.objects.create_user(name, password="a long enough password", is_staff=True, **fields)


def make_thread(
    *, comments: int = 3, native_id: str = "100", title: str = "A story about Plain Text", **fields: Any
) -> Thread:
    """A thread of `comments` roots, by authors author1, author2, …"""
    url = f"https://news.ycombinator.com/item?id={native_id}"
    thread = Thread.objects.create(
        **{
            "source": "hackernews",
            "native_id": native_id,
            "url": url,
            "title": title,
            "article_url": "https://example.com/plain-text",
            "posted_at": POSTED_AT,
            "order": Thread.Order.RANKED,
            "comment_count": comments,
            "live_count": comments,
            "fetched_at": POSTED_AT,
        }
        | fields
    )
    for number in range(1, comments + 1):
        make_comment(thread, number=number)
    return thread


def make_comment(thread: Thread, *, number: int, parent: Comment | None = None, **fields: Any) -> Comment:
    """Comment `number` (1-based), its place in the thread and among its siblings unless said otherwise."""
    body = fields.setdefault("body", f"Comment number {number}")
    content = markup.to_json(markup.parse(body))
    words, length = searched(fields.get("author", f"author{number}"), content)
    if parent:
        Comment.objects.filter(pk=parent.pk).update(reply_count=F("reply_count") + 1)
    return Comment.objects.create(
        **{
            "thread": thread,
            "parent": parent,
            "native_id": str(int(thread.native_id) * 1000 + number),
            "position": number - 1,
            "rank": number - 1,
            "depth": parent.depth + 1 if parent else 0,
            "author": f"author{number}",
            "posted_at": POSTED_AT + timedelta(minutes=number),
            "content": content,
            "links": list(markup.links(markup.parse(body))),
            "words": words,
            "length": length,
        }
        | fields
    )


def make_digest(
    *, thread: Thread | None = None, slug: str = "a_story", texts: Sequence[str] = (), **fields: Any
) -> Digest:
    """A draft with one quote for each text."""
    digest = Digest.objects.create(
        **{
            "thread": thread,
            "slug": slug,
            "headline": "平文の話",
            "date": date(2026, 9, 12),
            "source_url": "https://news.ycombinator.com/item?id=100",
            "tags": ["平文"],
        }
        | fields
    )
    for position, text in enumerate(texts):
        Quote.objects.create(
            digest=digest,
            position=position,
            author=f"author{position + 1}",
            native_id=str(100001 + position),
            created_at=POSTED_AT + timedelta(minutes=position),
            text=text,
        )
    return digest


def make_between(digest: Digest, kind: str, *, position: int = 0, **fields: Any) -> Quote:
    """A heading, note, picture (give it a `target`) or card, empty unless said otherwise."""
    return Quote.objects.create(digest=digest, kind=kind, position=position, **fields)


def make_fold(digest: Digest, *, first: int, size: int, label: str = "もっとコメントを表示（1）") -> Fold:
    """A fold of `size` quotes from the one that stands at `first`, from 0."""
    return Fold.objects.create(first=digest.quotes.in_order()[first], size=size, label=label)


def make_document(*, items: tuple[DocumentItem, ...] = (), **fields: Any) -> DigestDocument:
    defaults: dict[str, Any] = {"slug": "a_story", "headline": "平文の話", "date": date(2026, 9, 12), "items": items}
    return DigestDocument(**defaults | fields)


def make_document_quote(text: str = "こんにちは", **fields: Any) -> DocumentQuote:
    defaults: dict[str, Any] = {"author": "author1", "created_at": POSTED_AT, "text": text}
    return DocumentQuote(**defaults | fields)


def make_live(slug: str = "a_story", *texts: str, **fields: Any) -> Publication:
    """What readers see: a publication of a document with one quote for each text (or of the `items` given)."""
    items = tuple(make_document_quote(text) for text in texts or ("こんにちは",))
    document = make_document(**{"slug": slug, "items": items} | fields)
    return go_live(make_digest(slug=slug), document, by=None)
