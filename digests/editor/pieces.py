"""A thread's comments as rows, piece by piece: a page holds the first ones, the rest is fetched while it is read.

What a row says depends on who looks (`Sight`): which comments are chosen, unread, hidden. Knows no request.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.utils.safestring import SafeString
from django.utils.timezone import get_default_timezone
from django.utils.translation import gettext as _

from digests import markup, sources
from digests.curation import hiding, reading
from digests.curation.hiding import Hidden
from digests.editor.filters import Narrowing
from digests.models import Comment, HiddenThing, Thread
from digests.models.threads import CommentQuerySet

FIRST = 30  # comments a page opens with: some windows full
NEXT = 300  # comments in each further piece
MOST_IDS = 5000  # in one message


class Place(NamedTuple):
    """Where a chosen comment stands in the digest: its number, from 1, and its quote's id."""

    number: int
    quote: int


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """One comment as both pages show it: in texts, which a stencil wants."""

    pk: str
    classes: str
    author: str
    when: str
    html: SafeString
    permalink: str
    state: str  # "" for a live one, else the state's name
    replies: str  # how many, "" for none
    hidden: str  # why, "" when it is not
    number: str  # in the digest, "" when it is not chosen
    quote: str


@dataclass(frozen=True, slots=True)
class Sight:
    """A thread as one editor sees it, beside a digest or alone. `places` are the chosen comments, by id."""

    thread: Thread
    places: Mapping[int, Place]
    unread: frozenset[int]
    hidden: Hidden
    marked: int | None = None  # the comment that somebody came for


@dataclass(frozen=True, slots=True)
class Piece:
    """`after`: the position behind which the next piece begins, None when this is the last. `total` counts them all."""

    rows: tuple[ThreadRow, ...]
    after: int | None
    total: int
    onward: str = ""  # the address of the next one's page


def sight(thread: Thread, editor_id: int, places: Mapping[int, Place], *, marked: int | None = None) -> Sight:
    """Three queries."""
    unread = reading.unread(thread.pk, by=editor_id, chosen=places.keys())
    return Sight(thread, places, unread, hiding.hidden_of(thread.source), marked)


def matching(seen: Sight, narrowing: Narrowing) -> list[tuple[int, int]]:
    """(id, position) of every comment that a narrowed thread shows, in order."""
    found = narrowing.comments(seen.thread).values_list("pk", "position")
    return [
        (pk, position)
        for pk, position in found
        if narrowing.lets_through(pk, unread=seen.unread, chosen=seen.places.keys())
    ]


def piece(seen: Sight, narrowing: Narrowing, *, behind: int = -1, size: int = FIRST) -> Piece:
    """The comments behind a position; of a narrowed thread with what they answer, which `total` does not count.

    As many queries, however long the thread is.
    """
    if not narrowing.is_empty:
        found = matching(seen, narrowing)
        total = len(found)
        behind_it = [(pk, position) for pk, position in found if position > behind]
        wanted = [pk for pk, _position in behind_it[:size]]
        above = _answered(seen.thread, wanted)
        rows, _positions = _rows(seen, Comment.objects.filter(pk__in={*wanted, *above}).in_order(), above)
        after = behind_it[size - 1][1] if len(behind_it) > size else None
        return Piece(tuple(rows), after, total, _onward(narrowing, after))
    comments = Comment.objects.filter(thread=seen.thread, position__gt=behind).in_order()
    rows, positions = _rows(seen, comments[: size + 1])
    total = seen.thread.comment_count
    if len(rows) <= size:
        return Piece(tuple(rows), None, total)
    after = positions[size - 1]
    return Piece(tuple(rows[:size]), after, total, _onward(narrowing, after))


def _onward(narrowing: Narrowing, after: int | None) -> str:
    return "" if after is None else f"?{urlencode(narrowing.values() | {'after': after})}#thread"


def _answered(thread: Thread, comment_ids: Sequence[int]) -> frozenset[int]:
    """What some comments answer, up to the story, without those comments themselves."""
    parents = dict(Comment.objects.filter(thread=thread, parent__isnull=False).values_list("pk", "parent"))
    found: set[int] = set()
    for pk in comment_ids:
        parent = parents.get(pk)
        while parent is not None and parent not in found:
            found.add(parent)
            parent = parents.get(parent)
    return frozenset(found.difference(comment_ids))


def read_ids(text: str) -> list[int]:
    """Comments' ids as a page sends them, joined by commas; what is none is left out."""
    return [int(one) for one in text.split(",")[:MOST_IDS] if one.isascii() and one.isdigit() and len(one) < 19]


def _rows(
    seen: Sight, comments: CommentQuerySet, above: frozenset[int] = frozenset()
) -> tuple[list[ThreadRow], list[int]]:
    """The rows, and the positions of their comments; `above` are there only because others answer them."""
    zone = get_default_timezone()
    labels = {state.value: str(state.label) for state in Comment.State if state != Comment.State.LIVE}
    fields = ("pk", "native_id", "depth", "author", "posted_at", "content", "state", "reply_count", "position")
    hiding = bool(seen.hidden.things)
    values: Iterable[tuple[Any, ...]] = comments.values_list(*fields, *(["words"] if hiding else []))
    rows, positions = [], []
    for pk, native_id, depth, author, posted_at, content, state, replies, position, *words in values:
        place = seen.places.get(pk)
        thing = seen.hidden.thing(author, words[0]) if hiding and place is None else None
        flags = {
            "new": pk in seen.unread,
            "gone": state in labels,
            "hid": thing is not None and state not in labels,
            "chosen": place is not None,
            "marked": pk == seen.marked,
            "above": pk in above,
        }
        positions.append(position)
        rows.append(
            ThreadRow(
                pk=str(pk),
                classes=" ".join([f"d{depth}", *(name for name, holds in flags.items() if holds)]),
                author=author,
                when=f"{posted_at.astimezone(zone):%m/%d %H:%M}",
                html=markup.to_html(markup.from_json(content)),
                permalink=sources.comment_url(seen.thread.source, native_id),
                state=labels.get(state, ""),
                replies=str(replies or ""),
                hidden=_why(thing) if thing else "",
                number=str(place.number) if place else "",
                quote=str(place.quote) if place else "",
            )
        )
    return rows, positions


def _why(thing: HiddenThing) -> str:
    if thing.kind == HiddenThing.Kind.AUTHOR:
        return _("Hidden author")
    return _("Hidden words: %(words)s") % {"words": thing.value}
