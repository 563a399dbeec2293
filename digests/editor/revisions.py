"""What editors did between versions: each group of changes in words, keeping the digest under a name, going back."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from digests import curation
from digests.curation import CurationError, StaleVersion
from digests.delivering import reverting
from digests.editor import differences, versions
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.board import load_digest
from digests.editor.deeds import in_words, kind_of
from digests.editor.forms import whole_number
from digests.models import Change, Digest, Publication, Revision
from digests.publishing.comparing import compare

_MOST_CHANGES = 5000


def name(request: EditorRequest, digest_id: int) -> HttpResponse:
    """POST keeps the digest as it is now under a name (`name`)."""
    if answer := turned_away(request):
        return answer
    address = reverse("history", args=[digest_id])
    if request.method != "POST":
        return redirect(f"{address}#name")
    get_object_or_404(Digest, pk=digest_id)
    try:
        revision = curation.name_revision(digest_id, name=request.POST.get("name", ""), by=editor_of(request).pk)
    except CurationError as error:
        messages.error(request, str(error))
        return redirect(f"{address}#name")
    messages.success(request, _("The digest as it is now is kept as “%(name)s”.") % {"name": revision.name})
    return redirect(address)


def restore(request: EditorRequest, digest_id: int, revision_id: int) -> HttpResponse:
    """GET shows what would change; POST makes the digest what it was, which can be undone."""
    if answer := turned_away(request):
        return answer
    digest = load_digest(digest_id)
    revision = get_object_or_404(digest.revisions.filter(state__isnull=False).select_related("by"), pk=revision_id)
    if request.method != "POST":
        return _ask(request, digest, revision)
    version = whole_number(request.POST.get("version", ""))
    try:
        curation.restore_revision(digest_id, version=version, revision_id=revision.pk, by=editor_of(request).pk)
    except StaleVersion:
        said = _("Somebody else changed the digest meanwhile. Look at it once more.")
        return _ask(request, load_digest(digest_id), revision, status=409, said=said)
    except CurationError as error:
        return _ask(request, load_digest(digest_id), revision, status=422, said=str(error))
    messages.success(request, _("The digest is as it was then. “Undo” takes that back."))
    return redirect("board", digest_id)


def revert(request: EditorRequest, digest_id: int, publication_id: int) -> HttpResponse:
    """The same for a version that went out: the editors' digest becomes what readers then saw."""
    if answer := turned_away(request):
        return answer
    digest = load_digest(digest_id)
    publication = get_object_or_404(digest.publications, pk=publication_id)
    if request.method != "POST":
        return _ask(request, digest, publication)
    version = whole_number(request.POST.get("version", ""))
    try:
        reverting.revert(publication.pk, version=version, by=editor_of(request).pk)
    except StaleVersion:
        said = _("Somebody else changed the digest meanwhile. Look at it once more.")
        return _ask(request, load_digest(digest_id), publication, status=409, said=said)
    except CurationError as error:
        return _ask(request, load_digest(digest_id), publication, status=422, said=str(error))
    messages.success(request, _("The digest is as it was then. “Undo” takes that back."))
    return redirect("board", digest_id)


def _ask(
    request: EditorRequest, digest: Digest, then: Revision | Publication, *, status: int = 200, said: str = ""
) -> HttpResponse:
    document = versions.of_revision(then) if isinstance(then, Revision) else versions.stored(then)
    comparison = compare(versions.document(digest, versions.NOW), replace(document, slug=digest.slug))
    context = {
        "digest": digest,
        "name": then.name if isinstance(then, Revision) else "",
        "when": then.ended_at if isinstance(then, Revision) else then.created_at,
        "said": said,
        "head": differences.shown_head(comparison),
        "entries": differences.shown_entries(comparison),
        "summary": differences.summary(comparison),
    }
    return render(request, "desk/history_restore.html", context, status=status)


def told(digest: Digest, revisions: Sequence[Revision]) -> dict[int, str]:
    """Of each group of changes (by its id) what kinds there are, in words. Two queries for any number of groups."""
    groups = [one for one in revisions if one.change_count]
    if not groups:
        return {}
    oldest = min(one.began_at for one in groups)
    begun = list(
        digest.revisions.filter(change_count__gt=0, began_at__gte=oldest)
        .order_by("began_at", "pk")
        .values_list("began_at", "pk")
    )
    starts = [at for at, _pk in begun]
    counts: dict[int, Counter[str]] = {}
    rows = Change.objects.filter(digest=digest, at__gte=oldest).order_by("-pk").values_list("at", "verb")
    for at, verb in rows[:_MOST_CHANGES]:
        place = bisect_right(starts, at) - 1
        if place >= 0:
            counts.setdefault(begun[place][1], Counter())[kind_of(verb)] += 1
    return {one.pk: in_words(counts[one.pk]) for one in groups if one.pk in counts}
