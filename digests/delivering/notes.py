"""The short page that stands where a post was taken away. Knows no database."""

import tomllib

import tomlkit
from django.utils.translation import gettext as _


def withdrawn(post: str) -> str:
    """A page at the same address that says so and quotes nobody; it keeps the post's date and is in no list."""
    table = tomlkit.document()
    if date := _front_matter(post).get("date"):
        table["date"] = date
    table["draft"] = False
    table["title"] = _("This article has been withdrawn")
    build = tomlkit.table()
    build["list"] = "never"
    table["build"] = build
    said = _("This article has been withdrawn.")
    return f"+++\n{tomlkit.dumps(table)}+++\n\n{said}\n"


def _front_matter(post: str) -> dict[str, object]:
    parts = post.replace("\r\n", "\n").split("+++\n", 2)
    if len(parts) < 3 or parts[0].strip("\ufeff"):
        return {}
    try:
        return tomllib.loads(parts[1])
    except tomllib.TOMLDecodeError:
        return {}
