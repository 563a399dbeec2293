"""`check_archive`: what deserves a look in everything that is published, counted by code, and listed."""

import json
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import translation

from digests.archive import checking
from digests.archive.codes import CODES, severity
from digests.models import ArchiveCheck, Digest, Finding
from digests.models.checks import FindingQuerySet


class Command(BaseCommand):
    help = "Look over every published digest. Only what has changed since the last time is looked at again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object with all findings")
        parser.add_argument(
            "--code",
            action="append",
            choices=sorted(CODES),
            metavar="CODE",
            help="list these findings; may be repeated",
        )

    def handle(self, *_args: Any, json: bool, code: list[str] | None, **_options: Any) -> None:
        run = checking.check_now()
        found = Finding.objects.filter(code__in=code) if code else Finding.objects.all()
        with translation.override("en"):
            if json:
                for line in _as_json(run, checking.counts(found), _listed(found)):
                    self.stdout.write(line, ending="")
                return
            self.stdout.write(_in_words(run))
            for name, count in checking.counts(found).items():
                self.stdout.write(
                    f"{severity(name):<8}{count:>7}  {name:<18} {CODES[name].name if name in CODES else ''}"
                )
            if code:
                for one in _listed(found):
                    self.stdout.write(_line(one))


def _in_words(run: ArchiveCheck) -> str:
    drafts = Digest.objects.kept().count() - (run.expected_count or 0)
    left_out = f" {drafts} drafts are no part of the archive." if drafts else ""
    return "{checked} digests looked at, {unchanged} unchanged since the last time.".format(**run.result) + left_out


def _listed(found: FindingQuerySet) -> Iterator[dict[str, Any]]:
    rows = found.order_by("code", "-digest__date", "-digest_id", "number", "pk").values_list(
        "code", "digest__slug", "post__path", "number", "detail", "quote_id", "digest_id"
    )
    for code, slug, path, number, detail, quote_id, digest_id in rows.iterator(chunk_size=2000):
        yield {
            "code": code,
            "severity": severity(code),
            "digest": slug,
            "post": path,
            "number": number,
            "detail": detail,
            "board": f"/desk/digests/{digest_id}/#q{quote_id}" if quote_id else None,
        }


def _as_json(run: ArchiveCheck, counts: dict[str, int], found: Iterator[dict[str, Any]]) -> Iterator[str]:
    """In pieces, since the findings of a large archive do not belong into memory."""
    head = json.dumps({**run.result, "counts": counts}, ensure_ascii=False)
    yield head[:-1] + ', "findings": ['
    for number, one in enumerate(found):
        yield (",\n" if number else "\n") + json.dumps(one, ensure_ascii=False)
    yield "\n]}\n"


def _line(one: dict[str, Any]) -> str:
    where = one["digest"] or one["post"] or ""
    number = f" no. {one['number']}" if one["number"] else ""
    return f"{one['code']}: {where}{number}: {one['detail']}".rstrip(": ")
