"""A post that somebody changed in the repository and we changed too: all three texts, and the decision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from digests import delivering, textdiff
from digests.curation import StaleVersion
from digests.delivering import Conflict, DeliveryRefused
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.models import DeliveryItem
from digests.textdiff import Line, Span

type Side = Literal["ours", "theirs"]


@dataclass(frozen=True, slots=True)
class Place:
    """One place that both sides changed: its base, both sides with their changes marked, the one that is ticked."""

    number: int
    key: str
    title: str
    base: str
    theirs: tuple[Span, ...]
    ours: tuple[Span, ...]
    picked: str


def conflict(request: EditorRequest, delivery_id: int, item_id: int) -> HttpResponse:
    """GET shows what stands against what; POST decides: theirs, ours, or place by place."""
    if answer := turned_away(request):
        return answer
    items = DeliveryItem.objects.select_related("delivery__target", "digest", "publication")
    item = get_object_or_404(items, pk=item_id, delivery_id=delivery_id)
    found = delivering.conflict_of(item.pk)
    if found is None:
        messages.info(request, _("This conflict is settled already."))
        return redirect("delivery", delivery_id)
    if request.method != "POST":
        return _show(request, item, found)
    return _decide(request, item, found)


def _decide(request: EditorRequest, item: DeliveryItem, found: Conflict) -> HttpResponse:
    choice = request.POST.get("choice", "")
    if choice not in {"ours", "theirs", "merged"}:
        return _show(request, item, found, status=422, said=_("Choose one of the ways."))
    given = [request.POST.get(f"pick-{number}", "") for number in range(len(found.picks))]
    if choice == "merged" and not all(side in {"ours", "theirs"} for side in given):
        return _show(request, item, found, status=422, said=_("Choose a side for each place."))
    picks = {pick.key: cast("Side", side) for pick, side in zip(found.picks, given, strict=True) if side}
    try:
        delivering.resolve(
            item.pk,
            cast('Literal["ours", "theirs", "merged"]', choice),
            theirs_sha256=request.POST.get("theirs_sha256", ""),
            picks=picks if choice == "merged" else None,
            by=editor_of(request),
        )
    except StaleVersion:
        said = _("The repository's text is another one by now. Look at it once more.")
        return _show(request, item, found, status=409, said=said)
    except DeliveryRefused as error:
        return _show(request, item, found, status=422, said=str(error))
    following = (
        item.delivery.items.filter(state=DeliveryItem.State.CONFLICT, resolution="").order_by("path", "pk").first()
    )
    messages.success(request, _("Decided. Nothing has gone out yet."))
    return redirect("conflict", item.delivery_id, following.pk) if following else redirect("delivery", item.delivery_id)


def _show(
    request: EditorRequest, item: DeliveryItem, found: Conflict, *, status: int = 200, said: str = ""
) -> HttpResponse:
    context: dict[str, Any] = {
        "item": item,
        "conflict": found,
        "choice": request.POST.get("choice", item.resolution),
        "places": _places(found, request.POST),
        "their_lines": _lines(found.base, found.theirs),
        "our_lines": _lines(found.base, found.ours),
        "said": said,
    }
    return render(request, "desk/conflict.html", context, status=status)


def _places(found: Conflict, given: Mapping[str, Any]) -> list[Place]:
    return [
        Place(
            number,
            pick.key,
            pick.title,
            pick.base,
            textdiff.marked(pick.base, pick.theirs)[1],
            textdiff.marked(pick.base, pick.ours)[1],
            given.get(f"pick-{number}", ""),
        )
        for number, pick in enumerate(found.picks)
    ]


def _lines(before: str | None, after: str | None) -> tuple[Line, ...]:
    return textdiff.between(before or "", after or "")
