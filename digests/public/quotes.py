"""One quote as a page of its own: what a shared link leads to, so that whoever shows a link shows the quote's card.

It shows what has the number now, as the anchor in the digest does, and says so once the digest was public in another
version. `pages` does not list it: files have no such pages (150,000 of them), and there the anchor is shared.
"""

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string

from digests.illustrations import CARD_SIZE
from digests.models import Publication
from digests.public import moved
from digests.public.freshness import answer
from digests.public.views import public_page
from digests.publishing import interchange
from digests.publishing.document import DigestDocument
from digests.templatetags.digest_tags import shown_quotes

_FIELDS = ("pk", "created_at", "digest_id", "quote_count")
_LARGE = (("brief", 40), ("short", 160))  # by characters: few of them are set larger
_LINES = 5


@public_page
def quote(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    found = Publication.objects.live().filter(slug=slug).values_list(*_FIELDS).first()
    if found is None:
        return moved.digest(slug, within=f"q/{number}/")
    pk, created_at, digest_id, count = found
    if number > count:
        raise Http404

    def render() -> str:
        stored = get_object_or_404(Publication.objects.values_list("document", flat=True), pk=pk)
        earlier = Publication.objects.filter(digest_id=digest_id, state=Publication.State.SUCCEEDED, pk__lt=pk)
        changed_at = created_at if earlier.exists() else None
        context = _context(interchange.from_json(stored).document, number)
        return render_to_string("public/quote.html", context | {"count": count, "changed_at": changed_at})

    return answer(request, state=pk, changed_at=created_at, render=render)


def _context(document: DigestDocument, number: int) -> dict[str, object]:
    first = max(1, number - 1)
    around = {one["number"]: one for one in shown_quotes(document, first, number + 1)}
    shown = around[str(number)]
    return {
        "document": document,
        "quote": shown,
        "before": around.get(str(number - 1)),
        "after": around.get(str(number + 1)),
        "size": _size(shown["text"]),
        "card_width": str(CARD_SIZE[0]),  # plain digits, as attributes want them
        "card_height": str(CARD_SIZE[1]),
    }


def _size(text: str) -> str:
    if text.count("\n") >= _LINES:
        return ""
    return next((name for name, most in _LARGE if len(text) <= most), "")
