"""A copy of a digest: all that its editors wrote, and nothing of what became of it."""

from django.contrib.auth.models import AbstractBaseUser
from django.db import IntegrityError, transaction

from digests.curation.heads import free_slug, slug_taken
from digests.models import AuditEntry, Digest, Fold, Quote

HEAD = (
    *("thread_id", "headline", "lead", "date", "tags", "thumbnail", "source_url", "article_url"),
    *("series", "card_template"),
)
ROW = (
    *("kind", "comment_id", "native_id", "position", "author", "created_at", "text", "title", "target"),
    *("width", "height", "color", "emphasis"),
)


def duplicate(digest_id: int, *, by: AbstractBaseUser | None) -> Digest:
    """A new draft with the same head, rows and folds, and a slug of its own. Raises `Digest.DoesNotExist`."""
    for _attempt in range(5):
        try:
            with transaction.atomic():
                return _copied(Digest.objects.kept().get(pk=digest_id), by=by)
        except IntegrityError:
            continue  # somebody took that slug between the look and the write, as a double click does
    raise slug_taken()


def _copied(old: Digest, *, by: AbstractBaseUser | None) -> Digest:
    by_id = by.pk if by else None
    copy = Digest(slug=free_slug(old.slug), created_by_id=by_id, **{name: getattr(old, name) for name in HEAD})
    copy.save(force_insert=True)
    rows = list(old.quotes.in_order().select_related("fold"))
    copies = Quote.objects.bulk_create(Quote(digest=copy, **{name: getattr(row, name) for name in ROW}) for row in rows)
    Fold.objects.bulk_create(
        Fold(first=new, size=row.fold.size, label=row.fold.label)
        for row, new in zip(rows, copies, strict=True)
        if hasattr(row, "fold")
    )
    AuditEntry.objects.record(AuditEntry.Action.DUPLICATED, [copy], by=by_id, detail=old.slug)
    return copy
