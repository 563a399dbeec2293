"""What can be searched: one row for each live publication, its texts normalised for comparison.

The index over the rows' pieces (`digests.wordindex`) is a table of its own, `digests_searchindex`: FTS5 on SQLite, an
array under a GIN index on PostgreSQL, asked by a function. Migrations make them; a trigger ends its rows with these.
"""

from collections.abc import Collection, Iterable, Sequence
from functools import reduce
from itertools import batched
from operator import or_
from typing import Any, NamedTuple, Self

from django.db import connections, models
from django.db.models import Case, Q, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Length, Replace
from django.utils.translation import gettext_lazy as _

from digests import wordindex
from digests.models.publications import Publication
from digests.wordindex import Term

# A search goes through the archive from the newest publication on, and no further than this: so many of those that the
# index names are looked into, where it does not decide by itself, and so many that were found are ranked. A word that
# is everywhere then costs the same in an archive of any size: of 50,000 digests 40 ms, where ranking all took 1.8 s.
# A phrase of which the index holds all pieces everywhere and the texts nothing is the worst, 350 ms.
MOST_READ, MOST_RANKED = 5000, 1000
# How often a word stands in the texts is counted for so few only: it takes 60 µs each on SQLite, 260 on PostgreSQL. Of
# a word that is in more of them enough have it in the headline or as a tag.
MOST_COUNTED = 100

# Where a term stands says more than how often: a headline is chosen for its words.
_WEIGHTS = {"headline": 8, "tags": 4, "authors": 2}
_FIELDS = ("headline", "tags", "authors", "text")
# FTS5's ASCII tokenizer splits at these; characters for private use are letters to it.
_AS_LETTERS = str.maketrans({"+": "\ue02b", "#": "\ue023"})


class Found(NamedTuple):
    """Publications by key, the best first; `older` says whether older ones were left out unseen."""

    keys: list[int]
    older: bool


class SearchEntryQuerySet(models.QuerySet["SearchEntry"]):
    def best(
        self, terms: Sequence[Term], *, author: str = "", among: Iterable[models.QuerySet[Any, Any]] = ()
    ) -> Found:
        """What holds every wanted term and no other one, by an author of that very name; among the publications whose
        keys each of these queries gives. Nothing, where neither a term nor an author is wanted."""
        named = wordindex.normalise(author)
        needed = wordindex.pieces(named).union(*(term.pieces for term in terms if term.wanted))
        if not needed:
            return Found([], older=False)
        unwanted = {term.text for term in terms if not term.wanted and term.is_one_piece}
        checks = [_holds(term) if term.wanted else ~_holds(term) for term in terms if not term.is_one_piece]
        checks += [Q(authors__contains=f"\n{named}\n")] if named else []
        most = MOST_READ if checks else MOST_RANKED
        keys = self._newest(needed, unwanted, among, most + 1)
        counts = _counts(terms) if len(keys) <= MOST_COUNTED else []
        ranked: list[tuple[Any, ...]] = []
        seen = 0
        for some in batched(keys[:most], MOST_RANKED):
            rows = self.filter(*checks, pk__in=some, publication__is_live=True).annotate(score=_score(terms))
            fields = ("score", "publication__date", "publication__digest_id", "pk")
            for score, day, digest_id, pk, *found in rows.values_list(*fields, *counts):
                # About as often is as good; of several words the rarest tells.
                ranked.append((score, min(found, default=0).bit_length(), day, digest_id, pk))
            seen += len(some)
            if len(ranked) >= MOST_RANKED:
                break
        ranked.sort(reverse=True)
        return Found([row[-1] for row in ranked], older=seen < len(keys))

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

    def lacking(self, terms: Iterable[Term]) -> Self:
        """Entries in which none of the terms stands."""
        return self.exclude(
            reduce(or_, (Q(pk__in=self._having([one.text])) if one.is_one_piece else _holds(one) for one in terms), Q())
        )

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

    def _newest(
        self, needed: Collection[str], unwanted: Collection[str], among: Iterable[models.QuerySet[Any, Any]], most: int
    ) -> list[int]:
        """The keys that the index has for texts with all the needed pieces and none of the unwanted ones."""
        params: list[Any]
        if connections[self.db].vendor == "sqlite":
            where = "digests_searchindex WHERE digests_searchindex MATCH %s"
            params = [" NOT ".join([f"({_all_of(needed)})", *map(_word, sorted(unwanted))])]
        else:
            having = "digests_searchindex_having(%s::text[])"
            where, params = f"{having} AS rowid WHERE TRUE", [sorted(needed)]
            for word in sorted(unwanted):
                where, params = f"{where} AND rowid NOT IN (SELECT {having})", [*params, [word]]
        for keys in among:
            sql, given = keys.query.sql_with_params()
            # A sum is no column: SQLite would begin with these rows and ask the index for each of them.
            where, params = f"{where} AND rowid + 0 IN ({sql})", [*params, *given]
        statement = f"SELECT rowid FROM {where} ORDER BY rowid DESC LIMIT %s"  # noqa: S608
        with connections[self.db].cursor() as cursor:
            cursor.execute(statement, [*params, most])
            return [key for (key,) in cursor.fetchall()]

    def _having(self, pieces: list[str]) -> RawSQL:
        if connections[self.db].vendor == "sqlite":
            expression = _all_of(pieces)
            return RawSQL("SELECT rowid FROM digests_searchindex WHERE digests_searchindex MATCH %s", [expression])
        return RawSQL("SELECT digests_searchindex_having(%s::text[])", [pieces])


def _all_of(pieces: Iterable[str]) -> str:
    return " AND ".join(map(_word, sorted(pieces)))


def _word(piece: str) -> str:
    return f'"{piece.translate(_AS_LETTERS)}"'


def _score(terms: Iterable[Term]) -> Any:
    """By where the terms stand."""
    score: Any = Value(0)
    for term in terms:
        for field, weight in _WEIGHTS.items() if term.wanted else ():
            score += Case(When(**{f"{field}__contains": term.text}, then=Value(weight)), default=Value(0))
    return score


def _counts(terms: Iterable[Term]) -> list[Any]:
    """How often each of the wanted terms stands in the quotes."""
    length = Length("text")
    return [
        (length - Length(Replace("text", Value(term.text)))) / Value(len(term.text)) for term in terms if term.wanted
    ]


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
