"""What differs between two texts, for people to look at: a unified diff as lines, two texts with their marks.

Knows no document, no database and no page.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, unified_diff
from itertools import chain, groupby

# Words of Latin letters and digits, runs of one Japanese script, one of anything else: what an eye takes in at once.
_TOKEN = re.compile(r"[A-Za-z0-9]+|[\u3041-\u309f]+|[\u30a0-\u30ff]+|[\u3400-\u9fff々]+|[ \t]+|.|\n")
# `SequenceMatcher` takes time with the product of both lengths; beyond this the middle counts as changed.
MOST_TOKENS = 2000

_SIGNS = {"+": "added", "-": "removed", "@": "hunk", " ": "same", "\\": "note"}


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text; `marked` where the other text has something else."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a unified diff without its sign. `kind` is "added", "removed", "same", "hunk" or "note".

    A line that stands for another one has what differs from that marked.
    """

    kind: str
    spans: tuple[Span, ...]

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)

    @property
    def sign(self) -> str:
        return {"added": "+", "removed": "−"}.get(self.kind, "")


def lines(diff: str) -> tuple[Line, ...]:
    """The lines of a unified diff, without the two that name the files."""
    found = diff.split("\n")
    if found and not found[-1]:
        found.pop()
    if len(found) > 1 and found[0].startswith("--- ") and found[1].startswith("+++ "):
        del found[:2]
    plain = [(_SIGNS.get(line[:1], "same"), line) for line in found]
    return tuple(chain.from_iterable(_block(kind, list(block)) for kind, block in _blocks(plain)))


def between(before: str, after: str) -> tuple[Line, ...]:
    """What differs, with three lines around each place; nothing for equal texts."""
    return lines("\n".join(unified_diff(before.split("\n"), after.split("\n"), lineterm="")))


def _blocks(plain: list[tuple[str, str]]) -> Iterator[tuple[bool, Iterator[tuple[str, str]]]]:
    """The lines apart into what stays (False) and what changes (True)."""
    return groupby(plain, key=lambda line: line[0] in {"added", "removed"})


def _block(changes: bool, block: list[tuple[str, str]]) -> Iterator[Line]:
    removed = [line[1:] for kind, line in block if kind == "removed"]
    added = [line[1:] for kind, line in block if kind == "added"]
    if changes and len(removed) == len(added):
        pairs = [_pair(old, new) for old, new in zip(removed, added, strict=True)]
        yield from (Line("removed", old) for old, _new in pairs)
        yield from (Line("added", new) for _old, new in pairs)
        return
    for kind, line in block:
        text = line if kind in {"hunk", "note"} else line[1:]
        yield Line(kind, (Span(text, marked=False),))


def _pair(before: str, after: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Two lines with their marks; without any where they have little in common."""
    old, new = marked(before, after)
    if sum(len(span.text) for span in old if not span.marked) * 3 < max(len(before), len(after)):
        return (Span(before, marked=False),), (Span(after, marked=False),)
    return old, new


def marked(before: str, after: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """Both texts in parts, what only one of them has is marked. The parts of a side put together are that side."""
    left, right = _TOKEN.findall(before), _TOKEN.findall(after)
    old: list[tuple[str, bool]] = []
    new: list[tuple[str, bool]] = []
    for same, old_part, new_part in _runs(left, right):
        old.append((old_part, not same))
        new.append((new_part, not same))
    return tuple(_spans(old)), tuple(_spans(new))


def _runs(left: Sequence[str], right: Sequence[str]) -> Iterator[tuple[bool, str, str]]:
    start = 0
    while start < min(len(left), len(right)) and left[start] == right[start]:
        start += 1
    end = 0
    while end < min(len(left), len(right)) - start and left[-1 - end] == right[-1 - end]:
        end += 1
    yield True, "".join(left[:start]), "".join(right[:start])
    old, new = left[start : len(left) - end], right[start : len(right) - end]
    if len(old) + len(new) > MOST_TOKENS:
        yield False, "".join(old), "".join(new)
    else:
        for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            yield tag == "equal", "".join(old[i:j]), "".join(new[k:m])
    yield True, "".join(left[len(left) - end :]), "".join(right[len(right) - end :])


def _spans(parts: list[tuple[str, bool]]) -> Iterator[Span]:
    """The parts with neighbours of one kind put together, empty ones left out."""
    text, kind = "", False
    for part, is_marked in parts:
        if is_marked != kind and part:
            if text:
                yield Span(text, kind)
            text, kind = "", is_marked
        text += part
    if text:
        yield Span(text, kind)
