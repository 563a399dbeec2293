"""Kills a delivery with -9 before each of its steps in turn, and lets another run take over: `python -m tests.killing`.

A step is whatever changes a file or calls a git command that does, as Python's own audit events tell. Each delivery is
a fork of this process, on a fresh place. Of many steps of one kind in a row the first two count. Says how many steps
there were; ends with an error where something was wrong.
"""

import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from digests.publishing.checkout import Checkout
from digests.publishing.folder import Folder
from digests.publishing.places import Place, Rejected
from tests.git_repositories import git, message, repository

BEFORE = {"posts/a.md": b"a\n", "posts/b/index.md": b"b\n", "other.md": b"o\n"}
CHANGES: dict[str, bytes | None] = {"posts/a.md": b"A\n", "posts/b/index.md": None, "posts/c/d/index.md": b"c\n"}
AFTER = {"posts/a.md": b"A\n", "posts/c/d/index.md": b"c\n", "other.md": b"o\n"}
_STEPS = {"os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir", "os.chmod"}
_GIT_STEPS = {"checkout-index", "fast-import", "fetch", "init", "pack-objects", "push", "unpack-objects"}
_GIT_STEPS |= {"update-index", "update-ref"}


@dataclass(frozen=True)
class Scenario:
    """`make` builds a place below a folder, `place` opens it, `check` raises when something is wrong there."""

    make: Callable[[Path], None]
    place: Callable[[Path], Place]
    check: Callable[[Path, bool], None]


def deliver(place: Place) -> None:
    """What a delivery does, from the start or after a run that was cut off."""
    with place:
        for _ in range(5):
            place.fetch()
            if place.find("k-1"):
                return
            try:
                made = place.replay(CHANGES, message())
                place.push(made)
            except Rejected:
                continue
            if not place.arrived(made):
                raise SystemExit("did not arrive")
            return


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def _make_bare(root: Path) -> None:
    repository(root, BEFORE)


def _make_cloned(root: Path) -> None:
    repository(root, BEFORE)
    git(root, "clone", "--quiet", "remote.git", "site")
    (root / "site/mine.md").write_bytes(b"mine\n")


def _make_folder(root: Path) -> None:
    for path, content in BEFORE.items():
        (root / "site" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "site" / path).write_bytes(content)


def _check_bare(root: Path, finished: bool, name: str = "remote.git") -> None:
    head = git(root / name, "rev-parse", "main")  # a git that outlives its parent may move the branch meanwhile
    count = git(root / name, "rev-list", "--count", head)
    listed = git(root / name, "ls-tree", "-r", "--name-only", head).split()
    assert listed == sorted(AFTER if count == "2" else BEFORE), (count, listed)
    assert count == "2" or not finished, count
    if finished:
        git(root / name, "fsck", "--strict")


def _check_cloned(root: Path, finished: bool) -> None:
    _check_bare(root, finished, "site")
    if finished:
        assert files(root / "site") == {**AFTER, "mine.md": b"mine\n"}, files(root / "site")
        assert git(root / "site", "status", "--porcelain") == "?? mine.md"
        assert not [*(root / "site/.git").glob("*.lock"), *(root / "site/.git").glob("matome*")]
        assert not (root / "site/.git/objects/matome-incoming").exists()


def _check_folder(root: Path, finished: bool) -> None:
    found = files(root / "site")
    if finished:
        assert found == AFTER, found
    for path, content in found.items():
        assert ".matome-" in path or content in {BEFORE.get(path), AFTER.get(path)}, (path, content)


def _checkout(name: str) -> Callable[[Path], Place]:
    return lambda root: Checkout(str(root / name), branch="main", mirrors=root / "mirrors")


SCENARIOS = {
    "bare": Scenario(_make_bare, _checkout("remote.git"), _check_bare),
    "cloned": Scenario(_make_cloned, _checkout("site"), _check_cloned),
    "folder": Scenario(
        _make_folder, lambda root: Folder(str(root / "site"), journals=root / "journals"), _check_folder
    ),
}


def killed(scenario: Scenario, root: Path, step: int, *, within_seconds: float) -> bool:
    """Whether the delivery was killed before its end: at its step-th step, or so soon after it."""
    if not (child := os.fork()):
        seen, kinds = 0, [""]

        def count(event: str, arguments: tuple[Any, ...]) -> None:
            nonlocal seen
            calls = event == "subprocess.Popen" and arguments[1][1] in _GIT_STEPS
            writes = event == "open" and (arguments[2] or 0) & os.O_CREAT and "/tmp/tmp" not in str(arguments[0])
            if calls or (not within_seconds and (event in _STEPS or writes)):
                kinds.append(event)
                if not calls and kinds[-3:] == [event] * 3:
                    return
                seen += 1
                if seen == step and within_seconds:
                    signal.setitimer(signal.ITIMER_REAL, within_seconds)  # which ends the process as -9 does
                elif seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(count)
        deliver(scenario.place(root))
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if not os.WIFSIGNALED(status) and os.waitstatus_to_exitcode(status):
        raise SystemExit(f"step {step}: the delivery failed")
    return os.WIFSIGNALED(status)


def main(name: str, folder: Path, within_seconds: float) -> int:
    scenario = SCENARIOS[name]
    template = folder / "template"
    template.mkdir()
    scenario.make(template)
    step = 0
    while True:
        step += 1
        root = folder / str(step)
        shutil.copytree(template, root)
        was_killed = killed(scenario, root, step, within_seconds=within_seconds)
        try:
            scenario.check(root, False)
            deliver(scenario.place(root))
            scenario.check(root, True)
        except BaseException:
            sys.stderr.write(f"{name}: killed at step {step}\n")
            raise
        shutil.rmtree(root)
        if not was_killed:
            return step


if __name__ == "__main__":
    sys.stdout.write(f"{main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))}\n")
