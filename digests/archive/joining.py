"""A digest that came without its thread gets it: its quotes are matched to the thread's comments, in one act.

What is quoted stays as it is written; only which comment each quote is of is new. Knows no page.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from digests.archive.attaching import Said, Written, match
from digests.archive.proposing import written
from digests.curation import CurationError
from digests.curation.restructuring import restructure
from digests.models import Digest, Quote, Thread
from digests.outline import Outline
from digests.publishing.interchange import is_http_url


@dataclass(frozen=True, slots=True)
class Joined:
    """Which quotes (in the digest's order) are known to be which comments, and which are not."""

    found: tuple[tuple[Quote, Written], ...]
    left: tuple[Quote, ...]


def compare(digest_id: int, thread: Thread) -> Joined:
    """What `join` would do. Two queries."""
    quotes = list(Quote.objects.filter(digest_id=digest_id, comment=None).quoted().in_order())
    said = [
        Said(key=one.pk, author=one.author, at=one.created_at, text=one.text, native_id=one.native_id)
        for one in quotes
        if one.created_at is not None
    ]
    matched = match(said, written(thread, said))
    return Joined(
        tuple((quote, matched[quote.pk]) for quote in quotes if quote.pk in matched),
        tuple(quote for quote in quotes if quote.pk not in matched),
    )


def join(digest_id: int, *, version: int, thread_id: int, by: int | None = None) -> tuple[int, Joined]:
    """Gives a digest its thread, its quotes their comments, and its head the addresses that it lacks.

    One act, which can be undone. Returns the new version and what was matched.
    """
    thread = Thread.objects.get(pk=thread_id)
    rows = list(Quote.objects.filter(digest_id=digest_id, comment=None).quoted().values_list("pk", flat=True))
    joined = Joined((), ())

    def change(digest: Digest, old: Outline) -> Outline:
        nonlocal joined
        if digest.thread_id is not None:
            raise CurationError("has_thread", _("This digest has its thread already."))
        joined = compare(digest.pk, thread)
        for quote, comment in joined.found:
            quote.comment_id, quote.native_id = comment.key, comment.native_id
        Quote.objects.bulk_update([quote for quote, _comment in joined.found], ["comment", "native_id"], batch_size=200)
        digest.thread = thread
        digest.source_url = digest.source_url or thread.url
        if not digest.article_url and is_http_url(thread.article_url):
            digest.article_url = thread.article_url
        digest.save(update_fields=["thread", "source_url", "article_url"])
        return old

    version = restructure(digest_id, version, change, by=by, verb="join", rows=rows, head=True)
    return version, joined
