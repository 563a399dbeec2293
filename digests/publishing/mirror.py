"""A bare copy of one branch of somebody's repository, in a folder of ours: made, kept fresh, thrown away when broken.

Knows nothing of posts. Whoever uses it holds the turn (`turns`).
"""

import shutil
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from digests.publishing.locations import Kind, Location, harmless_addresses
from digests.publishing.places import PlaceError
from digests.publishing.plumbing import Done, Git, failure_here, failure_there

KNOWN_COMMITS = 100  # so deep a first fetch goes
_FETCHED = "refs/matome/fetched"
_COMPLETE = "matome-complete"
# Files come out of a mirror as they are stored, whatever a repository's own .gitattributes say.
_AS_STORED = "* -text -filter -ident !eol !working-tree-encoding\n"
_TIDYING = {"gc.auto": "3000", "gc.autoDetach": "false", "gc.pruneExpire": "2.days.ago"}


@dataclass(kw_only=True)
class Mirror:
    """`git` is how to call git in `directory`. `guarded`: hosts inside our own network are refused."""

    directory: Path
    git: Git
    location: Location
    branch: str
    guarded: bool
    timeout_seconds: float
    token: str = field(default="", repr=False)
    ssh_key: Path | None = None

    @cached_property
    def talking(self) -> Git:
        return self.reach(self.git, self.location)

    def reach(self, git: Git, location: Location) -> Git:
        """How to call some repository's git against a location, with the credentials that we have."""
        return git.against(
            location,
            token=self.token,
            ssh_key=self.ssh_key,
            addresses=harmless_addresses(location) if self.guarded else (),
            timeout_seconds=self.timeout_seconds,
        )

    def talk(self, *arguments: str) -> Done:
        """A call over the network."""
        return self.talking.call(*arguments, timeout_seconds=self.timeout_seconds)

    def prepare(self) -> None:
        """Nobody else is at work now, so what a killed run left can go. Raises OSError."""
        if not (self.directory / _COMPLETE).exists():
            self.make_anew()
        objects = ("objects/pack/tmp_*", "objects/*/tmp_obj_*", "objects/tmp_objdir-*")
        for pattern in ("**/*.lock", *objects, "matome-index*", "fast_import_crash_*"):
            for leftover in self.directory.glob(pattern):
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink(missing_ok=True)

    def make_anew(self) -> None:
        shutil.rmtree(self.directory, ignore_errors=True)
        self.git.ask("init", "--quiet", "--bare", "--template=", str(self.directory))
        (self.directory / "info").mkdir(exist_ok=True)
        (self.directory / "info" / "attributes").write_text(_AS_STORED, encoding="utf-8")
        (self.directory / _COMPLETE).touch()

    def tidy(self) -> None:
        """Packs what many deliveries have left; now and then, a matter of a second. Its failure is no matter."""
        tidying = Git(directory=self.directory, environment=self.git.environment, config=_TIDYING)
        tidying.call("gc", "--auto", "--quiet")

    def fetched(self) -> str:
        """The branch's newest commit, now here; "" in a repository without commits. Raises `PlaceError`.

        "git_failed" is what a new mirror may help against.
        """
        self._check_folder()
        depth = () if self.git.holds("rev-parse", "--verify", "--quiet", _FETCHED) else (f"--depth={KNOWN_COMMITS}",)
        options = ("fetch", "--quiet", "--no-tags", "--no-write-fetch-head")
        refs = (self.location.text, f"+refs/heads/{self.branch}:{_FETCHED}")
        done = self.talk(*options, *depth, *refs)
        if done.code:
            if not self.tip():
                self.git.call("update-ref", "-d", _FETCHED)
                return ""
            if depth:  # a web server without git's own protocol knows no depth
                done = self.talk(*options, *refs)
        if done.code:
            error = failure_there(done)
            raise failure_here(done) if error.code == "remote_missing" else error  # it was there a moment ago
        return self.git.text("rev-parse", "--verify", _FETCHED)

    def tip(self) -> str:
        """Where the branch stands there now; "" in a repository without any branch. Raises `PlaceError`."""
        done = self.talk("ls-remote", "--heads", self.location.text)
        if done.code:
            raise failure_there(done)
        tips = {name: commit for commit, _, name in (line.partition("\t") for line in done.text.splitlines())}
        if tips and f"refs/heads/{self.branch}" not in tips:
            raise PlaceError("branch_missing", self.branch)
        return tips.get(f"refs/heads/{self.branch}", "")

    def _check_folder(self) -> None:
        if self.location.kind is not Kind.PATH:
            return
        folder = Path(self.location.text)
        try:
            if not folder.is_dir():
                raise PlaceError("folder_missing", str(folder))
            if not any((folder / name).exists() for name in (".git", "objects")):
                raise PlaceError("not_a_repository", str(folder))
        except PermissionError as error:
            raise PlaceError("permission_denied", str(folder)) from error
