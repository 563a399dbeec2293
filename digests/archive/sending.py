"""What a batch changed goes out: one delivery for each site, which is one commit, and one for our own pages alone.

A digest that may not be published as it is stays changed here, and its item says why.
"""

import zlib
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from digests import delivering
from digests.archive.standing import rewritten
from digests.delivering import DeliveryRefused
from digests.models import Digest, Post, Publication, RepairBatch, RepairItem, StaleVersion, Target

State = RepairItem.State


@dataclass(frozen=True, slots=True)
class Outlook:
    """What applying a batch will lead to, in numbers of digests: by site what goes out; what is changed here only."""

    targets: tuple[tuple[Target | None, int], ...]
    behind: int  # published, with other changes that have not been
    drafts: int


def outlook(batch: RepairBatch) -> Outlook:
    """For the items that are chosen now."""
    changes = dict(RepairItem.objects.to_apply(batch.pk).exclude(digest=None).values_list("digest_id", "changes"))
    live = dict(Publication.objects.live().filter(digest__in=changes).values_list("digest_id", "digest_changes"))
    ready = [pk for pk in changes if live.get(pk) == changes[pk]]
    by_target = _by_target(batch, ready)
    targets = Target.objects.in_bulk([pk for pk in by_target if pk])
    return Outlook(
        tuple((targets.get(pk or 0), len(digests)) for pk, digests in by_target.items()),
        behind=len(live) - len(ready),
        drafts=len(changes) - len(live),
    )


def standing_now(digest: Digest, batch: RepairBatch) -> bytes | None:
    """The digest's post in the batch's site as it stands, packed; None where there is none."""
    post = Post.objects.filter(digest=digest, target=batch.options.get("target")).first()
    return bytes(post.packed) if post else None


def send(batch: RepairBatch, state: RepairItem.State) -> None:
    """Delivers the batch's items that are in `state`. What an earlier run has sent already is not sent twice."""
    items = batch.items.filter(state=state, publishable=True, digest__isnull=False)
    wanted = {item.digest_id: item for item in items.only("digest", "changes_after") if item.digest_id}
    sent = batch.deliveries.filter(created_at__gte=batch.undone_at or batch.applied_at)
    done = set(sent.values_list("target_id", flat=True))
    for target_id, digest_ids in _by_target(batch, wanted).items():
        if target_id not in done:
            _deliver(batch, target_id, {pk: wanted[pk] for pk in digest_ids})


def _by_target(batch: RepairBatch, digest_ids: Collection[int]) -> dict[int | None, list[int]]:
    """Target → digests; None for those that stand in no site."""
    found: defaultdict[int | None, list[int]] = defaultdict(list)
    posts = Post.objects.filter(digest__in=digest_ids).order_by("target_id", "digest_id")
    if batch.kind == RepairBatch.Kind.ESCAPING:
        posts = posts.filter(target=batch.options.get("target"))
    for digest_id, target_id in posts.values_list("digest_id", "target_id"):
        if digest_id:
            found[target_id].append(digest_id)
    if homeless := set(digest_ids) - {pk for pks in found.values() for pk in pks}:
        found[None] = sorted(homeless)
    return dict(found)


def _deliver(batch: RepairBatch, target_id: int | None, items: Mapping[int, RepairItem]) -> None:
    """Without those that are refused, until the rest is accepted."""
    wanted = {pk: item.changes_after or item.changes for pk, item in items.items()}
    bases = _bases(batch, target_id, items) if batch.kind == RepairBatch.Kind.ESCAPING else {}
    while wanted:
        try:
            with transaction.atomic():
                delivery = delivering.start(
                    target_id, wanted, by=batch.requested_by, message=batch.options.get("message", ""), bases=bases
                )
                batch.deliveries.add(delivery)
                return
        except StaleVersion:
            current = dict(Digest.objects.filter(pk__in=wanted).values_list("pk", "changes"))
            said = _("Somebody changed it again meanwhile.")
            refused = {pk: said for pk, changes in wanted.items() if current.get(pk) != changes}
        except DeliveryRefused as error:
            refused = {pk: " ".join(said) for pk, said in error.problems.items() if pk in wanted}
            refused = refused or dict.fromkeys(wanted, str(error))
        for pk, said in refused.items():
            del wanted[pk]
            note = _("Changed here, but not delivered: %(reason)s") % {"reason": said}
            RepairItem.objects.filter(batch=batch, digest=pk).update(note=note)


def _bases(batch: RepairBatch, target_id: int | None, items: Mapping[int, RepairItem]) -> dict[int, bytes]:
    """Digest → the text of which its post keeps every part that says what the digest says."""
    if batch.undone_at:
        rows = batch.items.filter(digest__in=items.keys(), packed__isnull=False).values_list("digest_id", "packed")
        return {pk: zlib.decompress(bytes(packed)) for pk, packed in rows if pk and packed}
    posts = Post.objects.filter(digest__in=items.keys(), target=target_id).select_related("target")
    return {post.digest_id: rewritten(post) for post in posts.iterator(chunk_size=50) if post.digest_id}
