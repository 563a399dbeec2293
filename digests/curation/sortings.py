"""Orders that a digest is put into by itself."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from digests import outline, sorting
from digests.curation.errors import CurationError
from digests.curation.restructuring import restructure
from digests.models import Comment, Digest, Quote
from digests.outline import Outline
from digests.sorting import Placed, Sorting


def sort(digest_id: int, *, version: int, order: Sorting, by: int | None = None) -> int:
    """Sorts the quotes of each section; the digest's new version."""

    def change(digest: Digest, old: Outline) -> Outline:
        parents: dict[int, int | None] = {}
        if order == Sorting.REPLIES and digest.thread_id is not None:
            parents = dict(Comment.objects.filter(thread_id=digest.thread_id).values_list("pk", "parent_id"))
        return _reordered(old, sorting.arranged(_rows(digest), order, parents))

    return restructure(digest_id, version, change, by=by, verb="sort")


def _reordered(old: Outline, order: Sequence[int]) -> Outline:
    before = outline.quotes(old)
    if before == tuple(order):
        raise CurationError("sorted_already", _("The quotes stand in this order already."))
    return outline.refill(old, order)


def _rows(digest: Digest) -> list[Placed]:
    rows = digest.quotes.in_order().values_list("pk", "kind", "created_at", "comment_id", "comment__position")
    return [
        Placed(pk, kind == Quote.Kind.QUOTE, kind == Quote.Kind.HEADING, created_at, comment, position)
        for pk, kind, created_at, comment, position in rows
    ]
