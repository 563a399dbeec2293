"""What is to become of each file of a site, by what is known of it: the one place that decides. Writes nothing."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath
from typing import Any, Self

from django.db.models import Q

from digests.archive.matching import dressed, threads_here, tied
from digests.archive.readings import PostFile, Reading, is_page, judge, slug_for
from digests.archive.reports import Outcome
from digests.archive.sites import Listing, Noted, SiteError, UnreadableFile
from digests.archive.storing import Chunk
from digests.models import Digest, Post, Publication, Target
from digests.publishing.assemble import document_of
from digests.publishing.form import Form, FormError
from digests.publishing.likeness import as_posted


@dataclass(frozen=True, slots=True)
class Known:
    """A post as the target's row has it. `thumbnail` is its digest's."""

    pk: int
    sha256: str
    digest_id: int | None
    layout: str
    remarks: list[dict[str, Any]]
    thumbnail: str | None


@dataclass(slots=True)
class Sorted:
    """Some files, and what is to become of each."""

    chunk: Chunk = field(default_factory=Chunk)
    outcomes: dict[str, Outcome] = field(default_factory=dict)  # by path
    layouts: list[str] = field(default_factory=list)
    noted: list[Noted] = field(default_factory=list)
    pictures: list[tuple[str, list[str]]] = field(default_factory=list)  # a post's path, the pictures that it names
    moved: set[str] = field(default_factory=set)  # where posts stood before

    def note(self, reading: PostFile, outcome: Outcome) -> None:
        """A file that was read now."""
        self._note(reading.path, outcome, reading.layout, reading.remarks, reading.pictures)

    def note_known(self, path: str, outcome: Outcome, known: Known) -> None:
        """One that is as it was when it was read."""
        self._note(path, outcome, known.layout, known.remarks, [known.thumbnail] if known.thumbnail else [])

    def _note(
        self, path: str, outcome: Outcome, layout: str, remarks: Iterable[dict[str, Any]], pictures: list[str]
    ) -> None:
        self.outcomes[path] = outcome
        self.layouts.append(layout)
        self.pictures.append((path, pictures))
        self.noted += [Noted(path, one["line"], one["code"], one["detail"]) for one in remarks]
        if layout == "other":
            self.add(path, "other_layout")

    def add(self, path: str, code: str, detail: str = "") -> None:
        self.noted.append(Noted(path, 0, code, detail))


@dataclass(slots=True)
class Sorter:
    """`gone` are the posts that stand there no longer, by the hash of their bytes."""

    form: Form
    known: dict[str, Known]
    slugs: set[str]
    gone: dict[str, str]

    @classmethod
    def for_site(cls, target: Target | None, paths: Iterable[str], listing: Listing) -> Self:
        """What is known now. Three queries. `paths` are those of the listing that may be posts. Raises `SiteError`."""
        fields = ("pk", "sha256", "digest_id", "layout", "remarks", "digest__thumbnail")
        rows = Post.objects.filter(target=target).values_list("path", *fields) if target else []
        known = {path: Known(*values) for path, *values in rows}
        passed_over = {noted.path for noted in listing.noted}
        gone = {
            known[path].sha256: path
            for path in sorted(known.keys() - set(paths))
            if passed_over.isdisjoint([path, *map(str, PurePosixPath(path).parents)])
        }
        slugs = set(Digest.objects.values_list("slug", flat=True))
        waiting = Q(is_live=True) | Q(state=Publication.State.PENDING)
        slugs |= set(Publication.objects.filter(waiting).values_list("slug", flat=True))
        try:
            form = Form.from_json(target.form if target else {})
        except FormError as error:
            raise SiteError("bad_form", str(error)) from error
        return cls(form, known, slugs, gone)

    def sort(self, files: Iterable[tuple[str, bytes | UnreadableFile]]) -> Sorted:
        """Reads and judges the files; a handful of queries for all of them."""
        found = Sorted()
        changed: list[PostFile] = []
        for path, content in files:
            if isinstance(content, UnreadableFile):
                found.outcomes[path] = Outcome.UNREAD
                found.add(path, content.code, content.detail)
            elif (known := self.known.get(path)) is None:
                self._sort_new(path, content, found)
            elif not self._is_unchanged(path, content, known, found):
                reading = judge(path, content, form=self.form)
                reading.post_id = known.pk
                if known.digest_id is None:
                    self._sort_digestless(reading, known, found)
                else:
                    changed.append(reading)
        self._sort_changed(changed, found)
        _tie(found.chunk)
        return found

    def _is_unchanged(self, path: str, content: bytes, known: Known, found: Sorted) -> bool:
        """Whether nothing is to be done; what could not be read once is tried again."""
        if hashlib.sha256(content).hexdigest() != known.sha256 or not known.layout:
            return False
        found.note_known(path, Outcome.UNCHANGED, known)
        if known.digest_id is None:
            found.add(path, "digest_deleted")
        return True

    def _sort_new(self, path: str, content: bytes, found: Sorted) -> None:
        before = self.gone.get(hashlib.sha256(content).hexdigest())
        if before and before not in found.moved:
            known = self.known[before]
            found.moved.add(before)
            found.chunk.moves[known.pk] = path
            found.note_known(path, Outcome.MOVED, known)
            found.add(path, "moved", before)
            return
        reading = judge(path, content, form=self.form)
        if is_page(reading, form=self.form):
            found.outcomes[path] = Outcome.PAGE
            found.add(path, "page")
        else:
            self._make(reading, found)

    def _make(self, reading: PostFile, found: Sorted) -> None:
        """A digest, where one can be made of the post; else its bytes are kept."""
        if not isinstance(reading, Reading):
            found.chunk.kept.append(reading)
            found.note(reading, Outcome.KEPT)
            return
        slug = slug_for(reading.path, self.slugs)
        self.slugs.add(slug)
        reading.document = replace(reading.document, slug=slug)
        found.chunk.new.append(reading)
        found.note(reading, Outcome.CREATED)

    def _sort_digestless(self, reading: PostFile, known: Known, found: Sorted) -> None:
        if known.layout:  # it had one, which an editor has deleted
            found.note(reading, Outcome.UNCHANGED)
            found.add(reading.path, "digest_deleted")
        elif not isinstance(reading, Reading) and hashlib.sha256(reading.content).hexdigest() == known.sha256:
            found.note(reading, Outcome.KEPT)
        else:
            self._make(reading, found)

    def _sort_changed(self, readings: Sequence[PostFile], found: Sorted) -> None:
        """Files that changed: three queries for all of them."""
        if not readings:
            return
        rows = Post.objects.filter(pk__in=[reading.post_id for reading in readings]).select_related("digest")
        posts = {post.pk: post for post in rows.prefetch_related("digest__quotes__fold")}
        digests = [post.digest_id for post in posts.values()]
        live = set(Publication.objects.live().filter(digest__in=digests).values_list("digest_id", flat=True))
        for reading in readings:
            post = posts[reading.post_id or 0]
            if hashlib.sha256(reading.content).hexdigest() == post.sha256:  # a delivery came in between
                found.note(reading, Outcome.UNCHANGED)
            elif not isinstance(reading, Reading):
                found.note(reading, Outcome.CONFLICT)
                found.add(reading.path, "conflict", "the file can no longer be read; its digest stays as it was")
            elif post.digest:
                self._sort_against(reading, post, post.digest, found, is_live=post.digest_id in live)

    def _sort_against(self, reading: Reading, post: Post, digest: Digest, found: Sorted, *, is_live: bool) -> None:
        reading.document = replace(reading.document, slug=digest.slug)
        quotes = sorted(digest.quotes.all(), key=lambda quote: quote.position)
        held = document_of(digest, quotes)
        ours = as_posted(held, self.form)
        base = judge(post.path, post.content, form=self.form)
        was_live = post.publication_id is not None
        if ours == as_posted(reading.document, self.form) and is_live == was_live == (not reading.draft):
            found.chunk.kept.append(reading)
            found.note(reading, Outcome.UPDATED)
        elif isinstance(base, Reading) and ours == as_posted(base.document, self.form) and is_live == was_live:
            reading.digest_id, reading.changes = digest.pk, digest.changes
            reading.document = dressed(reading.document, held)
            found.chunk.changed.append(reading)
            found.note(reading, Outcome.UPDATED)
        else:
            found.note(reading, Outcome.CONFLICT)
            found.add(reading.path, "conflict", "the file and its digest have both changed; nothing was")


def _tie(chunk: Chunk) -> None:
    """Finds the thread of each new or changed post, and which of its comments the quotes are."""
    readings = [*chunk.new, *chunk.changed]
    threads = threads_here({one.document.source_url for one in readings if one.document.source_url})
    for reading in readings:
        if thread_id := threads.get(reading.document.source_url):
            reading.thread_id = thread_id
            reading.document, reading.comments = tied(reading.document, thread_id)
