"""Posts go into a folder: each whole or not at all, and never over a link."""

from pathlib import Path

from digests.publishing.folder import Folder
from tests.repositories import MESSAGE


def folder(tmp_path: Path, **fields) -> Folder:
    return Folder(str(tmp_path / "site"), journals=tmp_path / "journals", **fields)


def contents(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in sorted(root.rglob("*")) if path.is_file()}


def site(tmp_path: Path, files: dict[str, bytes]) -> Path:
    root = tmp_path / "site"
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    return root


def test_files_stand_there_after_the_push_and_not_before(tmp_path: Path) -> None:
    root = site(tmp_path, {"content/a.md": b"a", "content/b/index.md": b"b", "layouts/x.html": b"x"})
    before = contents(root)
    with folder(tmp_path) as place:
        assert place.fetch() == ""
        assert place.read(["content/a.md", "content/c.md"]) == {"content/a.md": b"a", "content/c.md": None}
        changes = {"content/a.md": "あ".encode(), "content/b/index.md": None, "content/記事/index.md": b"new"}
        stage = place.replay(changes, MESSAGE)
        assert {path: content for path, content in contents(root).items() if ".matome-" not in path} == before
        assert not place.arrived(stage)
        place.push(stage)
        assert place.arrived(stage)
        assert place.find("k-1") == stage
    assert contents(root) == {
        "content/a.md": "あ".encode(),
        "content/記事/index.md": b"new",
        "layouts/x.html": b"x",
    }
    assert not (root / "content/b").exists()
