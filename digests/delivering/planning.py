"""What a delivery would do, told before it is started. Asks neither the network nor git."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import unified_diff

from django.utils import timezone
from django.utils.translation import gettext as _

from digests.delivering import notes, posts, schedule
from digests.delivering.contract import Plan, PlannedPost
from digests.delivering.reaching import Named, subject_of
from digests.delivering.starting import busy
from digests.models import Digest, Post, Target
from digests.publishing.form import Form, FormError
from digests.publishing.publish import Reviewed, review_each

EDITOR = "{editor}"  # filled in when the commit is made


def plan(target_id: int | None, digest_ids: Sequence[int], *, due_at: datetime | None = None) -> Plan:
    """What a delivery of these digests would do, without asking the network. Without a target: for our own pages."""
    target = Target.objects.get(pk=target_id) if target_id is not None else None
    reviewed = {one.digest.pk: one for one in review_each(digest_ids)}
    known = posts.posts_of(target, reviewed) if target else {}
    held = busy(target_id, reviewed)
    form, wrong = _form(target)
    at = due_at or timezone.now()
    planned = tuple(
        _planned(reviewed[pk], known.get(pk), form, held, at) for pk in dict.fromkeys(digest_ids) if pk in reviewed
    )
    named = [Named(post.slug, post.headline, post.changes) for post in planned]
    return Plan(
        target=target,
        posts=planned,
        message=subject_of(target, named, editor=EDITOR) if target else "",
        notes=wrong,
        due_at=due_at,
    )


def plan_withdrawal(target_id: int | None, digest_ids: Sequence[int]) -> Plan:
    """What `withdraw` would do in one target (None: on our own pages alone)."""
    target = Target.objects.get(pk=target_id) if target_id is not None else None
    digests = Digest.objects.in_bulk(digest_ids)
    known = posts.posts_of(target, digests) if target else {}
    held = busy(target_id, digests)
    planned = tuple(
        _withdrawn(digests[pk], known.get(pk), target, held.get(pk))
        for pk in dict.fromkeys(digest_ids)
        if pk in digests
    )
    named = [Named(post.slug, post.headline) for post in planned]
    return Plan(target=target, posts=planned, message=subject_of(target, named, editor=EDITOR) if target else "")


def _form(target: Target | None) -> tuple[Form | None, tuple[str, ...]]:
    if target is None:
        return None, ()
    try:
        return posts.form_of(target), ()
    except FormError as error:
        return None, (_("The settings of this site's posts cannot be used: %(reason)s") % {"reason": error},)


def _planned(
    reviewed: Reviewed, post: Post | None, form: Form | None, held: Mapping[int, int], at: datetime
) -> PlannedPost:
    digest, document = reviewed.digest, reviewed.document
    text, unfaithful = posts.proved(document, post, form) if form else ("", ())
    path = posts.path_of(document, post, form) if form and text else ""
    known = post.path if post else ""
    before = post.content.decode(errors="replace") if post else ""
    diff = diff_of(before, text, known, path) if text else ""
    moves = bool(known) and known != path
    return PlannedPost(
        digest_id=digest.pk,
        headline=digest.headline,
        slug=digest.slug,
        changes=digest.changes,
        path=path,
        old_path=known if moves else "",
        action="new" if post is None else "move" if moves else "change" if diff else "none",
        diff=diff,
        blocking=reviewed.blocking,
        warnings=tuple(problem for problem in reviewed.problems if not problem.blocking),
        differences=unfaithful,
        notes=schedule.warnings(document, form, at) if form else (),
        busy=held.get(digest.pk),
    )


def _withdrawn(digest: Digest, post: Post | None, target: Target | None, held: int | None) -> PlannedPost:
    before = post.content.decode(errors="replace") if post else ""
    after = notes.withdrawn(before) if post and target and target.withdrawal == Target.Withdrawal.NOTE else ""
    path = post.path if post else ""
    return PlannedPost(
        digest_id=digest.pk,
        headline=digest.headline,
        slug=digest.slug,
        changes=digest.changes,
        path=path,
        old_path="",
        action="remove",
        diff=diff_of(before, after, path, path if after else ""),
        busy=held,
    )


def diff_of(before: str, after: str, old_path: str, path: str) -> str:
    """A unified diff, "" for the same text; a path that is "" stands for no file."""
    old, new = old_path or "/dev/null", path or "/dev/null"
    lines = unified_diff(before.splitlines(), after.splitlines(), old, new, lineterm="")
    return "".join(f"{line}\n" for line in lines)
