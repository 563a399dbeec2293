"""Acts on a digest's structure: choosing comments, and everything the buttons and drags on its quotes mean.

A button says what it does as `act=VERB:ARGUMENTS`; a drag is the same form without an act. Each calls one verb of
`curation` and answers with what has changed on the page.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests import curation, palette
from digests.curation import CurationError, Move, StaleVersion
from digests.editor.access import EditorRequest, turned_away
from digests.editor.board import (
    FOLD_SIZE,
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
from digests.editor.threads import Place, holding
from digests.models import Quote


@dataclass(frozen=True, slots=True)
class Done:
    """What an act has to say, the new version, and the quotes whose buttons look different now."""

    version: int
    said: str
    repainted: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """An act as it came in."""

    digest_id: int
    version: int
    argument: str
    posted: QueryDict

    def quote_id(self) -> int:
        return whole_number(self.argument)

    def picked(self) -> list[int]:
        """The quotes an act on several is about."""
        if picked := [whole_number(value) for value in self.posted.getlist("pick")]:
            return picked
        raise CurationError("nothing_picked", _("Tick the quotes first."))


def comments(request: EditorRequest, digest_id: int) -> HttpResponse:
    """Chooses the comment whose button was pressed; when it is chosen already, drops its quote."""
    if answer := turned_away(request):
        return answer
    return _carry_out(request, digest_id, _toggle)


def quotes(request: EditorRequest, digest_id: int) -> HttpResponse:
    """One act on the digest's quotes."""
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
    version = whole_number(posted.get("version", ""))
    argument = posted.get("comment") or posted.get("act", "").partition(":")[2]
    try:
        done = act(Order(digest_id, version, argument, posted))
    except StaleVersion:
        return _stale(request, digest_id, version)
    except CurationError as error:
        return _refused(request, digest_id, error)
    if not request.htmx:
        messages.success(request, done.said)
        return redirect(_back(digest_id, posted))
    return _changed(request, digest_id, done, before=before, version=version)


def _changed(request: EditorRequest, digest_id: int, done: Done, *, before: list[Quote], version: int) -> HttpResponse:
    """The digest's rows, in full only where the page cannot have them, and the thread's marks that are different now.

    The verb accepted the page's version, so what the digest held before is what the page holds.
    """
    digest, now = load_digest(digest_id), load_quotes(digest_id)
    context = digest_context(digest, now, whole={quote.pk for quote in now} - {quote.pk for quote in before})
    context |= {
        "said": done.said,
        **_marks(request, before, now),
        "repainted": [
            quote_row(digest, quote, number, whole=False)
            for number, quote in enumerate(now, 1)
            if quote.pk in done.repainted
        ],
    }
    return part(request, "changed", context, headers=new_version(version, done.version))


def _stale(request: EditorRequest, digest_id: int, version: int) -> HttpResponse:
    said = _(
        "Somebody else changed this digest meanwhile. This is how it stands now; do it again if you still want it."
    )
    if not request.htmx:
        return show_board(request, digest_id, status=409, said=said)
    digest, now = load_digest(digest_id), load_quotes(digest_id)
    context = digest_context(digest, now, whole=None) | {"said": said, "failed": True, "keeping": True}
    shown = _shown(request, now)
    context["marks"] = [(pk, place) for pk, place in places(now).items() if pk in shown]
    headers = new_version(version, digest.version, stale=True)
    return part(request, "changed", context, status=409, headers=headers)


def _refused(request: EditorRequest, digest_id: int, error: CurationError) -> HttpResponse:
    if not request.htmx:
        return show_board(request, digest_id, status=422, said=str(error))
    context = {"said": str(error), "failed": True}
    return part(request, "refused", context, status=422, headers={"HX-Reswap": "none"})


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


def _back(digest_id: int, posted: QueryDict) -> str:
    text = posted.get("q", "")
    address = reverse("board", args=[digest_id]) + (f"?{urlencode({'q': text})}" if text else "")
    if posted.get("comment"):
        return f"{address}#c{posted['comment']}"
    first = posted.get("act", "").split(":")[1:2]
    return f"{address}#q{first[0]}" if first and first[0].isdigit() else f"{address}#digest"


