"""A Hugo site's files as a move-in needs them, wherever they lie, and which of them are posts.

Everything about them is hostile: their names, what they link to, how large they are, what is in them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from digests.publishing.places import PlaceError, checked_path

MOST_POST_BYTES = 4 * 1024 * 1024  # the largest of 1,933 real posts has 110 kB
MOST_PATH_LENGTH = 500
READ_FROM = ("content", "assets", "static")  # what a site's root may hold that is of use here
_PASSED_OVER = frozenset(
    ("archetypes", "layouts", "node_modules", "public", "resources", "themes", "__macosx", "i18n", "data")
)

_POST = re.compile(r"\.(md|markdown)\Z", re.IGNORECASE)
_SECTION_PAGE = re.compile(r"_index\.[^/]*\Z", re.IGNORECASE)
_AMONG_POSTS = re.compile(r"(\A|/)(posts?|(19|20)[0-9]{2}[_-](0[1-9]|1[0-2])([_-][^/]*)?)(/|\Z)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Noted:
    """Something about a site's file that its owner should know. `line` is 1-based, 0 for the file as a whole."""

    path: str
    line: int
    code: str
    detail: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class SiteError(Exception):
    """The site as a whole cannot be read; `code` says why, `detail` names the part."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


class UnreadableFile(Exception):
    """One file whose bytes cannot be had."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class Listing:
    """Every file's path below the site's root, sorted, and what was passed over."""

    paths: tuple[str, ...]
    noted: tuple[Noted, ...] = ()


class Site(Protocol):
    """Where posts come from. Paths are relative to the site's root, with `/` between folders."""

    def listing(self) -> Listing:
        """Raises `SiteError`."""

    def read(self, paths: Sequence[str], *, most: int) -> Iterator[tuple[str, bytes | UnreadableFile]]:
        """Each file's bytes, in the order asked for; "too_large" for more than `most` bytes. Raises `SiteError`."""


def is_passed_over(folder: str) -> bool:
    """Whether a folder of this name is none that holds posts or their pictures."""
    return folder.startswith(".") or folder.lower() in _PASSED_OVER


def pages_among(paths: Sequence[str]) -> list[str]:
    """The paths that Hugo makes pages of: Markdown below content/, or anywhere where there is no such folder."""
    content = any(path.startswith("content/") for path in paths)
    return [path for path in paths if _POST.search(path) and (not content or path.startswith("content/"))]


def stands_among_posts(path: str) -> bool:
    """Whether a page without a single quote is still one of the posts, going by the place where it stands.

    Posts stand in a section `posts` or in folders named by dates; where the folder that moves in holds no site but
    posts directly, every page bundle is one.
    """
    if _SECTION_PAGE.search(path):
        return False
    folder, _, name = path.rpartition("/")
    return bool(_AMONG_POSTS.search(folder)) or (not path.startswith("content/") and name.lower() == "index.md")


def bad_path(path: str) -> str:
    """Why a path cannot be kept as a post's; "" when it can."""
    if len(path) > MOST_PATH_LENGTH:
        return "name_too_long"
    try:
        checked_path(path)
    except PlaceError:  # what could not be written there again
        return "bad_name"
    return ""


def shown(path: str) -> str:
    """A path for a report: what is no text becomes a sign, the rest stays."""
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "\ufffd", path)[:MOST_PATH_LENGTH]
