"""Tags and series of many digests at once, each of them one act that can be undone on its own board."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from itertools import batched

from django.db import transaction

from digests import plaintext
from digests.changes import State
from digests.curation import journal
from digests.curation.heads import bump, check_tags
from digests.models import Digest, Tag

LABELS = ("tags", "series")  # verbs of the journal, and the fields they write
CHUNK = 20  # digests in one transaction: whoever writes a text meanwhile waits for no more


@dataclass(frozen=True, slots=True)
class Relabelled:
    """What came of it: (digest, its version after it) of those that were changed, and how many were not reached."""

    changed: list[tuple[int, int]]
    left: int


def retag(
    digest_ids: Sequence[int],
    *,
    add: Sequence[str],
    remove: Collection[str],
    by: int | None,
    seconds: float | None = None,
) -> Relabelled:
    """Adds tags at the end and takes others away. Stops after so many seconds, at a whole chunk; None: never."""
    new = Tag.objects.canonical([tag for raw in add if (tag := plaintext.clean_line(raw))])
    check_tags(new)

    def tagged(digest: Digest) -> bool:
        before: list[str] = list(digest.tags)
        after = list(dict.fromkeys([tag for tag in before if tag not in remove or tag in new] + new))
        digest.tags = after
        return after != before

    return _each(digest_ids, tagged, "tags", by=by, seconds=seconds)


def set_series(digest_ids: Sequence[int], *, series: str, by: int | None, seconds: float | None = None) -> Relabelled:
    """Puts digests into a series, or ("") out of every one; as `retag` says."""
    name = plaintext.clean_line(series)[:100]

    def put(digest: Digest) -> bool:
        before, digest.series = digest.series, name
        return before != name

    return _each(digest_ids, put, "series", by=by, seconds=seconds)


def wanting_tags(add: Collection[str], remove: Collection[str]) -> Callable[[Sequence[str]], bool]:
    """Whether `retag` would change a digest with these tags."""
    return lambda tags: not set(add) <= set(tags) or not set(tags).isdisjoint(set(remove) - set(add))


def _each(
    digest_ids: Sequence[int], change: Callable[[Digest], bool], field: str, *, by: int | None, seconds: float | None
) -> Relabelled:
    started, changed, reached = time.monotonic(), list[tuple[int, int]](), 0
    for some in batched(digest_ids, CHUNK):
        if reached and seconds is not None and time.monotonic() - started > seconds:
            break
        with transaction.atomic():
            for digest in Digest.objects.kept().select_for_update().filter(pk__in=some).order_by("pk"):
                before = State(head=journal.head_fields(digest))
                if not change(digest):
                    continue
                version = bump(digest.pk, digest.version)
                journal.begin(digest.pk, by)
                digest.save(update_fields=[field])
                after = State(head=journal.head_fields(digest))
                journal.record(digest.pk, by=by, verb=field, version=version, before=before, after=after)
                changed.append((digest.pk, version))
        reached += len(some)
    return Relabelled(changed, len(digest_ids) - reached)
