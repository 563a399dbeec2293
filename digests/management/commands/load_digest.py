"""`load_digest FILE`: digests in Matome's own JSON come in, all of a file or none."""

import json
import sys
from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from digests.publishing import interchange, loading

MOST_SHOWN = 300  # characters of a message: a wrong file may hold keys of any length


class Command(BaseCommand):
    help = "Load digests from Matome's own JSON (one object or a list). A bad file changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", help="a file, or - for standard input")
        parser.add_argument("--replace", action="store_true", help="replace digests whose slug exists already")

    def handle(self, *, file: str, replace: bool, **_options: Any) -> None:
        value = _read(file)
        values = value if isinstance(value, list) else [value]
        try:
            entries = [
                interchange.from_json(one, f"[{number}]" if isinstance(value, list) else "")
                for number, one in enumerate(values)
            ]
            loaded = loading.load(entries, replace=replace)
        except interchange.InterchangeError as error:
            what = " ".join(str(error).split())[:MOST_SHOWN]
            raise CommandError(f"{_name(file)} cannot be loaded. {what}. Nothing was changed.") from error
        except loading.SlugTaken as error:
            raise CommandError(
                f"These slugs exist already, or stand twice in the file: {error}. Nothing was changed; "
                "use --replace to replace existing digests."
            ) from error
        self.stdout.write(f"{loaded.created} created, {loaded.replaced} replaced")


def _read(file: str) -> Any:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return json.loads(raw, object_pairs_hook=_object)
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{_name(file)} is not JSON: {error}. Nothing was changed.") from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose keys stand once each: of two texts under one key one would be lost."""
    value = dict(pairs)
    if len(value) < len(pairs):
        doubled = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise ValueError(f"the key {doubled[:60]!r} stands twice in one object")
    return value


def _name(file: str) -> str:
    return "Standard input" if file == "-" else file
