"""Addresses at which a digest once was: they lead to where it is now, or say that it was withdrawn."""

import re
import unicodedata
from collections.abc import Iterator
from functools import reduce
from operator import or_

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.urls import reverse

from digests.models import AuditEntry, Post, Publication, Tag
from digests.models.publications import PublicationQuerySet
from digests.public.addresses import FEED_KINDS, of_digest, of_feed, of_old_post, of_tag

DIGEST_ADDRESS_SECONDS = 3600  # a redirect may change again, so nobody keeps it for ever
_POST = re.compile(r"(?:(?:content/)?posts/)?(.*?[^/])(?:/index)?\.md\Z")  # no name with a line break has an address


def digest(slug: str, *, within: str = "") -> HttpResponseBase:
    """The answer for a slug that no live digest has, or for a post that lay just there. Raises `Http404`.

    `within` is what was asked for below it, which is below the new one too.
    """
    owner = _once().filter(slug=slug).order_by("-pk").values_list("digest_id", flat=True).first()
    if owner is None and _deleted().filter(slug=slug).exists():
        return _gone()
    return _now_at(_owner_of_post(slug) if owner is None else owner, within=within)


def post(_request: HttpRequest, path: str) -> HttpResponseBase:
    """The answer for an address of a Hugo site that moved in: `posts/2025_09/2025_09_06_a_story/`."""
    return _now_at(_owner_of_post(path))


def _once() -> PublicationQuerySet:
    """What readers see, or once saw."""
    return Publication.objects.filter(state=Publication.State.SUCCEEDED)


def _deleted() -> QuerySet[AuditEntry]:
    """That readers once saw digests which have been deleted for good."""
    return AuditEntry.objects.filter(action=AuditEntry.Action.PUBLISHED, digest=None)


def _owner_of_post(path: str) -> int | None:
    """The digest of a post; a draft may have one too."""
    if "\0" in path:  # which stops PostgreSQL
        return None
    names = {f"{root}{path}{ending}" for root in ("content/posts/", "posts/", "") for ending in ("/index.md", ".md")}
    found = Post.objects.filter(path__in=names, digest__isnull=False).order_by("pk")
    return found.values_list("digest_id", flat=True).first()


def tag(name: str) -> HttpResponseBase:
    """The answer for a tag that no digest carries under just this name: an alias, or Hugo's way to write its address in
    lower case, with hyphens for blanks. Raises `Http404`."""
    return permanently(reverse("tag", args=[kept_spelling(name)]))


def kept_spelling(name: str) -> str:
    """The tag with a page that is meant by a name which has none. Raises `Http404`."""
    # Some keyboards and file systems take letters and their marks apart, and nobody sees that.
    forms = {unicodedata.normalize(form, one) for one in (name, name.replace("-", " ")) for form in ("NFC", "NFD")}
    spelled_so = reduce(or_, (Q(name__iexact=form) for form in {name, *forms}))
    rows = Tag.objects.filter(spelled_so).values_list("name", "alias_of__name")
    nearest = sorted(rows, key=lambda row: (row[0] != name, row[0].lower() != name.lower(), row[0]))
    meant = [tag for spelled, alias_of in nearest if (tag := alias_of or spelled) != name]
    shown = set(Tag.objects.shown(least=settings.TAG_LEAST_USE).filter(name__in=meant).values_list("name", flat=True))
    for tag_name in meant:
        if tag_name in shown:
            return tag_name
    raise Http404


def _now_at(digest_id: int | None, *, within: str = "") -> HttpResponseBase:
    """Raises `Http404` for what readers never saw: that somebody works at it is nobody's business."""
    if digest_id is None:
        raise Http404
    once = _once().filter(digest_id=digest_id).order_by("-is_live").values_list("slug", "is_live").first()
    if once is None:
        raise Http404
    slug, is_live = once
    return permanently(reverse("digest", args=[slug]) + within) if is_live else _gone()


def permanently(address: str) -> HttpResponseBase:
    response = HttpResponsePermanentRedirect(address)
    response.headers["Cache-Control"] = f"public, max-age={DIGEST_ADDRESS_SECONDS}"
    return response


def leads() -> Iterator[tuple[str, str]]:
    """Every address that is answered above, and where it leads; "" for those that were withdrawn.

    Any spelling leads to a tag; only that which Hugo would write is here.
    """
    live = dict(Publication.objects.live().values_list("digest_id", "slug"))
    here = {digest_id: of_digest(slug) for digest_id, slug in live.items()}
    once = list(_once().order_by("pk").values_list("slug", "digest_id"))
    owners = dict(once)  # of several the last
    for slug in {*_deleted().values_list("slug", flat=True)} - owners.keys():
        yield of_digest(slug), ""
    for slug in owners.keys() - live.values():
        yield of_digest(slug), here.get(owners[slug], "")
    seen = {digest_id for _slug, digest_id in once}
    for path, digest_id in Post.objects.filter(digest__isnull=False).order_by("pk").values_list("path", "digest_id"):
        match = _POST.match(path)
        if match and digest_id in seen:
            yield of_old_post(match[1]), here.get(digest_id, "")
    names = set(Tag.objects.shown(least=settings.TAG_LEAST_USE).values_list("name", flat=True))
    for name in sorted(names):
        old = name.lower().replace(" ", "-")
        if old not in names:
            yield of_tag(old), of_tag(name)
    aliases = Tag.objects.filter(alias_of__name__in=names).values_list("name", "alias_of__name")
    for alias, name in aliases:
        yield of_tag(alias), of_tag(name)
    for kind in FEED_KINDS:  # of a tag that somebody may have subscribed to before it became an alias
        for alias, name in aliases:
            yield of_feed(kind, alias), of_feed(kind, name)


def _gone() -> HttpResponse:
    """It may come back, and is then to be seen at once."""
    return HttpResponse(gone_page(), status=410, headers={"Cache-Control": "public, max-age=0, must-revalidate"})


def gone_page() -> str:
    return render_to_string("public/gone.html")
