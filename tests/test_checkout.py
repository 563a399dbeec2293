"""Posts go into a git repository: what is read there, and what arrives."""

from dataclasses import replace
from pathlib import Path

import pytest

from digests.publishing.checkout import Checkout
from digests.publishing.places import InTheWay, PlaceError
from tests.git_repositories import MESSAGE, commit, git, message, repository, somebody_commits, write_tree


def checkout(location: Path, tmp_path: Path, **fields) -> Checkout:
    return Checkout(str(location), branch="main", mirrors=tmp_path / "mirrors", **fields)


def changed(bare: Path, old: str, new: str) -> list[str]:
    said = git(bare, "diff-tree", "-r", "--no-renames", "-z", "--name-status", old, new).split("\0")[:-1]
    return [f"{kind} {path}" for kind, path in zip(said[::2], said[1::2], strict=True)]


def test_one_commit_changes_the_listed_files_only(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"content/a.md": b"a", "content/b.md": b"b", "layouts/x.html": b"x"})
    with checkout(remote, tmp_path) as place:
        before = place.fetch()
        assert place.read(["content/a.md", "content/c.md"]) == {"content/a.md": b"a", "content/c.md": None}
        made = place.replay({"content/a.md": "あ".encode(), "content/b.md": None, "content/記事.md": b"new"}, MESSAGE)
        assert git(remote, "rev-parse", "main") == before
        place.push(made)
        assert place.arrived(made)
    assert git(remote, "rev-parse", "main") == made
    assert git(remote, "rev-parse", "main^") == before
    assert changed(remote, before, made) == ["M content/a.md", "D content/b.md", "A content/記事.md"]
    assert git(remote, "show", "main:content/a.md") == "あ"
    assert commit(remote, "main") == (
        "Editor <editor@example.org>|Matome <matome@example.org>|まとめ\n\nMatome-Delivery: k-1\nMatome-Digest: slug v3"
    )
    git(remote, "fsck", "--strict")


def test_every_step_also_works_without_holding_the_turn(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    place = checkout(remote, tmp_path)
    made = place.replay({"a.md": b"b"}, MESSAGE)
    place.push(made)
    assert place.arrived(made)
    assert git(remote, "show", "main:a.md") == "b"


def test_paths_are_below_the_sites_folder(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"README.md": b"r", "site/content/a.md": b"a", "site/b.md": b"b"})
    with checkout(remote, tmp_path, root="site") as place:
        assert place.list() == ("b.md", "content/a.md")
        assert place.list("content") == ("content/a.md",)
        assert place.read(["content/a.md", "README.md"]) == {"content/a.md": b"a", "README.md": None}
        assert place.moved(b"r") == ""
        assert place.moved(b"a") == "content/a.md"
        before = place.fetch()
        made = place.replay({"content/a.md": b"A", "content/new/index.md": b"n"}, MESSAGE)
        place.push(made)
    assert changed(remote, before, made) == ["M site/content/a.md", "A site/content/new/index.md"]


