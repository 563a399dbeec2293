"""The board of a recorded thread of 2,170 comments: bytes, server time and queries of the page and of single acts.

In one process, on a database of its own, without a network. Run it with `python -m benchmarks.board`; it leaves
nothing behind.
"""

import gzip
import io
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
RECORDING = ROOT.parent / "shared" / "threads" / "hackernews" / "firebase-items-25015967.json"
QUOTES = 40
TIMES = 15


@dataclass(frozen=True)
class Measured:
    """One kind of request; `sent_bytes` is the answer's body, `milliseconds` the median on the server."""

    name: str
    sent_bytes: int
    gzip_bytes: int
    milliseconds: float
    queries: int

    def line(self) -> str:
        sizes = f"{self.sent_bytes:>12,}{self.gzip_bytes:>12,}"
        return f"{self.name:44}{sizes}{self.milliseconds:>10.0f}{self.queries:>10}"


def measured() -> Iterator[Measured]:
    """Sets Django up on the temporary folder, imports the thread, and asks."""
    import django  # noqa: PLC0415  (settings are read from the environment, which is not there before)

    django.setup()
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from digests import curation  # noqa: PLC0415
    from digests.models import Digest, Thread  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    call_command("import_thread", str(RECORDING), stdout=io.StringIO())
    thread = Thread.objects.get()
    ids = list(thread.comments.quotable().in_order().values_list("pk", flat=True))
    digest = curation.create_digest(thread_id=thread.pk, by=None, headline="2,170件")
    curation.choose(digest.pk, version=1, comment_ids=ids[: QUOTES * 20 : 20])
    client = Client(headers={"Host": "127.0.0.1"})
    client.force_login(User.objects.create_user("editor", is_staff=True))
    board, htmx = f"/desk/digests/{digest.pk}/", {"HX-Request": "true"}

    def act(path: str, values: Callable[[], dict[str, object]]) -> Callable[[], bytes]:
        def post() -> bytes:
            version = Digest.objects.values_list("version", flat=True).get(pk=digest.pk)
            answer = client.post(f"{board}{path}", {"version": version, **values()}, headers=htmx)
            if answer.status_code != 200:
                raise RuntimeError(f"{path}: {answer.status_code}")
            return answer.content

        return post

    def quote(number: int) -> int:
        return digest.quotes.in_order()[number].pk

    def measure(name: str, ask: Callable[[], bytes]) -> Measured:
        ask()
        taken = []
        for _ in range(TIMES):
            started = time.perf_counter()
            body = ask()
            taken.append((time.perf_counter() - started) * 1000)
        with CaptureQueriesContext(connection) as captured:
            body = ask()
        return Measured(name, len(body), len(gzip.compress(body)), median(taken), len(captured))

    yield measure(f"the board, {len(ids)} live comments, {QUOTES} quotes", lambda: client.get(board).content)
    yield measure("the thread to read", lambda: client.get(f"/desk/threads/{thread.pk}/").content)
    yield measure(
        "find in the thread", lambda: client.get(board, {"q": "vote"}, headers=htmx | {"HX-Target": "thread"}).content
    )
    yield measure("choose or drop a comment", act("comments/", lambda: {"comment": ids[7]}))
    yield measure("move the last quote to the top", act("quotes/", lambda: {"act": f"top:{quote(QUOTES - 1)}"}))
    yield measure("move a quote up", act("quotes/", lambda: {"act": f"up:{quote(20)}"}))
    yield measure("colour a quote", act("quotes/", lambda: {"act": f"paint:{quote(3)}:pink"}))


def main() -> None:
    if not RECORDING.exists():
        print(f"Skipped: the recorded thread is not here ({RECORDING}).")
        return
    os.environ.pop("DATABASE_URL", None)
    with tempfile.TemporaryDirectory(prefix="matome-benchmark-") as folder:
        os.environ |= {"MATOME_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "matome_site.settings"}
        print(f"{'':44}{'bytes':>12}{'gzip':>12}{'ms':>10}{'queries':>10}")
        for one in measured():
            print(one.line())


if __name__ == "__main__":
    main()
