"""A whole Hugo site's posts become digests; what is odd about them is kept as it came, and told.

Running it again writes nothing. A file that changed since takes its digest along, unless somebody has changed that too.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import batched

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError
from django.utils.module_loading import import_string

from digests.archive.inferring import Ways
from digests.archive.reports import Outcome, Report
from digests.archive.site_pictures import Pictures
from digests.archive.sites import MOST_POST_BYTES, Listing, Noted, Site, SiteError, pages_among
from digests.archive.sorting import Sorted, Sorter
from digests.archive.storing import store
from digests.models import Target

AT_ONCE = 40  # posts in one transaction: some 3,000 quotes

type Progress = Callable[[int, int], None]  # gets posts done and posts in all; may raise `MoveInCancelled`


class MoveInCancelled(Exception):
    """Somebody asked for the end. What was stored stays; running it again goes on from there."""


def move_in(
    site: Site,
    target: Target | None,
    *,
    progress: Progress = lambda _done, _expected: None,
    dry_run: bool = False,
    by: AbstractBaseUser | None = None,
) -> Report:
    """Reads the whole site. A dry run writes nothing, and needs no target. Raises `SiteError`, `MoveInCancelled`."""
    if target is None and not dry_run:
        raise ValueError("posts move in somewhere")
    listing = site.listing()
    paths = pages_among(listing.paths)
    run = _Run(site, target, paths, listing, dry_run, by)
    progress(0, len(paths))
    for done, chunk in enumerate(batched(paths, AT_ONCE)):
        run.move(chunk)
        progress(min((done + 1) * AT_ONCE, len(paths)), len(paths))
    return run.finished()


@dataclass(slots=True)
class _Run:
    site: Site
    target: Target | None
    paths: Sequence[str]
    listing: Listing
    dry_run: bool
    by: AbstractBaseUser | None
    report: Report = field(default_factory=Report)
    moved: set[str] = field(default_factory=set)
    ways: Ways = field(default_factory=Ways)
    sorter: Sorter = field(init=False)
    pictures: Pictures = field(init=False)

    def __post_init__(self) -> None:
        self.sorter = Sorter.for_site(self.target, self.paths, self.listing)
        self.pictures = Pictures(self.site, self.target, frozenset(self.listing.paths), self.dry_run)
        self.report.noted += self.listing.noted

    def move(self, paths: Sequence[str]) -> None:
        """Some posts. Sorted once more when somebody stored one of them, or took a slug, in between."""
        files = list(self.site.read(paths, most=MOST_POST_BYTES))
        try:
            self._store(self.sorter.sort(files))
        except IntegrityError:
            self.sorter = Sorter.for_site(self.target, self.paths, self.listing)
            try:
                self._store(self.sorter.sort(files))
            except IntegrityError as error:
                raise SiteError("busy") from error

    def finished(self) -> Report:
        if self.report.outcomes[Outcome.CREATED] and not self.dry_run:
            # The task is a door and lies above this layer; like the queue itself, this knows it by its path.
            import_string("digests.tasks.index_search").enqueue()
        if (self.report.outcomes[Outcome.CREATED] or self.pictures.kept) and not self.dry_run:
            import_string("digests.tasks.make_missing_pictures").enqueue()
        if self.target is not None and not self.target.form and not self.sorter.known and not self.dry_run:
            Target.objects.filter(pk=self.target.pk, form={}).update(form=self.ways.form().to_json())
        for path in sorted(set(self.sorter.gone.values()) - self.moved):
            self.report.outcomes[Outcome.GONE] += 1
            self.report.noted.append(Noted(path, 0, "gone"))
        self.report.pictures = self.pictures.kept
        self.report.noted += [*self.pictures.noted, *self.pictures.missing()]
        self.report.noted.sort(key=lambda noted: (noted.path, noted.line, noted.code))
        return self.report

    def _store(self, found: Sorted) -> None:
        # Pictures first: a run that is cut off has none of a stored post left to fetch.
        self.pictures.keep(found.pictures)
        if found.chunk and self.target is not None and not self.dry_run:
            for reading in store(found.chunk, target=self.target, by=self.by):
                found.outcomes[reading.path] = Outcome.CONFLICT
                found.add(reading.path, "conflict", "the digest was changed while the site was read; nothing was")
        self.moved |= found.moved
        stored = [*found.chunk.new, *found.chunk.changed]
        self.report.outcomes.update(found.outcomes.values())
        self.report.layouts.update(layout or "unread" for layout in found.layouts)
        self.report.quotes += sum(len(list(reading.document.quotes())) for reading in stored)
        self.report.threads += sum(reading.thread_id is not None for reading in stored)
        self.report.noted += found.noted
        for reading in found.chunk.new:
            self.ways.see(reading.path, reading.document.date, reading.layout)
