"""The history of a digest: what readers saw and what editors did, in one line of time; two of them compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from digests import delivering
from digests.editor import differences, revisions, versions
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.board import load_digest
from digests.editor.deliveries import led_on
from digests.models import Digest, Publication, Revision
from digests.publishing.comparing import compare

PER_PAGE = 20
SHOWS = ("", "versions", "named")


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the history: a version that went out or tried to (`number` from 1), or a revision.

    `before` is the key of what it is compared with, `summary` what changed since then or within it.
    """

    key: str
    publication: Publication | None = None
    revision: Revision | None = None
    number: int = 0
    differs: bool = True  # a version that is not the digest as it is now
    before: str = ""
    summary: str = ""


def history(request: EditorRequest, digest_id: int) -> HttpResponse:
    """Everything, newest first, with what changed; `show` narrows to versions that went out, or to named revisions."""
    if answer := turned_away(request):
        return answer
    digest = load_digest(digest_id)
    show = request.GET.get("show", "")
    show = show if show in SHOWS else ""
    page = Paginator(versions.timeline(digest, show), PER_PAGE).get_page(request.GET.get("page"))
    labels = (_("Everything"), _("What readers saw"), _("Named"))
    context = {
        "digest": digest,
        "page": page,
        "moments": _moments(digest, list(page.object_list)),
        "choices": versions.choices(digest),
        "show": show,
        "shows": [
            (name, label, urlencode({"show": name} if name else {})) for name, label in zip(SHOWS, labels, strict=True)
        ],
        "page_query": urlencode({"show": show} if show else {}),
    }
    return render(request, "desk/history.html", context)


def compared(request: EditorRequest, digest_id: int) -> HttpResponse:
    """What changed between two versions, `from` and `to`: keys as `versions` has them."""
    if answer := turned_away(request):
        return answer
    digest = load_digest(digest_id)
    before, after = (request.GET.get(name, "") for name in ("from", "to"))
    comparison = compare(versions.document(digest, before), versions.document(digest, after))
    context: dict[str, Any] = {
        "digest": digest,
        "before": _key(before),
        "after": _key(after),
        "choices": versions.choices(digest),
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
        comparison = compare(versions.stored(live), versions.stored(publication))
        context |= {
            "head": differences.shown_head(comparison),
            "entries": differences.shown_entries(comparison),
            "summary": differences.summary(comparison),
        }
    return render(request, "desk/history_again.html", context, status=422 if said else 200)


def _moments(digest: Digest, found: Sequence[tuple[str, int, Any]]) -> list[Moment]:
    """A page's lines, in as many queries for twenty as for one."""
    numbers = versions.numbers(digest)
    published = [pk for kind, pk, _when in found if kind == versions.PUBLICATION]
    rows = digest.publications.select_related("published_by").prefetch_related("delivery_items__delivery__target")
    publications = rows.in_bulk(published)
    older = {numbers.before[pk] for pk in published if pk in numbers.before} - set(publications)
    documents = publications | digest.publications.in_bulk(older)
    revised = digest.revisions.defer("state").select_related("by")
    groups = revised.in_bulk([pk for kind, pk, _when in found if kind == versions.REVISION])
    earlier = _earlier(digest)
    words = revisions.told(digest, list(groups.values()))
    opened = digest.revisions.filter(state=None).values_list("pk", flat=True).first()
    moments = []
    for kind, pk, _when in found:
        if kind == versions.REVISION:
            before = f"{versions.REVISION}{earlier[pk]}" if pk in earlier else ""
            key = versions.NOW if pk == opened else f"{kind}{pk}"
            moments.append(Moment(key, revision=groups[pk], before=before, summary=words.get(pk, "")))
            continue
        summary, previous = "", numbers.before.get(pk)
        if previous is not None:
            comparison = compare(versions.stored(documents[previous]), versions.stored(publications[pk]))
            summary = differences.summary(comparison) or _("nothing changed")
        before = f"{versions.PUBLICATION}{previous}" if previous is not None else ""
        one = publications[pk]
        moments.append(
            Moment(
                f"{kind}{pk}",
                one,
                number=numbers.place[pk],
                differs=one.digest_changes != digest.changes,
                before=before,
                summary=summary,
            )
        )
    return moments


def _earlier(digest: Digest) -> dict[int, int]:
    """Revision → the one before it."""
    ordered = list(digest.revisions.order_by("ended_at", "pk").values_list("pk", flat=True))
    return dict(zip(ordered[1:], ordered, strict=False))


def _key(given: str) -> str:
    """As the choices have it; a bare number is a publication's."""
    return f"{versions.PUBLICATION}{given}" if given.isdigit() else given
