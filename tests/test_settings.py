"""A setting that cannot be read stops the start with one line; the secret key is made once, for its owner only."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings as site

SHOW = "import matome_site.settings as s; print(s.{name})"


def start(data_dir: Path, show: str = "BASE_URL", **environment: str) -> subprocess.CompletedProcess[str]:
    """Reads the settings in a process of its own, whose environment holds nothing else of Matome's."""
    return subprocess.run(
        [sys.executable, "-c", SHOW.format(name=show)],
        cwd=site.BASE_DIR,
        env={"PATH": os.environ["PATH"], "MATOME_DATA_DIR": str(data_dir), **environment},
        check=False,
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "nonsense", "DATABASE_URL cannot be read"),
        ("DATABASE_URL", "mysql://user@localhost/name", "DATABASE_URL cannot be read"),
        ("DATABASE_URL", "postgres://localhost:port/name", "DATABASE_URL cannot be read"),
        ("MATOME_SECRET_KEY", "short", "at least 32"),
        ("MATOME_DATA_DIR", "/dev/null/matome", "cannot be made"),
        ("MATOME_DEBUG", "perhaps", "1 or 0"),
        ("MATOME_PORT", "99999", "from 1 to 65535"),
        ("MATOME_PORT", "http", "from 1 to 65535"),
        ("MATOME_BASE_URL", "digests.example", "http or https address"),
        ("MATOME_BASE_URL", "https://digests.example/?page=1", "http or https address"),
        ("MATOME_BASE_URL", "https://digests.example:port", "http or https address"),
        ("MATOME_BEHIND_PROXY", "2", "1 or 0"),
        ("MATOME_LANGUAGE", "fr", "one of ja, en"),
        ("MATOME_TIME_ZONE", "Asia/Atlantis", "time zone such as Asia/Tokyo"),
        ("MATOME_TIME_ZONE", "../etc/passwd", "time zone such as Asia/Tokyo"),
        ("MATOME_LOG_LEVEL", "LOUD", "one of DEBUG, INFO"),
        ("MATOME_HN_ALGOLIA_URL", "ftp://files.example", "http or https address"),
        ("MATOME_HN_FIREBASE_URL", "https://", "http or https address"),
        ("MATOME_ALLOW_LOOPBACK_SOURCES", "いいえ", "1 or 0"),
        ("MATOME_HUGO", "/no/such/hugo", "auto, off or the path"),
        ("MATOME_SOURCE_CONCURRENCY", "0", "from 1 to 64"),
        ("MATOME_SOURCE_TIMEOUT_SECONDS", "1.5", "from 1 to 300"),
    ],
)
def test_an_unreadable_value_stops_the_start_with_one_line(tmp_path: Path, name: str, value: str, said: str) -> None:
    run = start(tmp_path, **{name: value})
    assert run.returncode == 1
    assert run.stdout == ""
    assert len(run.stderr.splitlines()) == 1, run.stderr
    assert name in run.stderr
    assert said in run.stderr


def test_management_commands_stop_with_the_same_line(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=site.BASE_DIR,
        env={"PATH": os.environ["PATH"], "MATOME_DATA_DIR": str(tmp_path), "MATOME_DEBUG": "perhaps"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (run.returncode, run.stderr) == (1, "Matome cannot start: MATOME_DEBUG must be 1 or 0, not 'perhaps'.\n")


@pytest.mark.parametrize("address", ["https://digests.example", "http://203.0.113.9", "http://192.168.1.4:8000"])
def test_debug_with_a_public_address_is_refused(tmp_path: Path, address: str) -> None:
    run = start(tmp_path, MATOME_DEBUG="1", MATOME_BASE_URL=address)
    assert run.returncode == 1
    assert f"MATOME_DEBUG is on, but {address} is a public address" in run.stderr


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "http://localhost:9000", "http://[::1]:8000"])
def test_debug_on_this_machine_is_allowed(tmp_path: Path, address: str) -> None:
    assert start(tmp_path, MATOME_DEBUG="1", MATOME_BASE_URL=address).stdout.strip() == address


def test_everything_has_a_default(tmp_path: Path) -> None:
    run = start(tmp_path, show="BASE_URL, s.TIME_ZONE, s.DEBUG, s.DATABASES['default']['NAME']")
    assert run.stdout.split() == ["http://127.0.0.1:8000", "Asia/Tokyo", "False", str(tmp_path / "matome.sqlite3")]


def test_another_port_moves_the_base_address(tmp_path: Path) -> None:
    assert start(tmp_path, MATOME_PORT="8123").stdout.strip() == "http://127.0.0.1:8123"


def test_the_secret_key_is_generated_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    data_dir = tmp_path / "new" / "data"
    first = start(data_dir, show="SECRET_KEY").stdout.strip()
    path = data_dir / "secret_key"
    assert len(first) == 64
    assert path.read_text() == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert start(data_dir, show="SECRET_KEY").stdout.strip() == first
    assert [entry.name for entry in data_dir.iterdir()] == ["secret_key"]


def test_processes_that_start_together_agree_on_the_secret_key(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SHOW.format(name="SECRET_KEY")]
    environment = {"PATH": os.environ["PATH"], "MATOME_DATA_DIR": str(tmp_path)}
    processes = [
        subprocess.Popen(command, cwd=site.BASE_DIR, env=environment, stdout=subprocess.PIPE) for _ in range(4)
    ]
    keys = {process.communicate()[0] for process in processes}
    assert len(keys) == 1
    assert len(keys.pop().strip()) == 64


def test_a_given_secret_key_is_not_written_down(tmp_path: Path) -> None:
    given = "k" * 50
    assert start(tmp_path, show="SECRET_KEY", MATOME_SECRET_KEY=given).stdout.strip() == given
    assert list(tmp_path.iterdir()) == []


def test_an_https_address_turns_on_what_insists_on_it(tmp_path: Path) -> None:
    names = "SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, s.SECURE_HSTS_SECONDS > 0"
    assert start(tmp_path, show=names, MATOME_BASE_URL="https://digests.example").stdout.split() == ["True"] * 4
    assert start(tmp_path, show=names).stdout.split() == ["False"] * 4
