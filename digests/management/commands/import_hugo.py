"""`import_hugo DIR`: a whole Hugo site moves in. Running it again changes nothing."""

import json
from argparse import ArgumentParser
from itertools import groupby
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import translation

from digests.archive.move_in_targets import new_target, target_of
from digests.archive.move_in_wording import explain, explain_remark, rank
from digests.archive.moving_in import move_in
from digests.archive.reports import Outcome, Report
from digests.archive.site_folder import SiteFolder
from digests.archive.sites import Noted, SiteError

SHOWN_PER_CODE = 20


class Command(BaseCommand):
    help = "Reads the posts of a whole Hugo site into digests. What is odd is kept as it came, and listed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", metavar="DIR", type=Path, help="a site's root, or a folder with posts in it")
        parser.add_argument("--target", metavar="NAME", default="", help="the Hugo site they belong to; made if new")
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")
        parser.add_argument("--json", action="store_true", help="print one JSON object: counts and remarks")

    def handle(self, *, folder: Path, target: str, dry_run: bool, json: bool, **_options: Any) -> None:
        site = SiteFolder(folder)
        try:
            site.listing()  # before a row is made for it
            row = target_of(site.root, target)
            if row is None and not dry_run:
                row = new_target(site.root, target)
            report = move_in(site, row, progress=self.progress, dry_run=dry_run)
        except SiteError as error:
            with translation.override("en"):
                raise CommandError(f"{explain(error.code)} ({error.detail or error.code})") from error
        except KeyboardInterrupt as error:
            raise CommandError("Stopped. Run it again to go on; nothing is done twice.", returncode=130) from error
        finally:
            if self.stderr.isatty():
                self.stderr.write()
        name = row.name if row else target or site.root.name
        self.stdout.write(_as_json(report, name, dry_run=dry_run) if json else _in_words(report, name, dry_run=dry_run))

    def progress(self, done: int, expected: int) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{done} / {expected}", ending="")


def _as_json(report: Report, name: str, *, dry_run: bool) -> str:
    remarks = [noted.as_json() for noted in report.noted]
    return json.dumps({"target": name, "dry_run": dry_run, **report.counts(), "remarks": remarks}, ensure_ascii=False)


def _in_words(report: Report, name: str, *, dry_run: bool) -> str:
    outcomes = [f"{report.outcomes[one]} {one}" for one in Outcome if one != Outcome.PAGE and report.outcomes[one]]
    lines = [
        f"{name}: {report.posts} posts" + (" (a dry run: nothing was written)" if dry_run else ""),
        ", ".join(outcomes),
        f"layouts: {', '.join(f'{layout} {count}' for layout, count in report.counts()['layouts'].items()) or 'none'}",
        f"{report.quotes} quotes read, {report.pictures} pictures kept, {report.threads} posts tied to their threads",
    ]
    ordered = sorted(report.noted, key=lambda noted: (rank(noted.code), noted.code))
    with translation.override("en"):
        for code, group in groupby(ordered, key=lambda noted: noted.code):
            lines += ["", *_remarks(code, list(group))]
    return "\n".join(line for line in lines if line is not None)


def _remarks(code: str, group: list[Noted]) -> list[str]:
    lines = [f"{explain_remark(code)} ({len(group)})"]
    lines += [
        f"  {noted.path}" + (f":{noted.line}" if noted.line else "") + (f"  {noted.detail}" if noted.detail else "")
        for noted in group[:SHOWN_PER_CODE]
    ]
    if len(group) > SHOWN_PER_CODE:
        lines.append(f"  … and {len(group) - SHOWN_PER_CODE} more; --json lists all of them")
    return lines
