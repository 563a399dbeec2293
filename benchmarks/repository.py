"""Publishing into a repository of 10,000 posts, step by step: into a bare one, and into one with a work tree.

Everything is made here and lies on this machine's disk, so what is measured is all but the network. Run it with
`python -m benchmarks.repository`; it leaves nothing behind. The limit for one post is 2 seconds in all.
"""

import argparse
import random
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from digests.publishing.checkout import Checkout
from digests.publishing.folder import Folder
from digests.publishing.places import Message, Place

LIMIT_SECONDS = 2.0
_FIRSTS, _SECONDS = "かきくけこさしすせそたちつてとなにぬねの", "あいうえおはひふへほまみむめも"
_WORDS = [first + second for first in _FIRSTS for second in _SECONDS]
_QUOTE = '{{{{<matomeQuote body="{}" userName="user{}" createdAt="2025/09/06 16:36:41" color="">}}}}'
_COMMITTER = "committer Benchmark <benchmark@example.org> 1750000000 +0000"


def post(chance: random.Random, number: int, quotes: int) -> bytes:
    bodies = ("".join(chance.choices(_WORDS, k=60)) for _ in range(quotes))
    shown = "\n\n\n\n\n".join(_QUOTE.format(body, chance.randrange(10_000)) for body in bodies)
    return f"+++\ndate = '2025-09-06T00:00:00'\ntitle = 'post {number}'\n+++\n\n> post {number}\n\n{shown}\n".encode()


def path_of(number: int) -> str:
    month = f"{2005 + number // 600}_{number // 50 % 12 + 1:02}"
    return f"content/posts/{month}/{month}_01_post_number_{number}/index.md"


def describe(stream: IO[bytes], *, posts: int, quotes: int, pictures: int) -> None:
    """The repository in the language of git-fast-import."""
    chance = random.Random(1)
    stream.write(f"commit refs/heads/main\n{_COMMITTER}\ndata 5\nposts\n".encode())
    for number in range(posts):
        content = post(chance, number, quotes)
        stream.write(f"M 100644 inline {path_of(number)}\ndata {len(content)}\n".encode() + content + b"\n")
    for number in range(pictures):
        stream.write(f"M 100644 inline assets/thumbnails/{number}.jpg\ndata 20000\n".encode())
        stream.write(chance.randbytes(20_000) + b"\n")
    stream.write(b"M 100644 inline hugo.toml\ndata 1\nx\n")


def git(folder: Path, *arguments: str, sent: IO[bytes] | None = None) -> None:
    subprocess.run(["git", "-C", str(folder), *arguments], stdin=sent, check=True)


def make(folder: Path, *, posts: int, quotes: int, pictures: int) -> tuple[Path, Path]:
    """A bare repository and a clone with a work tree."""
    bare = folder / "bare.git"
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", str(bare))
    with tempfile.TemporaryFile() as stream:
        describe(stream, posts=posts, quotes=quotes, pictures=pictures)
        stream.seek(0)
        git(bare, "fast-import", "--quiet", sent=stream)
    git(folder, "clone", "--quiet", str(bare), "clone")
    return bare, folder / "clone"


class Watch:
    """Seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0) + time.perf_counter() - started


def publish(place: Place, numbers: range, key: str) -> dict[str, float]:
    """One delivery as it is done for real: fetch, compare, replay, push, verify."""
    watch = Watch()
    changes: dict[str, bytes | None] = {}
    for number in numbers:
        changes[path_of(number)] = post(random.Random(f"{key} {number}"), number, 80)
        changes[f"assets/thumbnails/new-{number}.jpg"] = random.Random(number).randbytes(30_000)
    person = ("Benchmark", "benchmark@example.org")
    message = Message(
        subject="publish",
        author_name=person[0],
        author_email=person[1],
        committer_name=person[0],
        committer_email=person[1],
        trailers=(("Matome-Delivery", key),),
    )
    with watch.step("total"):
        with watch.step("start"):
            place.__enter__()
        with watch.step("fetch"):
            place.fetch()
        with watch.step("find"):
            place.find(key)
        with watch.step("read"):
            place.read(changes)
        with watch.step("replay"):
            made = place.replay(changes, message)
        with watch.step("push"):
            place.push(made)
        with watch.step("verify"):
            if not place.arrived(made):
                raise SystemExit("the commit did not arrive")
        place.__exit__(None, None, None)
    return watch.seconds


def read_all(place: Place, posts: int) -> None:
    for start in range(0, posts, 500):
        place.read(path_of(number) for number in range(start, min(start + 500, posts)))


def once(name: str, work: Callable[[], object]) -> None:
    started = time.perf_counter()
    work()
    print(f"  {name:44}{time.perf_counter() - started:8.2f} s")


def measure(name: str, place: Place, posts: int, scratch: Path) -> float:
    print(f"{name}")
    once("the first fetch, which makes the mirror", place.fetch)
    rows = [publish(place, range(n, n + 1), f"one-{n}") for n in range(5)]
    middle = sorted(rows, key=lambda row: row["total"])[len(rows) // 2]
    ten = publish(place, range(100, 110), "ten")
    print(f"  {'':20}" + "".join(f"{step:>9}" for step in middle))
    for label, row in (("one post (median)", middle), ("ten posts", ten)):
        print(f"  {label:20}" + "".join(f"{seconds:9.2f}" for seconds in row.values()))
    once(f"all {posts:,} posts read, 500 at a time", lambda: read_all(place, posts))
    once("a moved post looked for", lambda: place.moved(b"nowhere"))
    target = scratch / "built"
    target.mkdir()
    once("the site without its posts written out", lambda: place.extract(target))
    shutil.rmtree(target)
    return middle["total"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--quotes", type=int, default=80, help="in each post (default 80)")
    parser.add_argument("--pictures", type=int, default=2_000, help="of 20 kB each (default 2,000)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="matome-benchmark-") as name:
        folder = Path(name)
        bare, clone = make(folder, posts=options.posts, quotes=options.quotes, pictures=options.pictures)
        size_mb = sum(path.stat().st_size for path in bare.rglob("*") if path.is_file()) / 1e6
        print(f"{options.posts:,} posts of {options.quotes} quotes, {options.pictures:,} pictures: {size_mb:.0f} MB")
        mirrors = folder / "mirrors"
        slowest = max(
            measure("a bare repository", Checkout(str(bare), branch="main", mirrors=mirrors), options.posts, folder),
            measure("a work tree", Checkout(str(clone), branch="main", mirrors=mirrors), options.posts, folder),
            measure("the same as a mere folder", Folder(str(clone), journals=mirrors), options.posts, folder),
        )
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if slowest > LIMIT_SECONDS:
        raise SystemExit(f"one post took {slowest:.2f} s, more than {LIMIT_SECONDS:g} s")


if __name__ == "__main__":
    main()
