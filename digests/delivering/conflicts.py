"""Conflicts are decided (to come)."""

from collections.abc import Mapping
from typing import Literal

from digests.delivering.contract import Conflict
from digests.delivering.starting import By


def conflict_of(item_id: int) -> Conflict | None:
    raise NotImplementedError


def resolve(
    item_id: int,
    choice: Literal["ours", "theirs", "merged"],
    *,
    theirs_sha256: str,
    picks: Mapping[str, Literal["ours", "theirs"]] | None = None,
    by: By,
) -> None:
    raise NotImplementedError
