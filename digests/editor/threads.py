"""The thread as an editor reads it: a page of its own, and the rows that the board shows beside a digest."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import SafeString
from django.utils.timezone import get_default_timezone

from digests import importing, markup, plaintext, sources
from digests.editor.access import EditorRequest, turned_away
from digests.editor.imports import start_import
from digests.models import Comment, Thread

THREADS_PER_PAGE = 30
DEEPEST_INDENT = 8  # further levels stand at the same indent, or a phone shows one letter a line


class Place(NamedTuple):
    """Where a chosen comment stands in the digest: its number, from 1, and its quote's id."""

    number: int
    quote: int


@dataclass(frozen=True, slots=True)
class ThreadRow:
    """One comment as both pages show it, in strings: there are thousands, and a template is slow with anything else."""

    pk: str
    indent: str
    author: str
    when: str
    html: SafeString
    permalink: str
    state: str  # "" for a live one, else the state's name
    place: Place | None  # None when it is not chosen


def threads(request: EditorRequest) -> HttpResponse:
    """Every thread, newest first; `q` is looked for in titles, addresses and ids."""
    if answer := turned_away(request):
        return answer
    text = plaintext.clean_line(request.GET.get("q", ""))
    found = Thread.objects.newest_first().prefetch_related("digests")
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
    found = get_object_or_404(Thread.objects.prefetch_related("digests"), pk=thread_id)
    text = plaintext.clean_line(request.GET.get("q", ""))
    rows = thread_rows(found, {}, text=text)
    mark = request.GET.get("mark", "")
    context = {
        "thread": found,
        "story": story_html(found),
        "notes": [importing.explain(code) for code in found.notes],
        "comments": rows,
        "q": text,
        "marked": next((row for row in rows if row.pk == mark), None),
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


def thread_rows(found: Thread, places: Mapping[int, Place], *, text: str = "") -> Sequence[ThreadRow]:
    """The comments in the thread's order, or those of them whose author or words hold `text`.

    `places` says which comments (by id) are chosen and where they stand. One query, however long the thread is.
    """
    zone = get_default_timezone()
    labels = {state.value: str(state.label) for state in Comment.State if state != Comment.State.LIVE}
    comments = Comment.objects.filter(thread=found).in_order()
    needle = plaintext.folded(text)
    rows = []
    for pk, native_id, depth, author, posted_at, content, state in comments.values_list(
        "pk", "native_id", "depth", "author", "posted_at", "content", "state"
    ).iterator(chunk_size=2000):
        document = markup.from_json(content)
        if (
            needle
            and needle not in plaintext.folded(author)
            and needle not in plaintext.folded(markup.to_text(document))
        ):
            continue
        rows.append(
            ThreadRow(
                pk=str(pk),
                indent=str(min(depth, DEEPEST_INDENT)),
                author=author,
                when=f"{posted_at.astimezone(zone):%m/%d %H:%M}",
                html=markup.to_html(document),
                permalink=sources.comment_url(found.source, native_id),
                state=labels.get(state, ""),
                place=places.get(pk),
            )
        )
    return rows


def holding(comments: Iterable[Comment], text: str) -> set[int]:
    """The ids of those comments that a thread narrowed to `text` shows."""
    needle = plaintext.folded(text)
    return {
        comment.pk
        for comment in comments
        if needle in plaintext.folded(comment.author)
        or needle in plaintext.folded(markup.to_text(markup.from_json(comment.content)))
    }
