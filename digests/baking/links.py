"""What baked pages and style sheets point at.

Reads our own markup: every attribute stands behind a space and in double quotes.
"""

import re
from collections.abc import Iterator
from functools import cache
from html import unescape
from urllib.parse import urljoin, urlsplit

_IDS = re.compile(r'\sid="([^"]*)"')
_IN_STYLES = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")
_NOT_FOLLOWED = re.compile(r"(?!https?:)[a-zA-Z][a-zA-Z0-9+.-]*:")


def of_page(html: str, *, address: str, base: str) -> tuple[list[str], list[str]]:
    """The addresses on this site that the page at `address` points at, and the anchors that it names and has not.

    `base` is the site's own address: what starts with it is on this site.
    """
    found: dict[str, None] = {}
    anchors: dict[str, None] = {}
    for name, raw in dict.fromkeys(_attributes(base).findall(html)):
        value = unescape(raw) if "&" in raw else raw
        if name == "content" and not (
            value.startswith(f"{base}/") and " " not in value
        ):  # a picture for others to show
            continue
        for one in _pictures(value) if name.endswith("srcset") else (value,):
            if one.startswith("#"):
                anchors[one[1:]] = None
            elif (target := on_site(one, address=address, base=base)) is not None:
                path, fragment = target
                if path == address and fragment:
                    anchors[fragment] = None
                found[path] = None
    found.pop(address, None)
    there = {"", *map(unescape, _IDS.findall(html))} if anchors else set()
    return list(found), [one for one in anchors if one not in there and not one.startswith(":~:")]


@cache
def _attributes(base: str) -> re.Pattern[str]:
    """Those that may point at this site. Most links lead to comments, and are not even taken out of a page."""
    names = "href|src|srcset|imagesrcset|poster|action|content"
    return re.compile(rf' ({names})="((?!(?!{re.escape(base)})http)[^"]*)"')


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
