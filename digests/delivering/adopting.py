"""What somebody wrote into a post in the repository becomes the digest's: read back, and put together with ours.

A post does not say everything that a digest holds (which comment a quote is of, for one), so what it does not say, and
what it says as before, stays as the digest has it. Knows no database.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import replace

from digests.publishing.document import DigestDocument, DocumentEntry, DocumentFold, DocumentItem, DocumentQuote
from digests.publishing.form import Form
from digests.publishing.merging import Merged, merge
from digests.publishing.reading import read

_HEAD = ("headline", "lead", "date", "tags", "thumbnail", "source_url", "article_url")
_QUOTE = ("text", "author", "created_at", "color")

type Key = tuple[object, ...]


def document_in(post: str, path: str, form: Form) -> DigestDocument:
    """What a post says. Raises `UnreadablePost`."""
    return read(post.replace("\r\n", "\n"), path=path, form=form).document


def merged(
    base: DigestDocument, shown: DigestDocument, theirs: DigestDocument, picks: Mapping[str, str] | None = None
) -> Merged:
    """Both sides' changes of `base`, all three as posts say them; `shown` is what ours says."""
    return merge(base, shown, theirs, picks=picks)


def lifted(result: DigestDocument, shown: DigestDocument, ours: DigestDocument) -> DigestDocument:
    """`ours` with what differs between its own post (`shown`) and the `result`."""
    own = dict(zip(_keys(shown), zip(shown.entries(), ours.entries(), strict=True), strict=True))
    entries = iter([_entry(entry, own.get(key)) for key, entry in zip(_keys(result), result.entries(), strict=True)])
    items: list[DocumentItem] = []
    for item in result.items:
        if isinstance(item, DocumentFold):
            items.append(DocumentFold(label=item.label, items=tuple(next(entries) for _member in item.items)))
        else:
            items.append(next(entries))
    changed = {name: getattr(result, name) for name in _HEAD if getattr(result, name) != getattr(shown, name)}
    if "thumbnail" in changed:
        changed["card"] = ""  # they took a picture of their own instead of our title card
    return replace(ours, items=tuple(items), **changed)


def _entry(entry: DocumentEntry, own: tuple[DocumentEntry, DocumentEntry] | None) -> DocumentEntry:
    if own is None:
        return entry
    shown, ours = own
    if not (isinstance(entry, DocumentQuote) and isinstance(shown, DocumentQuote) and isinstance(ours, DocumentQuote)):
        return ours if entry == shown else entry
    return replace(
        ours, **{name: getattr(entry, name) for name in _QUOTE if getattr(entry, name) != getattr(shown, name)}
    )


def _keys(document: DigestDocument) -> Iterator[Key]:
    """Who wrote a quote and when, which is what a post says of it; the second of two such by its number."""
    seen: Counter[Key] = Counter()
    for entry in document.entries():
        key: Key = (type(entry).__name__, repr(entry))
        if isinstance(entry, DocumentQuote):
            key = (entry.author, entry.created_at)
        seen[key] += 1
        yield (*key, seen[key])
