"""Acts on a digest's structure: choosing comments, and everything the buttons and drags on its rows mean (`orders`).

A button says what it does as `act=VERB:ARGUMENTS`; a drag is the same form without an act. Each calls one verb of
`curation` and answers with what has changed on the page.
"""

import json
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from digests.curation import CurationError, StaleVersion
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.board import (
    Refusal,
    asked,
    digest_context,
    load_digest,
    load_quotes,
    part,
    places,
    quote_row,
    show_board,
)
from digests.editor.forms import whole_number
from digests.editor.orders import ACTS, Done, Order, quote_part, toggle
from digests.editor.pieces import Place
from digests.editor.threads import holding
from digests.models import Quote


def comments(request: EditorRequest, digest_id: int) -> HttpResponse:
    """Chooses the comment whose button was pressed, or drops what was made of it; `part` quotes just those words."""
    if answer := turned_away(request):
        return answer
    return _carry_out(request, digest_id, quote_part if "part" in request.POST else toggle)


def quotes(request: EditorRequest, digest_id: int) -> HttpResponse:
    """One act on the digest's rows."""
    if answer := turned_away(request):
        return answer
    name = request.POST.get("act", "arrange").partition(":")[0]
    if name not in ACTS:
        raise BadRequest("act")
    return _carry_out(request, digest_id, ACTS[name])


def _carry_out(request: EditorRequest, digest_id: int, act: Callable[[Order], Done]) -> HttpResponse:
    if request.method != "POST":
        return redirect("board", digest_id)
    before = load_quotes(digest_id)
    posted = request.POST
    # An act on a text as it is being typed comes from that text's form, whose version is the text's.
    version = whole_number(posted.get("structure") or posted.get("version", ""))
    argument = posted.get("comment") or posted.get("act", "").partition(":")[2]
    try:
        done = act(Order(digest_id, version, argument, posted, before, editor_of(request).pk))
    except StaleVersion:
        return _stale(request, digest_id, version)
    except CurationError as error:
        return _refused(request, digest_id, error)
    if not request.htmx:
        messages.success(request, done.said)
        return redirect(_back(digest_id, posted, done.added))
    return _changed(request, digest_id, done, before=before, version=version)


def _changed(request: EditorRequest, digest_id: int, done: Done, *, before: list[Quote], version: int) -> HttpResponse:
    """The digest's rows, in full only where the page cannot have them, and the thread's marks that are different now.

    The verb accepted the page's version, so what the digest held before is what the page holds.
    """
    digest, now = load_digest(digest_id), load_quotes(digest_id)
    new = {quote.pk for quote in now} - {quote.pk for quote in before}
    context = digest_context(digest, now, whole=new | {*done.rewritten}, added=done.added)
    context |= {
        "said": done.said,
        **_marks(request, before, now),
        "repainted": [quote_row(digest, quote, 0, whole=False) for quote in now if quote.pk in done.repainted],
    }
    return part(request, "board_rows.html#changed", context, headers=new_version(version, done.version))


def _stale(request: EditorRequest, digest_id: int, version: int) -> HttpResponse:
    said = _(
        "Somebody else changed this digest meanwhile. This is how it stands now; do it again if you still want it."
    )
    if not request.htmx:
        return show_board(request, digest_id, status=409, said=said, refusal=_typed(request.POST, said))
    digest, now = load_digest(digest_id), load_quotes(digest_id)
    context = digest_context(digest, now, whole=None) | {"said": said, "failed": True, "keeping": True}
    shown = _shown(request, now)
    context["marks"] = [(pk, place) for pk, place in places(now).items() if pk in shown]
    headers = new_version(version, digest.version, stale=True)
    return part(request, "board_rows.html#changed", context, status=409, headers=headers)


def _refused(request: EditorRequest, digest_id: int, error: CurationError) -> HttpResponse:
    if not request.htmx:
        said = str(error)
        return show_board(request, digest_id, status=422, said=said, refusal=_typed(request.POST, said))
    context = {"said": str(error), "failed": True}
    return part(request, "board_rows.html#refused", context, status=422, headers={"HX-Reswap": "none"})


def _typed(posted: QueryDict, error: str) -> Refusal | None:
    """What was typed in the text's form that an act came from; it stays in its field."""
    quote_id = posted.get("act", "").partition(":")[2]
    if "text" not in posted or not quote_id.isdigit():
        return None
    version = whole_number(posted.get("version", ""))
    return Refusal(int(quote_id), posted.get("text", ""), posted.get("author", ""), "", "", version, error)


def new_version(old: int, new: int, *, stale: bool = False) -> dict[str, str]:
    """Tells the page which version it holds now: its forms that stood at `old` take `new`.

    `stale` says that the rows come anew because `old` was not the version any more.
    """
    return {"HX-Trigger": json.dumps({"digest-version": {"from": old, "to": new, "stale": stale}})}


def _marks(request: EditorRequest, before: list[Quote], now: list[Quote]) -> dict[str, list[tuple[int, Place | None]]]:
    """(comment, its place now) for the thread's marks that are different: only the number, or chosen or not.

    A number is sent without its button: a browser looks through the whole form for each button that is replaced.
    """
    old, new = places(before), places(now)
    shown = _shown(request, [*before, *now])
    changed = [pk for pk in old | new if old.get(pk) != new.get(pk) and pk in shown]
    return {
        "renumbered": [(pk, new[pk]) for pk in changed if pk in old and pk in new],
        "marks": [(pk, new.get(pk)) for pk in changed if not (pk in old and pk in new)],
    }


def _shown(request: EditorRequest, among: list[Quote]) -> set[int]:
    """Which of the chosen comments stand in the thread's pane, which may be narrowed to a text."""
    known = {quote.comment_id: quote.comment for quote in among if quote.comment is not None}
    text = asked(request)
    return holding(known.values(), text) if text else {quote.comment_id for quote in among if quote.comment_id}


def _back(digest_id: int, posted: QueryDict, added: int | None) -> str:
    text = posted.get("q", "")
    address = reverse("board", args=[digest_id]) + (f"?{urlencode({'q': text})}" if text else "")
    if added:
        return f"{address}#q{added}"
    if posted.get("comment"):
        return f"{address}#c{posted['comment']}"
    first = posted.get("act", "").split(":")[1:2]
    return f"{address}#q{first[0]}" if first and first[0].isdigit() else f"{address}#digest"
