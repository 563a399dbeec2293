"""What a reader gets of a digest's quotes on demand: each in its original words, and ready to be passed on.

One page for all quotes of a digest, so that the digest's own stays light; the script of reading shows its parts in
place. Search engines are sent to the digest.
"""

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string

from digests.models import Publication
from digests.public.compiled import ASKED, Compiled
from digests.public.documents import document_of
from digests.public.freshness import answer
from digests.public.views import public_page


@public_page
def originals(request: HttpRequest, slug: str) -> HttpResponseBase:
    found = _STANDING.first(slug)
    if found is None:
        raise Http404  # the digest's own address says what became of it
    pk, created_at = found

    def render() -> str:
        return render_to_string("public/originals.html", {"document": document_of(pk)})

    return answer(request, state=pk, changed_at=created_at, render=render)


_STANDING = Compiled(lambda: Publication.objects.live().filter(slug=ASKED).values_list("pk", "created_at")[:1])
