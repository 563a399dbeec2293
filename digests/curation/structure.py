"""Choice, order and folds: verbs that change which quotes a digest holds and where they stand."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from digests import markup, outline, plaintext
from digests.curation.errors import CurationError
from digests.curation.folding import folding
from digests.curation.restructuring import add_quotes, restructure
from digests.models import Comment, Digest, Quote, Thread, WithdrawnAuthor
from digests.outline import NotInOutline, Outline
from digests.sources.contract import CommentState


def choose(digest_id: int, *, version: int, comment_ids: Sequence[int], by: int | None = None) -> int:
    """Adds comments of the digest's thread as quotes, in the thread's order, holding the original as plain text.

    Those already chosen are left out. They stand at the end, outside any fold.
    """

    def change(digest: Digest, old: Outline) -> Outline:
        if digest.thread_id is None:
            raise CurationError("no_thread", _("This digest has no thread to choose comments from."))
        chosen = set(digest.quotes.exclude(comment=None).values_list("comment_id", flat=True))
        wanted = set(comment_ids) - chosen
        comments = list(Comment.objects.filter(thread_id=digest.thread_id, pk__in=wanted).in_order())
        if len(comments) != len(wanted):
            raise CurationError("other_thread", _("This comment is not one of this digest's thread."))
        if any(comment.state != CommentState.LIVE for comment in comments):
            raise CurationError("not_live", _("A deleted, dead or flagged comment cannot be quoted."))
        refuse_withdrawn(digest, {comment.author for comment in comments})
        added = add_quotes(digest, [quote_of(comment) for comment in comments])
        return (*old, *added)

    return restructure(digest_id, version, change, by=by, verb="choose")


def drop(digest_id: int, *, version: int, quote_ids: Sequence[int], by: int | None = None) -> int:
    """Takes quotes out; the digest's new version."""

    def change(digest: Digest, old: Outline) -> Outline:
        if digest.quotes.filter(pk__in=quote_ids).count() != len(set(quote_ids)) or not quote_ids:
            raise NotInOutline(quote_ids)
        return outline.remove(old, quote_ids)

    return restructure(digest_id, version, change, by=by, verb="drop")


def fold(digest_id: int, *, version: int, first_id: int, last_id: int, label: str = "", by: int | None = None) -> int:
    """Collapses the range between two quotes; without a label it gets the next number's."""
    given = _label(label) if label.strip() else ""

    def change(digest: Digest, old: Outline) -> Outline:
        name = given or _label(folding(digest.pk).label(len(outline.folds(old)) + 1))
        return _same_folds(old, outline.fold(old, first_id, last_id, name), labels=bool(given))

    return restructure(digest_id, version, change, by=by, verb="fold")


def unfold(digest_id: int, *, version: int, fold_id: int, by: int | None = None) -> int:
    """Opens a fold; its quotes stay where they are."""
    return restructure(digest_id, version, lambda _digest, old: outline.unfold(old, fold_id), by=by, verb="unfold")


def rename_fold(digest_id: int, *, version: int, fold_id: int, label: str, by: int | None = None) -> int:
    name = _label(label)
    return restructure(
        digest_id, version, lambda _digest, old: outline.rename(old, fold_id, name), by=by, verb="rename"
    )


def fold_every(digest_id: int, *, version: int, size: int | None = None, by: int | None = None) -> int:
    """The first `size` quotes stand open, every further `size` are a fold; folds there were are replaced.

    Without a `size` it is that of the Hugo site where the digest stands, whose labels the folds get.
    """
    if size is not None and size < 1:
        raise CurationError("bad_size", _("A fold holds at least one quote."), field="size")

    def change(digest: Digest, old: Outline) -> Outline:
        form = folding(digest.pk)
        counted = set(digest.quotes.quoted().values_list("pk", flat=True))
        new = outline.fold_every(old, size or form.fold_size, lambda n: _label(form.label(n)), counted=counted)
        return _same_folds(old, new, labels=True)

    return restructure(digest_id, version, change, by=by, verb="every")


def _same_folds(old: Outline, new: Outline, *, labels: bool) -> Outline:
    """The old outline where the new one folds just the same rows, with `labels` under the same ones: no change."""
    now, then = ([(fold.quotes, fold.label if labels else "") for fold in outline.folds(one)] for one in (old, new))
    return old if now == then else new


def refuse_withdrawn(digest: Digest, authors: set[str]) -> None:
    """Somebody who asked to be taken out is not quoted again; where a digest's site is unknown, from no site."""
    withdrawn = WithdrawnAuthor.objects.filter(name__in=authors)
    if digest.thread_id is not None:
        withdrawn = withdrawn.filter(source__in=Thread.objects.filter(pk=digest.thread_id).values("source"))
    if name := withdrawn.values_list("name", flat=True).first():
        raise CurationError("withdrawn_author", _("%(name)s asked not to be quoted any more.") % {"name": name})


def quote_of(comment: Comment) -> Quote:
    """A comment as a quote not stored yet, holding the original as plain text."""
    return Quote(
        comment=comment,
        native_id=comment.native_id,
        author=plaintext.clean_line(comment.author),
        created_at=comment.posted_at,
        text=plaintext.clean(markup.to_text(markup.from_json(comment.content))),
    )


def _label(label: str) -> str:
    name = plaintext.clean_line(label)
    if not 1 <= len(name) <= 200:
        raise CurationError("bad_label", _("A fold needs a label of 1 to 200 characters."), field="label")
    return name
