"""What editors do not want to see of a site: authors, and words. Kept for each source, and taken back as easily.

Nothing is lost by it: the comments are here, and whoever shows them says that they are hidden. Knows no digest.
"""

from collections.abc import Collection
from dataclasses import dataclass

from django.db.models import Count, Q, Value
from django.db.models.functions import StrIndex, Substr
from django.db.models.lookups import Contains
from django.utils.translation import gettext as _

from digests import plaintext
from digests.curation.errors import CurationError
from digests.models import Comment, HiddenThing, Thread

LONGEST = 200
SHORTEST_WORDS = 2  # one letter would hide nearly everything


@dataclass(frozen=True, slots=True)
class Hidden:
    """The hidden things of one source."""

    things: tuple[HiddenThing, ...] = ()

    def thing(self, author: str, words: str) -> HiddenThing | None:
        """What hides a comment of this author with these `words` (as `Comment.words` has them), None for nothing."""
        text = words.partition("\n")[2]
        for thing in self.things:
            by_author = thing.kind == HiddenThing.Kind.AUTHOR
            if thing.value == author if by_author else thing.value in text:
                return thing
        return None


def hide(source: str, *, kind: str, value: str, by: int | None) -> HiddenThing:
    """Hides an author, as the source spells the name, or words in whatever spelling. What is hidden stays hidden."""
    value = plaintext.clean_line(value)
    if kind == HiddenThing.Kind.WORDS:
        value = " ".join(plaintext.folded(value).split())
        if len(value) < SHORTEST_WORDS:
            raise CurationError("no_words", _("Give at least two letters to hide."), field="value")
    if not 1 <= len(value) <= LONGEST:
        raise CurationError("no_words", _("Say whom or what to hide, in at most 200 characters."), field="value")
    thing, _created = HiddenThing.objects.get_or_create(
        source=source, kind=HiddenThing.Kind(kind), value=value, defaults={"hidden_by_id": by}
    )
    return thing


def show_again(thing_id: int) -> HiddenThing | None:
    """Takes it back; None when somebody else already has."""
    thing = HiddenThing.objects.filter(pk=thing_id).first()
    if thing is not None:
        HiddenThing.objects.filter(pk=thing_id).delete()
    return thing


def hidden_of(source: str) -> Hidden:
    """Those of one source, in one query."""
    return Hidden(tuple(HiddenThing.objects.filter(source=source).order_by("kind", "value")))


def count_hidden(thread: Thread, hidden: Hidden, *, but: Collection[int]) -> list[tuple[HiddenThing, int]]:
    """How many live comments of a thread each thing hides, without the comments `but`. One query at most."""
    if not hidden.things:
        return []
    live = Comment.objects.filter(thread=thread).quotable().exclude(pk__in=but)
    conditions = {
        f"n{thing.pk}": Count("pk", filter=Q(author=thing.value) if thing.kind == "author" else _holds(thing.value))
        for thing in hidden.things
    }
    counts = live.aggregate(**conditions)
    return [(thing, count) for thing in hidden.things if (count := counts[f"n{thing.pk}"])]


def _holds(words: str) -> Q:
    """In the text: the author stands in the first line."""
    return Q(Contains(Substr("words", StrIndex("words", Value("\n")) + 1), words))
