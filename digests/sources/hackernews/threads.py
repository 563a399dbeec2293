"""A story and its items → a `FetchedThread`, or the reason why the item is none."""

from collections.abc import Iterable, Mapping

from digests.sources.contract import AnswerTooLarge, CommentState, FetchedThread, NotAThread, ThreadOrder
from digests.sources.hackernews.addresses import item_url
from digests.sources.hackernews.items import Item
from digests.sources.hackernews.tree import arrange

NAME = "hackernews"

# What the editor should know of how a thread came in.
ALGOLIA_FAILED = "algolia_failed"
RANKS_FAILED = "ranks_failed"
COMMENTS_MISSING = "comments_missing"
PARENTS_MISSING = "parents_missing"
FILE_UNRANKED = "file_unranked"
FILE_INCOMPLETE = "file_incomplete"
FILE_REPAIRED = "file_repaired"

MOST_COMMENTS = 50_000  # the largest threads known have about 4,500


def check_story(item: Item) -> None:
    """Raises NotAThread, with what the item is instead, unless people can discuss under it."""
    if item.is_comment:
        raise NotAThread("comment")
    if item.type in {"job", "poll", "pollopt"}:
        raise NotAThread(item.type)
    if item.state is CommentState.DELETED:
        raise NotAThread("deleted")
    if item.state is not CommentState.LIVE:
        raise NotAThread("dead")
    if item.type != "story" and (item.type or not (item.title or item.kids)):
        raise NotAThread("unknown")


def make_thread(
    story: Item,
    items: Mapping[int, Item],
    *,
    ranked: bool,
    marked: int | None = None,
    notes: Iterable[str] = (),
) -> FetchedThread:
    """`items` may hold the story itself; `marked` is the item that was asked for. Raises NotAThread, AnswerTooLarge."""
    if len(items) > MOST_COMMENTS + 1:
        raise AnswerTooLarge(f"more than {MOST_COMMENTS} comments")
    comments, strays = arrange(story, items, ranked=ranked)
    posted_at = story.posted_at or min((comment.posted_at for comment in comments), default=None)
    if posted_at is None:
        raise NotAThread("unknown")
    return FetchedThread(
        source=NAME,
        native_id=str(story.id),
        url=item_url(story.id),
        title=story.title or item_url(story.id),
        article_url=story.url,
        author=story.author,
        posted_at=posted_at,
        points=story.points,
        body=story.text,
        order=ThreadOrder.RANKED if ranked else ThreadOrder.TIME,
        expected_count=story.descendants,
        comments=comments,
        marked_id=str(marked) if marked is not None and marked != story.id else None,
        notes=(*notes, *([PARENTS_MISSING] if strays else [])),
    )
