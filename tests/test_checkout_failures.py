"""What can go wrong with a repository has a name, says what to do, and leaves everything as it was."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from digests.publishing.checkout import Checkout
from digests.publishing.places import Busy, PlaceError, Rejected
from tests.disks import small_disk
from tests.git_repositories import MESSAGE, git, message, repository, somebody_commits

pytestmark = pytest.mark.usefixtures("in_english")


def checkout(location: Path | str, tmp_path: Path, **fields) -> Checkout:
    return Checkout(str(location), **{"branch": "main", "mirrors": tmp_path / "mirrors", **fields})


def hook(bare: Path, name: str, script: str) -> None:
    (bare / "hooks").mkdir(exist_ok=True)
    (bare / "hooks" / name).write_text(f"#!/bin/sh\n{script}\n")
    (bare / "hooks" / name).chmod(0o755)


# Somebody was faster.


def test_a_commit_on_an_old_state_is_rejected_and_then_replayed(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a", "b.md": b"b"})
    with checkout(remote, tmp_path) as place:
        place.fetch()
        made = place.replay({"a.md": b"ours"}, MESSAGE)
        theirs = somebody_commits(remote, {"b.md": b"theirs"})
        with pytest.raises(Rejected):
            place.push(made)
        assert git(remote, "rev-parse", "main") == theirs
        assert place.fetch() == theirs
        again = place.replay({"a.md": b"ours"}, MESSAGE)
        place.push(again)
    assert git(remote, "rev-parse", "main^") == theirs
    assert [git(remote, "show", f"main:{name}.md") for name in "ab"] == ["ours", "theirs"]


def test_who_is_overtaken_during_the_push_is_rejected(tmp_path: Path) -> None:
    """The other commit comes while ours is being received: the server's own lock decides."""
    remote = repository(tmp_path, {"a.md": b"a"})
    theirs = somebody_commits(remote, {"a.md": b"theirs"}, branch="theirs")
    hook(remote, "pre-receive", f"unset GIT_QUARANTINE_PATH; git update-ref refs/heads/main {theirs}")
    git(remote, "update-ref", "refs/heads/theirs", "main")
    place = checkout(remote, tmp_path)
    made = place.replay({"a.md": b"ours"}, MESSAGE)
    with pytest.raises(Rejected):
        place.push(made)
    assert git(remote, "rev-parse", "main") == theirs


