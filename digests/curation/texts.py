"""A quote's text, author and colour."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import palette, plaintext
from digests.curation.errors import CurationError
from digests.curation.heads import bump
from digests.models import Digest, Quote, StaleVersion


def paint(digest_id: int, *, version: int, quote_ids: Sequence[int], color: str) -> int:
    """Gives quotes a colour (`#rrggbb`), or none (""); returns the digest's new version."""
    if color and not palette.is_color(color):
        raise CurationError("bad_color", _("A colour looks like #785bff."), field="color")
    with transaction.atomic():
        new_version = bump(digest_id, version)
        painted = Quote.objects.filter(digest_id=digest_id, pk__in=quote_ids).update(color=color)
        if painted != len(set(quote_ids)):
            raise StaleVersion(version)
    return new_version


def edit_quote(quote_id: int, *, version: int, text: str, author: str) -> Quote:
    """Writes a quote's text and author by the quote's own version.

    What stands there already is no change, whatever the version: a save whose answer got lost can be sent again.
    """
    text, author = plaintext.clean(text), plaintext.clean_line(author)
    if len(author) > 200:
        raise CurationError("bad_author", _("A name has at most 200 characters."), field="author")
    with transaction.atomic():
        # The digest's row first, as in every other verb: in another order two editors could wait for each other.
        Digest.objects.select_for_update(of=("self",)).filter(quotes=quote_id).first()
        written = (
            Quote.objects.filter(pk=quote_id, version=version)
            .exclude(text=text, author=author)
            .update(text=text, author=author, version=F("version") + 1)
        )
        quote = Quote.objects.filter(pk=quote_id).first()
        if quote is None or (not written and (quote.text, quote.author) != (text, author)):
            raise StaleVersion(quote.version if quote else None)
        if written:
            Digest.objects.filter(pk=quote.digest_id).update(changes=F("changes") + 1, updated_at=timezone.now())
    return quote
