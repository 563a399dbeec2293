"""The text that a Hugo post's place holds: the inverse of `escaping`, and as good for posts written before it.

`<br>` is a line break, an entity its character, once; a link is the address that it leads to. What `escaping` writes
reads back as the cleaned text (a property test says so). A text that stood unescaped reads as its author typed it.
"""

import re
from html.entities import html5
from urllib.parse import unquote

from digests.plaintext import is_web_address
from digests.publishing import escaping

_ENTITY = r"&(\#[0-9]{1,7}|\#[xX][0-9a-fA-F]{1,6}|\w{1,40});"
_BODY = re.compile(
    rf"<br\s*/?>\n? | <wbr\s*/?> | <(https?://[^<>\s]+)> | \[([^\[\]]*)\]\(([^()\s]*)\) | {_ENTITY}", re.VERBOSE
)
_LINE = re.compile(rf"<wbr\s*/?> | {_ENTITY}", re.VERBOSE)
_QUOTE_MARK = re.compile(r"^> ?", re.MULTILINE)
_LINK = re.compile(r"\[(.*)\]\(([^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)")


def body(raw: str) -> str:
    """A quote's text."""
    return _BODY.sub(_piece, raw) if re.search("[<&[]", raw) else raw


def label(raw: str) -> str:
    """A fold's label, or any other text of one line without links."""
    return line(raw).removeprefix("\u200b")


def line(raw: str) -> str:
    return _LINE.sub(lambda match: _character(match[1]) if match[1] else "", raw)


def blockquote(raw: str) -> str:
    """The text of the lines of a blockquote."""
    lines = _QUOTE_MARK.sub("", raw).split("\n")
    return "\n".join(line(re.sub(r"<br\s*/?>$", "", one)) for one in lines)


def source(raw: str) -> str:
    """The address in a source line, behind its label: of a link, or as mere text."""
    if match := _LINK.fullmatch(raw):
        shown, address = line(match[1]), match[2]
        same = not address or is_web_address(shown) or escaping.link_address(shown) == address
        return shown if same else address
    return line(raw)


def address(raw: str) -> str:
    """The address of a link that `escaping.link_address` wrote: only what it escaped needlessly is taken back."""
    return re.sub(r"%(27|28|29|2[aA])", lambda match: chr(int(match[1], 16)), raw).replace("%3B", ";")


def _piece(match: re.Match[str]) -> str:
    whole, bare, text, target, entity = match[0], match[1], match[2], match[3], match[4]
    if entity:
        return _character(entity)
    if bare:
        return bare
    if text is not None:
        shown = line(text)
        return shown if is_web_address(shown) and _same(shown, target) else line(whole)
    return "\n" if whole.startswith("<b") else ""


def _same(shown: str, target: str) -> bool:
    return escaping.link_address(shown) == target or unquote(target) == unquote(shown)


def _character(entity: str) -> str:
    if entity.startswith("#"):
        number = int(f"0{entity[1:]}", 16) if entity[1] in "xX" else int(entity[1:])
        return chr(number) if 0 < number < 0x110000 and not 0xD800 <= number < 0xE000 else "\ufffd"
    return html5.get(f"{entity};", f"&{entity};")
