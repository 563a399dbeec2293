"""The board: a thread on one side, its digest on the other. What the page shows; the acts on it are in `acts`.

The page opens with the first rows of both sides and fetches the others by itself. An act changes single rows of it
(`patches`), and never makes a row anew, so that no act touches a text that somebody is typing.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers

from digests import curation
from digests.editor.access import EditorRequest, turned_away
from digests.editor.forms import HeadForm, whole_number
from digests.editor.patches import last_seen
from digests.editor.rows import FIRST, NEW_FOLD, NEW_ROW, NEXT, Item, Layout, Refusal, load_layout, piece
from digests.editor.threads import thread_context
from digests.models import Digest
from digests.models.palettes import current_palette


def board(request: EditorRequest, digest_id: int) -> HttpResponse:
    """The whole page; its address may narrow the thread, or name another page of rows (`rows`, from 0)."""
    if answer := turned_away(request):
        return answer
    if request.htmx and request.htmx.target == "thread":
        answer = part(request, "board_thread.html", thread_side(request, load_digest(digest_id)))
        patch_vary_headers(answer, ["HX-Request", "HX-Target"])
        return answer
    return show_board(request, digest_id)


def rows(request: EditorRequest, digest_id: int) -> HttpResponse:
    """The rows behind row `after`, up to row `upto` if that is named; or just those that `only` names.

    The answer says how many are left, and of which version it is: a page of another one asks again.
    """
    if answer := turned_away(request):
        return answer
    digest, layout = load_digest(digest_id), load_layout(digest_id)
    if only := request.GET.get("only", ""):
        items = piece(digest, layout, [whole_number(pk) for pk in only.split(",")], light=True)
        return part(request, "board_rows.html#list", rows_context(digest, items))
    places = {pk: place for place, pk in enumerate(layout.order)}
    start = places.get(whole_number(request.GET.get("after", "0")), -1) + 1
    stop = max(start + NEXT, places.get(whole_number(request.GET.get("upto", "0")), -1) + 1)
    answer = part(
        request,
        "board_rows.html#list",
        rows_context(digest, piece(digest, layout, layout.order[start:stop], light=True)),
    )
    answer["Matome-Version"], answer["Matome-Left"] = str(digest.version), str(max(len(layout.order) - stop, 0))
    return answer


def show_board(
    request: EditorRequest, digest_id: int, *, status: int = 200, refusal: Refusal | None = None, **said: Any
) -> HttpResponse:
    """The page as it stands and, where an act was refused, why: without script nothing that was typed is lost either.

    `said` replaces values of the page's context: `said` itself, or `head` and what belongs to it.
    """
    digest, layout = load_digest(digest_id), load_layout(digest_id)
    shown = refusal.quote_id if refusal else 0
    number = layout.order.index(shown) // FIRST if shown in layout.order else _page_asked(request)
    start, stop = number * FIRST, (number + 1) * FIRST
    context = {
        **rows_context(digest, piece(digest, layout, layout.order[start:stop], refusal=refusal)),
        **thread_side(request, digest, layout),
        "head": HeadForm.of(digest),
        "seen": last_seen(digest_id),
        "colors": current_palette().colors,
        "quote_count": str(len(layout.quoted)),
        "left": max(len(layout.order) - stop, 0),
        "page_before": str(number - 1) if number else "",
        "page_behind": str(number + 1) if stop < len(layout.order) else "",
        "new_fold": NEW_FOLD,
        "new_row": NEW_ROW,
        "fold_size": curation.folding(digest_id).fold_size,
        "homeless": refusal if refusal and shown not in layout.order else None,
        **said,
    }
    answer = render(request, "desk/board.html", context, status=status)
    patch_vary_headers(answer, ["HX-Request", "HX-Target"])
    return answer


def part(
    request: EditorRequest,
    name: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A part of the page, as htmx puts it in: a template of the desk, or one part of it (`template.html#part`)."""
    answer = render(request, f"desk/{name}", dict(context), status=status)
    for header, value in (headers or {}).items():
        answer[header] = value
    return answer


def load_digest(digest_id: int) -> Digest:
    digests = Digest.objects.with_publication().select_related("thread", "created_by")
    return get_object_or_404(digests, pk=digest_id)


def rows_context(digest: Digest, items: Sequence[Item]) -> dict[str, Any]:
    """What the digest's rows need. Behind either address follows the row's id where it is about a row."""
    return {
        "digest": digest,
        "items": items,
        "version": str(digest.version),
        "acts_address": reverse("board-quotes", args=[digest.pk]),
        "pictures_address": reverse("picture-new", args=[digest.pk]),
    }


def thread_side(request: EditorRequest, digest: Digest, layout: Layout | None = None) -> dict[str, Any]:
    """What the thread's side needs."""
    if digest.thread is None:
        return {"digest": digest, "thread": None}
    layout = layout or load_layout(digest.pk)
    return {"digest": digest, "choosing": True, **thread_context(request, digest.thread, layout.places)}


def page_of(digest_id: int, row: int) -> int:
    """The page of rows, from 0, on which a row stands for those who have no script."""
    order = load_layout(digest_id).order
    return order.index(row) // FIRST if row in order else 0


def _page_asked(request: EditorRequest) -> int:
    given = request.GET.get("rows", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0
