"""Acts on a digest's structure: choosing comments, and everything the buttons and drags on its rows mean (`orders`).

A button says what it does as `act=VERB:ARGUMENTS`. Each calls one verb of `curation` and answers with what is different
on the page now (`patches`), as JSON, or without script with the page.
"""

import json
from collections.abc import Callable, Collection
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import conditional_escape
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from digests.curation import CurationError, StaleVersion
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.board import load_digest, page_of, rows_context, show_board
from digests.editor.choosing import CHOOSING
from digests.editor.filters import Narrowing
from digests.editor.forms import HeadForm, whole_number
from digests.editor.orders import ACTS, Done, Order, quote_part, reason, toggle
from digests.editor.patches import Patch, last_seen, patch_since
from digests.editor.rows import FIRST, QuoteRow, Refusal, load_layout, load_rows, piece
from digests.models import Digest


def comments(request: EditorRequest, digest_id: int) -> HttpResponse:
    """Chooses the comment whose button was pressed, or drops what was made of it; `part` quotes just those words."""
    if answer := turned_away(request):
        return answer
    return carry_out(request, digest_id, quote_part if "part" in request.POST else toggle)


def quotes(request: EditorRequest, digest_id: int) -> HttpResponse:
    """One act on the digest's rows."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return redirect("board", digest_id)
    name = request.POST.get("act", "").partition(":")[0]
    act = ACTS.get(name) or CHOOSING.get(name)
    if act is None:
        raise BadRequest("act")
    return carry_out(request, digest_id, act)


def since(request: EditorRequest, digest_id: int) -> HttpResponse:
    """What has changed since the version that a page holds; 204 when nothing has."""
    if answer := turned_away(request):
        return answer
    version, seen = whole_number(request.GET.get("version", "")), request.GET.get("seen", "")
    return changed_since(request, digest_id, version, seen) or HttpResponse(status=204)


def carry_out(request: EditorRequest, digest_id: int, act: Callable[[Order], Done]) -> HttpResponse:
    """Does one act by the version that was posted, and answers it."""
    if request.method != "POST":
        return redirect("board", digest_id)
    posted = request.POST
    # An act on a text as it is being typed comes from that text's form, whose version is the text's.
    version = whole_number(posted.get("structure") or posted.get("version", ""))
    argument = posted.get("comment") or posted.get("act", "").partition(":")[2]
    try:
        done = act(Order(digest_id, version, argument, posted, editor_of(request).pk))
    except StaleVersion:
        return _stale(request, digest_id, version)
    except CurationError as error:
        return _refused(request, digest_id, error)
    if not request.htmx:
        messages.success(request, done.said)
        return redirect(_back(digest_id, posted, done.added))
    return _answer(request, digest_id, version, seen=posted.get("seen", ""), done=done)


def changed_since(request: EditorRequest, digest_id: int, version: int, seen: str) -> HttpResponse | None:
    """The answer that brings a page up to date, None when it is."""
    newest = last_seen(digest_id)
    digest = Digest.objects.only("version").filter(pk=digest_id).first()
    if digest and digest.version == version and newest == seen:
        return None
    return _answer(request, digest_id, version, seen=seen)


def _answer(
    request: EditorRequest,
    digest_id: int,
    version: int,
    *,
    seen: str,
    done: Done | None = None,
    failed: str = "",
    status: int = 200,
) -> HttpResponse:
    """What a page of a version has to change; where that is not known any more, the first rows as they stand."""
    digest = load_digest(digest_id)
    newest = last_seen(digest_id)
    patch = patch_since(digest_id, version, to=digest.version, seen=seen, by=editor_of(request).pk)
    content: dict[str, Any]
    if patch is None:
        layout = load_layout(digest_id)
        html = _html(request, "list", rows_context(digest, piece(digest, layout, layout.order[:FIRST])))
        content = {"from": version, "to": digest.version, "reset": html, "left": max(len(layout.order) - FIRST, 0)}
        content["places"] = {comment: place.quote for comment, place in layout.places.items()}
    else:
        content = patch.as_json() | _contents(request, digest, patch, done)
    content["quotes"] = digest.quotes.quoted().count()
    content |= {"seen": newest, "failed": bool(failed), "added": done.added if done else None}
    content["said"] = conditional_escape(failed or (done.said if done else ""))
    content["status"] = render_to_string("desk/status.html", {"digest": digest, "board": True}, request)
    if patch is None or patch.head:
        content["head"] = render_to_string("desk/head.html", {"digest": digest, "head": HeadForm.of(digest)}, request)
        content["title"] = str(digest)
        content["thread"] = digest.thread_id or 0
    return JsonResponse(content, status=status)


def _contents(request: EditorRequest, digest: Digest, patch: Patch, done: Done | None) -> dict[str, Any]:
    """The rows that a page cannot have yet, and the lines about whom a row answers."""
    whole = {*patch.whole, *(done.rewritten if done else ())}
    rows = load_rows(digest, {*whole, *patch.flagged}, added=done.added if done else None)
    return {
        "rows": {row.key: _html(request, "list", rows_context(digest, [row])) for row in _among(rows, whole)},
        "flags": {
            row.key: _html(request, "flag", rows_context(digest, []) | {"row": row})
            for row in _among(rows, patch.flagged)
        },
    }


def _among(rows: list[QuoteRow], ids: Collection[int]) -> list[QuoteRow]:
    return [row for row in rows if row.pk in ids]


def _html(request: EditorRequest, name: str, context: dict[str, Any]) -> str:
    return render_to_string(f"desk/board_rows.html#{name}", context, request)


def _stale(request: EditorRequest, digest_id: int, version: int) -> HttpResponse:
    said = _(
        "Somebody else changed this digest meanwhile. This is how it stands now; do it again if you still want it."
    )
    if not request.htmx:
        return show_board(request, digest_id, status=409, said=said, refusal=_typed(request.POST, said))
    return _answer(request, digest_id, version, seen=request.POST.get("seen", ""), failed=said, status=409)


def _refused(request: EditorRequest, digest_id: int, error: CurationError) -> HttpResponse:
    said = reason(error)
    if not request.htmx:
        return show_board(request, digest_id, status=422, said=said, refusal=_typed(request.POST, said))
    return JsonResponse({"said": conditional_escape(said), "failed": True}, status=422)


def _typed(posted: QueryDict, error: str) -> Refusal | None:
    """What was typed in the text's form that an act came from; it stays in its field."""
    quote_id = posted.get("act", "").partition(":")[2]
    if "text" not in posted or not quote_id.isdigit():
        return None
    version = whole_number(posted.get("version", ""))
    return Refusal(int(quote_id), posted.get("text", ""), posted.get("author", ""), "", "", version, error)


def new_version(old: int, new: int) -> dict[str, str]:
    """Tells the page which version it holds now: its forms that stood at `old` take `new`."""
    return {"HX-Trigger": json.dumps({"digest-version": {"from": old, "to": new}})}


def _back(digest_id: int, posted: QueryDict, added: int | None) -> str:
    """The board, at the row or comment that the act was about and on its page."""
    query = Narrowing.asked(posted).values()
    name, *first = posted.get("act", "").split(":")
    target = "digest"
    if name in CHOOSING:
        target, first = "thread", []
    row = added or (int(first[0]) if first and first[0].isdigit() else 0)
    row = row or next((int(pick) for pick in posted.getlist("pick") if pick.isdigit()), 0)
    if posted.get("comment"):
        target = f"c{posted['comment']}"
        query["mark"] = posted.get("comment", "")
    elif row:
        target = f"q{row}"
        query["rows"] = str(page_of(digest_id, row) or "")
    text = urlencode({name: value for name, value in query.items() if value})
    return f"{reverse('board', args=[digest_id])}{'?' if text else ''}{text}#{target}"
