"""What each button and drag on the board means: `act=VERB:ARGUMENTS` becomes one call of a verb of `curation`.

Knows no request and no page; `acts` takes the orders in and answers them.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests import curation, palette
from digests.curation import CurationError, Move, Sorting, StaleVersion
from digests.editor.forms import whole_number
from digests.models import Quote


@dataclass(frozen=True, slots=True)
class Done:
    """What an act has to say, and the digest's new version.

    `repainted` are the quotes whose buttons look different now, `rewritten` those whose text does; `added` is the row
    that takes the focus.
    """

    version: int
    said: str
    repainted: tuple[int, ...] = ()
    rewritten: tuple[int, ...] = ()
    added: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An act as it came in; `rows` are the digest's as they stand before it, in order."""

    digest_id: int
    version: int
    argument: str
    posted: QueryDict
    rows: Sequence[Quote]
    by: int  # the editor's id

    def quote_id(self) -> int:
        return whole_number(self.argument)

    def picked(self) -> list[int]:
        """The quotes an act on several is about."""
        if picked := [whole_number(value) for value in self.posted.getlist("pick")]:
            return picked
        raise CurationError("nothing_picked", _("Tick the quotes first."))


def toggle(order: Order) -> Done:
    """Chooses the comment whose button was pressed; when it is chosen already, drops what was made of it."""
    comment_id = whole_number(order.argument)
    if chosen := [row.pk for row in order.rows if row.comment_id == comment_id]:
        return _dropped(order, chosen)
    version = curation.choose(order.digest_id, version=order.version, by=order.by, comment_ids=[comment_id])
    number = 1 + sum(row.kind == Quote.Kind.QUOTE for row in order.rows)
    return Done(version, _("Chosen as number %(number)s.") % {"number": number})


def _move(to: Move, said: Callable[[], str]) -> Callable[[Order], Done]:
    def act(order: Order) -> Done:
        version = curation.move(order.digest_id, version=order.version, by=order.by, quote_id=order.quote_id(), to=to)
        return Done(version, said())

    return act


def _arrange(order: Order) -> Done:
    version = curation.arrange(order.digest_id, version=order.version, by=order.by, tokens=order.posted.getlist("item"))
    return Done(version, _("The new order is saved."))


def _paint(order: Order) -> Done:
    """`paint:QUOTE:COLOUR`; with `picked` instead of a quote, those that are ticked."""
    whom, _sep, key = order.argument.partition(":")
    color = next((color for color in palette.COLORS if color.key == key), None)
    if color is None and key != "none":
        raise BadRequest("colour")
    ids = order.picked() if whom == "picked" else [whole_number(whom)]
    value = color.hex if color else ""
    version = curation.paint(order.digest_id, version=order.version, by=order.by, quote_ids=ids, color=value)
    said = _("Colour: %(color)s.") % {"color": color.name} if color else _("The colour is taken away.")
    return Done(version, said, tuple(ids))


def _drop(order: Order) -> Done:
    return _dropped(order, order.picked() if order.argument == "picked" else [order.quote_id()])


def _dropped(order: Order, ids: list[int]) -> Done:
    version, token = curation.drop(order.digest_id, version=order.version, by=order.by, quote_ids=ids)
    count = len(ids)
    if all(row.kind == Quote.Kind.QUOTE for row in order.rows if row.pk in ids):
        said = ngettext("%(count)s quote dropped.", "%(count)s quotes dropped.", count) % {"count": count}
    else:
        said = ngettext("%(count)s row dropped.", "%(count)s rows dropped.", count) % {"count": count}
    return Done(version, _with_undo(said, token))


def _with_undo(said: str, token: str) -> SafeString:
    button = '{} <button form="acts" name="act" value="restore:{}" class="undo">{}</button>'
    return format_html(button, said, token, _("Undo"))


def _restore(order: Order) -> Done:
    version = curation.restore(order.digest_id, version=order.version, by=order.by, token=order.argument)
    return Done(version, _("What was dropped is back."))


def _fold(order: Order) -> Done:
    """Collapses from the first to the last of the ticked rows."""
    picked = order.picked()
    places = [place for place, row in enumerate(order.rows) if row.pk in picked]
    if len(places) != len(set(picked)):
        raise StaleVersion(order.version)
    folded = order.rows[places[0] : places[-1] + 1]
    version = curation.fold(
        order.digest_id,
        version=order.version,
        by=order.by,
        first_id=folded[0].pk,
        last_id=folded[-1].pk,
        label=order.posted.get("label", ""),
    )
    count = sum(row.kind == Quote.Kind.QUOTE for row in folded)
    return Done(version, ngettext("%(count)s quote folded.", "%(count)s quotes folded.", count) % {"count": count})


