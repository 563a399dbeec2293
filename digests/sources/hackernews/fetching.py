"""The way from an item's id to its whole thread, through Hacker News's two interfaces.

Algolia gives all bodies in one answer, but in order of time and without dead or deleted comments. Firebase gives the
order (`kids` are "in ranked display order") and everything Algolia leaves out, one item a request. So: bodies from
Algolia, then from Firebase the story, each comment with two replies or more, and whatever their `kids` name that
Algolia does not have, with all that lies below. When Algolia fails, Firebase alone; when Firebase fails after Algolia
answered, siblings stand by time and the thread says so.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping

from digests.sources.contract import (
    AnswerTooLarge,
    BadAnswer,
    CommentState,
    FetchedThread,
    NotAThread,
    SourceError,
    ThreadNotFound,
)
from digests.sources.hackernews.items import Item, from_algolia, from_firebase
from digests.sources.hackernews.threads import (
    ALGOLIA_FAILED,
    COMMENTS_MISSING,
    MOST_COMMENTS,
    RANKS_FAILED,
    check_story,
    make_thread,
)
from digests.sources.web import Session

ALGOLIA = "hn_algolia"  # names of bases a `Client` must have
FIREBASE = "hn_firebase"

ALGOLIA_LIMIT_BYTES = 32 * 2**20  # 2,170 comments are 1.4 MB
FIREBASE_LIMIT_BYTES = 2**20
ALGOLIA_TRIES = 2  # there is another way
LONGEST_CLIMB = 10_000


async def fetch_thread(session: Session, item_id: int) -> FetchedThread:
    """The thread that an item, story or comment, belongs to."""
    try:
        story, items = await _from_algolia(session, item_id)
    except NotAThread:
        raise
    except SourceError as error:
        return await _by_firebase_alone(session, item_id, error)
    try:
        items, complete = await _ranked(session, story, items, item_id)
    except NotAThread:
        raise
    except SourceError:
        return make_thread(story, items, ranked=False, marked=item_id, notes=[RANKS_FAILED])
    notes = [] if complete else [COMMENTS_MISSING]
    return make_thread(items[story.id], items, ranked=True, marked=item_id, notes=notes)


async def _from_algolia(session: Session, item_id: int) -> tuple[Item, dict[int, Item]]:
    """The story and all items Algolia has of its thread, the story among them."""
    asked = item_id
    for _ in range(2):
        raw = await session.get_json(ALGOLIA, f"/items/{asked}", limit_bytes=ALGOLIA_LIMIT_BYTES, tries=ALGOLIA_TRIES)
        found = from_algolia(raw)
        root = found[0]
        if root.id != asked:
            raise BadAnswer(f"Algolia was asked for {asked} and gave {root.id}")
        if not root.is_comment:
            check_story(root)
            return root, {item.id: item for item in reversed(found)}
        if root.story is None:
            raise BadAnswer(f"Algolia does not say to which story {asked} belongs")
        asked = root.story
    raise BadAnswer(f"Algolia calls the comment {asked} a story")


async def _ranked(
    session: Session, story: Item, items: Mapping[int, Item], marked: int
) -> tuple[dict[int, Item], bool]:
    """The items with what Firebase adds to them; whether nothing was missing there."""
    sibling_count = {item.id: len(item.kids) for item in items.values() if len(item.kids) > 1}
    unplaced = sum(sibling_count.values())
    session.done, session.expected = len(items) - 1 - unplaced, len(items) - 1

    def placed(item: Item) -> None:
        if item.id == story.id:
            check_story(item)
            session.expected = max(item.descendants or 0, len(items) - 1)
        session.done += sibling_count.get(item.id, 0 if item.id in items else 1)

    found = {story.id: await _item(session, story.id)}
    placed(found[story.id])
    wanted = [id_ for id_ in sibling_count if id_ != story.id]
    wanted += [kid for kid in found[story.id].kids if kid not in items]
    wanted += [item.id for item in items.values() if item.state is not CommentState.LIVE]
    crawled, complete = await _crawl(session, wanted, known=items.keys(), seen=placed)
    merged = {**items, **found, **crawled}
    if marked not in merged:
        merged |= {item.id: item for item in await _climb(session, marked, known=merged)}
    return merged, complete


async def _by_firebase_alone(session: Session, item_id: int, algolia_error: SourceError) -> FetchedThread:
    try:
        story = (await _climb(session, item_id))[-1]
        check_story(story)
        session.expected = story.descendants

        def count(_item: Item) -> None:
            session.done += 1

        items, complete = await _crawl(session, story.kids, known={story.id}, seen=count)
    except SourceError as error:
        error.detail += f"; before that Algolia: {algolia_error.detail}"
        raise
    notes = [ALGOLIA_FAILED] if complete else [ALGOLIA_FAILED, COMMENTS_MISSING]
    return make_thread(story, items, ranked=True, marked=item_id, notes=notes)


async def _climb(session: Session, item_id: int, known: Iterable[int] = ()) -> list[Item]:
    """The item, its parent, and so on up to the story or to a child of one of the `known`."""
    passed: dict[int, Item] = {}
    above: int | None = item_id
    while above is not None and above not in known:
        if above in passed or len(passed) > LONGEST_CLIMB:
            raise BadAnswer(f"no story above {item_id}")
        passed[above] = await _item(session, above)
        above = passed[above].parent if passed[above].is_comment else None
    return list(passed.values())


async def _item(session: Session, item_id: int) -> Item:
    """An item from Firebase, which answers 200 and `null` when there is none."""
    raw = await session.get_json(FIREBASE, f"/item/{item_id}.json", limit_bytes=FIREBASE_LIMIT_BYTES)
    if raw is None:
        raise ThreadNotFound(f"Firebase has no item {item_id}")
    item = from_firebase(raw)
    if item.id != item_id:
        raise BadAnswer(f"Firebase was asked for {item_id} and gave {item.id}")
    return item


async def _crawl(
    session: Session, wanted: Iterable[int], *, known: Iterable[int], seen: Callable[[Item], None]
) -> tuple[dict[int, Item], bool]:
    """The `wanted` items and all below them that are not `known`; whether Firebase had every one of them."""
    found: dict[int, Item] = {}
    lacking: list[int] = []
    asked = {*known}

    async def visit(item_id: int) -> None:
        try:
            item = await _item(session, item_id)
        except ThreadNotFound:
            lacking.append(item_id)
            return
        found[item_id] = item
        seen(item)
        ask(kid for kid in item.kids if kid not in asked)

    def ask(ids: Iterable[int]) -> None:
        fresh = dict.fromkeys(ids)
        asked.update(fresh)
        if len(asked) > MOST_COMMENTS:
            raise AnswerTooLarge(f"more than {MOST_COMMENTS} comments")
        for item_id in fresh:
            visits.create_task(visit(item_id))

    try:
        async with asyncio.TaskGroup() as visits:
            ask(wanted)
    except ExceptionGroup as group:
        raise group.exceptions[0] from group
    return found, not lacking
