"""Publishing digests into a repository of 10,000 posts, from the click to the row that says done, step by step.

Database, repository and digests are made here and lie on this machine's disk, so what is measured is all but the
network. Run it with `python -m benchmarks.delivery`; it leaves nothing behind. The limit for one digest is 2 seconds.
"""

import argparse
import os
import random
import resource
import statistics
import tempfile
import time
from datetime import UTC, date, datetime
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.repository import make, path_of, post

if TYPE_CHECKING:
    from digests.models import Delivery, Digest, Target

LIMIT_SECONDS = 2.0
STEPS = ("check", "fetch", "compare", "write", "push", "verify")


def prepare(data: Path) -> None:
    """A database of its own; Django is set up from here on."""
    os.environ["MATOME_DATA_DIR"] = str(data)
    os.environ["DJANGO_SETTINGS_MODULE"] = "matome_site.settings"
    os.environ.pop("DATABASE_URL", None)
    import django  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)


def target_of(bare: Path, posts: int, quotes: int) -> "Target":
    """The repository as a target, every post of it known."""
    from digests.models import Post, Target  # noqa: PLC0415

    target = Target.objects.create(name="benchmark", kind="git", location=str(bare), branch="main", build_check=False)
    chance = random.Random(1)
    for numbers in batched(range(posts), 500):
        rows = [Post(target=target, path=path_of(number)) for number in numbers]
        for row, number in zip(rows, numbers, strict=True):
            row.content = post(chance, number, quotes)
        Post.objects.bulk_create(rows)
    return target


def digest(number: int, quotes: int) -> "Digest":
    from digests.models import Digest, Quote  # noqa: PLC0415

    chance = random.Random(f"digest {number}")
    made = Digest.objects.create(
        slug=f"digest_{number}",
        headline=f"ベンチマークの記事 {number}",
        date=date(2026, 9, 12),
        source_url=f"https://news.ycombinator.com/item?id={number}",
        tags=["計測", "速さ"],
    )
    Quote.objects.bulk_create(
        Quote(
            digest=made,
            position=position,
            author=f"user{position}",
            created_at=datetime(2026, 9, 10, 12, 0, tzinfo=UTC),
            text="".join(chance.choices("かきくけこさしすせそたちつてとなにぬねの、。漢字文", k=120)),
        )
        for position in range(quotes)
    )
    return made


def deliver(target: "Target", digests: "list[Digest]") -> "tuple[dict[str, float], Delivery]":
    from digests import delivering  # noqa: PLC0415
    from digests.models import Delivery, Digest  # noqa: PLC0415

    changes = dict(Digest.objects.filter(pk__in=[one.pk for one in digests]).values_list("pk", "changes"))
    began = time.perf_counter()
    delivery = delivering.start(target.pk, changes, by=None)
    started = time.perf_counter()
    delivering.run(delivery.pk)
    ended = time.perf_counter()
    delivery = Delivery.objects.get(pk=delivery.pk)
    if delivery.state != "done":
        raise SystemExit(f"the delivery {delivery.state}: {delivery.error_code} {delivery.error_detail}")
    seconds = {step["step"]: step["seconds"] for step in delivery.steps}
    run = ended - started
    return {"total": ended - began, "start": started - began, **seconds, "rest": run - sum(seconds.values())}, delivery


def measure(target: "Target", quotes: int) -> float:
    from django.db import connection, reset_queries  # noqa: PLC0415

    first, _ = deliver(target, [digest(0, quotes)])
    print(f"the first delivery, which makes the mirror: {first['total']:.2f} s")
    queries: dict[int, int] = {}
    rows = [deliver(target, [digest(number, quotes)])[0] for number in range(1, 6)]
    one = {name: statistics.median(row[name] for row in rows) for name in rows[0]}
    connection.force_debug_cursor = True
    for count in (1, 10):
        made = [digest(100 * count + number, quotes) for number in range(count)]
        reset_queries()
        ten, _ = deliver(target, made)
        queries[count] = len(connection.queries) - 1  # the benchmark itself asks for the digests' changes
    connection.force_debug_cursor = False
    print(f"{'':20}" + "".join(f"{step:>9}" for step in one))
    for label, row in (("one digest (median)", one), ("ten digests", ten)):
        print(f"{label:20}" + "".join(f"{row[step]:9.3f}" for step in one))
    print(f"queries: {queries[1]} for one digest, {queries[10]} for ten")
    return one["total"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--quotes", type=int, default=80, help="in each post and digest (default 80)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="matome-benchmark-") as name:
        folder = Path(name)
        (folder / "data").mkdir()
        prepare(folder / "data")
        bare, _clone = make(folder, posts=options.posts, quotes=options.quotes, pictures=0)
        target = target_of(bare, options.posts, options.quotes)
        print(f"{options.posts:,} posts of {options.quotes} quotes in the repository and in the database")
        total = measure(target, options.quotes)
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if total > LIMIT_SECONDS:
        raise SystemExit(f"one digest took {total:.2f} s, more than {LIMIT_SECONDS:g} s")


if __name__ == "__main__":
    main()
