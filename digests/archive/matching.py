"""The thread that a post retells, and its quotes' comments, where they are here."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace

from digests import sources
from digests.archive.attaching import Said, Written, match
from digests.models import Comment, Thread
from digests.publishing import escaping
from digests.publishing.document import DigestDocument, DocumentEntry, DocumentFold, DocumentQuote
from digests.sources.contract import SourceError


def threads_here(urls: Iterable[str]) -> dict[str, int]:
    """Address as it is written → the thread's primary key, for those whose thread is here. One query."""
    canonical: dict[str, str] = {}
    for url in urls:
        canonical[url] = url
        with suppress(SourceError):
            canonical[url] = sources.canonical(url)
    here = dict(Thread.objects.filter(url__in={url for url in canonical.values() if url}).values_list("url", "pk"))
    return {url: here[address] for url, address in canonical.items() if address in here}


def tied(document: DigestDocument, thread_id: int) -> tuple[DigestDocument, dict[str, int]]:
    """The document whose quotes name their comments, and native id → primary key of these.

    Nothing that stands in a post changes by it. One query.
    """
    rows = Comment.objects.filter(thread_id=thread_id).in_order()
    written = [
        Written(key=pk, native_id=native_id, author=author, at=posted_at)
        for pk, native_id, author, posted_at in rows.values_list("pk", "native_id", "author", "posted_at")
    ]
    quotes = list(document.quotes())
    said = [Said(key=n, author=one.author, at=one.created_at, text=one.text) for n, one in enumerate(quotes)]
    found = match(said, written)
    # The very same quote twice is the very same comment.
    native_ids = {quotes[n]: comment.native_id for n, comment in found.items()}
    return _naming(document, native_ids), {comment.native_id: comment.key for comment in found.values()}


def dressed(document: DigestDocument, before: DigestDocument) -> DigestDocument:
    """The document, as read of a post, with the emphasis that its quotes had before: no post can carry one."""
    kept: defaultdict[Hashable, deque[str]] = defaultdict(deque)
    for quote in before.quotes():
        kept[_identity(quote)].append(quote.emphasis)

    def entry(item: DocumentEntry) -> DocumentEntry:
        known = kept.get(_identity(item)) if isinstance(item, DocumentQuote) else None
        return replace(item, emphasis=known.popleft()) if isinstance(item, DocumentQuote) and known else item

    return _each(document, entry)


def _identity(quote: DocumentQuote) -> Hashable:
    return escaping.user_name(quote.author), quote.created_at.replace(microsecond=0)


def _naming(document: DigestDocument, native_ids: Mapping[DocumentQuote, str]) -> DigestDocument:
    def entry(item: DocumentEntry) -> DocumentEntry:
        if not isinstance(item, DocumentQuote):
            return item
        native_id = native_ids.get(item)
        permalink = sources.permalink(document.source_url, native_id) if native_id else ""
        return replace(item, comment=native_id, permalink=permalink)

    return _each(document, entry)


def _each(document: DigestDocument, entry: Callable[[DocumentEntry], DocumentEntry]) -> DigestDocument:
    return replace(
        document,
        items=tuple(
            replace(item, items=tuple(map(entry, item.items))) if isinstance(item, DocumentFold) else entry(item)
            for item in document.items
        ),
    )
