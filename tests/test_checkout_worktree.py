"""A repository in which somebody works: the branch moves, the work tree follows, and nobody's work is touched."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from digests.publishing.checkout import Checkout
from digests.publishing.places import Busy, InTheWay, LocalChanges, PlaceError, Rejected
from tests.disks import small_disk
from tests.git_repositories import MESSAGE, commit, git, repository, somebody_commits

pytestmark = pytest.mark.usefixtures("in_english")

FILES = {"content/a.md": b"a\n", "content/b.md": b"b\n", "other.md": b"o\n"}


def cloned(tmp_path: Path, files: dict[str, bytes] = FILES, *options: str) -> Path:
    """A repository with a work tree, cloned from `remote.git`."""
    remote = repository(tmp_path, files)
    git(tmp_path, *options, "clone", "--quiet", str(remote), "site")
    return tmp_path / "site"


def checkout(site: Path, tmp_path: Path, **fields) -> Checkout:
    return Checkout(str(site), **{"branch": "main", "mirrors": tmp_path / "mirrors", **fields})


def published(place: Checkout, changes: Mapping[str, bytes | None]) -> str:
    with place:
        place.fetch()
        place.push(made := place.replay(changes, MESSAGE))
        assert place.arrived(made)
    return made


def leftovers(site: Path) -> list[str]:
    return [str(path) for path in site.rglob("*") if "matome" in path.name or path.name.endswith(".lock")]


def test_branch_index_and_work_tree_move_together(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    before = git(site, "rev-parse", "main")
    made = published(
        checkout(site, tmp_path), {"content/a.md": b"A\n", "content/b.md": None, "content/記事/index.md": b"new\n"}
    )
    assert git(site, "rev-parse", "main", "main^").split() == [made, before]
    assert git(site, "status", "--porcelain") == ""
    assert (site / "content/a.md").read_bytes() == b"A\n"
    assert not (site / "content/b.md").exists()
    assert (site / "content/記事/index.md").read_bytes() == b"new\n"
    assert commit(site, "HEAD").startswith("Editor <editor@example.org>|Matome <matome@example.org>|まとめ")
    assert "matome: publish" in git(site, "reflog", "-1", "--format=%gs")
    assert leftovers(site) == []
    git(site, "fsck", "--strict")


def test_other_work_in_progress_stays_as_it_is(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    (site / "other.md").write_bytes(b"half done\n")
    (site / "content/b.md").write_bytes(b"staged\n")
    git(site, "add", "content/b.md")
    (site / "content/b.md").write_bytes(b"staged and edited\n")
    (site / "draft.md").write_bytes(b"untracked\n")
    before = git(site, "status", "--porcelain")
    published(checkout(site, tmp_path), {"content/a.md": b"A\n", "content/new.md": b"n\n"})
    assert git(site, "status", "--porcelain") == before
    assert git(site, "show", ":content/b.md") == "staged"
    assert git(site, "ls-tree", "-r", "--name-only", "main").split() == [
        *("content/a.md", "content/b.md", "content/new.md", "other.md")
    ]


@pytest.mark.parametrize("state", ["edited", "staged", "staged only", "deleted", "removed"])
def test_uncommitted_work_on_a_listed_file_is_a_conflict(tmp_path: Path, state: str) -> None:
    site = cloned(tmp_path)
    before = git(site, "rev-parse", "main")
    match state:
        case "edited" | "staged" | "staged only":
            (site / "content/a.md").write_bytes(b"mine\n")
            if state != "edited":
                git(site, "add", "content/a.md")
            if state == "staged only":
                (site / "content/a.md").write_bytes(b"a\n")
        case "deleted":
            (site / "content/a.md").unlink()
        case "removed":
            git(site, "rm", "--quiet", "content/a.md")
    status = git(site, "status", "--porcelain")
    with pytest.raises(LocalChanges) as raised:
        published(checkout(site, tmp_path), {"content/a.md": b"A\n", "content/b.md": b"B\n"})
    assert raised.value.paths == ("content/a.md",)
    assert "work tree" in raised.value.words
    assert git(site, "rev-parse", "main") == before
    assert git(site, "status", "--porcelain") == status
    assert leftovers(site) == []


@pytest.mark.parametrize("ignored", [True, False])
def test_a_file_that_git_does_not_know_is_not_overwritten(tmp_path: Path, ignored: bool) -> None:
    site = cloned(tmp_path)
    (site / "content/new.md").write_bytes(b"a draft of mine\n")
    if ignored:
        (site / ".git/info/exclude").write_text("new.md\n")
    with pytest.raises(LocalChanges):
        published(checkout(site, tmp_path), {"content/new.md": b"n\n"})
    assert (site / "content/new.md").read_bytes() == b"a draft of mine\n"


def test_what_is_already_as_wanted_is_no_conflict(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    (site / "content/a.md").write_bytes(b"A\n")
    (site / "content/new.md").write_bytes(b"n\n")
    (site / "content/b.md").unlink()
    published(checkout(site, tmp_path), {"content/a.md": b"A\n", "content/new.md": b"n\n", "content/b.md": None})
    assert git(site, "status", "--porcelain") == ""


def test_conflicting_paths_are_named_below_the_sites_folder(tmp_path: Path) -> None:
    site = cloned(tmp_path, {"blog/content/a.md": b"a\n"})
    (site / "blog/content/a.md").write_bytes(b"mine\n")
    with pytest.raises(LocalChanges) as raised:
        published(checkout(site, tmp_path, root="blog"), {"content/a.md": b"A\n"})
    assert raised.value.paths == ("content/a.md",)


def test_line_ends_follow_the_work_trees_rules(tmp_path: Path) -> None:
    attributes = {".gitattributes": b"* text=auto eol=crlf\n*.jpg binary\n"}
    site = cloned(tmp_path, {**FILES, **attributes})
    assert (site / "content/a.md").read_bytes() == b"a\r\n"
    picture = b"\xff\xd8\n\r\n\0\n"
    place = checkout(site, tmp_path)
    assert place.read(["content/a.md"]) == {"content/a.md": b"a\n"}
    published(place, {"content/a.md": b"A\nB\n", "content/new.md": b"n\n", "x.jpg": picture})
    assert (site / "content/a.md").read_bytes() == b"A\r\nB\r\n"
    assert (site / "content/new.md").read_bytes() == b"n\r\n"
    assert (site / "x.jpg").read_bytes() == picture
    assert git(site, "status", "--porcelain") == ""
    assert git(site, "cat-file", "blob", "main:content/a.md") == "A\nB"
    (site / "content/a.md").write_bytes(b"mine\r\n")
    with pytest.raises(LocalChanges):
        published(place, {"content/a.md": b"C\n"})


def test_line_ends_may_also_be_a_setting_of_the_repository(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    git(site, "config", "core.autocrlf", "true")
    git(site, "rm", "-r", "--quiet", "--cached", ".")
    git(site, "reset", "--quiet", "--hard")
    assert (site / "content/a.md").read_bytes() == b"a\r\n"
    published(checkout(site, tmp_path), {"content/a.md": b"A\n", "content/new.md": b"n\n"})
    assert (site / "content/a.md").read_bytes() == b"A\r\n"
    assert git(site, "status", "--porcelain") == ""


def test_executable_files_stay_so(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"run.md": b"x\n"}, executable=["run.md"])
    git(tmp_path, "clone", "--quiet", str(remote), "site")
    site = tmp_path / "site"
    published(checkout(site, tmp_path), {"run.md": b"y\n"})
    assert os.access(site / "run.md", os.X_OK)
    assert git(site, "status", "--porcelain") == ""


def test_a_branch_that_is_not_checked_out_moves_alone(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    git(site, "switch", "--quiet", "-c", "work")
    (site / "content/a.md").write_bytes(b"mine\n")
    made = published(checkout(site, tmp_path), {"content/a.md": b"A\n"})
    assert git(site, "rev-parse", "main") == made
    assert (site / "content/a.md").read_bytes() == b"mine\n"
    assert git(site, "diff", "--name-only", "work") == "content/a.md"


def test_a_branch_checked_out_in_another_work_tree_moves_there(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    git(site, "switch", "--quiet", "-c", "work")
    git(site, "worktree", "add", "--quiet", "../second", "main")
    published(checkout(site, tmp_path), {"content/a.md": b"A\n"})
    assert (tmp_path / "second/content/a.md").read_bytes() == b"A\n"
    assert (site / "content/a.md").read_bytes() == b"a\n"
    assert git(tmp_path / "second", "status", "--porcelain") == ""
    published(checkout(tmp_path / "second", tmp_path), {"content/b.md": b"B\n"})
    assert (tmp_path / "second/content/b.md").read_bytes() == b"B\n"
    assert git(tmp_path / "second", "status", "--porcelain") == ""


def test_a_repository_without_a_commit_gets_its_first(tmp_path: Path) -> None:
    git(tmp_path, "init", "--quiet", "--initial-branch=main", "site")
    site = tmp_path / "site"
    (site / "mine.md").write_bytes(b"m")
    made = published(checkout(site, tmp_path), {"content/a.md": b"A\n"})
    assert git(site, "rev-parse", "HEAD") == made
    assert (site / "content/a.md").read_bytes() == b"A\n"
    assert git(site, "status", "--porcelain") == "?? mine.md"


def test_a_commit_made_meanwhile_is_not_lost(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    with checkout(site, tmp_path) as place:
        place.fetch()
        made = place.replay({"content/a.md": b"A\n"}, MESSAGE)
        (site / "other.md").write_bytes(b"theirs\n")
        git(site, "commit", "--quiet", "-am", "theirs")
        with pytest.raises(Rejected):
            place.push(made)
        place.fetch()
        place.push(place.replay({"content/a.md": b"A\n"}, MESSAGE))
    assert git(site, "log", "--format=%s").split() == ["まとめ", "theirs", "more"]
    assert git(site, "status", "--porcelain") == ""


def test_while_another_git_command_works_nothing_is_moved(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    before = git(site, "rev-parse", "main")
    (site / ".git/index.lock").write_bytes(b"")
    with pytest.raises(Busy, match="locked"):
        published(checkout(site, tmp_path), {"content/a.md": b"A\n"})
    assert git(site, "rev-parse", "main") == before
    assert (site / ".git/index.lock").exists()
    (site / ".git/index.lock").unlink()
    assert leftovers(site) == []
    published(checkout(site, tmp_path), {"content/a.md": b"A\n"})


def test_during_a_merge_nothing_is_moved(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    git(site, "switch", "--quiet", "-c", "work")
    (site / "content/b.md").write_bytes(b"work\n")
    git(site, "commit", "--quiet", "-am", "work")
    git(site, "switch", "--quiet", "main")
    git(site, "merge", "--quiet", "--no-commit", "--no-ff", "work")
    with pytest.raises(PlaceError, match="unfinished_there"):
        published(checkout(site, tmp_path), {"content/a.md": b"A\n"})


def test_nothing_is_written_through_a_link_in_the_work_tree(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.md").write_bytes(b"a\n")
    (site / "content/a.md").unlink()
    (site / "content/b.md").unlink()
    (site / "content").rmdir()
    (site / "content").symlink_to(outside)
    for changes in ({"content/a.md": b"A\n"}, {"content/new/x.md": b"x\n"}):
        with pytest.raises((InTheWay, LocalChanges)):
            published(checkout(site, tmp_path), changes)
    assert {path.name: path.read_bytes() for path in outside.iterdir()} == {"a.md": b"a\n"}


def test_no_hook_of_the_repository_is_run(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    names = ("pre-commit", "post-commit", "post-index-change", "reference-transaction", "post-checkout", "post-merge")
    for name in names:
        (site / ".git/hooks" / name).write_text(f"#!/bin/sh\ntouch {tmp_path}/ran-{name}\n")
        (site / ".git/hooks" / name).chmod(0o755)
    git(site, "config", "core.fsmonitor", f"touch {tmp_path}/ran-fsmonitor")
    published(checkout(site, tmp_path), {"content/a.md": b"A\n"})
    assert not [*tmp_path.glob("ran-*")]


def test_a_path_may_change_in_case_alone(tmp_path: Path) -> None:
    site = cloned(tmp_path, {"posts/Foo/index.md": b"x\n", "posts/Foo/feature.png": b"p\n"})
    published(checkout(site, tmp_path), {"posts/Foo/index.md": None, "posts/foo/index.md": b"x\n"})
    assert git(site, "status", "--porcelain") == ""
    assert git(site, "ls-files").split() == ["posts/Foo/feature.png", "posts/foo/index.md"]


def test_a_full_disk_leaves_the_work_tree_as_it_was(tmp_path: Path) -> None:
    repository(tmp_path, FILES)
    with small_disk(tmp_path / "disk", 1200):
        git(tmp_path / "disk", "clone", "--quiet", "--template=", str(tmp_path / "remote.git"), "site")
        site = tmp_path / "disk/site"
        before = git(site, "rev-parse", "main")
        for size in (2_000_000, 600_000):  # no room for the objects; room for them, not for the file as well
            with pytest.raises(PlaceError) as raised:
                published(checkout(site, tmp_path), {"content/a.md": b"A\n", "content/big.jpg": os.urandom(size)})
            assert raised.value.code == "disk_full"
            assert git(site, "rev-parse", "main") == before
            assert git(site, "status", "--porcelain") == ""
            assert leftovers(site) == []


# Pushing on.


def test_a_branch_can_be_pushed_on_to_its_upstream(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    made = published(checkout(site, tmp_path, push_on=True), {"content/a.md": b"A\n"})
    assert git(tmp_path / "remote.git", "rev-parse", "main") == made
    assert git(site, "rev-parse", "main", "origin/main").split() == [made, made]
    assert git(site, "status", "--porcelain") == ""
    published(checkout(site, tmp_path), {"content/a.md": b"B\n"})
    assert git(tmp_path / "remote.git", "rev-parse", "main") == made


def test_a_repository_that_is_behind_must_be_pulled_first(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    place = checkout(site, tmp_path, push_on=True)
    place.fetch()
    made = place.replay({"content/a.md": b"A\n"}, MESSAGE)
    theirs = somebody_commits(tmp_path / "remote.git", {"other.md": b"theirs\n"})
    before = git(site, "rev-parse", "main")
    for act in (lambda: place.push(made), place.fetch):
        with pytest.raises(PlaceError, match="behind_upstream"):
            act()
    assert git(site, "rev-parse", "main") == before
    assert git(tmp_path / "remote.git", "rev-parse", "main") == theirs
    git(site, "pull", "--quiet", "--ff-only")
    published(place, {"content/a.md": b"A\n"})
    assert git(tmp_path / "remote.git", "show", "main:content/a.md") == "A"


def test_a_branch_without_an_upstream_cannot_be_pushed_on(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    git(site, "branch", "--unset-upstream")
    with pytest.raises(PlaceError, match="no_upstream"):
        checkout(site, tmp_path, push_on=True).fetch()


def test_an_upstream_that_refuses_leaves_everything_as_it_was(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    hooks = tmp_path / "remote.git/hooks"
    hooks.mkdir(exist_ok=True)
    (hooks / "pre-receive").write_text("#!/bin/sh\necho no; exit 1\n")
    (hooks / "pre-receive").chmod(0o755)
    before = git(site, "rev-parse", "main")
    with pytest.raises(PlaceError, match="refused"):
        published(checkout(site, tmp_path, push_on=True), {"content/a.md": b"A\n"})
    assert git(site, "rev-parse", "main") == before
    assert git(site, "status", "--porcelain") == ""
    assert leftovers(site) == []


def test_somebody_can_go_on_working_as_always(tmp_path: Path) -> None:
    site = cloned(tmp_path)
    published(checkout(site, tmp_path), {"content/a.md": b"A\n", "content/new/x.md": b"x\n"})
    (site / "content/a.md").write_bytes(b"mine\n")
    git(site, "commit", "--quiet", "-am", "mine")
    git(site, "push", "--quiet")
    done = subprocess.run(["git", "-C", str(site), "status", "--porcelain"], capture_output=True, check=True)
    assert done.stdout == b""
