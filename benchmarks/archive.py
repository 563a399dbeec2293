"""A whole archive moves in and goes out again: 1,933 posts with some 155,000 quotes, time and peak memory of each step.

The corpus beside the project, multiplied; where it is not here, posts of the same size that are made up. Each step is a
whole `manage.py` command in a process of its own, on a SQLite database of its own, or on an empty one of your own with
`--database postgres://…`. Run it with `python -m benchmarks.archive`; it leaves nothing behind.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpus" / "posts"
POSTS = 1933
BETWEEN = "\n" * 5
_TAGS = re.compile(r"(?m)^tags = \[.*?\]")
_NAME = re.compile(r"""["']([^"']+)["']""")
MOST_SECONDS = {"import": 30.0, "import again": 10.0, "export": 10.0, "export again": 3.0}
MOST_PEAK_MB = 300.0


@dataclass(frozen=True)
class Step:
    name: str
    seconds: float
    cpu_seconds: float  # what another process's work does not lengthen
    peak_mb: float
    said: str

    @property
    def is_within(self) -> bool:
        return self.seconds <= MOST_SECONDS[self.name] and self.peak_mb <= MOST_PEAK_MB


def multiplied(count: int) -> Iterator[tuple[str, str]]:
    """Paths and texts of so many posts, each with an address of its own; always the same ones.

    1,933 of them have 3,600 tags, 70 % of which are used once, as a real archive of this size has.
    """
    paths = sorted(CORPUS.glob("*/*/index.md"))
    originals = [(path.parent.name[11:], path.read_text(encoding="utf-8")) for path in paths]
    used = Counter(tag for _slug, text in originals for tag in _tags_of(text))
    rare = {tag for tag, times in used.items() if times == 1}
    for number in range(count):
        day = date(2020, 1, 1) + timedelta(days=number)
        copy, place = divmod(number, len(originals) or count)
        slug, text = originals[place] if originals else ("a_story", made_up(number, day))
        text = _renamed(text, rare, copy)
        text = re.sub(r"item\?id=\d+", f"item?id={40_000_000 + number}", text)
        text = re.sub(r"(?m)^date = '\d{4}-\d\d-\d\d", f"date = '{day.isoformat()}", text)
        yield f"content/posts/{day:%Y_%m}/{day:%Y_%m_%d}_{slug}_{number}/index.md", text


def _tags_of(text: str) -> list[str]:
    line = _TAGS.search(text)
    return _NAME.findall(line[0]) if line else []


def _renamed(text: str, rare: set[str], copy: int) -> str:
    """With rare tags that belong to this copy of the corpus alone, to two copies, or to all that are left."""
    ending = f"-{copy}" if copy % 2 else "-4" if copy and copy % 4 == 0 else ""

    def name(match: re.Match[str]) -> str:
        return match[0].replace(match[1], f"{match[1]}{ending}") if match[1] in rare else match[0]

    return _TAGS.sub(lambda line: _NAME.sub(name, line[0]), text, count=1)


def made_up(number: int, day: date, *, quotes: int = 80) -> str:
    """A post in the reference form with as many quotes and characters as the corpus has on average."""
    address = f"https://news.ycombinator.com/item?id={number}"
    quoted = [_quote("文が続く。" * 25 + f"{place}番目の声", place) for place in range(quotes)]
    folds = [
        f'{{{{< details summary="{fold}">}}}}\n\n{BETWEEN.join(quoted[start : start + 30])}\n\n{{{{</details>}}}}'
        for fold, start in enumerate(range(30, quotes, 30), 1)
    ]
    blocks = [f"> 作り話{number}\n\n引用元：[{address}]({address})", *quoted[:30], *folds]
    tags = f"tags = ['話題{number % 400}', '主題{number % 661}', '固有{number}']"
    head = f"date = '{day}T00:00:00'\nmonths = '{day:%Y/%m}'\n{tags}\ndraft = false\ntitle = '作り話{number}'\n"
    return f"+++\n{head}+++\n\n{BETWEEN.join(blocks)}\n\n\n\n" + '[記事一覧へ]({{% ref "/posts/" %}})\n'


def _quote(text: str, place: int) -> str:
    when = f"2025/09/06 16:{place % 60:02}:00"
    return f'{{{{<matomeQuote body="{text}" userName="author{place}" createdAt="{when}" color="">}}}}'


def write_site(root: Path, count: int) -> int:
    """Writes the posts; how many quotes they hold."""
    quotes = 0
    for path, text in multiplied(count):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8", newline="")
        quotes += text.count("{{<matomeQuote")
    return quotes


def manage(name: str, data: Path, database: str, *arguments: str) -> Step:
    settings = {**os.environ, "MATOME_DATA_DIR": str(data)}
    settings.pop("DATABASE_URL", None)
    if database:
        settings["DATABASE_URL"] = database
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "manage.py", *arguments], cwd=ROOT, env=settings, stdout=subprocess.PIPE, text=True
    ) as command:
        if command.stdout is None:
            raise SystemExit("no output")
        said = command.stdout.read()
        _, status, usage = os.wait4(command.pid, 0)
        command.returncode = os.waitstatus_to_exitcode(status)
    if command.returncode:
        raise SystemExit(f"{' '.join(arguments)} failed")
    seconds = time.perf_counter() - started
    return Step(name, seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said)


def measure(count: int, database: str) -> tuple[int, list[Step], int]:
    """Quotes, the steps, and how many posts came back other than they were."""
    with tempfile.TemporaryDirectory(prefix="matome-benchmark-") as folder:
        data, site, out = (Path(folder) / name for name in ("data", "site", "out"))
        quotes = write_site(site, count)
        manage("migrate", data, database, "migrate", "-v0")
        steps = [
            manage("import", data, database, "import_hugo", str(site), "--json"),
            manage("import again", data, database, "import_hugo", str(site), "--json"),
            manage("export", data, database, "export_hugo", "--all", "--to", str(out)),
            manage("export again", data, database, "export_hugo", "--all", "--to", str(out)),
        ]
        differing = sum(
            not (out / path).is_file() or (out / path).read_bytes() != text.encode() for path, text in multiplied(count)
        )
        return quotes, steps, differing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=POSTS, help=f"default {POSTS}")
    parser.add_argument("--database", default="", help="an empty PostgreSQL database, as DATABASE_URL would have it")
    options = parser.parse_args()
    print("The corpus, multiplied." if CORPUS.is_dir() else "Made-up posts: the corpus is not here.")
    print(f"{'':14}{'posts':>8}{'quotes':>10}{'seconds':>10}{'at most':>9}{'cpu':>8}{'peak MB':>9}{'at most':>9}")
    missed = False
    for count in (options.posts // 4, options.posts) if not options.database else (options.posts,):
        quotes, steps, differing = measure(count, options.database)
        for step in steps:
            print(
                f"{step.name:14}{count:>8}{quotes:>10}{step.seconds:>10.1f}{MOST_SECONDS[step.name]:>9.0f}{step.cpu_seconds:>8.1f}"
                f"{step.peak_mb:>9.0f}{MOST_PEAK_MB:>9.0f}{'' if step.is_within else '   MISSED'}"
            )
            missed = missed or not step.is_within
        print(f"{differing} of {count} posts came back other than they were.")
        missed = missed or differing > 0
    if missed:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
