"""The sites threads come from. A new one is a module with the functions of `Source` and its line in `SOURCES`."""

from functools import lru_cache
from typing import Protocol

from digests.sources import hackernews
from digests.sources.contract import AddressNotUnderstood, FetchedThread, NotAThread, Progress
from digests.sources.web import Client


class Source(Protocol):
    """What a site's module has."""

    @property
    def NAME(self) -> str: ...  # noqa: N802  (a module's constant)

    def canonical(self, address: str) -> str: ...

    def fetch(self, address: str, *, client: Client, progress: Progress) -> FetchedThread: ...

    def read_file(self, data: str | bytes) -> FetchedThread: ...

    def comment_url(self, native_id: str) -> str: ...


SOURCES: dict[str, Source] = {source.NAME: source for source in (hackernews,)}


def find(address: str) -> Source:
    """The site that an address or id belongs to. Raises AddressNotUnderstood."""
    for source in SOURCES.values():
        try:
            source.canonical(address)
        except NotAThread:
            return source
        except AddressNotUnderstood:
            continue
        return source
    raise AddressNotUnderstood(address[:200])


def canonical(address: str) -> str:
    """The one form of all addresses of the same thread or comment. Raises AddressNotUnderstood or NotAThread."""
    return find(address).canonical(address)


def fetch(address: str, *, client: Client, progress: Progress) -> FetchedThread:
    return find(address).fetch(address, client=client, progress=progress)


def read_file(data: str | bytes) -> FetchedThread:
    """A saved answer of any of the sites. Raises AddressNotUnderstood when none knows its shape."""
    for source in SOURCES.values():
        try:
            return source.read_file(data)
        except AddressNotUnderstood:
            continue
    raise AddressNotUnderstood("no site has files of this shape")


def comment_url(source: str, native_id: str) -> str:
    """The address of a comment; "" for a site that is not known (any more)."""
    return SOURCES[source].comment_url(native_id) if source in SOURCES else ""


def permalink(source_url: str, native_id: str) -> str:
    """The address of a comment, given its thread's address; "" where the site is unknown."""
    source = _site_of(source_url)
    return source.comment_url(native_id) if source else ""


def site_name(source_url: str) -> str:
    """Which site an address belongs to, as in `Thread.source`; "" where it is unknown."""
    source = _site_of(source_url)
    return source.NAME if source else ""


@lru_cache  # a page asks once for each quote, always with the same address
def _site_of(source_url: str) -> Source | None:
    try:
        return find(source_url) if "://" in source_url else None
    except AddressNotUnderstood:
        return None
