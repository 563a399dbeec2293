"""What a folder holds by earlier bakes: every page with what it followed from, every file that a bake wrote."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FORMAT = 3


@dataclass(slots=True)
class Baked:
    """A page or an asset as it lies in the folder. `facts` and `exact` are hashes, "" where nobody knows."""

    file: str
    sha256: str
    content_type: str = ""
    etag: str = ""
    facts: str = ""
    exact: str = ""
    is_for_ever: bool = False
    links: list[str] = field(default_factory=list)
    missing_anchors: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Manifest:
    """`site_wide` stands for what every page follows from. `others` are files of no address, with their hashes, and
    `told` stands for what these follow from."""

    site_wide: str = ""
    pages: dict[str, Baked] = field(default_factory=dict)
    assets: dict[str, Baked] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    told: str = ""

    def addresses(self) -> Iterable[tuple[str, Baked]]:
        yield from self.pages.items()
        yield from self.assets.items()

    def dump(self) -> str:
        """Links by their numbers: a site has a hundred times as many as it has addresses."""
        numbers: dict[str, int] = {}

        def row(one: Baked) -> list[object]:
            links = [numbers.setdefault(link, len(numbers)) for link in one.links]
            values = (one.file, one.sha256, one.content_type, one.etag, one.facts, one.exact, one.is_for_ever)
            return [*values, links, one.missing_anchors]

        value = {
            "format": FORMAT,
            "site_wide": self.site_wide,
            "pages": {address: row(one) for address, one in self.pages.items()},
            "assets": {address: row(one) for address, one in self.assets.items()},
            "others": self.others,
            "told": self.told,
        }
        return json.dumps(value | {"links": list(numbers)}, ensure_ascii=False, separators=(",", ":"))


def load(path: Path) -> Manifest:
    """An empty one when there is none, or none that can be read: then everything is asked for again."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        if value["format"] != FORMAT:
            return Manifest()
        names: list[str] = value["links"]

        def read(rows: dict[str, list[Any]]) -> dict[str, Baked]:
            return {address: _baked(row, names) for address, row in rows.items()}

        return Manifest(value["site_wide"], read(value["pages"]), read(value["assets"]), value["others"], value["told"])
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return Manifest()


def _baked(row: list[Any], names: list[str]) -> Baked:
    *values, links, missing = row
    baked = Baked(*values)
    baked.links, baked.missing_anchors = [names[number] for number in links], missing
    return baked
