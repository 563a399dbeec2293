"""Tags that are one word in several spellings, and spellings that no folder can have. Knows no database."""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping

from digests.publishing import escaping

_KATAKANA = {code: code - 0x60 for code in (*range(0x30A1, 0x30F7), 0x30FD, 0x30FE)}  # ァ … ヶ, ヽ, ヾ → hiragana


def folded(tag: str) -> str:
    """The same for all spellings of a tag: case, width, blanks and the kind of kana are no difference."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", tag)).casefold().translate(_KATAKANA)


def uses(lists: Iterable[Iterable[str]]) -> Counter[str]:
    """How many digests have each tag."""
    return Counter(tag for tags in lists for tag in set(tags))


def groups(counts: Mapping[str, int]) -> list[tuple[str, ...]]:
    """Tags that differ in spelling only, the one to keep first: the most used, of equals the plainest."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for tag in counts:
        found[folded(tag)].append(tag)

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
