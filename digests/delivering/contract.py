"""What the verbs of a delivery take and give: plans to look at, and the one reason why nothing was started."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from digests.models import Target
from digests.publishing.publish import Problem


class DeliveryRefused(Exception):
    """Nothing was started and nothing written.

    `problems` says why, in the reader's language: sentences per digest id; under None what is about the whole.
    """

    def __init__(self, problems: Mapping[int, tuple[str, ...]] | None = None, *, whole: str = "") -> None:
        self.problems: dict[int | None, tuple[str, ...]] = {None: (whole,)} if whole else {}
        self.problems.update((problems or {}).items())
        super().__init__(" ".join(sentence for sentences in self.problems.values() for sentence in sentences))


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPost:
    """What a delivery would do with one digest's post.

    `diff` is a unified diff against what is known to stand there (nothing is fetched), "" when the bytes are the same.
    `changes` is the digest's count of changes that was looked at; `start` wants it back. `blocking` and `warnings` come
    from the review, `differences` from the proof: sentences for what the post would not say as the digest does.
    """

    digest_id: int
    headline: str
    slug: str
    changes: int
    path: str
    old_path: str  # where the post stands now, when it would move; else ""
    action: Literal["new", "change", "move", "none", "remove"]
    diff: str
    blocking: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    differences: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()  # warnings about going out rather than about the digest: hidden until a time, …
    busy: int | None = None  # the unfinished delivery into the same target that already has this digest

    @property
    def refused(self) -> bool:
        return bool(self.blocking or self.differences or self.busy)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a delivery would do. `message` is the commit's subject as the target's template makes it."""

    target: Target | None
    posts: tuple[PlannedPost, ...]
    message: str
    notes: tuple[str, ...] = ()
    due_at: datetime | None = None

    @property
    def refused(self) -> bool:
        return any(post.refused for post in self.posts)

    @property
    def changes(self) -> dict[int, int]:
        """What `start` takes."""
        return {post.digest_id: post.changes for post in self.posts}


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """What stands against writing one post. A side that does not exist is None.

    `base` is what Matome last saw or wrote, `ours` what would go out, `theirs` what the repository holds. `picks` are
    the places that both sides changed, each to be decided; `can_merge` is False where theirs cannot be read as a post.
    """

    code: str  # of `DeliveryItem.Conflict`
    path: str
    base: str | None
    ours: str | None
    theirs: str | None
    can_merge: bool
    picks: tuple["Pick", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pick:
    """One place that both sides changed. `key` names it in `resolve(…, picks={key: "ours" | "theirs"})`."""

    key: str
    title: str  # what it is about: a field of the head, or a quote by its author
    base: str
    ours: str
    theirs: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Traces:
    """Where one author's words are: what taking them out would touch.

    `kept` are paths of files that could not be read as posts, and that have the name: they need a hand.
    """

    digests: tuple[int, ...]
    quotes: int
    publications: int
    posts: int
    kept: tuple[str, ...] = ()
