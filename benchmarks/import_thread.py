"""The import of a recorded thread of 2,170 comments from a stand-in site with 100 ms latency: time, requests, memory.

Once the usual way (bodies from Algolia, order from Firebase), once with Algolia down. Each is a whole
`manage.py import_thread` in a process of its own, with a database of its own. Run it with
`python -m benchmarks.import_thread`; it needs no network and leaves nothing behind.
"""

import argparse
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECORDING = ROOT.parent / "shared" / "threads" / "hackernews" / "firebase-items-25015967.json"
STORY = "25015967"
NOWHERE = "http://127.0.0.1:9/api/v1"  # the discard port: the connection is refused


@dataclass(frozen=True)
class Measured:
    """One import: the whole command's seconds, its peak memory, and the order of the comments it stored."""

    name: str
    seconds: float
    requests: int
    peak_mb: float
    summary: dict[str, object]
    order: list[str]


@contextmanager
def stand_in(latency: float) -> Iterator[dict[str, str]]:
    """The settings that lead to a fake Hacker News in a process of its own."""
    arguments = [sys.executable, "-m", "tests.fake_hn", str(RECORDING), "--latency", str(latency)]
    with subprocess.Popen(arguments, cwd=ROOT, stdout=subprocess.PIPE, text=True) as site:
        assert site.stdout is not None
        try:
            yield dict(site.stdout.readline().strip().split("=", 1) for _ in range(2))
        finally:
            site.terminate()


def manage(data: Path, *arguments: str, **environment: str) -> tuple[str, float, float]:
    """Runs a command; its output, seconds and peak megabytes."""
    settings = {**os.environ, "MATOME_DATA_DIR": str(data), "MATOME_LANGUAGE": "en", **environment}
    settings.pop("DATABASE_URL", None)
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=settings, stdout=subprocess.PIPE, text=True
    ) as command:
        assert command.stdout is not None
        said = command.stdout.read()
        _, status, usage = os.wait4(command.pid, 0)
        command.returncode = os.waitstatus_to_exitcode(status)
    if command.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed")
    return said, time.perf_counter() - started, usage.ru_maxrss / 1024


def requests_so_far(site: dict[str, str]) -> int:
    address = site["MATOME_HN_FIREBASE_URL"].removesuffix("/v0") + "/requests"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return int(answer.read())


def measure(name: str, site: dict[str, str], **overrides: str) -> Measured:
    with tempfile.TemporaryDirectory(prefix="matome-benchmark-") as folder:
        data = Path(folder)
        manage(data, "migrate", "-v0")
        before = requests_so_far(site)
        settings = {**site, "MATOME_ALLOW_LOOPBACK_SOURCES": "1", **overrides}
        said, seconds, peak_mb = manage(data, "import_thread", STORY, "--json", **settings)
        with closing(sqlite3.connect(data / "matome.sqlite3")) as database:
            rows = database.execute("SELECT native_id FROM digests_comment ORDER BY position").fetchall()
        requests = requests_so_far(site) - before
    return Measured(name, seconds, requests, peak_mb, json.loads(said), [row[0] for row in rows])


def idle() -> tuple[float, float]:
    """Seconds and megabytes of a command that does nothing: what Python and Django cost."""
    with tempfile.TemporaryDirectory(prefix="matome-benchmark-") as folder:
        _, seconds, peak_mb = manage(Path(folder), "check")
        return seconds, peak_mb


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--latency", type=float, default=0.1, help="seconds before each answer (default 0.1)")
    options = parser.parse_args()
    if not RECORDING.exists():
        print(f"Skipped: the recorded thread is not here ({RECORDING}).")
        return
    with stand_in(options.latency) as site:
        usual = measure("Algolia + Firebase", site)
        alone = measure("Firebase alone", site, MATOME_HN_ALGOLIA_URL=NOWHERE)
    found = set(usual.order)
    if usual.order != [native_id for native_id in alone.order if native_id in found]:
        raise SystemExit("the two ways give different orders")
    idle_seconds, idle_mb = idle()
    print(f"{'':20}{'comments':>10}{'requests':>10}{'seconds':>10}{'peak MB':>10}")
    for way in (usual, alone):
        print(
            f"{way.name:20}{way.summary['comments']:>10}{way.requests:>10}{way.seconds:>10.1f}{way.peak_mb:>10.0f}"
            f"   {way.summary['live']} live, order {way.summary['order']}"
        )
    print(f"{'(an idle command)':20}{'':>10}{'':>10}{idle_seconds:>10.1f}{idle_mb:>10.0f}")
    print("Both ways give the same order.")


if __name__ == "__main__":
    main()
