"""What was read of a site's posts into the database: some dozens in one short transaction, no query per quote."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from digests.archive import rows
from digests.archive.readings import PostFile, Reading
from digests.models import Digest, Post, Publication, Quote, Target
from digests.publishing import withdrawn
from digests.publishing.publish import (
    Reviewed,
    audit_published,
    illustrate,
    release,
    set_tags,
    snapshot,
    take,
    unpublish_each,
)

_OF_THE_FILE = ["layout", "remarks", "packed", "sha256", "updated_at"]


@dataclass(slots=True)
class Chunk:
    """Posts that are stored together."""

    new: list[Reading] = field(default_factory=list)  # a digest is made of each
    changed: list[Reading] = field(default_factory=list)  # the digest follows the file
    kept: list[PostFile] = field(default_factory=list)  # the bytes alone; without a digest, or its digest stays
    moves: dict[int, str] = field(default_factory=dict)  # post → its new path

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.kept or self.moves)


def store(chunk: Chunk, *, target: Target, by: AbstractBaseUser | None) -> list[Reading]:
    """All of the chunk or nothing; but those whose digest somebody has changed since it was compared are left out.

    Returns these. Raises IntegrityError when somebody stored one of the posts, or took one of the slugs, meanwhile.
    """
    with transaction.atomic():
        if withdrawn.somebody_is():
            for reading in (*chunk.new, *chunk.changed):
                reading.document = withdrawn.without_withdrawn(reading.document)
        for post_id, path in chunk.moves.items():
            Post.objects.filter(pk=post_id).update(path=path)
        digests = Digest.objects.bulk_create([_digest(reading, by) for reading in chunk.new])
        stored = list(zip(chunk.new, digests, strict=True))
        replaced = [(reading, _replaced(reading)) for reading in chunk.changed]
        stored += [(reading, digest) for reading, digest in replaced if digest]
        rows.insert([(digest.pk, reading.document, reading.comments) for reading, digest in stored])
        published = _publish(stored, by, site=target.name)
        _store_posts(target, [(one, digest.pk, published.get(one.path)) for one, digest in stored])
        _store_kept(target, chunk.kept)
    return [reading for reading, digest in replaced if not digest]


def _digest(reading: Reading, by: AbstractBaseUser | None) -> Digest:
    return Digest(slug=reading.document.slug, created_by_id=by.pk if by else None, **_head(reading))


def _head(reading: Reading) -> dict[str, Any]:
    document = reading.document
    return {
        "thread_id": reading.thread_id,
        "headline": document.headline,
        "lead": document.lead,
        "date": document.date,
        "tags": list(document.tags),
        "thumbnail": document.thumbnail,
        "source_url": document.source_url,
        "article_url": document.article_url,
    }


def _replaced(reading: Reading) -> Digest | None:
    """The digest with the new head, its quotes gone; None when somebody has changed it since it was compared."""
    head = _head(reading)
    if reading.thread_id is None:
        del head["thread_id"]  # one that was attached by hand stays
    same = Digest.objects.filter(pk=reading.digest_id, changes=reading.changes)
    if not same.update(version=F("version") + 1, changes=F("changes") + 1, updated_at=timezone.now(), **head):
        return None
    Quote.objects.filter(digest_id=reading.digest_id).delete()
    return Digest.objects.get(pk=reading.digest_id)


def _publish(stored: Sequence[tuple[Reading, Digest]], by: AbstractBaseUser | None, *, site: str) -> dict[str, int]:
    """Makes live what the site shows; path → publication.

    What is live for the first time becomes findable with `index_search`, which takes as long as all the rest.
    """
    shown = [(reading, digest) for reading, digest in stored if not reading.draft]
    new = [(reading, digest) for reading, digest in shown if not reading.digest_id]
    publications = [_live(digest, reading, by) for reading, digest in new]
    illustrate(publications)
    publications = Publication.objects.bulk_create(publications)
    set_tags(publications)
    audit_published(publications, detail=site)
    again = [(reading, digest) for reading, digest in shown if reading.digest_id]
    later = take([Reviewed(digest, reading.document, ()) for reading, digest in again], by=by)
    release(later, detail=site)
    unpublish_each([digest.pk for reading, digest in stored if reading.draft and reading.digest_id], by=by)
    readings = [reading for reading, _digest_row in (*new, *again)]
    return {reading.path: row.pk for reading, row in zip(readings, (*publications, *later), strict=True)}


def _live(digest: Digest, reading: Reading, by: AbstractBaseUser | None) -> Publication:
    row = snapshot(digest, reading.document, by=by)
    row.state, row.is_live, row.published_at = Publication.State.SUCCEEDED, True, _first_seen(row.date)
    return row


def _first_seen(day: date) -> datetime:
    """A post tells the day alone, and readers saw it by now at the latest, and never before there was a web."""
    day = max(day, date(1990, 1, 1))  # the first day of the year 1 has no time in some zones
    return min(timezone.make_aware(datetime.combine(day, time())), timezone.now())


def _store_posts(target: Target, stored: Sequence[tuple[Reading, int, int | None]]) -> None:
    """Gets (reading, digest, publication)."""
    posts = [
        _post(target, reading, digest_id=digest_id, publication_id=publication_id)
        for reading, digest_id, publication_id in stored
    ]
    _write(posts, ["digest", "publication", *_OF_THE_FILE])


def _store_kept(target: Target, files: Sequence[PostFile]) -> None:
    _write([_post(target, file) for file in files], _OF_THE_FILE)


def _write(posts: Sequence[Post], fields: Sequence[str]) -> None:
    """New ones are told apart before the first is written, since writing gives them their keys."""
    new, known = [post for post in posts if post.pk is None], [post for post in posts if post.pk is not None]
    Post.objects.bulk_create(new)
    Post.objects.bulk_update(known, fields)


def _post(target: Target, file: PostFile, **fields: Any) -> Post:
    post = Post(
        pk=file.post_id,
        target=target,
        path=file.path,
        layout=file.layout,
        remarks=list(file.remarks),
        updated_at=timezone.now(),
        **fields,
    )
    post.content = file.content
    return post
