"""Hugo posts for tests, as somebody may have written them: each part can be replaced by an odd one."""

from collections.abc import Sequence

PATH = "content/posts/2026_01/2026_01_05_a_story/index.md"
FRONT = """\
+++
date = '2026-01-05T00:00:00'
months = '2026/01'
draft = false
title = '平文の話'
tags = ["平文", "文字"]
featureimage = 'thumbnails/color3.jpg'
+++
"""
ADDRESS = "https://news.ycombinator.com/item?id=100"
SOURCE = f"引用元：[{ADDRESS}]({ADDRESS})"
FOOTER = '[記事一覧へ]({{% ref "/posts/" %}})'
BETWEEN = "\n" * 5


def quote(text: str = "こんにちは", author: str = "author1", at: str = "2026/01/05 10:00:00", color: str = "") -> str:
    """A quote's shortcode with these very parameters."""
    return f'{{{{<matomeQuote body="{text}" userName="{author}" createdAt="{at}" color="{color}">}}}}'


def fold(*quotes: str, label: str = "もっとコメントを表示（1）") -> str:
    return f'{{{{< details summary="{label}">}}}}\n\n{BETWEEN.join(quotes)}\n\n{{{{</details>}}}}'


def post(
    *blocks: str,
    front: str = FRONT,
    lead: str = "> 平文の話",
    source: str = SOURCE,
    between: str = BETWEEN,
    end: str = f"\n\n\n\n{FOOTER}\n",
) -> str:
    """A whole post in the form of today, but for what is given."""
    head = "\n\n".join(part for part in (lead, source) if part)
    return f"{front}\n{between.join([head, *(blocks or (quote(),))])}{end}"


def texts(post: str) -> list[str]:
    """The quotes' raw texts, in order."""
    return [part.partition('"')[0] for part in post.split('matomeQuote body="')[1:]]


def older(quotes: Sequence[str], folded: Sequence[str]) -> str:
    """A post in the form of 2025-02, its last quotes in a fold."""
    inside = "\n\n".join(folded)
    opened = '{{< details summary="もっとコメントを表示（1）">}}\n'
    blocks = ["> 平文の話", SOURCE, *quotes, f"{opened}{inside}\n\n\n{{{{< /details >}}}}"]
    return FRONT + "\n" + "\n\n".join(blocks) + f"\n\n\n{FOOTER}\n"
