"""`hugo_starter DIR`: a small complete Hugo site, made for the posts that Matome writes."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import tomlkit
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

STARTER = settings.BASE_DIR / "digests/publishing/starter"
PALETTE = "palette.css"  # the colours of quotes are those of our own pages
CONFIG = "hugo.toml"


class Command(BaseCommand):
    help = "Make a small complete Hugo site: no theme, no script, nothing loaded from elsewhere. It builds at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--title", default=settings.SITE_NAME, help="the site's name (%(default)s)")
        parser.add_argument("--base-url", type=_address, default="https://example.org/", help="where it will stand")
        parser.add_argument("--language", choices=["ja", "en"], default=settings.LANGUAGE_CODE)
        parser.add_argument(
            "--time-zone", type=_zone, default=settings.TIME_ZONE, help="in which posts are dated (%(default)s)"
        )
        parser.add_argument(
            "--force", action="store_true", help="also into a folder that holds files; none of them is replaced"
        )

    def handle(self, *, folder: Path, force: bool, **options: Any) -> None:
        contents = {path.relative_to(STARTER): path.read_bytes() for path in STARTER.rglob("*") if path.is_file()}
        contents[Path("assets/css") / PALETTE] = (settings.BASE_DIR / "static" / PALETTE).read_bytes()
        config = tomlkit.parse(contents[Path(CONFIG)].decode())
        config["baseURL"], config["title"] = options["base_url"], options["title"]
        config["defaultContentLanguage"] = options["language"]
        config["timeZone"] = options["time_zone"]
        contents[Path(CONFIG)] = tomlkit.dumps(config).encode()
        try:
            if not force and folder.is_dir() and any(folder.iterdir()):
                raise CommandError(f"{folder} is not empty. --force adds what it lacks, and replaces nothing.")
            stood = {name for name, content in contents.items() if not _write(folder / name, content)}
            kept = sorted(name for name in stood if not _is(folder / name, contents[name]))
        except OSError as error:
            raise CommandError(f"{error.filename or folder} cannot be written: {error.strerror}.") from error
        for name in kept:
            self.stderr.write(f"kept as it is: {name}")
        self.stdout.write(f"{len(contents) - len(stood)} files written. To look at it: hugo server --source {folder}")


def _write(path: Path, content: bytes) -> bool:
    """False when something of that name is there already, which stays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError:
        return False
    return True


def _is(path: Path, content: bytes) -> bool:
    return path.is_file() and path.read_bytes() == content


def _address(value: str) -> str:
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
        raise ArgumentTypeError("an http or https address is expected")
    return value.rstrip("/") + "/"


def _zone(value: str) -> str:
    try:
        return ZoneInfo(value).key
    except (ValueError, OSError, LookupError) as error:
        raise ArgumentTypeError("a time zone such as Asia/Tokyo is expected") from error
