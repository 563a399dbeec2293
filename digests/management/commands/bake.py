"""`bake DIR`: the whole public site as files, for a web server or a CDN."""

import os
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import BaseCommand, CommandError

from digests.baking.bake import bake
from digests.baking.folder import BakeError

MOST_PROBLEMS = 50


class Command(BaseCommand):
    help = (
        "Write the public site into a folder: pages, feeds, sitemap, pictures, compressed twins, redirects. "
        "Only what changed is written; what is gone is removed; files that a bake did not write are left alone."
    )
    requires_system_checks = ()  # a bake is to be over in the time that the checks alone take

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path)
        parser.add_argument("--all", action="store_true", help="write everything anew")
        parser.add_argument(
            "--jobs", metavar="N", type=_count, default=os.cpu_count() or 1, help="processes (%(default)s)"
        )
        parser.add_argument(
            "--app",
            metavar="ADDRESS",
            type=_address,
            default=None,
            help="where the application is reached: search and the desk lead there from a CDN",
        )

    def handle(self, *, folder: Path, jobs: int, app: str | None, **options: Any) -> None:
        try:
            report = bake(folder, everything=options["all"], jobs=jobs, app=app or "")
        except BakeError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{error.filename or folder} cannot be written: {error.strerror}.") from error
        self.stdout.write(f"{report.pages} pages; {report.written} files written, {report.removed} removed")
        if report.problems:
            more = len(report.problems) - MOST_PROBLEMS
            said = report.problems[:MOST_PROBLEMS] + ([f"and {more} more"] if more > 0 else [])
            raise CommandError("The site is written, but not everything leads somewhere:\n" + "\n".join(said))


def _count(value: str) -> int:
    if not value.isdecimal() or not 1 <= int(value) <= 64:
        raise ArgumentTypeError("a number from 1 to 64 is expected")
    return int(value)


def _address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment or "*" in value:
        raise ArgumentTypeError("an address like https://desk.example is expected")
    return value
