"""A fetched thread → rows, in one short transaction. Knows nothing of quotes and digests.

A comment keeps its row for ever: one that is no longer delivered stays, with its text, behind its siblings.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import batched, groupby
from typing import NamedTuple

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from digests import markup, plaintext
from digests.models import Comment, Thread
from digests.sources.contract import AnswerTooLarge, CommentState, FetchedComment, FetchedThread, ThreadOrder

RANKS_KEPT = "ranks_kept"
# With one of these the thread is not all there, so that a comment's absence says nothing.
_PARTIAL = {"comments_missing", "parents_missing", "file_incomplete", "file_repaired"}

_BATCH = 200  # rows a statement; SQLite allows 999 variables in one
_OUT_OF_THE_WAY = 1_000_000_000  # more than any position; twice as much would not fit the column
_DEEPEST = 32_767  # what the column can say
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """What an import did: `added` and `changed` count comments, `gone` those that were live and have vanished."""

    thread: Thread
    created: bool
    added: int
    changed: int
    gone: int


@dataclass(frozen=True, slots=True)
class _Text:
    """Everything about a comment but its place."""

    author: str
    posted_at: datetime
    body: str
    content: list[object]
    links: list[str]
    state: str


class _Place(NamedTuple):
    parent: str | None  # native id
    rank: int
    depth: int
    position: int
    replies: int


@dataclass(frozen=True, slots=True)
class _Known:
    """A comment that has a row."""

    pk: int
    text: _Text
    place: _Place


def store(fetched: FetchedThread) -> Stored:
    """Creates the thread, or brings it up to date. Safe against another import of the same thread at the same time."""
    texts = {comment.native_id: _text(comment) for comment in fetched.comments}
    fields = _thread_fields(fetched)
    with transaction.atomic():
        thread, created = Thread.objects.get_or_create(
            source=fetched.source, native_id=fetched.native_id, defaults=fields
        )
        # PostgreSQL: a second import waits here; SQLite: it waited when the transaction began.
        thread = Thread.objects.select_for_update().get(pk=thread.pk)
        known = _known(thread)
        keep_order = not created and thread.order == ThreadOrder.RANKED and fetched.order == ThreadOrder.TIME
        if fetched.expected_count is None:
            del fields["expected_count"]
        if keep_order:
            fields |= {"order": ThreadOrder.RANKED, "notes": [*fetched.notes, RANKS_KEPT]}
        places = _places(fetched.comments, known, keep_order=keep_order)
        gone = [] if _is_partial(fetched) else _gone(known, texts)
        changes = _changes(known, texts, gone)
        _write_places(thread, places, known, texts)
        _write_texts(thread, changes)
        states = [change.state for change in ({id_: row.text for id_, row in known.items()} | texts | changes).values()]
        fields |= {"comment_count": len(places), "live_count": states.count(CommentState.LIVE)}
        Thread.objects.filter(pk=thread.pk).update(**fields)
        thread.refresh_from_db()
    added = len(texts.keys() - known.keys())
    return Stored(thread=thread, created=created, added=added, changed=len(changes) - len(gone), gone=len(gone))


def _thread_fields(fetched: FetchedThread) -> dict[str, object]:
    body = _storable(fetched.body)
    return {
        "url": fetched.url,
        "title": markup.clean(fetched.title)[:500],
        "article_url": fetched.article_url,
        "author": markup.clean(fetched.author)[:200],
        "posted_at": fetched.posted_at,
        "points": fetched.points,
        "body": body,
        "content": markup.to_json(markup.parse(body)),
        "order": fetched.order,
        "notes": list(fetched.notes),
        "expected_count": fetched.expected_count,
        "fetched_at": timezone.now(),
    }


def _text(comment: FetchedComment) -> _Text:
    body = _storable(comment.body)
    content = markup.parse(body)
    return _Text(
        author=markup.clean(comment.author)[:200],
        posted_at=comment.posted_at,
        body=body,
        content=markup.to_json(content),
        links=list(markup.links(content)),
        state=comment.state,
    )


def searched(author: str, content: list[object]) -> tuple[str, int]:
    """What a comment is found by, and how long it is: the author alone stands in the first line of the words."""
    text = markup.to_text(markup.from_json(content))
    return f"{plaintext.folded(' '.join(author.split()))}\n{plaintext.folded(text)}", len(text)


def _storable(text: str) -> str:
    """As it came, but for what PostgreSQL (zero bytes) and UTF-8 (lone surrogates) cannot hold."""
    return _UNSTORABLE.sub("", text)


def _known(thread: Thread) -> dict[str, _Known]:
    rows = thread.comments.order_by("position").values_list(
        *("pk", "native_id", "parent__native_id", "rank", "depth", "position", "reply_count"),
        *("author", "posted_at", "body", "content", "links", "state"),
    )
    return {
        native_id: _Known(pk, _Text(*text), _Place(parent, rank, depth, position, replies))
        for pk, native_id, parent, rank, depth, position, replies, *text in rows
    }


def _is_partial(fetched: FetchedThread) -> bool:
    """Whether a comment may be missing though it still exists: Algolia alone leaves out more than what is gone."""
    return fetched.order == ThreadOrder.TIME or bool(_PARTIAL.intersection(fetched.notes))


def _gone(known: Mapping[str, _Known], delivered: Collection[str]) -> list[str]:
    """Live comments that are no longer delivered although what they reply to still is."""
    return [
        native_id
        for native_id, row in known.items()
        if native_id not in delivered
        and row.text.state == CommentState.LIVE
        and (row.place.parent is None or row.place.parent in delivered)
    ]


def _changes(known: Mapping[str, _Known], texts: Mapping[str, _Text], gone: Iterable[str]) -> dict[str, _Text]:
    """New texts of known comments. Where the site now withholds a text, the one we have stays."""
    changes = {native_id: replace(known[native_id].text, state=CommentState.DELETED) for native_id in gone}
    for native_id, row in known.items():
        new = texts.get(native_id, row.text)
        if not new.body and new.state != CommentState.LIVE:
            new = replace(row.text, state=new.state)
        if new != row.text:
            changes[native_id] = new
    return changes


def _places(comments: Sequence[FetchedComment], known: Mapping[str, _Known], *, keep_order: bool) -> dict[str, _Place]:
    """Every comment's place, depth first. Siblings stand by fetched rank, those no longer delivered behind them;
    with `keep_order` as they stood before, new ones behind them."""
    order: dict[str | None, list[tuple[bool, int, str]]] = {}
    delivered = {comment.native_id for comment in comments}
    for comment in comments:
        old = known.get(comment.native_id) if keep_order else None
        key = (keep_order and old is None, old.place.rank if old else comment.rank, comment.native_id)
        order.setdefault(comment.parent_id, []).append(key)
    for native_id, row in known.items():
        if native_id not in delivered:
            order.setdefault(row.place.parent, []).append((not keep_order, row.place.rank, native_id))
    places: dict[str, _Place] = {}
    waiting: list[tuple[str, str | None, int, int]] = []

    def await_replies(parent: str | None, depth: int) -> None:
        replies = enumerate(sorted(order.get(parent, ())))
        waiting.extend(reversed([(native_id, parent, rank, depth) for rank, (*_, native_id) in replies]))

    await_replies(None, 0)
    while waiting:
        native_id, parent, rank, depth = waiting.pop()
        if depth > _DEEPEST:
            raise AnswerTooLarge(f"replies deeper than {_DEEPEST} levels")
        places[native_id] = _Place(parent, rank, depth, len(places), len(order.get(native_id, ())))
        await_replies(native_id, depth + 1)
    if len(places) != sum(map(len, order.values())):
        raise ValueError("a comment's parent is missing or its own descendant")
    return places


def _write_places(
    thread: Thread, places: Mapping[str, _Place], known: Mapping[str, _Known], texts: Mapping[str, _Text]
) -> None:
    moved = any(places[native_id] != row.place for native_id, row in known.items())
    if moved:  # uniqueness is checked row by row: first everything out of the way
        thread.comments.update(position=F("position") + _OUT_OF_THE_WAY, rank=F("rank") + _OUT_OF_THE_WAY)
    pks = {native_id: row.pk for native_id, row in known.items()}
    new = sorted((place.depth, native_id) for native_id, place in places.items() if native_id not in known)
    for _, level in groupby(new, key=lambda pair: pair[0]):  # parents before their replies need their keys
        rows = [_row(thread, native_id, places[native_id], pks, texts[native_id]) for _, native_id in level]
        for row in rows:
            row.words, row.length = searched(row.author, row.content)
        for row in Comment.objects.bulk_create(rows, batch_size=_BATCH):
            pks[row.native_id] = row.pk
    if moved:
        # An insert that meets its own row and updates it: five times as fast as bulk_update. Only places are taken.
        rows = [_row(thread, native_id, places[native_id], pks, row.text) for native_id, row in known.items()]
        Comment.objects.bulk_create(
            rows,
            batch_size=_BATCH,
            update_conflicts=True,
            unique_fields=["thread", "native_id"],
            update_fields=["parent", "rank", "depth", "position", "reply_count"],
        )


def _row(thread: Thread, native_id: str, place: _Place, pks: Mapping[str, int], text: _Text) -> Comment:
    return Comment(
        thread=thread,
        native_id=native_id,
        parent_id=pks[place.parent] if place.parent is not None else None,
        rank=place.rank,
        depth=place.depth,
        position=place.position,
        reply_count=place.replies,
        author=text.author,
        posted_at=text.posted_at,
        body=text.body,
        content=text.content,
        links=text.links,
        state=text.state,
    )


def _write_texts(thread: Thread, changes: Mapping[str, _Text]) -> None:
    fields = ["author", "posted_at", "body", "content", "links", "state"]
    for some in batched(changes.items(), _BATCH):
        rows = list(thread.comments.filter(native_id__in=[native_id for native_id, _ in some]))
        for row in rows:
            for field in fields:
                setattr(row, field, getattr(changes[row.native_id], field))
            row.words, row.length = searched(row.author, row.content)
        Comment.objects.bulk_update(rows, [*fields, "words", "length"])
