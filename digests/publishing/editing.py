"""A post that stands somewhere, edited: what nobody changed keeps its very text, odd spellings and all.

Where the order is the same, each changed quote is written into its own place. Where it is not, everything is laid out
anew with the blanks that the post has, and each unchanged quote keeps its shortcode.
"""

import re
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from digests.publishing import frontmatter
from digests.publishing.document import DigestDocument, DocumentEntry, DocumentFold, DocumentItem, DocumentQuote
from digests.publishing.layouts import Layout
from digests.publishing.likeness import as_posted, posted_entry, posted_label
from digests.publishing.parts import Part
from digests.publishing.reading import BLOCKQUOTE, ReadPost
from digests.publishing.writing import Writer, laid_out

# Remarks on a post whose parts are not where they seem to be: such a post is laid out anew when it changes.
_MISPLACED = frozenset(("open_fold", "stray_close", "empty_fold"))


def edit(found: ReadPost, document: DigestDocument, writer: Writer, *, draft: bool, aliases: Sequence[str] = ()) -> str:
    """The post with the document's content; its very text where that is the same."""
    form = writer.form
    wanted, given = as_posted(document, form), as_posted(found.document, form)
    parts = found.parts
    changes = _changes(found, document, wanted, given, writer, draft=draft, aliases=aliases)
    same = wanted.items == given.items
    items = "".join(part.before + part.raw for part in parts.items) if same else _items(found, document, writer)
    front = frontmatter.edit(parts.front_matter, changes)
    head = _head(parts.head, document, wanted, given, writer)
    return f"{parts.opening}{front}{parts.delimiter}{head}{items}{parts.tail}"


def _changes(
    found: ReadPost,
    document: DigestDocument,
    wanted: DigestDocument,
    given: DigestDocument,
    writer: Writer,
    *,
    draft: bool,
    aliases: Sequence[str],
) -> dict[str, Any]:
    """The keys of the front matter that must say something else; None for one that goes."""
    form = writer.form
    values = frontmatter.values_of(
        document, form, title=writer.title(document.headline), tags=writer.tags(document.tags), draft=draft
    )
    fields = {
        form.date_key: "date",
        form.months_key: "date",
        form.title_key: "headline",
        form.tags_key: "tags",
        form.thumbnail_key: "thumbnail",
    }
    changes = {
        key: values.get(key) for key, field in fields.items() if key and getattr(wanted, field) != getattr(given, field)
    }
    if form.draft_key and found.draft != draft:
        changes[form.draft_key] = draft
    held = found.values.get("aliases")
    held = list(held) if isinstance(held, list) else []
    if fresh := [alias for alias in aliases if alias not in held]:
        changes["aliases"] = [*held, *fresh]
    return changes


def _head(head: str, document: DigestDocument, wanted: DigestDocument, given: DigestDocument, writer: Writer) -> str:
    if (wanted.lead, wanted.headline) != (given.lead, given.headline) and not (wanted.lead == given.lead != ""):
        written = writer.lead(document)
        if match := BLOCKQUOTE.search(head):
            head = head[: match.start()] + written + head[match.end() :]
        else:
            head = f"\n{written}{head}" if head.startswith("\n") else f"\n{written}\n{head}"
    form = writer.form
    if wanted.source_url != given.source_url:
        head = _with_line(head, form.source_label, writer.source_line(document))
    if wanted.article_url != given.article_url:
        head = _with_line(head, form.article_label, writer.article_line(document))
    return head


def _with_line(head: str, label: str, line: str) -> str:
    """The head with another line of this label, at its end when it has none; without one when there is none."""
    if match := re.search(rf"^{re.escape(label)}.*$", head, re.MULTILINE):
        if line:
            return head[: match.start()] + line + head[match.end() :]
        return head[: match.start()].rstrip("\n") + head[match.end() :]
    return f"{head}\n\n{line}" if line else head


def _items(found: ReadPost, document: DigestDocument, writer: Writer) -> str:
    parts, layout = found.parts.items, found.parts.gaps
    flat = list(_flat(document.items))
    in_place = len(flat) == len(parts) and all(_fits(part, one) for part, one in zip(parts, flat, strict=True))
    in_place = in_place and not any(remark.code in _MISPLACED for remark in found.remarks)
    # The texts of what still stands in the digest, perhaps elsewhere.
    held: dict[DocumentEntry, deque[str]] = defaultdict(deque)
    for part, one in zip(parts, flat if in_place else [None] * len(parts), strict=True):
        if part.entry is not None and not _same(part, one):
            held[posted_entry(part.entry)].append(part.raw)

    def kept(one: DocumentEntry) -> str | None:
        texts = held.get(posted_entry(one))
        return texts.popleft() if texts else None

    if in_place:
        pairs = zip(parts, flat, strict=True)
        return "".join(part.before + _in_place(part, one, writer, layout, kept) for part, one in pairs)
    return laid_out(document.items, layout, writer, lambda one: kept(one) or writer.entry(one, layout))


def _flat(items: Sequence[DocumentItem]) -> Iterator[DocumentEntry | DocumentFold | None]:
    """Entries and the ends of folds, as a post's parts are: the fold itself where it opens, None where it closes."""
    for item in items:
        yield item
        if isinstance(item, DocumentFold):
            yield from item.items
            yield None


def _fits(part: Part, one: DocumentEntry | DocumentFold | None) -> bool:
    if one is None:
        return part.closes
    if isinstance(one, DocumentFold):
        return part.opens
    return type(part.entry) is type(one)


def _same(part: Part, one: DocumentEntry | DocumentFold | None) -> bool:
    if one is None or isinstance(one, DocumentFold) or part.entry is None:
        return False
    return posted_entry(part.entry) == posted_entry(one)


def _in_place(
    part: Part,
    one: DocumentEntry | DocumentFold | None,
    writer: Writer,
    layout: Layout,
    kept: Callable[[DocumentEntry], str | None],
) -> str:
    if isinstance(one, DocumentFold):
        if part.label is None or part.shortcode is None or posted_label(part.label) == posted_label(one.label):
            return part.raw
        return part.shortcode.with_values(dict.fromkeys(("summary", "0"), writer.label(one.label)))
    if one is None or part.entry is None or _same(part, one):
        return part.raw
    if (text := kept(one)) is not None:
        return text
    if isinstance(one, DocumentQuote) and isinstance(part.entry, DocumentQuote):
        return _quote_in_place(part, part.entry, one, writer, layout)
    return writer.entry(one, layout)


def _quote_in_place(part: Part, before: DocumentQuote, quote: DocumentQuote, writer: Writer, layout: Layout) -> str:
    """The shortcode with those parameters changed that say something else now."""
    before_as, quote_as = posted_entry(before), posted_entry(quote)
    fields = {"body": "text", "userName": "author", "createdAt": "created_at", "color": "color"}
    values = writer.parameters(quote, layout.time)
    changed = {
        name: values[name] for name, field in fields.items() if getattr(before_as, field) != getattr(quote_as, field)
    }
    shortcode = part.shortcode
    if shortcode is None or not shortcode.can_take(changed):
        return writer.entry(quote, layout)
    return shortcode.with_values(changed)
