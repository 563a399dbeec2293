"""The folder that a site is baked into: its lock, its own files, and how a bake's files take their places.

Only files that a bake wrote are ever replaced or removed, whatever else lies there. A file is whole or not there: it is
written aside and then renamed. A bake that is killed leaves a list of what it was about to touch, which the next one
does again.
"""

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from json.encoder import encode_basestring_ascii
from pathlib import Path

from digests.baking.manifest import Manifest, load

OWN = ".matome"  # the bake's own folder within
_FOREIGN = "%s was not written by a bake. Move it away, or bake into another folder."


class BakeError(Exception):
    """The site cannot be baked; the message says why."""


class Busy(BakeError):
    """Another bake is at work in the same folder."""


class ForeignFile(BakeError):
    """A file of somebody else lies where a page belongs."""


class Folder:
    """`files` are the paths of all files that bakes have written; `doubtful` those that a killed bake may have."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.own = root / OWN
        self.staging = self.own / "staging"
        self.doubtful = _read_paths(self.own / "unfinished")
        self.files = _read_paths(self.own / "files") | self.doubtful

    def manifest(self) -> Manifest:
        return load(self.own / "manifest.json")

    def put(self, staged: Mapping[str, Path], *, keep: set[str], manifest: Manifest) -> tuple[int, int]:
        """Moves the `staged` files (by their paths) into place and removes every file of ours that is not in `keep`.

        Returns how many were moved and removed. Raises `ForeignFile` before anything was touched.
        """
        gone = self.files - keep
        self._refuse_foreign(staged, gone)
        _write_paths(self.own / "unfinished", {*staged, *gone})
        made: set[Path] = set()
        for path, waiting in staged.items():
            target = self.root / path
            if target.parent not in made:
                target.parent.mkdir(parents=True, exist_ok=True)
                made.add(target.parent)
            waiting.replace(target)
        for path in gone:
            (self.root / path).unlink(missing_ok=True)
        self._prune({(self.root / path).parent for path in gone})
        self._save(manifest, keep)
        return len(staged), len(gone)

    def _save(self, manifest: Manifest, files: set[str]) -> None:
        _write(self.own / "manifest.json", manifest.dump())
        if files != self.files or self.doubtful or not (self.own / "files").exists():
            _write_paths(self.own / "files", files)
        (self.own / "unfinished").unlink(missing_ok=True)
        self.files, self.doubtful = set(files), set()

    def _refuse_foreign(self, staged: Mapping[str, Path], gone: Iterable[str]) -> None:
        """A link to another folder is foreign too: what lies there is not this site's."""
        for folder in map(self.root.joinpath, _folders_of((*staged, *gone))):
            if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
                raise ForeignFile(_FOREIGN % folder)
        for path, waiting in staged.items():
            target = self.root / path
            if path in self.files or not os.path.lexists(target):
                continue
            if not target.is_file() or target.read_bytes() != waiting.read_bytes():
                raise ForeignFile(_FOREIGN % target)

    def _prune(self, folders: Iterable[Path]) -> None:
        """Removes folders that are empty now, and those around them."""
        for folder in sorted(folders, key=lambda one: len(one.parts), reverse=True):
            current = folder
            while current != self.root and current.is_dir() and not any(current.iterdir()):
                current.rmdir()
                current = current.parent


def _folders_of(paths: Iterable[str]) -> set[str]:
    """Every folder in which one of them lies, and those around it."""
    found: set[str] = set()
    for path in paths:
        folder = path.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def holds(root: Path, path: str, content: bytes) -> bool:
    """Whether a file lies there and is the same. Replacing one takes ten times as long as reading it: the system then
    writes the new one to the disk at once."""
    return read(root, path) == content


def read(root: Path, path: str) -> bytes | None:
    """What lies there; None where there is no file."""
    try:
        with open(f"{root}/{path}", "rb") as file:  # noqa: PTH123  # a `Path` takes as long as the reading
            return file.read()
    except OSError:
        return None


@contextmanager
def opened(root: Path) -> Iterator[Folder]:
    """The folder, for one bake at a time. Raises `Busy`."""
    own = root / OWN
    own.mkdir(parents=True, exist_ok=True)
    with (own / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # ends with the process, however that ends
        except BlockingIOError:
            raise Busy(f"Another bake is at work in {root}.") from None
        folder = Folder(root)
        shutil.rmtree(folder.staging, ignore_errors=True)
        folder.staging.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder.staging, ignore_errors=True)


def _read_paths(path: Path) -> set[str]:
    """A name may hold a line break, so each line is a JSON text. One that cannot be read is left out."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return set()
    with suppress(ValueError):
        return set(json.loads(f"[{','.join(lines)}]"))  # a tenth of the time that all by themselves take
    found: set[str] = set()
    for line in lines:
        with suppress(ValueError):
            found.add(json.loads(line))
    return found


def _write_paths(path: Path, paths: set[str]) -> None:
    _write(path, "".join(f"{encode_basestring_ascii(one)}\n" for one in sorted(paths)))


def _write(path: Path, text: str) -> None:
    waiting = path.with_name(f"{path.name}.new")
    waiting.write_text(text, encoding="utf-8")
    waiting.replace(path)
