"""Public pages and publishing as the archive grows: the same pages at 2,000 digests and at 50,000 (4 million quotes).

The archive is made up and stored as publishing stores it, in bulk: publications with their documents, tags, and the
search index. Times are those of whole requests within the process, nothing kept, median of several. Each size has a
SQLite database of its own, or an empty one of yours with `--database postgres://…/name{size}`. Run it with `python -m
benchmarks.public_scale`; 50,000 digests take about 4 GB and a quarter of an hour. It leaves nothing behind, unless told
with `--keep FOLDER`: the next run then has its archives at once.

Measured on SQLite (`--processor`, milliseconds at 2,000 and at 50,000 digests): home 8 and 12 (3 of these count what
is live, once for each publishing), a tag 9 and 10, a month 9 and 9, all tags 8 and 26, a digest 11 and 17, a search for
a word that is everywhere 50 and 66, for two of them 83 and 116, for a rare word 22 and 23; publishing a digest and
reading its page 134 and 133.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from pathlib import Path
from statistics import median

from digests.publishing.document import DigestDocument, DocumentQuote

GOAL, SECOND = 1.5, 1000
CLOCK = time.process_time if "--processor" in sys.argv else time.perf_counter
PUBLISH = "publish, and read the page"
TIMES = 9
CHUNK = 200
QUOTES = 80  # of a digest
DIFFERENT = 4000  # quotes
START, DAYS = date(2021, 1, 1), timedelta(days=1800)
RARE = 50  # digests with a word that is in no other one
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


_WEIGHTS = list(accumulate(1 / (place + 3) for place in range(len(WORDS))))


def text(chance: random.Random, words: int) -> str:
    return "".join(chance.choices(WORDS, cum_weights=_WEIGHTS, k=words))


def quotes(chance: random.Random, count: int) -> Iterator[DocumentQuote]:
    for number in range(count):
        said = datetime(2021, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
        yield DocumentQuote(author=f"user{chance.randrange(20_000)}", created_at=said, text=text(chance, 25))


def made(
    chance: random.Random, number: int, day: date, said: Sequence[DocumentQuote], *, rare: bool = False
) -> DigestDocument:
    items = chance.choices(said, k=QUOTES)
    if rare:
        items[0] = replace(items[0], text=items[0].text + "希少語")
    few = {TAGS[min(3999, int(chance.paretovariate(0.6)) + 100)] for _tag in range(3)}
    return DigestDocument(
        slug=f"d{number}",
        headline=text(chance, 10),
        date=day,
        tags=(*([TAGS[0]] if number % 4 == 0 else []), *sorted(few)),
        lead=text(chance, 20),
        items=tuple(items),
    )


def grow(size: int) -> None:
    """So many digests, live, as publishing would leave them; those that are there already stay."""
    from django.db import transaction  # noqa: PLC0415

    from digests import wordindex  # noqa: PLC0415
    from digests.models import Digest, Publication  # noqa: PLC0415
    from digests.publishing import indexing, publish  # noqa: PLC0415

    # Digests draw from the same quotes, and what is known of a text is not worked out anew: five times as fast.
    wordindex.normalise = cache(wordindex.normalise)
    wordindex.pieces = cache(wordindex.pieces)
    said = list(quotes(random.Random(0), DIFFERENT))
    for first in range(Publication.objects.live().count(), size, CHUNK):
        documents = [
            made(random.Random(number), number, START + number * DAYS / size, said, rare=number % (size // RARE) == 0)
            for number in range(first, min(first + CHUNK, size))
        ]
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
    from django.core.cache import cache as kept  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    client = Client(SERVER_NAME="127.0.0.1")
    for name, address in PAGES.items():
        taken = []
        for _time in range(TIMES):
            kept.clear()
            client.handler.load_middleware()  # which keeps answers too
            started = CLOCK()
            answer = client.get(address)
            taken.append((CLOCK() - started) * 1000)
            if answer.status_code != 200:
                raise SystemExit(f"{address} answers {answer.status_code}")
        yield name, median(taken)


def publishing() -> float:
    """Seconds until a digest with 80 new quotes is published and its page has been read once. It is gone afterwards."""
    from django.test import Client  # noqa: PLC0415

    from digests.models import Digest  # noqa: PLC0415
    from digests.publishing import interchange  # noqa: PLC0415
    from digests.publishing.loading import load  # noqa: PLC0415
    from digests.publishing.publish import publish  # noqa: PLC0415

    chance = random.Random(time.time())
    document = made(chance, int(time.time()), date(2021, 3, 3), list(quotes(chance, QUOTES)))
    load([interchange.Entry(document, "draft")])
    digest = Digest.objects.get(slug=document.slug)
    started = CLOCK()
    publish(digest.pk, changes=digest.changes, by=None)
    answer = Client(SERVER_NAME="127.0.0.1").get(f"/posts/{digest.slug}/")
    taken = CLOCK() - started
    if answer.status_code != 200:
        raise SystemExit(f"the page answers {answer.status_code}")
    digest.delete()
    return taken


def measure(size: int, folder: Path, database: str) -> dict[str, float]:
    """What is asked for by name, in milliseconds. Once in a process."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in [name for name in os.environ if name.startswith("MATOME_") or name == "DATABASE_URL"]:
        del os.environ[name]
    os.environ |= {"MATOME_DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "matome_site.settings"}
    os.environ |= {"DATABASE_URL": database.replace("{size}", str(size))} if database else {}
    import django  # noqa: PLC0415  (settings are read from the environment, which is not there before)
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    started = time.perf_counter()
    grow(size)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    used = sum(path.stat().st_size for path in folder.glob("matome.sqlite3*")) / 1e9
    taken = time.perf_counter() - started
    print(f"{size} digests, {size * QUOTES} quotes: {used:.2f} GB on SQLite, made in {taken:.0f} s", flush=True)
    return {PUBLISH: median(publishing() for _time in range(3)) * 1000} | dict(pages())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[2000, 50_000], metavar="DIGESTS")
    parser.add_argument("--database", default="", help="as DATABASE_URL would have it, with {size} in the name")
    parser.add_argument("--processor", action="store_true", help="processor time of the process, database on SQLite")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the archives are, or will be kept")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="matome-benchmark-") as scratch:
        found = []
        for size in options.sizes:
            folder = (options.keep or Path(scratch)) / str(size)
            with ProcessPoolExecutor(1) as pool:
                found.append(pool.submit(measure, size, folder, options.database).result())
    print(f"{'milliseconds, nothing kept':<28}" + "".join(f"{size:>10}" for size in options.sizes) + f"{'times':>8}")
    for name, small in found[0].items():
        times = found[-1][name] / small
        missed = found[-1][name] > SECOND if name == PUBLISH else times > GOAL
        figures = "".join(f"{one[name]:>10.1f}" for one in found)
        print(f"{name:<28}{figures}{times:>8.2f}{'   MISSED' if missed else ''}")


if __name__ == "__main__":
    main()
