"""What a move-in did, for its row, its page and its command."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from digests.archive.sites import Noted


class Outcome(StrEnum):
    """What became of one file of the site, or of a post that is known from it."""

    CREATED = "created"  # a digest was made of it
    UPDATED = "updated"  # the file had changed, its digest nobody: the digest follows
    UNCHANGED = "unchanged"
    MOVED = "moved"  # the very bytes stand at another path now
    CONFLICT = "conflict"  # both the file and the digest had changed: nothing was
    KEPT = "kept"  # no digest can be made of it: its bytes are kept, and leave as they came
    UNREAD = "unread"  # its bytes cannot be had
    PAGE = "page"  # no post; left where it is
    GONE = "gone"  # no longer in the site; its digest stays


@dataclass(slots=True)
class Report:
    """Counts of files by outcome, counts of posts by layout, and everything that should be known."""

    outcomes: Counter[Outcome] = field(default_factory=Counter)
    layouts: Counter[str] = field(default_factory=Counter)
    quotes: int = 0
    pictures: int = 0
    threads: int = 0
    noted: list[Noted] = field(default_factory=list)

    @property
    def posts(self) -> int:
        """Files that are posts, whatever became of them."""
        return self.outcomes.total() - self.outcomes[Outcome.PAGE] - self.outcomes[Outcome.GONE]

    def counts(self) -> dict[str, Any]:
        """The numbers alone, every key always there."""
        return {
            "posts": self.posts,
            **{outcome.value: self.outcomes[outcome] for outcome in Outcome},
            "quotes": self.quotes,
            "pictures": self.pictures,
            "threads": self.threads,
            "layouts": dict(sorted(self.layouts.items())),
        }
