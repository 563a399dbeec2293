"""Which layout the blocks of a post have: by name where every blank and spelling is that layout's, else the nearest."""

import re
from collections import Counter
from dataclasses import replace
from functools import lru_cache
from itertools import pairwise

from digests.publishing.blocks import Block, Kind
from digests.publishing.document import DocumentQuote
from digests.publishing.form import Form
from digests.publishing.layouts import LAYOUTS, Layout
from digests.publishing.writing import gap

_TIME = re.compile(r"[0-9]{4}([-/])[0-9]{2}[-/][0-9]{2}([T ])[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:?[0-9]{2})?")


def layout_of(blocks: list[Block], form: Form) -> Layout:
    """The layout that a post has, or is nearest to: told by how most of its quotes write their times."""
    return _nearest(_styles(blocks), form)


def _styles(blocks: list[Block]) -> Counter[str]:
    return Counter(_time_style(block) for block in blocks if isinstance(block.entry, DocumentQuote))


def _nearest(styles: Counter[str], form: Form) -> Layout:
    style = next((pattern for pattern, _count in styles.most_common() if pattern), "")
    if not style:
        return form.gaps
    nearest = LAYOUTS["2025-02"] if style.startswith("%Y-") else LAYOUTS["2025-04"]
    return nearest if style == nearest.time else replace(nearest, time=style)


def name_of(blocks: list[Block], behind: str, form: Form) -> str:
    """The name of the layout that a post has in all its blanks and spellings; "other" for all the rest."""
    styles = _styles(blocks)
    layout = _nearest(styles, form)
    standard = LAYOUTS[layout.name]
    if len(styles) > 1 or layout != standard or not _has_standard_ends(blocks, behind, form):
        return "other"
    opening = f'{{{{<{form.quote} body="'
    if not all(block.raw.startswith(opening) for block in blocks if isinstance(block.entry, DocumentQuote)):
        return "other"
    if any(after.before != gap(standard, before.kind, after.kind) for before, after in pairwise(blocks)):
        return "other"
    return standard.name if all(_is_standard(block, standard, form) for block in blocks) else "other"


def _has_standard_ends(blocks: list[Block], behind: str, form: Form) -> bool:
    kinds = [block.kind for block in blocks]
    return (
        kinds[:2] == [Kind.LEAD, Kind.SOURCE]
        and kinds[-1] is (Kind.FOOTER if form.footer else kinds[-1])
        and blocks[0].before == "\n"
        and behind == "\n"
    )


def _is_standard(block: Block, layout: Layout, form: Form) -> bool:
    if block.kind is Kind.ENTRY:
        return True
    if block.kind in {Kind.KEPT, Kind.STRAY}:
        return False
    if block.kind is Kind.SOURCE:
        return block.raw.startswith(f"{form.source_label}[")
    if block.kind is Kind.OPEN and block.shortcode:
        label = block.shortcode.value("summary") or ""
        return block.raw == layout.opening.format(name=form.fold, label=label)
    if block.kind is Kind.CLOSE:
        return block.raw == layout.closing.format(name=form.fold)
    return True


def _time_style(block: Block) -> str:
    """How a quote's time is written, for strftime; "" where it is written in no known way."""
    return _style(block.shortcode.values[2] or "") if block.shortcode else ""


def _style(raw: str) -> str:
    if len(raw) == 19:
        return _known_style(raw[4] + raw[10])
    match = _TIME.fullmatch(raw)
    if not match:
        return ""
    seconds = ":%S" if match[3] else ""
    return f"%Y{match[1]}%m{match[1]}%d{match[2]}%H:%M{seconds}{match[4] or ''}"


@lru_cache(maxsize=16)
def _known_style(signs: str) -> str:
    return f"%Y{signs[0]}%m{signs[0]}%d{signs[1]}%H:%M:%S" if signs[0] in "-/" and signs[1] in "T " else ""
