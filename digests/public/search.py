"""Search over what readers see: headlines, quotes, authors and tags, narrowed by tag, month and author."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from digests import wordindex
from digests.models import Publication, SearchEntry, Tag
from digests.models.search import SearchEntryQuerySet
from digests.public.views import public_page
from digests.publishing import interchange
from digests.publishing.document import DigestDocument, DocumentQuote
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
    page = Paginator(_found(terms, asked), RESULTS_PER_PAGE).get_page(request.GET.get("page"))
    rows = list(page.object_list)
    documents = dict(Publication.objects.filter(pk__in=[row["pk"] for row in rows]).values_list("pk", "document"))
    context = {
        "section": "search",
        "asked": asked,
        "narrowed": any(asked[name] for name in ("tag", "month", "author")),
        "page": page,
        "query": urlencode({name: value for name, value in asked.items() if value}),
        "results": [_result(row, interchange.from_json(documents[row["pk"]]).document, terms) for row in rows],
    }
    response = render(request, "public/search.html", context)
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response


def _found(terms: tuple[Term, ...], asked: dict[str, str]) -> Any:
    entries = SearchEntry.objects.matching(terms)
    if asked["tag"]:
        tag = Tag.objects.spellings([asked["tag"]]).get(asked["tag"], asked["tag"])
        entries = entries.filter(publication__tags__name=tag)
    if asked["author"]:
        entries = entries.filter(authors__contains=f"\n{wordindex.normalise(asked['author'])}\n")
    if asked["month"]:
        entries = _in_month(entries, asked["month"])
    ranked = entries.best_first(terms)
    return ranked.values("pk", slug=F("publication__slug"), date=F("publication__date"))


def _in_month(entries: SearchEntryQuerySet, month: str) -> SearchEntryQuerySet:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        return entries.none()
    return entries.filter(publication__date__year=first.year, publication__date__month=first.month)


def _result(row: dict[str, Any], document: DigestDocument, terms: tuple[Term, ...]) -> dict[str, Any]:
    numbered = [
        (quote, number, wordindex.marks(quote.text, terms), wordindex.marks(quote.author, terms))
        for number, quote in enumerate(document.quotes(), 1)
    ]
    hits = sorted((one for one in numbered if one[2] or one[3]), key=lambda one: -len(one[2]))
    return {
        "slug": row["slug"],
        "date": row["date"],
        "headline": _marked(document.headline, wordindex.marks(document.headline, terms)),
        "count": len(numbered),
        "tags": [(name, bool(wordindex.marks(name, terms)), page) for name, page in with_pages(document.tags)],
        "hits": len(hits),
        "excerpts": [_excerpt(*one) for one in hits[:EXCERPTS]],
    }


def _excerpt(quote: DocumentQuote, number: int, text: list[tuple[int, int]], author: list[tuple[int, int]]) -> Excerpt:
    start = max(0, text[0][0] - _BEFORE) if text else 0
    end = start + _LENGTH
    shown = quote.text[start:end]
    marks = [(max(at - start, 0), min(to - start, len(shown))) for at, to in text if at < end]
    before, after = "…" if start else "", "…" if end < len(quote.text) else ""
    return Excerpt(number, _marked(quote.author, author), _marked(shown, marks, before=before, after=after))


def _marked(text: str, marks: list[tuple[int, int]], *, before: str = "", after: str = "") -> SafeString:
    """The text escaped, what was looked for in `<mark>`."""
    edges = [0, *(edge for mark in marks for edge in mark), len(text)]
    parts = [text[at:to] for at, to in pairwise(edges)]
    parts[0], parts[-1] = before + parts[0], parts[-1] + after
    pairs = zip(parts[::2], [*parts[1::2], ""], strict=True)
    return format_html_join("", "{}{}", ((plain, _mark(marked)) for plain, marked in pairs))


def _mark(text: str) -> SafeString:
    return format_html_join("", "<mark>{}</mark>", [(text,)] if text else [])
