"""`dump_digest SLUG… | --all`: digests go out in Matome's own JSON."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digests.models import Digest
from digests.publishing import interchange
from digests.publishing.assemble import document_of


class Command(BaseCommand):
    help = "Write digests as Matome's own JSON to standard output: one object for one slug, else a list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG")
        parser.add_argument("--all", action="store_true", help="every digest, drafts included")

    def handle(self, *, slugs: list[str], all: bool, **_options: Any) -> None:  # noqa: A002  (the option's name)
        if all == bool(slugs):
            raise CommandError("Name the slugs of the digests, or give --all.")
        digests = Digest.objects.with_publication().order_by("date", "pk").prefetch_related("quotes__fold")
        if slugs:
            digests = digests.filter(slug__in=slugs)
            if missing := sorted(set(slugs) - set(digests.values_list("slug", flat=True))):
                raise CommandError(f"There is no digest with the slug {', '.join(missing)}.")
        if len(slugs) == 1:
            self.stdout.write(_json(_value(digests[0])))
            return
        # One digest at a time, so that an archive of thousands needs no more memory than its largest one.
        separator = "["
        for digest in digests.iterator(chunk_size=100):
            self.stdout.write(separator + _json(_value(digest)), ending="")
            separator = ",\n"
        self.stdout.write("[]" if separator == "[" else "]")


def _value(digest: Any) -> dict[str, Any]:
    quotes = sorted(digest.quotes.all(), key=lambda quote: quote.position)
    status = "draft" if digest.published_changes is None else "published"
    return interchange.to_json(document_of(digest, quotes), status=status)


def _json(value: dict[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
