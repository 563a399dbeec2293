"""The threads that were imported, and one of them as an editor reads it: a page of its own, or beside a digest."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Prefetch, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString

from digests import importing, markup, plaintext
from digests.curation import hiding
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.filters import Narrowing
from digests.editor.imports import start_import
from digests.editor.pieces import FIRST, Place, piece, sight
from digests.models import Comment, Digest, Thread

THREADS_PER_PAGE = 30
DEPTHS = (0, 1, 2, 4)  # what the controls offer; an address may say any
LENGTHS = (100, 300, 1000)


def threads(request: EditorRequest) -> HttpResponse:
    """Every thread, newest first; `q` is looked for in titles, addresses and ids."""
    if answer := turned_away(request):
        return answer
    text = plaintext.clean_line(request.GET.get("q", ""))
    found = Thread.objects.newest_first().prefetch_related(Prefetch("digests", Digest.objects.kept()))
    if text:
        found = found.filter(Q(title__icontains=text) | Q(url__icontains=text) | Q(article_url__icontains=text))
    page = Paginator(found, THREADS_PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request, "desk/threads.html", {"page": page, "q": text, "page_query": urlencode({"q": text}) if text else ""}
    )


def thread(request: EditorRequest, thread_id: int) -> HttpResponse:
    """The thread to read; `mark` is the comment (by its row's id) that somebody came for."""
    if answer := turned_away(request):
        return answer
    found = get_object_or_404(Thread.objects.prefetch_related(Prefetch("digests", Digest.objects.kept())), pk=thread_id)
    context = {
        **thread_context(request, found, {}),
        "notes": [importing.explain(code) for code in found.notes],
    }
    return render(request, "desk/thread.html", context)


def import_again(request: EditorRequest, thread_id: int) -> HttpResponse:
    """Fetches a thread anew; what editors made of it stays."""
    if answer := turned_away(request):
        return answer
    found = get_object_or_404(Thread, pk=thread_id)
    if request.method != "POST":
        return redirect("thread", thread_id)
    return start_import(request, found.url)


def story_html(found: Thread) -> SafeString:
    """The story's own text, "" for a mere link."""
    return markup.to_html(markup.from_json(found.content))


def thread_context(request: EditorRequest, found: Thread, places: Mapping[int, Place]) -> dict[str, Any]:
    """The first piece of a thread, or of what it is narrowed to; `places` as `board.places` gives them.

    `after` (a position) and `mark` (a comment) begin it elsewhere. The same number of queries for any thread.
    """
    # A refused act is answered with the page as it was narrowed.
    narrowing = Narrowing.asked(request.POST if request.method == "POST" else request.GET)
    marked = _marked(found, request.GET.get("mark", ""))
    seen = sight(found, editor_of(request).pk, places, marked=marked.pk if marked else None)
    behind = whole_or(request.GET.get("after", ""), -1)
    if marked is not None and behind < 0 and marked.position >= FIRST:
        behind = marked.position - FIRST // 4
    shown = piece(seen, narrowing, behind=behind)
    hidden = hiding.count_hidden(found, seen.hidden, but=places.keys())
    return {
        "thread": found,
        "story": story_html(found),
        "narrowing": narrowing,
        "q": narrowing.text,
        "piece": shown,
        "comments": shown.rows,
        "whole": narrowing.is_empty and behind < 0,
        "unread_count": len(seen.unread),
        "hidden": hidden,
        "hidden_count": sum(count for _thing, count in hidden),
        "marked": marked,
        "depths": DEPTHS,
        "lengths": LENGTHS,
    }


def _marked(found: Thread, mark: str) -> Comment | None:
    if not (mark.isascii() and mark.isdigit() and len(mark) < 19):
        return None
    return Comment.objects.filter(thread=found, pk=mark).only("pk", "author", "position", "thread_id").first()


def whole_or(text: str, otherwise: int) -> int:
    """The whole number that an address gives, or another one: an address is never an error."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise
