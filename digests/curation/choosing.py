"""Choosing many comments at once: those given, a comment with all below it, an author's, or the other way round.

Each is one act with one way back. What cannot be quoted is left out and counted, never an error: among many comments
some are always deleted.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.db.models import Min, Q
from django.utils.translation import gettext as _

from digests import outline
from digests.curation.errors import CurationError
from digests.curation.restructuring import add_quotes, restructure
from digests.curation.structure import quote_of
from digests.models import Comment, Digest, Thread, WithdrawnAuthor
from digests.models.threads import CommentQuerySet
from digests.outline import Outline

MOST = 1000  # comments chosen by one act; a digest of more is nobody's wish, and a slip is undone faster


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What an act did, in comments: `added`, `dropped`, and `left_out` because they cannot be quoted."""

    version: int
    added: int = 0
    dropped: int = 0
    left_out: int = 0


def choose_many(digest_id: int, *, version: int, comment_ids: Collection[int], by: int | None = None) -> Chosen:
    """Adds those that are not chosen, at the end, in the thread's order. Where all are chosen already, drops them."""
    return _turn(digest_id, version, Q(pk__in=comment_ids), by=by, verb="choose")


def choose_subtree(digest_id: int, *, version: int, comment_id: int, by: int | None = None) -> Chosen:
    """The same for a comment and everything below it."""
    thread_id = _thread_of(digest_id)
    return _turn(digest_id, version, subtree(thread_id, comment_id), by=by, verb="choose_subtree")


def choose_author(digest_id: int, *, version: int, comment_id: int, by: int | None = None) -> Chosen:
    """The same for everything in the thread by the author of a comment."""
    author = Comment.objects.filter(pk=comment_id).values_list("author", flat=True).first()
    if not author:
        raise CurationError("no_author", _("This comment's author is not known."))
    return _turn(digest_id, version, Q(author=author), by=by, verb="choose_author")


def invert(digest_id: int, *, version: int, comment_ids: Collection[int], by: int | None = None) -> Chosen:
    """Of the comments given, drops the chosen ones and adds the others at the end."""
    return _turn(digest_id, version, Q(pk__in=comment_ids), by=by, verb="invert", inverting=True)


def subtree(thread_id: int, comment_id: int) -> Q:
    """A comment and everything below it: depth first, that is a stretch of positions. Two queries."""
    comments = Comment.objects.filter(thread_id=thread_id)
    top = comments.filter(pk=comment_id).values_list("position", "depth").first()
    if top is None:
        return Q(pk__in=[])
    behind = comments.filter(position__gt=top[0], depth__lte=top[1])
    end = behind.aggregate(end=Min("position"))["end"]
    return Q(position__gte=top[0]) if end is None else Q(position__gte=top[0], position__lt=end)


def _thread_of(digest_id: int) -> int:
    return Digest.objects.values_list("thread_id", flat=True).get(pk=digest_id) or 0


def _turn(digest_id: int, version: int, wanted: Q, *, by: int | None, verb: str, inverting: bool = False) -> Chosen:
    counts = Chosen(version=version)

    def change(digest: Digest, old: Outline) -> Outline:
        nonlocal counts
        comments = _comments(digest, wanted)
        ids = [comment.pk for comment in comments]
        standing: dict[int, list[int]] = {}
        for pk, comment_id in digest.quotes.filter(comment_id__in=ids).values_list("pk", "comment_id"):
            standing.setdefault(comment_id or 0, []).append(pk)
        fresh = _quotable(digest, [comment for comment in comments if comment.pk not in standing])
        if not standing and not fresh:
            raise CurationError("nothing", _("None of these comments can be quoted."))
        going = list(standing) if inverting or not fresh else []
        new = outline.remove(old, [pk for comment in going for pk in standing[comment]]) if going else old
        added = add_quotes(digest, [quote_of(comment) for comment in fresh])
        left_out = len(comments) - len(standing) - len(fresh)
        counts = Chosen(version=0, added=len(added), dropped=len(going), left_out=left_out)
        return (*new, *added)

    new_version = restructure(digest_id, version, change, by=by, verb=verb)
    return Chosen(version=new_version, added=counts.added, dropped=counts.dropped, left_out=counts.left_out)


def _comments(digest: Digest, wanted: Q) -> Sequence[Comment]:
    if digest.thread_id is None:
        raise CurationError("no_thread", _("This digest has no thread to choose comments from."))
    comments: CommentQuerySet = Comment.objects.filter(wanted, thread_id=digest.thread_id).in_order()
    found = list(comments.defer("body", "words", "links")[: MOST + 1])
    if not found:
        raise CurationError("other_thread", _("This comment is not one of this digest's thread."))
    if len(found) > MOST:
        raise CurationError("too_many", _("These are more than %(most)s comments at once.") % {"most": MOST})
    return found


def _quotable(digest: Digest, comments: Sequence[Comment]) -> list[Comment]:
    """Without those that are deleted, dead or flagged, and those of authors who asked not to be quoted."""
    source = Thread.objects.filter(digests=digest).values("source")
    names = {comment.author for comment in comments}
    withdrawn = set(WithdrawnAuthor.objects.filter(name__in=names, source__in=source).values_list("name", flat=True))
    return [one for one in comments if one.state == Comment.State.LIVE and one.author not in withdrawn]
