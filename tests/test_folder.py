"""Posts go into a folder: each whole or not at all, and never over a link."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from digests.publishing.beneath import _in_these_letters
from digests.publishing.folder import Folder
from digests.publishing.places import Busy, InTheWay, PlaceError, Rejected
from tests.disks import small_disk
from tests.git_repositories import MESSAGE, message

FILES = {"content/a.md": b"a", "content/b/index.md": b"b", "layouts/x.html": b"x"}


def folder(tmp_path: Path, **fields) -> Folder:
    return Folder(str(tmp_path / "site"), **{"journals": tmp_path / "journals", **fields})


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def site(tmp_path: Path, files: dict[str, bytes] = FILES) -> Path:
    root = tmp_path / "site"
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def test_files_stand_there_after_the_push_and_not_before(tmp_path: Path) -> None:
    root = site(tmp_path)
    with folder(tmp_path) as place:
        assert place.fetch() == ""
        assert place.read(["content/a.md", "content/c.md"]) == {"content/a.md": b"a", "content/c.md": None}
        changes = {"content/a.md": "あ".encode(), "content/b/index.md": None, "content/記事/index.md": b"new"}
        stage = place.replay(changes, MESSAGE)
        assert {path: content for path, content in contents(root).items() if ".matome-" not in path} == FILES
        assert not place.arrived(stage)
        place.push(stage)
        assert place.arrived(stage)
        assert (place.find("k-1"), place.find("k-2")) == (stage, "")
        place.push(stage)
    assert contents(root) == {
        "content/a.md": "あ".encode(),
        "content/記事/index.md": b"new",
        "layouts/x.html": b"x",
    }
    assert not (root / "content/b").exists()
    assert folder(tmp_path).arrived(stage)


def test_every_step_also_works_without_holding_the_turn(tmp_path: Path) -> None:
    root = site(tmp_path)
    place = folder(tmp_path)
    place.fetch()
    place.push(stage := place.replay({"content/a.md": b"A"}, MESSAGE))
    assert place.arrived(stage)
    assert contents(root) == {**FILES, "content/a.md": b"A"}


def test_nothing_to_change_writes_nothing(tmp_path: Path) -> None:
    root = site(tmp_path)
    before = (root / "content/a.md").stat()
    place = folder(tmp_path)
    assert place.replay({"content/a.md": b"a", "content/gone.md": None}, MESSAGE) == ""
    place.push("")
    assert place.arrived("")
    assert (root / "content/a.md").stat() == before


def test_paths_are_below_the_sites_folder(tmp_path: Path) -> None:
    root = site(tmp_path, {"README.md": b"r", "blog/content/a.md": b"a"})
    place = folder(tmp_path, root="blog")
    assert (place.list(), place.list("content"), place.list("none")) == (("content/a.md",), ("content/a.md",), ())
    assert (place.moved(b"a"), place.moved(b"r")) == ("content/a.md", "")
    place.push(place.replay({"b.md": b"b"}, MESSAGE))
    assert (root / "blog/b.md").read_bytes() == b"b"


def test_permissions_of_a_file_stay(tmp_path: Path) -> None:
    root = site(tmp_path)
    (root / "content/a.md").chmod(0o755)
    place = folder(tmp_path)
    place.push(place.replay({"content/a.md": b"A", "content/new.md": b"n"}, MESSAGE))
    modes = [
        stat.S_IMODE((root / path).stat().st_mode) for path in ("content/a.md", "content/new.md", "layouts/x.html")
    ]
    assert modes == [0o755, modes[2], modes[2]]


# What somebody else does.


def test_a_file_changed_since_it_was_staged_is_not_overwritten(tmp_path: Path) -> None:
    root = site(tmp_path)
    with folder(tmp_path) as place:
        stage = place.replay({"content/a.md": b"A", "content/b/index.md": b"B"}, MESSAGE)
        (root / "content/b/index.md").write_bytes(b"by hand")
        with pytest.raises(Rejected):
            place.push(stage)
        assert contents(root) == {**FILES, "content/b/index.md": b"by hand"}
        with pytest.raises(Rejected):
            place.push(stage)
        place.push(place.replay({"content/a.md": b"A"}, MESSAGE))
    assert contents(root) == {**FILES, "content/a.md": b"A", "content/b/index.md": b"by hand"}


def test_two_deliveries_queue_up(tmp_path: Path) -> None:
    root = site(tmp_path)
    script = (
        "import sys; from pathlib import Path; from digests.publishing.folder import Folder;"
        "from tests.git_repositories import message\n"
        "with Folder(sys.argv[1], journals=Path(sys.argv[2])) as place:\n"
        "    seen = int(place.read(['n'])['n'] or 0)\n"
        "    place.push(place.replay({'n': str(seen + 1).encode()}, message(key=sys.argv[3])))\n"
    )
    arguments = [sys.executable, "-c", script, str(root), str(tmp_path / "journals")]
    started = [subprocess.Popen([*arguments, f"k{number}"]) for number in range(4)]
    assert [process.wait(60) for process in started] == [0, 0, 0, 0]
    assert (root / "n").read_bytes() == b"4"
    with folder(tmp_path), pytest.raises(Busy):
        folder(tmp_path, wait_seconds=0.05).fetch()


def test_a_hand_edit_after_a_crash_stays(tmp_path: Path) -> None:
    """Whatever the step at which the run was killed: what somebody wrote since is left as it is."""
    script = (
        "import sys; from pathlib import Path; from tests.killing import SCENARIOS, killed\n"
        "scenario, step = SCENARIOS['folder'], 0\n"
        "while True:\n"
        "    step += 1; root = Path(sys.argv[1]) / str(step); root.mkdir(); scenario.make(root)\n"
        "    more = killed(scenario, root, step, within_seconds=0)\n"
        "    (root / 'site/posts/a.md').write_bytes(b'by hand')\n"
        "    with scenario.place(root) as place:\n"
        "        assert place.read(['posts/a.md']) == {'posts/a.md': b'by hand'}, step\n"
        "    assert not [*(root / 'site').rglob('.matome-*')], step\n"
        "    if not more: break\n"
        "print(step)\n"
    )
    arguments = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 20


# What must not be written.


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("link.md", "symlink"),
        ("dangling.md", "symlink"),
        ("linked/x.md", "symlink"),
        ("linked/deep/x.md", "symlink"),
        ("content", "directory"),
        ("content/a.md/x.md", "file"),
        ("pipe.md", "special"),
    ],
)
def test_nothing_is_written_over_or_through_what_is_no_file(tmp_path: Path, path: str, kind: str) -> None:
    root = site(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.md").write_bytes(b"precious")
    (root / "link.md").symlink_to(outside / "x.md")
    (root / "dangling.md").symlink_to(tmp_path / "nowhere")
    (root / "linked").symlink_to(outside)
    os.mkfifo(root / "pipe.md")
    place = folder(tmp_path)
    for act in (lambda: place.replay({"ok.md": b"ok", path: b"x"}, MESSAGE), lambda: place.read([path])):
        with pytest.raises(InTheWay) as raised:
            act()
        assert raised.value.code == f"path_is_{kind}"
    assert contents(outside) == {"x.md": b"precious"}
    assert not (root / "ok.md").exists()
    assert place.list() == tuple(sorted(FILES))


def test_a_link_put_there_after_staging_is_not_followed(tmp_path: Path) -> None:
    root = site(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    place = folder(tmp_path)
    stage = place.replay({"content/new/index.md": b"n"}, MESSAGE)
    (root / "content/new").symlink_to(outside)
    with pytest.raises(InTheWay):
        place.push(stage)
    assert contents(outside) == {}


@pytest.mark.parametrize("path", ["../x.md", "/etc/x", "a/../../x", "-x", ".git/config", ""])
def test_paths_that_lead_elsewhere_are_refused(tmp_path: Path, path: str) -> None:
    site(tmp_path)
    for act in (lambda: folder(tmp_path).replay({path: b"x"}, MESSAGE), lambda: folder(tmp_path).read([path])):
        with pytest.raises(PlaceError, match="bad_path"):
            act()


@pytest.mark.parametrize("location", ["", "site", "./site", "/srv/../etc", "/a\0b", "https://host/a"])
def test_only_full_paths_are_locations(tmp_path: Path, location: str) -> None:
    with pytest.raises(PlaceError, match="bad_location"):
        Folder(location, journals=tmp_path)


def test_the_folder_itself_may_be_reached_over_a_link(tmp_path: Path) -> None:
    root = site(tmp_path)
    (tmp_path / "current").symlink_to(root)
    place = Folder(str(tmp_path / "current"), journals=tmp_path / "journals")
    place.push(place.replay({"content/a.md": b"A"}, MESSAGE))
    assert (root / "content/a.md").read_bytes() == b"A"


def test_files_that_cannot_be_named_are_not_listed(tmp_path: Path) -> None:
    root = site(tmp_path)
    for name in (b"back\\slash.md", b"new\nline.md", b"latin\xe9.md", b"-x.md"):
        Path(os.fsdecode(os.fsencode(root) + b"/" + name)).write_bytes(b"x")
    (root / ".git").mkdir()
    (root / ".git/config").write_bytes(b"x")
    place = folder(tmp_path)
    assert place.list() == tuple(sorted(FILES))
    assert place.moved(b"x") == "layouts/x.html"
    assert place.read(place.list()) == FILES


# The machine is not as it should be.


def test_a_missing_folder_is_missing(tmp_path: Path) -> None:
    place = folder(tmp_path)
    for act in (place.fetch, lambda: place.read(["a.md"]), lambda: place.replay({"a.md": b"a"}, MESSAGE)):
        with pytest.raises(PlaceError, match="folder_missing"):
            act()


def test_a_full_disk_leaves_the_old_files(tmp_path: Path) -> None:
    with small_disk(tmp_path / "site", 200):
        root = site(tmp_path)
        place = folder(tmp_path)
        with pytest.raises(PlaceError) as raised:
            place.replay({"content/a.md": b"A" * 1000, "content/big.jpg": b"x" * 400_000}, MESSAGE)
        assert (raised.value.code, raised.value.paths[0][:16]) == ("disk_full", "content/.matome-")
        assert contents(root) == FILES
        place.push(place.replay({"content/a.md": b"A" * 1000}, MESSAGE))
        assert contents(root) == {**FILES, "content/a.md": b"A" * 1000}


def test_no_room_for_the_journal_leaves_the_old_files(tmp_path: Path) -> None:
    with small_disk(tmp_path / "journals", 32):
        root = site(tmp_path)
        with pytest.raises(PlaceError, match="disk_full"):
            folder(tmp_path).replay({f"content/{'x' * 200}{n}.md": b"" for n in range(200)}, MESSAGE)
        assert contents(root) == FILES


def test_a_limit_of_the_system_counts_as_a_full_disk(tmp_path: Path) -> None:
    root = site(tmp_path)
    script = (
        "import resource, sys; from pathlib import Path; from digests.publishing.folder import Folder;"
        "from digests.publishing.places import PlaceError; from tests.git_repositories import MESSAGE\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))\n"
        "try: Folder(sys.argv[1], journals=Path(sys.argv[2])).replay({'content/a.md': b'x' * 500_000}, MESSAGE)\n"
        "except PlaceError as error: print(error.code)\n"
    )
    arguments = [sys.executable, "-c", script, str(root), str(tmp_path / "journals")]
    done = subprocess.run(arguments, capture_output=True, check=True, text=True)
    assert done.stdout == "disk_full\n"
    assert contents(root) == FILES


def test_a_disk_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with small_disk(tmp_path / "site", 200):
        root = site(tmp_path)
        subprocess.run(["mount", "-o", "remount,ro", str(root)], check=True)
        with pytest.raises(PlaceError) as raised:
            folder(tmp_path).replay({"content/a.md": b"A"}, MESSAGE)
        assert raised.value.code == "permission_denied"
        assert contents(root) == FILES
    assert [path.suffix for path in (tmp_path / "journals").iterdir()] == [".lock"]


def test_what_fails_half_way_is_put_back(tmp_path: Path) -> None:
    """The second file cannot be: the first is a file where it needs a folder."""
    root = site(tmp_path)
    place = folder(tmp_path)
    changes = {"content/b/index.md": None, "content/a.md": b"A", "content/n": b"n", "content/n/x.md": b"x"}
    stage = place.replay(changes, MESSAGE)
    with pytest.raises(InTheWay):
        place.push(stage)
    assert contents(root) == FILES
    assert not place.arrived(stage)
    assert place.find("k-1") == ""
    place.push(place.replay({"content/a.md": b"A"}, message(key="k-2")))
    assert contents(root) == {**FILES, "content/a.md": b"A"}


def test_a_journal_that_is_not_ours_is_thrown_away(tmp_path: Path) -> None:
    root = site(tmp_path)
    place = folder(tmp_path)
    place.push(place.replay({"content/a.md": b"A"}, MESSAGE))
    name = next((tmp_path / "journals").glob("*.done")).with_suffix(".json")
    for text in ("", "[]", '{"stage": 1}', "\0", '{"changes": [{"path": "../x"}]}'):
        name.write_text(text)
        assert place.fetch() == ""
    assert contents(root) == {**FILES, "content/a.md": b"A"}


# Upper and lower case.


def test_a_path_may_change_in_case_alone(tmp_path: Path) -> None:
    """Where both are one, too (macOS): the post must not go with its old name."""
    root = site(tmp_path, {"posts/Foo/index.md": b"x", "posts/Foo/feature.png": b"p", "Bar.md": b"y"})
    place = folder(tmp_path)
    changes = {"posts/foo/index.md": b"x", "posts/Foo/index.md": None, "bar.md": b"y", "Bar.md": None}
    place.push(place.replay(changes, MESSAGE))
    assert place.read(["posts/foo/index.md", "bar.md"]) == {"posts/foo/index.md": b"x", "bar.md": b"y"}
    names = {path.name for path in root.rglob("*")}
    assert {"foo", "bar.md"} <= names
    assert "Bar.md" not in names


def test_a_folder_gets_the_wanted_letters(tmp_path: Path) -> None:
    """What `make_folders` does where upper and lower case are one."""
    (tmp_path / "Foo").mkdir()
    (tmp_path / "Foo/x").write_bytes(b"x")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    _in_these_letters(descriptor, "foo")
    _in_these_letters(descriptor, "foo")
    os.close(descriptor)
    assert contents(tmp_path) == {"foo/x": b"x"}


def test_the_site_can_be_built_from_a_copy(tmp_path: Path) -> None:
    root = site(tmp_path, {**FILES, "public/old.html": b"o", ".git/config": b"c"})
    (root / "evil").symlink_to("/etc")
    target, whole = tmp_path / "build", tmp_path / "whole"
    target.mkdir()
    whole.mkdir()
    assert folder(tmp_path).extract(target) == ()
    assert contents(target) == {"layouts/x.html": b"x"}
    folder(tmp_path).extract(whole, exclude_content=False)
    assert contents(whole) == FILES
