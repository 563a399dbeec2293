"""Where else somebody's words are kept besides digests, snapshots and posts: reports, repairs, what stood in the way.

The caller holds the transaction.
"""

from collections.abc import Collection

from django.utils.translation import gettext as _

from digests.models import (
    CheckedDigest,
    Delivery,
    DeliveryItem,
    Finding,
    Publication,
    RepairItem,
)


def forget(
    name: str, digest_ids: Collection[int], *, quote_ids: Collection[int], publication_ids: Collection[int]
) -> None:
    """Of these digests; the quotes are those that were taken out, the publications those that had one."""
    _theirs(name.encode(), digest_ids)
    _reports(digest_ids, publication_ids)
    _repairs(name, digest_ids, quote_ids)
    Finding.objects.filter(digest__in=digest_ids).delete()
    CheckedDigest.objects.filter(digest__in=digest_ids).delete()  # so that they are told anew


def _theirs(name: bytes, digest_ids: Collection[int]) -> None:
    """What a repository held while it stood against a delivery, and texts in whose form posts went out."""
    reason = _("Somebody who is quoted there was taken out meanwhile. Publish the digest anew.")
    items = DeliveryItem.objects.filter(digest__in=digest_ids, theirs__isnull=False)
    ids = [item.pk for item in items if name in bytes(item.theirs or b"")]
    DeliveryItem.objects.filter(pk__in=ids).update(
        state=DeliveryItem.State.DROPPED, conflict="", problem=reason, theirs=None
    )
    based = DeliveryItem.objects.filter(digest__in=digest_ids, packed_base__isnull=False)
    ids = [item.pk for item in based if name in (item.base or b"")]
    DeliveryItem.objects.filter(pk__in=ids).update(packed_base=None)


def _reports(digest_ids: Collection[int], publication_ids: Collection[int]) -> None:
    """What was said of a post may quote it."""
    said = _("What was reported has been deleted, since somebody who is quoted was taken out.")
    items = DeliveryItem.objects.filter(digest__in=digest_ids)
    items.filter(state=DeliveryItem.State.REFUSED).update(problem=said)
    deliveries = Delivery.objects.filter(pk__in=items.values("delivery"))
    deliveries.filter(error_code__in=["unfaithful", "build"]).update(error_detail="")
    deliveries.exclude(live=Delivery.Live.WAITING).update(live_detail="")
    for delivery in deliveries.exclude(state=Delivery.State.RUNNING).only("steps"):
        steps = [{**step, "note": ""} if step["step"] == Delivery.Step.BUILD else step for step in delivery.steps]
        if steps != delivery.steps:
            Delivery.objects.filter(pk=delivery.pk).update(steps=steps)
    Publication.objects.filter(pk__in=publication_ids, state=Publication.State.FAILED).update(error=said)


def _repairs(name: str, digest_ids: Collection[int], quote_ids: Collection[int]) -> None:
    """What a batch changed in their quotes, and posts as they stood before."""
    for item in RepairItem.objects.filter(digest__in=digest_ids):
        item.edits = [edit for edit in item.edits if edit.get("quote") not in quote_ids]
        if any(name in post for post in item.posts.values()):
            item.packed = None
        item.edit_count = len(item.edits)
        item.save(update_fields=["edits", "edit_count", "packed"])
