"""A folder as a place for posts: somebody else commits what stands there, or nobody does.

Files are staged beside their places and then moved there, each whole or not at all; a journal of ours tells the next
run how far a killed one came. Nothing is ever written through a symbolic link.
"""

import contextlib
import hashlib
import json
import secrets
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import Self

from digests.publishing.beneath import Beneath, failure, write_safely
from digests.publishing.places import Message, PlaceError, Rejected, can_be_path, checked_path
from digests.publishing.turns import Turn

REMEMBERED_DELIVERIES = 1000
_NOTHING = ""  # in place of a hash: no file


@dataclass(frozen=True, slots=True, kw_only=True)
class _Change:
    """One file: the hashes of what stands there and of what is to stand there, and where that was staged.

    `kept` holds what stood there until all is done. `recased`: only upper and lower case of the path change, so where
    these are one, the file is gone by the time it is written.
    """

    path: str
    old: str
    new: str
    staged: str
    kept: str
    recased: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Journal:
    stage: str
    key: str
    pushing: bool
    changes: tuple[_Change, ...]


class Folder:
    """`location` is a folder's full path, `root` the site's folder below it, `journals` a folder of our own.

    `wait_seconds` is for other deliveries into the same folder.
    """

    def __init__(self, location: str, *, journals: Path, root: str = "", wait_seconds: float = 300) -> None:
        if not location.startswith("/") or "\0" in location or ".." in location.split("/"):
            raise PlaceError("bad_location", "not a full path")
        below = checked_path(root.strip("/")) if root.strip("/") else ""
        self._files = Beneath(Path(location) / below)
        name = hashlib.sha256(str(self._files.root).encode(errors="surrogateescape")).hexdigest()[:24]
        self._journal = journals / f"{name}.json"
        self._done = journals / f"{name}.done"
        self._turn = Turn(journals / f"{name}.lock", wait_seconds=wait_seconds)
        self._stage = ""

    def __enter__(self) -> Self:
        try:
            self._journal.parent.mkdir(parents=True, exist_ok=True)
            first = self._turn.take()
        except OSError as error:
            raise failure(error, str(self._journal.parent)) from error
        try:
            if first:
                self._recover()
        except BaseException:
            self._turn.give_back()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._turn.give_back()

    def fetch(self) -> str:
        with self:
            if not self._files.root.is_dir():
                raise PlaceError("folder_missing", str(self._files.root))
            return ""

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        with self:
            return {path: self._files.read(checked_path(path)) for path in paths}

    def list(self, folder: str = "") -> tuple[str, ...]:
        with self:
            below = checked_path(folder.strip("/")) if folder.strip("/") else ""
            return tuple(sorted(filter(can_be_path, self._files.walk(below))))

    def moved(self, content: bytes) -> str:
        with self:
            for path in self.list():
                with contextlib.suppress(OSError):
                    if (self._files.root / path).lstat().st_size == len(content) and self._files.read(path) == content:
                        return path
            return ""

    def replay(self, changes: Mapping[str, bytes | None], message: Message) -> str:
        with self:
            self._discard()
            self._stage = stage = secrets.token_hex(16)
            gone = {path.casefold() for path, content in changes.items() if content is None}
            listed = []
            for number, (path, content) in enumerate(changes.items()):
                old, new = _hash(self._files.read(checked_path(path))), _hash(content)
                if old != new:
                    beside = f"{self._files.existing_folder(path)}/.matome-{stage[:12]}-{number}".lstrip("/")
                    staged, kept = f"{beside}.new" if new else "", f"{beside}.old" if old else ""
                    recased = content is not None and path.casefold() in gone
                    listed.append(_Change(path=path, old=old, new=new, staged=staged, kept=kept, recased=recased))
            if not listed:
                return ""
            self._write(_Journal(stage=stage, key=message.key(), pushing=False, changes=tuple(listed)))
            try:
                for change in listed:
                    if (content := changes[change.path]) is not None:
                        self._files.create(change.staged, content, mode=self._files.mode(change.path))
            except PlaceError:
                self._discard()
                raise
            return stage

    def push(self, commit: str) -> None:
        with self:
            if not commit or commit in self._deliveries().values():
                return
            journal = self._read()
            if journal is None or journal.stage != commit:
                raise Rejected("what was staged is gone")
            if any(_hash(self._files.read(change.path)) != change.old for change in journal.changes):
                self._discard()
                raise Rejected("a file was changed meanwhile")
            pushing = _Journal(stage=journal.stage, key=journal.key, pushing=True, changes=journal.changes)
            self._write(pushing)
            try:
                self._put(pushing)
            except PlaceError:
                self._put_back(pushing)
                raise

    def arrived(self, commit: str) -> bool:
        with self:
            return not commit or commit in self._deliveries().values()

    def find(self, key: str) -> str:
        with self:
            return self._deliveries().get(key, "")

    def extract(self, directory: Path, *, exclude_content: bool = True) -> tuple[str, ...]:
        with self:
            for path in self._files.walk():
                top = PurePosixPath(path).parts[0]
                if top == "public" or (top == "content" and exclude_content):
                    continue
                target = directory / path
                target.parent.mkdir(parents=True, exist_ok=True)
                try:
                    shutil.copyfile(self._files.root / path, target, follow_symlinks=False)
                except OSError as error:
                    raise failure(error, path) from error
            return ()

    # Putting files in their places. Deleted files go first: where upper and lower case are one, a file written under
    # its new letters must not go with its old ones.

    def _put(self, journal: _Journal) -> bool:
        """Whether all is as wanted now; not so where somebody changed a file after a run was killed."""
        whole = True
        for change in sorted(journal.changes, key=lambda change: bool(change.new)):
            now = _hash(self._files.read(change.path))
            if now == change.new:
                continue
            if now != change.old and not (change.recased and now == _NOTHING):
                whole = False
            elif change.new:
                if now:
                    self._files.link(change.path, change.kept)
                self._files.make_folders(change.path)
                self._files.move(change.staged, change.path)
            else:
                self._files.move(change.path, change.kept)
        if whole:
            self._remember(journal)
        self._clear(journal)
        return whole

    def _put_back(self, journal: _Journal) -> None:
        for change in sorted(journal.changes, key=lambda change: not change.new):
            if change.kept and self._files.mode(change.kept) is not None:
                self._files.make_folders(change.path)
                self._files.move(change.kept, change.path)
            elif change.new and not change.old and _hash(self._files.read(change.path)) == change.new:
                self._files.remove(change.path)
                self._files.prune(change.path)
        self._clear(journal)

    def _recover(self) -> None:
        """Finishes what a killed run was putting in place; throws away what it had only staged."""
        journal = self._read()
        if journal and journal.pushing:
            try:
                self._put(journal)
            except PlaceError:
                self._put_back(journal)
                raise
        elif journal and journal.stage != self._stage:
            self._clear(journal)

    def _discard(self) -> None:
        if journal := self._read():
            self._clear(journal)

    def _clear(self, journal: _Journal) -> None:
        for change in journal.changes:
            for name in filter(None, (change.staged, change.kept)):
                self._files.remove(name)
            if not change.new:
                self._files.prune(change.path)
        self._journal.unlink(missing_ok=True)

    # The journal.

    def _read(self) -> _Journal | None:
        try:
            stored = json.loads(self._journal.read_text(encoding="utf-8"))
            stored["changes"] = tuple(_Change(**change) for change in stored["changes"])
            return _Journal(**stored)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise failure(error, self._journal.name) from error
        except (ValueError, TypeError, KeyError):  # not one of ours
            self._journal.unlink()
            return None

    def _write(self, journal: _Journal) -> None:
        write_safely(self._journal, json.dumps(asdict(journal), ensure_ascii=False))

    def _deliveries(self) -> dict[str, str]:
        """Key → stage of the newest deliveries that arrived."""
        try:
            stored: dict[str, str] = json.loads(self._done.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return stored

    def _remember(self, journal: _Journal) -> None:
        known = {**self._deliveries(), journal.key or journal.stage: journal.stage}
        write_safely(self._done, json.dumps(dict([*known.items()][-REMEMBERED_DELIVERIES:])))


def _hash(content: bytes | None) -> str:
    return _NOTHING if content is None else hashlib.sha256(content).hexdigest()
