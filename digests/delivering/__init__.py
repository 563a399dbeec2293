"""Digests go out, into a Hugo site and to our own readers, in one commit that arrives or leaves everything as it was.

A delivery is a row: what was asked, each step, how it ended. It takes snapshots when it is started, so that nothing
goes out unseen; readers see them once the site has them. Knows no request and no page.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from django.contrib.auth.models import AbstractBaseUser

from digests.delivering.contract import Conflict, DeliveryRefused, Pick, Plan, PlannedPost, Traces
from digests.models import Delivery

__all__ = [
    "Conflict",
    "DeliveryRefused",
    "Pick",
    "Plan",
    "PlannedPost",
    "Traces",
    "cancel",
    "conflict_of",
    "explain",
    "look_after",
    "plan",
    "plan_withdrawal",
    "recover",
    "republish",
    "resolve",
    "retry",
    "run",
    "start",
    "traces",
    "watch",
    "withdraw",
    "withdraw_author",
]


def plan(target_id: int | None, digest_ids: Sequence[int], *, due_at: datetime | None = None) -> Plan:
    """What a delivery of these digests would do, without asking the network. Without a target: for our own pages."""
    raise NotImplementedError


def start(
    target_id: int | None,
    digests: Mapping[int, int],
    *,
    by: AbstractBaseUser | None,
    message: str = "",
    due_at: datetime | None = None,
    bases: Mapping[int, bytes] | None = None,
) -> Delivery:
    """A delivery of these digests (id → its `changes` as looked at), enqueued on commit, or for `due_at`.

    `bases`: digest → the text that its post is rendered on (`hugo.render(…, base=)`) in place of what stands there, as
    repairs want it; kept in `DeliveryItem.packed_base`. What stands there stays what the repository is compared with.
    Raises `StaleVersion` when one changed since, `DeliveryRefused` with the reasons per digest; then nothing is stored.
    """
    raise NotImplementedError


def run(delivery_id: int) -> None:
    """Does a waiting delivery's work; any other is left alone. Never raises for what the row can say."""
    raise NotImplementedError


def cancel(delivery_id: int) -> bool:
    """Stops a delivery: at once while it waits, else before it pushes. False when it is too late."""
    raise NotImplementedError


def retry(delivery_id: int, *, by: AbstractBaseUser | None) -> Delivery:
    """The same posts once more, as a new delivery, with what `resolve` decided. Raises `DeliveryRefused`."""
    raise NotImplementedError


def conflict_of(item_id: int) -> Conflict | None:
    """Both sides of an item that stands in conflict, for the page where it is decided; None when it does not."""
    raise NotImplementedError


def resolve(
    item_id: int,
    choice: Literal["ours", "theirs", "merged"],
    *,
    theirs_sha256: str,
    picks: Mapping[str, Literal["ours", "theirs"]] | None = None,
    by: AbstractBaseUser | None,
) -> None:
    """Decides a conflict; `retry` then carries it out. `theirs_sha256` is `item.theirs_sha256` as it was shown.

    "ours" accepts exactly what was seen: anything newer stops the next delivery again. "theirs" and "merged" change the
    digest, and need it to be what the delivery took (else `DeliveryRefused`). Raises `StaleVersion` for another hash.
    """
    raise NotImplementedError


def plan_withdrawal(target_id: int | None, digest_ids: Sequence[int]) -> Plan:
    """What `withdraw` would do in one target (None: on our own pages alone)."""
    raise NotImplementedError


def withdraw(
    digest_ids: Sequence[int],
    target_id: int | None = None,
    *,
    by: AbstractBaseUser | None,
    at_once: bool = True,
    message: str = "",
) -> tuple[Delivery, ...]:
    """Takes digests from the readers: from our own pages, and from one target or (None) every one they stand in.

    `at_once` takes them from our own pages now; else when the site has let them go. One delivery per target.
    """
    raise NotImplementedError


def traces(source: str, author: str) -> Traces:
    """Where an author of a site (`Thread.source`) is quoted, before `withdraw_author` is asked to go on."""
    raise NotImplementedError


def withdraw_author(source: str, author: str, *, by: AbstractBaseUser | None) -> tuple[Delivery, ...]:
    """Takes out everything an author said: from digests, from what readers see, from old versions, from every target.

    They cannot be quoted again (`WithdrawnAuthor`). One delivery per target in which something of theirs stands.
    """
    raise NotImplementedError


def republish(publication_id: int, *, by: AbstractBaseUser | None) -> tuple[Delivery, ...]:
    """An old version goes out again, wherever the digest stands; the desk's own copy is left as it is.

    One delivery per target, or one for our own pages alone. Raises `DeliveryRefused`.
    """
    raise NotImplementedError


def recover() -> int:
    """Finishes or undoes what a killed worker left, and starts what is overdue. Says how many. Asks the network."""
    raise NotImplementedError


def look_after() -> None:
    """Enqueues `recover` where a delivery was left behind or is overdue. Cheap: for the desk's listings."""
    raise NotImplementedError


def watch(delivery_id: int, attempt: int = 0) -> None:
    """Looks once whether the site shows what was delivered; looks again later, for a bounded time."""
    raise NotImplementedError


def explain(code: str, detail: str = "") -> str:
    """A delivery's `error_code` in words."""
    raise NotImplementedError
