"""`empty_bin`: deletes for good what has been in the bin for long."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from digests.curation.bin import empty


class Command(BaseCommand):
    help = "Delete for good the digests that have been in the bin for longer than MATOME_BIN_DAYS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=settings.BIN_DAYS, help="other than the setting; 0: all")

    def handle(self, *, days: int, **_options: Any) -> None:
        self.stdout.write(f"{empty(days=days)} deleted for good.")
