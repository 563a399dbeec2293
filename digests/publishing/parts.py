"""A post cut into the pieces it is made of, and the layout that they have. Judges no content."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from digests.publishing.document import DocumentEntry, DocumentQuote
from digests.publishing.form import Form
from digests.publishing.layouts import LAYOUTS, Layout, with_shortcode
from digests.publishing.shortcodes import Shortcode

_TIME_PARTS = re.compile(r"\d{4}([-/])\d{2}[-/]\d{2}([T ])\d{2}:\d{2}(:\d{2})?(Z?)")


@dataclass(frozen=True, slots=True)
class Part:
    """What stands at `start` of a post: `raw`, with the blanks `before` it.

    `entry` is what it says. A fold's two ends say nothing: then `label` is the fold's, or None at its end.
    """

    raw: str
    before: str
    start: int
    entry: DocumentEntry | None = None
    label: str | None = None
    shortcode: Shortcode | None = None

    @property
    def end(self) -> int:
        return self.start + len(self.raw)

    @property
    def opens(self) -> bool:
        return self.entry is None and self.label is not None

    @property
    def closes(self) -> bool:
        return self.entry is None and self.label is None


@dataclass(frozen=True, slots=True)
class Parts:
    """A whole post; the pieces joined are its very text."""

    opening: str  # up to the front matter's first line
    front_matter: str
    delimiter: str  # the line that ends it
    head: str
    items: tuple[Part, ...]
    tail: str
    gaps: Layout

    def joined(self) -> str:
        items = "".join(part.before + part.raw for part in self.items)
        return f"{self.opening}{self.front_matter}{self.delimiter}{self.head}{items}{self.tail}"


def gaps_of(items: Sequence[Part], tail: str, form: Form) -> Layout:
    """The layout of a post, each blank the commonest of its kind. It is named "other" unless all are a version's."""
    seen = _blanks(items)
    times = Counter(
        _time_format(part.shortcode.get("createdAt", 2) or "")
        for part in items
        if part.shortcode and isinstance(part.entry, DocumentQuote)
    )
    time = times.most_common(1)[0][0] if times else ""
    name = ("2025-02" if time.startswith("%Y-") else "2025-04") if time else form.layout
    standard = with_shortcode(LAYOUTS[name], form.fold)
    found = {name: counter.most_common(1)[0][0] for name, counter in seen.items()}
    layout = replace(standard, time=time or standard.time, **found)
    uniform = len(times) <= 1 and all(len(counter) == 1 for counter in seen.values())
    ended = tail == f"{standard.before_footer}{form.footer}\n" if form.footer else tail == "\n"
    return layout if uniform and ended and layout == standard else replace(layout, name="other")


def _blanks(items: Sequence[Part]) -> dict[str, Counter[str]]:
    """For each kind of blank of a `Layout`, and for the spelling of a fold's ends, how often which occurs."""
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    before: Part | None = None
    in_fold = False
    for part in items:
        if part.closes:
            kind = "before_close"
        elif before is not None and before.opens:
            kind = "after_open"
        elif before is not None and before.closes and part.opens:
            kind = "between_folds"
        else:
            kind = "in_fold" if in_fold and not part.opens else "between"
        seen[kind][part.before] += 1
        if part.opens and part.shortcode:
            seen["open"][part.shortcode.with_values(dict.fromkeys(("summary", "0"), "\0"))] += 1
        elif part.closes:
            seen["close"][part.raw] += 1
        in_fold = part.opens or (in_fold and not part.closes)
        before = part
    return seen


def _time_format(raw: str) -> str:
    """How a time is written, for strftime; "" for one that is written in no known way."""
    match = _TIME_PARTS.fullmatch(raw)
    if not match:
        return ""
    dash, between, seconds, zone = match.groups()
    return f"%Y{dash}%m{dash}%d{between}%H:%M{':%S' if seconds else ''}{zone}"
