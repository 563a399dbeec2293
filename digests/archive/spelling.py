"""Tags become one: aliases at once, and the lists of digests, with their posts, by a batch that is reviewed."""

from collections.abc import Collection, Mapping

from django.contrib.auth.models import AbstractBaseUser
from django.db import transaction

from digests.archive import repairing, tags
from digests.curation import tagging
from digests.models import Digest, RepairBatch, Tag


def counts() -> Mapping[str, int]:
    """How many digests have each tag. One query, of the lists alone."""
    return tags.uses(Digest.objects.kept().values_list("tags", flat=True).iterator(chunk_size=2000))


def merge(wanted: Mapping[str, Collection[str]], *, by: AbstractBaseUser | None) -> RepairBatch:
    """Makes spellings (tag to keep → those that become it) aliases, all or none, and proposes what follows from it.

    Raises `CurationError`.
    """
    with transaction.atomic():
        for kept, names in wanted.items():
            tagging.make_aliases(names, canonical=kept)
        return follow({name for names in wanted.values() for name in names} | wanted.keys(), by=by)


def follow(names: Collection[str], *, by: AbstractBaseUser | None) -> RepairBatch:
    """Proposes to write the tag that is kept wherever a list has one of these aliases."""
    merges = Tag.objects.spellings(names)
    return repairing.propose(RepairBatch.Kind.TAGS, {"merges": merges}, by=by)
