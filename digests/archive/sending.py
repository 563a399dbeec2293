"""What a batch changed goes out: one delivery for each site, which is one commit, and one for our own pages alone.

A digest that may not be published as it is stays changed here, and its item says why.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from digests import delivering
from digests.archive.batches import step
from digests.archive.standing import form_of, rewritten
from digests.delivering import DeliveryRefused
from digests.models import Digest, Post, Publication, RepairBatch, RepairItem, StaleVersion, Target
from digests.publishing import interchange
from digests.publishing.hugo import UnfaithfulPost, render


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


def standing_now(digest: Digest) -> dict[int, str]:
    """Target → the digest's post as it stands there."""
    found = {}
    for post in Post.objects.filter(digest=digest):
        with suppress(UnicodeDecodeError):
            found[post.target_id] = post.content.decode()
    return found


def send(batch: RepairBatch, state: RepairItem.State) -> None:
    """Delivers the batch's items that are in `state`. What an earlier run has sent already is not sent twice."""
    items = batch.items.filter(state=state, publishable=True, digest__isnull=False)
    wanted = {item.digest_id: item for item in items.only("digest", "changes_after") if item.digest_id}
    for target_id, digest_ids in _by_target(batch, wanted).items():
        if not _is_sent(batch, target_id):
            _deliver(batch, target_id, {pk: wanted[pk] for pk in digest_ids})


def _is_sent(batch: RepairBatch, target_id: int | None) -> bool:
    sent = batch.deliveries.filter(created_at__gte=batch.undone_at or batch.applied_at)
    return sent.filter(target=target_id).exists()


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
    bases = _bases(batch, target_id, wanted)
    while wanted:
        try:
            with transaction.atomic():
                step(batch)
                if _is_sent(batch, target_id):  # another worker was faster
                    return
                delivery = delivering.start(
                    target_id, wanted, by=batch.requested_by, message=batch.options.get("message", ""), bases=bases
                )
                batch.deliveries.add(delivery)
                return
        except StaleVersion:
            current = dict(Digest.objects.filter(pk__in=wanted).values_list("pk", "changes"))
            said = _("Somebody changed it again meanwhile.")
            refused = {pk: said for pk, changes in wanted.items() if current.get(pk) != changes}
            refused = refused or dict.fromkeys(wanted, said)
        except DeliveryRefused as error:
            refused = {pk: " ".join(said) for pk, said in error.problems.items() if pk in wanted}
            refused = refused or dict.fromkeys(wanted, str(error))
        for pk, said in refused.items():
            del wanted[pk]
            note = _("Changed here, but not delivered: %(reason)s") % {"reason": said}
            RepairItem.objects.filter(batch=batch, digest=pk).update(note=note)


def _bases(batch: RepairBatch, target_id: int | None, digest_ids: Collection[int]) -> dict[int, bytes]:
    """Digest → the text in whose form its post goes out, where that is not the one that stands there."""
    escaping = batch.kind == RepairBatch.Kind.ESCAPING
    posts = Post.objects.filter(digest__in=digest_ids, target=target_id).select_related("target", "publication")
    if not batch.undone_at:
        wanted = posts if escaping else posts.none()
        return {one.digest_id: rewritten(one.content, one.path, form_of(one.target)) for one in wanted if one.digest_id}
    items = batch.items.filter(digest__in=digest_ids, packed__isnull=False).only("digest", "packed")
    before = {item.digest_id: item.posts.get(target_id or 0, "") for item in items}
    found = {}
    for post in posts:
        text = before.get(post.digest_id or 0)
        if post.digest_id and text and _is_made_of(post, text, escaping=escaping):
            found[post.digest_id] = text.encode()
    return found


def _is_made_of(post: Post, before: str, *, escaping: bool) -> bool:
    """Whether what stands there is the post as it was with what the batch changed, and nothing else."""
    if post.publication is None:
        return False
    form = form_of(post.target)
    base = rewritten(before.encode(), post.path, form).decode() if escaping else before
    document = interchange.from_json(post.publication.document).document
    try:
        return render(document, form=form, base=base).encode() == post.content
    except UnfaithfulPost:
        return False
