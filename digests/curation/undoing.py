"""Ways back: undo and redo of an editor's own acts, and going back to a revision, which is an act too."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import F, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import changes, outline, plaintext
from digests.changes import Delta, Fields
from digests.curation import journal, states
from digests.curation.errors import CurationError
from digests.curation.restructuring import add_quotes, restructure
from digests.curation.structure import refuse_withdrawn
from digests.models import AuditEntry, Change, Comment, Digest, Quote, Revision, StaleVersion, Thread
from digests.outline import Outline

MOST_IN_NAME = 100
# A published digest's address does not change because its text goes back, and its thread stays where it is.
_KEPT_HEAD = ("slug", "thread_id")


class Obstructed(CurationError):
    """An act that cannot be taken back (`way` "undo") or done again ("redo"). The message: what stands in the way.

    `undo` and `redo` go on past it to what lies behind it when they are given its id.
    """

    def __init__(self, code: str, message: str, *, change: Change, way: str) -> None:
        super().__init__(code, message)
        self.change, self.way = change, way


class _ChangedSince(Exception):
    """A delta does not fit the digest as it is: because of this row (None: because of the digest's head)."""

    def __init__(self, row: int | None) -> None:
        super().__init__(row)
        self.row = row


def undo(digest_id: int, *, version: int, by: int | None, past: int | None = None) -> int:
    """Takes back the newest act of this editor, whatever it was; the digest's new version.

    What others did since stays. Raises `CurationError` where nothing is left, and `Obstructed` where somebody has since
    changed the very thing; with that act as `past` it takes back what was before it. The version stays the same where
    all is already as it was before the act.
    """
    acts = Change.objects.filter(digest_id=digest_id, by_id=by)
    # One that was passed over lies above those undone since. It is met again when they have been done again.
    ends = [end for end in (past, acts.filter(undone_at__isnull=False).aggregate(first=Min("pk"))["first"]) if end]
    left = acts.filter(undone_at=None, **({"pk__lt": min(ends)} if ends else {})).exclude(verb__in=journal.BACK)
    change = left.order_by("pk").last()
    if change is None:
        raise CurationError("nothing_to_undo", _("There is nothing to undo."))
    with transaction.atomic():
        new_version = _turn(change, changes.reverse(change.delta), version, way="undo")
        Change.objects.filter(pk=change.pk).update(undone_at=timezone.now())
    return new_version


def redo(digest_id: int, *, version: int, by: int | None, past: int | None = None) -> int:
    """Does again what this editor undid last; the digest's new version. Refuses, and passes over, as `undo` does.

    What was passed over can no longer be done again once something behind it has been.
    """
    undone = Change.objects.filter(digest_id=digest_id, by_id=by, undone_at__isnull=False)
    change = undone.filter(pk__gt=past or 0).order_by("pk").first()
    if change is None:
        raise CurationError("nothing_to_redo", _("There is nothing to do again."))
    with transaction.atomic():
        new_version = _turn(change, change.delta, version, way="redo")
        Change.objects.filter(pk=change.pk).update(undone_at=None)
        if past is not None:
            undone.filter(pk__lt=change.pk).delete()
    return new_version


def restore_revision(digest_id: int, *, version: int, revision_id: int, by: int | None) -> int:
    """Makes the digest what it was; its slug and its thread stay. One act, which can be undone. The new version."""
    revision = Revision.objects.get(pk=revision_id, digest_id=digest_id)
    wanted = states.of_revision(revision)
    now = states.read(digest_id)
    head = wanted.head | {name: now.head[name] for name in _KEPT_HEAD}
    rows = wanted.rows
    if wanted.head["thread_id"] is None and head["thread_id"] is not None:  # the thread was attached since
        head |= {name: now.head[name] for name in ("source_url", "article_url") if not head[name]}
        rows = _linked(digest_id, wanted.rows, now.rows)
    delta = changes.delta(now, changes.State(wanted.outline, rows, head))
    if not delta:
        raise CurationError("same_already", _("The digest is like that version already."))
    with transaction.atomic():
        try:
            new_version = _carry_out(digest_id, version, delta, by=by, verb="restore")
        except _ChangedSince as error:  # a text was saved since it was read, which gives the digest no new version
            raise StaleVersion(version) from error
        digest = Digest.objects.get(pk=digest_id)
        AuditEntry.objects.record(AuditEntry.Action.RESTORED, [digest], by=by, detail=_named(revision))
    return new_version


def _linked(digest_id: int, then: Mapping[int, Fields], now: Mapping[int, Fields]) -> dict[int, Fields]:
    """Rows of a time before the thread was attached, each with the comment that it has, or last had, since."""
    known = {pk: row for pk, row in now.items() if row["comment_id"]}
    gone = [str(pk) for pk in then if pk not in now]
    acts = Change.objects.filter(digest_id=digest_id, delta__rows__has_any_keys=gone).order_by("pk") if gone else []
    for act in acts:
        for pk, sides in act.delta["rows"].items():
            known |= {int(pk): side for side in sides if pk in gone and side and side.get("comment_id")}
    names = ("comment_id", "native_id")
    return {
        pk: row | {name: known[pk][name] for name in names if name in known[pk]}
        if pk in known and row["comment_id"] is None
        else row
        for pk, row in then.items()
    }


def name_revision(digest_id: int, *, name: str, by: int | None) -> Revision:
    """Keeps the digest as it is now under a name."""
    cleaned = plaintext.clean_line(name)
    if not 1 <= len(cleaned) <= MOST_IN_NAME:
        message = _("A version needs a name of 1 to %(most)s characters.") % {"most": MOST_IN_NAME}
        raise CurationError("bad_name", message, field="name")
    now = timezone.now()
    return Revision.objects.create(
        digest_id=digest_id,
        name=cleaned,
        by_id=by,
        began_at=now,
        ended_at=now,
        quote_count=Quote.objects.filter(digest_id=digest_id).quoted().count(),
        state=states.pack(digest_id),
    )


def _named(revision: Revision) -> str:
    return revision.name or f"{timezone.localtime(revision.ended_at):%Y-%m-%d %H:%M}"


def _turn(change: Change, delta: Delta, version: int, *, way: str) -> int:
    try:
        return _carry_out(change.digest_id, version, delta, by=change.by_id, verb=way)
    except _ChangedSince as error:
        raise Obstructed("changed_since", _why(change, error.row), change=change, way=way) from error
    except CurationError as error:
        raise Obstructed(error.code, str(error), change=change, way=way) from error


def _why(change: Change, row: int | None) -> str:
    """Who changed what since, as a sentence."""
    touched = Q(delta__has_key="head") if row is None else Q(delta__rows__has_key=str(row))
    others = Change.objects.filter(touched, digest_id=change.digest_id, pk__gt=change.pk).exclude(by_id=change.by_id)
    last = others.select_related("by").order_by("pk").last()
    who = (last.by.get_full_name() or last.by.get_username()) if last and last.by else _("Somebody")
    if row is None:
        return _("%(who)s has changed the digest’s details since.") % {"who": who}
    stands = Quote.objects.filter(digest_id=change.digest_id, pk=row).first()
    if stands is None:
        return _("%(who)s has dropped what it was about since.") % {"who": who}
    return _("%(who)s has changed “%(row)s” since.") % {"who": who, "row": stands}


def _carry_out(digest_id: int, version: int, delta: Delta, *, by: int | None, verb: str) -> int:
    rows = [int(pk) for pk in delta.get("rows", {})]

    def change(digest: Digest, old: Outline) -> Outline:
        here = set(outline.quotes(old))
        _write_head(digest, delta.get("head", {}))
        _write_rows(digest, delta, here)
        return changes.applied(old, delta)

    return restructure(digest_id, version, change, by=by, verb=verb, rows=rows, head="head" in delta)


def _write_head(digest: Digest, fields: dict[str, list[Any]]) -> None:
    now = journal.head_fields(digest)
    if any(now[name] != before for name, (before, _after) in fields.items()):
        raise _ChangedSince(None)
    new = {name: after for name, (_before, after) in fields.items()}
    if "slug" in new and Digest.objects.filter(slug=new["slug"]).exclude(pk=digest.pk).exists():
        raise CurationError("slug_taken", _("Another digest already has this slug."), field="slug")
    if new.get("thread_id") and not Thread.objects.filter(pk=new["thread_id"]).exists():
        raise CurationError("thread_gone", _("Its thread has been deleted since."))
    for name, value in states.stored(new).items():
        setattr(digest, name, value)
    digest.save(update_fields=[*new])


def _write_rows(digest: Digest, delta: Delta, here: set[int]) -> None:
    rows = {int(pk): pair for pk, pair in delta.get("rows", {}).items()}
    now = journal.row_fields(digest.pk, rows)
    for pk, (before, after) in rows.items():
        if before is None:
            if pk in here:
                raise _ChangedSince(pk)
        elif pk not in now or any(now[pk][name] != value for name, value in before.items()):
            raise _ChangedSince(pk)
        elif after is not None:
            # A page that still holds the text as it was must be told by its version, so that goes on.
            Quote.objects.filter(pk=pk).update(**states.stored(after), version=F("version") + 1)
    _add(digest, {pk: after for pk, (before, after) in rows.items() if before is None})


def _add(digest: Digest, rows: dict[int, dict[str, Any]]) -> None:
    """Rows that had been taken out, under their own ids; a comment that is gone is no longer linked."""
    if not rows:
        return
    comments = dict(
        Comment.objects.filter(pk__in={row["comment_id"] for row in rows.values()} - {None}).values_list("pk", "author")
    )
    quoted = {row["author"] for row in rows.values() if row["kind"] == Quote.Kind.QUOTE}
    refuse_withdrawn(digest, {*comments.values(), *quoted})
    version = digest.changes + 1  # higher than any that a page may hold of such a row
    quotes = []
    for pk, row in rows.items():
        fields = states.stored(row)
        fields["comment_id"] = fields["comment_id"] if fields["comment_id"] in comments else None
        quotes.append(Quote(pk=pk, version=version, **fields))
    add_quotes(digest, quotes)
