"""A Hugo site in a folder of this machine. No link is ever followed, so nothing outside it is read."""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from digests.archive.sites import READ_FROM, Listing, Noted, SiteError, UnreadableFile, bad_path, is_passed_over, shown


class SiteFolder:
    """`root` is a site's root, or a folder that holds posts directly."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def listing(self) -> Listing:
        try:
            names = {entry.name for entry in os.scandir(self.root) if entry.is_dir()}
        except OSError as error:
            raise SiteError("no_folder", f"{self.root}: {error.strerror}") from error
        starts = [name for name in READ_FROM if name in names] if "content" in names else [""]
        paths: list[str] = []
        noted: list[Noted] = []
        for start in starts:
            self._walk(start, paths, noted)
        return Listing(tuple(sorted(paths)), tuple(noted))

    def read(self, paths: Sequence[str], *, most: int) -> Iterator[tuple[str, bytes | UnreadableFile]]:
        for path in paths:
            try:
                yield path, _read(self.root / path, most)
            except UnreadableFile as error:
                yield path, error

    def _walk(self, start: str, paths: list[str], noted: list[Noted]) -> None:
        folders = [start]
        while folders:
            folder = folders.pop()
            try:
                entries = sorted(os.scandir(self.root / folder), key=lambda entry: entry.name)
            except OSError as error:
                noted.append(Noted(shown(folder), 0, "unreadable_file", error.strerror or ""))
                continue
            for entry in entries:
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.is_dir(follow_symlinks=False):
                    if _is_page_name(entry.name):
                        noted.append(Noted(shown(path), 0, "not_a_file", "a folder"))
                    elif not is_passed_over(entry.name):
                        folders.append(path)
                elif entry.name.startswith("."):
                    continue
                elif why := _why_not(entry, path):
                    noted.append(Noted(shown(path), 0, why))
                else:
                    paths.append(path)


def _why_not(entry: os.DirEntry[str], path: str) -> str:
    if entry.is_symlink():
        return "link"
    return "not_a_file" if not entry.is_file(follow_symlinks=False) else bad_path(path)


def _is_page_name(name: str) -> bool:
    return name.lower().endswith((".md", ".markdown"))


def _read(path: Path, most: int) -> bytes:
    try:
        # Neither a link that came in the place of the file since, nor a pipe that nobody writes to.
        with open(path, "rb", opener=lambda name, flags: os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK)) as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode):
                raise UnreadableFile("not_a_file")
            content = file.read(most + 1) if found.st_size <= most else b""
    except OSError as error:
        raise UnreadableFile("unreadable_file", error.strerror or type(error).__name__) from error
    if found.st_size > most or len(content) > most:
        raise UnreadableFile("too_large", f"{found.st_size} bytes")
    return content
