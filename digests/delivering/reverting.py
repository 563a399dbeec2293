"""The editors' digest goes back to a version that went out: one act, which can be undone like any other."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from digests import outline
from digests.curation.errors import CurationError
from digests.curation.restructuring import add_quotes, restructure
from digests.models import AuditEntry, Digest, Publication, Quote
from digests.outline import FoldRange, Outline
from digests.publishing import interchange
from digests.publishing.assemble import document_of
from digests.publishing.comparing import EntryChange, pairs
from digests.publishing.document import DigestDocument, DocumentFold
from digests.publishing.loading import comments_here, row_of
from digests.publishing.withdrawn import without_withdrawn

# The slug is not among them: an address does not change because a text goes back.
_HEAD = ("headline", "lead", "date", "tags", "thumbnail", "card_template", "source_url", "article_url", "series")
_FIELDS = ("author", "created_at", "text", "title", "target", "width", "height", "color", "emphasis")


def revert(publication_id: int, *, version: int, by: int | None) -> int:
    """Makes the digest what that version says; the digest's new version. What readers see stays as it is.

    A row that is still there, as `comparing.pairs` knows it, keeps its id and its comment.
    Raises `StaleVersion`, or `CurationError` where nothing would change.
    """
    publication = Publication.objects.get(pk=publication_id)
    document = without_withdrawn(interchange.from_json(publication.document).document)
    digest_id = publication.digest_id
    rows = list(Quote.objects.filter(digest=digest_id).values_list("pk", flat=True))

    def change(digest: Digest, old: Outline) -> Outline:
        _write_head(digest, document)
        return _outline(document, _write_rows(digest, document), {one.quotes[0]: one.key for one in outline.folds(old)})

    with transaction.atomic():
        new_version = restructure(digest_id, version, change, by=by, verb="restore", rows=rows, head=True)
        if new_version == version:
            raise CurationError("same_already", _("The digest is like that version already."))
        when = f"{timezone.localtime(publication.created_at):%Y-%m-%d %H:%M}"
        digest = Digest.objects.get(pk=digest_id)
        AuditEntry.objects.record(AuditEntry.Action.RESTORED, [digest], by=by, detail=when)
    return new_version


def _write_head(digest: Digest, document: DigestDocument) -> None:
    digest.headline, digest.lead, digest.date = document.headline, document.lead, document.date
    digest.tags, digest.series = list(document.tags), document.series
    # The picture of a title card is drawn from the head, and no field of it.
    digest.card_template, digest.thumbnail = document.card, "" if document.card else document.thumbnail
    digest.source_url, digest.article_url = document.source_url, document.article_url
    digest.save(update_fields=_HEAD)


def _write_rows(digest: Digest, document: DigestDocument) -> list[int]:
    """Rows of the document's entries, in its order: those that are here, and new ones."""
    here = list(digest.quotes.in_order().select_related("fold"))
    now, then = tuple(document_of(digest, here).entries()), tuple(document.entries())
    places = pairs(now, then)
    comments = comments_here(document, digest.thread)
    wanted = [row_of(entry, comments) for entry in then]
    for number, place in places.items():
        if EntryChange(now[place], then[number]).changed:
            _write_row(here[place], wanted[number])
    added = iter(add_quotes(digest, [row for number, row in enumerate(wanted) if number not in places]))
    return [here[places[number]].pk if number in places else next(added) for number in range(len(wanted))]


def _write_row(row: Quote, wanted: Quote) -> None:
    changed = [name for name in _FIELDS if getattr(row, name) != getattr(wanted, name)]
    if changed:
        for name in changed:
            setattr(row, name, getattr(wanted, name))
        row.version += 1  # a page that still holds the text as it was is told by it
        row.save(update_fields=[*changed, "version"])


def _outline(document: DigestDocument, rows: list[int], keys: Mapping[int, int | None]) -> Outline:
    """`keys`: the folds that are here, by their first rows; one that begins there still is the same."""
    left = iter(rows)
    entries: list[int | FoldRange] = []
    for item in document.items:
        if isinstance(item, DocumentFold):
            members = tuple(next(left) for _entry in item.items)
            entries.append(FoldRange(keys.get(members[0]), item.label, members))
        else:
            entries.append(next(left))
    return tuple(entries)
