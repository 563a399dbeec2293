"""Which repository: addresses that git may be given, and nothing else.

git itself takes far more (`ext::command`, options, nested helpers); what is not plainly one of three kinds is refused.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from digests.publishing.places import PlaceError
from digests.sources.guard import is_harmless

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff\\]")
_HOST = re.compile(r"(?!-)[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]")
_USER = re.compile(r"(?!-)[A-Za-z0-9._~%+-]+")
_SCP = re.compile(r"(?:(?P<user>[^@:/]+)@)?(?P<host>[^@:/\[\]]+):(?P<path>[^:].*)")
_BRANCH = re.compile(r"(?![-/.])(?!.*(?:\.\.|//|@\{|/\.|\.lock(?:/|$)|\.$|/$))[^\x00-\x20\x7f~^:?*\[\\]+")


class Kind(StrEnum):
    """The value is git's own name of the protocol, the only one that is allowed for the location."""

    HTTPS = "https"
    HTTP = "http"  # to this machine only
    SSH = "ssh"
    PATH = "file"


@dataclass(frozen=True, slots=True)
class Location:
    """`text` is what git is given; it holds no secret."""

    text: str
    kind: Kind
    host: str = ""
    port: int | None = None
    user: str = ""

    @property
    def is_web(self) -> bool:
        return self.kind in {Kind.HTTPS, Kind.HTTP}

    @property
    def origin(self) -> str:
        """Scheme, host and port of a web address, as git compares them for credentials."""
        return f"{self.kind}://{self.host}" + (f":{self.port}" if self.port else "")


def parse(text: str) -> Location:
    """Raises `PlaceError` ("bad_location", "secret_in_location", "insecure_location")."""
    if not text or text.startswith("-") or len(text) > 1000:
        raise PlaceError("bad_location", text[:1])
    if text.startswith(("/", "file:///")):
        return _path(text.removeprefix("file://"))
    if _FORBIDDEN.search(text):
        raise PlaceError("bad_location", "a blank, a backslash or a control character")
    if "://" in text:
        return _url(text)
    if (found := _SCP.fullmatch(text)) and "::" not in text:
        return _ssh(text, host=found["host"], port=None, user=found["user"] or "", path=found["path"])
    raise PlaceError("bad_location")


def _path(text: str) -> Location:
    if re.search(r"[\x00-\x1f\x7f]", text) or ".." in text.split("/"):
        raise PlaceError("bad_location", "a control character or ..")
    return Location(str(Path(text)), Kind.PATH)


def _url(text: str) -> Location:
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise PlaceError("bad_location", "not an address") from None
    if parts.password is not None:
        raise PlaceError("secret_in_location")
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise PlaceError("bad_location", "a query or a fragment")
    if parts.scheme == "ssh":
        return _ssh(text, host=host, port=port, user=parts.username or "", path=parts.path)
    if parts.scheme not in {"https", "http"}:
        raise PlaceError("bad_location", f"{parts.scheme[:20]}:// is not used")
    user = parts.username or ""
    if user and (not _USER.fullmatch(user) or _looks_secret(user)):
        raise PlaceError("secret_in_location" if _looks_secret(user) else "bad_location")
    bracketed = f"[{host}]" if ":" in host else host
    _check(bracketed, parts.path)
    if parts.scheme == "http" and not _is_loopback(host):
        raise PlaceError("insecure_location", host)
    return Location(text, Kind(parts.scheme), bracketed, port, user)


def _looks_secret(user: str) -> bool:
    """A token pasted in a user's place (https://TOKEN@host/…): long, or with a forge's prefix."""
    return len(user) >= 32 or user.startswith(("ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "gldt-", "ATBB"))


def _ssh(text: str, *, host: str, port: int | None, user: str, path: str) -> Location:
    if user and not _USER.fullmatch(user):
        raise PlaceError("bad_location", "the user's name")
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    _check(host, path)
    return Location(text, Kind.SSH, host, port, user)


def _check(host: str, path: str) -> None:
    if not _HOST.fullmatch(host):
        raise PlaceError("bad_location", "the host's name")
    if not path.strip("/") or path.startswith("-") or ".." in path.split("/"):
        raise PlaceError("bad_location", "the path")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def checked_branch(name: str) -> str:
    """The branch's name as it came (git's check-ref-format). Raises `PlaceError` ("bad_branch")."""
    if not _BRANCH.fullmatch(name) or len(name) > 200 or name == "@" or re.search(r"[\ud800-\udfff]", name):
        raise PlaceError("bad_branch")
    return name


def harmless_addresses(location: Location) -> tuple[str, ...]:
    """All addresses of a location's host. Raises `PlaceError` ("address_forbidden", "unreachable").

    None for a folder, and for a name that only ssh's own configuration knows.
    """
    if location.kind is Kind.PATH:
        return ()
    try:
        found = socket.getaddrinfo(location.host.strip("[]"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        if location.kind is Kind.SSH:
            return ()
        raise PlaceError("unreachable", f"{location.host} has no address ({error})") from error
    addresses = tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    for address in addresses:
        if not is_harmless(address):
            raise PlaceError("address_forbidden", f"{location.host} is {address}")
    return addresses
