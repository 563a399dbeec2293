"""The board of a digest in which every comment of its thread is chosen: 84, 500 and 3,000 of them, side by side.

On the server bytes, queries, the median and the 95th percentile of each act; in Chromium, where there is one, how long
it takes until the page is usable, and until what an act changed is seen. One process for each size, on a SQLite
database of its own, without a network. Run it with `python -m benchmarks.board`; it leaves nothing behind.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SIZES = (84, 500, 3000)
TIMES = 21
SECONDS = 120

type Figures = dict[str, list[float]]


def filled(count: int) -> Any:
    """A digest of `count` quotes of a thread of `count` comments, folded as its site wants it."""
    import django  # noqa: PLC0415  (settings are read from the environment, which is not there before)

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    from digests import curation, markup  # noqa: PLC0415
    from digests.models import Comment, Digest, Thread  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    day = datetime(2026, 9, 1, tzinfo=UTC)
    url = "https://news.ycombinator.com/item?id=1"
    thread = Thread.objects.create(
        source="hackernews",
        native_id="1",
        url=url,
        title="A long thread",
        posted_at=day,
        order="ranked",
        comment_count=count,
        live_count=count,
        fetched_at=day,
    )
    said = markup.to_json(markup.parse("words and more words " * 20 + "<p>" + "a second paragraph " * 10))
    Comment.objects.bulk_create(
        Comment(
            thread=thread,
            native_id=str(number + 2),
            position=number,
            rank=number,
            depth=0,
            author=f"author{number % 200}",
            posted_at=day + timedelta(minutes=number),
            content=said,
        )
        for number in range(count)
    )
    digest = Digest.objects.create(thread=thread, slug="long", date=day.date(), source_url=url)
    ids = list(thread.comments.values_list("pk", flat=True))
    version = curation.choose(digest.pk, version=1, comment_ids=ids)
    curation.fold_every(digest.pk, version=version)
    return digest


def on_the_server(digest: Any) -> Figures:
    """For each request: bytes, queries, median and 95th percentile in milliseconds."""
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from digests.models import Digest, Quote  # noqa: PLC0415

    client = Client(headers={"Host": "127.0.0.1"})
    client.force_login(User.objects.create_user("server", is_staff=True))
    board = f"/desk/digests/{digest.pk}/"
    rows = list(digest.quotes.in_order().values_list("pk", flat=True))
    comment = digest.thread.comments.order_by("position").last().pk

    def act(path: str, values: Callable[[int], dict[str, Any]]) -> Callable[[int], bytes]:
        def post(turn: int) -> bytes:
            version = Digest.objects.values_list("version", flat=True).get(pk=digest.pk)
            answer = client.post(f"{board}{path}", {"version": version, **values(turn)}, headers={"HX-Request": "true"})
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code}")
            return answer.content

        return post

    def save(turn: int) -> bytes:
        version = Quote.objects.values_list("version", flat=True).get(pk=rows[5])
        values = {"version": version, "text": f"訳文 {turn}", "author": "author5"}
        return client.post(f"{board}quotes/{rows[5]}/", values, headers={"HX-Request": "true"}).content

    asked: dict[str, Callable[[int], bytes]] = {
        "open": lambda _turn: client.get(board).content,
        "choose, drop": act("comments/", lambda _turn: {"comment": comment}),
        "move to the top, the bottom": act("quotes/", lambda n: {"act": f"{('top', 'bottom')[n % 2]}:{rows[20]}"}),
        "move one down": act("quotes/", lambda _turn: {"act": f"down:{rows[3]}"}),
        "colour": act("quotes/", lambda n: {"act": f"paint:{rows[4]}:{('pink', 'cyan')[n % 2]}"}),
        "save a text": save,
    }
    found: Figures = {}
    for name, ask in asked.items():
        ask(-1)
        taken = []
        for turn in range(TIMES):
            started = time.perf_counter()
            body = ask(turn)
            taken.append((time.perf_counter() - started) * 1000)
        with CaptureQueriesContext(connection) as captured:
            body = ask(TIMES)
        found[name] = [len(body), len(captured), median(taken), quantiles(taken, n=20)[-1]]
    return found


# Until a frame shows what the act changed.
ACT = """act => new Promise((done) => {
    const started = performance.now();
    const seen = () => requestAnimationFrame(() => setTimeout(() => done(performance.now() - started)));
    document.addEventListener("htmx:afterRequest", seen, { once: true });
    document.querySelector(act).click();
})"""


def in_a_browser(digest: Any) -> Figures:
    """Milliseconds: median of each. Nothing where there is no Chromium."""
    program = os.environ.get("MATOME_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        return {}
    from django.contrib.auth.models import User  # noqa: PLC0415
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    User.objects.create_user("browser", password="a long enough password", is_staff=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "manage.py", "runserver", f"127.0.0.1:{port}", "--noreload"]
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            _wait_for(address)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
                page = browser.new_page()
                page.goto(f"{address}/accounts/login/")
                page.fill("[name=username]", "browser")
                page.fill("[name=password]", "a long enough password")
                page.press("[name=password]", "Enter")
                page.wait_for_url("**/desk/")
                return _watched(page, f"{address}/desk/digests/{digest.pk}/")
        finally:
            server.terminate()


def _watched(page: Any, board: str) -> Figures:
    opened, complete = [], []
    for _ in range(3):
        started = time.perf_counter()
        page.goto(board, wait_until="domcontentloaded")
        page.keyboard.press("?")  # the list of keys: the page hears keys
        page.wait_for_selector("#keys[open]")
        opened.append((time.perf_counter() - started) * 1000)
        page.keyboard.press("Escape")
        page.wait_for_selector('#list[data-left="0"]', timeout=SECONDS * 1000)
        complete.append((time.perf_counter() - started) * 1000)
    page.locator("#list li.quote").nth(2).focus()
    found = {"opening until a key is heard": opened, "until the last row is there": complete}
    for name, act in (
        ("colour, until it is seen", "[data-act=paint-2]"),
        ("move down, until it is seen", "[data-act=down]"),
        ("drop, until it is seen", "[data-act=drop]"),
        ("undo, until it is seen", "[data-act=undo]"),
    ):
        found[name] = [page.evaluate(ACT, act) for _ in range(5)]
    return {name: [median(taken)] for name, taken in found.items()}


def _wait_for(address: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(f"{address}/accounts/login/", timeout=10).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise RuntimeError("the server does not answer")


def one_size(count: int) -> None:
    digest = filled(count)
    print(json.dumps([on_the_server(digest), in_a_browser(digest)]))


def main() -> None:
    if len(sys.argv) > 1:
        one_size(int(sys.argv[1]))
        return
    found = []
    for count in SIZES:
        with tempfile.TemporaryDirectory(prefix="matome-benchmark-") as folder:
            environ = os.environ | {"MATOME_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "matome_site.settings"}
            environ |= {"MATOME_DEBUG": "1"}
            environ.pop("DATABASE_URL", None)
            run = subprocess.run(
                [sys.executable, "-m", "benchmarks.board", str(count)], cwd=ROOT, env=environ, check=True, stdout=-1
            )
        found.append(json.loads(run.stdout.splitlines()[-1]))
    for part, units in enumerate((("bytes", "queries", "ms", "p95"), ("ms",))):
        heads = "".join(f"{count:>{9 * len(units)},}" for count in SIZES)
        print(f"{'quotes':34}{heads}")
        print(f"{'':34}{''.join(f'{unit:>9}' for unit in units) * len(SIZES)}")
        for name in found[0][part]:
            print(f"{name:34}" + "".join(f"{value:>9,.0f}" for size in found for value in size[part][name]))
        print()


if __name__ == "__main__":
    main()
