"""What an editor puts between quotes: headings, notes, link cards and pictures."""

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import outline
from digests.curation.errors import CurationError
from digests.curation.restructuring import add_quotes, restructure
from digests.curation.texts import clean_texts
from digests.models import Digest, Quote
from digests.models.digests import at_noon
from digests.outline import Outline
from digests.thumbnails import Thumbnail

# These begin empty; a picture begins with its file.
WRITTEN = (Quote.Kind.HEADING, Quote.Kind.NOTE, Quote.Kind.UPDATE, Quote.Kind.CARD)


def insert(digest_id: int, *, version: int, kind: str, at: str, by: int | None = None) -> tuple[int, int]:
    """An empty heading, note, update of today or card at a gap (`outline.insert` names them); the digest's new version
    and the row."""
    if kind not in WRITTEN:
        raise CurationError("bad_kind", _("Only headings, notes, updates and link cards can be added empty."))
    created_at = at_noon(timezone.localdate()) if kind == Quote.Kind.UPDATE else None
    return _insert(digest_id, version, Quote(kind=kind, created_at=created_at), at, by)


def insert_picture(
    digest_id: int,
    *,
    version: int,
    picture: Thumbnail,
    at: str,
    alt: str,
    credit: str = "",
    caption: str = "",
    by: int | None = None,
) -> tuple[int, int]:
    """An uploaded picture at a gap. `alt` says what it shows, and is needed."""
    texts = clean_texts(Quote.Kind.PICTURE, {"text": alt, "author": credit, "title": caption})
    if not texts["text"]:
        raise CurationError("no_alt", _("Say what the picture shows, for readers who cannot see it."), field="alt")
    return _insert(digest_id, version, Quote(kind=Quote.Kind.PICTURE, **texts, **_stored(picture)), at, by)


def replace_picture(digest_id: int, *, version: int, quote_id: int, picture: Thumbnail, by: int | None = None) -> int:
    """Another file for a picture that stands there; its texts stay. Returns the digest's new version."""
    file = _stored(picture)

    def change(digest: Digest, old: Outline) -> Outline:
        if not digest.quotes.filter(pk=quote_id, kind=Quote.Kind.PICTURE).update(**file):
            raise outline.NotInOutline(quote_id)
        return old

    return restructure(digest_id, version, change, by=by, verb="file", rows=[quote_id])


def _insert(digest_id: int, version: int, row: Quote, at: str, by: int | None) -> tuple[int, int]:
    def change(digest: Digest, old: Outline) -> Outline:
        (pk,) = add_quotes(digest, [row])
        return outline.insert(old, pk, at)

    return restructure(digest_id, version, change, by=by, verb="insert"), row.pk


def _stored(picture: Thumbnail) -> dict[str, str | int]:
    # Named by its content, so a file that is there already is this very picture, and one too many does no harm.
    if not default_storage.exists(picture.path):
        default_storage.save(picture.path, ContentFile(picture.content))
    return {"target": picture.path, "width": picture.width, "height": picture.height}
