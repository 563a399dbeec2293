"""Somebody's work tree, brought from one commit to the next at the listed paths only.

Whatever else was changed there without committing stays as it is. Everything that can fail for want of room is done
before the branch moves; afterwards files only change places, and a killed run is finished by the next.
"""

import logging
import shutil
from collections.abc import Iterable
from pathlib import Path

from digests.publishing import trees
from digests.publishing.beneath import Beneath, failure, told
from digests.publishing.places import Busy, PlaceError
from digests.publishing.plumbing import Git

_log = logging.getLogger(__name__)
_OURS = b"matome\n"  # in an index.lock: it can be told from git's own, and a killed run's be taken over
_UNFINISHED = ("MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "rebase-merge", "rebase-apply")
_CHUNK = 300
_ZERO = "0" * 40


class WorkTree:
    """`git` has this work tree; `staging` is a new folder at its top, gone afterwards. Raises `PlaceError`."""

    def __init__(self, git: Git, top: Path, *, staging: str) -> None:
        self._git = git
        self._files = Beneath(top)
        self._staging = staging
        self._git_folder = Path(git.text("rev-parse", "--absolute-git-dir"))
        self._prepared = self._git_folder / "matome-index"
        self._lock = self._git_folder / "index.lock"

    def check(self, old: str, new: str, paths: Iterable[str]) -> list[str]:
        """The paths at which something is changed that is in neither commit. Raises "unfinished_there", `InTheWay`."""
        unfinished = [name for name in _UNFINISHED if (self._git_folder / name).exists()]
        if unfinished:
            raise PlaceError("unfinished_there", ", ".join(unfinished))
        named = list(paths)
        before, after = self._blobs(old, named), self._blobs(new, named)
        suspects = set()
        for chunk in _chunks(named):
            options = ("--porcelain", "-z", "--no-renames", "--untracked-files=all")
            said = self._git.ask("status", *options, "--", *chunk).decode(errors="surrogateescape")
            suspects |= {entry[3:] for entry in said.split("\0")[:-1]}
        present = self._present(named)
        suspects |= {path for path in named if path in present and path not in before}
        suspects &= set(named)
        staged, here = self._staged(sorted(suspects)), self._hashes(suspects & present)
        return sorted(
            path
            for path in suspects
            if here.get(path, "") != after.get(path, "")
            or staged.get(path, "") not in {before.get(path, ""), after.get(path, "")}
        )

    def take(self) -> None:
        """Keeps git's other commands from the index. Raises `Busy`."""
        try:
            with self._lock.open("xb") as lock:
                lock.write(_OURS)
        except FileExistsError:
            if not self._is_ours():
                raise Busy("index.lock", code="locked") from None
        except OSError as error:
            raise failure(error, "index.lock") from error

    def stage(self, old: str, new: str, paths: Iterable[str]) -> None:
        """Index and files as they are to be, beside those that are."""
        named = list(paths)
        before, after = self._blobs(old, named), self._blobs(new, named)
        entries = trees.standing(self._git, new, named)
        staged = self._staged(named)
        lines = []
        for path in named:
            if staged.get(path, "") == before.get(path, "") != after.get(path, ""):
                mode, blob = entries.get(path, ("0", _ZERO))
                lines.append(f"{mode} {blob}\t{path}")
        self._clear()
        index = self._git_folder / "index"
        with told("index"):
            if index.exists():
                shutil.copyfile(index, self._prepared)
        self._in_prepared("update-index", "-z", "--index-info", lines=lines)
        wanted = [path for path in after if staged.get(path, "") in {before.get(path, ""), after[path]}]
        self._in_prepared("checkout-index", f"--prefix={self._staging}/", "-z", "--stdin", lines=wanted)

    def place(self, old: str, new: str, paths: Iterable[str]) -> None:
        """The staged files and index in their places, where nobody has changed anything meanwhile."""
        named = list(paths)
        before, after = self._blobs(old, named), self._blobs(new, named)
        here = self._hashes(self._present(named))
        standing = [path for path in named if here.get(path, "") == before.get(path, "") != after.get(path, "")]
        for path in sorted(standing, key=lambda path: path in after):  # see Folder: deleted files go first
            try:
                self._place_one(path, is_wanted=path in after)
            except PlaceError as error:  # the commit is there all the same; git shows this file as changed
                _log.warning("%s in a work tree was left as it was: %s", path, error)
        self._git.call("update-index", "-q", "--refresh", extra={"GIT_INDEX_FILE": str(self._prepared)})
        with told("index"):
            self._prepared.replace(self._git_folder / "index")
        self.release()

    def _place_one(self, path: str, *, is_wanted: bool) -> None:
        if is_wanted:
            self._files.make_folders(path)
            self._files.move(f"{self._staging}/{path}", path)
        else:
            self._files.remove(path)
            self._files.prune(path)

    def release(self) -> None:
        """Nothing of ours is left."""
        self._clear()
        if self._is_ours():
            self._lock.unlink()

    def _clear(self) -> None:
        shutil.rmtree(self._files.root / self._staging, ignore_errors=True)
        for unfinished in self._git_folder.glob(f"{self._prepared.name}*"):  # itself, and git's lock on it
            unfinished.unlink(missing_ok=True)

    def _is_ours(self) -> bool:
        try:
            with self._lock.open("rb") as lock:
                return lock.read(len(_OURS) + 1) == _OURS
        except FileNotFoundError:
            return False

    def _in_prepared(self, *arguments: str, lines: Iterable[str]) -> None:
        sent = "".join(f"{line}\0" for line in lines).encode(errors="surrogateescape")
        self._git.ask(*arguments, sent=sent, extra={"GIT_INDEX_FILE": str(self._prepared)})

    def _blobs(self, commit: str, paths: list[str]) -> dict[str, str]:
        entries = trees.standing(self._git, commit, paths) if commit else {}
        return {path: blob for path, (_, blob) in entries.items()}

    def _present(self, paths: Iterable[str]) -> set[str]:
        return {path for path in paths if self._files.mode(path) is not None}

    def _hashes(self, paths: Iterable[str]) -> dict[str, str]:
        """The blob that each file would be, by the work tree's own rules for line ends."""
        named = sorted(paths)
        sent = "".join(f"{path}\n" for path in named).encode()
        return dict(zip(named, self._git.text("hash-object", "--stdin-paths", sent=sent).split(), strict=True))

    def _staged(self, paths: list[str]) -> dict[str, str]:
        """The blob of each path in the index; "?" for one that is in the middle of a merge."""
        found = {}
        for chunk in _chunks(paths):
            said = self._git.ask("ls-files", "--stage", "-z", "--", *chunk).decode(errors="surrogateescape")
            for entry in said.split("\0")[:-1]:
                state, _, path = entry.partition("\t")
                _, blob, number = state.split(" ")
                found[path] = blob if number == "0" else "?"
        return found


def _chunks(paths: list[str]) -> Iterable[list[str]]:
    return (paths[start : start + _CHUNK] for start in range(0, len(paths), _CHUNK))
