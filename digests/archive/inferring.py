"""How a site writes its posts, told from those that stand there: their places and their layout. Knows no database."""

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from digests.publishing.form import Form, FormError
from digests.publishing.layouts import LAYOUTS

_NUMBERS = r"(?P<year>{day.year:04})(?P<a>[-_/])(?P<month>{day:%m})(?:(?P<b>[-_/])(?P<day>{day:%d}))?(?![0-9])"


@dataclass(slots=True)
class Ways:
    """What was seen of a site's posts."""

    paths: Counter[str] = field(default_factory=Counter)
    newest: tuple[date, str] = (date.min, "")  # the last day, and the layout of its post

    def see(self, path: str, day: date, layout: str) -> None:
        if pattern := pattern_of(path, day):
            self.paths[pattern] += 1
        if layout in LAYOUTS:
            self.newest = max(self.newest, (day, layout))

    def form(self) -> Form:
        """The form of most of the posts, and of the newest one; the reference form where they do not say."""
        form = Form()
        pattern, count = (self.paths.most_common(1) or [("", 0)])[0]
        path = pattern if count * 2 > self.paths.total() else form.path
        try:
            return Form(path=path, layout=self.newest[1] or form.layout)
        except FormError:
            return form


def pattern_of(path: str, day: date) -> str:
    """The pattern by which a post of that day has this path; "" when its name holds no slug."""
    folder, _, file = path.rpartition("/")
    bundle = file == "index.md" and bool(folder)
    above, _, name = (folder if bundle else path.removesuffix(".md")).rpartition("/")
    numbers = re.compile(_NUMBERS.format(day=day))
    above = re.sub(numbers, _placeholders, above)
    dated = numbers.match(name)
    start = _placeholders(dated) if dated else ""
    rest = name[dated.end() if dated else 0 :]
    slug = rest.lstrip("-_")
    if not slug or slug.isdigit():
        return ""
    gap = rest[: len(rest) - len(slug)][:1]
    return "/".join(part for part in (above, f"{start}{gap}{{slug}}{'/index.md' if bundle else '.md'}") if part)


def _placeholders(match: re.Match[str]) -> str:
    day = f"{match['b']}{{day}}" if match["day"] else ""
    return f"{{year}}{match['a']}{{month}}{day}"
