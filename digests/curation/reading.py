"""What an editor has read of a thread. Knows no page: what counts as read is said by whoever shows the comments."""

from collections.abc import Collection

from django.db import transaction

from digests.models import Comment, ThreadReading


def mark_read(thread_id: int, *, by: int, comment_ids: Collection[int] | None) -> int:
    """Adds comments to what an editor has read, all of the thread's for None; says how many are new.

    What is no comment of this thread is left out.
    """
    known = Comment.objects.filter(thread_id=thread_id)
    if comment_ids is not None:
        known = known.filter(pk__in=comment_ids)
    with transaction.atomic():
        ThreadReading.objects.get_or_create(editor_id=by, thread_id=thread_id)
        # Two windows of one editor may send at the same time.
        reading = ThreadReading.objects.select_for_update().get(editor_id=by, thread_id=thread_id)
        fresh = set(known.values_list("pk", flat=True)) - set(reading.seen)
        if fresh:
            reading.seen = [*reading.seen, *sorted(fresh)]
            reading.save(update_fields=["seen"])
    return len(fresh)


def unread(thread_id: int, *, by: int, chosen: Collection[int] = ()) -> frozenset[int]:
    """The live comments that an editor has neither read nor chosen. Two queries."""
    seen = ThreadReading.objects.filter(editor_id=by, thread_id=thread_id).values_list("seen", flat=True).first()
    live = Comment.objects.filter(thread_id=thread_id).quotable().values_list("pk", flat=True)
    return frozenset(live) - frozenset(seen or ()) - frozenset(chosen)
