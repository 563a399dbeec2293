"""The pictures that a site's posts name: found, checked, and kept as they are, so that they can leave again."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from digests.archive.sites import Noted, Site, UnreadableFile
from digests.models import SitePicture, Target
from digests.thumbnails import MOST_BYTES, Measured, UnusablePicture, is_own_path, measure

_FOLDERS = ("assets/", "static/")  # where Hugo looks for what front matter names, below the site's root
_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".svg")
_AT_ONCE = 20


@dataclass(slots=True)
class Pictures:
    """Of one move-in. `target` is None where nothing is there yet; `paths` are all files of the site."""

    site: Site
    target: Target | None
    paths: frozenset[str]
    dry_run: bool
    kept: int = 0  # new ones and changed ones
    noted: list[Noted] = field(default_factory=list)
    _bundles: dict[str, list[str]] = field(init=False)
    _known: dict[str, str] = field(init=False)
    _seen: set[str] = field(default_factory=set)
    _missing: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._bundles = {}
        for path in sorted(self.paths):
            if path.lower().endswith(_SUFFIXES) and not path.startswith(_FOLDERS):
                self._bundles.setdefault(path.rpartition("/")[0], []).append(path)
        known = SitePicture.objects.filter(target=self.target) if self.target else SitePicture.objects.none()
        self._known = dict(known.values_list("path", "sha256"))

    def keep(self, named: Iterable[tuple[str, Iterable[str]]]) -> None:
        """Keeps what posts use: those they name, and those that lie in their folders. Gets (post's path, names)."""
        wanted: dict[str, str] = {}
        for post, names in named:
            folder = post.rpartition("/")[0]
            for name in names:
                if path := self._find(folder, name):
                    wanted[path] = name if path.startswith(_FOLDERS) else path
                elif name and not is_elsewhere(name):
                    self._missing.setdefault(name, []).append(post)
            if post.endswith("/index.md"):
                wanted |= {path: path for path in self._bundles.get(folder, ())}
        new = [path for path in wanted if path not in self._seen]
        self._seen.update(new)
        for start in range(0, len(new), _AT_ONCE):
            for path, content in self.site.read(new[start : start + _AT_ONCE], most=MOST_BYTES):
                self._keep(path, wanted[path], content)

    def missing(self) -> Iterator[Noted]:
        """One for each name that leads nowhere, at the first post that has it."""
        for name, posts in sorted(self._missing.items()):
            detail = name if len(posts) == 1 else f"{name}, named by {len(posts)} posts"
            yield Noted(posts[0], 0, "picture_missing", detail)

    def _find(self, folder: str, name: str) -> str:
        name = name.removeprefix("/")
        in_bundle = f"{folder}/{name}" if folder else name
        candidates = (*(place + name for place in _FOLDERS), in_bundle, name)
        return next((path for path in candidates if name and path in self.paths), "")

    def _keep(self, path: str, name: str, content: bytes | UnreadableFile) -> None:
        if isinstance(content, UnreadableFile):
            self.noted.append(Noted(path, 0, content.code, content.detail))
            return
        sha256 = hashlib.sha256(content).hexdigest()
        if self._known.get(path) == sha256:
            return
        try:
            found = measure(content)
        except UnusablePicture as error:
            self.noted.append(Noted(path, 0, "picture_unusable", error.code))
            return
        self.kept += 1
        if not self.dry_run and self.target is not None:
            file = _stored(content, sha256, found)
            values = {"name": name, "file": file, "sha256": sha256, "width": found.width, "height": found.height}
            SitePicture.objects.update_or_create(target=self.target, path=path, defaults=values)


def is_elsewhere(name: str) -> bool:
    """Whether a picture's name leads to another site, or to one that was uploaded here."""
    return "://" in name or (is_own_path(name) and default_storage.exists(name))


def _stored(content: bytes, sha256: str, found: Measured) -> str:
    file = f"pictures/{sha256}{found.suffix}"
    if not default_storage.exists(file):
        default_storage.save(file, ContentFile(content))
    return file
