"""How tags are spelled: aliases of a tag, made and taken apart. What readers find under a tag follows at once.

The lists of digests, and posts in Hugo sites, are not changed by it: `archive.repairing` does that, reviewed and
undoable. Until then an alias in a list leads to its tag.
"""

from collections.abc import Collection, Iterable
from itertools import batched
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from digests import plaintext
from digests.curation.errors import CurationError
from digests.curation.heads import check_tags
from digests.models import Publication, Tag

CHUNK = 500


def make_aliases(names: Collection[str], *, canonical: str) -> Tag:
    """Makes all of these spellings of one tag; those that were aliases of them are so, too. Returns that tag."""
    kept = plaintext.clean_line(canonical)
    others = sorted({name for name in names if name != kept})
    if not kept:
        raise CurationError("no_tag", _("A tag has at least one character."), field="canonical")
    if not others:
        raise CurationError("no_alias", _("There is no other spelling."), field="canonical")
    check_tags([kept, *others])
    with transaction.atomic():
        Tag.objects.bulk_create([Tag(name=name) for name in sorted([kept, *others])], ignore_conflicts=True)
        rows = {tag.name: tag for tag in _locked([kept, *others])}
        tag = rows[kept]
        touched = {one.pk for one in rows.values()} | ({tag.alias_of_id} if tag.alias_of_id else set())
        touched |= {one.alias_of_id for one in rows.values() if one.alias_of_id}
        Tag.objects.filter(pk=tag.pk).update(alias_of=None)
        aliases = [rows[name].pk for name in others]
        Tag.objects.filter(alias_of__in=aliases).update(alias_of=tag)
        Tag.objects.filter(pk__in=aliases).update(alias_of=tag)
        _retie(touched)
    return Tag.objects.get(pk=tag.pk)


def take_apart(name: str) -> str:
    """Makes an alias a tag of its own again; returns the name that it was an alias of."""
    with transaction.atomic():
        tag = _locked([name]).first()
        if tag is None or tag.alias_of_id is None:
            raise CurationError("no_alias", _("This tag is no alias any more."))
        before = Tag.objects.get(pk=tag.alias_of_id)
        Tag.objects.filter(pk=tag.pk).update(alias_of=None)
        _retie({tag.pk, before.pk})
    return before.name


def _locked(names: Iterable[str]) -> Any:
    """In one order for everybody: two who want the same tags would wait for each other on PostgreSQL."""
    return Tag.objects.filter(name__in=list(names)).order_by("name").select_for_update(no_key=True)


def _retie(tag_ids: Collection[int]) -> None:
    """Finds anew which tags the publications stand under that stand under one of these: by their own lists."""
    through: Any = Publication.tags.through
    found = through.objects.filter(tag__in=tag_ids).values_list("publication", flat=True)
    for some in batched(sorted(set(found)), CHUNK):
        lists = dict(Publication.objects.filter(pk__in=some).values_list("pk", F("document__tags")))
        rows = Tag.objects.filter(name__in={name for names in lists.values() for name in names})
        known = {name: alias_of or pk for name, pk, alias_of in rows.values_list("name", "pk", "alias_of")}
        wanted = {(pk, known[name]) for pk, names in lists.items() for name in names if name in known}
        stands = {
            (publication, tag): pk
            for pk, publication, tag in through.objects.filter(publication__in=some).values_list(
                "pk", "publication", "tag"
            )
        }
        through.objects.filter(pk__in=[pk for pair, pk in stands.items() if pair not in wanted]).delete()
        through.objects.bulk_create([through(publication_id=pk, tag_id=tag) for pk, tag in wanted - stands.keys()])