def test_nothing_to_change_is_no_commit(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a", "b.md": b"b"})
    with checkout(remote, tmp_path) as place:
        head = place.fetch()
        assert place.replay({"a.md": b"a", "gone.md": None}, MESSAGE) == head
        assert place.replay({"gone.md": None}, MESSAGE) == head
        place.push(head)
        assert place.arrived(head)
    assert git(remote, "rev-list", "--count", "main") == "1"


def test_an_empty_repository_gets_its_first_commit(tmp_path: Path) -> None:
    remote = repository(tmp_path, {})
    with checkout(remote, tmp_path) as place:
        assert place.fetch() == ""
        assert place.read(["a.md"]) == {"a.md": None}
        assert (place.list(), place.moved(b""), place.find("k-1"), place.extract(tmp_path)) == ((), "", "", ())
        assert place.replay({"gone.md": None}, MESSAGE) == ""
        assert place.arrived("")
        made = place.replay({"content/a.md": b"a"}, MESSAGE)
        place.push(made)
        assert place.arrived(made)
        place.push(place.replay({"content/b.md": b"b"}, MESSAGE))
    assert git(remote, "ls-tree", "-r", "--name-only", "main").split() == ["content/a.md", "content/b.md"]
    assert git(remote, "rev-list", "--count", "main") == "2"


def test_an_empty_folder_does_not_stay_behind(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a/b/c.md": b"c", "d.md": b"d"})
    place = checkout(remote, tmp_path)
    place.push(place.replay({"a/b/c.md": None}, MESSAGE))
    assert git(remote, "ls-tree", "-r", "-t", "--name-only", "main") == "d.md"


def test_modes_of_files_that_stand_there_stay(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"run.md": b"x", "a.md": b"a"}, executable=["run.md"])
    place = checkout(remote, tmp_path)
    place.push(place.replay({"run.md": b"y", "a.md": b"b"}, MESSAGE))
    modes = {line.split("\t")[1]: line.split()[0] for line in git(remote, "ls-tree", "main").splitlines()}
    assert modes == {"run.md": "100755", "a.md": "100644"}


@pytest.mark.parametrize(
    "path",
    ["content/記事/índex.md", 'a "b" c.md', "a\tb.md".replace("\t", " "), "*.md", ":(top)x.md", "x'y.md", "😀/é.md"],
)
def test_paths_are_taken_literally(tmp_path: Path, path: str) -> None:
    remote = repository(tmp_path, {"x.md": b"x", "content/y.md": b"y"})
    place = checkout(remote, tmp_path)
    before = place.fetch()
    assert place.read([path]) == {path: None}
    place.push(place.replay({path: b"new"}, MESSAGE))
    assert changed(remote, before, "main") == [f"A {path}"]
    assert (place.read([path]), place.moved(b"new")) == ({path: b"new"}, path)
    place.push(place.replay({path: None}, MESSAGE))
    assert git(remote, "rev-parse", "main^{tree}") == git(remote, "rev-parse", f"{before}^{{tree}}")


def test_bytes_arrive_as_they_are(tmp_path: Path) -> None:
    attributes = b"* text=auto eol=crlf\n*.md ident\n"
    remote = repository(tmp_path, {".gitattributes": attributes, "crlf.md": b"a\r\nb\r\n"})
    odd = b"$Id$\r\n\x00\xff\n\n done\ndata 3\nfrom x\n"
    place = checkout(remote, tmp_path)
    assert place.read(["crlf.md"]) == {"crlf.md": b"a\r\nb\r\n"}
    place.push(place.replay({"odd.md": odd, "empty.md": b"", "last.md": b"no newline"}, MESSAGE))
    found = checkout(remote, tmp_path / "other").read(["odd.md", "empty.md", "last.md"])
    assert found == {"odd.md": odd, "empty.md": b"", "last.md": b"no newline"}


def test_a_post_that_was_moved_is_found_by_its_bytes(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"posts/old/index.md": b"text", "posts/other.md": b"other"})
    place = checkout(remote, tmp_path)
    place.fetch()
    somebody_commits(remote, {"posts/old/index.md": None, "posts/new/index.md": b"text"})
    place.fetch()
    assert place.read(["posts/old/index.md"]) == {"posts/old/index.md": None}
    assert place.moved(b"text") == "posts/new/index.md"
    assert place.moved(b"nowhere") == ""


def test_a_path_may_change_in_case_alone(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"posts/Foo/index.md": b"x", "posts/Foo/feature.png": b"p"})
    place = checkout(remote, tmp_path)
    place.push(place.replay({"posts/Foo/index.md": None, "posts/foo/index.md": b"x"}, MESSAGE))
    assert place.list() == ("posts/Foo/feature.png", "posts/foo/index.md")


def test_a_delivery_is_found_by_its_key(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    place = checkout(remote, tmp_path)
    place.push(first := place.replay({"a.md": b"b"}, message(key="first")))
    place.push(place.replay({"a.md": b"c"}, message(key="second", subject="Matome-Delivery: forged")))
    somebody_commits(remote, {"a.md": b"d"})
    fresh = checkout(remote, tmp_path / "other")
    assert fresh.find("first") == first
    assert fresh.find("second") == git(remote, "rev-parse", "main^")
    assert (fresh.find("forged"), fresh.find("firs"), fresh.find(".*")) == ("", "", "")


@pytest.mark.parametrize(
    ("name", "email", "written"),
    [
        ("編集者 あんな", "anna@example.org", "編集者 あんな <anna@example.org>"),
        ("A <b>\nauthor x", "a b<c>@x\n", "A b author x <abc@x>"),
        ("", "", "Matome <>"),
        ("\0 \u2028", "x", "Matome <x>"),
    ],
)
def test_any_name_can_be_an_authors(tmp_path: Path, name: str, email: str, written: str) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    place = checkout(remote, tmp_path)
    place.push(place.replay({"a.md": b"b"}, replace(MESSAGE, author_name=name, author_email=email)))
    assert git(remote, "log", "-1", "--format=%an <%ae>", "main") == written
    git(remote, "fsck")


def test_a_site_that_is_not_there_yet_can_be_begun(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"README.md": b"r"})
    place = checkout(remote, tmp_path, root="blog")
    assert (place.list(), place.read(["a.md"]), place.extract(tmp_path)) == ((), {"a.md": None}, ())
    place.push(place.replay({"a.md": b"a"}, MESSAGE))
    assert place.list() == ("a.md",)


