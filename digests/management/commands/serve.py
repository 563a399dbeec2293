"""Starts Matome on this machine: prepares the data folder, then runs the web server and the worker side by side.

Knows how processes start and end, nothing of digests. For a public server the README says how to run the two apart.
"""

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import OperationalError, connection
from django.utils.crypto import get_random_string

from digests import delivering, importing
from digests.archive import move_in_runs

HOST = "127.0.0.1"
EDITOR = "editor"
START_SECONDS = 60  # a slow disk on the first start; usually two
GRACE_SECONDS = 5  # for a running import to end by itself
POLL_SECONDS = 0.1

type Children = dict[str, subprocess.Popen[bytes]]


class Command(BaseCommand):
    help = "Start Matome on this machine: prepare the data folder, run web server and worker, stop both on Ctrl-C."
    requires_system_checks = []  # migrate runs them

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--no-demo", action="store_true", help="leave a new site empty")

    def handle(self, *, no_demo: bool, **_options: Any) -> None:
        refuse_a_busy_port(settings.PORT)
        with _stopped_by_signals():
            try:
                self.prepare(demo=not no_demo)
                self.run_children()
            except KeyboardInterrupt:
                self.say("Matome has stopped.")

    def prepare(self, *, demo: bool) -> None:
        """Database, static files and, on the first run, content and an account."""
        try:
            connection.ensure_connection()
        except OperationalError as error:
            raise CommandError(f"The database cannot be reached: {str(error).splitlines()[0]}") from error
        call_command("migrate", interactive=False, verbosity=0)
        importing.give_up_left_behind()  # after a power cut; the one worker is yet to start
        move_in_runs.give_up_left_behind()
        delivering.look_after()  # asks the worker to finish or undo what was cut off
        if collect_changed_static_files():
            self.say("Static files are up to date.")
        # The account comes last: while there is none, a first run that was broken off starts over.
        if not User.objects.exists():
            if demo:
                self.say("First run: loading the demo content …")
                call_command("load_demo", verbosity=0)
            self.announce(create_editor())

    def run_children(self) -> None:
        children: Children = {}
        try:
            for name, command in commands(settings.PORT).items():
                # Sessions of their own: Ctrl-C reaches this process alone, which then ends them in order.
                children[name] = subprocess.Popen(command, cwd=settings.BASE_DIR, start_new_session=True)  # noqa: S603
            wait_until_it_answers(children)
            self.say(
                f"\n  Public site  http://{HOST}:{settings.PORT}/"
                f"\n  Desk         http://{HOST}:{settings.PORT}/desk/"
                "\n\nStop with Ctrl-C."
            )
            watch(children)
        finally:
            stop(children)

    def announce(self, password: str) -> None:
        self.say(
            f"\n  Account      {EDITOR}\n  Password     {password}"
            "\n\nThe password is shown this once and stored nowhere; choose your own at the first sign-in."
            f"\nLost it? .venv/bin/python manage.py changepassword {EDITOR}"
        )

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()


def refuse_a_busy_port(port: int) -> None:
    with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as gunicorn does
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used ({error.strerror}). "
                f"Is Matome running already? Another port: MATOME_PORT={port + 1} make run"
            ) from error


def create_editor() -> str:
    """The first account, with every right. Returns its password, of which only the hash is stored."""
    password = "-".join(get_random_string(5, "abcdefghjkmnpqrstuvwxyz23456789") for _ in range(4))
    User.objects.create_superuser(username=EDITOR, email="", password=password)
    return password


def collect_changed_static_files() -> bool:
    """Collects again when a source file's path, size or time differs from the last run's. Says whether it did."""
    lines = [f"{settings.STORAGES['staticfiles']['BACKEND']} {sys.version}"]
    for finder in get_finders():
        for path, storage in finder.list([]):
            facts = Path(storage.path(path)).stat()
            lines.append(f"{path} {facts.st_size} {facts.st_mtime_ns}")
    known = settings.DATA_DIR / "static.collected"
    if settings.STATIC_ROOT.is_dir() and known.is_file() and known.read_text(encoding="utf-8").splitlines() == lines:
        return False
    known.unlink(missing_ok=True)  # one that is broken off counts for nothing
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    known.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return True


def commands(port: int) -> dict[str, list[str]]:
    """The two processes. Threads, not many workers: SQLite has one writer, and a laptop has little memory."""
    return {
        "web server": [
            *(sys.executable, "-m", "gunicorn", "matome_site.wsgi:application"),
            *("--bind", f"{HOST}:{port}", "--worker-class", "gthread", "--workers", "2", "--threads", "4"),
            *("--preload", "--graceful-timeout", "3", "--log-level", "warning", "--no-control-socket"),
        ],
        "worker": [sys.executable, "manage.py", "db_worker", "--no-reload", "--no-startup-delay"],
    }


def wait_until_it_answers(children: Children) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        _fail_if_one_has_ended(children)
        web = http.client.HTTPConnection(HOST, settings.PORT, timeout=START_SECONDS)
        try:
            with closing(web):
                web.request("GET", "/")
                web.getresponse()
        except (OSError, http.client.HTTPException):
            time.sleep(POLL_SECONDS)
        else:
            return
    raise CommandError(f"The web server did not answer within {START_SECONDS} seconds.")


def watch(children: Children) -> None:
    """Returns by an exception only: `KeyboardInterrupt` from a signal, `CommandError` when a child has ended."""
    while True:
        _fail_if_one_has_ended(children)
        time.sleep(POLL_SECONDS)


def _fail_if_one_has_ended(children: Children) -> None:
    for name, child in children.items():
        if (code := child.poll()) is not None:
            raise CommandError(f"The {name} has ended by itself (exit code {code}); stopping.", returncode=3)


def stop(children: Children) -> None:
    """Asks, asks again (the worker then breaks its task off and records that), and kills what is left."""
    for _ in range(2):
        running = [child for child in children.values() if child.poll() is None]
        for child in running:
            child.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        while time.monotonic() < deadline and any(child.poll() is None for child in running):
            time.sleep(POLL_SECONDS)
    for child in children.values():
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # the web server's own workers too, should they outlive it
        child.wait()


@contextmanager
def _stopped_by_signals() -> Iterator[None]:
    """SIGINT, SIGTERM and SIGHUP end the block by `KeyboardInterrupt`, once; repeated ones do not disturb the end."""

    def interrupt(_number: int, _frame: object) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    signals = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(each, interrupt) for each in signals]
    try:
        yield
    finally:
        for each, handler in zip(signals, before, strict=True):
            signal.signal(each, handler)
