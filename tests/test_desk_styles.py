"""The desk's stylesheets: each short enough to find a thing in it, linked by a page, and about what pages have."""

import re
from pathlib import Path

import pytest
from django.conf import settings

STATIC, TEMPLATES = settings.BASE_DIR / "static", settings.BASE_DIR / "templates"
SHEETS = sorted(
    [*STATIC.glob("desk*.css"), *STATIC.glob("board*.css"), STATIC / "comments.css", STATIC / "move-in.css"]
)
MADE = re.compile(r"c-|d\d|e-\w+|sortable-\w+")  # by a colour, a depth, an emphasis; by Sortable while one drags


def read_all(folder: Path, pattern: str) -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.rglob(pattern)))


def names(css: str) -> set[str]:
    """The classes and ids of its selectors."""
    selectors = re.findall(r"([^{}]+)\{", re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL))
    return {name for one in selectors if "@" not in one for name in re.findall(r"[.#]([A-Za-z][\w-]*)", one)}


@pytest.fixture(scope="module")
def words() -> set[str]:
    sources = read_all(TEMPLATES, "*.html") + read_all(STATIC, "*.js") + read_all(settings.BASE_DIR / "digests", "*.py")
    return set(re.findall(r"[A-Za-z][\w-]*", sources))


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda path: path.name)
def test_a_stylesheet_is_short_linked_and_names_what_there_is(sheet, words):
    css = sheet.read_text(encoding="utf-8")
    assert css.count("\n") <= 400
    assert f'"{sheet.name}"' in read_all(TEMPLATES / "desk", "*.html")
    assert {name for name in names(css) - words if not MADE.fullmatch(name)} == set()


def test_a_rule_for_what_is_nowhere_is_noticed():
    assert names(".there > #one:hover, .two::before { color: red } @media (width < 4rem) { .x { a: b } }") == {
        *("there", "one", "two", "x")
    }
