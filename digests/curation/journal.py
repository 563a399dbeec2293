"""What editors did: each act with its way back, and revisions, which are what one editor did in one go.

Works inside the transaction of the verb that calls it. Knows no verb.
"""

import datetime
from collections.abc import Iterable
from typing import Any

from django.db.models import F
from django.utils import timezone

from digests import changes
from digests.changes import Delta, Fields, State
from digests.curation import states
from digests.models import Change, Digest, Quote, Revision

# A revision goes on while one editor goes on. Longer ones would make going back to the middle of an evening impossible.
QUIET = datetime.timedelta(minutes=10)
LONGEST = datetime.timedelta(hours=1)
_ONE_GO = datetime.timedelta(minutes=2)  # saves of one text within this are one act to undo
KEPT_CHANGES = 2000  # of one digest; older ones can no longer be undone, but revisions stay
WRITE = "write"
BACK = ("undo", "redo")


def row_fields(digest_id: int, ids: Iterable[int]) -> dict[int, Fields]:
    """The stored fields of some rows, as a delta holds them. One query, none for no row."""
    if not (wanted := set(ids)):
        return {}
    rows = Quote.objects.filter(digest_id=digest_id, pk__in=wanted).values("pk", *states.ROW_FIELDS)
    return {row.pop("pk"): states.plain(row) for row in rows}


def head_fields(digest: Digest) -> Fields:
    return {name: states.plain_value(getattr(digest, name)) for name in states.HEAD_FIELDS}


def begin(digest_id: int, by: int | None) -> None:
    """Before anything is written: goes on with the open revision, or seals it and begins another.

    The new one may be of another editor, so the one before is sealed with the digest as it is now.
    """
    now = timezone.now()
    going_on = Revision.objects.filter(
        digest_id=digest_id, state=None, by_id=by, ended_at__gte=now - QUIET, began_at__gte=now - LONGEST
    ).update(ended_at=now, change_count=F("change_count") + 1)
    if going_on:
        return
    seal(digest_id)
    Revision.objects.create(digest_id=digest_id, by_id=by, began_at=now, ended_at=now, change_count=1)


def seal(digest_id: int) -> None:
    """Gives the open revision the digest's state as it is now; a digest without any gets one of how it began."""
    rows = Quote.objects.filter(digest_id=digest_id)
    if (opened := Revision.objects.filter(digest_id=digest_id, state=None).first()) is not None:
        opened.state, opened.quote_count = states.pack(digest_id), rows.quoted().count()
        opened.save(update_fields=["state", "quote_count"])
        _forget_old_changes(digest_id)
    elif rows.exists() and not Revision.objects.filter(digest_id=digest_id).exists():
        digest = Digest.objects.get(pk=digest_id)
        Revision.objects.create(
            digest_id=digest_id,
            by_id=digest.created_by_id,
            began_at=digest.created_at,
            ended_at=digest.created_at,
            quote_count=rows.quoted().count(),
            state=states.pack(digest_id),
        )


def record(digest_id: int, *, by: int | None, verb: str, version: int, before: State, after: State) -> Delta:
    """Stores what an act changed; what its editor had undone can no longer be done again. `version`: after the act."""
    delta = changes.delta(before, after)
    if verb not in BACK:
        Change.objects.filter(digest_id=digest_id, by_id=by, undone_at__isnull=False).delete()
    if delta and not (verb == WRITE and _goes_on(digest_id, by, version, delta)):
        Change.objects.create(digest_id=digest_id, by_id=by, verb=verb, version=version, delta=delta)
    return delta


def _goes_on(digest_id: int, by: int | None, version: int, delta: Delta) -> bool:
    """Adds a save of a text to the change of the save before, when that is the digest's last."""
    last = Change.objects.filter(digest_id=digest_id).order_by("-pk").first()
    if last is None or last.verb != WRITE or last.by_id != by or last.version != version:
        return False
    if last.at < timezone.now() - _ONE_GO or last.delta.keys() != {"rows"} != delta.keys():
        return False
    if last.delta["rows"].keys() != delta.get("rows", {}).keys():
        return False
    for pk, (before, after) in delta["rows"].items():
        first, latest = last.delta["rows"][pk]
        merged: list[dict[str, Any]] = [before | first, latest | after]
        last.delta["rows"][pk] = merged
    last.save(update_fields=["delta", "at"])
    return True


def _forget_old_changes(digest_id: int) -> None:
    old = Change.objects.filter(digest_id=digest_id).order_by("-pk").values_list("pk", flat=True)
    if (newest_to_go := old[KEPT_CHANGES : KEPT_CHANGES + 1].first()) is not None:
        Change.objects.filter(digest_id=digest_id, pk__lte=newest_to_go).delete()
