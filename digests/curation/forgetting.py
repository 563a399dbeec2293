"""Somebody's words in what is kept of digests' pasts: revisions, and acts that could be undone.

Out of a digest as it is now the verbs take them, which leaves an act behind; so this comes after them.
"""

import json
import zlib
from collections.abc import Callable, Collection

from django.db import connection
from django.db.models import TextField
from django.db.models.functions import Cast

from digests import outline
from digests.changes import Fields, State
from digests.curation import states
from digests.models import Change, Digest, Quote, Revision

_CHUNK = 100


def forget_past(author: str, *, comments: Collection[str], is_there: Callable[[str, str], bool]) -> None:
    """`comments`: the native ids of what they wrote, since a quote may show them under another name.

    `is_there` tells of a digest, given its thread's site ("" for none) and its source's address, whether the name
    means them there. The caller holds the transaction. Every revision there is, is read: 6 kB each.
    """

    def said(row: Fields | None) -> bool:
        quoted = row is not None and row.get("kind") == Quote.Kind.QUOTE
        return quoted and row is not None and (row.get("author") == author or row.get("native_id") in comments)

    for digest in Digest.objects.filter(pk__in=_concerned(author)).select_related("thread").order_by("pk"):
        if is_there(digest.thread.source if digest.thread else "", digest.source_url):
            gone = _out_of_revisions(digest.pk, said)
            _out_of_acts(digest.pk, said, gone)


def _concerned(author: str) -> set[int]:
    """Digests that quote them in the past, or of a thread where they wrote."""
    found = set(Digest.objects.filter(thread__comments__author=author).values_list("pk", flat=True))
    written = json.dumps(author, ensure_ascii=False).encode()
    packed = Revision.objects.filter(state__isnull=False).values_list("digest_id", "state")
    for digest_id, state in packed.iterator(chunk_size=_CHUNK):
        if digest_id not in found and written in zlib.decompress(bytes(state or b"")):
            found.add(digest_id)
    # SQLite keeps JSON as it is dumped, with \uXXXX for Japanese; PostgreSQL's jsonb holds the characters.
    name = json.dumps(author, ensure_ascii=connection.vendor == "sqlite")
    acts = Change.objects.annotate(written=Cast("delta", TextField())).filter(written__contains=name)
    return found | set(acts.values_list("digest_id", flat=True))


def _out_of_revisions(digest_id: int, said: Callable[[Fields | None], bool]) -> set[int]:
    """Which rows they were."""
    found: set[int] = set()
    for revision in Revision.objects.filter(digest=digest_id, state__isnull=False).order_by("pk"):
        state = states.unpack(bytes(revision.state or b""))
        if gone := {pk for pk, row in state.rows.items() if said(row)}:
            found |= gone
            left = {pk: row for pk, row in state.rows.items() if pk not in gone}
            revision.state = states.packed(State(outline.remove(state.outline, gone), left, state.head))
            revision.quote_count = sum(row["kind"] == Quote.Kind.QUOTE for row in left.values())
            revision.save(update_fields=["state", "quote_count"])
    return found


def _out_of_acts(digest_id: int, said: Callable[[Fields | None], bool], gone: set[int]) -> None:
    """Acts on such rows are deleted: they can no longer be undone. Moves alone name no words and stay."""
    acts = dict(Change.objects.filter(digest=digest_id).values_list("pk", "delta"))
    for delta in acts.values():
        gone |= {int(pk) for pk, sides in delta.get("rows", {}).items() if any(said(side) for side in sides)}
    theirs = [pk for pk, delta in acts.items() if any(int(row) in gone for row in delta.get("rows", {}))]
    Change.objects.filter(pk__in=theirs).delete()
