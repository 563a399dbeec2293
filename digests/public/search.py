"""Search over what readers see: headlines, quotes, authors and tags, narrowed by tag, month and author."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from digests import wordindex
from digests.models import Publication, SearchEntry, Tag
from digests.models.search import Found
from digests.public.views import public_page
from digests.templatetags.digest_tags import with_pages
from digests.wordindex import Term

RESULTS_PER_PAGE = 20
EXCERPTS = 2
_BEFORE, _LENGTH = 30, 160  # characters of an excerpt: before the first mark, and in all
_LONGEST_QUERY = 200


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A quote in which something was found; `number` is its place in the digest."""

    number: int
    author: SafeString
    text: SafeString


@public_page
def search(request: HttpRequest) -> HttpResponseBase:
    """The page with a field, and what was found (`q`, `tag`, `month` as 2025-09, `author`, `page`)."""
    asked = {name: request.GET.get(name, "").strip()[:_LONGEST_QUERY] for name in ("q", "tag", "month", "author")}
    terms = wordindex.parse(asked["q"])
    found = _found(terms, asked)
    page = Paginator(found.keys, RESULTS_PER_PAGE).get_page(request.GET.get("page"))
    live = Publication.objects.live().filter(pk__in=list(page.object_list))
    rows = {row["pk"]: row for row in live.values("pk", "slug", "headline", "date", "document")}
    context = {
        "section": "search",
        "asked": asked,
        "narrowed": any(asked[name] for name in ("tag", "month", "author")),
        "page": page,
        "older": found.older,
        "query": urlencode({name: value for name, value in asked.items() if value}),
        "results": [_result(rows[key], terms) for key in page.object_list if key in rows],
    }
    response = render(request, "public/search.html", context)
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response


def _found(terms: tuple[Term, ...], asked: dict[str, str]) -> Found:
    among = []
    if asked["tag"]:
        tag = Tag.objects.spellings([asked["tag"]]).get(asked["tag"], asked["tag"])
        through: Any = Publication.tags.through
        among.append(through.objects.filter(tag__name=tag).values("publication_id"))
    if asked["month"]:
        try:
            first = date.fromisoformat(f"{asked['month']}-01")
        except ValueError:
            return Found([], older=False)
        among.append(Publication.objects.live().in_month(first.year, first.month).values("pk"))
    return SearchEntry.objects.best(terms, author=asked["author"], among=among)


def _result(row: Mapping[str, Any], terms: tuple[Term, ...]) -> dict[str, Any]:
    stored = row["document"]
    numbered = [
        (quote, number, wordindex.marks(quote["text"], terms), wordindex.marks(quote["author"], terms))
        for number, quote in enumerate(_quotes(stored["items"]), 1)
    ]
    hits = sorted((one for one in numbered if one[2] or one[3]), key=lambda one: -len(one[2]))
    return {
        "slug": row["slug"],
        "date": row["date"],
        "headline": _marked(row["headline"], wordindex.marks(row["headline"], terms)),
        "count": len(numbered),
        "tags": [(name, bool(wordindex.marks(name, terms)), page) for name, page in with_pages(stored["tags"])],
        "hits": len(hits),
        "excerpts": [_excerpt(*one) for one in hits[:EXCERPTS]],
    }


def _quotes(items: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The quotes of a stored document as they are stored: reading one whole takes 4 ms, and there are 20 on a page."""
    for item in items:
        if "fold" in item:
            yield from _quotes(item["fold"]["items"])
        elif "quote" in item:
            yield item["quote"]


def _excerpt(
    quote: dict[str, Any], number: int, found: list[tuple[int, int]], author: list[tuple[int, int]]
) -> Excerpt:
    text: str = quote["text"]
    start = max(0, found[0][0] - _BEFORE) if found else 0
    end = start + _LENGTH
    shown = text[start:end]
    marks = [(max(at - start, 0), min(to - start, len(shown))) for at, to in found if at < end]
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return Excerpt(number, _marked(quote["author"], author), _marked(shown, marks, before=before, after=after))


def _marked(text: str, marks: list[tuple[int, int]], *, before: str = "", after: str = "") -> SafeString:
    """The text escaped, what was looked for in `<mark>`."""
    edges = [0, *(edge for mark in marks for edge in mark), len(text)]
    parts = [text[at:to] for at, to in pairwise(edges)]
    parts[0], parts[-1] = before + parts[0], parts[-1] + after
    pairs = zip(parts[::2], [*parts[1::2], ""], strict=True)
    return format_html_join("", "{}{}", ((plain, _mark(marked)) for plain, marked in pairs))


def _mark(text: str) -> SafeString:
    return format_html_join("", "<mark>{}</mark>", [(text,)] if text else [])
