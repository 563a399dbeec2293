"""What each button and drag on the board means: `act=VERB:ARGUMENTS` becomes one call of a verb of `curation`.

Knows no request and no page; `acts` takes the orders in and answers them.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests import curation
from digests.curation import CurationError, Move, Sorting, StaleVersion, placing, undoing
from digests.curation.undoing import Obstructed
from digests.editor.deeds import in_words, kind_of
from digests.editor.forms import whole_number
from digests.models import Fold, Quote
from digests.models.digests import QuoteQuerySet
from digests.models.palettes import current_palette
from digests.palette import Color


@dataclass(frozen=True, slots=True)
class Done:
    """What an act has to say, and the digest's new version.

    `rewritten` are rows whose text the act brings back; `added` is the row that takes the focus.
    """

    version: int
    said: str
    rewritten: tuple[int, ...] = ()
    added: int | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """An act as it came in. Its argument begins with the row it is about, or with `picked`: the ticked ones."""

    digest_id: int
    version: int
    argument: str
    posted: QueryDict
    by: int  # the editor's id

    def quote_id(self) -> int:
        return self.meant()[0]

    def meant(self) -> list[int]:
        """The rows the act is about."""
        whom = self.argument.partition(":")[0]
        return self.picked() if whom in {"", "picked"} else [whole_number(whom)]

    @property
    def rest(self) -> str:
        """What the argument says besides the rows."""
        return self.argument.partition(":")[2]

    def picked(self) -> list[int]:
        """The rows that are ticked."""
        if picked := [whole_number(value) for value in self.posted.getlist("pick")]:
            return picked
        raise CurationError("nothing_picked", _("Tick the quotes first."))

    def rows(self) -> QuoteQuerySet:
        return Quote.objects.filter(digest_id=self.digest_id)


def _done(order: Order, version: int, said: str, already: str) -> Done:
    """An act that has only the version to tell by: where that is the same there was nothing to change."""
    return Done(version, said if version != order.version else already)


def toggle(order: Order) -> Done:
    """Chooses the comment whose button was pressed; when it is chosen already, drops what was made of it."""
    comment_id = whole_number(order.argument)
    if chosen := list(order.rows().filter(comment=comment_id).values_list("pk", flat=True)):
        return _dropped(order, chosen)
    version = curation.choose(order.digest_id, version=order.version, by=order.by, comment_ids=[comment_id])
    number = order.rows().quoted().count()
    return Done(version, _("Chosen as number %(number)s.") % {"number": number})


def _move(to: Move, said: Callable[[], str], already: Callable[[], str]) -> Callable[[Order], Done]:
    def act(order: Order) -> Done:
        version = curation.move(order.digest_id, version=order.version, by=order.by, row_ids=order.meant(), to=to)
        return _done(order, version, said(), already())

    return act


def _place(order: Order) -> Done:
    """`place:GAP`, the gap as `placing.place` names it: where the ticked rows, or the fold of `fold`, are dropped."""
    fold, at = order.posted.get("fold", ""), order.argument
    if fold:
        version = placing.place_fold(
            order.digest_id, version=order.version, by=order.by, fold_id=whole_number(fold), at=at
        )
    else:
        version = placing.place(order.digest_id, version=order.version, by=order.by, row_ids=order.picked(), at=at)
    return _done(order, version, _("The new order is saved."), _("Nothing has moved."))


def _under(order: Order) -> Done:
    """`under:ROWS` with a number: behind the quote that has it now, 0 being the top."""
    number = order.posted.get("number", "").strip()
    if not number and order.posted.get("label", "").strip():
        return _fold(order)  # Enter in the label's field, without script
    version = placing.place(
        order.digest_id, version=order.version, by=order.by, row_ids=order.meant(), at=f"number:{number}"
    )
    said = _("Moved under number %(number)s.") % {"number": number}
    return _done(order, version, said, _("Nothing has moved."))


def _paint(order: Order) -> Done:
    """`paint:ROWS:COLOUR`, the colour by its key or "none"."""
    color = _color(order)
    value = color.hex if color else ""
    version = curation.paint(order.digest_id, version=order.version, by=order.by, quote_ids=order.meant(), color=value)
    said = _("Colour: %(color)s.") % {"color": color.name} if color else _("The colour is taken away.")
    return _done(order, version, said, _looks_so())


def _paint_author(order: Order) -> Done:
    """`paint_author:ROW:COLOUR`: all that this quote's author says. "same": the colour that the quote has."""
    if order.rest == "same":
        stored = order.rows().filter(pk=order.quote_id()).values_list("color", flat=True).first()
        color = current_palette().shown_as(stored or "")
    else:
        color = _color(order)
    version, ids = curation.paint_author(
        order.digest_id,
        version=order.version,
        by=order.by,
        quote_id=order.quote_id(),
        color=color.hex if color else "",
    )
    count = {"count": len(ids), "color": color.name if color else ""}
    if color is None:
        said = ngettext("%(count)s quote without colour.", "%(count)s quotes without colour.", len(ids))
    else:
        said = ngettext("%(count)s quote: %(color)s.", "%(count)s quotes: %(color)s.", len(ids))
    return _done(order, version, with_undo(said % count), _looks_so())


def _looks_so() -> str:
    return _("It looks like that already.")


def _color(order: Order) -> Color | None:
    color = current_palette().by_key(order.rest)
    if color is None and order.rest != "none":
        raise BadRequest("colour")
    return color


def _emphasize(order: Order) -> Done:
    """`emphasis:ROWS:EMPHASIS`, which is "large", "boxed" or "none"."""
    said = {"large": _("Large."), "boxed": _("Boxed."), "none": _("Plain again.")}
    if order.rest not in said:
        raise BadRequest("emphasis")
    version = curation.emphasize(
        order.digest_id,
        version=order.version,
        by=order.by,
        quote_ids=order.meant(),
        emphasis="" if order.rest == "none" else order.rest,
    )
    return _done(order, version, said[order.rest], _looks_so())


