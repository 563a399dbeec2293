"""Search over what readers see: headlines, quotes, authors and tags, narrowed by tag, month and author."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate, pairwise
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from digests import plaintext, wordindex
from digests.models import Publication, SearchEntry, Tag, followed
from digests.models.search import MOST_RANKED, Found
from digests.public.freshness import build
from digests.public.kept import kept
from digests.public.listings import counted_months, counted_tags
from digests.public.site_state import site_state
from digests.public.views import public_page
from digests.templatetags.digest_tags import with_pages
from digests.templatetags.reading_tags import phrases_of
from digests.wordindex import Term

RESULTS_PER_PAGE = 20
EXCERPTS = 2
NARROWED_BY = ("tag", "month", "author")
_LENGTH = 160  # characters of an excerpt
# It begins where a sentence, or else a clause or a word, does: so many characters before the first mark, at the most.
_BEFORE = ((60, re.compile(r"[。！？\n]\s*|[.!?]\s+")), (40, re.compile(r"[、，）」』]\s*|\s+")))
_LONGEST_QUERY = 200
_MONTH = re.compile(r"(\d{4})\D+(\d{1,2})\D*")  # some browsers show no field of its own for months
_SHORT = 2  # characters of a word that may have lost its last one
_TRIED = 4  # words of a search in vain that are looked for alone
_TAGS, _MONTHS, _NEWEST = 20, 12, 5  # where there are no results to go on to
_ONWARD_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A quote in which something was found; `number` is its place in the digest."""

    number: int
    author: SafeString
    text: SafeString


@dataclass(frozen=True, slots=True)
class Narrowing:
    """`name` is one of `NARROWED_BY`; `query` asks for the same without it."""

    name: str
    value: str
    month: date | None
    query: str


@dataclass(frozen=True, slots=True)
class Other:
    """Another search, which finds so many digests. Without `words` it is the same one, not narrowed."""

    words: str
    query: str
    count: int


@public_page
def search(request: HttpRequest) -> HttpResponseBase:
    """The page with a field, and what was found (`q`, `tag`, `month` as 2025-09, `author`, `page`)."""
    asked = {name: _clean(request.GET.get(name, "")) for name in ("q", *NARROWED_BY)}
    month = _month(asked["month"])
    if month:
        asked["month"] = f"{month:%Y-%m}"
    terms = wordindex.parse(asked["q"])
    found = _found(terms, asked)
    page = Paginator(found.keys, RESULTS_PER_PAGE).get_page(request.GET.get("page"))
    live = Publication.objects.live().filter(pk__in=list(page.object_list))
    rows = {row["pk"]: row for row in live.values("pk", "slug", "headline", "date", "document")} if found.keys else {}
    results = [_result(rows[key], terms) for key in page.object_list if key in rows]
    context = {
        "section": "search",
        "asked": asked,
        "searched": any(asked.values()),
        "wordless": bool(asked["q"]) and not terms,
        "narrowed": [
            Narrowing(name, asked[name], month if name == "month" else None, _query(asked | {name: ""}))
            for name in NARROWED_BY
            if asked[name]
        ],
        "page": page,
        "older": found.older,
        "query": _query(asked),
        "results": results,
        "others": [] if results else [one for one in _others(terms, asked) if one.count],
        "onward": {} if results else _onward(),
    }
    response = render(request, "public/search.html", context)
    response.headers["Cache-Control"] = "public, max-age=0, must-revalidate"
    return response


def _clean(text: str) -> str:
    return plaintext.clean_line(text[:_LONGEST_QUERY])


def _query(asked: Mapping[str, str]) -> str:
    return urlencode({name: value for name, value in asked.items() if value})


def _month(text: str) -> date | None:
    match = _MONTH.fullmatch(unicodedata.normalize("NFKC", text))
    try:
        return date(int(match[1]), int(match[2]), 1) if match else None
    except ValueError:
        return None


def _found(terms: tuple[Term, ...], asked: Mapping[str, str]) -> Found:
    among = []
    if asked["tag"]:
        through: Any = Publication.tags.through
        among.append(through.objects.filter(tag__name=_spelled(asked["tag"])).values("publication_id"))
    if asked["month"]:
        if (first := _month(asked["month"])) is None:
            return Found([], older=False)
        among.append(Publication.objects.live().in_month(first.year, first.month).values("pk"))
    if among and not asked["author"] and not any(term.wanted for term in terms):
        return _newest(terms, among)
    return SearchEntry.objects.best(terms, author=asked["author"], among=among)


