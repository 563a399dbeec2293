"""How a digest is laid out for reading: phrases of headlines, what a fold holds, the contents.

Knows documents as `digest_tags` shows them, and nothing of where they come from.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator

from digests import typesetting
from digests.models import Series
from digests.publishing.document import DigestDocument
from digests.templatetags.digest_tags import DESCRIPTION_LENGTH, Passage, long_date, passages

BYTES_A_MINUTE = 1500  # in UTF-8: 500 characters of Japanese or 1500 of English, each read at leisure
LONG = 15  # quotes from which on a digest has contents
LANDMARKS = 12
_EXCERPT = 30

_REPLY = re.compile(r"^（[^（）\n]{1,200}への返信）\s*")
_BLANKS = re.compile(r"(\s+)")
_LATIN = re.compile(r"[A-Za-z]")
_JAPANESE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_LABELS = {"hackernews": "Hacker News (news.ycombinator.com)"}

register = template.Library()


class Kind(StrEnum):
    HEADING = "heading"
    UPDATE = "update"
    FOLD = "fold"
    QUOTE = "quote"


@dataclass(frozen=True, slots=True)
class Landmark:
    """A line of the contents, as a stencil is filled in by it; `color` and `mark` are those of a coloured quote."""

    kind: Kind
    anchor: str
    text: str = ""
    color: str = ""
    mark: str = ""
    date: str = ""


class Reading:
    """One document, worked out once for a page."""

    def __init__(self, document: DigestDocument) -> None:
        self.document = document
        self.passages: Sequence[Passage] = tuple(passages(document))
        self.entries: Sequence[Any] = tuple(entry for one in self.passages for entry in one.entries)
        self.quotes: Sequence[Any] = tuple(entry for entry in self.entries if entry["kind"] == "quote")

    @property
    def minutes(self) -> int:
        return max(1, round(sum(len(quote["text"].encode()) for quote in self.quotes) / BYTES_A_MINUTE))

    @property
    def newest_update(self) -> Any:
        """The update with the latest date, None without any."""
        updates = [entry for entry in self.entries if entry["kind"] == "update"]
        return max(updates, key=lambda entry: entry["date"], default=None)

    @cached_property
    def contents(self) -> list[Landmark]:
        """What leads through a long digest: its headings, updates and folds; where there are too few of them,
        the quotes that stand out, evenly spread. Empty for a short one."""
        if len(self.quotes) <= LONG:
            return []
        headings = sum(entry["kind"] == "heading" for entry in self.entries)
        quotes = set() if headings >= 3 else {quote["number"] for quote in self._outstanding()}
        return [landmark for one in self.passages for landmark in _landmarks(one, quotes)]

    def _outstanding(self) -> Iterator[Any]:
        step = max(5, -(-len(self.quotes) // LANDMARKS))
        for start in range(0, len(self.quotes), step):
            yield most_notable(self.quotes[start : start + step])


def _landmarks(passage: Passage, quotes: set[str]) -> Iterator[Landmark]:
    if passage.label is not None:
        first = next((anchor for entry in passage.entries if (anchor := _anchor(entry))), "")
        yield Landmark(Kind.FOLD, first, passage.label)
    entry: Any
    for entry in passage.entries:
        if entry["kind"] == "heading":
            yield Landmark(Kind.HEADING, _anchor(entry), entry["text"])
        elif entry["kind"] == "update":
            yield Landmark(Kind.UPDATE, _anchor(entry), date=long_date(entry["date"]))
        elif entry["kind"] == "quote" and entry["number"] in quotes:
            key, mark = (entry["color"].key, entry["color"].mark) if entry["color"] else ("", "")
            yield Landmark(Kind.QUOTE, _anchor(entry), excerpt(entry["text"]), key, mark)


def _anchor(entry: Any) -> str:
    return f"q{entry['number']}" if entry["kind"] == "quote" else entry.get("anchor", "")


def most_notable(quotes: Sequence[Any]) -> Any:
    """The emphasised one, or else a coloured one, or else any: the first of them."""
    return min(quotes, key=lambda quote: (not quote.get("emphasis"), quote["color"] is None))


@register.filter
def reading(document: DigestDocument) -> Reading:
    return Reading(document)


@register.filter
def inside(passage: Passage) -> dict[str, Any] | None:
    """What a fold holds: its quotes' numbers, and how the most notable of them begins. None without quotes."""
    quotes: list[Any] = [entry for entry in passage.entries if entry["kind"] == "quote"]
    if not quotes:
        return None
    shown = most_notable(quotes)
    first, last = quotes[0]["number"], quotes[-1]["number"]
    return {
        "numbers": first if first == last else f"{first}–{last}",
        "text": excerpt(shown["text"]),
        "color": shown["color"],
    }


@register.filter
def excerpt(text: str, most: int = _EXCERPT) -> str:
    """How a quote begins, in one line, without the line that says whom it answers."""
    line = " ".join(_REPLY.sub("", text).split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


@register.filter
def language_of(text: str) -> str:
    """The language of an original as far as it can be seen: "ja", "en" for anything in Latin letters, or ""."""
    if _JAPANESE.search(text):
        return "ja"
    return "en" if _LATIN.search(text) else ""


@register.filter
def phrased(text: str) -> SafeString:
    """A headline that breaks between phrases: `<wbr>` where it may, and the style sheet keeps the rest together.

    Nothing invisible is put into the text itself, so it copies as it was written.
    """
    return _phrased(str(text))


@lru_cache(maxsize=4096)
def _phrased(text: str) -> SafeString:
    first, *others = phrases_of(text)
    return format_html("{}{}", first, format_html_join("", "<wbr>{}", ((run,) for run in others)))


def phrases_of(text: str) -> list[str]:
    """The text in pieces between which a line may end though there is no blank."""
    runs = [""]
    for word in _BLANKS.split(text):  # blanks stay as they are, the wide Japanese one too, and break by themselves
        for number, phrase in enumerate([word] if _BLANKS.fullmatch(word) else typesetting.phrases(word)):
            if number:
                runs.append("")
            runs[-1] += phrase
    return runs


@register.simple_tag
def related_beyond(part: Any, related: Sequence[Any]) -> list[Any]:
    """The related digests without those that the page names as the parts before and after it."""
    named = {one.slug for one in (part.before, part.after) if one} if part else set()
    return [one for one in related if one.slug not in named]


@register.filter
def in_words(names: Sequence[str]) -> str:
    """What the rows of a listing are called, as far as a description holds them."""
    return Truncator(" / ".join(name for name in names[:20] if name)).chars(DESCRIPTION_LENGTH)


@register.simple_tag
def series_names() -> list[str]:
    """Of the series that readers have seen, for an editor to choose from."""
    return list(Series.objects.order_by("name").values_list("name", flat=True)[:500])


@register.filter
def paragraphs(text: str) -> list[str]:
    """What blank lines keep apart."""
    return [part.strip("\n") for part in re.split(r"\n\s*\n", text) if part.strip()]


@register.filter
def source_label(name: str) -> str:
    """How a site calls itself."""
    return _LABELS.get(name, name)
