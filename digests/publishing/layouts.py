"""The versions of a post's form: its blank lines, and the spelling of folds and times. Knows no document."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """`time` is for strftime; of the rest each is what stands between two blocks, line breaks and all."""

    name: str
    time: str
    after_head: str
    between: str  # between two quotes
    before_fold: str
    after_open: str
    before_close: str
    between_folds: str
    after_fold: str
    before_footer: str
    opening: str  # a fold's first tag, with places for its name and label
    closing: str


_ONE_BLANK_LINE = "\n\n"
_FOUR_BLANK_LINES = "\n" * 5

LAYOUTS = {
    layout.name: layout
    for layout in (
        Layout(
            name="2025-02",
            time="%Y-%m-%dT%H:%M:%S",
            after_head=_ONE_BLANK_LINE,
            between=_ONE_BLANK_LINE,
            before_fold=_ONE_BLANK_LINE,
            after_open="\n",
            before_close="\n\n\n",
            between_folds="\n",
            after_fold=_ONE_BLANK_LINE,
            before_footer="\n\n\n",
            opening='{{{{< {name} summary="{label}">}}}}',
            closing="{{{{< /{name} >}}}}",
        ),
        Layout(
            name="2025-04",
            time="%Y/%m/%d %H:%M:%S",
            after_head=_FOUR_BLANK_LINES,
            between=_FOUR_BLANK_LINES,
            before_fold=_FOUR_BLANK_LINES,
            after_open=_ONE_BLANK_LINE,
            before_close=_ONE_BLANK_LINE,
            between_folds=_FOUR_BLANK_LINES,
            after_fold=_FOUR_BLANK_LINES,
            before_footer="\n" * 4,
            opening='{{{{< {name} summary="{label}">}}}}',
            closing="{{{{</{name}>}}}}",
        ),
    )
}
