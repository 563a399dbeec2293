"""Digests go out, into a Hugo site and to our own readers, in one commit that arrives or leaves everything as it was.

A delivery is a row: what was asked, each step, how it ended. It takes snapshots when it is started, so that nothing
goes out unseen; readers see them once the site has them. Knows no request and no page.
"""

from digests.delivering.authors import traces, withdraw_author
from digests.delivering.conflicts import conflict_of, resolve
from digests.delivering.contract import Conflict, DeliveryRefused, Pick, Plan, PlannedPost, Traces
from digests.delivering.live import watch
from digests.delivering.planning import plan, plan_withdrawal
from digests.delivering.recovering import look_after, recover
from digests.delivering.running import run
from digests.delivering.starting import cancel, republish, retry, start
from digests.delivering.withdrawing import withdraw
from digests.delivering.wording import explain

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
