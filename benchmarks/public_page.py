"""Requests per second of a public digest page with 84 quotes, beside others that show the same.

A bare Django view that returns the same bytes, a Wagtail 8 page of the same 84 quotes as StreamField blocks, and the
baked page in nginx by our configuration and by the least that nginx can do. Applications run under gunicorn with one
synchronous worker, nginx with one too; a few threads ask them in turns, so that a slow moment of the machine hits all.
Run it with `python -m benchmarks.public_page`; Wagtail is fetched once (`--no-wagtail` needs no network), nginx must be
installed (`--no-nginx`).
"""

import argparse
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import wagtail_site

ROOT = Path(__file__).resolve().parent.parent
QUOTES = 84
CLIENTS = 4
ROUNDS = 4
PATH = "/posts/eighty_four/"


@dataclass
class Series:
    """One way of asking one server, and what came back."""

    name: str
    port: int
    headers: dict[str, str]
    status: int
    path: str = PATH
    seconds: float = 0.0
    body_bytes: int = 0
    latencies_ms: list[float] = field(default_factory=list)

    def ask(self, until: float) -> list[float]:
        """Asks, one request at a time, until the clock says `until`. Returns the milliseconds of each answer."""
        taken = []
        while (started := time.perf_counter()) < until:
            web = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            web.request("GET", self.path, headers=self.headers)
            answer = web.getresponse()
            body = answer.read()
            web.close()
            if answer.status != self.status:
                raise RuntimeError(f"{self.name}: {answer.status} instead of {self.status}")
            self.body_bytes = len(body)
            taken.append((time.perf_counter() - started) * 1000)
        return taken

    def run(self, seconds: float) -> None:
        """One round: `CLIENTS` threads for so many seconds."""
        started = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as clients:
            for taken in clients.map(self.ask, [started + seconds] * CLIENTS):
                self.latencies_ms += taken
        self.seconds += time.perf_counter() - started

    def __str__(self) -> str:
        per_second = len(self.latencies_ms) / self.seconds
        return f"{self.name:<34} {per_second:8.0f} {median(self.latencies_ms):10.1f} {self.body_bytes:9,}"


def stored_document() -> dict[str, Any]:
    """The demo digest with its quotes repeated to 84: 30 open, then two folds."""
    stored: dict[str, Any] = json.loads((ROOT / "digests/demo/finished.json").read_text(encoding="utf-8"))
    parts = [part for item in stored["items"] for part in (item["fold"]["items"] if "fold" in item else [item])]
    quotes = [part for part in parts if "quote" in part]
    quotes = (quotes * QUOTES)[:QUOTES]
    folds = [{"fold": {"label": f"({n})", "items": quotes[n * 30 : n * 30 + 30]}} for n in (1, 2)]
    return stored | {"slug": "eighty_four", "items": quotes[:30] + folds}


