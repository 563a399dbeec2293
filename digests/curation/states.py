"""A digest as a value: its head, its rows and its folds, packed into a revision and unpacked again.

Knows nothing of who did what; `journal` does.
"""

import datetime
import json
import zlib
from collections.abc import Mapping
from typing import Any

from digests import outline
from digests.changes import Fields, State
from digests.models import Digest, Quote, Revision
from digests.outline import FoldRange

ROW_FIELDS = (
    "kind",
    "comment_id",
    "native_id",
    "author",
    "created_at",
    "text",
    "title",
    "target",
    "width",
    "height",
    "color",
    "emphasis",
)
HEAD_FIELDS = (
    *("headline", "lead", "date", "tags", "slug", "source_url", "article_url", "thumbnail"),
    *("series", "card_template", "thread_id"),
)


def read(digest_id: int) -> State:
    """All of a digest as it is stored now, in two queries."""
    head = Digest.objects.values(*HEAD_FIELDS).get(pk=digest_id)
    rows: dict[int, Fields] = {}
    order: list[tuple[int, FoldRange | None, int]] = []
    stored = Quote.objects.filter(digest_id=digest_id).in_order()
    for row in stored.values("pk", "fold", "fold__label", "fold__size", *ROW_FIELDS):
        pk, key, label, size = (row.pop(name) for name in ("pk", "fold", "fold__label", "fold__size"))
        rows[pk] = plain(row)
        order.append((pk, FoldRange(key, label, ()) if key is not None else None, size or 0))
    return State(outline.read(order), rows, plain(head))


def pack(digest_id: int) -> bytes:
    """All of a digest as it is stored now."""
    return packed(read(digest_id))


def packed(state: State) -> bytes:
    """About a fifth of the text: 40 quotes are 6 kB."""
    content = {
        "head": state.head,
        "rows": [[pk, state.rows[pk]] for pk in outline.quotes(state.outline)],
        "folds": [[fold.key, fold.label, list(fold.quotes)] for fold in outline.folds(state.outline)],
    }
    return zlib.compress(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(), 6)


def unpack(content_packed: bytes) -> State:
    content = json.loads(zlib.decompress(content_packed))
    starts = {members[0]: FoldRange(key, label, tuple(members)) for key, label, members in content["folds"]}
    return State(
        outline.read(
            (pk, starts.get(pk), len(starts[pk].quotes) if pk in starts else 0) for pk, _row in content["rows"]
        ),
        {pk: {name: row.get(name, "") for name in ROW_FIELDS} for pk, row in content["rows"]},
        {name: content["head"].get(name, None if name == "thread_id" else "") for name in HEAD_FIELDS},
    )


def of_revision(revision: Revision) -> State:
    """How the digest was; that of the open revision is the digest as it is now."""
    return read(revision.digest_id) if revision.state is None else unpack(bytes(revision.state))


def plain(fields: Mapping[str, Any]) -> Fields:
    """Fields as JSON can hold them."""
    return {name: plain_value(value) for name, value in fields.items()}


def plain_value(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value


def stored(fields: Fields) -> dict[str, Any]:
    """Fields of JSON as a model takes them."""
    result: dict[str, Any] = dict(fields)
    if result.get("created_at"):
        result["created_at"] = datetime.datetime.fromisoformat(result["created_at"])
    if result.get("date"):
        result["date"] = datetime.date.fromisoformat(result["date"])
    return result
