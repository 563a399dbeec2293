"""Items in any order → the comments of a thread: parents first, each with its rank, whatever is wrong with the items.

Without recursion: a chain of replies may be thousands deep.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from digests.sources.contract import FetchedComment
from digests.sources.hackernews.items import Item

_LONG_AGO = datetime(2007, 1, 1, tzinfo=UTC)  # Hacker News opened in February 2007


def arrange(story: Item, items: Mapping[int, Item], *, ranked: bool) -> tuple[tuple[FetchedComment, ...], int]:
    """The comments depth first, and how many had to be hung below the story because their parent is not there.

    `ranked`: siblings stand as their parent's `kids` say, unlisted ones behind them; otherwise by time. An item that
    is its own ancestor is cut loose and hung below the story as well.
    """
    children = _children(story, items)
    for parent, ids in children.items():
        kids = items[parent].kids if parent in items else story.kids
        _sort(ids, items, kids if ranked else ())
    placed: dict[int, FetchedComment] = {}
    roots = children.get(story.id, [])
    strays = 0
    _place(roots, story, items, children, placed, first_rank=0)
    loose = sorted((item.parent in items, id_) for id_, item in items.items() if id_ not in placed)
    for _, id_ in loose:
        if id_ not in placed and id_ != story.id:
            _place([id_], story, items, children, placed, first_rank=len(roots) + strays)
            strays += 1
    return tuple(placed.values()), strays


def _children(story: Item, items: Mapping[int, Item]) -> dict[int, list[int]]:
    """Parent → its children. An item's own word about its parent counts more than a parent's `kids`."""
    listed_by = {kid: item.id for item in (story, *items.values()) for kid in item.kids}
    children: dict[int, list[int]] = {}
    for id_, item in items.items():
        if id_ == story.id:
            continue
        parent = item.parent
        if parent is None or (parent not in items and parent != story.id):
            parent = listed_by.get(id_)
        if parent is not None:
            children.setdefault(parent, []).append(id_)
    return children


def _sort(ids: list[int], items: Mapping[int, Item], kids: tuple[int, ...]) -> None:
    ranks = {kid: rank for rank, kid in enumerate(dict.fromkeys(kids))}
    ids.sort(key=lambda id_: (ranks.get(id_, len(ranks)), items[id_].posted_at or _LONG_AGO, id_))


def _place(
    ids: list[int],
    story: Item,
    items: Mapping[int, Item],
    children: Mapping[int, list[int]],
    placed: dict[int, FetchedComment],
    *,
    first_rank: int,
) -> None:
    """Places `ids` below the story, and everything below them."""
    waiting: list[tuple[int, FetchedComment | None, int]] = [
        (id_, None, rank) for rank, id_ in enumerate(ids, first_rank)
    ]
    waiting.reverse()
    while waiting:
        id_, parent, rank = waiting.pop()
        if id_ in placed:
            continue
        item = items[id_]
        placed[id_] = comment = FetchedComment(
            native_id=str(id_),
            parent_id=parent.native_id if parent else None,
            rank=rank,
            author=item.author,
            posted_at=item.posted_at or (parent.posted_at if parent else story.posted_at) or _LONG_AGO,
            body=item.text,
            state=item.state,
        )
        below = [kid for kid in children.get(id_, ()) if kid not in placed]
        waiting.extend((kid, comment, kid_rank) for kid_rank, kid in reversed(list(enumerate(below))))
