"""What baked pages and style sheets point at.

Reads our own markup: every attribute stands behind a space and in double quotes.
"""

import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from urllib.parse import urljoin, urlsplit

_IDS = re.compile(rb' id="([^"]*)"')  # in bytes: in a text of Japanese a search takes five times as long
_SRCSETS = re.compile(rb' (?:image)?srcset="([^"]*)"')
_IN_STYLES = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")
_NOT_FOLLOWED = re.compile(r"(?!https?:)[a-zA-Z][a-zA-Z0-9+.-]*:")


def of_page(html: bytes, *, address: str, base: str) -> tuple[list[str], list[str]]:
    """The addresses on this site that the page at `address` points at, and the anchors that it names and has not.

    `base` is the site's own address: what starts with it is on this site.
    """
    own = {"", address, f"{base}{address}"}
    found: dict[str, None] = {}
    anchors: dict[str, None] = {}
    for value in _linked(html, base):
        path, _, fragment = value.partition("#")
        if path not in own:
            found[path] = None
        elif fragment:
            anchors[fragment] = None
    paths = {target[0]: None for path in found if (target := on_site(path, address=address, base=base))}
    paths.pop(address, None)
    there = {"", *map(_text, _IDS.findall(html))} if anchors else set()
    return list(paths), [one for one in anchors if one not in there and not one.startswith(":~:")]


def _linked(html: bytes, base: str) -> Iterator[str]:
    attributes, share = _patterns(base)
    yield from map(_text, dict.fromkeys(attributes.findall(html)))
    for srcset in dict.fromkeys(_SRCSETS.findall(html)):
        yield from _pictures(_text(srcset))
    yield from map(_text, share.findall(html))


def _text(value: bytes) -> str:
    return unescape(value.decode())


@cache
def _patterns(base: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Attributes that may point at this site, and pictures for others to show. Most links lead to comments, and are not
    even taken out of a page."""
    here = re.escape(base.encode())
    return (
        re.compile(rb' (?:href|src|poster|action)="((?!(?!' + here + rb')http)[^"]*)"'),
        re.compile(rb' content="(' + here + rb'/[^" ]*)"'),
    )


def of_style(css: str, *, address: str, base: str) -> list[str]:
    """The addresses on this site that a style sheet loads."""
    loaded = (on_site(first or second, address=address, base=base) for first, second in _IN_STYLES.findall(css))
    return list(dict.fromkeys(path for path, _fragment in filter(None, loaded)))


def on_site(value: str, *, address: str, base: str) -> tuple[str, str] | None:
    """Path and fragment of a link that stays on this site, None for any other. What is asked (`?…`) is left out."""
    value = value.strip()
    if value.startswith("/") and not value.startswith("//") and "/." not in value:
        path, _, fragment = value.partition("#")
        return path.partition("?")[0], fragment
    if _NOT_FOLLOWED.match(value):
        return None
    try:
        parts = urlsplit(urljoin(f"{base}{address}", value))
        own = urlsplit(base)
    except ValueError:  # not an address at all; a reader's browser goes nowhere either
        return None
    if (parts.scheme, parts.netloc) != (own.scheme, own.netloc):
        return None
    return parts.path or "/", parts.fragment


def _pictures(srcset: str) -> Iterator[str]:
    return (part.split()[0] for part in srcset.split(",") if part.strip())
