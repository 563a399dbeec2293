"""`index_search [--all]`: makes published digests findable that are not yet."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from digests.models import SearchEntry
from digests.publishing import indexing


class Command(BaseCommand):
    help = "Put published digests into the search index. Publishing does it by itself; this is for repairs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="anew, also what is in the index already")

    def handle(self, **options: Any) -> None:
        if options["all"]:
            SearchEntry.objects.all().delete()
        self.stdout.write(f"{indexing.index_missing()} digests indexed")
