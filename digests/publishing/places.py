"""Where posts go: one interface for a folder and a git repository, and the one tree of what can go wrong there.

Knows no database, no settings and no post's format. All paths are below the site's root, with `/`.

    PlaceError              anything that stops a delivery; `code` names it, `detail` holds no secret
    ├── Rejected            somebody was faster: fetch, compare, replay, push once more
    ├── LocalChanges        somebody works on a listed file in the repository's own work tree; nothing was moved
    ├── InTheWay            a listed path is, or lies below, a directory, a symbolic link or a submodule
    └── Busy                another delivery into the same place did not end within the time limit
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

DELIVERY = "Matome-Delivery"  # the trailer by which a run that was cut off finds its commit
LONGEST_PATH_BYTES = 1000
LONGEST_NAME_BYTES = 255  # of most file systems
LARGEST_FILE_BYTES = 50_000_000  # no post or thumbnail is this big; repositories are hostile

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_TOKEN = re.compile(r"[A-Za-z0-9-]+")

_WORDS: dict[str, Promise] = {
    "bad_location": gettext_lazy(
        "This is not an address of a repository that can be used. Give an https:// or ssh:// address, user@host:path,"
        " or the full path of a folder on this machine."
    ),
    "secret_in_location": gettext_lazy(
        "The address holds a password or token. Take it out, put it into an environment variable of the server, and"
        " give that variable's name."
    ),
    "insecure_location": gettext_lazy(
        "Over http:// everybody on the way can read the token and change the posts. Use https:// or ssh."
    ),
    "address_forbidden": gettext_lazy(
        "The host's name leads to an address inside this network, which is not allowed. Check the address; if the host"
        " is meant, set MATOME_ALLOW_PRIVATE_TARGETS=1."
    ),
    "bad_branch": gettext_lazy("This cannot be a branch's name. Check it."),
    "bad_path": gettext_lazy("A file's path leads out of the site's folder or cannot be a path. Check the pattern."),
    "token_missing": gettext_lazy(
        "The environment variable that should hold the token is not set, or empty. Set it where Matome is started."
    ),
    "bad_token": gettext_lazy("The token in the environment variable cannot be one. Check for stray line breaks."),
    "git_missing": gettext_lazy("git, or the ssh it needs, is not installed on this machine. Install it."),
    "git_failed": gettext_lazy("git failed in an unexpected way; the detail says what it reported. Nothing was lost."),
    "remote_missing": gettext_lazy(
        "There is no repository at this address, or these credentials may not see it. Check both."
    ),
    "not_a_repository": gettext_lazy(
        "This folder is not the top folder of a git repository. Give the repository's own folder; the site's folder"
        " below it has a field of its own."
    ),
    "not_owned": gettext_lazy(
        "The repository belongs to another account of this machine, so git does not trust it. Give it to the account"
        " that runs Matome, or add it to that account's safe.directory."
    ),
    "wrong_credentials": gettext_lazy(
        "The repository does not accept the credentials. Check that the token or key is right, not expired, and may"
        " write to this repository."
    ),
    "not_allowed": gettext_lazy("The credentials are known there, but may not do this. Let them write the repository."),
    "unreachable": gettext_lazy("The host cannot be reached. Nothing was changed; check the address, try again later."),
    "unknown_host": gettext_lazy(
        "The host's ssh key is not known on this machine, or has changed. Connect once by hand with the account that"
        " runs Matome, and compare the key with the one the forge publishes."
    ),
    "certificate": gettext_lazy("The host's certificate could not be verified. Nothing was sent; check the address."),
    "timeout": gettext_lazy("There was no answer within the time limit. Nothing was lost; try again later."),
    "branch_missing": gettext_lazy("The repository has no such branch (any more). Check its name, or make it."),
    "rejected": gettext_lazy("Somebody else was faster. Nothing was overwritten; try again."),
    "refused": gettext_lazy(
        "The repository refused the commit: a protected branch or a rule of its own. The detail has its words."
    ),
    "local_changes": gettext_lazy(
        "Somebody has changed these files in the repository's work tree without committing. Commit or undo that first;"
        " nothing was moved."
    ),
    "unfinished_there": gettext_lazy(
        "A merge, rebase or similar is under way in the repository's work tree. Finish or abort it first."
    ),
    "behind_upstream": gettext_lazy(
        "The local repository does not have the newest commits of the one it pushes to. Pull there first."
    ),
    "no_upstream": gettext_lazy("The local branch follows no other repository's branch, so it cannot be pushed on."),
    "path_is_directory": gettext_lazy("Where a file should stand there is a folder. Move it, or change the pattern."),
    "path_is_file": gettext_lazy("Where a folder should stand there is a file. Move it, or change the pattern."),
    "path_is_symlink": gettext_lazy(
        "The path leads over a symbolic link, and nothing is written through one. Put the real file or folder there."
    ),
    "path_is_submodule": gettext_lazy("The path leads into a submodule, another repository. Publish to that one."),
    "path_is_special": gettext_lazy("Where a file should stand there is something that is no file. Move it."),
    "too_large": gettext_lazy("A file there is too large to be read."),
    "folder_missing": gettext_lazy("The folder does not exist. Check the path, and that its disk is mounted."),
    "permission_denied": gettext_lazy("The account that runs Matome may not read or write there. Change the rights."),
    "disk_full": gettext_lazy("The disk is full. Nothing was changed; make room and try again."),
    "disk_failed": gettext_lazy("The disk could not be read or written. The detail says what the system reported."),
    "busy": gettext_lazy("Another delivery into this site is still under way. Try again when it is done."),
    "locked": gettext_lazy("Another git command is at work in the repository. Try again in a moment."),
}


def explain(code: str) -> str:
    """What happened and what to do, in a sentence or two."""
    words = _WORDS.get(code)
    return str(words) if words else _("The site's place reports “%(code)s”.") % {"code": code}


class PlaceError(Exception):
    """What stopped a delivery. `detail` is for the curious and holds no secret; the reader's words belong to `code`."""

    def __init__(self, code: str, detail: str = "", *, paths: Iterable[str] = ()) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.paths = tuple(paths)  # below the site's root; those concerned, where some are

    @property
    def words(self) -> str:
        return explain(self.code)