def _fold_every(order: Order) -> Done:
    version = curation.fold_every(order.digest_id, version=order.version, by=order.by)
    size = curation.folding(order.digest_id).fold_size
    return Done(version, _("Everything after number %(size)s is folded.") % {"size": size})


def _unfold(order: Order) -> Done:
    version = curation.unfold(order.digest_id, version=order.version, by=order.by, fold_id=whole_number(order.argument))
    return Done(version, _("The fold is opened."))


def _rename(order: Order) -> Done:
    fold_id, label = whole_number(order.argument), order.posted.get("label", "")
    version = curation.rename_fold(order.digest_id, version=order.version, by=order.by, fold_id=fold_id, label=label)
    return Done(version, _("The fold's label is saved."))


def _insert(order: Order) -> Done:
    """`insert:KIND:GAP`, the gap as `outline.insert` names it."""
    kind, _sep, at = order.argument.partition(":")
    said = {
        "heading": _("A heading is added. Write it now."),
        "note": _("A note is added. Write it now."),
        "card": _("A link card is added. Give it an address and a title."),
    }
    if kind not in said:
        raise BadRequest("kind")
    version, pk = curation.insert(order.digest_id, version=order.version, by=order.by, kind=kind, at=at)
    return Done(version, said[kind], added=pk)


def quote_part(order: Order) -> Done:
    """Just the words given, of the comment they were selected in or of the first one that holds them."""
    given = order.posted.get("comment", "")
    version, pk = curation.quote_part(
        order.digest_id,
        version=order.version,
        by=order.by,
        words=order.posted.get("part", ""),
        comment_id=whole_number(given) if given else None,
    )
    number = 1 + sum(row.kind == Quote.Kind.QUOTE for row in order.rows)
    return Done(version, _("These words are chosen as number %(number)s.") % {"number": number}, added=pk)


def _split(order: Order) -> Done:
    """Cuts a text, as it is typed, at the cursor (`at`, in UTF-16 units as browsers count) or at a line of `---`."""
    quote_id, posted = order.quote_id(), order.posted
    text = re.sub(r"\r\n?", "\n", posted.get("text", ""))
    if at := posted.get("at", ""):
        units = text.encode("utf-16-le", "surrogatepass")
        cut = 2 * whole_number(at)
        first, second = (part.decode("utf-16-le", "replace") for part in (units[:cut], units[cut:]))
    else:
        first, *rest = re.split(r"(?m)^[ ]*---[ ]*$", text, maxsplit=1)
        second = "".join(rest)
    version, pk = curation.split(
        order.digest_id,
        version=order.version,
        by=order.by,
        quote_id=quote_id,
        quote_version=whole_number(posted.get("version", "")),
        author=posted.get("author", ""),
        first=first,
        second=second,
    )
    return Done(version, _("The quote is two now."), rewritten=(quote_id,), added=pk)


def _choose_parent(order: Order) -> Done:
    version, _pk = curation.choose_parent(
        order.digest_id, version=order.version, by=order.by, quote_id=order.quote_id()
    )
    return Done(version, _("What this quote answers stands above it now."))


def _say_parent(order: Order) -> Done:
    quote_id, posted = order.quote_id(), order.posted
    curation.say_parent(
        order.digest_id,
        version=order.version,
        by=order.by,
        quote_id=quote_id,
        quote_version=whole_number(posted.get("version", "")),
        text=posted.get("text", ""),
        author=posted.get("author", ""),
    )
    return Done(order.version, _("The quote says whom it answers."), rewritten=(quote_id,))


def _sort(order: Order) -> Done:
    said = {
        Sorting.REPLIES: _("Replies stand under what they answer."),
        Sorting.TIME: _("The quotes are sorted by time."),
        Sorting.RANK: _("The quotes stand as in the thread."),
    }
    if order.argument not in said:
        raise BadRequest("sorting")
    by = Sorting(order.argument)
    version = curation.sort(order.digest_id, version=order.version, by=order.by, order=by)
    button = '{} <button form="acts" name="act" value="unsort" class="undo">{}</button>'
    return Done(version, format_html(button, said[by], _("Undo")))


def _sort_back(order: Order) -> Done:
    version = curation.sort_back(order.digest_id, version=order.version, by=order.by)
    return Done(version, _("The order is back as it was before."))


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
    "insert": _insert,
    "split": _split,
    "parent": _choose_parent,
    "reply": _say_parent,
    "sort": _sort,
    "unsort": _sort_back,
}
