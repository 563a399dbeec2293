"""A git repository as a place for posts, without a work tree of our own.

A bare mirror per repository holds what was fetched; commits are built there by git's plumbing, so nothing but the
listed paths can change, whatever lies about elsewhere. Nothing is ever pushed by force.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from digests.publishing.locations import Location, checked_branch, parse
from digests.publishing.places import (
    DELIVERY,
    InTheWay,
    Message,
    PlaceError,
    Rejected,
    checked_path,
)
from digests.publishing.plumbing import Done, Git, failure
from digests.publishing.turns import Turn

SEARCHED_COMMITS = 100  # so far back a delivery's commit is looked for, and so deep a first fetch goes
FETCHED = "refs/matome/fetched"
MADE = "refs/matome/made"
_REGULAR = ("100644", "100755")
_PATHS_AT_ONCE = 500  # arguments of one call


class Checkout:
    """One branch of one repository; `root` is the site's folder in it, "" for its top.

    `mirrors` is a folder of ours, `token` or `ssh_key` are for this repository alone. `environment` is what git may
    know of this machine (PATH, HOME, proxies, the agent's socket). `timeout_seconds` is for one call over the network,
    `wait_seconds` for other deliveries into the same repository.
    """

    def __init__(
        self,
        location: str,
        *,
        branch: str,
        mirrors: Path,
        root: str = "",
        token: str = "",
        ssh_key: Path | None = None,
        environment: Mapping[str, str] | None = None,
        timeout_seconds: float = 120,
        wait_seconds: float = 300,
    ) -> None:
        self.location: Location = parse(location)
        self.branch = checked_branch(branch)
        self._root = f"{checked_path(root.strip('/'))}/" if root.strip("/") else ""
        if not token.isprintable() or not token.isascii():
            raise PlaceError("bad_token")
        name = hashlib.sha256(f"{self.location.text}\n{branch}".encode()).hexdigest()[:24]
        self._mirror = mirrors / f"{name}.git"
        self._turn = Turn(mirrors / f"{name}.lock", wait_seconds=wait_seconds)
        self._timeout_seconds = timeout_seconds
        basic = {"PATH": os.defpath, "HOME": str(Path.home())}
        self._git = Git(directory=self._mirror, environment=basic if environment is None else environment)
        self._talking = self._git.against(self.location, token=token, ssh_key=ssh_key, timeout_seconds=timeout_seconds)
        self._head: str | None = None

    def __enter__(self) -> Self:
        try:
            self._mirror.parent.mkdir(parents=True, exist_ok=True)
            first = self._turn.take()
        except OSError as error:
            raise PlaceError("permission_denied", str(error)) from error
        try:
            if first:
                self._prepare()
        except BaseException:
            self._turn.give_back()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._turn.give_back()

    # What stands there.

    def fetch(self) -> str:
        with self:
            try:
                self._head = self._fetched()
            except PlaceError as error:
                if error.code != "git_failed":
                    raise
                self._make_anew()
                self._head = self._fetched()
            return self._head

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        named = [checked_path(path) for path in paths]
        with self:
            head = self._known_head()
            if not head:
                return dict.fromkeys(named)
            with self._git.objects() as objects:
                return {path: objects.blob(f"{head}:{self._root}{path}") for path in named}

    def list(self, folder: str = "") -> tuple[str, ...]:
        with self:
            below = f"{checked_path(folder.strip('/'))}/" if folder.strip("/") else ""
            return tuple(sorted(path for path, _ in self._files() if path.startswith(below)))

    def moved(self, content: bytes) -> str:
        with self:
            blob = self._git.text("hash-object", "--stdin", sent=content)
            return min((path for path, found in self._files() if found == blob), default="")

    def find(self, key: str) -> str:
        with self:
            head = self._known_head()
            if not head:
                return ""
            trailers = f"%(trailers:key={DELIVERY},valueonly,separator=%x2C)"
            lines = self._git.text("log", f"--format=%H {trailers}", "-n", str(SEARCHED_COMMITS), head, "--")
            for line in lines.splitlines():
                commit, _, keys = line.partition(" ")
                if key in keys.split(","):
                    return commit
            return ""

    def arrived(self, commit: str) -> bool:
        with self:
            if self._tip() == commit:
                return True
            head = self.fetch()
            return bool(head) and self._git.call("merge-base", "--is-ancestor", commit, head).code == 0

    # What is to stand there.

    def replay(self, changes: Mapping[str, bytes | None], message: Message) -> str:
        listed = {self._root + checked_path(path): content for path, content in changes.items()}
        with self:
            head = self._known_head()
            modes = self._modes(head, listed)
            kept = {path: content for path, content in listed.items() if content is not None or path in modes}
            if not kept:
                return head
            self._git.ask("fast-import", "--quiet", "--done", sent=_stream(head, kept, modes, message))
            made = self._git.text("rev-parse", "--verify", MADE)
            same = head and self._git.text("rev-parse", f"{made}^{{tree}}") == self._git.text(
                "rev-parse", f"{head}^{{tree}}"
            )
            return head if same else made

    def push(self, commit: str) -> None:
        with self:
            head = self._known_head()
            if commit == head:
                return
            tip = self._tip()
            if tip == commit:
                return
            if tip != head:
                raise Rejected(f"{self.branch} stands at {tip or 'nothing'}")
            done = self._talk(
                "push", "--porcelain", "--no-verify", self.location.text, f"{commit}:refs/heads/{self.branch}"
            )
            if done.code:
                self._explain_push(done, commit, head)

    def _explain_push(self, done: Done, commit: str, head: str) -> None:
        """By where the branch stands now, not by what was said: it may even have arrived."""
        error = failure(done)
        if error.code not in {"git_failed", "not_allowed", "permission_denied", "disk_full"}:
            raise error
        tip = self._tip()
        if tip == commit:
            return
        if tip != head:
            raise Rejected(f"{self.branch} stands at {tip}")
        raise PlaceError("refused" if error.code == "git_failed" else error.code, error.detail)

    # The mirror.

    def _prepare(self) -> None:
        """Nobody else is at work now, so what a killed run left can go."""
        if not (self._mirror / "matome-complete").exists():
            self._make_anew()
        for lock in self._mirror.rglob("*.lock"):
            lock.unlink(missing_ok=True)
        for unfinished in (*self._mirror.glob("objects/pack/tmp_*"), *self._mirror.glob("objects/*/tmp_obj_*")):
            unfinished.unlink(missing_ok=True)

    def _make_anew(self) -> None:
        shutil.rmtree(self._mirror, ignore_errors=True)
        self._git.ask("init", "--quiet", "--bare", "--template=", str(self._mirror))
        (self._mirror / "matome-complete").touch()
        self._head = None

    def _talk(self, *arguments: str) -> Done:
        return self._talking.call(*arguments, timeout_seconds=self._timeout_seconds)

    def _fetched(self) -> str:
        known = self._git.call("rev-parse", "--verify", "--quiet", FETCHED).code == 0
        depth = () if known else (f"--depth={SEARCHED_COMMITS}",)
        refs = f"+refs/heads/{self.branch}:{FETCHED}"
        fetching = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head", self.location.text, refs)
        done = self._talk(*fetching[:-2], *depth, *fetching[-2:])
        if done.code == 0:
            return self._git.text("rev-parse", "--verify", FETCHED)
        tip = self._tip()
        self._git.ask("update-ref", "-d", FETCHED)
        if not tip:
            return ""
        if depth and self._talk(*fetching).code == 0:  # a web server without git's own protocol knows no depth
            return self._git.text("rev-parse", "--verify", FETCHED)
        raise failure(done)

    def _tip(self) -> str:
        """Where the branch stands there now; "" in a repository without any commit. Raises `PlaceError`."""
        done = self._talk("ls-remote", "--heads", self.location.text)
        if done.code:
            raise failure(done)
        tips = {name: commit for commit, _, name in (line.partition("\t") for line in done.text.splitlines())}
        if tips and f"refs/heads/{self.branch}" not in tips:
            raise PlaceError("branch_missing", self.branch)
        return tips.get(f"refs/heads/{self.branch}", "")

    def _known_head(self) -> str:
        return self.fetch() if self._head is None else self._head

    def _files(self) -> Iterator[tuple[str, str]]:
        """Path and blob of every regular file below the site's root."""
        head = self._known_head()
        if not head:
            return
        for entry in self._git.ask("ls-tree", "-r", "-z", head, "--", *filter(None, [self._root])).split(b"\0"):
            mode, _, rest = entry.decode(errors="surrogateescape").partition(" ")
            kind_and_blob, _, path = rest.partition("\t")
            if mode in _REGULAR and path.startswith(self._root):
                yield path.removeprefix(self._root), kind_and_blob.split(" ")[1]

    def _modes(self, head: str, paths: Iterable[str]) -> dict[str, str]:
        """The mode of each path that is a file now. Raises `InTheWay` for what must not be written over or through."""
        if not head:
            return {}
        named = list(paths)
        found = self._entries(head, named)
        first_missing = {}
        for path in named:
            parts = path.split("/")
            tops = ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
            missing = next((top for top in tops if top not in found), None)
            if missing:
                first_missing[path] = missing
        found |= self._entries(head, first_missing.values())
        for path in named:
            end = first_missing.get(path, path)
            if (mode := found.get(end)) and (end != path or mode not in _REGULAR):
                raise InTheWay(_KINDS[mode], end.removeprefix(self._root))
        return {path: found[path] for path in named if path in found}

    def _entries(self, head: str, paths: Iterable[str]) -> dict[str, str]:
        """The mode of each path and of the folders that lead to it."""
        named = list(dict.fromkeys(paths))
        found = {}
        for start in range(0, len(named), _PATHS_AT_ONCE):
            answer = self._git.ask("ls-tree", "-t", "-z", head, "--", *named[start : start + _PATHS_AT_ONCE])
            for entry in answer.split(b"\0"):
                mode, _, rest = entry.decode(errors="surrogateescape").partition(" ")
                found[rest.partition("\t")[2]] = mode
        return found


_KINDS = {"040000": "directory", "100644": "file", "100755": "file", "120000": "symlink", "160000": "submodule"}


def _stream(head: str, changes: Mapping[str, bytes | None], modes: Mapping[str, str], message: Message) -> bytes:
    """One commit in the language of git-fast-import."""
    now = f"{int(time.time())} +0000"
    text = message.text().encode()
    parts = [
        f"reset {MADE}\n" + (f"from {head}\n" if head else "") + "\n",
        f"commit {MADE}\n",
        f"author {_person(message.author_name, message.author_email)} {now}\n",
        f"committer {_person(message.committer_name, message.committer_email)} {now}\n",
    ]
    stream = ["".join(parts).encode(), b"data %d\n%s\n" % (len(text), text)]
    if head:
        stream.append(f"from {head}\n".encode())
    for path, content in changes.items():
        quoted = '"{}"'.format(path.replace('"', '\\"')).encode()
        if content is None:
            stream.append(b"D %s\n" % quoted)
        else:
            mode = modes.get(path, "100644").encode()
            stream.append(b"M %s inline %s\ndata %d\n%s\n" % (mode, quoted, len(content), content))
    return b"".join([*stream, b"\ndone\n"])


def _person(name: str, email: str) -> str:
    clean = [
        " ".join("".join(" " if sign in "<>" or not sign.isprintable() else sign for sign in text).split())
        for text in (name, email)
    ]
    return f"{clean[0] or 'Matome'} <{clean[1].replace(' ', '')}>"
