"""Real git repositories to test against, made in the test's own folder."""

import os
import subprocess
from collections.abc import Mapping
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
MESSAGE = Message(
    subject="まとめ",
    author_name="Editor",
    author_email="editor@example.org",
    committer_name="Matome",
    committer_email="matome@example.org",
    trailers=(("Matome-Delivery", "k-1"), ("Matome-Digest", "slug v3")),
)


def git(folder: Path, *arguments: str, sent: bytes | None = None) -> str:
    """The output of somebody's own git in a repository. Raises when it fails."""
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments], env=_ENVIRONMENT, input=sent, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().strip()


def repository(tmp_path: Path, files: Mapping[str, bytes], *, name: str = "remote.git", branch: str = "main") -> Path:
    """A bare repository with one commit of these files (none: without any commit)."""
    bare = tmp_path / name
    bare.mkdir(parents=True)
    git(bare, "init", "--quiet", "--bare", f"--initial-branch={branch}")
    if files:
        somebody_commits(bare, files, branch=branch)
    return bare


def somebody_commits(bare: Path, files: Mapping[str, bytes | None], *, branch: str = "main") -> str:
    """Another commit on a branch; None deletes."""
    lines = [f"commit refs/heads/{branch}\ncommitter Someone <someone@example.org> 1750000000 +0000\ndata 4\nmore\n"]
    if git(bare, "for-each-ref", f"refs/heads/{branch}"):
        lines.append(f"from refs/heads/{branch}^0\n")
    stream = "".join(lines).encode()
    for path, content in files.items():
        stream += f"D {path}\n".encode() if content is None else b""
        if content is not None:
            stream += f"M 100644 inline {path}\ndata {len(content)}\n".encode() + content + b"\n"
    git(bare, "fast-import", "--quiet", sent=stream)
    return git(bare, "rev-parse", branch)


def commit(bare: Path, name: str) -> str:
    return git(bare, "log", "-1", "--format=%an <%ae>|%cn <%ce>|%B", name)
