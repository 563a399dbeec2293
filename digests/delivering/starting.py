"""A delivery begins: snapshots are taken of what its publisher looked at, and the work is enqueued.

Also every other way in which one comes about or goes away before it runs: once more, an old version, cancelled.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from digests.delivering import posts
from digests.delivering.contract import DeliveryRefused
from digests.delivering.queueing import enqueue
from digests.models import Delivery, DeliveryItem, Digest, Post, Publication, StaleVersion, Target
from digests.publishing.form import FormError
from digests.publishing.publish import Reviewed, record_failed, review_each, take

_COPIED = ("digest_id", "digest_changes", "slug", "headline", "lead", "date", "quote_count", "document")
AFTER_PUSH = (Delivery.Step.PUSH, Delivery.Step.VERIFY)  # too late to stop
type By = AbstractBaseUser | None


def start(
    target_id: int | None,
    digests: Mapping[int, int],
    *,
    by: By,
    message: str = "",
    due_at: datetime | None = None,
    bases: Mapping[int, bytes] | None = None,
) -> Delivery:
    """A delivery of these digests (id → its `changes` as looked at), enqueued on commit, or for `due_at`.

    `bases`: digest → the text that its post is rendered on (`hugo.render(…, base=)`) in place of what stands there, as
    repairs want it; kept in `DeliveryItem.packed_base`. What stands there stays what the repository is compared with.
    Raises `StaleVersion` when one changed since, `DeliveryRefused` with the reasons per digest; then nothing is stored.
    """
    if not digests:
        raise DeliveryRefused(whole=_("No digest was chosen."))
    target = Target.objects.get(pk=target_id) if target_id is not None else None
    reviewed = review_each(digests)
    _check_versions(digests, {one.digest.pk: one.digest for one in reviewed})
    refused = {one.digest.pk: tuple(problem.message for problem in one.blocking) for one in reviewed if one.blocking}
    if target is not None and not refused:
        try:
            posts.form_of(target)
        except FormError as error:
            said = _("The settings of this site's posts cannot be used: %(reason)s") % {"reason": error}
            raise DeliveryRefused(whole=said) from error
        refused = posts.differences_of({one.digest.pk: one.document for one in reviewed}, target, bases=bases)
    if refused:
        _record(refused, target, by=by)
        raise DeliveryRefused(refused)
    with transaction.atomic():
        _check_versions(digests, locked(digests))
        _check_free(target_id, digests)
        publications = _snapshots(reviewed, by=by)
        return create(target_id, publications, by=by, message=message, due_at=due_at, bases=bases)


def create(
    target_id: int | None,
    publications: Sequence[Publication],
    *,
    by: By,
    removed: Sequence[DeliveryItem] = (),
    message: str = "",
    due_at: datetime | None = None,
    retry_of: Delivery | None = None,
    accepted: Mapping[int, str] | None = None,
    bases: Mapping[int, bytes] | None = None,
) -> Delivery:
    """The row, its items and its task. `accepted` and `bases` by digest. The caller holds the transaction."""
    if due_at is not None and due_at <= timezone.now():
        due_at = None
    delivery = Delivery.objects.create(
        target_id=target_id,
        state=Delivery.State.SCHEDULED if due_at else Delivery.State.QUEUED,
        message=" ".join(message.split())[:500],
        due_at=due_at,
        retry_of=retry_of,
        requested_by_id=by.pk if by else None,
    )
    items = [
        DeliveryItem(
            delivery=delivery,
            digest_id=one.digest_id,
            publication=one,
            accepted_sha256=(accepted or {}).get(one.digest_id, ""),
            packed_base=_packed(bases, one.digest_id),
        )
        for one in publications
    ]
    for item in removed:
        item.delivery = delivery
    DeliveryItem.objects.bulk_create([*items, *removed])
    enqueue("deliver", delivery.pk, at=due_at)
    return delivery


def retry(delivery_id: int, *, by: By) -> Delivery:
    """The same posts once more, as a new delivery, with what `resolve` decided. Raises `DeliveryRefused`."""
    with transaction.atomic():
        old = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery_id)
        if old.state == Delivery.State.QUEUED:
            enqueue("deliver", old.pk)
            return old
        if again := old.retries.unfinished().first():
            return again
        if not old.is_finished or old.state == Delivery.State.DONE:
            raise DeliveryRefused(whole=_("Only a delivery that failed can be tried again."))
        kept = old.items.exclude(digest=None).exclude(state=DeliveryItem.State.DROPPED)
        items = list(kept.select_related("publication").order_by("pk"))
        locked([item.digest_id for item in items if item.digest_id])
        _check_kept([item.digest_id for item in items if item.digest_id])
        _check_free(old.target_id, [item.digest_id for item in items if item.digest_id])
        _check_newest(old, items)
        written = [item for item in items if item.action == DeliveryItem.Action.WRITE and item.publication]
        removed = [item for item in items if item.action == DeliveryItem.Action.REMOVE]
        if not written and not removed:
            raise DeliveryRefused(whole=_("Its digests have been deleted."))
        return create(
            old.target_id,
            _again([item.publication for item in written if item.publication is not None], by=by),
            by=by,
            removed=[_removal(item) for item in removed],
            message=old.message,
            retry_of=old,
            accepted={item.digest_id: item.accepted_sha256 for item in written if item.digest_id},
            bases={item.digest_id: item.base for item in written if item.digest_id and item.base},
        )


def republish(publication_id: int, *, by: By) -> tuple[Delivery, ...]:
    """An old version goes out again, wherever the digest stands; the desk's own copy is left as it is.

    One delivery per target, or one for our own pages alone. Raises `DeliveryRefused`.
    """
    with transaction.atomic():
        old = Publication.objects.select_related("digest").get(pk=publication_id)
        locked([old.digest_id])
        if old.state != Publication.State.SUCCEEDED:
            raise DeliveryRefused({old.digest_id: (_("Readers never saw that version."),)})
        _check_kept([old.digest_id])
        others = Publication.objects.filter(Q(is_live=True) | Q(state=Publication.State.PENDING), slug=old.slug)
        if others.exclude(digest_id=old.digest_id).exists():
            said = _("Another published digest has the slug of that version now.")
            raise DeliveryRefused({old.digest_id: (said,)})
        posts_of_it = Post.objects.filter(digest_id=old.digest_id).order_by("target_id")
        targets: list[int | None] = [*posts_of_it.values_list("target_id", flat=True)]
        deliveries = []
        for target_id in targets or [None]:
            _check_free(target_id, [old.digest_id])
            deliveries.append(create(target_id, copies([old], by=by), by=by))
        return tuple(deliveries)


def cancel(delivery_id: int) -> bool:
    """Stops a delivery: at once while it waits, else before it pushes. False when it is too late."""
    with transaction.atomic():
        waiting = Delivery.objects.filter(pk=delivery_id, state__in=[Delivery.State.SCHEDULED, Delivery.State.QUEUED])
        if waiting.update(state=Delivery.State.CANCELLED, finished_at=timezone.now(), step=""):
            with translation.override(settings.LANGUAGE_CODE):
                give_up(delivery_id, _("The delivery was cancelled."))
            return True
    running = Delivery.objects.filter(pk=delivery_id, state=Delivery.State.RUNNING)
    return bool(running.exclude(step__in=AFTER_PUSH).update(cancel_requested=True))


def give_up(delivery_id: int, reason: str) -> None:
    """What waited for a delivery has failed, and says why. The caller holds the transaction."""
    give_up_on(DeliveryItem.objects.filter(delivery=delivery_id).values_list("pk", flat=True), reason)


def give_up_on(item_ids: Iterable[int], reason: str) -> None:
    """The same for single items."""
    waiting = Publication.objects.filter(delivery_items__in=list(item_ids), state=Publication.State.PENDING)
    # By ids: an update over a join is a subquery that SQLite runs for each row.
    ids = list(waiting.values_list("pk", flat=True))
    Publication.objects.filter(pk__in=ids).update(state=Publication.State.FAILED, error=reason)


def copies(publications: Iterable[Publication], *, by: By) -> list[Publication]:
    """The same snapshots, waiting once more."""
    return Publication.objects.bulk_create(
        Publication(
            **{name: getattr(one, name) for name in _COPIED},
            state=Publication.State.PENDING,
            published_by_id=by.pk if by else None,
        )
        for one in publications
    )


def _again(publications: Sequence[Publication], *, by: By) -> list[Publication]:
    failed = [one for one in publications if one.state == Publication.State.FAILED]
    return [*(one for one in publications if one not in failed), *copies(failed, by=by)]


def _packed(bases: Mapping[int, bytes] | None, digest_id: int) -> bytes | None:
    base = (bases or {}).get(digest_id)
    return zlib.compress(base) if base else None


def _removal(item: DeliveryItem) -> DeliveryItem:
    return DeliveryItem(
        digest_id=item.digest_id, action=item.action, path=item.path, accepted_sha256=item.accepted_sha256
    )


def locked(digest_ids: Iterable[int]) -> dict[int, Digest]:
    """Their rows, so that no two deliveries of one digest come about at once."""
    return {one.pk: one for one in Digest.objects.select_for_update().filter(pk__in=digest_ids).order_by("pk")}


def _check_versions(wanted: Mapping[int, int], found: Mapping[int, Digest]) -> None:
    for digest_id, changes in wanted.items():
        digest = found.get(digest_id)
        if digest is None or digest.binned_at or digest.changes != changes:
            raise StaleVersion(digest.version if digest else None)


def _check_kept(digest_ids: Iterable[int]) -> None:
    binned = Digest.objects.filter(pk__in=digest_ids, binned_at__isnull=False)
    if found := list(binned.values_list("pk", flat=True)):
        raise DeliveryRefused(dict.fromkeys(found, (_("It is in the bin. Take it out of there first."),)))


def busy(target_id: int | None, digest_ids: Iterable[int]) -> dict[int, int]:
    """Digest → the unfinished delivery into the same target that has it already."""
    items = DeliveryItem.objects.filter(
        delivery__in=Delivery.objects.unfinished().filter(target=target_id),
        digest__in=digest_ids,
        state=DeliveryItem.State.PENDING,
    )
    return {digest: delivery for digest, delivery in items.values_list("digest_id", "delivery_id") if digest}


def _check_free(target_id: int | None, digest_ids: Iterable[int]) -> None:
    found = busy(target_id, digest_ids)
    if found:
        said = _("It is in another delivery that has not ended yet. Wait for it, or cancel it first.")
        raise DeliveryRefused(dict.fromkeys(found, (said,)))


def _check_newest(old: Delivery, items: Sequence[DeliveryItem]) -> None:
    """An old attempt does not go out over what readers got since."""
    ours = [item.publication_id for item in items if item.publication_id]
    newer = Publication.objects.live().filter(
        digest__in=[item.digest_id for item in items if item.digest_id], created_at__gt=old.created_at
    )
    if found := list(newer.exclude(pk__in=ours).values_list("digest_id", flat=True)):
        said = _("It has been published again since. Publish it from its own page.")
        raise DeliveryRefused(dict.fromkeys(found, (said,)))


def _snapshots(reviewed: Sequence[Reviewed], *, by: By) -> list[Publication]:
    """What goes out: what readers see already, where that is the digest as it is, else a new snapshot."""
    live = {
        (one.digest_id, one.digest_changes): one
        for one in Publication.objects.live().filter(digest__in=[one.digest.pk for one in reviewed])
    }
    same = {one.digest.pk: live.get((one.digest.pk, one.digest.changes)) for one in reviewed}
    taken = take([one for one in reviewed if same[one.digest.pk] is None], by=by)
    return [*(one for one in same.values() if one is not None), *taken]


def _record(refused: Iterable[int], target: Target | None, *, by: By) -> None:
    """An attempt leaves a row, which is for every editor, whatever this one reads."""
    with translation.override(settings.LANGUAGE_CODE):
        reviewed = review_each(refused)
        unfaithful = posts.differences_of({one.digest.pk: one.document for one in reviewed}, target) if target else {}
        said = {one.digest.pk: [*(problem.message for problem in one.blocking)] for one in reviewed}
        reasons = {pk: "; ".join([*messages, *unfaithful.get(pk, ())]) for pk, messages in said.items()}
        record_failed([(one, reasons[one.digest.pk]) for one in reviewed if reasons[one.digest.pk]], by=by)
