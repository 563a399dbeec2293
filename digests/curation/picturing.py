"""The picture library, and what stands for a digest: a picture of the library, or a title card."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from digests import cards, illustrations, plaintext
from digests.curation.errors import CurationError
from digests.curation.heads import change_head
from digests.models import Digest, LibraryPicture, Publication, Quote
from digests.thumbnails import Thumbnail

MOST_TAGS = 20


@dataclass(frozen=True, slots=True)
class Use:
    """Where a picture is used: digests that show it, and how many of their versions readers see."""

    digests: Sequence[Digest]
    live: int

    def __bool__(self) -> bool:
        return bool(self.digests or self.live)


def add_to_library(
    picture: Thumbnail, *, by: AbstractBaseUser | None, alt: str = "", credit: str = "", tags: Iterable[str] = ()
) -> tuple[LibraryPicture, bool]:
    """Stores a picture that was checked and written anew. False: the library has that very picture already.

    What the library knows of it stays; only what it does not know is filled in.
    """
    illustrations.store(picture.path, picture.content)
    texts = _clean(alt=alt, credit=credit, tags=tags)
    with transaction.atomic():
        row, created = LibraryPicture.objects.get_or_create(
            digest=hashlib.sha256(picture.content).hexdigest(),
            defaults={
                "path": picture.path,
                "width": picture.width,
                "height": picture.height,
                "bytes": len(picture.content),
                "uploaded_by_id": by.pk if by else None,
                **texts,
            },
        )
        if not created:
            row.alt, row.credit = row.alt or texts["alt"], row.credit or texts["credit"]
            row.tags = row.tags or texts["tags"]
            row.save(update_fields=["alt", "credit", "tags"])
    return row, created


def describe(picture_id: int, *, alt: str, credit: str, tags: Iterable[str]) -> None:
    """Raises `LibraryPicture.DoesNotExist`. What is published says what it said, until it is published again."""
    row = LibraryPicture.objects.get(pk=picture_id)
    for name, value in _clean(alt=alt, credit=credit, tags=tags).items():
        setattr(row, name, value)
    row.save(update_fields=["alt", "credit", "tags"])


def use_of(path: str) -> Use:
    """By the digests as they are now, and by what readers see of them."""
    between = Quote.objects.filter(kind=Quote.Kind.PICTURE, target=path).values("digest_id")
    digests = Digest.objects.filter(Q(thumbnail=path) | Q(pk__in=between)).order_by("-date", "-pk")
    live = Publication.objects.live().filter(Q(picture__path=path) | Q(digest__in=digests))
    return Use(list(digests), live.count())


def remove_from_library(picture_id: int) -> bool:
    """Takes a picture out of the library. Its file goes too, but where it is used: then False."""
    with transaction.atomic():
        row = LibraryPicture.objects.get(pk=picture_id)
        used = bool(use_of(row.path))
        row.delete()
    if not used:
        illustrations.forget([row.path])
    return not used


def choose_picture(digest_id: int, *, version: int, path: str, by: int | None = None) -> int:
    """Gives a digest a picture that is in the storage; returns its new version."""
    return _choose(digest_id, version, by, thumbnail=path, card="")


def choose_card(digest_id: int, *, version: int, template: str, by: int | None = None) -> int:
    """Gives a digest a title card; without a template the one that it has where it has no picture of its own."""
    if template and template not in cards.TEMPLATES:
        raise CurationError("bad_template", _("There is no such title card."))
    return _choose(digest_id, version, by, thumbnail="", card=template)


def _choose(digest_id: int, version: int, by: int | None, *, thumbnail: str, card: str) -> int:
    def write(digest: Digest) -> None:
        digest.thumbnail, digest.card_template = thumbnail, card

    return change_head(digest_id, version, write, ["thumbnail", "card_template"], by=by, verb="thumbnail")


def _clean(*, alt: str, credit: str, tags: Iterable[str]) -> dict[str, Any]:
    named = dict.fromkeys(tag[:100] for raw in tags if (tag := plaintext.clean_line(raw)))
    return {
        "alt": plaintext.clean_line(alt)[:300],
        "credit": plaintext.clean_line(credit)[:200],
        "tags": list(named)[:MOST_TAGS],
    }
