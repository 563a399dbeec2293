"""docs/hugo.md and its Japanese twin name what there is: commands, variables, the settings' default values."""

import re
from dataclasses import fields

import pytest
from django.conf import settings
from django.core.management import get_commands

from digests.publishing.form import Form

DOCS = ("hugo.md", "hugo.ja.md")


def text_of(name: str) -> str:
    return (settings.BASE_DIR / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DOCS)
def test_every_command_and_variable_that_is_named_exists(name: str):
    text = text_of(name)
    commands = set(re.findall(r"manage\.py (\w+)", text))
    assert commands == {"hugo_starter", "import_hugo", "export_hugo", "check_archive"}
    assert commands <= set(get_commands())
    readme = (settings.BASE_DIR / "README.md").read_text(encoding="utf-8")
    own = {"MATOME_TOKEN_SITE"}  # an example
    assert [one for one in re.findall(r"MATOME_\w+", text) if one not in readme and one not in own] == []


@pytest.mark.parametrize("name", DOCS)
def test_every_default_of_a_form_stands_in_its_table(name: str):
    text = text_of(name)
    defaults = [getattr(Form(), one.name) for one in fields(Form)]
    assert [
        value for value in defaults if isinstance(value, str) and value not in {"skip", "assets"} and value not in text
    ] == []
    assert str(Form().fold_size) in text


def test_both_languages_have_the_same_parts():
    english, japanese = (re.findall(r"^(?:##+|\||    \S)", text_of(name), re.MULTILINE) for name in DOCS)
    assert english == japanese


def test_the_readme_leads_to_both():
    readme = (settings.BASE_DIR / "README.md").read_text(encoding="utf-8")
    assert all(f"(docs/{name})" in readme for name in DOCS)
