"""Quotes and folds into their tables by the thousand.

`bulk_create` takes 80 µs for a row, most of it for making an object and a statement of it; 155,000 of them are to be
stored in a few seconds.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

from digests.models import Fold, Quote
from digests.publishing.document import DigestDocument, DocumentFold, DocumentQuote
from digests.publishing.loading import row_of

_FIELDS = [field for field in Quote._meta.concrete_fields if not field.primary_key]  # noqa: SLF001
_PLACE = {field.attname: place for place, field in enumerate(_FIELDS)}
_TAKEN = tuple(
    _PLACE[name]
    for name in (
        "digest_id",
        "position",
        "comment_id",
        "native_id",
        "author",
        "created_at",
        "text",
        "color",
        "emphasis",
    )
)


def insert(documents: Sequence[tuple[int, DigestDocument, Mapping[str, int]]]) -> None:
    """Stores what stands in new or emptied digests: (digest, document, native id → comment). In three queries.

    The caller holds the transaction.
    """
    rows = [row for digest_id, document, comments in documents for row in _rows(digest_id, document, comments)]
    if not rows:
        return
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column or "") for field in _FIELDS)
    table = quote(Quote._meta.db_table)  # noqa: SLF001
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(_FIELDS))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({places})", rows)  # noqa: S608
    _insert_folds(documents)


def _rows(digest_id: int, document: DigestDocument, comments: Mapping[str, int]) -> Iterator[list[Any]]:
    digest, position, comment, native_id, author, created_at, text, color, emphasis = _TAKEN
    adapted = connection.ops.adapt_datetimefield_value
    usual = _values(Quote())
    for number, entry in enumerate(document.entries()):
        if isinstance(entry, DocumentQuote):
            row = usual.copy()
            row[comment] = comments.get(entry.comment or "")
            row[native_id] = entry.comment or ""
            row[author], row[text], row[color] = entry.author, entry.text, entry.color
            row[emphasis] = entry.emphasis
            row[created_at] = adapted(entry.created_at)
        else:
            row = _values(row_of(entry, comments))
        row[digest], row[position] = digest_id, number
        yield row


def _values(row: Quote) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in _FIELDS]


def _insert_folds(documents: Sequence[tuple[int, DigestDocument, Mapping[str, int]]]) -> None:
    wanted: dict[tuple[int, int], DocumentFold] = {}
    for digest_id, document, _comments in documents:
        position = 0
        for item in document.items:
            if isinstance(item, DocumentFold):
                wanted[digest_id, position] = item
            position += len(item.items) if isinstance(item, DocumentFold) else 1
    firsts = Quote.objects.filter(
        digest_id__in={digest_id for digest_id, _position in wanted},
        position__in={position for _digest_id, position in wanted},
    )
    stored = {
        (digest_id, position): pk for pk, digest_id, position in firsts.values_list("pk", "digest_id", "position")
    }
    Fold.objects.bulk_create(
        [Fold(first_id=stored[place], size=len(fold.items), label=fold.label) for place, fold in wanted.items()]
    )
