"""A Hugo site's repository or folder, its target, and digests that go there and back."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection

from digests import delivering
from digests.models import Delivery, Digest, Target
from tests.factories import make_digest
from tests.git_repositories import git, repository

README = {"README.md": b"a site\n"}


def make_target(location: Path, *, kind: str = "git", **fields: Any) -> Target:
    defaults: dict[str, Any] = {"name": "the site", "branch": "main", "build_check": False}
    return Target.objects.create(location=str(location), kind=kind, **defaults | fields)


def make_site(tmp_path: Path, *, kind: str = "git", files: Mapping[str, bytes] = README, **fields: Any) -> Target:
    """A target with its repository (or folder) behind it."""
    if kind == "git":
        return make_target(repository(tmp_path, files), **fields)
    folder = tmp_path / "folder"
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return make_target(folder, kind=kind, **fields)


def standing(target: Target) -> dict[str, bytes]:
    """Every file that stands in the target now."""
    place = Path(target.location)
    if target.kind == Target.Kind.FOLDER:
        return {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}
    names = git(place, "ls-tree", "-r", "--name-only", target.branch).splitlines()
    return {name: blob(place, f"{target.branch}:{name}") for name in names}


def blob(repository: Path, name: str) -> bytes:
    return subprocess.run(["git", "-C", repository, "cat-file", "blob", name], capture_output=True, check=True).stdout


def commits(target: Target) -> list[str]:
    """Whole messages, newest first."""
    return git(Path(target.location), "log", "--format=%B%x00", target.branch).strip("\0\n").split("\0\n")


def send(target: Target | None, *digests: Digest, by: User | None = None, **options: Any) -> Delivery:
    """A delivery from its start to its end."""
    looked_at = {one.pk: Digest.objects.get(pk=one.pk).changes for one in digests}
    delivery = delivering.start(target.pk if target else None, looked_at, by=by, **options)
    return done(delivery)


def done(delivery: Delivery) -> Delivery:
    """The delivery after its run."""
    delivering.run(delivery.pk)
    return Delivery.objects.get(pk=delivery.pk)


def make_digests(count: int) -> list[Digest]:
    return [
        make_digest(slug=f"story_{number}", headline=f"話 {number}", texts=["一つ", "二つ"]) for number in range(count)
    ]


def rewrite(digest: Digest, text: str) -> None:
    """An edit of the first quote, as the desk makes it."""
    from digests import curation  # noqa: PLC0415

    first = digest.quotes.order_by("position")[0]
    curation.edit_quote(first.pk, version=first.version, text=text, author=first.author)


def another_process(script: str) -> subprocess.Popen[bytes]:
    """Python in a process of its own, with this test's database and data folder; it must be a transactional test."""
    where = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{where['NAME']}"
    else:
        url = f"postgres://{where['USER']}:{where['PASSWORD']}@{where['HOST']}:{where['PORT']}/{where['NAME']}"
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "DATABASE_URL": url,
        "MATOME_DATA_DIR": str(settings.DATA_DIR),
        "DJANGO_SETTINGS_MODULE": "matome_site.settings",
    }
    start = "import django; django.setup()\n"
    return subprocess.Popen([sys.executable, "-c", start + script], cwd=settings.BASE_DIR, env=environment)
