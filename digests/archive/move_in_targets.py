"""The Hugo site that posts move in from: the row that stands for it, or a new one."""

from itertools import count
from pathlib import Path, PurePosixPath

from digests.models import Target
from digests.publishing.locations import Kind, checked_branch, parse

_LONGEST_NAME = 100


def target_of(folder: Path, name: str = "") -> Target | None:
    """The site of that name; without a name the one that lies in this folder."""
    if name:
        return Target.objects.filter(name=name).first()
    return Target.objects.filter(kind=Target.Kind.FOLDER, location=str(folder), root="").order_by("pk").first()


def new_target(folder: Path, name: str = "") -> Target:
    """A site in a folder of this machine, named after it unless said otherwise."""
    return Target.objects.create(
        name=_free_name(name or folder.name), kind=Target.Kind.FOLDER, location=str(folder), branch=""
    )


def target_at(location: str, *, branch: str = "main") -> Target:
    """The site at an address: the folder of this machine, or the git repository. Made when there is none yet.

    Raises `PlaceError` for what is no address that can be used.
    """
    found = parse(location.strip())
    if found.kind is Kind.PATH and not _is_repository(Path(found.text)):
        folder = Path(found.text)
        return target_of(folder) or new_target(folder)
    known = Target.objects.filter(kind=Target.Kind.GIT, location=found.text, branch=checked_branch(branch))
    if target := known.order_by("pk").first():
        return target
    name = PurePosixPath(found.text.rstrip("/").rpartition(":")[2]).name.removesuffix(".git")
    return Target.objects.create(name=_free_name(name), kind=Target.Kind.GIT, location=found.text, branch=branch)


def _is_repository(folder: Path) -> bool:
    """A bare one: what has a work tree is a folder whose owner commits."""
    return (folder / "HEAD").is_file() and (folder / "objects").is_dir()


def _free_name(wanted: str) -> str:
    base = wanted[: _LONGEST_NAME - 5] or "site"
    taken = set(Target.objects.filter(name__startswith=base).values_list("name", flat=True))
    return next(name for n in count(1) if (name := base if n == 1 else f"{base} {n}") not in taken)
