"""`make run` and what stands behind it, as someone meets it who has just cloned Matome."""

import http.client
import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from django.conf import settings as site
from django.core.management import call_command
from pytest_django import Settings

from digests.management.commands import serve
from digests.models import Comment, Digest, ImportRun, Publication, Thread

READY = "Stop with Ctrl-C."
SECONDS = 90  # a guard against hanging, not a measure


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """One `manage.py serve`, with what it prints."""

    def __init__(self, data_dir: Path, *arguments: str, port: int = 0, **environment: str) -> None:
        self.port = port or free_port()
        self.output = data_dir.parent / f"{self.port}.txt"
        own = {"MATOME_DATA_DIR": str(data_dir), "MATOME_PORT": str(self.port)}
        with self.output.open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "serve", *arguments],
                cwd=site.BASE_DIR,
                env={"PATH": os.environ["PATH"], **own, **environment},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def said(self) -> str:
        return self.output.read_text()

    def wait_until_ready(self) -> None:
        deadline = time.monotonic() + SECONDS
        while READY not in self.said():
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def family(self) -> dict[str, int]:
        """The processes it started, by kind."""
        table = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,args="], check=True, capture_output=True, text=True)
        rows = [line.split(maxsplit=2) for line in table.stdout.splitlines()]
        children = {args: int(pid) for pid, parent, args in rows if int(parent) == self.process.pid}
        return {kind: pid for args, pid in children.items() for kind in ("gunicorn", "db_worker") if kind in args}

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(SECONDS)

    def answers(self) -> bool:
        try:
            http.client.HTTPConnection("127.0.0.1", self.port, timeout=5).connect()
        except OSError:
            return False
        return True


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def signs_in(served: Served, password: str) -> bool:
    with httpx.Client(base_url=f"http://127.0.0.1:{served.port}", follow_redirects=True) as client:
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', client.get("/django-admin/login/").text)
        assert token
        answer = client.post(
            "/django-admin/login/?next=/django-admin/auth/user/",
            data={"username": "editor", "password": password, "csrfmiddlewaretoken": token[1]},
        )
        return answer.status_code == 200 and answer.url.path == "/django-admin/auth/user/"


