"""A digest's beginning, and everything about it that is not its quotes."""

import datetime
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import plaintext
from digests.changes import State
from digests.curation import journal
from digests.curation.errors import CurationError
from digests.models import Digest, StaleVersion, Tag, Thread
from digests.publishing.interchange import is_http_url
from digests.thumbnails import Thumbnail

HEAD_FIELDS = ("headline", "lead", "date", "tags", "slug", "source_url", "article_url", "thumbnail", "series")

_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def bump(digest_id: int, version: int) -> int:
    """The conditional update every verb on a digest starts with; returns the new version or raises `StaleVersion`.

    It must be the transaction's first statement: from then on the row is locked on PostgreSQL (on SQLite the whole
    database is), and what is read next is what will be written on.
    """
    bumped = Digest.objects.filter(pk=digest_id, version=version).update(
        version=F("version") + 1, changes=F("changes") + 1, updated_at=timezone.now()
    )
    if not bumped:
        raise StaleVersion(Digest.objects.filter(pk=digest_id).values_list("version", flat=True).first())
    return version + 1


def create_digest(*, thread_id: int | None, by: AbstractBaseUser | None, headline: str = "") -> Digest:
    """A new draft of a thread (or of none), dated today in the site's zone."""
    thread = Thread.objects.get(pk=thread_id) if thread_id is not None else None
    digest = Digest(
        thread=thread,
        headline=plaintext.clean_line(headline),
        date=timezone.localdate(),
        source_url=thread.url if thread else "",
        article_url=thread.article_url if thread and is_http_url(thread.article_url) else "",
        created_by_id=by.pk if by else None,
    )
    for _attempt in range(5):
        digest.slug = free_slug(thread.title if thread else headline)
        try:
            with transaction.atomic():
                digest.save(force_insert=True)
                return digest
        except IntegrityError:
            continue  # somebody took that slug between the look and the write, as a double click does
    raise slug_taken()


def edit_head(
    digest_id: int,
    *,
    version: int,
    headline: str,
    lead: str,
    date: datetime.date,
    tags: Sequence[str],
    slug: str,
    source_url: str,
    article_url: str,
    thumbnail: str,
    series: str | None = None,
    by: int | None = None,
) -> int:
    """Writes the whole head (but for the series where none is given, "" for out of it); the digest's new version."""

    def write(digest: Digest) -> None:
        digest.headline = plaintext.clean_line(headline)
        digest.lead = plaintext.clean(lead).strip("\n")
        digest.date = date
        digest.tags = Tag.objects.canonical([tag for raw in tags if (tag := plaintext.clean_line(raw))])
        digest.slug = slug.strip()
        digest.source_url, digest.article_url = plaintext.clean_line(source_url), plaintext.clean_line(article_url)
        digest.thumbnail = plaintext.clean_line(thumbnail)
        digest.series = digest.series if series is None else plaintext.clean_line(series)
        _check_head(digest)

    try:
        return change_head(digest_id, version, write, HEAD_FIELDS, by=by, verb="head")
    except IntegrityError as error:  # PostgreSQL: somebody took the slug since it was looked for
        raise slug_taken() from error


def change_head(
    digest_id: int,
    version: int,
    change: Callable[[Digest], None],
    fields: Sequence[str],
    *,
    by: int | None,
    verb: str,
) -> int:
    """One change of a digest's head, which writes these fields, with its way back; the digest's new version."""
    with transaction.atomic():
        new_version = bump(digest_id, version)
        digest = Digest.objects.get(pk=digest_id)
        journal.begin(digest_id, by)
        before = State(head=journal.head_fields(digest))
        change(digest)
        digest.save(update_fields=fields)
        after = State(head=journal.head_fields(digest))
        if not journal.record(digest_id, by=by, verb=verb, version=new_version, before=before, after=after):
            transaction.set_rollback(True)  # all is as it was: the version stays, so that no page asks for all rows
            return version
    return new_version


def set_thumbnail(digest_id: int, *, version: int, thumbnail: Thumbnail, by: int | None = None) -> int:
    """Stores an uploaded picture and gives it to the digest; returns the digest's new version."""
    # Named by its content, so a file that is there already is this very picture, and one too many does no harm.
    if not default_storage.exists(thumbnail.path):
        default_storage.save(thumbnail.path, ContentFile(thumbnail.content))

    def write(digest: Digest) -> None:
        digest.thumbnail = thumbnail.path

    return change_head(digest_id, version, write, ["thumbnail"], by=by, verb="thumbnail")


def _check_head(digest: Digest) -> None:
    check_tags(digest.tags)
    others = Digest.objects.filter(slug=digest.slug).exclude(pk=digest.pk)
    if others.filter(binned_at__isnull=False).exists():
        said = _("A digest in the bin has this slug. Take it out or delete it for good first.")
        raise CurationError("slug_binned", said, field="slug")
    if others.exists():
        raise slug_taken()
    try:
        digest.clean_fields(exclude=["thread", "created_by", "tags", "version", "changes"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise CurationError("bad_field", messages[0], field=field) from error


def check_tags(tags: Iterable[str]) -> None:
    """Raises `CurationError` for one that is too long."""
    if any(len(tag) > 100 for tag in tags):
        raise CurationError("bad_tags", _("A tag has at most 100 characters."), field="tags")


def slug_taken() -> CurationError:
    """To be raised where the database found it out."""
    return CurationError("slug_taken", _("Another digest already has this slug."), field="slug")


def free_slug(title: str) -> str:
    """The first eight words of the title, joined by `_`, with a number behind it where that is taken.

    A Japanese title is not romanised: how its characters are read a dictionary of some megabytes guesses, and names it
    guesses wrong. Nor does it stand in the address as it is, which whoever passes that on would get as a long row of
    percent signs. So it has today's date, behind what Latin words it has.
    """
    plain = unicodedata.normalize("NFKD", title).casefold()
    words = re.findall(r"[a-z0-9]+", "".join(one for one in plain if not unicodedata.combining(one)))[:8]
    if not words or _JAPANESE.search(title):
        words = [*(word for word in words if re.search("[a-z]{2}", word)), f"{timezone.localdate():%Y%m%d}"]
    base = "_".join(words)[:100].strip("_")
    taken = set(Digest.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    while (slug := base if number == 1 else f"{base}_{number}") in taken:
        number += 1
    return slug
