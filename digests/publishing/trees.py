"""What stands in a commit, and the next commit made of it, by git's plumbing in a bare repository.

Paths are those of the repository, already checked. Raises `PlaceError`.
"""

import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO

from digests.publishing.beneath import told
from digests.publishing.places import InTheWay, Message
from digests.publishing.plumbing import Git

FEW_PATHS = 300  # as many are named one by one; for more the whole tree is listed
_MADE = "refs/matome/made"
_KINDS = {"040000": "directory", "100644": "file", "100755": "file", "120000": "symlink", "160000": "submodule"}
_REGULAR = ("100644", "100755")

type Entries = dict[str, tuple[str, str]]
"""Path → mode and object."""


def files(git: Git, commit: str, folder: str) -> Iterator[tuple[str, str]]:
    """Path and blob of every regular file below a folder ("" or ending in /)."""
    for path, (mode, blob) in _listed(git, "-r", "-z", commit, "--", *filter(None, [folder])).items():
        if mode in _REGULAR and path.startswith(folder):
            yield path, blob


def standing(git: Git, commit: str, paths: Iterable[str]) -> Entries:
    """Mode and blob of each path that is a file. Raises `InTheWay` where something else is, or is on the way."""
    named = list(paths)
    found = _found(git, commit, named)
    for path in named:
        parts = path.split("/")
        for length in range(1, len(parts) + 1):
            top = "/".join(parts[:length])
            mode, _ = found.get(top, ("", ""))
            if mode and (mode not in _REGULAR if top == path else mode != "040000"):
                raise InTheWay(_KINDS.get(mode, "special"), top)
    return {path: found[path] for path in named if path in found}


def _found(git: Git, commit: str, paths: list[str]) -> Entries:
    """The entries of paths and of what leads to them, among others."""
    if len(paths) > FEW_PATHS:
        return _listed(git, "-r", "-t", "-z", commit)
    if not paths:
        return {}
    found = _listed(git, "-t", "-z", commit, "--", *paths)
    # What leads to a path is told only where it is a folder; anything else there must be asked for by its own name.
    unknown = set()
    for path in paths:
        parts = path.split("/")
        tops = ("/".join(parts[:length]) for length in range(1, len(parts) + 1))
        unknown.update([top for top in tops if top not in found][:1])
    return found | (_listed(git, "-t", "-z", commit, "--", *sorted(unknown)) if unknown else {})


def _listed(git: Git, *arguments: str) -> Entries:
    entries = {}
    for entry in git.ask("ls-tree", *arguments).decode(errors="surrogateescape").split("\0")[:-1]:
        mode_kind_name, _, path = entry.partition("\t")
        mode, _, name = mode_kind_name.split(" ")
        entries[path] = (mode, name)
    return entries


def contents(git: Git, blobs: Mapping[str, str]) -> dict[str, bytes]:
    """The bytes of each path's blob."""
    with git.objects() as objects:
        return {path: objects.blob(blob) for path, blob in blobs.items()}


def blob_id(git: Git, content: bytes) -> str:
    return git.text("hash-object", "--stdin", sent=content)


def commit(git: Git, head: str, changes: Mapping[str, bytes | None], message: Message) -> str:
    """A commit on `head` ("" for a first one) that differs in the listed paths only; `head` when nothing differs.

    Modes of files that stand there stay. Raises `InTheWay`.
    """
    known = standing(git, head, changes) if head else {}
    listed = {path: content for path, content in changes.items() if content is not None or path in known}
    if not listed:
        return head
    with told("a temporary file"), tempfile.TemporaryFile() as stream:
        _describe(stream, head, listed, known, message)
        stream.seek(0)
        git.ask("update-ref", "-d", _MADE)
        git.ask("fast-import", "--quiet", "--done", sent=stream)
    made = git.text("rev-parse", "--verify", _MADE)
    trees = git.text("rev-parse", *(f"{name}^{{tree}}" for name in filter(None, (made, head)))).split()
    return head if head and trees[0] == trees[1] else made


def _describe(
    stream: IO[bytes], head: str, changes: Mapping[str, bytes | None], known: Entries, message: Message
) -> None:
    """The commit in the language of git-fast-import."""
    now = f"{int(time.time())} +0000"
    text = message.text().encode()
    people = (
        f"author {_person(message.author_name, message.author_email)} {now}\n"
        f"committer {_person(message.committer_name, message.committer_email)} {now}\n"
    )
    stream.write(f"commit {_MADE}\n{people}data {len(text)}\n".encode() + text)
    stream.write(f"\nfrom {head}\n".encode() if head else b"\n")
    for path, content in changes.items():
        quoted = '"{}"'.format(path.replace('"', '\\"')).encode()
        if content is None:
            stream.write(b"D %s\n" % quoted)
        else:
            mode, _ = known.get(path, ("100644", ""))
            stream.write(b"M %s inline %s\ndata %d\n" % (mode.encode(), quoted, len(content)))
            stream.write(content + b"\n")
    stream.write(b"\ndone\n")


def _person(name: str, email: str) -> str:
    clean = [
        " ".join("".join(sign if sign.isprintable() and sign not in "<>" else " " for sign in text).split())
        for text in (name, email)
    ]
    return f"{clean[0] or 'Matome'} <{clean[1].replace(' ', '')}>"


def extract(git: Git, tree: str, directory: Path, *, without: str = "") -> tuple[str, ...]:
    """Writes the regular files of a tree into an empty directory; the paths of its submodules.

    Symbolic links are left out: they may lead anywhere. `without` is a folder at the top to leave out. Where there is
    no such tree, nothing is written.
    """
    if not git.holds("cat-file", "-e", tree):
        return ()
    index = git.directory / "matome-index-of-site"
    index.unlink(missing_ok=True)
    tops = [name for name in _listed(git, "-z", tree) if name != without]
    entries = _listed(git, "-r", "-z", tree, "--", *tops) if tops else {}
    lines = [f"{mode} {name}\t{path}" for path, (mode, name) in entries.items() if mode in _REGULAR]
    extra = {"GIT_INDEX_FILE": str(index)}
    git.ask(
        "update-index", "-z", "--index-info", sent="\0".join([*lines, ""]).encode(errors="surrogateescape"), extra=extra
    )
    replace(git, work_tree=directory).ask("checkout-index", "--all", "--quiet", extra=extra)
    index.unlink(missing_ok=True)
    return tuple(path for path, (mode, _) in entries.items() if mode == "160000")
