"""A Hugo site in a git repository, as it stands there now; read from the mirror, nothing is checked out."""

from collections.abc import Iterator, Sequence

from digests.archive.sites import READ_FROM, Listing, Noted, UnreadableFile, bad_path, is_passed_over, shown
from digests.publishing.places import Place, PlaceError


class SitePlace:
    """`place` is entered already. Everything raises `PlaceError` when the repository does not answer."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def listing(self) -> Listing:
        self._place.fetch()
        listed = self._place.list()
        site = any(path.startswith("content/") for path in listed)
        paths: list[str] = []
        noted: list[Noted] = []
        for path in sorted(listed):
            folders = path.split("/")
            if any(map(is_passed_over, folders[:-1])) or folders[-1].startswith("."):
                continue
            if site and folders[0] not in READ_FROM:
                continue
            if why := bad_path(path):
                noted.append(Noted(shown(path), 0, why))
            else:
                paths.append(path)
        return Listing(tuple(paths), tuple(noted))

    def read(self, paths: Sequence[str], *, most: int) -> Iterator[tuple[str, bytes | UnreadableFile]]:
        try:
            found = self._place.read(paths)
        except PlaceError:  # one of them: each by itself, so that the others are read
            for path in paths:
                yield path, self._one(path, most)
            return
        for path in paths:
            yield path, _checked(found.get(path), most)

    def _one(self, path: str, most: int) -> bytes | UnreadableFile:
        try:
            return _checked(self._place.read([path]).get(path), most)
        except PlaceError as error:
            return UnreadableFile(error.code if error.code == "too_large" else "unreadable_file", error.detail)


def _checked(content: bytes | None, most: int) -> bytes | UnreadableFile:
    if content is None:
        return UnreadableFile("unreadable_file")
    return UnreadableFile("too_large", f"{len(content)} bytes") if len(content) > most else content
