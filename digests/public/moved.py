"""Addresses at which a digest once was: they lead to where it is now, or say that it was withdrawn."""

from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse

from digests.models import Post, Publication, Tag

DIGEST_ADDRESS_SECONDS = 3600  # a redirect may change again, so nobody keeps it for ever


def digest(slug: str) -> HttpResponseBase:
    """The answer for a slug that no live digest has. Raises `Http404` when none ever had it."""
    once = Publication.objects.filter(slug=slug, state=Publication.State.SUCCEEDED).order_by("-pk")
    return _now_at(once.values_list("digest_id", flat=True).first())


def post(_request: HttpRequest, path: str) -> HttpResponseBase:
    """The answer for an address of a Hugo site that moved in: `posts/2025_09/2025_09_06_a_story/`."""
    names = {f"{root}{path}{ending}" for root in ("content/posts/", "posts/", "") for ending in ("/index.md", ".md")}
    found = Post.objects.filter(path__in=names, digest__isnull=False).order_by("pk")
    return _now_at(found.values_list("digest_id", flat=True).first())


def tag(name: str) -> HttpResponseBase:
    """The answer for a tag that no digest carries under just this name: Hugo writes its address in lower case, with
    hyphens for blanks. Raises `Http404`."""
    used = Tag.objects.filter(publications__is_live=True).exclude(name=name)
    found = used.filter(name__iexact=name) or used.filter(name__iexact=name.replace("-", " "))
    if not found:
        raise Http404
    return permanently(reverse("tag", args=[found[0].name]))


def _now_at(digest_id: int | None) -> HttpResponseBase:
    if digest_id is None:
        raise Http404
    slug = Publication.objects.live().filter(digest_id=digest_id).values_list("slug", flat=True).first()
    if slug is None:
        return HttpResponse(render_to_string("public/gone.html"), status=410)
    return permanently(reverse("digest", args=[slug]))


def permanently(address: str) -> HttpResponseBase:
    response = HttpResponsePermanentRedirect(address)
    response.headers["Cache-Control"] = f"public, max-age={DIGEST_ADDRESS_SECONDS}"
    return response
