"""The bin: a digest that is in it stands nowhere else, until somebody takes it out or it is deleted for good.

Knows nothing of readers and sites but that what they see cannot be put here.
"""

import datetime
from collections.abc import Iterable, Mapping

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.curation.errors import CurationError
from digests.models import AuditEntry, Digest, Publication, StaleVersion
from digests.models.digests import DigestQuerySet

Action = AuditEntry.Action


def put_in(digests: Mapping[int, int], *, by: int | None) -> None:
    """Puts digests (id → count of changes as looked at) into the bin: all of them or, with an error, none.

    Every page and plan that shows one is stale from then on.
    """
    with transaction.atomic():
        found = {one.pk: one for one in Digest.objects.select_for_update().kept().filter(pk__in=digests).order_by("pk")}
        for pk, changes in digests.items():
            if pk not in found or found[pk].changes != changes:
                raise StaleVersion(found[pk].version if pk in found else None)
        seen = Publication.objects.filter(Q(is_live=True) | Q(state=Publication.State.PENDING), digest__in=digests)
        if (name := seen.values_list("digest__headline", flat=True).first()) is not None:
            raise CurationError("seen", _("Readers see “%(name)s”, or will in a moment.") % {"name": name})
        Digest.objects.filter(pk__in=digests).update(
            binned_at=timezone.now(), binned_by=by, version=F("version") + 1, changes=F("changes") + 1
        )
        AuditEntry.objects.record(Action.BINNED, found.values(), by=by)


def take_out(digest_ids: Iterable[int], *, by: int | None) -> int:
    """Takes digests out of the bin, as they were; how many were in it."""
    with transaction.atomic():
        found = list(_binned().select_for_update().filter(pk__in=digest_ids).order_by("pk"))
        Digest.objects.filter(pk__in=[one.pk for one in found]).update(binned_at=None, binned_by=None)
        AuditEntry.objects.record(Action.RECOVERED, found, by=by)
    return len(found)


def delete_for_good(digest_id: int, *, changes: int, by: int | None) -> None:
    """Deletes what is in the bin, with its quotes and its history. The audit trail keeps that it was there."""
    with transaction.atomic():
        digest = _binned().select_for_update().filter(pk=digest_id).first()
        if digest is None or digest.changes != changes:
            raise StaleVersion(digest.version if digest else None)
        AuditEntry.objects.record(Action.DELETED, [digest], by=by)
        digest.delete()


def empty(*, days: int, by: int | None = None) -> int:
    """Deletes for good what has been in the bin for longer than that; how many there were. One after the other."""
    expired = _binned().filter(binned_at__lt=timezone.now() - datetime.timedelta(days=days))
    detail = ngettext("after %(days)s day in the bin", "after %(days)s days in the bin", days) % {"days": days}
    count = 0
    for pk in list(expired.values_list("pk", flat=True)):
        with transaction.atomic():
            # Somebody may have taken it out since it was looked for.
            if (digest := expired.select_for_update().filter(pk=pk).first()) is not None:
                AuditEntry.objects.record(Action.DELETED, [digest], by=by, detail=detail)
                digest.delete()
                count += 1
    return count


def _binned() -> DigestQuerySet:
    return Digest.objects.filter(binned_at__isnull=False)