def _toggle(order: Order) -> Done:
    comment_id = whole_number(order.argument)
    chosen = Quote.objects.filter(digest_id=order.digest_id, comment_id=comment_id).values_list("pk", flat=True)
    if chosen:
        return _dropped(order, list(chosen))
    version = curation.choose(order.digest_id, version=order.version, comment_ids=[comment_id])
    number = Quote.objects.filter(digest_id=order.digest_id).count()
    return Done(version, _("Chosen as number %(number)s.") % {"number": number})


def _move(to: Move, said: Callable[[], str]) -> Callable[[Order], Done]:
    def act(order: Order) -> Done:
        version = curation.move(order.digest_id, version=order.version, quote_id=order.quote_id(), to=to)
        return Done(version, said())

    return act


def _arrange(order: Order) -> Done:
    version = curation.arrange(order.digest_id, version=order.version, tokens=order.posted.getlist("item"))
    return Done(version, _("The new order is saved."))


def _paint(order: Order) -> Done:
    """`paint:QUOTE:COLOUR`; with `picked` instead of a quote, those that are ticked."""
    whom, _sep, key = order.argument.partition(":")
    color = next((color for color in palette.COLORS if color.key == key), None)
    if color is None and key != "none":
        raise BadRequest("colour")
    ids = order.picked() if whom == "picked" else [whole_number(whom)]
    value = color.hex if color else ""
    version = curation.paint(order.digest_id, version=order.version, quote_ids=ids, color=value)
    said = _("Colour: %(color)s.") % {"color": color.name} if color else _("The colour is taken away.")
    return Done(version, said, tuple(ids))


def _drop(order: Order) -> Done:
    return _dropped(order, order.picked() if order.argument == "picked" else [order.quote_id()])


def _dropped(order: Order, ids: list[int]) -> Done:
    version, token = curation.drop(order.digest_id, version=order.version, quote_ids=ids)
    said = ngettext("%(count)s quote dropped.", "%(count)s quotes dropped.", len(ids)) % {"count": len(ids)}
    return Done(version, _with_undo(said, token))


def _with_undo(said: str, token: str) -> SafeString:
    button = '{} <button form="acts" name="act" value="restore:{}" class="undo">{}</button>'
    return format_html(button, said, token, _("Undo"))


def _restore(order: Order) -> Done:
    version = curation.restore(order.digest_id, version=order.version, token=order.argument)
    return Done(version, _("What was dropped is back."))


def _fold(order: Order) -> Done:
    """Collapses from the first to the last of the ticked quotes."""
    picked = order.picked()
    order_of = {
        pk: place
        for place, pk in enumerate(
            Quote.objects.filter(digest_id=order.digest_id).in_order().values_list("pk", flat=True)
        )
    }
    if not set(picked) <= order_of.keys():
        raise StaleVersion(order.version)
    first, last = min(picked, key=order_of.__getitem__), max(picked, key=order_of.__getitem__)
    label = order.posted.get("label", "")
    version = curation.fold(order.digest_id, version=order.version, first_id=first, last_id=last, label=label)
    count = order_of[last] - order_of[first] + 1
    return Done(version, ngettext("%(count)s quote folded.", "%(count)s quotes folded.", count) % {"count": count})


def _fold_every(order: Order) -> Done:
    version = curation.fold_every(order.digest_id, version=order.version, size=FOLD_SIZE)
    return Done(version, _("Everything after number %(size)s is folded.") % {"size": FOLD_SIZE})


def _unfold(order: Order) -> Done:
    version = curation.unfold(order.digest_id, version=order.version, fold_id=whole_number(order.argument))
    return Done(version, _("The fold is opened."))


def _rename(order: Order) -> Done:
    fold_id, label = whole_number(order.argument), order.posted.get("label", "")
    version = curation.rename_fold(order.digest_id, version=order.version, fold_id=fold_id, label=label)
    return Done(version, _("The fold's label is saved."))


ACTS: dict[str, Callable[[Order], Done]] = {
    "arrange": _arrange,
    "up": _move(Move.UP, lambda: _("Moved up.")),
    "down": _move(Move.DOWN, lambda: _("Moved down.")),
    "top": _move(Move.TOP, lambda: _("Moved to the top.")),
    "bottom": _move(Move.BOTTOM, lambda: _("Moved to the bottom.")),
    "paint": _paint,
    "drop": _drop,
    "restore": _restore,
    "fold": _fold,
    "every": _fold_every,
    "unfold": _unfold,
    "rename": _rename,
}