@pytest.fixture(scope="module")
def site_run_before(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A data folder after its first run, and what that run printed."""
    data_dir = tmp_path_factory.mktemp("site") / "data"
    served = Served(data_dir, "--no-demo")
    served.wait_until_ready()
    password = re.search(r"Password +(\S+)", served.said())
    assert password
    assert signs_in(served, password[1])
    assert served.end() == 0
    yield data_dir, served.said()
    shutil.rmtree(data_dir.parent)


needs_ps = pytest.mark.skipif(shutil.which("ps") is None, reason="ps is missing (Debian: apt install procps)")


def test_the_first_run_prints_the_addresses_and_the_account(site_run_before: tuple[Path, str]) -> None:
    _data_dir, said = site_run_before
    assert re.search(r"Public site +http://127\.0\.0\.1:\d+/\n", said)
    assert re.search(r"Desk +http://127\.0\.0\.1:\d+/desk/\n", said)
    assert re.search(r"Account +editor\n", said)
    assert said.endswith("Matome has stopped.\n")


def test_the_one_time_password_is_stored_nowhere(site_run_before: tuple[Path, str]) -> None:
    data_dir, said = site_run_before
    password = re.search(r"Password +(\S+)", said)
    assert password
    stored = [path for path in data_dir.rglob("*") if path.is_file()]
    assert data_dir / "matome.sqlite3" in stored
    assert [path for path in stored if password[1].encode() in path.read_bytes()] == []


@needs_ps
def test_a_second_run_keeps_everything_and_ends_without_a_trace(site_run_before: tuple[Path, str]) -> None:
    data_dir, said = site_run_before
    password = re.search(r"Password +(\S+)", said)
    key = (data_dir / "secret_key").read_bytes()
    served = Served(data_dir)
    served.wait_until_ready()
    assert "Password" not in served.said()
    assert "Static files" not in served.said()
    assert password
    assert signs_in(served, password[1])
    assert (data_dir / "secret_key").read_bytes() == key
    family = served.family()
    assert family.keys() == {"gunicorn", "db_worker"}
    asked_at = time.monotonic()
    assert served.end(signal.SIGTERM) == 0
    assert time.monotonic() - asked_at < 4 * serve.GRACE_SECONDS
    assert not served.answers()
    assert [pid for pid in family.values() if is_alive(pid)] == []


@needs_ps
@pytest.mark.parametrize(("kind", "name"), [("db_worker", "worker"), ("gunicorn", "web server")])
def test_when_one_process_dies_the_other_is_ended_and_the_exit_code_says_so(
    site_run_before: tuple[Path, str], kind: str, name: str
) -> None:
    data_dir, _said = site_run_before
    served = Served(data_dir)
    served.wait_until_ready()
    family = served.family()
    os.kill(family[kind], signal.SIGKILL)
    assert served.process.wait(SECONDS) == 3
    assert f"The {name} has ended by itself" in served.said()
    assert not served.answers()
    assert [pid for pid in family.values() if is_alive(pid)] == []


def test_a_busy_port_gives_one_line_and_changes_nothing(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        served = Served(tmp_path / "data", port=taken.getsockname()[1])
        assert served.process.wait(SECONDS) == 1
    assert len(served.said().splitlines()) == 1
    assert f"Port {served.port} cannot be used" in served.said()
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret_key"]


def test_an_unreachable_database_gives_one_line(tmp_path: Path) -> None:
    served = Served(tmp_path / "data", DATABASE_URL=f"postgres://nobody@127.0.0.1:{free_port()}/none")
    assert served.process.wait(SECONDS) == 1
    assert len(served.said().splitlines()) == 1
    assert "database cannot be reached" in served.said()


def test_static_files_are_collected_again_only_when_one_has_changed(tmp_path: Path, settings: Settings) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "one.css").write_text("a {}")
    settings.STATICFILES_DIRS = [sources]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.DATA_DIR = tmp_path
    assert serve.collect_changed_static_files()
    assert not serve.collect_changed_static_files()
    (sources / "one.css").write_text("a { color: red }")
    assert serve.collect_changed_static_files()
    assert (tmp_path / "collected" / "one.css").read_text() == "a { color: red }"
    shutil.rmtree(tmp_path / "collected")
    assert serve.collect_changed_static_files()


@pytest.mark.django_db
def test_the_demo_is_a_long_thread_a_finished_digest_and_one_half_done() -> None:
    call_command("load_demo", stdout=io.StringIO())
    call_command("load_demo", stdout=io.StringIO())  # a first run that was broken off starts over
    assert Thread.objects.count() == 2
    longest = Thread.objects.order_by("-comment_count")[0]
    assert longest.comment_count >= 150
    assert Comment.objects.filter(thread=longest, depth__gte=6).exists()
    assert {"live", "deleted", "dead"} <= set(Comment.objects.filter(thread=longest).values_list("state", flat=True))
    assert Digest.objects.count() == 2
    assert Publication.objects.live().count() == 1


def test_make_help_names_every_command() -> None:
    shown = subprocess.run(["make", "help"], cwd=site.BASE_DIR, check=True, capture_output=True, text=True).stdout
    commands = re.findall(r"^make (\S+) +\S", shown, re.MULTILINE)
    assert {"run", "test", "bench", "lint", "format", "messages", "requirements", "clean"} <= set(commands)
    readme = (site.BASE_DIR / "README.md").read_text()
    assert [name for name in commands if f"`make {name}`" not in readme] == []


def test_without_a_new_enough_python_make_says_what_it_needs(tmp_path: Path) -> None:
    old = tmp_path / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    shutil.copy(site.BASE_DIR / "Makefile", tmp_path)
    make = shutil.which("make")
    assert make
    run = subprocess.run(
        [make, "run"], cwd=tmp_path, env={"PATH": str(tmp_path)}, check=False, capture_output=True, text=True
    )
    assert run.returncode == 2
    assert "Matome needs Python 3.12 or newer" in run.stderr
    assert not (tmp_path / ".venv").exists()


@pytest.mark.django_db
def test_an_import_whose_worker_was_killed_does_not_run_for_ever() -> None:
    left = ImportRun.objects.create(address="100", state=ImportRun.State.RUNNING)
    waiting = ImportRun.objects.create(address="200")
    serve.Command(stdout=io.StringIO()).prepare(demo=False)
    left.refresh_from_db()
    waiting.refresh_from_db()
    assert (left.state, left.error_code, waiting.state) == ("failed", "interrupted", "queued")
