"""A post's front matter: written for a new post; edited in place, so that what nobody changed keeps its very text."""

import re
from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import String

from digests.plaintext import clean_line
from digests.publishing.document import DigestDocument
from digests.publishing.form import Form


def values_of(document: DigestDocument, form: Form, *, title: str, tags: list[str], draft: bool) -> dict[str, Any]:
    """What the front matter says of a digest, by key in the form's order; keys without a name are left out."""
    thumbnail = clean_line(document.thumbnail) if form.pictures == "assets" else ""
    values = {
        form.date_key: form.date_text(document.date),
        form.months_key: f"{document.date:%Y/%m}",
        form.draft_key: draft,
        form.title_key: title,
        form.tags_key: tags,
        form.thumbnail_key: thumbnail,
    }
    if not thumbnail:
        values.pop(form.thumbnail_key)
    return {key: value for key, value in values.items() if key}


def write(values: Mapping[str, Any]) -> str:
    """The lines of a new front matter."""
    table = tomlkit.document()
    for key, value in values.items():
        table[key] = _written(value)
    return tomlkit.dumps(table)


def edit(text: str, changes: Mapping[str, Any]) -> str:
    """The lines with other values; None takes a key out. Order, comments and all other lines stay as they are."""
    if not changes:
        return text
    table = tomlkit.parse(text)
    added = {key: value for key, value in changes.items() if value is not None and key not in table}
    for key, value in changes.items():
        if value is None and key in table:
            table.remove(key)
        elif key in table:
            table[key] = _written(value)
    edited = tomlkit.dumps(table)
    # Before the first table, since a key behind it would be one of the table's.
    first = re.search(r"^[ \t]*\[", edited, re.MULTILINE)
    at = first.start() if first else len(edited)
    return edited[:at] + write(added) + edited[at:]


def _written(value: Any) -> Any:
    return _string(value) if isinstance(value, str) else value


def _string(value: str) -> String:
    return tomlkit.string(value, literal=re.search(r"['\x00-\x1f\x7f]", value) is None)
