"""How quotes look besides their words: an emphasis, and one colour for all that one person said."""

from collections.abc import Sequence

from django.utils.translation import gettext as _

from digests.curation.errors import CurationError
from digests.curation.texts import dress, paint
from digests.models import Quote, StaleVersion


def emphasize(digest_id: int, *, version: int, quote_ids: Sequence[int], emphasis: str, by: int | None = None) -> int:
    """Makes quotes large or boxed, or plain again (""); returns the digest's new version.

    Headings and the like among them stay as they are.
    """
    if emphasis not in Quote.Emphasis.values:
        raise CurationError("bad_emphasis", _("A quote is plain, large or boxed."), field="emphasis")
    return dress(digest_id, version=version, quote_ids=quote_ids, by=by, verb="emphasize", emphasis=emphasis)


def paint_author(
    digest_id: int, *, version: int, quote_id: int, color: str, by: int | None = None
) -> tuple[int, tuple[int, ...]]:
    """Gives everything that a quote's author says in the digest a colour (`#rrggbb`), or none ("").

    Returns the digest's new version and the quotes. Somebody without a name is nobody else.
    """
    rows = Quote.objects.filter(digest_id=digest_id).quoted()
    author = rows.filter(pk=quote_id).values_list("author", flat=True).first()
    if author is None:
        raise StaleVersion(version)
    same = rows.filter(author=author) if author else rows.filter(pk=quote_id)
    ids = tuple(same.in_order().values_list("pk", flat=True))
    return paint(digest_id, version=version, quote_ids=ids, color=color, by=by), ids
