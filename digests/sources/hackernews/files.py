"""A saved answer of either interface → a `FetchedThread`, as far as the file goes."""

import json
import re

from digests.sources.contract import AddressNotUnderstood, AnswerTooLarge, BadAnswer, FetchedThread
from digests.sources.hackernews.items import Item, from_algolia, from_firebase, number
from digests.sources.hackernews.threads import FILE_INCOMPLETE, FILE_REPAIRED, FILE_UNRANKED, check_story, make_thread

FILE_LIMIT_BYTES = 128 * 2**20
_LONE_BACKSLASH = re.compile(r'((?:^|[^\\])(?:\\\\)*)\\(?=[^"\\/bfnrtu])')


def read_file(data: str | bytes) -> FetchedThread:
    """An Algolia item, or Firebase items: one, a list of them, or a map from id to item.

    Raises AddressNotUnderstood for another site's file, BadAnswer for one that cannot be read, NotAThread for one
    without a story.
    """
    if len(data) > FILE_LIMIT_BYTES:
        raise AnswerTooLarge(f"a file of more than {FILE_LIMIT_BYTES} bytes")
    value, repaired = _parsed(data)
    notes = [FILE_REPAIRED] if repaired else []
    if isinstance(value, dict) and _is_algolia(value):
        found = from_algolia(value)
        check_story(found[0])
        by_id = {item.id: item for item in reversed(found)}
        return make_thread(found[0], by_id, ranked=False, notes=[*notes, FILE_UNRANKED])
    items = _firebase_items(value)
    story = _story(items)
    if any(kid not in items for item in items.values() for kid in item.kids):
        notes.append(FILE_INCOMPLETE)
    return make_thread(story, _thread_of(story, items), ranked=True, notes=notes)


def _parsed(data: str | bytes) -> tuple[object, bool]:
    """The JSON, and whether backslashes that escape nothing had to be taken literally to read it."""
    try:
        text = (data if isinstance(data, str) else data.decode("utf-8")).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise BadAnswer(f"not UTF-8: {error}") from error
    try:
        try:
            return json.loads(text, strict=False), False
        except json.JSONDecodeError as error:
            if "escape" not in error.msg:
                raise
            return json.loads(_LONE_BACKSLASH.sub(r"\1\\\\", text), strict=False), True
    except (ValueError, RecursionError) as error:
        raise BadAnswer(f"not JSON: {error}") from error


def _is_algolia(value: dict[object, object]) -> bool:
    return "children" in value or "created_at_i" in value


def _firebase_items(value: object) -> dict[int, Item]:
    if isinstance(value, dict):
        listed = [value] if "id" in value else list(value.values())
        if "id" not in value and not all(isinstance(key, str) and number(key) for key in value):
            raise AddressNotUnderstood("the file has neither an item nor a map of items")
    elif isinstance(value, list):
        listed = value
    else:
        raise AddressNotUnderstood("the file has neither an item nor a list of items")
    items = [from_firebase(raw) for raw in listed if raw is not None]
    return {item.id: item for item in items}


def _story(items: dict[int, Item]) -> Item:
    """The one item that is no comment; of several, the one whose discussion is in the file."""
    others = [item for item in items.values() if not item.is_comment]
    stories = [item for item in others if item.type in {"story", ""}] or others
    if not stories:
        if items:
            check_story(next(iter(items.values())))
        raise BadAnswer("the file has no story")
    story = max(stories, key=lambda item: sum(kid in items for kid in item.kids))
    check_story(story)
    return story


def _thread_of(story: Item, items: dict[int, Item]) -> dict[int, Item]:
    """Without the other stories and what else is no comment."""
    return {item.id: item for item in items.values() if item.is_comment or item.id == story.id}
