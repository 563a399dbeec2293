"""Posts by themselves, without a database: reading, writing again unchanged, editing one quote, and proving.

The corpus beside the project, or made-up posts; figures are for the whole site, 1,933 posts and some 155,000 quotes, in
seconds of one process. Run it with `python -m benchmarks.posts`.
"""

import re
import time
from collections.abc import Callable
from dataclasses import replace

from django.conf import settings

from benchmarks.archive import POSTS, multiplied
from digests.publishing import hugo
from digests.publishing.document import DigestDocument, DocumentQuote
from digests.publishing.reading import read

SAMPLE = 200
MOST_SECONDS = {"read": 8.0, "write again": 5.0, "edit a quote": 20.0, "write anew": 30.0}


def main() -> None:
    posts = [(path, _with_its_month(text)) for path, text in multiplied(SAMPLE)]
    documents = [read(text, path=path).document for path, text in posts]
    edited = [_with_another_text(document) for document in documents]
    bases = [text for _path, text in posts]
    steps: dict[str, Callable[[], object]] = {
        "read": lambda: [read(text, path=path) for path, text in posts],
        "write again": lambda: [hugo.render(one, base=base) for one, base in zip(documents, bases, strict=True)],
        "edit a quote": lambda: [hugo.render(one, base=base) for one, base in zip(edited, bases, strict=True)],
        "write anew": lambda: [hugo.render(one) for one in documents],
    }
    quotes = sum(len(list(document.quotes())) for document in documents)
    print(f"{SAMPLE} posts, {quotes} quotes; times for {POSTS} posts, {quotes * POSTS // SAMPLE} quotes")
    missed = False
    for name, step in steps.items():
        seconds = min(_seconds(step) for _try in range(3)) * POSTS / SAMPLE
        told = "   MISSED" if seconds > MOST_SECONDS[name] else ""
        print(f"{name:14}{seconds:>8.1f} s{MOST_SECONDS[name]:>8.0f} s{told}")
        missed = missed or bool(told)
    if missed:
        raise SystemExit(1)


def _seconds(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started


def _with_its_month(text: str) -> str:
    return re.sub(r"(?m)^(date = '(\d{4})-(\d\d)[^\n]*\nmonths = )'[^']*'", r"\1'\2/\3'", text)


def _with_another_text(document: DigestDocument) -> DigestDocument:
    first = next(number for number, item in enumerate(document.items) if isinstance(item, DocumentQuote))
    items = list(document.items)
    items[first] = replace(items[first], text='別の"文"')  # type: ignore[arg-type]
    return replace(document, items=tuple(items))


if __name__ == "__main__":
    settings.configure(USE_I18N=False)
    main()
