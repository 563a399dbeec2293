"""Which block of a post is which entry of a document: the same, changed, or new."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Sequence

from digests.plaintext import clean, clean_line
from digests.publishing import between
from digests.publishing import escaping as safe
from digests.publishing.blocks import Block
from digests.publishing.document import DocumentEntry, DocumentQuote
from digests.publishing.form import Form
from digests.publishing.writing import SPELLINGS, Escaping


def says_same(block: Block, entry: DocumentEntry, form: Form, escaping: Escaping = Escaping.SAFE) -> bool:
    """Whether a block reads as an entry, or is what would be written for it."""
    read = block.entry
    if read == entry and not (form.permalinks and isinstance(entry, DocumentQuote)):
        return True
    if isinstance(read, DocumentQuote):
        return isinstance(entry, DocumentQuote) and not changed(block, entry, form, escaping)
    if read is None or isinstance(entry, DocumentQuote):
        return False
    return between.is_written(block.raw, entry)


def changed(block: Block, quote: DocumentQuote, form: Form, escaping: Escaping = Escaping.SAFE) -> set[str]:
    """The parameters of a quote's block that do not say what the quote says."""
    read, found = block.entry, block.shortcode
    if not isinstance(read, DocumentQuote) or found is None:
        return {"body", "userName", "createdAt", "color"}
    names = set()
    if read.text != quote.text and read.text != clean(quote.text):
        raw = found.value("body", 0)
        if escaping is not Escaping.PLAIN or raw != quote.text.replace("\n", "<br>"):
            names.add("body")
    wanted = {quote.author, clean_line(quote.author)}
    if read.author not in wanted and found.value("userName", 1) != SPELLINGS[escaping].user_name(quote.author):
        names.add("userName")
    if read.created_at != quote.created_at and read.created_at != quote.created_at.replace(microsecond=0):
        names.add("createdAt")
    if read.color != quote.color and read.color != safe.color(quote.color):
        names.add("color")
    if form.permalinks and quote.permalink and read.permalink != quote.permalink:
        names.add("permalink")
    return names


def match(blocks: Sequence[Block], entries: Sequence[DocumentEntry]) -> list[Block | None]:
    """For each entry the block that it was, each block once: first those that say the same, then those that are known

    by author and time, by text, or by comment. None for what is new.
    """
    found: list[Block | None] = [None] * len(entries)
    free = list(blocks)
    for key in (_whole, _identity, _text):
        if not free or None not in found:
            break
        free = _pair(free, entries, found, key)
    return found


def _pair(
    free: list[Block],
    entries: Sequence[DocumentEntry],
    found: list[Block | None],
    key: Callable[[DocumentEntry], Hashable],
) -> list[Block]:
    """Pairs what has one key, in order; gives the blocks that are still free."""
    places: defaultdict[Hashable, deque[Block]] = defaultdict(deque)
    for block in free:
        if block.entry is not None and (value := key(block.entry)) is not None:
            places[value].append(block)
    taken: set[int] = set()
    for number, entry in enumerate(entries):
        if found[number] is None and (value := key(entry)) is not None and (same := places.get(value)):
            block = same.popleft()
            found[number] = block
            taken.add(id(block))
    return [block for block in free if id(block) not in taken]


def _whole(entry: DocumentEntry) -> Hashable:
    if isinstance(entry, DocumentQuote):
        return (*(_identity(entry) or ()), clean(entry.text), safe.color(entry.color))  # type: ignore[misc]
    return entry


def _identity(entry: DocumentEntry) -> Hashable:
    if isinstance(entry, DocumentQuote):
        return safe.user_name(entry.author), entry.created_at.replace(microsecond=0)
    return type(entry).__name__, getattr(entry, "path", None) or getattr(entry, "url", None) or getattr(
        entry, "text", ""
    )


def _text(entry: DocumentEntry) -> Hashable:
    return (type(entry).__name__, clean(entry.text)) if isinstance(entry, DocumentQuote) and entry.text else None
