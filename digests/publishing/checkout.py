"""A git repository as a place for posts, without a work tree of our own.

A bare mirror holds what was fetched; commits are built there by git's plumbing, so nothing but the listed paths can
change, whatever lies about elsewhere. Nothing is ever pushed by force.
"""

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from digests.publishing import trees
from digests.publishing.beneath import failure as failure_of_system
from digests.publishing.local import LocalRepository
from digests.publishing.locations import Kind, checked_branch, parse
from digests.publishing.mirror import KNOWN_COMMITS, Mirror
from digests.publishing.places import (
    DELIVERY,
    InTheWay,
    LocalChanges,
    Message,
    PlaceError,
    Rejected,
    can_be_path,
    checked_path,
)
from digests.publishing.plumbing import Done, Git, failure_there
from digests.publishing.turns import Turn


class Checkout:
    """One branch of one repository; `root` is the site's folder in it, "" for its top.

    `mirrors` is a folder of ours, `token` or `ssh_key` are for this repository alone. `environment` is what git may
    know of this machine (PATH, HOME, proxies, the agent's socket). `allow_private`: the host may be inside our own
    network. `push_on`: a local repository's branch is pushed to its upstream, with whatever else stands on it.
    `timeout_seconds` is for one call over the network, `wait_seconds` for other deliveries into the same repository.
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
        allow_private: bool = False,
        push_on: bool = False,
        timeout_seconds: float = 120,
        wait_seconds: float = 300,
    ) -> None:
        parsed = parse(location)
        if not token.isprintable() or not token.isascii():
            raise PlaceError("bad_token")
        name = hashlib.sha256(f"{parsed.text}\n{branch}".encode(errors="surrogateescape")).hexdigest()[:24]
        surroundings = environment or {"PATH": os.defpath, "HOME": str(Path.home())}
        self._turn = Turn(mirrors / f"{name}.lock", wait_seconds=wait_seconds)
        self._mirror = Mirror(
            directory=mirrors / f"{name}.git",
            git=Git(directory=mirrors / f"{name}.git", environment=surroundings),
            location=parsed,
            branch=checked_branch(branch),
            guarded=not allow_private and not _has_proxy(surroundings, parsed.kind),
            timeout_seconds=timeout_seconds,
            token=token,
            ssh_key=ssh_key,
        )
        self._local: LocalRepository | None = None
        self._push_on = push_on
        self._root = f"{checked_path(root.strip('/'))}/" if root.strip("/") else ""
        self._head: str | None = None
        self._has_pushed = False

    def __enter__(self) -> Self:
        try:
            self._turn.path.parent.mkdir(parents=True, exist_ok=True)
            outermost = self._turn.take()
        except OSError as error:
            raise failure_of_system(error, str(self._turn.path.parent)) from error
        try:
            if outermost:
                self._prepare()
        except OSError as error:
            self._turn.give_back()
            raise failure_of_system(error, str(self._turn.path.parent)) from error
        except BaseException:
            self._turn.give_back()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._has_pushed and kind is None:
            self._has_pushed = False
            self._mirror.tidy()
        self._turn.give_back()

    # What stands there.

    def fetch(self) -> str:
        with self:
            try:
                self._head = self._mirror.fetched()
            except PlaceError as error:
                if error.code != "git_failed":
                    raise
                self._mirror.make_anew()
                self._head = self._mirror.fetched()
            if self._local and self._push_on:
                self._local.check_upstream(self._head)
            return self._head

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        named = [checked_path(path) for path in paths]

        def read(head: str) -> dict[str, bytes]:
            entries = trees.standing(self._git, head, [self._root + path for path in named])
            return trees.contents(self._git, {path: blob for path, (_, blob) in entries.items()})

        nothing: dict[str, bytes] = {}
        found = self._soundly(read, nothing)
        return {path: found.get(self._root + path) for path in named}

    def list(self, folder: str = "") -> tuple[str, ...]:
        below = f"{checked_path(folder.strip('/'))}/" if folder.strip("/") else ""

        def listed(head: str) -> tuple[str, ...]:
            found = (path.removeprefix(self._root) for path, _ in trees.files(self._git, head, self._root + below))
            return tuple(sorted(filter(can_be_path, found)))

        nothing: tuple[str, ...] = ()
        return self._soundly(listed, nothing)

    def moved(self, content: bytes) -> str:
        def moved(head: str) -> str:
            wanted = trees.blob_id(self._git, content)
            same = (path for path, blob in trees.files(self._git, head, self._root) if blob == wanted)
            return min(filter(can_be_path, (path.removeprefix(self._root) for path in same)), default="")

        return self._soundly(moved, "")

    def find(self, key: str) -> str:
        def find(head: str) -> str:
            shown = f"--format=%H %(trailers:key={DELIVERY},valueonly,separator=%x2C)"
            for line in self._git.text("log", shown, f"--max-count={KNOWN_COMMITS}", head, "--").splitlines():
                commit, _, keys = line.partition(" ")
                if key in keys.split(","):
                    return commit
            return ""

        return self._soundly(find, "")

    def arrived(self, commit: str) -> bool:
        with self:
            if commit in {"", self._mirror.tip()}:  # "": nothing had to be made
                return True
            head = self.fetch()
            return bool(head) and self._git.holds("merge-base", "--is-ancestor", commit, head)

    def extract(self, directory: Path, *, exclude_content: bool = True) -> tuple[str, ...]:
        def extract(head: str) -> tuple[str, ...]:
            tree = f"{head}:{self._root.rstrip('/')}"
            return trees.extract(self._git, tree, directory, without="content" if exclude_content else "")

        return self._soundly(extract, ())

    # What is to stand there.

    def replay(self, changes: Mapping[str, bytes | None], message: Message) -> str:
        listed = {self._root + checked_path(path): content for path, content in changes.items()}
        with self:
            if not self._known_head():
                return trees.commit(self._git, "", listed, message)
            return self._soundly(lambda head: trees.commit(self._git, head, listed, message), "")

    def push(self, commit: str) -> None:
        with self:
            head = self._known_head()
            if commit == head:
                return
            tip = self._mirror.tip()
            if tip not in {head, commit}:
                raise Rejected(f"{self._mirror.branch} stands at {tip or 'nothing'}")
            if tip != commit and self._local:
                with self._below_root():
                    self._local.advance(head, commit, push_on=self._push_on)
            elif tip != commit:
                refs = f"{commit}:refs/heads/{self._mirror.branch}"
                done = self._mirror.talk("push", "--porcelain", "--no-verify", self._mirror.location.text, refs)
                if done.code:
                    self._check_arrival(done, commit, head)
            self._head, self._has_pushed = commit, True

    def _check_arrival(self, done: Done, commit: str, head: str) -> None:
        """After a push that failed: told by where the branch stands, not by git's words. It may even have arrived."""
        error = failure_there(done)
        try:
            tip = self._mirror.tip()
        except PlaceError as unreachable:
            raise (unreachable if error.code == "git_failed" else error) from None
        if tip == commit:
            return
        if tip != head:
            raise Rejected(f"{self._mirror.branch} stands at {tip or 'nothing'}")
        raise PlaceError("refused" if error.code == "git_failed" else error.code, error.detail)

    @property
    def _git(self) -> Git:
        return self._mirror.git

    def _prepare(self) -> None:
        """The turn has just been taken: what killed runs left is finished or cleared away."""
        self._mirror.prepare()
        top = Path(self._mirror.location.text)
        if self._mirror.location.kind is Kind.PATH and (top / ".git").exists():
            self._local = LocalRepository(
                top,
                branch=self._mirror.branch,
                mirror=replace(self._git, kept_open=(self._turn.descriptor,)),
                journal=self._mirror.directory.with_suffix(".worktree"),
                reach=self._mirror.reach,
            )
            self._local.recover()

    def _known_head(self) -> str:
        return self.fetch() if self._head is None else self._head

    def _soundly[T](self, work: Callable[[str], T], nothing: T) -> T:
        """Work on what was fetched, `nothing` where that has no commit. A broken mirror is made anew first."""
        with self:
            head = self._known_head()
            if not head:
                return nothing
            with self._below_root():
                try:
                    return work(head)
                except PlaceError as error:
                    if error.code != "git_failed":
                        raise
                    self._mirror.make_anew()
                    if self.fetch() != head:
                        raise Rejected("the mirror was broken and has been made anew") from error
                    return work(head)

    @contextmanager
    def _below_root(self) -> Iterator[None]:
        """Errors name paths as those who gave them know them."""
        try:
            yield
        except InTheWay as error:
            kind, path = error.code.removeprefix("path_is_"), error.paths[0]
            raise InTheWay(kind, path.removeprefix(self._root)) from None
        except LocalChanges as error:
            raise LocalChanges(path.removeprefix(self._root) for path in error.paths) from None


def _has_proxy(environment: Mapping[str, str], kind: Kind) -> bool:
    """Behind a proxy it is the proxy that looks names up, and the check of addresses would check nothing."""
    names = {name.lower() for name, value in environment.items() if value}
    return kind in {Kind.HTTPS, Kind.HTTP} and bool(names & {f"{kind}_proxy", "all_proxy"})
