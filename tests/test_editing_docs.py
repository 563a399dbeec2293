"""The editors' guide: its tables name every act with the key it really has, and its pictures are there."""

import re
from pathlib import Path

import pytest
from django.utils import translation

from digests import keymap

DOCS = Path(__file__).resolve().parent.parent / "docs"
GUIDES = {"en": "editing.md", "ja": "editing.ja.md"}


@pytest.mark.parametrize("language", GUIDES)
def test_the_guide_names_every_act_with_its_usual_key(language: str):
    text = (DOCS / GUIDES[language]).read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| ([^|]+) \| `([^`]+)` \|", text, re.MULTILINE))
    with translation.override(language):
        acts = [act for act in keymap.ACTS.values() if not re.fullmatch(r"paint-\d", act.name)]
        assert {(str(act.words), keymap.shown(act.key)) for act in acts} <= rows
    assert len([name for name in keymap.ACTS if re.fullmatch(r"paint-\d", name)]) == 9
    assert "| `1`–`9` |" in text


@pytest.mark.parametrize("guide", [DOCS / name for name in GUIDES.values()], ids=lambda path: path.name)
def test_a_guides_pictures_and_links_are_there(guide: Path):
    targets = re.findall(r"\]\(([^)#:\s]+)\)", guide.read_text(encoding="utf-8"))
    assert [target for target in targets if not (DOCS / target).exists()] == []
