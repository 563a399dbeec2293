"""What is kept in the cache. A cache that is away costs time and nothing else."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.cache import cache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)


def kept[T](key: str, make: Callable[[], T], *, seconds: int) -> T:
    """From the cache, or made and kept for so long. `make` may not return None."""
    found: T | None = None
    with _forgiven():
        found = cache.get(key)
    if found is not None:
        return found
    made = make()
    with _forgiven():
        cache.set(key, made, seconds)
    return made


@contextmanager
def _forgiven() -> Iterator[None]:
    try:
        yield
    except (RedisError, OSError) as error:
        logger.warning("the cache does not answer: %s", error)
