"""Files below one folder, reached step by step through open folders, so that no symbolic link can lead elsewhere.

Not even one that is put there meanwhile. Knows nothing of what the files are for. Raises `PlaceError`.
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from digests.publishing.places import LARGEST_FILE_BYTES, InTheWay, PlaceError

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def failure(error: OSError, path: str = "") -> PlaceError:
    """What an error of the system means here."""
    detail = f"{path}: {error.strerror}" if path else str(error.strerror)
    if error.errno in _FULL:
        return PlaceError("disk_full", detail, paths=[path] if path else ())
    return PlaceError("permission_denied" if error.errno in _DENIED else "disk_failed", detail)


@contextmanager
def told(path: str) -> Iterator[None]:
    """Errors of the system as errors of the place."""
    try:
        yield
    except OSError as error:
        raise failure(error, path) from error


def write_safely(path: Path, text: str) -> None:
    """A file of ours, whole or as it was before. Raises `PlaceError`."""
    unfinished = path.with_suffix(f"{path.suffix}.new")
    with told(path.name):
        with unfinished.open("w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)


class Beneath:
    """`root` itself may be reached over symbolic links; paths below it may not. All paths are checked by the caller."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> bytes | None:
        """The file's bytes, None where nothing stands."""
        try:
            with self._parent(path) as (folder, name):
                return _content(folder, name, path)
        except FileNotFoundError:
            return None

    def mode(self, path: str) -> int | None:
        """The permission bits of a file, None where nothing stands."""
        try:
            with self._parent(path) as (folder, name):
                state = os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None
        _check_regular(state, path)
        return stat.S_IMODE(state.st_mode)

    def existing_folder(self, path: str) -> str:
        """The deepest folder on the way to a path that exists; "" is the root."""
        parts = path.split("/")[:-1]
        for length in range(len(parts), 0, -1):
            folder = "/".join(parts[:length])
            try:
                with self._folder(parts[:length]):
                    return folder
            except FileNotFoundError:
                continue
        return ""

    def create(self, path: str, content: bytes, *, mode: int | None = None) -> None:
        """A new file, safe from a power cut."""
        with told(path), self._parent(path) as (folder, name):
            descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=folder)
            with os.fdopen(descriptor, "wb") as file:
                if mode is not None:
                    os.fchmod(file.fileno(), mode)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())

    def link(self, path: str, other: str) -> None:
        """A second name for a file; where the file system has none, a copy."""
        with told(path), self._parent(path) as (folder, name), self._parent(other) as (other_folder, other_name):
            try:
                os.link(name, other_name, src_dir_fd=folder, dst_dir_fd=other_folder, follow_symlinks=False)
            except FileNotFoundError:
                raise
            except OSError:  # no second names there, or one that a killed run left
                self.remove(other)
                self.create(other, _content(folder, name, path), mode=self.mode(path))

    def move(self, path: str, other: str) -> None:
        """The file under its other name, over what stands there, at once."""
        with told(other), self._parent(path) as (folder, name), self._parent(other) as (other_folder, other_name):
            try:
                os.rename(name, other_name, src_dir_fd=folder, dst_dir_fd=other_folder)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                self._move_across(path, other)
            os.fsync(other_folder)

    def _move_across(self, path: str, other: str) -> None:
        """To another disk: beside its place first, so that it still appears at once."""
        content, between = self.read(path), f"{other.rpartition('/')[0]}/{path.rpartition('/')[2]}~".lstrip("/")
        self.create(between, content or b"", mode=self.mode(path))
        self.move(between, other)
        self.remove(path)

    def remove(self, path: str) -> None:
        """No file stands there any more, whether one did or not."""
        with told(path), suppress(FileNotFoundError), self._parent(path) as (folder, name):
            os.stat(name, dir_fd=folder, follow_symlinks=False)  # a disk that is read-only would complain first
            os.unlink(name, dir_fd=folder)
            os.fsync(folder)

    def prune(self, path: str) -> None:
        """Removes the folders that led to a path as far as they are empty."""
        parts = path.split("/")[:-1]
        for length in range(len(parts), 0, -1):
            try:
                with self._parent("/".join(parts[:length])) as (folder, name):
                    os.rmdir(name, dir_fd=folder)
            except FileNotFoundError:
                continue
            except OSError:
                return

    def make_folders(self, path: str) -> None:
        """All folders that lead to a path, in just these letters."""
        parts = path.split("/")[:-1]
        for length in range(1, len(parts) + 1):
            folder_path = "/".join(parts[:length])
            with told(folder_path), self._parent(folder_path) as (folder, name):
                try:
                    os.mkdir(name, dir_fd=folder)
                    os.fsync(folder)
                except FileExistsError:
                    _in_these_letters(folder, name)

    def walk(self, below: str = "") -> Iterator[str]:
        """The paths of all regular files below a folder, git's own aside; links are not followed."""
        parts = below.split("/") if below else []
        try:
            with self._folder(parts) as folder, told(below):
                entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
                kinds = [(e.name, e.is_dir(follow_symlinks=False), e.is_file(follow_symlinks=False)) for e in entries]
        except FileNotFoundError:
            return
        for name, is_folder, is_file in kinds:
            path = f"{below}/{name}".lstrip("/")
            if name == ".git":
                continue
            if is_folder:
                yield from self.walk(path)
            elif is_file:
                yield path

    @contextmanager
    def _parent(self, path: str) -> Iterator[tuple[int, str]]:
        *parts, name = path.split("/")
        with self._folder(parts) as folder:
            yield folder, name

    @contextmanager
    def _folder(self, parts: list[str]) -> Iterator[int]:
        """The descriptor of a folder. Raises FileNotFoundError where one on the way is missing."""
        try:
            descriptor = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except (FileNotFoundError, NotADirectoryError):
            raise PlaceError("folder_missing", str(self.root)) from None
        except OSError as error:
            raise failure(error, str(self.root)) from error
        try:
            for number, part in enumerate(parts, start=1):
                descriptor = _stepped(descriptor, part, "/".join(parts[:number]))
            yield descriptor
        finally:
            os.close(descriptor)