def _drop(order: Order) -> Done:
    return _dropped(order, order.meant())


def _dropped(order: Order, ids: list[int]) -> Done:
    only_quotes = not order.rows().filter(pk__in=ids).exclude(kind=Quote.Kind.QUOTE).exists()
    version = curation.drop(order.digest_id, version=order.version, by=order.by, quote_ids=ids)
    count = len(ids)
    if only_quotes:
        said = ngettext("%(count)s quote dropped.", "%(count)s quotes dropped.", count) % {"count": count}
    else:
        said = ngettext("%(count)s row dropped.", "%(count)s rows dropped.", count) % {"count": count}
    return Done(version, with_undo(said))


def with_undo(said: str) -> SafeString:
    """What an act has to say, with a button that takes it back."""
    return _with_button(said, "undo", _("Undo"))


def reason(error: CurationError) -> str:
    """Why an act was not carried out; undo and redo offer to go on past what they cannot turn."""
    if not isinstance(error, Obstructed):
        return str(error)
    what = {"act": in_words({kind_of(error.change.verb): 1}), "why": str(error)}
    if error.way == "undo":
        said = _("Not undone: %(act)s. %(why)s “Undo” once more goes on with what was before it.")
        return _with_button(said % what, f"undo:past:{error.change.pk}", _("Undo"))
    said = _("Not done again: %(act)s. %(why)s “Do again” once more goes on with what came after it.")
    return _with_button(said % what, f"redo:past:{error.change.pk}", _("Do again"))


def _with_button(said: str, act: str, words: str) -> SafeString:
    button = '{} <button form="acts" name="act" value="{}" class="undo">{}</button>'
    return format_html(button, said, act, words)


def _fold(order: Order) -> Done:
    """Collapses from the first to the last of the rows."""
    meant = order.meant()
    rows = list(order.rows().filter(pk__in=meant).in_order().values_list("pk", "position"))
    if len(rows) != len(set(meant)):
        raise StaleVersion(order.version)
    (first, start), (last, stop) = rows[0], rows[-1]
    count = order.rows().quoted().filter(position__range=(start, stop)).count()
    label = order.posted.get("label", "")
    version = curation.fold(
        order.digest_id, version=order.version, by=order.by, first_id=first, last_id=last, label=label
    )
    said = ngettext("%(count)s quote folded.", "%(count)s quotes folded.", count)
    return _done(order, version, with_undo(said % {"count": count}), _("It is folded like that already."))


def _fold_every(order: Order) -> Done:
    version = curation.fold_every(order.digest_id, version=order.version, by=order.by)
    size = {"size": curation.folding(order.digest_id).fold_size}
    if not Fold.objects.filter(first__digest=order.digest_id).exists():
        return Done(version, _("There are no more than %(size)s quotes: nothing is folded.") % size)
    said = _("Everything after number %(size)s is folded.") % size
    return _done(order, version, said, _("It is folded like that already."))


def _unfold(order: Order) -> Done:
    version = curation.unfold(order.digest_id, version=order.version, by=order.by, fold_id=whole_number(order.argument))
    return Done(version, _("The fold is opened."))


def _rename(order: Order) -> Done:
    fold_id = whole_number(order.argument)
    label = order.posted.get(f"label-{fold_id}", "")
    version = curation.rename_fold(order.digest_id, version=order.version, by=order.by, fold_id=fold_id, label=label)
    return Done(version, _("The fold's label is saved."))


def _insert(order: Order) -> Done:
    """`insert:KIND:GAP`, the gap as `outline.insert` names it."""
    kind, _sep, at = order.argument.partition(":")
    if at == "picked":  # behind the last of the ticked rows
        last = order.rows().filter(pk__in=order.picked()).in_order().last()
        at = f"quote:{last.pk}" if last else "top"
    said = {
        "heading": _("A heading is added. Write it now."),
        "note": _("A note is added. Write it now."),
        "update": _("An update of today is added. Write what became of it."),
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
    number = order.rows().quoted().count()
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
    return Done(version, with_undo(said[by]))


def _undo(order: Order) -> Done:
    """`undo` or `undo:past:CHANGE`: what is before an act that cannot be undone."""
    version = undoing.undo(order.digest_id, version=order.version, by=order.by, past=_past(order))
    return _done(order, version, _("Undone."), _("That is already as it was before."))


def _redo(order: Order) -> Done:
    version = undoing.redo(order.digest_id, version=order.version, by=order.by, past=_past(order))
    return _done(order, version, _("Done again."), _("That is so already."))


def _past(order: Order) -> int | None:
    return whole_number(order.rest) if order.rest else None


ACTS: dict[str, Callable[[Order], Done]] = {
    "place": _place,
    "under": _under,
    "undo": _undo,
    "redo": _redo,
    "up": _move(Move.UP, lambda: _("Moved up."), lambda: _("Already at the top.")),
    "down": _move(Move.DOWN, lambda: _("Moved down."), lambda: _("Already at the bottom.")),
    "top": _move(Move.TOP, lambda: _("Moved to the top."), lambda: _("Already at the top.")),
    "bottom": _move(Move.BOTTOM, lambda: _("Moved to the bottom."), lambda: _("Already at the bottom.")),
    "paint": _paint,
    "paint_author": _paint_author,
    "emphasis": _emphasize,
    "drop": _drop,
    "fold": _fold,
    "every": _fold_every,
    "unfold": _unfold,
    "rename": _rename,
    "insert": _insert,
    "split": _split,
    "parent": _choose_parent,
    "reply": _say_parent,
    "sort": _sort,
}
