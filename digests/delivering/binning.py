"""Digests go into the bin: what waits to publish them lets them go, and readers first if that is asked for."""

from collections.abc import Mapping
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from digests.curation import CurationError
from digests.curation.bin import put_in
from digests.delivering.contract import DeliveryRefused
from digests.delivering.queueing import enqueue
from digests.delivering.starting import By, locked
from digests.delivering.withdrawing import standing, take_out_of_waiting
from digests.models import Digest, Publication, Target
from digests.publishing.publish import unpublish_each

_LOOKED = "delivering.bin_looked_at"
_LOOKED_SECONDS = 6 * 3600


def put_into_bin(digests: Mapping[int, int], *, by: By, withdraw: bool = False) -> None:
    """Puts digests (id → count of changes as looked at) into the bin, all of them or none.

    `withdraw` takes those that our own readers see from them in the same act. What stands in a Hugo site must be
    withdrawn there first: that takes a delivery, and may fail. Raises `DeliveryRefused` or `StaleVersion`.
    """
    with transaction.atomic():
        found = locked(digests)
        if refused := _where_they_stand(found):
            raise DeliveryRefused(refused)
        live = list(Publication.objects.live().filter(digest__in=found).values_list("digest_id", flat=True))
        if live and not withdraw:
            said = _("Readers see it. It must be taken back from them first.")
            raise DeliveryRefused(dict.fromkeys(live, (said,)))
        with translation.override(settings.LANGUAGE_CODE):
            take_out_of_waiting(found, _("It was put into the bin before it went out."))
        unpublish_each(live, by=by)
        try:
            put_in(digests, by=by.pk if by else None)
        except CurationError as error:  # its delivery runs at this moment
            raise DeliveryRefused(whole=str(error)) from error


def look_after_bin() -> None:
    """Has the bin emptied of what is due, a few times a day, when somebody is at the desk."""
    if not cache.add(_LOOKED, 1, _LOOKED_SECONDS):
        return
    due = timezone.now() - timedelta(days=settings.BIN_DAYS)
    if Digest.objects.filter(binned_at__lt=due).exists():
        enqueue("empty_bin")


def _where_they_stand(digests: Mapping[int, Digest]) -> dict[int, tuple[str, ...]]:
    """Digest → in which Hugo sites it stands or is being written."""
    places = standing(digests)
    names = dict(Target.objects.filter(pk__in=places).values_list("pk", "name"))
    found: dict[int, tuple[str, ...]] = {}
    for target, posts in sorted(places.items()):
        said = _("It stands in %(site)s. Withdraw it there first.") % {"site": names[target]}
        for digest in posts:
            found[digest] = (*found.get(digest, ()), said)
    return found
