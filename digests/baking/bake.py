"""The whole public site into a folder: what changed is asked for and written, what is gone goes, links are checked.

Goes round again when something was published or withdrawn meanwhile, so that at its end the folder is the site.
"""

import gc
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from django.urls import reverse

from digests.baking import others, places
from digests.baking.folder import Folder, holds, opened
from digests.baking.manifest import Baked, Manifest
from digests.baking.rendering import Renderer, Result, Wish, paths_of
from digests.public import moved, pages

ROUNDS = 5
GARBAGE = 50_000  # objects after which Python looks for garbage, of which pages leave little; else 2,000


@dataclass(slots=True)
class Report:
    """What a bake did; `problems` name pages that could not be had, and links that lead nowhere."""

    pages: int = 0
    asked: int = 0
    written: int = 0
    removed: int = 0
    problems: list[str] = field(default_factory=list)


def bake(root: Path, *, everything: bool = False, jobs: int = 1, app: str = "") -> Report:
    """`everything`: also what did not change is asked for and written anew. Raises `BakeError`."""
    report = Report()
    with opened(root) as folder, _looking_for_little_garbage():
        for _round in range(ROUNDS):
            before = pages.state()
            _Round(folder, report, jobs=jobs, app=app).go(everything=everything)
            if pages.state() == before:
                return report
            everything = False
    report.problems.append("readers see something else by now than this folder shows; bake again")
    return report


@contextmanager
def _looking_for_little_garbage() -> Iterator[None]:
    """Here and in the processes that are forked: else it takes a sixth of the time."""
    before = gc.get_threshold()
    gc.set_threshold(GARBAGE, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _Round:
    """From one look at the site to a folder that shows it."""

    def __init__(self, folder: Folder, report: Report, *, jobs: int, app: str) -> None:
        self.folder = folder
        self.report = report
        self.app = app
        self.site = pages.Site()
        self.old = folder.manifest()
        self.new = Manifest(site_wide=others.site_wide())
        self.renderer = Renderer(folder.root, folder.staging, self.site, jobs=jobs)
        self.staged: dict[str, Path] = {}
        self.failed: list[str] = []
        self.leads: dict[str, str] = {}
        self.gone: dict[str, None] = {}
        self.within = tuple(reverse(name) for name in pages.OF_THE_APPLICATION)

    def go(self, *, everything: bool) -> None:
        if everything:
            self.old = Manifest()
        self._read_moves()
        self._pages()
        self._assets()
        keep = {path for _address, baked in self.new.addresses() for path in paths_of(baked)}
        keep |= self._others()
        written, removed = self.folder.put(self.staged, keep=keep, manifest=self.new)
        self.report.pages = len(self.new.pages)
        self.report.written += written
        self.report.removed += removed
        self.report.problems = [*self.failed, *self._dead_links()]

    def _read_moves(self) -> None:
        """Of an address with several pasts the first one is told."""
        known: set[str] = set()
        for address, to in moved.leads():
            if address not in known and to:
                self.leads[address] = to
            elif address not in known:
                self.gone[address] = None
            known.add(address)

    def _pages(self) -> None:
        wishes = [wish for page in pages.every_page(self.site) if (wish := self._wish(page))]
        self.report.asked += len(wishes)
        for result in self.renderer.results(wishes):
            if result.baked is None:
                self._keep_failed(result)
            else:
                self.new.pages[result.address] = result.baked
                self.staged |= result.staged

    def _wish(self, page: pages.Page) -> Wish | None:
        """None for a page that is as it was."""
        had = self._trusted(self.old.pages.get(page.address))
        known = had is not None and self.old.site_wide == self.new.site_wide
        facts = _hash(page.facts()) if page.facts else ""
        if had and known and facts and facts == had.facts:
            self.new.pages[page.address] = had
            return None
        exact = _hash(page.exact()) if page.exact else ""
        if had and known and exact and exact == had.exact:
            had.facts = facts
            self.new.pages[page.address] = had
            return None
        return Wish(page.address, had, facts, exact)

    def _trusted(self, had: Baked | None) -> Baked | None:
        """Not what a killed bake may have touched."""
        doubtful = self.folder.doubtful
        return had if had and not (doubtful and doubtful.intersection(paths_of(had))) else None

    def _keep_failed(self, result: Result) -> None:
        """A page that the application cannot give stays as it was; one that is not there any more goes."""
        self.failed.append(f"{result.address} answers {result.status}")
        had = self.old.pages.get(result.address)
        if had and result.status >= 500:
            had.facts = had.exact = ""
            self.new.pages[result.address] = had

    def _assets(self) -> None:
        """What pages load or lead to and is no page of the list: style sheets, pictures, and what these load."""
        asked: set[str] = set()
        waiting = self._unknown(self.new.pages.values())
        while waiting:
            asked |= waiting
            found: list[Baked] = []
            wishes = []
            for address in sorted(waiting):
                had = self._trusted(self.old.assets.get(address))
                if had and had.is_for_ever:
                    found.append(had)
                    self.new.assets[address] = had
                else:
                    wishes.append(Wish(address, had))
            for result in self.renderer.results(wishes):
                if result.baked:
                    self.new.assets[result.address] = result.baked
                    self.staged |= result.staged
                    found.append(result.baked)
                elif 300 <= result.status < 400:
                    self.leads[result.address] = result.location
            waiting = self._unknown(found) - asked

    def _unknown(self, baked: Iterable[Baked]) -> set[str]:
        return {link for one in baked for link in one.links if not self._is_known(link)}

    def _is_known(self, link: str) -> bool:
        return link in self.gone or self._leads_somewhere(link)

    def _leads_somewhere(self, link: str) -> bool:
        here = link in self.new.pages or link in self.new.assets or link in self.leads
        return here or link.startswith(self.within)

    def _others(self) -> set[str]:
        """The files that belong to no address. Returns all their paths."""
        addresses = [address for address, _baked in self.new.addresses()]
        aside = {address: lies_at for address in addresses if (lies_at := places.shortened(address)) != address}
        facts = (self.leads, list(self.gone), aside, self.app, self.within, self.new.site_wide, others.sent_along())
        self.new.told = _hash(facts)
        if self.new.told == self.old.told and not self.folder.doubtful.intersection(self.old.others):
            self.new.others = self.old.others
            return set(self.old.others)
        paths: set[str] = set()
        made = others.files(leads=self.leads, gone=self.gone, aside=aside, app=self.app, within=self.within)
        for path, content in made:
            paths.add(path)
            self.new.others[path] = sha256(content).hexdigest()
            if not holds(self.folder.root, path, content):
                waiting = self.folder.staging / f"other-{len(self.staged)}"
                waiting.write_bytes(content)
                self.staged[path] = waiting
        return paths

    def _dead_links(self) -> Iterator[str]:
        for address, baked in self.new.addresses():
            for link in baked.links:
                if not self._leads_somewhere(link):
                    yield f"{address} points at {link}, which is not there"
            for anchor in baked.missing_anchors:
                yield f"{address} points at #{anchor}, which it does not have"


def _hash(facts: object) -> str:
    return sha256(repr(facts).encode()).hexdigest()[:16]