def test_what_arrived_is_still_there_when_somebody_went_on(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    place = checkout(remote, tmp_path)
    place.push(made := place.replay({"a.md": b"b"}, MESSAGE))
    somebody_commits(remote, {"b.md": b"b"})
    assert place.arrived(made)
    assert checkout(remote, tmp_path / "other").arrived(made)
    assert not place.arrived("0" * 40)
    git(remote, "update-ref", "refs/heads/main", git(remote, "rev-parse", "main~2"))
    assert not place.arrived(made)


def test_many_files_are_read_at_once(tmp_path: Path) -> None:
    files = {f"posts/{n // 100:03}/{n}/index.md": f"post {n}\n".encode() * 20 for n in range(10_000)}
    remote = repository(tmp_path, files)
    place = checkout(remote, tmp_path)
    assert place.read(files) == files
    assert place.list() == tuple(sorted(files))
    few = [*files][:3]
    assert place.read(few) == {path: files[path] for path in few}


def test_a_long_history_is_not_fetched(tmp_path: Path) -> None:
    remote = repository(tmp_path, {"a.md": b"0"})
    for number in range(1, 130):
        somebody_commits(remote, {"a.md": str(number).encode()})
    place = checkout(remote, tmp_path)
    place.fetch()
    (mirror,) = (tmp_path / "mirrors").glob("*.git")
    assert git(mirror, "rev-list", "--count", "refs/matome/fetched") == "100"
    place.push(place.replay({"a.md": b"new"}, MESSAGE))
    place.fetch()
    assert git(remote, "rev-list", "--count", "main") == "131"
    git(remote, "fsck", "--strict", "--connectivity-only")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("link.md", "path_is_symlink"),
        ("linked/x.md", "path_is_symlink"),
        ("linked/deep/x.md", "path_is_symlink"),
        ("folder", "path_is_directory"),
        ("folder/a.md/x.md", "path_is_file"),
        ("theme/x.md", "path_is_submodule"),
        ("theme", "path_is_submodule"),
    ],
)
@pytest.mark.parametrize("few", [True, False], ids=["few", "many"])
def test_nothing_is_written_over_or_through_what_is_no_file(tmp_path: Path, path: str, code: str, few: bool) -> None:
    remote = repository(tmp_path, {"folder/a.md": b"a"})
    write_tree(
        remote, {"link.md": ("120000", "../../etc/passwd"), "linked": ("120000", "folder"), "theme": ("160000", "")}
    )
    place = checkout(remote, tmp_path)
    before = place.fetch()
    more = {} if few else {f"more/{number}.md": b"" for number in range(400)}
    with pytest.raises(InTheWay) as raised:
        place.replay({"ok.md": b"ok", path: b"x", **more}, MESSAGE)
    assert raised.value.code == code
    with pytest.raises(InTheWay):
        place.read([path, *more])
    assert git(remote, "rev-parse", "main") == before


@pytest.mark.parametrize(
    "path", ["../x.md", "/etc/x", "a/../../x", "-x", ".git/config", "a/.GIT/x", "a\nb", "a//b", ""]
)
def test_paths_that_lead_elsewhere_are_refused(tmp_path: Path, path: str) -> None:
    remote = repository(tmp_path, {"a.md": b"a"})
    place = checkout(remote, tmp_path)
    for act in (lambda: place.replay({path: b"x"}, MESSAGE), lambda: place.read([path])):
        with pytest.raises(PlaceError, match="bad_path"):
            act()


def test_the_site_can_be_built_from_what_was_fetched(tmp_path: Path) -> None:
    files = {"site/hugo.toml": b"x", "site/layouts/a.html": b"l\n", "site/content/p.md": b"p", "other.md": b"o"}
    attributes = {"site/.gitattributes": b"* text eol=crlf\n*.html export-ignore\n"}
    remote = repository(tmp_path, files | attributes, executable=["site/hugo.toml"])
    write_tree(remote, {"site/evil": ("120000", "/etc"), "site/themes/blowfish": ("160000", "")})
    target, whole = tmp_path / "build", tmp_path / "whole"
    target.mkdir()
    whole.mkdir()
    place = checkout(remote, tmp_path, root="site")
    assert place.extract(target) == ("themes/blowfish",)
    place.extract(whole, exclude_content=False)
    found = {str(path.relative_to(target)): path.read_bytes() for path in target.rglob("*") if not path.is_dir()}
    assert found == {".gitattributes": attributes["site/.gitattributes"], "hugo.toml": b"x", "layouts/a.html": b"l\n"}
    assert (whole / "content/p.md").read_bytes() == b"p"
    assert not (target / "evil").exists(follow_symlinks=False)
