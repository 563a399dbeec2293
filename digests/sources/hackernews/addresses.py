"""Which item an editor means, and where an item is shown."""

import re
import unicodedata
from urllib.parse import parse_qs, quote, urlsplit

from digests.sources.contract import AddressNotUnderstood, NotAThread

HOST = "news.ycombinator.com"
_INTERFACES = {
    "hn.algolia.com": re.compile(r"/api/v1/items/(\d{1,15})"),
    "hacker-news.firebaseio.com": re.compile(r"/v0/item/(\d{1,15})(?:\.json)?"),
}
_NUMBER = re.compile(r"0*[1-9]\d{0,14}", re.ASCII)


def item_id(address: str) -> int:
    """The item of an address, with or without its scheme, or of a bare id.

    Full-width letters and digits, as a Japanese input method leaves them, are read as plain ones. Raises
    AddressNotUnderstood, and NotAThread for a user's page.
    """
    text = unicodedata.normalize("NFKC", address).strip()
    if _NUMBER.fullmatch(text):
        return int(text)
    try:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = parts.hostname
    except ValueError as error:
        raise AddressNotUnderstood(address[:200]) from error
    if parts.scheme not in {"http", "https"}:
        raise AddressNotUnderstood(address[:200])
    if host == HOST and parts.path == "/user":
        raise NotAThread("user")
    number = ""
    if host == HOST and parts.path == "/item":
        number = parse_qs(parts.query).get("id", [""])[-1].strip()
    elif host in _INTERFACES and (found := _INTERFACES[host].fullmatch(parts.path)):
        number = found[1]
    if not _NUMBER.fullmatch(number):
        raise AddressNotUnderstood(address[:200])
    return int(number)


def item_url(native_id: int | str) -> str:
    return f"https://{HOST}/item?id={quote(str(native_id), safe='')}"
