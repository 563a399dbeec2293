"""Somebody asks to be taken out: every quote of theirs leaves digests, snapshots old and new, and every Hugo site.

What a thread holds as it was fetched stays, for editors alone; it cannot be quoted again.
"""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils import translation
from django.utils.translation import gettext as _

from digests import curation, sources
from digests.curation.forgetting import forget_past
from digests.delivering.contract import Traces
from digests.delivering.forgetting import forget
from digests.delivering.posts import form_of
from digests.delivering.starting import By, copies, create, locked
from digests.delivering.withdrawing import take_out_of_waiting
from digests.models import Comment, Delivery, DeliveryItem, Digest, Post, Publication, Quote, WithdrawnAuthor
from digests.publishing import interchange
from digests.publishing.publish import release, unpublish_each
from digests.publishing.reading import UnreadablePost, read

_CHUNK = 50


@dataclass(frozen=True, slots=True)
class _Person:
    source: str
    name: str
    comments: frozenset[str]  # native ids; an editor may have written the name differently

    def is_there(self, site: str) -> bool:
        """Whether something of theirs may stand in a digest of this site; one of no known site may be of any."""
        return site in {self.source, ""}

    def said(self, entry: dict[str, Any]) -> bool:
        quote = entry.get("quote")
        return quote is not None and (quote["author"] == self.name or str(quote["comment"] or "") in self.comments)

    def without(self, document: dict[str, Any]) -> dict[str, Any] | None:
        """The document (Matome's own JSON) without their quotes; None when it holds none."""
        if not self.is_there(sources.site_name(document["source_url"])):
            return None
        items: list[dict[str, Any]] = []
        for item in document["items"]:
            fold = item.get("fold")
            if fold is None:
                items += [] if self.said(item) else [item]
            elif left := [entry for entry in fold["items"] if not self.said(entry)]:
                items.append(item if left == fold["items"] else {"fold": {**fold, "items": left}})
        return None if items == document["items"] else {**document, "items": items}


@dataclass(slots=True)
class _Found:
    quotes: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))  # by digest
    publications: dict[int, dict[str, Any]] = field(default_factory=dict)  # what is to be left of each document
    posts: list[Post] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def traces(source: str, author: str) -> Traces:
    """Where an author of a site (`Thread.source`) is quoted, before `withdraw_author` is asked to go on."""
    found = _find(_person(source, author))
    return Traces(
        digests=tuple(sorted(found.quotes)),
        quotes=sum(map(len, found.quotes.values())),
        publications=len(found.publications),
        posts=len(found.posts),
        kept=tuple(found.kept),
    )


def withdraw_author(source: str, author: str, *, by: By) -> tuple[Delivery, ...]:
    """Takes out everything an author said: from digests, from what readers see, from old versions, from every target.

    They cannot be quoted again (`WithdrawnAuthor`). One delivery per target in which something of theirs stands.
    """
    # First of all and by itself: from now on nobody can quote them, so nothing is added to what is found below.
    WithdrawnAuthor.objects.get_or_create(
        source=source, name=author, defaults={"withdrawn_by_id": by.pk if by else None}
    )
    with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
        found = _find(_person(source, author))
        concerned = Publication.objects.filter(pk__in=found.publications).values_list("digest_id", flat=True)
        digests = locked({*found.quotes, *concerned})
        replaced = _clean_publications(found, _clean_digests(found, digests), by=by)
        quotes = {quote for quotes in found.quotes.values() for quote in quotes}
        forget(author, list(digests), quote_ids=quotes, publication_ids=list(found.publications))
        person = _person(source, author)
        forget_past(
            author,
            comments=person.comments,
            is_there=lambda site, address: person.is_there(site or sources.site_name(address)),
        )
        return _deliver(found, replaced, person, by=by)


def _person(source: str, name: str) -> _Person:
    natives = Comment.objects.filter(thread__source=source, author=name).values_list("native_id", flat=True)
    return _Person(source, name, frozenset(natives))


def _find(person: _Person) -> _Found:
    found = _Found()
    theirs = Q(author=person.name) | Q(comment__author=person.name, comment__thread__source=person.source)
    rows = Quote.objects.filter(theirs, kind=Quote.Kind.QUOTE).order_by("digest_id", "position")
    sites = ("comment__thread__source", "digest__thread__source", "digest__source_url")
    for pk, digest, *where in rows.values_list("pk", "digest_id", *sites):
        if person.is_there(where[0] or where[1] or sources.site_name(where[2])):
            found.quotes[digest].append(pk)
    for pk, document in _candidates(person, found.quotes):
        left = person.without(document)
        if left is not None:
            found.publications[pk] = left
    posts = Post.objects.filter(Q(publication__in=found.publications) | Q(publication=None, digest__in=found.quotes))
    found.posts = [
        post for post in posts.select_related("target", "digest") if post.publication_id or _holds(post, person)
    ]
    named = f'"{person.name}"'.encode()
    found.kept = [post.path for post in Post.objects.filter(digest=None).iterator() if named in post.content]
    return found