def prepare(environment: dict[str, str], folder: Path) -> None:
    """A data folder with a migrated database, collected static files and the one published digest."""
    source = folder / "digest.json"
    source.write_text(json.dumps(stored_document()), encoding="utf-8")
    for command in (["migrate", "-v0"], ["collectstatic", "--noinput", "-v0"], ["load_digest", str(source)]):
        subprocess.run(
            [sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL
        )


@contextmanager
def serving(
    application: str, environment: dict[str, str], *, python: Path = Path(sys.executable), folder: Path = ROOT
) -> Iterator[int]:
    """gunicorn with one worker on a free port of this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        process = subprocess.Popen(
            [
                *(str(python), "-m", "gunicorn", application, "--bind", f"fd://{listener.fileno()}"),
                *("--workers", "1", "--worker-class", "sync", "--log-level", "warning", "--no-control-socket"),
            ],
            cwd=folder,
            env=environment,
            pass_fds=[listener.fileno()],
        )
        try:
            yield listener.getsockname()[1]
        finally:
            process.terminate()
            process.wait(timeout=30)


@contextmanager
def nginx(folder: Path, site: str) -> Iterator[int]:
    """nginx with one worker and this `server` part (and what stands around it) on a free port of this machine."""
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        raise SystemExit("nginx is not on this machine: apt install nginx-light, or --no-nginx")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    folder.mkdir()
    site = site.replace("listen 80;", f"listen 127.0.0.1:{port};")
    user = "user root;" if os.getuid() == 0 else ""
    head = f"{user} pid {folder}/pid; worker_processes 1; events {{ }}\nhttp {{ access_log off;\n"
    (folder / "nginx.conf").write_text(f"{head}{site}\n}}\n", encoding="utf-8")
    process = subprocess.Popen(
        [program, "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log", "-g", "daemon off;"],
        stderr=subprocess.DEVNULL,
    )
    try:
        time.sleep(1)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def baked(environment: dict[str, str], folder: Path) -> tuple[str, str]:
    """The configurations of nginx: ours for the site that is baked here, and the least one for the same page."""
    command = [sys.executable, "manage.py", "bake", str(folder / "baked")]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    ours = (ROOT / "docs/nginx.conf").read_text(encoding="utf-8").replace("/srv/matome/site", str(folder / "baked"))
    ours = ours.replace("digests.example", "127.0.0.1").replace("brotli_static on;", "")
    least = f"server {{ listen 80; root {folder}/baked; types {{ text/html html; }} gzip_static on; }}"
    return ours, least


def first_answer(port: int, headers: dict[str, str], *, path: str = PATH) -> tuple[str, bytes]:
    """The ETag and body of one answer; waits for the server to start."""
    web = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    web.request("GET", path, headers=headers)
    answer = web.getresponse()
    body = answer.read()
    web.close()
    if answer.status != http.client.OK:
        raise RuntimeError(f"the page answers {answer.status}")
    return answer.getheader("ETag", ""), body


def wagtail(stack: ExitStack, folder: Path) -> Series:
    """A page of the same quotes, with no cache in front, as Wagtail comes."""
    items = stored_document()["items"]
    quotes = [part for item in items for part in (item["fold"]["items"] if "fold" in item else [item])]
    texts = [(part["quote"]["author"], part["quote"]["text"]) for part in quotes]
    path = wagtail_site.make(folder / "wagtail", {QUOTES: texts})[str(QUOTES)]["path"]
    environment = wagtail_site.environment()
    python = wagtail_site.PYTHON
    port = stack.enter_context(serving("wsgi", environment, python=python, folder=folder / "wagtail"))
    first_answer(port, {}, path=path)
    return Series("Wagtail page, 84 blocks", port, {}, 200, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each of the four rounds of each series")
    parser.add_argument("--no-wagtail", action="store_true")
    parser.add_argument("--no-nginx", action="store_true")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="matome-benchmark-")))
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("MATOME_")}
        inherited.pop("DATABASE_URL", None)
        environment = inherited | {"MATOME_DATA_DIR": str(folder), "BENCHMARK_BODY": str(folder / "body.html")}
        prepare(environment, folder)
        port = stack.enter_context(serving("matome_site.wsgi", environment))
        etag, body = first_answer(port, {})
        (folder / "body.html").write_bytes(body)
        bare = stack.enter_context(serving("benchmarks.bare", environment))
        if first_answer(bare, {})[1] != body:
            raise RuntimeError("the two servers do not return the same bytes")
        series = [
            Series("bare Django view", bare, {}, 200),
            Series("digest page", port, {}, 200),
            Series("digest page, gzip", port, {"Accept-Encoding": "gzip"}, 200),
            Series("digest page, 304 by ETag", port, {"If-None-Match": etag}, 304),
        ]
        if not options.no_wagtail:
            series.append(wagtail(stack, folder))
        if not options.no_nginx:
            for name, site in zip(("ours", "least"), baked(environment, folder), strict=True):
                there = stack.enter_context(nginx(folder / name, site))
                first_answer(there, {})
                series.append(Series(f"nginx, {name}", there, {}, 200))
                series.append(Series(f"nginx, {name}, gzip", there, {"Accept-Encoding": "gzip"}, 200))
        for _round in range(ROUNDS):
            for one in series:
                one.run(options.seconds)
        print(f"{QUOTES} quotes, gunicorn with 1 sync worker, {CLIENTS} clients, {os.cpu_count()} cores")
        print(f"{'':<34} {'per s':>8} {'median ms':>10} {'bytes':>9}")
        print("\n".join(map(str, series)))


if __name__ == "__main__":
    main()
