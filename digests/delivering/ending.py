"""How a delivery ends: the site has it and readers see it, or nothing of it counts and the row says why.

Each end is one transaction and one conditional update: whoever comes second changes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import markup
from digests.delivering import wording
from digests.delivering.comparing import Clash, is_removal
from digests.delivering.posts import NOTE, Outgoing, form_of
from digests.delivering.queueing import enqueue
from digests.delivering.starting import give_up, locked
from digests.models import AuditEntry, Delivery, DeliveryItem, Digest, Post, Publication, Target
from digests.publishing.form import Form
from digests.publishing.publish import audit_published, release, unpublish_each
from digests.publishing.reading import UnreadablePost, read

_LONGEST_DETAIL = 2000


def hold(delivery: Delivery) -> None:
    """Has the rows of its digests first, as whoever withdraws one does: else each would wait for the other."""
    locked([pk for pk in delivery.items.values_list("digest_id", flat=True) if pk])


def finish(
    delivery: Delivery,
    outgoing: Sequence[Outgoing],
    states: Mapping[int, DeliveryItem.State],
    *,
    commit: str,
    steps: list[dict[str, Any]],
) -> bool:
    """The site has it: so does the database from now on. False when the row no longer says "running"."""
    target = delivery.target
    watched = target is not None and bool(target.site_url)
    with transaction.atomic():
        hold(delivery)
        running = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.RUNNING)
        done = running.update(
            state=Delivery.State.DONE,
            step="",
            steps=steps,
            commit=commit if target is not None and target.kind == Target.Kind.GIT else "",
            live=Delivery.Live.WAITING if watched else "",
            finished_at=timezone.now(),
        )
        if not done:
            return False
        # What was deleted while the delivery ran is gone: a post without its digest is kept as a file.
        items = {item.pk: item for item in delivery.items.select_related("publication")}
        if target is not None:
            _store_posts(target, outgoing, items)
        for one in outgoing:
            item = items[one.item.pk]
            item.state, item.path = states[item.pk], one.path
        if target is None:
            for item in items.values():
                item.state = DeliveryItem.State.WRITTEN
        DeliveryItem.objects.bulk_update(items.values(), ["state", "path"])
        _release([item.publication for item in items.values() if item.publication], site=target.name if target else "")
        _take_back(delivery, items)
        if watched:
            enqueue("watch_delivery", delivery.pk)
    return True


def fail(delivery: Delivery, code: str, detail: str = "", *, steps: list[dict[str, Any]]) -> bool:
    """It has failed, and so has what waited for it. What readers see stays as it was."""
    return _end(delivery, Delivery.State.FAILED, code=code, detail=detail, steps=steps)


def stop(delivery: Delivery, *, steps: list[dict[str, Any]]) -> bool:
    """An editor has cancelled it in time."""
    return _end(delivery, Delivery.State.CANCELLED, code="", detail="", steps=steps, said="cancelled")


def refuse(
    delivery: Delivery, code: str, problems: Mapping[int, Sequence[str]], *, steps: list[dict[str, Any]]
) -> bool:
    """Posts (item → sentences) would not say what their digests say, or the site would not build them."""
    with transaction.atomic():
        for item_id, said in problems.items():
            DeliveryItem.objects.filter(pk=item_id).update(state=DeliveryItem.State.REFUSED, problem="\n".join(said))
        return fail(delivery, code, "\n".join(line for said in problems.values() for line in said), steps=steps)


def clash(delivery: Delivery, clashes: Sequence[Clash], *, steps: list[dict[str, Any]]) -> bool:
    """Somebody wrote there too. Their bytes are kept, to be looked at."""
    with transaction.atomic():
        for one in clashes:
            DeliveryItem.objects.filter(pk=one.outgoing.item.pk).update(
                state=DeliveryItem.State.CONFLICT,
                conflict=one.conflict,
                problem=wording.conflict(one.conflict),
                theirs=one.theirs,
                path=one.outgoing.path if one.conflict == DeliveryItem.Conflict.TAKEN else one.outgoing.known,
            )
        paths = ", ".join(one.outgoing.known or one.outgoing.path for one in clashes)
        return _end(delivery, Delivery.State.CONFLICT, code="conflict", detail=paths, steps=steps)


def _end(
    delivery: Delivery, state: Delivery.State, *, code: str, detail: str, steps: list[dict[str, Any]], said: str = ""
) -> bool:
    detail = markup.clean(detail)[:_LONGEST_DETAIL]
    with transaction.atomic():
        ended = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.RUNNING).update(
            state=state,
            step="",
            steps=steps,
            commit="",
            error_code=code,
            error_detail=detail,
            finished_at=timezone.now(),
        )
        if ended:
            give_up(delivery.pk, wording.explain(said or code, detail))
    return bool(ended)


def _release(publications: Sequence[Publication], *, site: str) -> None:
    """What waited goes live; but for what has a slug that another digest took in a way that asks nobody."""
    if site:  # readers of our own pages see it already
        audit_published([one for one in publications if one.is_live], detail=site)
    waiting = [one for one in publications if one.state == Publication.State.PENDING]
    others = Publication.objects.live().exclude(digest__in=[one.digest_id for one in waiting])
    taken = set(others.filter(slug__in=[one.slug for one in waiting]).values_list("slug", flat=True))
    clashing = [one.pk for one in waiting if one.slug in taken]
    reason = _("The Hugo site has it, but on our own pages another digest has its address by now.")
    Publication.objects.filter(pk__in=clashing).update(state=Publication.State.FAILED, error=reason)
    release([one for one in waiting if one.pk not in clashing], detail=site)


def _take_back(delivery: Delivery, items: Mapping[int, DeliveryItem]) -> None:
    """Removed digests leave our own pages too, unless they were published again since that was asked for."""
    removed = [one.digest_id for one in items.values() if one.action == DeliveryItem.Action.REMOVE]
    by = delivery.requested_by
    if delivery.target is not None:
        gone = Digest.objects.filter(pk__in=[pk for pk in removed if pk]).order_by("pk")
        AuditEntry.objects.record(
            AuditEntry.Action.WITHDRAWN, gone, by=by.pk if by else None, detail=delivery.target.name
        )
    live = Publication.objects.live().filter(digest__in=removed, created_at__lte=delivery.created_at)
    unpublish_each(list(live.values_list("digest_id", flat=True)), by=by)


def _store_posts(target: Target, outgoing: Sequence[Outgoing], items: Mapping[int, DeliveryItem]) -> None:
    """What stands there now. Old rows go first: posts of one delivery may have changed places."""
    digests = [item.digest_id for item in items.values() if item.digest_id]
    Post.objects.filter(target=target, digest__in=digests).delete()
    Post.objects.filter(target=target, path__in=[path for one in outgoing for path in (one.known, one.path)]).delete()
    form = form_of(target)
    Post.objects.bulk_create(
        _post(target, one, items[one.item.pk], form) for one in outgoing if one.content is not None
    )


def _post(target: Target, one: Outgoing, item: DeliveryItem, form: Form) -> Post:
    post = Post(target=target, path=one.path)
    post.content = one.content or b""
    if is_removal(one):
        post.layout = NOTE
        return post
    post.digest_id, post.publication_id = item.digest_id, item.publication_id
    describe(post, form)
    return post


def describe(post: Post, form: Form) -> None:
    """Sets what reading the post's text tells of it: its layout, and what is odd about it."""
    try:
        found = read(post.content.decode(), path=post.path, form=form)
    except (UnreadablePost, UnicodeDecodeError):  # what goes out was read before; what somebody else wrote may be odd
        post.layout, post.remarks = "", []
        return
    post.layout = found.layout
    post.remarks = [{"line": remark.line, "code": remark.code, "detail": remark.detail} for remark in found.remarks]
