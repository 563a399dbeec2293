"""Threads come in: an import is started, watched, cancelled; what it fetched is stored. No editor's work is touched."""

from digests.importing.runs import cancel, give_up_left_behind, our_user_agent, retry, run, source_client, start
from digests.importing.storing import Stored, store
from digests.importing.wording import explain

__all__ = [
    "Stored",
    "cancel",
    "explain",
    "give_up_left_behind",
    "our_user_agent",
    "retry",
    "run",
    "source_client",
    "start",
    "store",
]
