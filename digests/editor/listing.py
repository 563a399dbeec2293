"""Which digests the desk's list is narrowed to: one form in the address, one query, for the list and for acts on it.

Texts of quotes are looked for in the search index, which holds what readers see; only quotes of digests that readers do
not see as they are now are gone through one by one.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import CharField, Count, Exists, OuterRef, Q, QuerySet, Subquery, TextField, Value
from django.db.models.functions import Cast, Coalesce, NullIf
from django.db.models.lookups import Exact
from django.http import QueryDict
from django.utils.translation import gettext as _

from digests import wordindex
from digests.editor.forms import DeskFilter
from digests.models import Delivery, DeliveryItem, Digest, Publication, Quote, Revision, SearchEntry, Tag, Thread
from digests.models.digests import DigestQuerySet

MOST_WORDS = 6
ORDERS: dict[str, tuple[str, ...]] = {
    "": ("-date", "-pk"),
    "oldest": ("date", "pk"),
    "changed": ("-updated_at", "-pk"),
    "headline": ("sort_name", "pk"),
}
TAGS_OFFERED = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One thing the list is narrowed to, in words, and the query of the list without it."""

    label: str
    value: str
    without: str


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What was asked for, cleaned: nonsense counts as nothing asked."""

    values: dict[str, Any]

    @property
    def query(self) -> str:
        """The address's own words for it, "" for the whole list."""
        return self._query(self.values)

    def with_status(self, status: str) -> str:
        return self._query(self.values | {"status": status})

    @property
    def parts(self) -> list[Part]:
        """Everything but text, status and order, which the page shows anyway."""
        labels = {
            "editor": _("Editor"),
            "tag": _("Tag"),
            "series": _("Series"),
            "source": _("Where it comes from"),
            "thread": _("Thread"),
            "since": _("Since"),
            "until": _("Until"),
        }
        return [
            Part(label, self._shown(name), self._query(self.values | {name: ""}))
            for name, label in labels.items()
            if self.values.get(name)
        ]

    def _shown(self, name: str) -> str:
        value = self.values[name]
        if name == "source" and value == DeskFilter.NO_THREAD:
            return str(_("No thread"))
        return value.title if isinstance(value, Thread) else str(value)

    @staticmethod
    def _query(values: dict[str, Any]) -> str:
        return urlencode({name: _word(value) for name, value in values.items() if value})


def read(given: QueryDict) -> Narrowed:
    """From an address. A field that cannot be read is left out, the others count."""
    form = DeskFilter(given)
    form.is_valid()
    return Narrowed({name: form.cleaned_data.get(name) or "" for name in form.fields})


def read_query(query: str) -> Narrowed:
    """From what `Narrowed.query` gave."""
    return read(QueryDict(query))


def matching(narrowed: Narrowed) -> DigestQuerySet:
    """The digests, in the order asked for. They carry nothing else: whoever shows them loads the rest for a page."""
    asked = narrowed.values
    found = Digest.objects.kept()
    for word in asked["q"].split()[:MOST_WORDS]:
        found = found.filter(_holds(word))
    found = _with_status(found, asked["status"])
    if asked["editor"]:
        worked = Revision.objects.filter(digest=OuterRef("pk"), by=asked["editor"])
        found = found.filter(Q(created_by=asked["editor"]) | Exists(worked))
    if asked["tag"]:
        found = found.alias(tag_text=Cast("tags", TextField())).filter(_has_tag(asked["tag"]))
    if asked["series"]:
        found = found.filter(series=asked["series"])
    if asked["thread"]:
        found = found.filter(thread=asked["thread"])
    if asked["source"]:
        none = asked["source"] == DeskFilter.NO_THREAD
        found = found.filter(thread=None) if none else found.filter(thread__source=asked["source"])
    if asked["since"]:
        found = found.filter(date__gte=asked["since"])
    if asked["until"]:
        found = found.filter(date__lte=asked["until"])
    if asked["order"] == "headline":
        found = found.alias(sort_name=Coalesce(NullIf("headline", Value("")), "slug", output_field=CharField()))
    return found.order_by(*ORDERS[asked["order"]])


