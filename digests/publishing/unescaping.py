"""The text that a place of a Hugo post holds: the inverse of `escaping`, and as good for posts written before it.

`<br>` is a line break, an entity its character (once), a link the address that it shows. So what `escaping` writes
reads back as the cleaned text, and a text that stood there unescaped reads as its author typed it. A name, a title and
a tag have no inverse where a full-width twin was written: they read as readers see them.
"""

import re
from functools import lru_cache
from html.entities import html5

from digests.plaintext import WORD_JOINER, clean, clean_line
from digests.publishing import escaping

_ENTITY = r"&(\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});"
_LINE = re.compile(rf"<wbr\s?/?>|{_ENTITY}")
_LINK = re.compile(rf"<wbr\s?/?> | <(https?://[^<>\s]*+)> | \[([^\[\]]*+)\]\(([^()\s]*+)\) | {_ENTITY}", re.VERBOSE)
_BREAK = re.compile(r"<br\s?/?>")
_SOURCE = re.compile(r"\[([^\[\]]*+)\]\((\S*)\)")
_MARKED = re.compile(r"[<&\[]")


def body(raw: str, *, is_clean: bool = False) -> str:
    """A quote's text. `is_clean` says of `raw` that nothing in it needs cleaning, which is half of the time."""
    text = raw.replace("<br>", "\n")
    if "<" in text or "&" in text or "[" in text:
        return clean(_LINK.sub(_piece, _BREAK.sub("\n", text)))
    return text if is_clean else clean(text)


def label(raw: str) -> str:
    """A fold's label, "" for the sign that stands for none."""
    return clean_line("" if raw == "&#8203;" else line(raw))


def line(raw: str) -> str:
    """A text in which no link is looked for, as it stands, blanks and all."""
    return _LINE.sub(lambda match: _character(match[1]) if match[1] else "", raw) if _MARKED.search(raw) else raw


def blockquote(raw: str) -> str:
    """The text of a blockquote's lines."""
    lines = (re.sub(r"\A\s*>[ ]?|\r\Z", "", each) for each in raw.split("\n"))
    return clean("\n".join(line(_BREAK.sub("", each)) if "<" in each or "&" in each else each for each in lines))


def source(raw: str) -> str:
    """The address in a source line, behind its label: the one that a link shows, or leads to; or the mere text."""
    match = _SOURCE.fullmatch(raw)
    if match is None:
        return clean_line(line(raw.removeprefix("<").removesuffix(">") if raw.startswith("<http") else raw))
    shown = clean_line(line(match[1]))
    return shown if escaping.source(shown) == raw or shown == match[2] else clean_line(match[2] or shown)


@lru_cache(maxsize=10_000)
def user_name(raw: str) -> str:
    """A name, which Hugo prints escaped. Only an invisible joiner between braces is taken back."""
    return clean_line(raw.replace(f"{{{WORD_JOINER}{{", "{{"))


def _piece(match: re.Match[str]) -> str:
    bare, shown, address, entity = match.groups()
    if entity:
        return _character(entity)
    if bare is not None:
        return bare
    if shown is None:
        return ""
    text = line(shown)
    # A link under other words is a text that stood there unescaped, and that Markdown has taken for one.
    return text if text == address or escaping.link(text) == match[0] else line(match[0])


def _character(entity: str) -> str:
    if entity[0] != "#":
        return html5.get(f"{entity};", f"&{entity};")
    number = int(f"0{entity[1:]}", 16) if entity[1] in "xX" else int(entity[1:])
    return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"  # as browsers do
