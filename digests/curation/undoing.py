"""Ways back: undo and redo of an editor's own acts, and going back to a revision, which is an act too."""

from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import changes, outline, plaintext
from digests.changes import Delta
from digests.curation import journal, states
from digests.curation.errors import CurationError
from digests.curation.restructuring import add_quotes, restructure
from digests.curation.structure import refuse_withdrawn
from digests.models import AuditEntry, Change, Comment, Digest, Quote, Revision, Thread
from digests.outline import Outline

MOST_IN_NAME = 100
# A published digest's address does not change because its text goes back, and its thread stays where it is.
_KEPT_HEAD = ("slug", "thread_id")


def undo(digest_id: int, *, version: int, by: int | None) -> int:
    """Takes back the newest act of this editor, whatever it was; the digest's new version.

    What others did since stays. Raises `CurationError` where nothing is left, or where somebody has since changed the
    very thing.
    """
    change = Change.objects.filter(digest_id=digest_id, by_id=by, undone_at=None).exclude(verb__in=journal.BACK).last()
    if change is None:
        raise CurationError("nothing_to_undo", _("There is nothing to undo."))
    with transaction.atomic():
        new_version = _carry_out(digest_id, version, changes.reverse(change.delta), by=by, verb="undo")
        Change.objects.filter(pk=change.pk).update(undone_at=timezone.now())
    return new_version


def redo(digest_id: int, *, version: int, by: int | None) -> int:
    """Does again what this editor undid last; the digest's new version."""
    change = Change.objects.filter(digest_id=digest_id, by_id=by, undone_at__isnull=False).order_by("pk").first()
    if change is None:
        raise CurationError("nothing_to_redo", _("There is nothing to do again."))
    with transaction.atomic():
        new_version = _carry_out(digest_id, version, change.delta, by=by, verb="redo")
        Change.objects.filter(pk=change.pk).update(undone_at=None)
    return new_version


def restore_revision(digest_id: int, *, version: int, revision_id: int, by: int | None) -> int:
    """Makes the digest what it was; its slug stays. One act, which can be undone. The digest's new version."""
    revision = Revision.objects.get(pk=revision_id, digest_id=digest_id)
    wanted = states.of_revision(revision)
    now = states.read(digest_id)
    head = wanted.head | {name: now.head[name] for name in _KEPT_HEAD}
    delta = changes.delta(now, changes.State(wanted.outline, wanted.rows, head))
    if not delta:
        raise CurationError("same_already", _("The digest is like that version already."))
    with transaction.atomic():
        new_version = _carry_out(digest_id, version, delta, by=by, verb="restore")
        digest = Digest.objects.get(pk=digest_id)
        AuditEntry.objects.record(AuditEntry.Action.RESTORED, [digest], by=by, detail=_named(revision))
    return new_version


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
        raise _changed_since()
    new = {name: after for name, (_before, after) in fields.items()}
    if "slug" in new and Digest.objects.filter(slug=new["slug"]).exclude(pk=digest.pk).exists():
        raise CurationError("slug_taken", _("Another digest already has this slug."), field="slug")
    if new.get("thread_id") and not Thread.objects.filter(pk=new["thread_id"]).exists():
        raise _changed_since()
    for name, value in states.stored(new).items():
        setattr(digest, name, value)
    digest.save(update_fields=[*new])


def _write_rows(digest: Digest, delta: Delta, here: set[int]) -> None:
    rows = {int(pk): pair for pk, pair in delta.get("rows", {}).items()}
    now = journal.row_fields(digest.pk, rows)
    for pk, (before, after) in rows.items():
        if before is None:
            if pk in here:
                raise _changed_since()
        elif pk not in now or any(now[pk][name] != value for name, value in before.items()):
            raise _changed_since()
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


def _changed_since() -> CurationError:
    message = _("Somebody has changed this again since; it can no longer be undone. Look at the history instead.")
    return CurationError("changed_since", message)