def test_two_processes_queue_up_and_both_arrive(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    script = (
        "import sys; from pathlib import Path; from digests.publishing.checkout import Checkout;"
        "from tests.git_repositories import message\n"
        "with Checkout(sys.argv[1], branch='main', mirrors=Path(sys.argv[2])) as place:\n"
        "    place.fetch()\n"
        "    place.push(place.replay({sys.argv[3]: b'x'}, message(key=sys.argv[3])))\n"
    )
    names = [f"{number}.md" for number in range(4)]
    started = [
        subprocess.Popen([sys.executable, "-c", script, str(remote), str(tmp_path / "mirrors"), name]) for name in names
    ]
    assert [process.wait(60) for process in started] == [0, 0, 0, 0]
    assert git(remote, "ls-tree", "--name-only", "main").split() == [*names, "a.md"]
    assert git(remote, "rev-list", "--count", "main") == "5"


def test_who_waits_too_long_is_told_so(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    with checkout(remote, tmp_path), pytest.raises(Busy) as raised:
        checkout(remote, tmp_path, wait_seconds=0.05).fetch()
    assert "under way" in raised.value.words
    assert checkout(remote, tmp_path, wait_seconds=0.05).fetch()


def test_a_push_that_arrived_without_an_answer_has_arrived(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    hook(remote, "post-update", "kill -9 $PPID")
    place = checkout(remote, tmp_path)
    made = place.replay({"a.md": b"b"}, MESSAGE)
    place.push(made)
    assert git(remote, "rev-parse", "main") == made


# The repository is not as it should be.


def test_a_missing_folder_is_missing(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="folder_missing"):
        checkout(tmp_path / "nowhere", tmp_path).fetch()


def test_a_folder_that_is_no_repository_is_none(tmp_path: Path) -> None:
    (tmp_path / "plain").mkdir()
    with pytest.raises(PlaceError, match="not_a_repository"):
        checkout(tmp_path / "plain", tmp_path).fetch()


def test_a_folder_inside_a_repository_is_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet")
    (tmp_path / "site").mkdir()
    with pytest.raises(PlaceError, match="not_a_repository"):
        checkout(tmp_path / "site", tmp_path).fetch()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_repository_of_another_account_is_not_trusted(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    for path in (remote, *remote.rglob("*")):
        os.chown(path, 12345, 12345)
    with pytest.raises(PlaceError) as raised:
        checkout(remote, tmp_path).fetch()
    assert raised.value.code == "not_owned"
    assert "safe.directory" in raised.value.words


def test_a_repository_that_disappears_is_missing(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    place = checkout(remote, tmp_path)
    made = place.replay({"a.md": b"b"}, MESSAGE)
    shutil.rmtree(remote)
    with pytest.raises(PlaceError, match="remote_missing"):
        place.push(made)
    with pytest.raises(PlaceError, match="folder_missing"):
        place.fetch()


def test_a_branch_that_is_not_there_is_missing(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    with pytest.raises(PlaceError, match="branch_missing"):
        checkout(remote, tmp_path, branch="live").fetch()


def test_a_branch_that_was_deleted_is_not_made_anew(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    somebody_commits(remote, {"a.md": b"a"}, branch="other")
    place = checkout(remote, tmp_path)
    made = place.replay({"a.md": b"b"}, MESSAGE)
    git(remote, "update-ref", "-d", "refs/heads/main")
    for act in (lambda: place.push(made), place.fetch):
        with pytest.raises(PlaceError, match="branch_missing"):
            act()
    assert git(remote, "for-each-ref", "--format=%(refname)") == "refs/heads/other"


def test_a_branch_that_was_wound_back_is_followed(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    first = git(remote, "rev-parse", "main")
    somebody_commits(remote, {"a.md": b"b"})
    place = checkout(remote, tmp_path)
    place.fetch()
    git(remote, "update-ref", "refs/heads/main", first)
    assert place.fetch() == first
    assert place.read(["a.md"]) == {"a.md": b"a"}


def test_a_repository_with_rules_of_its_own_may_refuse(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    hook(remote, "pre-receive", "echo 'protected: ask Anna'; exit 1")
    place = checkout(remote, tmp_path)
    before = place.fetch()
    with pytest.raises(PlaceError) as raised:
        place.push(place.replay({"a.md": b"b"}, MESSAGE))
    assert raised.value.code == "refused"
    assert "ask Anna" in raised.value.detail
    assert git(remote, "rev-parse", "main") == before


# The machine is not as it should be.


def test_a_full_disk_here_leaves_the_repository_as_it_was(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    with small_disk(tmp_path / "mirrors", 700):
        place = checkout(remote, tmp_path)
        before = place.fetch()
        with pytest.raises(PlaceError) as raised:
            place.replay({"a.md": os.urandom(900_000)}, MESSAGE)
        assert raised.value.code == "disk_full"
        assert git(remote, "rev-parse", "main") == before
        small = checkout(remote, tmp_path)
        small.push(small.replay({"a.md": b"b"}, MESSAGE))
    assert git(remote, "show", "main:a.md") == "b"


def test_a_disk_too_full_to_fetch_is_full(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": os.urandom(900_000)})
    with small_disk(tmp_path / "mirrors", 400), pytest.raises(PlaceError) as raised:
        checkout(remote, tmp_path).fetch()
    assert raised.value.code == "disk_full"


def test_a_full_disk_there_leaves_the_repository_as_it_was(tmp_path: Path) -> None:
    with small_disk(tmp_path / "there", 600):
        remote = repository(tmp_path / "there", {"a.md": b"a"})
        place = checkout(remote, tmp_path)
        before = place.fetch()
        with pytest.raises(PlaceError) as raised:
            place.push(place.replay({"a.md": os.urandom(900_000)}, MESSAGE))
        assert raised.value.code == "disk_full"
        assert git(remote, "rev-parse", "main") == before
        git(remote, "fsck")


def test_a_limit_of_the_system_counts_as_a_full_disk(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    script = (
        "import os, resource, signal, sys; from pathlib import Path; from digests.publishing.checkout import Checkout;"
        "from digests.publishing.places import PlaceError; from tests.git_repositories import MESSAGE\n"
        "place = Checkout(sys.argv[1], branch='main', mirrors=Path(sys.argv[2])); place.fetch()\n"
        "big = os.urandom(500_000)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "try: place.replay({'a.md': big}, MESSAGE)\n"
        "except PlaceError as error: print(error.code)\n"
    )
    arguments = [sys.executable, "-c", script, str(remote), str(tmp_path / "mirrors")]
    done = subprocess.run(arguments, capture_output=True, check=True, text=True)
    assert done.stdout == "disk_full\n"


def test_no_git_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(PlaceError, match="git_missing"):
        checkout(tmp_path, tmp_path, environment={"PATH": "/nonexistent", "HOME": "/"}).fetch()


@pytest.mark.parametrize(
    "damage",
    [
        lambda mirror: shutil.rmtree(mirror / "objects"),
        lambda mirror: (mirror / "HEAD").unlink(),
        lambda mirror: (mirror / "HEAD").write_bytes(b"\0\0"),
        lambda mirror: (mirror / "config").write_bytes(b"[[["),
        lambda mirror: (mirror / "matome-complete").unlink(),
        lambda mirror: [path.write_bytes(b"") for path in mirror.glob("objects/??/*")],
        lambda mirror: [path.unlink() for path in mirror.glob("objects/??/*")],
        lambda mirror: (mirror / "refs/matome/fetched").write_bytes(b"\0" * 41),
    ],
)
@pytest.mark.parametrize("act", ["fetch", "read", "replay"])
def test_a_broken_mirror_is_made_anew(tmp_path: Path, damage, act: str) -> None:
    remote = repository(tmp_path, {"a.md": b"a", "content/b.md": b"b"})
    place = checkout(remote, tmp_path)
    head = place.fetch()
    (mirror,) = (tmp_path / "mirrors").glob("*.git")
    with contextlib.suppress(FileNotFoundError):
        damage(mirror)
    match act:
        case "fetch":
            assert place.fetch() == head
        case "read":
            assert place.read(["content/b.md", "x.md"]) == {"content/b.md": b"b", "x.md": None}
        case "replay":
            place.push(place.replay({"a.md": b"A"}, MESSAGE))
            assert git(remote, "show", "main:a.md") == "A"


def test_locks_that_a_killed_run_left_are_cleared_away(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    place = checkout(remote, tmp_path)
    place.fetch()
    (mirror,) = (tmp_path / "mirrors").glob("*.git")
    for name in ("shallow.lock", "HEAD.lock", "packed-refs.lock", "refs/matome/fetched.lock", "refs/matome/made.lock"):
        (mirror / name).touch()
    (mirror / "objects/pack/tmp_pack_x").write_bytes(b"x")
    place.push(place.replay({"a.md": b"b"}, message(key="k-2")))
    assert git(remote, "show", "main:a.md") == "b"
    assert not [*mirror.rglob("*.lock"), *mirror.rglob("tmp_*")]


def test_settings_of_the_account_change_nothing(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[core]\nautocrlf = true\nhooksPath = /tmp/evil\nfsmonitor = /bin/false\n[commit]\ngpgSign = true\n"
        "[push]\ngpgSign = true\nfollowTags = true\ndefault = nothing\n[i18n]\ncommitEncoding = EUC-JP\n"
        "[log]\nshowSignature = true\n[fetch]\nprune = true\n[init]\ntemplateDir = /nonexistent\n[color]\nui = always\n"
        "[protocol]\nallow = always\n[gc]\nauto = 1\n[fetch]\nfsckObjects = true\n[format]\npretty = oneline\n"
    )
    place = checkout(remote, tmp_path, environment={"PATH": os.defpath, "HOME": str(home)})
    made = place.replay({"a.md": "あ\r\n".encode()}, MESSAGE)
    place.push(made)
    assert place.find("k-1") == made
    assert checkout(remote, tmp_path / "other").read(["a.md"]) == {"a.md": "あ\r\n".encode()}
    assert git(remote, "log", "-1", "--format=%s|%e|%G?", "main") == "まとめ||N"
