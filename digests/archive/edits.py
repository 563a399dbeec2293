"""One change to a digest as a repair proposes it: what it says, doing it, taking it back. Stored as JSON.

An edit is known by its field. Those with a quote change that quote, the others the digest's head. Two change nothing
here: `permalink` is an address that a post's quote will get; `raw` says how a parameter of a Hugo post will be written,
and, where readers see something else than the text, what.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NotRequired, TypedDict

from django.db.models import F
from django.utils import timezone

from digests.models import Digest, Quote

HEAD_FIELDS = ("tags", "article_url", "thread_id")
QUOTE_FIELDS = ("text", "color", "comment")  # "comment" is [primary key or None, native id]
IN_POSTS = ("raw", "permalink")


class Edit(TypedDict):
    field: str
    before: Any
    after: Any
    quote: NotRequired[int]
    number: NotRequired[int]
    seen: NotRequired[list[str]]  # before and after, on the page of the site


def of_head(field: str, before: Any, after: Any) -> Edit:
    return Edit(field=field, before=before, after=after)


def of_quote(quote: Quote, number: int, field: str, after: Any) -> Edit:
    return Edit(field=field, before=value_of(quote, field), after=after, quote=quote.pk, number=number)


def value_of(row: Digest | Quote, field: str) -> Any:
    return [row.comment_id, row.native_id] if field == "comment" and isinstance(row, Quote) else getattr(row, field)


def reversed_(edits: Iterable[Edit]) -> list[Edit]:
    """The edits that take these back, in the order that undoes them."""
    back = []
    for edit in reversed(list(edits)):
        turned = edit.copy()
        turned["before"], turned["after"] = edit["after"], edit["before"]
        back.append(turned)
    return back


def apply(digest: Digest, edits: Sequence[Edit]) -> int:
    """Makes those edits whose `before` is what stands there; says how many. The caller holds the digest's row.

    Versions rise by one for the digest, and for each quote whose text becomes another.
    """
    head = {edit["field"]: edit["after"] for edit in edits if "quote" not in edit and _fits(digest, edit)}
    by_quote: dict[int, list[Edit]] = {}
    for edit in edits:
        if "quote" in edit and edit["field"] in QUOTE_FIELDS:
            by_quote.setdefault(edit["quote"], []).append(edit)
    quotes = Quote.objects.filter(digest=digest).in_bulk(by_quote)
    changed = [quote for pk, quote in quotes.items() if _change(quote, by_quote[pk])]
    done = len(head) + sum(len([edit for edit in by_quote[quote.pk] if _stands(quote, edit)]) for quote in changed)
    if done:
        Quote.objects.bulk_update(changed, ["text", "color", "comment", "native_id", "version"], batch_size=100)
        Digest.objects.filter(pk=digest.pk).update(
            **head, version=F("version") + 1, changes=F("changes") + 1, updated_at=timezone.now()
        )
    return done


def _fits(row: Digest | Quote, edit: Edit) -> bool:
    return edit["field"] in HEAD_FIELDS + QUOTE_FIELDS and value_of(row, edit["field"]) == edit["before"]


def _stands(row: Digest | Quote, edit: Edit) -> bool:
    return bool(value_of(row, edit["field"]) == edit["after"])


def _change(quote: Quote, edits: Iterable[Edit]) -> bool:
    fitting = [edit for edit in edits if _fits(quote, edit)]
    for edit in fitting:
        match edit["field"]:
            case "comment":
                quote.comment_id, quote.native_id = edit["after"]
            case "text":
                quote.text = edit["after"]
                quote.version += 1
            case field:
                setattr(quote, field, edit["after"])
    return bool(fitting)
