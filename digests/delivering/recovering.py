"""What a killed worker left behind: finished where the site has it, else undone. Overdue work is started."""

import logging
from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from digests.delivering import ending, posts
from digests.delivering.queueing import enqueue
from digests.delivering.reaching import place_of, turn_of
from digests.models import Delivery, DeliveryItem, Target
from digests.publishing import watching
from digests.publishing.form import FormError
from digests.publishing.places import Busy, Place, PlaceError

logger = logging.getLogger(__name__)

FORGOTTEN = timedelta(minutes=2)  # so long a waiting delivery may go without a worker that asks for it
UNKNOWN = timedelta(hours=1)  # so long a place may not answer before what was left behind is given up
WATCHED = timedelta(minutes=45)  # all looks at a site together take half of that
_LOOKED_SECONDS = 60
_LOOKED = "delivering.looked_after"


def recover(*, place: Place | None = None) -> int:
    """Finishes or undoes what a killed worker left, and starts what is overdue. Says how many. Asks the network."""
    count = 0
    running = Delivery.objects.filter(state=Delivery.State.RUNNING)
    for target in Target.objects.filter(deliveries__in=running).distinct():
        turn = turn_of(target.pk)
        try:
            turn.take()
        except Busy:  # its run is at work
            continue
        try:
            with translation.override(settings.LANGUAGE_CODE):
                count += settle(target, place=place)
        finally:
            turn.give_back()
    for pk in _overdue():
        enqueue("deliver", pk)
        count += 1
    for pk in _unwatched():
        enqueue("watch_delivery", pk, watching.MOST_LOOKS - 1)
        count += 1
    return count


def settle(target: Target, *, place: Place | None = None) -> int:
    """Ends what was left behind in one target. The caller holds its turn, so nobody is at work on these rows."""
    left = list(
        Delivery.objects.filter(target=target, state=Delivery.State.RUNNING).select_related("target").order_by("pk")
    )
    return sum(_settle(delivery, target, place) for delivery in left)


def _settle(delivery: Delivery, target: Target, place: Place | None) -> bool:
    steps = list(delivery.steps)
    try:
        with place or place_of(target, wait_seconds=0) as opened:
            opened.fetch()
            commit = opened.find(str(delivery.key))
        if not commit:
            return ending.fail(delivery, "interrupted", steps=steps)
        return _finish(delivery, target, commit, steps)
    except PlaceError as error:
        if delivery.started_at and delivery.started_at > timezone.now() - UNKNOWN:
            return False  # nobody can tell yet
        return ending.fail(delivery, "interrupted", f"{error.code}: {error.detail}", steps=steps)
    except FormError as error:
        return ending.fail(delivery, "bad_form", str(error), steps=steps)
    except Exception as error:
        logger.exception("delivery %d, left behind, cannot be finished", delivery.pk)
        return ending.fail(delivery, "unexpected", f"{type(error).__name__}: {error}", steps=steps)


def _finish(delivery: Delivery, target: Target, commit: str, steps: list[dict[str, object]]) -> bool:
    """The site has it. What was written follows from the same rows as before; where, was noted before the push."""
    items = delivery.items.filter(state=DeliveryItem.State.PENDING).order_by("pk")
    outgoing = posts.outgoing(list(items.select_related("publication", "digest")), target)
    state = DeliveryItem.State
    for one in outgoing:
        one.path = one.item.path or one.path
    states = {one.item.pk: state.WRITTEN if one.item.publication_id else state.REMOVED for one in outgoing}
    note = _("Its commit was found after an interruption")
    verified = {"step": Delivery.Step.VERIFY.value, "at": timezone.now().isoformat(), "seconds": 0.0, "note": note}
    return ending.finish(delivery, outgoing, states, commit=commit, steps=[*steps, verified])


def look_after() -> None:
    """Enqueues `recover` where a delivery was left behind or is overdue. Cheap: for the desk's listings."""
    if not cache.add(_LOOKED, True, _LOOKED_SECONDS):
        return
    running = Delivery.objects.filter(state=Delivery.State.RUNNING).exclude(target=None)
    if (
        _overdue()
        or _unwatched()
        or any(_is_free(pk) for pk in running.values_list("target_id", flat=True).distinct() if pk)
    ):
        enqueue("recover_deliveries")


def _overdue() -> list[int]:
    """Deliveries that should have been started by now, but that no worker seems to know of."""
    now = timezone.now()
    due = Delivery.objects.filter(state=Delivery.State.SCHEDULED, due_at__lte=now - FORGOTTEN)
    queued = Delivery.objects.filter(state=Delivery.State.QUEUED, created_at__lte=now - FORGOTTEN)
    return [*due.values_list("pk", flat=True), *queued.values_list("pk", flat=True)]


def _unwatched() -> list[int]:
    """Deliveries whose site nobody looks at any more, though it has not been seen to show them."""
    waiting = Delivery.objects.filter(live=Delivery.Live.WAITING, finished_at__lte=timezone.now() - WATCHED)
    return list(waiting.values_list("pk", flat=True))


def _is_free(target_id: int) -> bool:
    turn = turn_of(target_id)
    try:
        turn.take()
    except Busy:
        return False
    turn.give_back()
    return True
