"""Asks for pages, several at a time, and lays what came back aside as files. Knows no manifest and no order."""

import gc
import multiprocessing
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import count
from pathlib import Path

from django.conf import settings
from django.db import connections

from digests.baking import links, places
from digests.baking.asking import Answer, Asker, asking, static
from digests.baking.folder import BakeError, holds, read
from digests.baking.manifest import Baked
from digests.models import PaletteColor, palettes
from digests.public import packing
from digests.public.foreseen import foreseeing
from digests.public.kept import remembered
from digests.public.pages import Site

CHUNK = 16
WORTH_A_PROCESS = 200  # fewer pages are done sooner than processes have started


@dataclass(frozen=True, slots=True)
class Wish:
    """An address to ask for; `had` is what lies there, None when that is not to be trusted."""

    address: str
    had: Baked | None = None
    facts: str = ""
    exact: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """`baked` is None for any answer but a page; `staged` are its files, by their paths, that differ from what lies
    there."""

    address: str
    status: int
    location: str = ""
    baked: Baked | None = None
    staged: dict[str, Path] = field(default_factory=dict)


class Renderer:
    """Writes what differs from the folder `root` into the folder `staging`. `site` says what pages would else look for
    in the cache, or ask for themselves."""

    def __init__(self, root: Path, staging: Path, site: Site, *, jobs: int) -> None:
        self.root = root
        self.staging = staging
        self.kept = site.kept
        self.foreseen = site.foreseen()
        self.colors = PaletteColor.objects.state()  # a change of it is another site, with every page anew
        self.jobs = jobs
        self._asker = Asker()
        self._numbers = count()

    def results(self, wishes: Sequence[Wish]) -> Iterator[Result]:
        """In any order. Many are shared among processes, each with a connection to the database of its own."""
        if self.jobs < 2 or len(wishes) < WORTH_A_PROCESS:
            yield from self.some(wishes)
            return
        chunks = [wishes[start : start + CHUNK] for start in range(0, len(wishes), CHUNK)]
        connections.close_all()  # a connection cannot be shared with a forked process
        with ExitStack() as stack:
            gc.freeze()  # what is there stays there: looking at it again and again takes a tenth of a worker's time
            stack.callback(gc.unfreeze)
            fork = multiprocessing.get_context("fork")
            pool = ProcessPoolExecutor(self.jobs, mp_context=fork, initializer=_begin, initargs=(self,))
            stack.callback(pool.shutdown, cancel_futures=True)
            try:
                for results in pool.map(_some, chunks):
                    yield from results
            except BrokenProcessPool as error:  # `multiprocessing.Pool` would wait for it for ever
                raise BakeError(
                    "One of the processes was ended from outside, perhaps for want of memory: ask for fewer (--jobs)."
                ) from error

    def some(self, wishes: Iterable[Wish]) -> list[Result]:
        with asking(), remembered(self.kept), foreseeing(self.foreseen), palettes.as_of(self.colors):
            return [self.one(wish) for wish in wishes]

    def one(self, wish: Wish) -> Result:
        answer = static(wish.address) or self._asker.ask(wish.address, etag=wish.had.etag if wish.had else "")
        if answer.status == 304 and wish.had:
            wish.had.facts, wish.had.exact = wish.facts, wish.exact
            return Result(wish.address, 200, baked=wish.had)
        if answer.status != 200:
            return Result(wish.address, answer.status, location=answer.headers.get("Location", ""))
        baked = _baked(wish, answer)
        return Result(wish.address, 200, baked=baked, staged=self.stage(baked, answer.body, had=wish.had))

    def stage(self, baked: Baked, body: bytes, *, had: Baked | None) -> dict[str, Path]:
        if had and (had.file, had.sha256) == (baked.file, baked.sha256):
            return {}
        made = {} if holds(self.root, baked.file, body) else {baked.file: self._lay_aside(body)}
        for path, coding in twins(baked):
            if not packing.unpacks_to(body, read(self.root, path) or b"", coding):
                made[path] = self._lay_aside(packing.pack(body, coding))
        return made

    def _lay_aside(self, content: bytes) -> Path:
        path = self.staging / f"{os.getpid()}-{next(self._numbers)}"
        path.write_bytes(content)
        return path


def _baked(wish: Wish, answer: Answer) -> Baked:
    kind = places.media_type(answer.content_type)
    found: list[str] = []
    missing: list[str] = []
    if kind == "text/html":
        found, missing = links.of_page(answer.body, address=wish.address, base=settings.BASE_URL)
    elif kind == "text/css":
        found = links.of_style(answer.body.decode(), address=wish.address, base=settings.BASE_URL)
    return Baked(
        file=places.file_of(wish.address),
        sha256=sha256(answer.body).hexdigest(),
        content_type=answer.content_type,
        etag=answer.etag,
        facts=wish.facts,
        exact=wish.exact,
        is_for_ever=answer.is_for_ever,
        links=found,
        missing_anchors=missing,
    )


def paths_of(baked: Baked) -> Iterator[str]:
    """The file and its compressed twins."""
    yield baked.file
    yield from (path for path, _coding in twins(baked))


def twins(baked: Baked) -> Iterator[tuple[str, str]]:
    """The paths of a text's compressed twins, and how they are packed."""
    if places.is_text(baked.content_type):
        yield from ((f"{baked.file}{ending}", coding) for coding, ending in places.TWINS.items())


_renderer: list[Renderer] = []  # of a worker process


def _begin(renderer: Renderer) -> None:
    _renderer[:] = [renderer]


def _some(wishes: Sequence[Wish]) -> list[Result]:
    return _renderer[0].some(wishes)
