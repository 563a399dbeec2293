"""What every source must deliver: a thread as plain values, or one of the errors below.

A new site is one module with the functions of `Source` and one line in `digests.sources.SOURCES`.
Knows no database and no settings; addresses and limits are passed in.

    SourceError                 anything that stops an import; `code` names it, `detail` helps to find the cause
    ├── AddressNotUnderstood    not an address, an id or a file of this site
    ├── ThreadNotFound          the site says there is no such item (404, `null`)
    ├── NotAThread              there is such an item, but nobody discusses under it (job, poll, user, dead story)
    ├── SourceUnreachable       no connection, or no answer within the time limit, after all tries
    │   └── AddressForbidden    the site's name leads to an address inside our own network
    ├── SourceRefused           the site answered, but not with the item (429, 403, 5xx), after all tries
    ├── BadAnswer               an answer that cannot be read (truncated JSON, other shape)
    ├── AnswerTooLarge          an answer over the size limit
    └── ImportCancelled         the editor stopped it
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar


class CommentState(StrEnum):
    LIVE = "live"
    DELETED = "deleted"  # by its author; no text
    DEAD = "dead"  # killed by the site; text may be delivered, never shown by default
    FLAGGED = "flagged"  # flagged by readers and hidden


class ThreadOrder(StrEnum):
    RANKED = "ranked"  # the site's own order
    TIME = "time"  # the site's order could not be had; siblings stand by time


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedComment:
    """One comment as the site delivered it."""

    native_id: str
    parent_id: str | None  # None: a reply to the story itself
    rank: int  # 0-based place among its siblings
    author: str  # "" when the site does not say (deleted)
    posted_at: datetime  # aware, UTC
    body: str  # the site's own HTML, untouched; "" when there is none
    state: CommentState = CommentState.LIVE


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedThread:
    """A whole discussion. `comments` stand parents first; parents and ranks are consistent (no orphan, no cycle)."""

    source: str  # "hackernews"
    native_id: str
    url: str  # the thread's own page
    title: str
    article_url: str  # "" for a text post
    author: str
    posted_at: datetime
    points: int | None
    body: str  # the story's own text as HTML, "" for a link
    order: ThreadOrder
    expected_count: int | None  # what the site says it has; a hint only
    comments: tuple[FetchedComment, ...]
    marked_id: str | None = None  # the comment whose permalink was given
    notes: tuple[str, ...] = ()  # codes of what the editor should know, e.g. "algolia_failed"


type Progress = Callable[[int, int | None], None]
"""Called with (comments so far, expected or None). May raise `ImportCancelled`."""


class SourceError(Exception):
    """Anything that stops an import. `detail` is for the log and the curious; the editor's words belong to `code`."""

    code: ClassVar[str] = "source_error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class AddressNotUnderstood(SourceError):
    code = "address_not_understood"


class ThreadNotFound(SourceError):
    code = "thread_not_found"


class NotAThread(SourceError):
    code = "not_a_thread"


class SourceUnreachable(SourceError):
    code = "source_unreachable"


class AddressForbidden(SourceUnreachable):
    code = "address_forbidden"


class SourceRefused(SourceError):
    code = "source_refused"


class BadAnswer(SourceError):
    code = "bad_answer"


class AnswerTooLarge(SourceError):
    code = "answer_too_large"


class ImportCancelled(SourceError):
    code = "cancelled"
