"""Everything about Hacker News: which addresses it has, how its threads are fetched and read from files."""

from digests.sources.contract import FetchedThread, Progress
from digests.sources.hackernews.addresses import item_id, item_url
from digests.sources.hackernews.fetching import fetch_thread
from digests.sources.hackernews.files import read_file
from digests.sources.hackernews.threads import NAME
from digests.sources.web import Client, run

__all__ = ["NAME", "canonical", "comment_url", "fetch", "read_file"]


def canonical(address: str) -> str:
    """The one form of all addresses of the same item. Raises AddressNotUnderstood or NotAThread."""
    return item_url(item_id(address))


def fetch(address: str, *, client: Client, progress: Progress) -> FetchedThread:
    """The thread of an item's address or id; of a comment's, the whole thread with that comment marked.

    `client` needs the bases "hn_algolia" and "hn_firebase".
    """
    asked = item_id(address)
    return run(client, lambda session: fetch_thread(session, asked), progress)


def comment_url(native_id: str) -> str:
    return item_url(native_id)
