"""Fills a new site with the demo content that Matome brings along.

Knows the two commands that do the work and the files' names, not their format. Running it again changes nothing that
an editor wrote, except in the two demo digests themselves.
"""

import io
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand

DEMO = Path(__file__).resolve().parents[2] / "demo"
THREADS = ("thread.json", "second_thread.json")
DIGESTS = ("finished.json", "half_done.json")


class Command(BaseCommand):
    help = "Load the demo threads and digests, over older copies of the same ones."

    def handle(self, **_options: Any) -> None:
        for name in THREADS:
            call_command("import_thread", str(DEMO / name), stdout=io.StringIO())
        for name in DIGESTS:
            call_command("load_digest", str(DEMO / name), replace=True, stdout=io.StringIO())
        if _options["verbosity"]:
            self.stdout.write(f"Loaded {len(THREADS)} demo threads and {len(DIGESTS)} demo digests.")
