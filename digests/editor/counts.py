"""How much there is in a digest, and whose voices: what an editor looks at while choosing and before publishing."""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from digests import markup, plaintext
from digests.editor.access import EditorRequest, turned_away
from digests.models import Comment, Digest, Quote
from digests.sources.contract import CommentState

# Adults read Japanese silently at 400 to 600 characters a minute, as Japan's reading-speed tests have it (for example
# https://www.sokunousokudoku.net/media/cat-3/520/); 500 is the middle, and what other sites count with.
CHARACTERS_PER_MINUTE = 500
MOST_SHOWN = 8  # roots, and authors, of each kind
OPENING = 70  # characters of a root's text that tell which one it is


@dataclass(frozen=True, slots=True)
class Size:
    """`unwritten` quotes hold their comment's own words."""

    quotes: int
    characters: int
    unwritten: int

    @property
    def minutes(self) -> int:
        return math.ceil(self.characters / CHARACTERS_PER_MINUTE)


@dataclass(frozen=True, slots=True)
class Voice:
    """An author, or a root with everything below it: how many comments in the thread, and how many of them are in."""

    name: str
    all: int
    chosen: int
    pk: str = ""  # of the root
    opening: str = ""

    @property
    def percent(self) -> int:
        return round(100 * self.chosen / self.all)


@dataclass(frozen=True, slots=True)
class Balance:
    """Of all `roots` and `authors` those that are `…_in`, the largest of both, and the largest that are missing."""

    roots: int
    roots_in: int
    authors: int
    authors_in: int
    largest_roots: Sequence[Voice]
    missing_roots: Sequence[Voice]
    loudest: Sequence[Voice]
    missing_authors: Sequence[Voice]


def counts(request: EditorRequest, digest_id: int) -> HttpResponse:
    """A page of its own; `part=line` is the line that the board always shows, `part=panel` what is under it."""
    if answer := turned_away(request):
        return answer
    digest = get_object_or_404(Digest.objects.select_related("thread"), pk=digest_id)
    asked = request.GET.get("part", "")
    context = {"digest": digest, "size": size_of(digest)}
    if asked != "line" and digest.thread_id is not None:
        context["balance"] = balance_of(digest)
    name = {"line": "counts.html#line", "panel": "counts.html#board"}.get(asked, "counts.html")
    return render(request, f"desk/{name}", context)


def size_of(digest: Digest) -> Size:
    """Two queries, however long the digest is."""
    rows = list(digest.quotes.exclude(kind=Quote.Kind.PICTURE).values_list("pk", "kind", "text", "comment__length"))
    characters = sum(len("".join(text.split())) for _pk, _kind, text, _length in rows)
    # As long as the original: one looks at those only, and a translation is hardly ever.
    alike = {pk: text for pk, kind, text, length in rows if length and abs(len(text) - length) <= 2}
    originals = Quote.objects.filter(pk__in=alike).values_list("pk", "comment__content")
    unwritten = sum(_bare(alike[pk]) == _bare(markup.to_text(markup.from_json(body))) for pk, body in originals)
    return Size(sum(kind == Quote.Kind.QUOTE for _pk, kind, _text, _length in rows), characters, unwritten)


def _bare(text: str) -> str:
    return "".join(plaintext.folded(text).split())


def balance_of(digest: Digest) -> Balance:
    """Three queries, however long the thread is. Deleted and dead comments do not count; nobody can quote them."""
    chosen = set(digest.quotes.exclude(comment=None).values_list("comment_id", flat=True))
    every = Comment.objects.filter(thread=digest.thread).in_order()
    root_of: dict[int, int] = {}
    author_of: dict[int, str] = {}
    names: dict[int, str] = {}
    root = 0
    for pk, depth, author, state in every.values_list("pk", "depth", "author", "state").iterator(chunk_size=2000):
        if depth == 0:
            root, names[pk] = pk, author
        if state == CommentState.LIVE:
            root_of[pk], author_of[pk] = root, author
    roots = Counter(root_of.values())
    authors = Counter(author_of.values())
    roots_in = Counter(root_of[pk] for pk in chosen if pk in root_of)
    authors_in = Counter(author_of[pk] for pk in chosen if pk in author_of)
    largest = [pk for pk, _count in roots.most_common(MOST_SHOWN)]
    missing = [pk for pk, _count in roots.most_common() if pk not in roots_in][:MOST_SHOWN]
    openings = _openings({*largest, *missing})

    def shown(pk: int) -> Voice:
        return Voice(names[pk], roots[pk], roots_in[pk], str(pk), openings.get(pk, ""))

    return Balance(
        len(roots),
        len(roots_in),
        len(authors),
        len(authors_in),
        [shown(pk) for pk in largest],
        [shown(pk) for pk in missing if pk not in largest],
        _voices(authors, authors_in, [name for name, _count in authors_in.most_common(MOST_SHOWN)]),
        _voices(authors, authors_in, [name for name, _count in authors.most_common() if name not in authors_in]),
    )


def _voices(every: Mapping[str, int], chosen: Counter[str], names: Sequence[str]) -> list[Voice]:
    return [Voice(name, every[name], chosen[name]) for name in names[:MOST_SHOWN] if name]


def _openings(roots: Collection[int]) -> dict[int, str]:
    stored = Comment.objects.filter(pk__in=roots).values_list("pk", "content")
    return {pk: plaintext.clean_line(markup.to_text(markup.from_json(content)))[:OPENING] for pk, content in stored}
