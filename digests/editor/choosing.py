"""What the buttons that choose many comments mean: `act=VERB:COMMENT`, with `ids` or what the thread is narrowed to.

Each becomes one call of a verb of `curation`. Knows no request and no page.
"""

from collections.abc import Callable

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.curation import CurationError, choosing
from digests.curation.choosing import Chosen
from digests.editor.filters import Narrowing
from digests.editor.forms import whole_number
from digests.editor.orders import Done, Order
from digests.editor.pieces import Place, matching, read_ids, sight
from digests.models import Digest, Quote


def _said(chosen: Chosen) -> Done:
    sentences = []
    if chosen.added:
        text = ngettext("%(n)s comment chosen.", "%(n)s comments chosen.", chosen.added)
        sentences.append(text % {"n": chosen.added})
    if chosen.dropped:
        text = ngettext("%(n)s comment dropped.", "%(n)s comments dropped.", chosen.dropped)
        sentences.append(text % {"n": chosen.dropped})
    if chosen.left_out:
        text = ngettext("%(n)s cannot be quoted.", "%(n)s cannot be quoted.", chosen.left_out)
        sentences.append(text % {"n": chosen.left_out})
    return Done(chosen.version, " ".join(sentences))


def _several(order: Order) -> Done:
    """Those that are marked on the page."""
    ids = _given(order)
    return _said(choosing.choose_many(order.digest_id, version=order.version, comment_ids=ids, by=order.by))


def _found(order: Order) -> Done:
    """Those that the thread is narrowed to: a page that narrows by itself names them."""
    ids = read_ids(order.posted.get("ids", "")) or _narrowed(order)
    return _said(choosing.choose_many(order.digest_id, version=order.version, comment_ids=ids, by=order.by))


def _subtree(order: Order) -> Done:
    comment = whole_number(order.argument)
    return _said(choosing.choose_subtree(order.digest_id, version=order.version, comment_id=comment, by=order.by))


def _author(order: Order) -> Done:
    comment = whole_number(order.argument)
    return _said(choosing.choose_author(order.digest_id, version=order.version, comment_id=comment, by=order.by))


def _invert(order: Order) -> Done:
    """Among those that are marked, else among those that the thread is narrowed to."""
    ids = read_ids(order.posted.get("ids", "")) or _narrowed(order)
    return _said(choosing.invert(order.digest_id, version=order.version, comment_ids=ids, by=order.by))


def _given(order: Order) -> list[int]:
    if ids := read_ids(order.posted.get("ids", "")):
        return ids
    raise CurationError("nothing_marked", _("Mark the comments first."))


def _narrowed(order: Order) -> list[int]:
    digest = Digest.objects.select_related("thread").get(pk=order.digest_id)
    narrowing = Narrowing.asked(order.posted)
    if digest.thread is None or narrowing.is_empty:
        raise CurationError("nothing_marked", _("Mark the comments first, or narrow the thread to them."))
    quotes = Quote.objects.filter(digest=digest).exclude(comment=None)
    places = dict.fromkeys(quotes.values_list("comment_id", flat=True), Place(0, 0))
    return [pk for pk, _position in matching(sight(digest.thread, order.by, places), narrowing)]


CHOOSING: dict[str, Callable[[Order], Done]] = {
    "several": _several,
    "found": _found,
    "subtree": _subtree,
    "author": _author,
    "invert": _invert,
}
