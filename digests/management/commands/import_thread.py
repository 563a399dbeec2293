"""`import_thread`: the desk's import from the shell, and of saved files."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Count

from digests import importing, sources
from digests.models import Comment
from digests.sources.contract import BadAnswer, FetchedThread, SourceError


class Command(BaseCommand):
    help = "Imports a thread, or brings it up to date, from its address, its id or a saved file."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "thread",
            metavar="ADDRESS|ID|FILE",
            help="a Hacker News item's address or id, a comment's permalink, or a saved Algolia or Firebase JSON",
        )
        parser.add_argument("--json", action="store_true", help="print one JSON object about the thread")

    def handle(self, *_args: Any, thread: str, json: bool, **_options: Any) -> None:
        try:
            fetched = self.fetched(thread)
            stored = importing.store(fetched)
        except SourceError as error:
            detail = f" ({error.detail})" if error.detail else ""
            raise CommandError(_one_line(importing.explain(error.code, error.detail) + detail)) from error
        except OSError as error:
            raise CommandError(_one_line(f"{thread}: {error.strerror or error}")) from error
        except KeyboardInterrupt as error:
            raise CommandError(importing.explain("cancelled"), returncode=130) from error
        summary = _summary(stored, fetched)
        self.stdout.write(_as_json(summary) if json else _in_words(summary))

    def fetched(self, thread: str) -> FetchedThread:
        path = Path(thread)
        if not thread.isdigit() and "://" not in thread and path.is_file():
            try:
                return sources.read_file(path.read_bytes())
            except BadAnswer as error:
                raise CommandError(f"{thread} is not a saved Algolia or Firebase JSON: {error.detail}") from error
        try:
            return sources.fetch(thread, client=importing.source_client(), progress=self.progress)
        finally:
            if self.stderr.isatty():
                self.stderr.write()

    def progress(self, done: int, expected: int | None) -> None:
        if self.stderr.isatty():
            self.stderr.write(f"\r{done} / {expected or '?'}", ending="")


def _summary(stored: importing.Stored, fetched: FetchedThread) -> dict[str, object]:
    thread = stored.thread
    counts = dict(thread.comments.order_by().values_list("state").annotate(Count("pk")))
    return {
        "thread": thread.pk,
        "comments": thread.comment_count,
        **{str(state): counts.get(state, 0) for state in Comment.State.values},
        "order": thread.order,
        "created": stored.created,
        "added": stored.added,
        "changed": stored.changed,
        "gone": stored.gone,
        "title": thread.title,
        "url": thread.url,
        "native_id": thread.native_id,
        "marked": fetched.marked_id,
        "notes": thread.notes,
    }


def _as_json(summary: dict[str, object]) -> str:
    return json.dumps(summary, ensure_ascii=False)


def _in_words(summary: dict[str, object]) -> str:
    notes = [importing.explain(str(summary["order"]))]
    notes += [importing.explain(note) for note in summary["notes"]] if isinstance(summary["notes"], list) else []
    return "\n".join(
        [
            "{title}\n{url}".format(**summary),
            "Thread {thread}: {comments} comments ({live} live, {dead} dead, {deleted} deleted, {flagged} flagged);"
            " {added} added, {changed} changed, {gone} gone.".format(**summary),
            *notes,
        ]
    )


def _one_line(message: str) -> str:
    return " ".join(message.split())
