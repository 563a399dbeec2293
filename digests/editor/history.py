"""The versions of a digest that went out or tried to, what changed from one to another, and one of them once more."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from digests import delivering
from digests.editor import differences
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.board import load_digest
from digests.editor.deliveries import led_on
from digests.editor.forms import whole_number
from digests.models import Digest, Publication
from digests.publishing import interchange
from digests.publishing.assemble import assemble
from digests.publishing.comparing import compare
from digests.publishing.document import DigestDocument

VERSIONS_PER_PAGE = 20
CHOICES = 200  # versions offered for comparing with each other
NOW = "now"


@dataclass(frozen=True, slots=True)
class Version:
    """One attempt as the list shows it. `number` counts from 1, the oldest; `before` is the one it is compared with."""

    publication: Publication
    number: int
    before: Publication | None
    summary: str


def history(request: EditorRequest, digest_id: int) -> HttpResponse:
    """Every attempt, newest first, with what changed since the one before that was not refused."""
    if answer := turned_away(request):
        return answer
    digest = load_digest(digest_id)
    attempts = digest.publications.order_by("-pk").select_related("published_by")
    page = Paginator(attempts.prefetch_related("delivery_items__delivery__target"), VERSIONS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    first = page.paginator.count - page.start_index() + 1
    context = {
        "digest": digest,
        "page": page,
        "versions": _versions(list(page), first, _older_than(digest, list(page))),
        "choices": _choices(digest),
    }
    return render(request, "desk/history.html", context)


def compared(request: EditorRequest, digest_id: int) -> HttpResponse:
    """What changed between two versions, `from` and `to`: publications' ids, or "now" for the digest as it is."""
    if answer := turned_away(request):
        return answer
    digest = load_digest(digest_id)
    before, after = (_chosen(digest, request.GET.get(name, "")) for name in ("from", "to"))
    comparison = compare(_document(digest, before), _document(digest, after))
    context: dict[str, Any] = {
        "digest": digest,
        "before": before,
        "after": after,
        "choices": _choices(digest),
        "head": differences.shown_head(comparison),
        "entries": differences.shown_entries(comparison),
        "summary": differences.summary(comparison),
    }
    return render(request, "desk/history_compared.html", context)


def again(request: EditorRequest, digest_id: int, publication_id: int) -> HttpResponse:
    """GET shows what readers would find changed; POST publishes that version again, wherever the digest stands."""
    if answer := turned_away(request):
        return answer
    digest = load_digest(digest_id)
    publication = get_object_or_404(digest.publications.filter(state=Publication.State.SUCCEEDED), pk=publication_id)
    said = ""
    if request.method == "POST":
        try:
            started = delivering.republish(publication.pk, by=editor_of(request))
        except delivering.DeliveryRefused as error:
            said = str(error)
        else:
            messages.success(request, _("That version goes out again."))
            return led_on(started, redirect("publish", digest_id))
    live = digest.publications.live().first()
    context: dict[str, Any] = {"digest": digest, "publication": publication, "live": live, "said": said}
    if live:
        comparison = compare(_document(digest, live), _document(digest, publication))
        context |= {
            "head": differences.shown_head(comparison),
            "entries": differences.shown_entries(comparison),
            "summary": differences.summary(comparison),
        }
    return render(request, "desk/history_again.html", context, status=422 if said else 200)


def _older_than(digest: Digest, shown: Sequence[Publication]) -> Publication | None:
    """The version that the last one of a page is compared with."""
    if not shown:
        return None
    older = digest.publications.filter(pk__lt=shown[-1].pk).exclude(state=Publication.State.FAILED)
    return older.order_by("-pk").first()


def _versions(shown: Sequence[Publication], first: int, older: Publication | None) -> list[Version]:
    """The page's rows, newest first; worked out from the oldest on."""
    rows: list[Version] = []
    before = older
    for place, publication in reversed(list(enumerate(shown))):
        if before is None:
            said = ""
        else:
            said = differences.summary(compare(_stored(before), _stored(publication))) or _("nothing changed")
        rows.insert(0, Version(publication, first - place, before, said))
        if publication.state != Publication.State.FAILED:
            before = publication
    return rows


def _choices(digest: Digest) -> list[tuple[int, Publication]]:
    """The newest attempts with their numbers, to choose two from."""
    found = list(digest.publications.order_by("-pk").defer("document")[:CHOICES])
    count = digest.publications.count() if len(found) == CHOICES else len(found)
    return list(zip(range(count, 0, -1), found, strict=False))


def _chosen(digest: Digest, given: str) -> Publication | None:
    """The publication meant, None for the digest as it is now."""
    if given == NOW:
        return None
    if not given:
        raise Http404
    return get_object_or_404(digest.publications, pk=whole_number(given))


def _document(digest: Digest, version: Publication | None) -> DigestDocument:
    return assemble(digest.pk) if version is None else _stored(version)


def _stored(publication: Publication) -> DigestDocument:
    return interchange.from_json(publication.document).document
