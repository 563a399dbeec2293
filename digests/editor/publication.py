"""What goes out to readers: the preview, and the last look before publishing."""

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from digests.curation import StaleVersion
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.board import load_digest
from digests.editor.forms import whole_number
from digests.models import DeliveryItem, Digest, Post, Target
from digests.publishing import publish as publishing
from digests.publishing.assemble import assemble

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


def standings(digest: Digest) -> list[Standing]:
    """One for each Hugo site, in three queries."""
    posts = {
        post.target_id: post
        for post in Post.objects.filter(digest=digest)
        .select_related("publication")
        .defer("packed", "publication__document")
    }
    last: dict[int | None, DeliveryItem] = {}
    items = DeliveryItem.objects.filter(digest=digest, delivery__target__isnull=False).select_related(
        "delivery__target"
    )
    for item in items.defer("theirs").order_by("pk"):
        last[item.delivery.target_id] = item
    return [
        Standing(target, post, _behind(digest, post), last.get(target.pk))
        for target in Target.objects.order_by("name")
        for post in [posts.get(target.pk)]
    ]


def _behind(digest: Digest, post: Post | None) -> bool:
    return bool(post and post.publication and post.publication.digest_changes != digest.changes)


def _show_panel(request: EditorRequest, digest_id: int, *, status: int = 200, said: str = "") -> HttpResponse:
    digest = load_digest(digest_id)
    problems = publishing.review(digest_id)
    history = digest.publications.select_related("published_by").defer("document").order_by("-created_at", "-pk")
    context = {
        "digest": digest,
        "live": digest.publications.live().first(),
        "blocking": [problem for problem in problems if problem.blocking],
        "warnings": [problem for problem in problems if not problem.blocking],
        "history": history[:HISTORY_SHOWN],
        "standings": standings(digest),
        "said": said,
    }
    return render(request, "desk/publish.html", context, status=status)
