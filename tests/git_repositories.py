"""Real git repositories to test against, made in the test's own folder."""

import os
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from digests.publishing.places import Message

_ENVIRONMENT = {
    "PATH": os.defpath,
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Someone",
    "GIT_AUTHOR_EMAIL": "someone@example.org",
    "GIT_COMMITTER_NAME": "Someone",
    "GIT_COMMITTER_EMAIL": "someone@example.org",
}


def message(*, key: str = "k-1", subject: str = "まとめ") -> Message:
    return Message(
        subject=subject,
        author_name="Editor",
        author_email="editor@example.org",
        committer_name="Matome",
        committer_email="matome@example.org",
        trailers=(("Matome-Delivery", key), ("Matome-Digest", "slug v3")),
    )


MESSAGE = message()


def git(folder: Path, *arguments: str, sent: bytes | None = None) -> str:
    """The output of somebody's own git in a repository. Raises when it fails."""
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=_ENVIRONMENT, input=sent, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def repository(
    tmp_path: Path,
    files: Mapping[str, bytes],
    *,
    name: str = "remote.git",
    branch: str = "main",
    executable: Iterable[str] = (),
) -> Path:
    """A bare repository with one commit of these files (none: without any commit)."""
    bare = tmp_path / name
    bare.mkdir(parents=True)
    git(bare, "init", "--quiet", "--bare", f"--initial-branch={branch}")
    if files:
        somebody_commits(bare, files, branch=branch, executable=executable)
    return bare


def somebody_commits(
    bare: Path, files: Mapping[str, bytes | None], *, branch: str = "main", executable: Iterable[str] = ()
) -> str:
    """Another commit on a branch; None deletes."""
    lines = [f"commit refs/heads/{branch}\ncommitter Someone <someone@example.org> 1750000000 +0000\ndata 4\nmore\n"]
    if git(bare, "for-each-ref", f"refs/heads/{branch}"):
        lines.append(f"from refs/heads/{branch}^0\n")
    stream = ["".join(lines).encode()]
    for path, content in files.items():
        if content is None:
            stream.append(f"D {path}\n".encode())
        else:
            mode = "100755" if path in executable else "100644"
            stream.append(f"M {mode} inline {path}\ndata {len(content)}\n".encode() + content + b"\n")
    git(bare, "fast-import", "--quiet", sent=b"".join(stream))
    return git(bare, "rev-parse", branch)


def write_tree(bare: Path, entries: Mapping[str, tuple[str, str]]) -> None:
    """Another commit on main with entries of any mode: a link's target, or a submodule."""
    lines = ["commit refs/heads/main\ncommitter Someone <someone@example.org> 1750000000 +0000\ndata 4\nmore\n"]
    lines.append("from refs/heads/main^0\n")
    for path, (mode, target) in entries.items():
        if mode == "160000":
            lines.append(f"M 160000 {'1' * 40} {path}\n")
        else:
            lines.append(f"M {mode} inline {path}\ndata {len(target)}\n{target}\n")
    git(bare, "fast-import", "--quiet", sent="".join(lines).encode())


def commit(bare: Path, name: str) -> str:
    return git(bare, "log", "-1", "--format=%an <%ae>|%cn <%ce>|%B", name)
