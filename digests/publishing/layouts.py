"""The layouts that posts have had: the blanks between their parts, and how a fold's ends and a time are spelled."""

from dataclasses import dataclass, replace

LABEL = "\0"  # stands for the label in `Layout.open`


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """All that a format version is besides its texts. `time` is that of `createdAt`, for strftime."""

    name: str
    between: str  # after the head, and between what stands outside folds
    after_open: str
    in_fold: str
    before_close: str
    between_folds: str
    before_footer: str
    open: str
    close: str
    time: str


LAYOUTS = {
    "2025-02": Layout(
        name="2025-02",
        between="\n\n",
        after_open="\n",
        in_fold="\n\n",
        before_close="\n\n\n",
        between_folds="\n",
        before_footer="\n\n\n",
        open='{{< details summary="\0">}}',
        close="{{< /details >}}",
        time="%Y-%m-%dT%H:%M:%S",
    ),
    "2025-04": Layout(
        name="2025-04",
        between="\n" * 5,
        after_open="\n\n",
        in_fold="\n" * 5,
        before_close="\n\n",
        between_folds="\n" * 5,
        before_footer="\n" * 4,
        open='{{< details summary="\0">}}',
        close="{{</details>}}",
        time="%Y/%m/%d %H:%M:%S",
    ),
}


def with_shortcode(layout: Layout, fold: str) -> Layout:
    """The layout with the site's own shortcode for a fold."""
    return replace(layout, open=layout.open.replace("details", fold), close=layout.close.replace("details", fold))