def _candidates(person: _Person, digests: Iterable[int]) -> Iterable[tuple[int, dict[str, Any]]]:
    """Snapshots that may quote them: those of digests that do, and those whose JSON has the name."""
    name = json.dumps(person.name, ensure_ascii=connection.vendor == "sqlite")
    rows = Publication.objects.annotate(stored=Cast("document", TextField()))
    rows = rows.filter(Q(digest__in=list(digests)) | Q(stored__contains=name)).order_by("pk")
    return rows.values_list("pk", "document").iterator(chunk_size=_CHUNK)


def _holds(post: Post, person: _Person) -> bool:
    """Whether a post that was never published from here quotes them."""
    return _left_of(post, person) is not None


def _left_of(post: Post, person: _Person) -> dict[str, Any] | None:
    try:
        document = read(post.content.decode(), path=post.path, form=form_of(post.target)).document
    except UnreadablePost:
        return None
    return person.without(interchange.to_json(document, status="draft"))


def _clean_digests(found: _Found, digests: dict[int, Digest]) -> dict[int, int]:
    """The desk's own copies. Digest → its count of changes now, of those that readers saw as they were."""
    current = Publication.objects.live().filter(digest__in=digests).values_list("digest_id", "digest_changes")
    as_published = {digest for digest, changes in current if digests[digest].changes == changes}
    for digest, quotes in found.quotes.items():
        curation.drop(digest, version=digests[digest].version, quote_ids=quotes)
    return dict(Digest.objects.filter(pk__in=as_published).values_list("pk", "changes"))


def _clean_publications(found: _Found, changes: dict[int, int], *, by: By) -> dict[int, Publication]:
    """Snapshots old and new. What readers see is a new one: nothing that was kept of the old one is shown again.

    Gives old id → new one.
    """
    ids = list(found.publications)
    live: list[Publication] = []
    for start in range(0, len(ids), _CHUNK):
        rows = list(Publication.objects.filter(pk__in=ids[start : start + _CHUNK]))
        for row in rows:
            row.document = found.publications[row.pk]
            row.quote_count = sum(1 for _quote in interchange.from_json(row.document).document.quotes())
        Publication.objects.bulk_update(rows, ["document", "quote_count"])
        live += [row for row in rows if row.is_live]
        empty = [row.digest_id for row in rows if not row.quote_count and row.state == Publication.State.PENDING]
        take_out_of_waiting(empty, _("All its quotes were taken out."))
    unpublish_each([row.digest_id for row in live if not row.quote_count], by=by)
    shown = [row for row in live if row.quote_count]
    fresh = copies(shown, by=by)
    for row in fresh:
        row.digest_changes = changes.get(row.digest_id, row.digest_changes)
    Publication.objects.bulk_update(fresh, ["digest_changes"])
    release(fresh)
    return {old.pk: new for old, new in zip(shown, fresh, strict=True)}


def _deliver(found: _Found, replaced: dict[int, Publication], person: _Person, *, by: By) -> tuple[Delivery, ...]:
    """One delivery for each target in which something of theirs stands, or is being written at this moment."""
    written: dict[int, dict[int, Publication]] = defaultdict(dict)
    running = DeliveryItem.objects.filter(
        publication__in=found.publications, delivery__state=Delivery.State.RUNNING, delivery__target__isnull=False
    )
    for item in running.select_related("publication", "delivery"):
        if item.publication and item.delivery.target_id:
            written[item.delivery.target_id][item.publication.digest_id] = item.publication
    snapshots = Publication.objects.in_bulk([post.publication_id for post in found.posts if post.publication_id])
    for post in found.posts:
        old = snapshots.get(post.publication_id or 0)
        if old is not None:
            written[post.target_id][old.digest_id] = replaced.get(old.pk, old)
        elif post.digest is not None:
            written[post.target_id][post.digest.pk] = _of_a_draft(post, post.digest, person, by=by)
    said = _("Quotes taken out: {titles}")
    return tuple(_delivery(target, posts, said, by=by) for target, posts in sorted(written.items()))


def _delivery(target_id: int, posts: dict[int, Publication], message: str, *, by: By) -> Delivery:
    removed = [
        DeliveryItem(digest_id=digest, action=DeliveryItem.Action.REMOVE)
        for digest, publication in posts.items()
        if not publication.quote_count
    ]
    kept = [publication for publication in posts.values() if publication.quote_count]
    return create(target_id, kept, removed=removed, by=by, message=message)


def _of_a_draft(post: Post, digest: Digest, person: _Person, *, by: By) -> Publication:
    """A snapshot of a post that our own readers never saw, and do not see now: its row says "failed"."""
    document = {**(_left_of(post, person) or {}), "slug": digest.slug}
    return Publication.objects.create(
        digest=digest,
        state=Publication.State.FAILED,
        error=_("Not published: quotes were taken out of a post that is no publication of ours."),
        digest_changes=digest.changes,
        slug=digest.slug,
        headline=document["title"],
        lead=document["lead"],
        date=document["date"],
        quote_count=sum(1 for _quote in interchange.from_json(document).document.quotes()),
        document=document,
        published_by_id=by.pk if by else None,
    )
