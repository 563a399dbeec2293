"""Makes pictures of published digests ahead. Publishing does it by itself, in the background."""

from typing import Any

from django.core.management.base import BaseCommand

from digests import illustrations


class Command(BaseCommand):
    help = "Makes every size of published digests' pictures, and their title cards, as far as there is none yet."

    def handle(self, *_args: Any, **_options: Any) -> None:
        made = illustrations.make_missing_pictures()
        self.stdout.write(f"{made} files made")
