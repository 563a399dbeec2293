"""Who has a digest open, and in which row: each board tells it every few seconds and hears of the others.

What the others have changed a board fetches itself (`acts.since`); here it only learns that there is something.
"""

from datetime import timedelta

from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone

from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.forms import whole_number
from digests.editor.patches import last_seen
from digests.models import Digest, Presence, Quote

GONE_AFTER_SECONDS = 30  # three boards' silences; a board that is closed says goodbye itself
MOST_ASKED = 200  # rows that a board may ask for at once


def presence(request: EditorRequest, digest_id: int) -> HttpResponse:
    """Takes `row` (0 for none); answers who else is here, and whether anything is newer than `version` and `seen`.

    `asked` are rows that the page once had; those the digest has no more come back as `gone`. `leave`: goodbye.
    """
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return redirect("board", digest_id)
    editor = editor_of(request)
    if "leave" in request.POST:
        Presence.objects.filter(digest_id=digest_id, editor=editor).delete()
        return HttpResponse(status=204)
    digest = get_object_or_404(Digest.objects.only("version"), pk=digest_id)
    row, version = (whole_number(request.POST.get(name, "0")) for name in ("row", "version"))
    now = timezone.now()
    Presence.objects.update_or_create(digest=digest, editor=editor, defaults={"quote_id": row, "seen_at": now})
    others = Presence.objects.filter(digest=digest).exclude(editor=editor).select_related("editor").order_by("pk")
    lately = now - timedelta(seconds=GONE_AFTER_SECONDS)
    here = [
        {"name": one.editor.get_full_name() or one.editor.get_username(), "row": one.quote_id}
        for one in others
        if one.seen_at >= lately
    ]
    if len(here) < len(others):
        Presence.objects.filter(digest=digest, seen_at__lt=lately).delete()
    is_newest = digest.version == version and last_seen(digest_id) == request.POST.get("seen", "")
    return JsonResponse({"here": here, "newer": not is_newest, "gone": _gone(digest_id, request.POST.get("asked", ""))})


def _gone(digest_id: int, asked: str) -> list[str]:
    wanted = [one for one in asked.split(",")[:MOST_ASKED] if one]
    if not wanted:
        return []
    ids = {whole_number(one) for one in wanted}
    there = set(Quote.objects.filter(digest_id=digest_id, pk__in=ids).values_list("pk", flat=True))
    return [str(pk) for pk in sorted(ids - there)]
