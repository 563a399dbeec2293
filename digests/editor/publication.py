"""What goes out to readers: the preview, and the last look before publishing."""

from dataclasses import dataclass

from django.contrib import messages
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from digests.curation import StaleVersion
from digests.editor import differences, versions
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.board import load_digest
from digests.editor.deliveries import late
from digests.editor.forms import whole_number
from digests.models import DeliveryItem, Digest, Post, Publication, Target
from digests.publishing import publish as publishing
from digests.publishing.assemble import assemble
from digests.publishing.comparing import compare
from digests.publishing.document import DigestDocument

HISTORY_SHOWN = 5


def preview(request: EditorRequest, digest_id: int) -> HttpResponse:
    """The readers' own page, made from the digest as it now is."""
    if answer := turned_away(request):
        return answer
    digest = get_object_or_404(Digest, pk=digest_id)
    context = {
        "document": assemble(digest.pk, originals=True),
        "preview": True,
        "back_url": reverse("board", args=[digest.pk]),
    }
    return render(request, "public/digest.html", context)


def publish(request: EditorRequest, digest_id: int) -> HttpResponse:
    """GET shows what speaks against it and what went out before; POST publishes what was looked at."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return _show_panel(request, digest_id)
    try:
        publishing.publish(digest_id, changes=whole_number(request.POST.get("changes", "")), by=editor_of(request))
    except Digest.DoesNotExist:
        return _show_panel(request, digest_id)
    except StaleVersion:
        return _show_panel(
            request, digest_id, status=409, said=_("Somebody else changed the digest meanwhile. Look at it once more.")
        )
    except publishing.PublishError:
        return _show_panel(request, digest_id, status=422, said=_("The digest was not published."))
    messages.success(request, _("The digest is published."))
    return redirect("publish", digest_id)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a digest stands in one Hugo site. Without `post` it is not there; `last` is its newest delivery there."""

    target: Target
    post: Post | None
    changed: bool  # the digest has changed since that post was delivered
    last: DeliveryItem | None
    summary: str = ""  # what changed since, in words; "" where readers would see no difference


@dataclass(frozen=True, slots=True)
class OwnPages:
    """What readers find on our own pages, and what publishing would change there.

    `before` is the version they see, or the one that was taken back last; `summary` is what changed since it.
    """

    address: str
    before: Publication | None
    summary: str


def standings(digest: Digest, now: DigestDocument) -> list[Standing]:
    """One for each Hugo site, in three queries. `now` is what the digest says now."""
    posts = {
        post.target_id: post
        for post in Post.objects.filter(digest=digest).select_related("publication").defer("packed")
    }
    last: dict[int | None, DeliveryItem] = {}
    items = DeliveryItem.objects.filter(digest=digest, delivery__target__isnull=False).select_related(
        "delivery__target"
    )
    for item in items.defer("theirs").order_by("pk"):
        last[item.delivery.target_id] = item
    return [
        Standing(
            target,
            post,
            _behind(digest, post),
            last.get(target.pk),
            _since(post.publication, digest, now) if post else "",
        )
        for target in Target.objects.order_by("name")
        for post in [posts.get(target.pk)]
    ]


def _behind(digest: Digest, post: Post | None) -> bool:
    return bool(post and post.publication and post.publication.digest_changes != digest.changes)


def _since(before: Publication | None, digest: Digest, now: DigestDocument) -> str:
    if before is None or before.digest_changes == digest.changes:
        return ""
    return differences.summary(compare(versions.stored(before), now))


def _own_pages(request: EditorRequest, digest: Digest, now: DigestDocument) -> OwnPages:
    succeeded = digest.publications.filter(state=Publication.State.SUCCEEDED)
    before = succeeded.order_by("-is_live", F("withdrawn_at").desc(nulls_last=True), "-pk").first()
    address = request.build_absolute_uri(reverse("digest", args=[digest.slug]))
    return OwnPages(address, before, _since(before, digest, now))


def _show_panel(request: EditorRequest, digest_id: int, *, status: int = 200, said: str = "") -> HttpResponse:
    digest = load_digest(digest_id)
    now, problems = assemble(digest.pk), publishing.review(digest_id)
    own = _own_pages(request, digest, now)
    history = digest.publications.select_related("published_by").defer("document").order_by("-created_at", "-pk")
    context = {
        "digest": digest,
        "own": own,
        "live": own.before if own.before and own.before.is_live else None,
        "blocking": [problem for problem in problems if problem.blocking],
        "warnings": [problem for problem in problems if not problem.blocking],
        "history": history[:HISTORY_SHOWN],
        "standings": standings(digest, now),
        "late": late(),
        "said": said,
    }
    return render(request, "desk/publish.html", context, status=status)
