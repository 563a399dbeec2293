"""Posts go into a git repository: what is read there, and what arrives."""

from pathlib import Path

from digests.publishing.checkout import Checkout
from tests.repositories import MESSAGE, commit, git, repository


def checkout(location: Path, tmp_path: Path, **fields) -> Checkout:
    return Checkout(str(location), branch="main", mirrors=tmp_path / "mirrors", **fields)


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
    changed = git(remote, "-c", "core.quotePath=false", "diff-tree", "-r", "--name-status", before, made)
    assert changed.split() == ["M", "content/a.md", "D", "content/b.md", "A", "content/記事.md"]
    assert git(remote, "show", "main:content/a.md") == "あ"
    assert commit(remote, "main") == (
        "Editor <editor@example.org>|Matome <matome@example.org>|まとめ\n\nMatome-Delivery: k-1\nMatome-Digest: slug v3"
    )
