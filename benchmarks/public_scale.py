"""Public pages and publishing as the archive grows: the same pages at 2,000 digests and at 50,000 (4 million quotes).

The archive is made up and stored as publishing stores it, in bulk: publications with their documents, tags, and the
search index. Times are those of whole requests within the process, nothing kept, median of several. On a SQLite
database of its own, or on an empty one of your own with `--database postgres://…`. Run it with `python -m
benchmarks.public_scale`; 50,000 digests take about 4 GB and half an hour, and it leaves nothing behind.
"""

import argparse
import os
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from statistics import median

GOAL = 1.5
TIMES = 9
CHUNK = 200
QUOTES = 80
# Made-up words of two and three characters. As in a real archive a few are everywhere and most are rare.
_FIRSTS, _SECONDS = "かきくけこさしすせそたちつてとなにぬねの", "あいうえおはひふへほまみむめも"
WORDS = [first + second + third for first in _FIRSTS for second in _SECONDS for third in ("", "ん", "る", "亜")]
TAGS = [f"札{number}" for number in range(4000)]
PAGES = {
    "home": "/",
    "home, page 15": "/page/15/",
    "tag of 1 in 4": "/tags/札0/",
    "tag, page 4": "/tags/札0/page/4/",
    "tag of few": "/tags/札105/",
    "tags": "/tags/",
    "months": "/months/",
    "month": "/months/2021/03/",
    "digest": "/posts/d100/",
    "search, one word": "/search/?q=かあん",
    "search, two words": "/search/?q=かあん きいる",
    "search, rare": "/search/?q=希少語",
    "feed": "/feeds/atom/",
    "sitemap": "/sitemap.xml",
}


def text(chance: random.Random, words: int) -> str:
    return "".join(chance.choices(WORDS, cum_weights=_WEIGHTS, k=words))


_WEIGHTS = list(accumulate(1 / (place + 3) for place in range(len(WORDS))))


def stored(chance: random.Random, number: int, day: date) -> dict[str, object]:
    said = datetime(2021, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    items = []
    for _quote in range(QUOTES):
        author, words = f"user{chance.randrange(20_000)}", text(chance, 25)
        items.append({"quote": {"author": author, "created_at": said.isoformat(), "text": words}})
    if number % 997 == 0:
        items[0]["quote"]["text"] += "希少語"
    few = {TAGS[min(3999, int(chance.paretovariate(0.6)) + 100)] for _tag in range(3)}
    tags = [*([TAGS[0]] if number % 4 == 0 else []), *sorted(few)]
    return {
        "slug": f"d{number}", "title": text(chance, 10), "date": day.isoformat(), "tags": tags, "thumbnail": "",
        "lead": text(chance, 20), "source_url": "", "article_url": "", "status": "published", "items": items,
    }  # fmt: skip


def grow(start: int, end: int) -> None:
    """Digests number `start` to `end`, live, as publishing would leave them."""
    from django.db import transaction  # noqa: PLC0415

    from digests.models import Digest, Publication  # noqa: PLC0415
    from digests.publishing import indexing, interchange, publish  # noqa: PLC0415

    for first in range(start, end, CHUNK):
        documents = []
        for number in range(first, min(first + CHUNK, end)):
            day = date(2021, 1, 1) + timedelta(days=number * 1800 // 50_000 if end > 2000 else number * 1800 // 2000)
            documents.append(interchange.from_json(stored(random.Random(number), number, day)).document)
        with transaction.atomic():
            digests = Digest.objects.bulk_create(
                Digest(slug=one.slug, headline=one.headline, date=one.date, tags=list(one.tags)) for one in documents
            )
            rows = [publish.snapshot(*pair, by=None) for pair in zip(digests, documents, strict=True)]
            for row in rows:
                row.state, row.is_live = Publication.State.SUCCEEDED, True
            Publication.objects.bulk_create(rows)
            publish.set_tags(rows)
            indexing.index({row.pk: document for row, document in zip(rows, documents, strict=True)})


def pages() -> Iterator[tuple[str, float]]:
    """Milliseconds of each page, nothing kept."""
    from django.core.cache import cache  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    client = Client(SERVER_NAME="127.0.0.1")
    for name, address in PAGES.items():
        taken = []
        for _time in range(TIMES):
            cache.clear()
            started = time.perf_counter()
            answer = client.get(address)
            taken.append((time.perf_counter() - started) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{address} answers {answer.status_code}")
        yield name, median(taken)


def publishing() -> float:
    """Seconds until a digest with 80 new quotes is published and its page has been read once."""
    from django.test import Client  # noqa: PLC0415

    from digests.models import Digest  # noqa: PLC0415
    from digests.publishing import interchange  # noqa: PLC0415
    from digests.publishing.loading import load  # noqa: PLC0415
    from digests.publishing.publish import publish  # noqa: PLC0415

    value = stored(random.Random(1), 1_000_000 + int(time.time()), date(2021, 3, 3)) | {"status": "draft"}
    load([interchange.from_json(value)])
    digest = Digest.objects.get(slug=value["slug"])
    started = time.perf_counter()
    publish(digest.pk, changes=digest.changes, by=None)
    answer = Client(SERVER_NAME="127.0.0.1").get(f"/posts/{digest.slug}/")
    if answer.status_code != 200:
        raise SystemExit(f"the page answers {answer.status_code}")
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs=2, default=(2000, 50_000), metavar="DIGESTS")
    parser.add_argument("--database", default="", help="an empty PostgreSQL database, as DATABASE_URL would have it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="matome-benchmark-") as folder:
        for name in [name for name in os.environ if name.startswith("MATOME_") or name == "DATABASE_URL"]:
            del os.environ[name]
        os.environ |= {"MATOME_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "matome_site.settings"}
        os.environ |= {"DATABASE_URL": options.database} if options.database else {}
        import django  # noqa: PLC0415  (settings are read from the environment, which is not there before)
        from django.core.management import call_command  # noqa: PLC0415
        from django.db import connection  # noqa: PLC0415

        django.setup()
        call_command("migrate", verbosity=0)
        call_command("collectstatic", interactive=False, verbosity=0)
        found, published, before = [], [], 0
        for size in options.sizes:
            started = time.perf_counter()
            grow(before, size)
            before = size
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            print(f"{size} digests, {size * QUOTES} quotes, made in {time.perf_counter() - started:.0f} s", flush=True)
            published.append(publishing())
            found.append(dict(pages()))
        if not options.database:
            print(f"{sum(path.stat().st_size for path in Path(folder).glob('matome.sqlite3*')) / 1e9:.2f} GB")
        print(
            f"{'milliseconds, nothing kept':<28}" + "".join(f"{size:>10}" for size in options.sizes) + f"{'times':>8}"
        )
        for name, small in found[0].items():
            times = found[1][name] / small
            print(f"{name:<28}{small:>10.1f}{found[1][name]:>10.1f}{times:>8.2f}{'   MISSED' if times > GOAL else ''}")
        print(f"publish, and read the page   {published[0]:>9.2f}s{published[1]:>9.2f}s")


if __name__ == "__main__":
    main()