def shown(digest_ids: Sequence[int]) -> list[Digest]:
    """Some digests with all that the list shows of them, in the order given; three queries for any number."""
    rows = Digest.objects.with_publication().select_related("created_by", "thread").in_bulk(digest_ids)
    quotes = Quote.objects.quoted().filter(digest__in=digest_ids).values_list("digest")
    counts = dict(quotes.annotate(n=Count("pk")).values_list("digest", "n"))
    waiting = DeliveryItem.objects.filter(
        digest__in=digest_ids, state=DeliveryItem.State.PENDING, delivery__state=Delivery.State.SCHEDULED
    )
    due = {pk: at for pk, at in waiting.order_by("-delivery__due_at").values_list("digest", "delivery__due_at") if pk}
    digests = [rows[pk] for pk in digest_ids if pk in rows]
    for digest in digests:
        digest.quote_count = counts.get(digest.pk, 0)  # type: ignore[attr-defined]
        digest.due_at = due.get(digest.pk)  # type: ignore[attr-defined]
    return digests


def choices() -> dict[str, Any]:
    """What the filter offers: editors, sites, the tags used most."""
    tags = Tag.objects.filter(alias_of=None).annotate(uses=Count("publications")).order_by("-uses", "name")
    return {
        "editors": User.objects.filter(is_staff=True).order_by("username"),
        "sources": Thread.objects.order_by("source").values_list("source", flat=True).distinct(),
        "tag_names": tags.values_list("name", flat=True)[:TAGS_OFFERED],
        "series_names": Digest.objects.kept()
        .exclude(series="")
        .order_by("series")
        .values_list("series", flat=True)
        .distinct()[:TAGS_OFFERED],
    }


def _word(value: Any) -> str:
    return str(value.pk if isinstance(value, Thread) else value.username if isinstance(value, User) else value)


def _holds(word: str) -> Q:
    """A word in the head, the tags, the thread's title, or a quote's text or author."""
    heads = Digest.objects.alias(
        tag_text=Cast("tags", TextField())
    ).filter(
        Q(headline__icontains=word)
        | Q(lead__icontains=word)
        | Q(slug__icontains=word)
        | Q(thread__title__icontains=word)
        | Q(tag_text__icontains=word)
        # SQLite keeps JSON as it is dumped, with \\uXXXX for Japanese; PostgreSQL's jsonb holds the characters.
        | Q(tag_text__icontains=json.dumps(word)[1:-1])
    )
    unseen = Digest.objects.kept().filter(~Exists(_as_it_is()))
    quotes = Quote.objects.filter(Q(text__icontains=word) | Q(author__icontains=word), digest__in=unseen.values("pk"))
    entries = SearchEntry.objects.matching(wordindex.parse(f'"{word}"'))
    return (
        Q(pk__in=heads.values("pk"))
        | Q(pk__in=entries.values("publication__digest"))
        | Q(pk__in=quotes.values("digest"))
    )


def _has_tag(tag: str) -> Q:
    """In any of the spellings that readers see as one.

    As a whole element of the list: within one, a quotation mark has a backslash before it.
    """
    shown = Tag.objects.filter(Q(name=tag) | Q(aliases__name=tag))
    spellings = {tag, *Tag.objects.filter(Q(pk__in=shown) | Q(alias_of__in=shown)).values_list("name", flat=True)}
    found = Q()
    for written in {json.dumps(name, ensure_ascii=ascii_only) for name in spellings for ascii_only in (True, False)}:
        found |= Q(tag_text__icontains=f"[{written}") | Q(tag_text__icontains=f" {written}")
    return found


def _as_it_is() -> QuerySet[Publication]:
    """For a query of digests: what readers see, where that is the digest as it is now."""
    return Publication.objects.live().filter(digest=OuterRef("pk"), digest_changes=OuterRef("changes"))


def _with_status(digests: DigestQuerySet, status: str) -> DigestQuerySet:
    every = Publication.objects.filter(digest=OuterRef("pk"))
    live = every.live()
    scheduled = DeliveryItem.objects.filter(
        digest=OuterRef("pk"), state=DeliveryItem.State.PENDING, delivery__state=Delivery.State.SCHEDULED
    )
    conditions: dict[str, Any] = {
        "draft": ~Exists(live),
        "scheduled": Exists(scheduled),
        "published": Exists(_as_it_is()),
        "changed": Exists(live.filter(digest_changes__lt=OuterRef("changes"))),
        "failed": Exact(Subquery(every.order_by("-pk").values("state")[:1]), Value(Publication.State.FAILED)),
        "withdrawn": Exists(every.filter(withdrawn_at__isnull=False)) & ~Exists(live),
    }
    return digests.filter(conditions[status]) if status else digests
