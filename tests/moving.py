"""Small Hugo sites to move in: posts in the form that the site itself writes, and what became of them."""

import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from digests.archive.moving_in import move_in
from digests.archive.reports import Report
from digests.archive.site_folder import SiteFolder
from digests.models import Target

type MoveInto = Callable[..., Report]

PATH = "content/posts/2026_01/2026_01_05_a_story/index.md"
ADDRESS = "https://news.ycombinator.com/item?id=100"
BETWEEN = "\n" * 5


def quote(
    text: str = "こんにちは", *, author: str = "author1", at: str = "2026/01/05 10:00:00", color: str = ""
) -> str:
    return f'{{{{<matomeQuote body="{text}" userName="{author}" createdAt="{at}" color="{color}">}}}}'


def fold(*quotes: str, label: str = "もっとコメントを表示（1）") -> str:
    return f'{{{{< details summary="{label}">}}}}\n\n{BETWEEN.join(quotes)}\n\n{{{{</details>}}}}'


def post(
    *blocks: str,
    title: str = "平文の話",
    date: str = "2026-01-05",
    tags: Sequence[str] = ("平文", "文字"),
    picture: str = "",
    draft: bool = False,
    source: str = ADDRESS,
    more: str = "",
) -> str:
    """A whole post; `more` stands in the front matter as it is."""
    head = [
        f"date = '{date}T00:00:00'",
        f"months = '{date[:7].replace('-', '/')}'",
        f"draft = {str(draft).lower()}",
        f"title = '{title}'",
        f"tags = [{', '.join(f'"{tag}"' for tag in tags)}]",
        *([f"featureimage = '{picture}'"] if picture else []),
        *([more] if more else []),
    ]
    parts = [f"> {title}\n\n引用元：[{source}]({source})", *(blocks or (quote(),))]
    footer = '[記事一覧へ]({{% ref "/posts/" %}})'
    return "+++\n" + "\n".join(head) + f"\n+++\n\n{BETWEEN.join(parts)}\n\n\n\n{footer}\n"


def write_site(root: Path, files: Mapping[str, str | bytes]) -> Path:
    """Writes files below a folder, over those that stand there."""
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content.encode() if isinstance(content, str) else content)
    return root


def picture(color: str = "red", *, kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(out, kind)
    return out.getvalue()


def make_target(folder: Path, **fields: Any) -> Target:
    return Target.objects.create(**{"name": "site", "kind": "folder", "location": str(folder), "branch": ""} | fields)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """The site below the test's own folder."""
    return make_target(tmp_path / "site")


@pytest.fixture
def moved(tmp_path: Path, target: Target) -> MoveInto:
    """Writes files into the site and moves it in."""

    def move(files: dict[str, str | bytes], **how: Any) -> Report:
        return move_in(SiteFolder(write_site(tmp_path / "site", files)), target, **how)

    return move


def outcomes(report: Report) -> dict[str, int]:
    return {outcome.value: count for outcome, count in report.outcomes.items() if count}


def codes(report: Report) -> list[tuple[str, str]]:
    return [(noted.path, noted.code) for noted in report.noted]
