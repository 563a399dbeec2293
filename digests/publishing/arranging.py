"""The blocks of an edited post put in their order: texts of others at their places, and the blanks between.

Changes no block. Knows no document.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from digests.publishing.blocks import Block, Kind
from digests.publishing.layouts import Layout
from digests.publishing.reading import OpenPost
from digests.publishing.writing import UnfaithfulPost, gap, gap_name

_OTHERS = frozenset((Kind.KEPT, Kind.FOOTER))


@dataclass(slots=True)
class Piece:
    """A block of the new post. `block` is the one that it was; without one it is new."""

    kind: Kind
    raw: str
    block: Block | None = None
    changed: bool = False


class Folds:
    """The folds that stand in a post, each given away once: to the fold that has most of its entries."""

    def __init__(self, blocks: Sequence[Block]) -> None:
        self.ends: list[tuple[Block, Block | None]] = []
        self.of: dict[int, int] = {}  # an entry's block → the number of the fold that holds it
        self.taken: set[int] = set()
        opened = False
        for block in blocks:
            if block.kind is Kind.OPEN:
                self.ends.append((block, None))
            elif block.kind is Kind.CLOSE and opened:
                self.ends[-1] = (self.ends[-1][0], block)
            elif block.kind is Kind.ENTRY and opened:
                self.of[id(block)] = len(self.ends) - 1
            opened = block.kind is Kind.OPEN or (opened and block.kind is not Kind.CLOSE)

    def take(self, label: str, inside: Sequence[Block | None]) -> tuple[Block | None, Block | None]:
        """The two ends of the fold that holds these; None for one that is new, or that was not closed."""
        shared = Counter(self.of[id(block)] for block in inside if id(block) in self.of)
        best = max(
            (number for number in shared if number not in self.taken),
            key=lambda number: (shared[number], self.ends[number][0].label == label, -number),
            default=None,
        )
        if best is None:
            return None, None
        self.taken.add(best)
        return self.ends[best]


def joined(post: OpenPost, pieces: Sequence[Piece], layout: Layout, line_end: str) -> str:
    """The new content of a post. Raises `UnfaithfulPost` when texts of others could not keep their order."""
    old = [block for block in post.blocks if block.kind is not Kind.STRAY]
    was_before = {id(after): id(before) for before, after in pairwise([None, *old])}
    usual = _usual_blanks(old)
    text: list[str] = []
    last: Piece | None = None
    for piece in _with_others(post.blocks, pieces):
        stood_together = piece.block is not None and (
            was_before.get(id(piece.block)) == id(last.block if last else None) and not (last and last.block is None)
        )
        if piece.block is not None and stood_together:
            text.append(piece.block.before)
        elif last is None:
            text.append(line_end if post.front.language else "")
        else:
            blanks = usual.get(gap_name(last.kind, piece.kind))
            text.append(gap(layout, last.kind, piece.kind).replace("\n", line_end) if blanks is None else blanks)
        text.append(piece.raw)
        last = piece
    return "".join([*text, post.behind if post.blocks else line_end])


def _usual_blanks(blocks: Sequence[Block]) -> dict[str, str]:
    """The commonest blanks of each kind that the post has."""
    seen: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for before, after in pairwise(blocks):
        seen[gap_name(before.kind, after.kind)][after.before] += 1
    return {name: counter.most_common(1)[0][0] for name, counter in seen.items()}


def _with_others(blocks: Sequence[Block], pieces: Sequence[Piece]) -> list[Piece]:
    """The pieces with the texts that nobody here has written, each before the block that it stood before.

    Where that is gone it stands behind the last one before it that is still there. They keep their own order, lest
    what belongs together be torn apart: otherwise `UnfaithfulPost`.
    """
    ahead, behind, end = _places(blocks, {id(piece.block) for piece in pieces if piece.block is not None})
    found = _pieces(behind.pop(0, ()))
    for piece in pieces:
        key = id(piece.block) if piece.block is not None else 0
        found += _pieces(ahead.pop(key, ()))
        found.append(piece)
        found += _pieces(behind.pop(key, ()))
    found += _pieces(end)
    order = [id(piece.block) for piece in found if piece.kind in _OTHERS]
    if order != [id(block) for block in blocks if block.kind in _OTHERS]:
        raise UnfaithfulPost(_("The post holds texts of others between its quotes, which would not keep their order."))
    return found


def _places(
    blocks: Sequence[Block], standing: set[int]
) -> tuple[defaultdict[int, list[Block]], defaultdict[int, list[Block]], list[Block]]:
    """The texts of others ahead of a block, behind one (0: before all), and at the end; in their order each."""
    ahead: defaultdict[int, list[Block]] = defaultdict(list)
    behind: defaultdict[int, list[Block]] = defaultdict(list)
    waiting: list[Block] = []
    before = 0
    for block in blocks:
        if block.kind in _OTHERS:
            waiting.append(block)
        elif block.kind is not Kind.STRAY:
            if waiting and id(block) in standing:
                ahead[id(block)] += waiting
            elif waiting:
                behind[before] += waiting
            waiting = []
            before = id(block) if id(block) in standing else before
    return ahead, behind, waiting


def _pieces(blocks: Sequence[Block]) -> list[Piece]:
    return [Piece(block.kind, block.raw, block) for block in blocks]
