"""Opening and saving a digest on Matome's board beside a Wagtail page of as many StreamField blocks, in one run.

Both with Django's test client in one process on SQLite, without a network, so what is compared is the server's work
and what it sends. Wagtail saves a page as a whole, Matome the text that was written. Run it with
`python -m benchmarks.wagtail_desk`.
"""

import os
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import wagtail_site

SIZES = (84, 500, 3000)
TIMES = 11


def texts(count: int) -> list[tuple[str, str]]:
    return [
        (f"author{number % 60}", f"{number}番目の意見。" + "同じ長さの文が続きます。" * 10) for number in range(count)
    ]


def timed(act: Callable[[], object]) -> float:
    """Milliseconds, the median of several times after one to warm up."""
    act()
    taken = []
    for _number in range(TIMES):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return 1000 * median(taken)


def chosen_whole(comments: list[tuple[str, str]]) -> Any:
    """A digest of a thread all of whose comments are quotes."""
    from django.utils import timezone  # noqa: PLC0415

    from digests import curation, markup  # noqa: PLC0415
    from digests.models import Comment, Thread  # noqa: PLC0415

    now = timezone.now()
    thread = Thread.objects.create(
        source="hackernews",
        native_id=str(len(comments)),
        url=f"https://news.ycombinator.com/item?id={len(comments)}",
        title=f"Story {len(comments)}",
        posted_at=now,
        order="ranked",
        fetched_at=now,
        comment_count=len(comments),
        live_count=len(comments),
    )
    rows = [
        Comment(
            thread=thread,
            native_id=f"{len(comments)}{number:05}",
            position=number,
            rank=number,
            depth=0,
            author=author,
            posted_at=now,
            body=text,
            content=markup.to_json(markup.parse(text)),
        )
        for number, (author, text) in enumerate(comments)
    ]
    ids = [comment.pk for comment in Comment.objects.bulk_create(rows)]
    digest = curation.create_digest(thread_id=thread.pk, by=None, headline=f"{len(comments)}件")
    curation.choose(digest.pk, version=1, comment_ids=ids)
    return digest


def matome() -> dict[int, dict[str, float]]:
    """`open_ms`, `open_bytes`, `save_ms` for each size; every comment of the thread is chosen."""
    import django  # noqa: PLC0415  (settings are read from the environment, which is not there before)

    django.setup()
    from django.contrib.auth.models import User  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    client = Client(headers={"Host": "127.0.0.1"})
    client.force_login(User.objects.create_user("editor", is_staff=True))
    found = {}
    for size in SIZES:
        digest = chosen_whole(texts(size))
        address = f"/desk/digests/{digest.pk}/"
        quote = digest.quotes.in_order()[size // 2]
        version = [quote.version]

        def save(address: str = f"{address}quotes/{quote.pk}/", version: list[int] = version) -> None:
            typed = {"text": f"書き直し{version[0]}", "author": "author", "version": version[0]}
            answer = client.post(address, typed, headers={"HX-Request": "true"})
            assert answer.status_code == 200, answer.status_code
            version[0] += 1

        found[size] = {
            "open_ms": timed(partial(client.get, address)),
            "open_bytes": len(client.get(address).content),
            "save_ms": timed(save),
        }
    return found


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "MATOME_DATA_DIR": str(Path(folder) / "matome"),
            "DJANGO_SETTINGS_MODULE": "matome_site.settings",
        }
        os.environ.pop("DATABASE_URL", None)
        ours = matome()
        theirs = wagtail_site.make(Path(folder) / "wagtail", {size: texts(size) for size in SIZES}, times=TIMES)
    print(f"{'':16}{'Matome ms':>12}{'Wagtail ms':>12}{'ratio':>8}{'Matome bytes':>15}{'Wagtail bytes':>15}")
    for size in SIZES:
        own, other = ours[size], theirs[str(size)]
        for act in ("open", "save"):
            ratio = other[f"{act}_ms"] / own[f"{act}_ms"]
            line = f"{act} {size:>5} quotes {own[f'{act}_ms']:>11.1f}{other[f'{act}_ms']:>12.1f}{ratio:>8.1f}"
            print(line + (f"{own['open_bytes']:>15,}{other['open_bytes']:>15,}" if act == "open" else ""))
    print(f"Opening {SIZES[-1]} beside {SIZES[0]}: {ours[SIZES[-1]]['open_ms'] / ours[SIZES[0]]['open_ms']:.2f} times.")


if __name__ == "__main__":
    main()
