"""A repository with a work tree on this machine, where somebody works too.

The branch is moved only from the commit that was compared with; where it is checked out, the listed paths are brought
after it, unless somebody is at work on just these.
"""

import json
import secrets
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from digests.publishing.beneath import told, write_safely
from digests.publishing.locations import Location, parse
from digests.publishing.places import Busy, LocalChanges, PlaceError, Rejected
from digests.publishing.plumbing import Git, failure_here, failure_there
from digests.publishing.worktree import WorkTree

_NOTHING = "0" * 40
_SAFE = {"core.safecrlf": "false"}  # a doubtful line end is not ours to judge

type Reach = Callable[[Git, Location], Git]
"""How to call a repository's git against another location: its credentials, its protocol, the guard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Journal:
    """A work tree that is being brought from one commit to the next."""

    top: str
    staging: str
    old: str
    new: str
    paths: tuple[str, ...]


class LocalRepository:
    """`mirror` is our own bare copy, in which commits are made; `journal` a file of ours."""

    def __init__(self, top: Path, *, branch: str, mirror: Git, journal: Path, reach: Reach) -> None:
        self._branch = branch
        self._mirror = mirror
        self._journal = journal
        self._reach = reach
        self._git = self._at(top)

    def advance(self, old: str, new: str, *, push_on: bool) -> None:
        """Moves the branch from `old` ("" for none) to `new`, a commit of the mirror.

        `push_on`: to the branch's upstream first, with all that stands before it. Raises `LocalChanges`, `Rejected`,
        `Busy`, `PlaceError`; then nothing was moved here.
        """
        self._copy(old, new)
        paths = self._differing(old, new)
        top = self._checked_out()
        if top is None:
            self._pushed_on(old, new, push_on=push_on)
            self._move(old, new)
            return
        journal = _Journal(top=str(top), staging=f".matome-{secrets.token_hex(8)}", old=old, new=new, paths=paths)
        tree = WorkTree(self._at(top), top, staging=journal.staging)
        if changed := tree.check(old, new, paths):
            raise LocalChanges(changed)
        write_safely(self._journal, json.dumps(asdict(journal)))
        try:
            tree.take()
            tree.stage(old, new, paths)
            self._pushed_on(old, new, push_on=push_on)
            self._move(old, new)
        except PlaceError:
            tree.release()
            self._journal.unlink(missing_ok=True)
            raise
        tree.place(old, new, paths)
        self._journal.unlink(missing_ok=True)

    def recover(self) -> None:
        """Finishes, or clears away, what a killed run left. The caller holds the turn, so nobody is at it."""
        try:
            stored = json.loads(self._journal.read_text(encoding="utf-8"))
            journal = _Journal(**{**stored, "paths": tuple(stored["paths"])})
        except FileNotFoundError:
            return
        except (ValueError, TypeError, KeyError):  # not one of ours
            self._journal.unlink()
            return
        top = Path(journal.top)
        if top.is_dir():
            tree = WorkTree(self._at(top), top, staging=journal.staging)
            if self._git.holds("merge-base", "--is-ancestor", journal.new, f"refs/heads/{self._branch}"):
                tree.take()
                tree.stage(journal.old, journal.new, journal.paths)
                tree.place(journal.old, journal.new, journal.paths)
            else:
                tree.release()
        self._journal.unlink(missing_ok=True)

    def check_upstream(self, head: str) -> None:
        """Raises `PlaceError` ("no_upstream", "behind_upstream") unless the branch can be pushed on."""
        self._check_ahead(self._upstream(), head)

    def _at(self, top: Path) -> Git:
        mirror = self._mirror
        return Git(
            directory=top / ".git",
            work_tree=top,
            environment=mirror.environment,
            config={**mirror.config, **_SAFE},
            kept_open=mirror.kept_open,
        )

    def _checked_out(self) -> Path | None:
        """The work tree in which the branch is checked out: this one, another of the repository's, or none."""
        for block in self._git.text("worktree", "list", "--porcelain").split("\n\n"):
            lines = block.split("\n")
            if f"branch refs/heads/{self._branch}" in lines and (top := Path(lines[0].partition(" ")[2])).is_dir():
                return top
        return None

    def _differing(self, old: str, new: str) -> tuple[str, ...]:
        empty = self._mirror.text("hash-object", "-t", "tree", "--stdin")
        said = self._mirror.ask("diff-tree", "-r", "-z", "--name-only", "--no-renames", old or empty, new)
        return tuple(said.decode(errors="surrogateescape").split("\0")[:-1])

    def _copy(self, old: str, new: str) -> None:
        """The new commit's objects, from the mirror; nobody sees anything of them yet.

        They are unpacked aside first, so that a full disk is not left full.
        """
        wanted = "".join(f"{line}\n" for line in (new, f"^{old}" if old else "") if line).encode()
        objects = Path(self._git.text("rev-parse", "--path-format=absolute", "--git-path", "objects"))
        aside = objects / "matome-incoming"
        escaped = str(objects).replace("\\", "\\\\").replace('"', '\\"')  # a colon would begin another folder
        extra = {"GIT_OBJECT_DIRECTORY": str(aside), "GIT_ALTERNATE_OBJECT_DIRECTORIES": f'"{escaped}"'}
        with told("objects"), tempfile.TemporaryFile() as pack:
            self._mirror.ask("pack-objects", "--revs", "--thin", "--stdout", "--quiet", sent=wanted, into=pack)
            pack.seek(0)
            shutil.rmtree(aside, ignore_errors=True)
            aside.mkdir()
            try:
                self._git.ask("unpack-objects", "-q", sent=pack, extra=extra)
                for loose in aside.glob("??/*"):
                    (objects / loose.parent.name).mkdir(exist_ok=True)
                    loose.replace(objects / loose.parent.name / loose.name)
            finally:
                shutil.rmtree(aside, ignore_errors=True)

    def _move(self, old: str, new: str) -> None:
        ref = f"refs/heads/{self._branch}"
        done = self._git.call("update-ref", "-m", "matome: publish", ref, new, old or _NOTHING)
        if done.code:
            found = self._git.call("rev-parse", "--verify", "--quiet", ref).text
            if found != old:
                raise Rejected(f"{self._branch} stands at {found or 'nothing'}")
            error = failure_here(done)
            raise Busy(error.detail, code="locked") if error.code == "git_failed" else error

    # Pushing on.

    def _pushed_on(self, old: str, new: str, *, push_on: bool) -> None:
        if not push_on:
            return
        upstream = self._upstream()
        done = upstream.git.call("push", "--porcelain", "--no-verify", upstream.name, f"{new}:{upstream.ref}")
        if done.code and upstream.tip() != new:
            self._check_ahead(upstream, old)
            error = failure_there(done)
            raise PlaceError("refused" if error.code == "git_failed" else error.code, error.detail)

    def _check_ahead(self, upstream: "_Upstream", head: str) -> None:
        tip = upstream.tip()
        if tip and not (head and self._git.holds("merge-base", "--is-ancestor", tip, head)):
            raise PlaceError("behind_upstream", f"{upstream.ref} stands at {tip}")

    def _upstream(self) -> "_Upstream":
        form = "--format=%(upstream:remotename) %(upstream:remoteref)"
        name, _, ref = self._git.text("for-each-ref", form, f"refs/heads/{self._branch}").partition(" ")
        if not ref or name in {"", "."} or name.startswith("-"):
            raise PlaceError("no_upstream", self._branch)
        address = self._git.text("remote", "get-url", "--push", name)
        location = parse(address)
        return _Upstream(name, location, ref, self._reach(self._git, location))


@dataclass(frozen=True, slots=True)
class _Upstream:
    """The remote that a branch follows, the branch there, and how to talk to it."""

    name: str
    location: Location
    ref: str
    git: Git

    def tip(self) -> str:
        done = self.git.call("ls-remote", self.location.text, self.ref)
        if done.code:
            raise failure_there(done)
        return done.text.partition("\t")[0]
