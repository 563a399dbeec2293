"""Tags that are, or may be, one word in several spellings, and spellings that no folder can have. Knows no database."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from digests.publishing import escaping

_KATAKANA = {code: code - 0x60 for code in (*range(0x30A1, 0x30F7), 0x30FD, 0x30FE)}  # ァ … ヶ, ヽ, ヾ → hiragana

_JOINTS = re.compile(r"[\s\-‐‑–—_.・/'’]+")
_LONG_MARK = re.compile(r"(?<=[ァ-ヶ])ー+(?![ァ-ヶー])")  # サーバー and サーバ; not the one inside of データ
_PLURALS = ((re.compile(r"\b([a-z]{2,})ies\b"), r"\1y"), (re.compile(r"\b([a-z]{2,}[^siju\W\d_])s\b"), r"\1"))


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Tags that may be one word, the one to keep first. `sure`: they differ in case, width and the like only."""

    tags: tuple[str, ...]
    sure: bool


@lru_cache(maxsize=20_000)
def folded(tag: str) -> str:
    """The same for all spellings of a tag: case, width, blanks and the kind of kana are no difference."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", tag)).casefold().translate(_KATAKANA)


@lru_cache(maxsize=20_000)  # 25 µs for each of some thousand tags, at each look at the page
def likely(tag: str) -> str:
    """The same for tags that may be one word: hyphens, blanks and dots are no difference either, nor a plural, nor a
    long mark at a word's end."""
    text = unicodedata.normalize("NFKC", tag).casefold()
    for pattern, singular in _PLURALS:
        text = pattern.sub(singular, text)
    text = _LONG_MARK.sub("", _JOINTS.sub("", text))
    return folded(text) or folded(tag)


def suggestions(counts: Mapping[str, int], aliases: Mapping[str, str] | None = None) -> list[Suggestion]:
    """Those that are surely one word first, then by how many digests would be found under one tag more.

    What is like one of the `aliases` (alias → tag), which editors know to be one word, is like its tag.
    """
    aliases = aliases or {}
    known = {likely(alias): likely(tag) for alias, tag in aliases.items()}

    def key(tag: str) -> str:
        return known.get(likely(tag), likely(tag))

    open_ones = {tag: count for tag, count in counts.items() if tag not in aliases}
    found = [Suggestion(tags, len(set(map(folded, tags))) == 1) for tags in groups(open_ones, key)]
    return sorted(found, key=lambda one: (not one.sure, -sum(counts[tag] for tag in one.tags[1:]), one.tags))


def uses(lists: Iterable[Iterable[str]]) -> Counter[str]:
    """How many digests have each tag."""
    return Counter(tag for tags in lists for tag in set(tags))


def groups(counts: Mapping[str, int], key: Callable[[str], str] = folded) -> list[tuple[str, ...]]:
    """Tags that have one key, the one to keep first: the most used, of equals the plainest."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for tag in counts:
        found[key(tag)].append(tag)

    def rank(tag: str) -> tuple[int, bool, int, str]:
        return -counts[tag], tag != unicodedata.normalize("NFKC", tag), len(tag), tag

    return sorted(tuple(sorted(tags, key=rank)) for tags in found.values() if len(tags) > 1)


def aliases(counts: Mapping[str, int]) -> dict[str, str]:
    """Every other spelling → the one to keep."""
    return {tag: kept for kept, *others in groups(counts) for tag in others}


def as_folder(tag: str) -> str:
    """The tag as an export has to write it, since tags become folders; mostly the tag itself."""
    return next(iter(escaping.tags([tag])), "")


def merged(tags: Iterable[str], merges: Mapping[str, str]) -> list[str]:
    """The tags with each alias replaced, each once, in their order. A replacement by "" drops the tag."""
    return list(dict.fromkeys(kept for tag in tags if (kept := merges.get(tag, tag))))
