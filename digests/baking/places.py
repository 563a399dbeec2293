"""Where an address lies among the baked files. Knows neither the application nor the disk."""

import re
from hashlib import sha256
from urllib.parse import unquote

TWINS = {"br": ".br", "gzip": ".gz"}
INDEX = "index.html"  # of feeds too: it is the one name that every server looks for; their type is told by the address
LONGEST_NAME_BYTES = 240  # of a folder; Linux allows 255
_PLAIN = re.compile(r"[A-Za-z0-9._-]*")


def file_of(address: str) -> str:
    """Below the folder: `/tags/%E7%8C%AB/` is `tags/猫/index.html`."""
    path = unquote(shortened(address)).removeprefix("/")
    return path + INDEX if path.endswith("/") or not path else path


def shortened(address: str) -> str:
    """The address, or the one under which it lies when no folder can have its name.

    That one is nobody else's: a tag that starts with `~` has two of them in its address. It is plain all along, since
    web servers are told of it, and each of them has marks of its own.
    """
    names = address.split("/")
    if len(address) <= LONGEST_NAME_BYTES or not any(map(_is_long, names)):
        return address
    plain = (_PLAIN.fullmatch(name) and not _is_long(name) for name in names)
    hashed = (f"~{sha256(name.encode()).hexdigest()}" for name in names)
    return "/".join(name if is_plain else other for name, is_plain, other in zip(names, plain, hashed, strict=True))


def _is_long(name: str) -> bool:
    return len(unquote(name).encode()) > LONGEST_NAME_BYTES


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def is_text(content_type: str) -> bool:
    """Whether compressing it is worth the while."""
    kind = media_type(content_type)
    return kind.startswith("text/") or kind.endswith(("xml", "json", "javascript"))
