"""`dump_digest SLUG… | --all`: digests go out in Matome's own JSON."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import F

from digests.models import Digest
from digests.publishing import interchange
from digests.publishing.assemble import assemble_each
from digests.publishing.document import DigestDocument


class Command(BaseCommand):
    help = "Write digests as Matome's own JSON to standard output: one object for one slug, else a list."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", metavar="SLUG")
        parser.add_argument("--all", action="store_true", help="every digest, drafts included")

    def handle(self, *, slugs: list[str], all: bool, **_options: Any) -> None:  # noqa: A002  (the option's name)
        if all == bool(slugs):
            raise CommandError("Name the slugs of the digests, or give --all.")
        digests = Digest.objects.with_publication().order_by("date", "pk")
        if slugs:
            digests = digests.filter(slug__in=slugs)
            if missing := sorted(set(slugs) - set(digests.values_list("slug", flat=True))):
                raise CommandError(f"There is no digest with the slug {', '.join(missing)}.")
        elif binned := digests.filter(binned_at__isnull=False).count():
            self.stderr.write(f"{binned} digests in the bin are left out; name their slugs to have them too.")
            digests = digests.kept()
        values = (_json(digest, document) for digest, document in assemble_each(digests))
        if len(slugs) == 1:
            self.stdout.write(next(values))
            return
        # Written as they come: an archive of thousands need not fit into memory.
        separator = "["
        for value in values:
            self.stdout.write(separator + value, ending="")
            separator = ",\n"
        self.stdout.write("[]" if separator == "[" else "]")
        unseen = digests.filter(publications__is_live=True, publications__digest_changes__lt=F("changes")).count()
        if unseen:
            self.stderr.write(f"Included are changes to {unseen} published digests that readers do not see yet.")


def _json(digest: Any, document: DigestDocument) -> str:
    status = "draft" if digest.published_changes is None else "published"
    return json.dumps(interchange.to_json(document, status=status), ensure_ascii=False, indent=1)