class Rejected(PlaceError):
    def __init__(self, detail: str = "") -> None:
        super().__init__("rejected", detail)


class LocalChanges(PlaceError):
    def __init__(self, paths: Iterable[str]) -> None:
        named = tuple(paths)
        super().__init__("local_changes", ", ".join(named), paths=named)


class InTheWay(PlaceError):
    """`kind` is "directory", "file", "symlink", "submodule" or "special"."""

    def __init__(self, kind: str, path: str) -> None:
        super().__init__(f"path_is_{kind}", path, paths=(path,))


class Busy(PlaceError):
    def __init__(self, detail: str = "", *, code: str = "busy") -> None:
        super().__init__(code, detail)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a commit says and who made it. Trailers may repeat: `("Matome-Digest", "slug v3")` for each digest."""

    subject: str
    author_name: str
    author_email: str
    committer_name: str
    committer_email: str
    trailers: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        for name, _value in self.trailers:
            if not _TOKEN.fullmatch(name):
                raise ValueError(f"{name!r} cannot be a trailer")

    def text(self) -> str:
        """The whole message; nothing in it can pass for a trailer that is not one."""
        lines = [f"{name}: {_one_line(value)}" for name, value in self.trailers]
        subject = _one_line(self.subject) or "Matome"
        return "\n".join([subject, "", *lines]).rstrip() + "\n"

    def key(self) -> str:
        """The delivery's key, "" when it has none."""
        return next((value for name, value in self.trailers if name == DELIVERY), "")


def _one_line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def checked_path(path: str) -> str:
    """The path as it came. Raises `PlaceError` ("bad_path") unless it can only lead to a file below the root."""
    if not can_be_path(path):
        raise PlaceError("bad_path", _CONTROL.sub("?", path)[:200])
    return path


def can_be_path(path: str) -> bool:
    parts = path.split("/")
    return not (
        not path
        or path.startswith("-")
        or _CONTROL.search(path)
        or "\\" in path
        or len(path.encode(errors="replace")) > LONGEST_PATH_BYTES
        or any(part in {"", ".", ".."} or len(part.encode(errors="replace")) > LONGEST_NAME_BYTES for part in parts)
        or any(_is_git_folder(part) for part in parts)
    )


def _is_git_folder(name: str) -> bool:
    """`.git`, and what some file systems take for it (CVE-2014-9390, CVE-2019-1353)."""
    visible = re.sub("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]", "", name).lower()
    return visible.rstrip(". ").split(":")[0] in {".git", "git~1"}


class Place(Protocol):
    """A site's files as they stand outside.

    Between `with place:` and its end no other process of this machine writes there; every method also works alone.
    The order of a delivery: `fetch`, `read` and compare, `replay`, `push`, `arrived`. Everything raises `PlaceError`.
    """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def fetch(self) -> str:
        """Learns what stands there now. The newest commit; "" for a folder and for a repository without commits."""

    def read(self, paths: Iterable[str]) -> dict[str, bytes | None]:
        """The bytes of each path as fetched, None where there is no file."""

    def moved(self, content: bytes) -> str:
        """The path at which exactly these bytes stand now, "" when nowhere."""

    def list(self, folder: str = "") -> tuple[str, ...]:
        """The paths of all regular files below a folder ("" is the site's root), in order; only what can be a path."""

    def replay(self, changes: Mapping[str, bytes | None], message: Message) -> str:
        """Makes the commit (or stages the files) on what was fetched; None deletes. Nobody sees anything of it yet.

        What it returns is handed to `push` and `arrived`. When nothing differs it is what `fetch` returned.
        """

    def push(self, commit: str) -> None:
        """Makes it visible, whole or not at all. Raises `Rejected` when somebody was faster."""

    def arrived(self, commit: str) -> bool:
        """Whether the place has it, whatever came after it."""

    def find(self, key: str) -> str:
        """The newest commit that names this delivery, "" when there is none."""

    def extract(self, directory: Path, *, exclude_content: bool = True) -> tuple[str, ...]:
        """Writes the site as fetched into an empty directory, to be built there; the paths of submodules it lacks."""
