"""What a reader gets of a digest's quotes on demand: each in its original words, and ready to be passed on.

One page for all quotes of a digest, so that the digest's own stays light; the script of reading shows its parts in
place. Search engines are sent to the digest.
"""

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string

from digests.models import Publication
from digests.public.freshness import answer
from digests.public.views import public_page
from digests.publishing import interchange


@public_page
def originals(request: HttpRequest, slug: str) -> HttpResponseBase:
    found = Publication.objects.live().filter(slug=slug).values_list("pk", "created_at").first()
    if found is None:
        raise Http404  # the digest's own address says what became of it
    pk, created_at = found

    def render() -> str:
        stored = get_object_or_404(Publication.objects.values_list("document", flat=True), pk=pk)
        return render_to_string("public/originals.html", {"document": interchange.from_json(stored).document})

    return answer(request, state=pk, changed_at=created_at, render=render)