def _spelled(tag: str) -> str:
    """The tag that is meant: capital and small letters and their width do not matter, an alias stands for its tag."""
    rows = Tag.objects.filter(Q(name__iexact=tag) | Q(name__iexact=wordindex.normalise(tag)))
    found = {name: alias_of or name for name, alias_of in rows.values_list("name", "alias_of__name").order_by("name")}
    return found.get(tag) or next(iter(found.values()), tag)


def _newest(terms: Sequence[Term], among: Iterable[Any]) -> Found:
    """What is found where no word is looked for, but some may be left out."""
    live = Publication.objects.live().newest_first()
    for keys in among:
        live = live.filter(pk__in=keys)
    newest = list(live.values_list("pk", flat=True)[: MOST_RANKED + 1])
    shown = newest[:MOST_RANKED]
    if terms:
        kept_keys = set(SearchEntry.objects.filter(pk__in=shown).lacking(terms).values_list("pk", flat=True))
        shown = [key for key in shown if key in kept_keys]
    return Found(shown, older=len(newest) > MOST_RANKED)


def _others(terms: Sequence[Term], asked: Mapping[str, str]) -> Iterator[Other]:
    """Searches that do find something, for one that found nothing: everywhere, or for its words one by one."""
    everywhere = dict.fromkeys(NARROWED_BY, "")
    wanted = [term for term in terms if term.wanted]
    if any(asked[name] for name in NARROWED_BY) and wanted:
        yield Other("", _query({"q": asked["q"]}), len(_found(tuple(terms), everywhere).keys))
    for term in wanted[:_TRIED] if len(terms) > 1 else ():
        words = f'"{term.text}"' if " " in term.text else term.text
        yield Other(words, _query({"q": words}), len(_found((term,), everywhere).keys))
    for term in wanted[:_TRIED]:
        word = term.text.removesuffix("ー")  # サーバー is サーバ too
        if len(term.text) > len(word) > _SHORT:
            yield Other(word, _query({"q": word}), len(_found(wordindex.parse(word), everywhere).keys))


def _onward() -> dict[str, list[Any]]:
    """Where a reader may go on to who has found nothing yet: much used tags, the last months, the newest digests."""
    state = (site_state(), followed.aliases_state(), settings.TAG_LEAST_USE)
    key = f"search-onward:{build()[0][:12]}:{state}".replace(" ", "_")
    return kept(key, _find_onward, seconds=_ONWARD_SECONDS)


def _find_onward() -> dict[str, list[Any]]:
    newest = Publication.objects.live().newest_first().values("slug", "headline", "date")[:_NEWEST]
    return {
        "tags": counted_tags()[:_TAGS],
        "months": list(counted_months().items())[:_MONTHS],
        "newest": list(newest),
    }


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
        "headline": _headline(row["headline"], wordindex.marks(row["headline"], terms)),
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
    start = _beginning(text, found[0][0]) if found else 0
    end = start + _LENGTH
    shown = text[start:end]
    marks = [(max(at - start, 0), min(to - start, len(shown))) for at, to in found if at < end]
    before, after = "…" if start else "", "…" if end < len(text) else ""
    return Excerpt(number, _marked(quote["author"], author), _marked(shown, marks, before=before, after=after))


def _beginning(text: str, mark: int) -> int:
    for most, ending in _BEFORE:
        if mark <= most:
            return 0
        if ends := [match.end() for match in ending.finditer(text, mark - most, mark)]:
            return ends[0]
    return mark - most // 2


def _marked(text: str, marks: list[tuple[int, int]], *, before: str = "", after: str = "") -> SafeString:
    """The text escaped, what was looked for in `<mark>`."""
    edges = [0, *(edge for mark in marks for edge in mark), len(text)]
    parts = [text[at:to] for at, to in pairwise(edges)]
    parts[0], parts[-1] = before + parts[0], parts[-1] + after
    pairs = zip(parts[::2], [*parts[1::2], ""], strict=True)
    return format_html_join("", "{}{}", ((plain, _mark(marked)) for plain, marked in pairs))


def _mark(text: str) -> SafeString:
    return format_html_join("", "<mark>{}</mark>", [(text,)] if text else [])


def _headline(text: str, marks: list[tuple[int, int]]) -> SafeString:
    """The same for a headline, which breaks between phrases as `phrased` has it, but not in what is marked."""
    ends = accumulate(map(len, phrases_of(text)))
    breaks = {at for at in ends if at < len(text) and not any(first < at < last for first, last in marks)}
    edges = sorted({0, len(text), *breaks, *(edge for mark in marks for edge in mark)})
    marked = dict(marks)
    parts = []
    for start, end in pairwise(edges):
        shown = _mark(text[start:end]) if start in marked else text[start:end]
        parts.append((format_html("<wbr>{}", shown) if start in breaks else shown,))
    return format_html_join("", "{}", parts)
