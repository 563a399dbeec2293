"""Where an address lies among the baked files. Knows neither the application nor the disk."""

from hashlib import sha256
from urllib.parse import unquote

TWINS = {"br": ".br", "gzip": ".gz"}
INDEX = "index.html"  # of feeds too: it is the one name that every server looks for; their type is told by the address
LONGEST_NAME_BYTES = 240  # of a folder; Linux allows 255


def file_of(address: str) -> str:
    """Below the folder: `/tags/%E7%8C%AB/` is `tags/猫/index.html`."""
    path = unquote(shortened(address)).removeprefix("/")
    return path + INDEX if path.endswith("/") or not path else path


def shortened(address: str) -> str:
    """The address, or the one under which it lies when no folder can have its name.

    That one is nobody else's: a tag that starts with `~` has two of them in its address.
    """
    if len(address) <= LONGEST_NAME_BYTES:
        return address
    names = address.split("/")
    return "/".join(
        f"~{sha256(name.encode()).hexdigest()}" if len(unquote(name).encode()) > LONGEST_NAME_BYTES else name
        for name in names
    )


def media_type(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()


def is_text(content_type: str) -> bool:
    """Whether compressing it is worth the while."""
    kind = media_type(content_type)
    return kind.startswith("text/") or kind.endswith(("xml", "json", "javascript"))
