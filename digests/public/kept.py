"""What is kept in the cache. A cache that is away costs time and nothing else."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)
_remembered: ContextVar[dict[str, Any] | None] = ContextVar("_remembered", default=None)


def kept[T](key: str, make: Callable[[], T], *, seconds: int) -> T:
    """From the cache, or made and kept for so long. `make` may not return None."""
    own = _remembered.get()
    if own is not None:
        return _from_memory(own, key, make)
    found: T | None = None
    with _forgiven():
        found = cache.get(key)
    if found is not None:
        return found
    made = make()
    with _forgiven():
        cache.set(key, made, seconds)
    return made


def kept_each[T](keys: Sequence[str], make: Callable[[list[str]], Mapping[str, T]], *, seconds: int) -> dict[str, T]:
    """The same for many: `make` is asked once, for all that are missing, and may leave some out."""
    own = _remembered.get()
    found: dict[str, T] = {}
    if own is not None:
        found = {key: own[key] for key in keys if key in own}
    else:
        with _forgiven():
            found = cache.get_many(keys)
    made = make(missing) if (missing := [key for key in keys if key not in found]) else {}
    if own is not None:
        own.update(made)
    elif made:
        with _forgiven():
            cache.set_many(dict(made), seconds)
    return found | dict(made)


@contextmanager
def remembered(known: dict[str, Any]) -> Iterator[None]:
    """Meanwhile `known` is the cache: for one who asks for every page once, and leaves the readers' cache alone."""
    token = _remembered.set(known)
    try:
        yield
    finally:
        _remembered.reset(token)


def _from_memory[T](own: dict[str, Any], key: str, make: Callable[[], T]) -> T:
    if key in own:
        found: T = own[key]
        return found
    made = make()
    if not isinstance(made, bytes):  # a whole page, and nobody asks for it twice
        own[key] = made
    return made


@contextmanager
def _forgiven() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        logger.warning("the cache does not answer: %s", error)
