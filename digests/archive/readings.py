"""One file of a site as a move-in sees it: a post, or a post of which only the bytes are kept. Knows no database."""

import re
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from digests import palette, plaintext
from digests.archive.sites import stands_among_posts
from digests.publishing import interchange
from digests.publishing.document import DigestDocument, DocumentFold, DocumentItem, DocumentPicture, DocumentQuote
from digests.publishing.form import Form
from digests.publishing.likeness import as_posted
from digests.publishing.reading import UnreadablePost, read

LONGEST_SLUG = 120
LONGEST_AUTHOR = 200
LEAST_YEAR, MOST_YEAR = 1000, 9998
_DATE = re.compile(r"(19|20)[0-9]{2}[-_.]?[0-9]{2}([-_.]?[0-9]{2})?(?![0-9])[-_.]?")


@dataclass(slots=True, kw_only=True)
class PostFile:
    """One post's file. By itself it is one that no digest can be made of: its remarks say why."""

    path: str
    content: bytes
    layout: str = ""
    remarks: Sequence[dict[str, Any]] = ()  # as `Post.remarks` holds them
    post_id: int | None = None  # the row that stands for this path already

    @property
    def pictures(self) -> list[str]:
        """The pictures that the post names."""
        return []


@dataclass(slots=True, kw_only=True)
class Reading(PostFile):
    """One that was read."""

    document: DigestDocument
    draft: bool = False
    thread_id: int | None = None
    comments: Mapping[str, int] = field(default_factory=dict)  # native id → primary key, of those quoted
    digest_id: int = 0  # the digest that follows the file; 0 for none,
    changes: int = 0  # as it was when the two were compared

    @property
    def pictures(self) -> list[str]:
        between = [entry.path for entry in self.document.entries() if isinstance(entry, DocumentPicture)]
        return [name for name in (self.document.thumbnail, *between) if name]


def judge(path: str, content: bytes, *, form: Form) -> PostFile:
    """What a post's file holds: a `Reading`, or a mere `PostFile` whose remarks say why it is none, with the line."""
    try:
        found = read(content.decode(), path=path, form=form)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return _kept(path, content, line, "not_utf8", f"byte 0x{content[error.start]:02x}")
    except UnreadablePost as error:
        return _kept(path, content, error.line, "unreadable", error.reason)
    if next(found.document.quotes(), None) is None:
        return _kept(path, content, 1, "no_quotes", "")
    try:
        document = _held(replace(found.document, slug="post"), form)
    except interchange.InterchangeError as error:
        return _kept(path, content, 1, "not_held", str(error))
    remarks = [{"line": one.line, "code": one.code, "detail": one.detail} for one in found.remarks]
    return Reading(
        path=path, content=content, layout=found.layout, remarks=remarks, document=document, draft=found.draft
    )


def is_page(reading: PostFile, *, form: Form) -> bool:
    """Whether a file that no digest can be made of is no post: it quotes nobody and stands elsewhere."""
    if isinstance(reading, Reading):
        return False
    return form.quote.encode() not in reading.content and not stands_among_posts(reading.path)


def slug_for(path: str, taken: Container[str]) -> str:
    """A slug from the folder's name without its date; the whole name where that is nothing, a number or taken."""
    folder, _, file = path.rpartition("/")
    stem = file.rpartition(".")[0]
    name = folder.rpartition("/")[2] if stem.lower().partition(".")[0] == "index" and folder else stem
    short, whole = _plain(_DATE.sub("", name, count=1)), _plain(name)
    for slug in ("" if short.isdigit() else short, whole):
        if slug and slug not in taken:
            return slug
    number = 2
    while (slug := f"{whole[: LONGEST_SLUG - 8] or 'post'}_{number}") in taken:
        number += 1
    return slug


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9_-]+", "_", name.lower()).strip("_-")[:LONGEST_SLUG]


def _kept(path: str, content: bytes, line: int, code: str, detail: str) -> PostFile:
    return PostFile(path=path, content=content, remarks=[{"line": line, "code": code, "detail": detail}])


def _held(document: DigestDocument, form: Form) -> DigestDocument:
    """The document as the database and a publication hold it: cleaned, but the same post as before.

    Raises `InterchangeError` when there is no such thing.
    """
    document = replace(document, tags=tuple(tag for tag in map(plaintext.clean_line, document.tags) if tag))
    part = replace(document, items=_worth_a_try(document))
    if _there_and_back(part) == part:
        return document
    back = _there_and_back(document)
    if as_posted(back, form) != as_posted(document, form):
        raise interchange.InterchangeError("", "it holds characters that cannot be kept")
    return back


def _there_and_back(document: DigestDocument) -> DigestDocument:
    return interchange.from_json(interchange.to_json(document, status="published")).document


def _worth_a_try(document: DigestDocument) -> tuple[DocumentItem, ...]:
    """The items that have to go there and back to know; ordinary quotes do not, which halves the time of a move-in."""
    quotes = [entry for entry in document.entries() if isinstance(entry, DocumentQuote)]
    texts = "\n".join([quote.text for quote in quotes] + [quote.author for quote in quotes])
    ordinary = (
        len(quotes) == sum(1 for _entry in document.entries())
        and (_is_printable(texts) or plaintext.clean(texts) == texts)
        and all(map(_is_ordinary, quotes))
    )
    if not ordinary:
        return document.items
    return tuple(replace(item, items=item.items[:1]) for item in document.items if isinstance(item, DocumentFold))


def _is_printable(texts: str) -> bool:
    """Whether `clean` has nothing to do, told ten times as fast: most texts hold no blank but these two."""
    return (
        texts.replace("\n", "").replace("\u3000", "").isprintable() and "HAHAHUGO" not in texts and "__h" not in texts
    )


def _is_ordinary(quote: DocumentQuote) -> bool:
    author = quote.author
    return (
        len(author) <= LONGEST_AUTHOR
        and "\n" not in author
        and author.strip() == author
        and LEAST_YEAR <= quote.created_at.year <= MOST_YEAR
        and (not quote.color or palette.is_color(quote.color))
    )