def _stepped(folder: int, name: str, path: str) -> int:
    """Into a folder of an open folder, which is closed."""
    try:
        inner = os.open(name, _FOLDER, dir_fd=folder)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            mode = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
            raise InTheWay("symlink" if stat.S_ISLNK(mode) else "file", path) from None
        if isinstance(error, FileNotFoundError):
            raise
        raise failure(error, path) from error
    os.close(folder)
    return inner


def _content(folder: int, name: str, path: str) -> bytes:
    """Raises FileNotFoundError where nothing stands."""
    try:
        # O_NONBLOCK: a named pipe must not keep us waiting.
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError:
        raise
    except OSError as error:
        kinds = {errno.ELOOP: "symlink", errno.ENXIO: "special"}  # a link; a socket
        raise InTheWay(kinds[error.errno], path) if error.errno in kinds else failure(error, path) from error
    try:
        state = os.fstat(descriptor)
        _check_regular(state, path)
        if state.st_size > LARGEST_FILE_BYTES:
            raise PlaceError("too_large", path, paths=[path])
        with told(path), os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read()
    finally:
        os.close(descriptor)


def _check_regular(state: os.stat_result, path: str) -> None:
    kinds = {stat.S_IFREG: "", stat.S_IFDIR: "directory", stat.S_IFLNK: "symlink"}
    if kind := kinds.get(stat.S_IFMT(state.st_mode), "special"):
        raise InTheWay(kind, path)


def _in_these_letters(folder: int, name: str) -> None:
    """Where upper and lower case are one, a folder keeps the letters it was made with; it gets the wanted ones.

    By way of a temporary name, since some systems take a change of case alone for no change.
    """
    names = os.listdir(folder)
    if name in names:
        return
    for other in names:
        if other.casefold() == name.casefold():
            os.rename(other, f".matome-{name}", src_dir_fd=folder, dst_dir_fd=folder)
            os.rename(f".matome-{name}", name, src_dir_fd=folder, dst_dir_fd=folder)
            return
