"""A Hugo site in an uploaded zip. Nothing is ever unpacked to the disk; names are keys, not places."""

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from typing import IO

from digests.archive.sites import READ_FROM, Listing, Noted, SiteError, UnreadableFile, bad_path, is_passed_over, shown

MOST_BYTES = 256 * 1024 * 1024
MOST_FILES = 50_000
MOST_UNPACKED_BYTES = 2 * 1024**3
MOST_RATIO = 200  # text packs to a fifth, a zip bomb to a thousandth
_RATIO_FROM_BYTES = 1024 * 1024
_MOST_DIRECTORY_BYTES = 32 * 1024 * 1024  # what zipfile would read into memory before it says how many there are
_END = struct.Struct("<4s4H2LH")


class SiteZip:
    """`file` is open for reading and stays so. Raises `SiteError` for what is no zip or no harmless one."""

    def __init__(self, file: IO[bytes]) -> None:
        _check_directory(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise SiteError("not_a_zip", str(error)) from error
        members = [member for member in self._zip.infolist() if not member.is_dir()]
        _check_members(members)
        root = _root(members)
        self._members = {member.filename.removeprefix(root): member for member in members}

    def listing(self) -> Listing:
        paths: list[str] = []
        noted: list[Noted] = []
        site = any(path.startswith("content/") for path in self._members)
        for path, member in sorted(self._members.items()):
            folders = path.split("/")
            if any(map(is_passed_over, folders[:-1])) or folders[-1].startswith("."):
                continue
            if site and folders[0] not in READ_FROM:
                continue
            if stat.S_ISLNK(member.external_attr >> 16):
                noted.append(Noted(shown(path), 0, "link"))
            elif why := bad_path(path):
                noted.append(Noted(shown(path), 0, why))
            else:
                paths.append(path)
        return Listing(tuple(paths), tuple(noted))

    def read(self, paths: Sequence[str], *, most: int) -> Iterator[tuple[str, bytes | UnreadableFile]]:
        for path in paths:
            try:
                yield path, self._read(path, most)
            except UnreadableFile as error:
                yield path, error

    def _read(self, path: str, most: int) -> bytes:
        member = self._members[path]
        if member.file_size > most:
            raise UnreadableFile("too_large", f"{member.file_size} bytes")
        try:
            with self._zip.open(member) as file:
                content = file.read(most + 1)
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error) as error:
            raise UnreadableFile("unreadable_file", str(error)) from error
        if len(content) > most:  # the directory may lie
            raise UnreadableFile("too_large")
        return content


def _check_directory(file: IO[bytes]) -> None:
    """Refuses what would fill the memory by its mere list of names (PKWARE's APPNOTE, 4.3.16)."""
    size = file.seek(0, 2)
    if size > MOST_BYTES:
        raise SiteError("too_large", f"{size} bytes; {MOST_BYTES} at most")
    file.seek(max(0, size - _END.size - 0xFFFF))
    tail = file.read()
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        raise SiteError("not_a_zip")
    _, _, _, _, count, directory_bytes, _, _ = _END.unpack_from(tail, at)
    if count > MOST_FILES or directory_bytes > _MOST_DIRECTORY_BYTES:  # all bits set: it is larger still
        raise SiteError("too_many_files", f"{MOST_FILES} at most")
    file.seek(0)


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MOST_FILES:
        raise SiteError("too_many_files", f"{MOST_FILES} at most")
    if sum(member.file_size for member in members) > MOST_UNPACKED_BYTES:
        raise SiteError("too_large", f"unpacked more than {MOST_UNPACKED_BYTES} bytes")
    seen: set[str] = set()
    for member in members:
        name = member.filename
        if re.match(r"/|[A-Za-z]:", name) or "\\" in name or ".." in name.split("/"):
            raise SiteError("unsafe_name", shown(name))
        if name in seen:
            raise SiteError("name_twice", shown(name))
        if member.flag_bits & 1:
            raise SiteError("encrypted", shown(name))
        if member.file_size > _RATIO_FROM_BYTES and member.file_size > MOST_RATIO * max(member.compress_size, 1):
            raise SiteError("zip_bomb", shown(name))
        seen.add(name)


def _root(members: list[zipfile.ZipInfo]) -> str:
    """The one folder that holds the whole site, where the site was packed from outside; else ""."""
    tops = {member.filename.partition("/")[0] for member in members} - {"__MACOSX"}
    top = f"{tops.pop()}/" if len(tops) == 1 else ""
    return top if any(member.filename.startswith(f"{top}content/") for member in members) else ""
