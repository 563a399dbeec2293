"""What can be searched: one row for each live publication, its texts normalised for comparison.

The index over the rows' pieces (`digests.wordindex`) is a table of its own, `digests_searchindex`: FTS5 on SQLite, an
array under a GIN index on PostgreSQL. The migration makes it; a trigger ends its rows with these.
"""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any, Self

from django.db import connections, models
from django.db.models import Case, Q, Value, When
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from digests.models.publications import Publication
from digests.wordindex import Term

# Where a term stands says more than how often: a headline is chosen for its words.
_WEIGHTS = {"headline": 8, "tags": 4, "authors": 2}
_FIELDS = ("headline", "tags", "authors", "text")
# FTS5's ASCII tokenizer splits at these; characters for private use are letters to it.
_AS_LETTERS = str.maketrans({"+": "\ue02b", "#": "\ue023"})


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    def matching(self, terms: Iterable[Term]) -> Self:
        """Entries of live publications that hold every wanted term and no other one."""
        wanted = [term for term in terms if term.wanted]
        if not wanted:
            return self.none()
        found = self.filter(Q(pk__in=self._having(sorted({piece for term in wanted for piece in term.pieces}))))
        for term in terms:
            if not term.wanted:
                found = found.exclude(_holds(term))
            elif not term.is_one_piece:
                found = found.filter(_holds(term))
        return found.filter(publication__is_live=True)

    def best_first(self, terms: Iterable[Term]) -> Self:
        """By where the terms stand, then the newest first. Adds `score`."""
        score: Any = Value(0)
        for term in terms:
            for field, weight in _WEIGHTS.items() if term.wanted else ():
                score += Case(When(**{f"{field}__contains": term.text}, then=Value(weight)), default=Value(0))
        return self.annotate(score=score).order_by("-score", "-publication__date", "-publication__digest_id")

    def put(self, rows: Iterable[tuple["SearchEntry", frozenset[str]]]) -> None:
        """Stores entries with their pieces, over older ones of the same publications."""
        rows = list(rows)
        fields = list(_FIELDS)
        entries = [entry for entry, _pieces in rows]
        self.bulk_create(entries, update_conflicts=True, unique_fields=["publication"], update_fields=fields)
        connection = connections[self.db]
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.executemany("DELETE FROM digests_searchindex WHERE rowid = %s", [(one.pk,) for one in entries])
                cursor.executemany(
                    "INSERT INTO digests_searchindex (rowid, pieces) VALUES (%s, %s)",
                    [(entry.pk, " ".join(sorted(pieces)).translate(_AS_LETTERS)) for entry, pieces in rows],
                )
            else:
                cursor.executemany(
                    "INSERT INTO digests_searchindex (rowid, pieces) VALUES (%s, %s)"
                    " ON CONFLICT (rowid) DO UPDATE SET pieces = excluded.pieces",
                    [(entry.pk, sorted(pieces)) for entry, pieces in rows],
                )

    def _having(self, pieces: list[str]) -> RawSQL:
        if connections[self.db].vendor == "sqlite":
            expression = " AND ".join(f'"{piece.translate(_AS_LETTERS)}"' for piece in pieces)
            return RawSQL("SELECT rowid FROM digests_searchindex WHERE digests_searchindex MATCH %s", [expression])
        return RawSQL("SELECT rowid FROM digests_searchindex WHERE pieces @> %s::text[]", [pieces])


def _holds(term: Term) -> Q:
    return reduce(or_, (Q(**{f"{field}__contains": term.text}) for field in _FIELDS))


class SearchEntry(models.Model):
    publication = models.OneToOneField(Publication, models.CASCADE, primary_key=True, related_name="search_entry")
    headline = models.TextField()
    tags = models.TextField()
    authors = models.TextField()
    text = models.TextField()

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        verbose_name, verbose_name_plural = _("search entry"), _("search entries")

    def __str__(self) -> str:
        return self.headline
