"""What a bake knows before it asks: it looks at the whole site at once, where a page asks for its own part of it."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

_known: ContextVar[dict[Hashable, Any] | None] = ContextVar("_known", default=None)


def foreseen[T](question: Hashable, ask: Callable[[], T]) -> T:
    """What `ask` would give: within a bake what is known already, and asked for once."""
    known = _known.get()
    if known is None:
        return ask()
    try:
        found: T = known[question]
    except KeyError:
        found = known[question] = ask()
    return found


def foreseen_each[K: Hashable, T](
    question: str, keys: Iterable[K], ask: Callable[[list[K]], Mapping[K, T]]
) -> dict[K, T]:
    """The same for many: `ask` is asked once, for all that are not known, and may leave some out."""
    known = _known.get()
    if known is None:
        return dict(ask(list(keys)))
    keys = list(keys)
    if missing := [key for key in keys if (question, key) not in known]:
        known.update({(question, key): one for key, one in ask(missing).items()})
    return {key: known[question, key] for key in keys if (question, key) in known}


@contextmanager
def foreseeing(known: dict[Hashable, Any]) -> Iterator[None]:
    """Meanwhile these are the answers, by their questions. What else is asked for is added."""
    token = _known.set(known)
    try:
        yield
    finally:
        _known.reset(token)
