"""Digests are taken back: from our own pages at once, from Hugo sites by a delivery that removes their posts."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from digests.delivering.starting import By, create, give_up_on, locked
from digests.models import Delivery, DeliveryItem, Post
from digests.publishing.publish import unpublish_each


def withdraw(
    digest_ids: Sequence[int],
    target_id: int | None = None,
    *,
    by: By,
    at_once: bool = True,
    message: str = "",
) -> tuple[Delivery, ...]:
    """Takes digests from the readers: from our own pages, and from one target or (None) every one they stand in.

    `at_once` takes them from our own pages now; else when the site has let them go. One delivery per target.

    What waits to go out loses these digests; what runs is undone by the delivery behind it.
    """
    with transaction.atomic():
        digests = locked(digest_ids)
        places = standing(digests)
        if target_id is not None:
            places = {target_id: places[target_id]} if target_id in places else {}
        with translation.override(settings.LANGUAGE_CODE):
            take_out_of_waiting(digests, _("Withdrawn before it went out."))
        if at_once or not places:
            unpublish_each(list(digests), by=by)
        return tuple(
            create(target, [], removed=_removals(found), by=by, message=message)
            for target, found in sorted(places.items())
        )


def standing(digest_ids: Iterable[int]) -> dict[int, dict[int, str]]:
    """Target → digest → path, wherever one stands, or ("") is being written at this moment."""
    found: dict[int, dict[int, str]] = defaultdict(dict)
    running = DeliveryItem.objects.filter(
        digest__in=digest_ids,
        action=DeliveryItem.Action.WRITE,
        delivery__state=Delivery.State.RUNNING,
        delivery__target__isnull=False,
    )
    for target, digest in running.values_list("delivery__target_id", "digest_id"):
        if target and digest:
            found[target][digest] = ""
    for target, digest, path in Post.objects.filter(digest__in=digest_ids).values_list(
        "target_id", "digest_id", "path"
    ):
        if digest:
            found[target][digest] = path
    return found


def take_out_of_waiting(digest_ids: Iterable[int], reason: str) -> None:
    """No unfinished delivery makes these digests live; those that have nothing else to do end.

    The caller holds the transaction.
    """
    items = DeliveryItem.objects.filter(
        delivery__in=Delivery.objects.unfinished(),
        digest__in=digest_ids,
        action=DeliveryItem.Action.WRITE,
        state=DeliveryItem.State.PENDING,
    )
    ids, deliveries = list(items.values_list("pk", flat=True)), set(items.values_list("delivery_id", flat=True))
    give_up_on(ids, reason)
    DeliveryItem.objects.filter(pk__in=ids).update(state=DeliveryItem.State.DROPPED, problem=reason)
    idle = Delivery.objects.filter(
        pk__in=deliveries, state__in=[Delivery.State.SCHEDULED, Delivery.State.QUEUED]
    ).exclude(items__state=DeliveryItem.State.PENDING)
    Delivery.objects.filter(pk__in=list(idle.values_list("pk", flat=True))).update(
        state=Delivery.State.CANCELLED, finished_at=timezone.now()
    )


def _removals(found: dict[int, str]) -> list[DeliveryItem]:
    return [
        DeliveryItem(digest_id=digest, action=DeliveryItem.Action.REMOVE, path=path)
        for digest, path in sorted(found.items())
    ]
