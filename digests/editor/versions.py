"""A digest as it was at some time: versions that readers saw, revisions of its editors, and as it is now.

Each has a key for addresses: `p12` a publication, `r7` a revision, `now`. Knows no page.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.http import Http404
from django.utils.translation import gettext as _

from digests import outline
from digests.changes import State
from digests.curation import states
from digests.editor.forms import whole_number
from digests.models import Digest, Fold, Publication, Quote, Revision
from digests.publishing import interchange
from digests.publishing.assemble import assemble, document_of
from digests.publishing.document import DigestDocument
from digests.templatetags.digest_tags import site_time

NOW = "now"
CHOICES = 200  # offered for comparing with each other
PUBLICATION, REVISION = "p", "r"


@dataclass(frozen=True, slots=True)
class Version:
    """One that can be chosen, in words."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Numbers:
    """Of all publications by their ids: the how manieth each is, and which one that was not refused came before it."""

    place: dict[int, int]
    before: dict[int, int]


def timeline(digest: Digest, show: str = "") -> QuerySet[Any]:
    """(kind, id, time) of both kinds, newest first; `show` is "versions", "named" or all of them."""
    fields = ("kind", "pk", "when")
    published = digest.publications.annotate(kind=_kind(PUBLICATION), when=F("created_at")).values_list(*fields)
    revised = digest.revisions.annotate(kind=_kind(REVISION), when=F("ended_at"))
    if show == "versions":
        return published.order_by("-when", "-pk")
    if show == "named":
        return revised.exclude(name="").values_list(*fields).order_by("-when", "-pk")
    # In one second the revision comes first: what was published is what it held.
    return published.union(revised.values_list(*fields), all=True).order_by("-when", "kind", "-pk")


def numbers(digest: Digest) -> Numbers:
    place: dict[int, int] = {}
    before: dict[int, int] = {}
    last = 0
    rows = digest.publications.order_by("pk").values_list("pk", "state")
    for number, (pk, state) in enumerate(rows, 1):
        place[pk] = number
        if last:
            before[pk] = last
        if state != Publication.State.FAILED:
            last = pk
    return Numbers(place, before)


def choices(digest: Digest) -> list[Version]:
    """What can be compared, newest first, the digest as it is now before all others."""
    found = list(timeline(digest)[:CHOICES])
    place = numbers(digest).place
    revisions = digest.revisions.defer("state").select_related("by")
    rows = revisions.in_bulk([pk for kind, pk, _when in found if kind == REVISION])
    opened = {pk for pk, state in digest.revisions.filter(state=None).values_list("pk", "state")}
    listed = [
        Version(f"{kind}{pk}", _("Version %(n)s, %(when)s") % {"n": place.get(pk, 0), "when": _time(when)})
        if kind == PUBLICATION
        else Version(f"{kind}{pk}", _label(rows[pk]))
        for kind, pk, when in found
        if kind == PUBLICATION or (pk in rows and pk not in opened)
    ]
    return [Version(NOW, _("The digest as it is now")), *listed]


def document(digest: Digest, key: str) -> DigestDocument:
    """What that version says. Raises Http404 where there is none such, `BadRequest` for nonsense."""
    if key == NOW:
        return assemble(digest.pk)
    if not key:
        raise Http404
    kind, number = (key[0], key[1:]) if key[0] in {PUBLICATION, REVISION} else (PUBLICATION, key)
    pk = whole_number(number)
    if kind == PUBLICATION:
        publication = digest.publications.filter(pk=pk).first()
        if publication is None:
            raise Http404
        return stored(publication)
    revision = digest.revisions.filter(pk=pk).first()
    if revision is None:
        raise Http404
    return of_revision(revision)


def stored(publication: Publication) -> DigestDocument:
    return interchange.from_json(publication.document).document


def of_revision(revision: Revision) -> DigestDocument:
    """Of one that is still open it is the digest as it is now."""
    return of_state(states.unpack(bytes(revision.state))) if revision.state else assemble(revision.digest_id)


def of_state(state: State) -> DigestDocument:
    rows = {pk: Quote(pk=pk, **states.stored(state.rows[pk])) for pk in outline.quotes(state.outline)}
    for fold in outline.folds(state.outline):
        Fold(pk=fold.key, first=rows[fold.quotes[0]], size=len(fold.quotes), label=fold.label)
    head = {name: value for name, value in states.stored(state.head).items() if value is not None}
    return document_of(Digest(**head), rows.values())


def _label(revision: Revision) -> str:
    who = revision.by.get_username() if revision.by else ""
    if revision.name:
        return f"{revision.name} ({_time(revision.ended_at)})"
    return " ".join(part for part in (_time(revision.ended_at), who) if part)


def _time(when: datetime) -> str:
    return site_time(when)


def _kind(name: str) -> Value:
    return Value(name, output_field=CharField())
