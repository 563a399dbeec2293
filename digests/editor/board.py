"""The board: a thread on one side, its digest on the other. What the page shows; the acts on it are in `acts`.

A row of the digest has two parts. The outer one (place, number, colour) is sent anew after every act. The inner one
(the text being written, the buttons) is sent only when the page cannot have it yet; otherwise an empty `hx-preserve`
element of the same id keeps what is there, so that no act touches a text that somebody is typing.
"""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from digests import curation, markup, palette, sources
from digests.editor.access import EditorRequest, turned_away
from digests.editor.forms import HeadForm
from digests.editor.threads import Place, story_html, thread_rows
from digests.models import Digest, Quote
from digests.models.targets import form_where_it_stands
from digests.outline import FoldRange
from digests.publishing.assemble import outline_of
from digests.sources.contract import CommentState


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a row's save was not carried out, with what was typed: shown beside the field, which keeps it."""

    quote_id: int
    text: str
    author: str
    title: str
    target: str
    version: int
    error: str = ""
    theirs: Quote | None = None  # the row as somebody else has written it meanwhile

    @property
    def others(self) -> list[tuple[str, str]]:
        """For what is no quote: (field's name, their value) for each field that is not as typed."""
        if self.theirs is None or self.theirs.kind == Quote.Kind.QUOTE:
            return []
        names = {"text": _("Text"), "title": _("Title"), "author": _("Credit"), "target": _("Address")}
        if self.theirs.kind == Quote.Kind.PICTURE:
            names |= {"text": _("Description"), "title": _("Caption")}
        fields = curation.FIELDS[self.theirs.kind]
        return [(names[name], value) for name in fields if (value := getattr(self.theirs, name)) != getattr(self, name)]


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """A quote, or what stands between quotes, as the board shows it. `whole`: its inner part is sent too."""

    quote: Quote
    number: int  # among the quotes; 0 for what is none
    color_key: str
    permalink: str
    original: SafeString | None  # None when the comment is not known here
    whole: bool
    refusal: Refusal | None = None
    added: bool = False  # just now, by this page's own act: its field takes the focus
    answers: str = ""  # whom, when no reader will see that: the comment it answers is neither chosen nor named
    answers_quotable: bool = False  # whether that comment can be chosen

    @property
    def key(self) -> str:
        return str(self.quote.pk)

    @property
    def field(self) -> Quote | Refusal:
        """Where the fields' contents come from."""
        return self.refusal or self.quote


@dataclass(frozen=True, slots=True)
class FoldRow:
    pk: int
    label: str
    rows: tuple[QuoteRow, ...]

    @property
    def key(self) -> str:
        return str(self.pk)

    @property
    def quote_count(self) -> int:
        return sum(bool(row.number) for row in self.rows)


type Row = QuoteRow | FoldRow


def board(request: EditorRequest, digest_id: int) -> HttpResponse:
    """The whole page; `q` narrows the thread to comments that hold a text."""
    if answer := turned_away(request):
        return answer
    if request.htmx and request.htmx.target == "thread":
        answer = part(request, "board_thread.html", thread_context(load_digest(digest_id), asked(request)))
        patch_vary_headers(answer, ["HX-Request", "HX-Target"])
        return answer
    return show_board(request, digest_id)


def show_board(
    request: EditorRequest, digest_id: int, *, status: int = 200, refusal: Refusal | None = None, **said: Any
) -> HttpResponse:
    """The page as it stands and, where an act was refused, why: without script nothing that was typed is lost either.

    `said` replaces values of the page's context: `said` itself, or `head` and what belongs to it.
    """
    digest, quotes = load_digest(digest_id), load_quotes(digest_id)
    context = {
        **digest_context(digest, quotes, whole=None, refusal=refusal),
        **thread_context(digest, asked(request), places(quotes)),
        "head": HeadForm.of(digest),
        "version": digest.version,
        "fold_size": curation.folding_of(getattr(digest, "site_form", None)).fold_size,
        "homeless": refusal if refusal and all(quote.pk != refusal.quote_id for quote in quotes) else None,
        **said,
    }
    answer = render(request, "desk/board.html", context, status=status)
    patch_vary_headers(answer, ["HX-Request", "HX-Target"])
    return answer


def part(
    request: EditorRequest,
    name: str,
    context: Mapping[str, Any],
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """A part of the page, as htmx puts it in: a template of the desk, or one part of it (`template.html#part`)."""
    answer = render(request, f"desk/{name}", dict(context), status=status)
    for header, value in (headers or {}).items():
        answer[header] = value
    return answer


def load_digest(digest_id: int) -> Digest:
    digests = Digest.objects.with_publication().annotate(site_form=form_where_it_stands())
    return get_object_or_404(digests.select_related("thread", "created_by"), pk=digest_id)


def load_quotes(digest_id: int) -> list[Quote]:
    """The rows in order with their folds, comments and whom those answer, in one query."""
    quotes = Quote.objects.filter(digest_id=digest_id).in_order().with_answered().select_related("fold", "comment")
    return list(quotes.defer("comment__body", "comment__links"))


def places(quotes: Sequence[Quote]) -> dict[int, Place]:
    """Where each chosen comment (by id) stands in the digest: the first place, where it became several quotes."""
    found: dict[int, Place] = {}
    for number, quote in zip(numbers(quotes), quotes, strict=True):
        if quote.comment_id is not None:
            found.setdefault(quote.comment_id, Place(number, quote.pk))
    return found


def numbers(quotes: Sequence[Quote]) -> list[int]:
    """The number of each row as readers cite it: quotes count from 1, what stands between them has none (0)."""
    counted = count(1)
    return [next(counted) if quote.kind == Quote.Kind.QUOTE else 0 for quote in quotes]


def digest_context(
    digest: Digest,
    quotes: Sequence[Quote],
    *,
    whole: Collection[int] | None,
    refusal: Refusal | None = None,
    added: int | None = None,
) -> dict[str, Any]:
    """What the digest's side needs. `whole` names the rows to be sent in full, None all of them."""
    chosen = {quote.comment_id for quote in quotes}
    rows = {
        quote.pk: replace(
            quote_row(digest, quote, number, whole=whole is None or quote.pk in whole, refusal=refusal),
            added=quote.pk == added,
            answers=_answers(quote, chosen),
            answers_quotable=getattr(quote, "answered_state", "") == CommentState.LIVE,
        )
        for number, quote in zip(numbers(quotes), quotes, strict=True)
    }
    return {
        "digest": digest,
        "rows": _in_folds(quotes, rows),
        "quote_count": sum(bool(row.number) for row in rows.values()),
        "colors": palette.COLORS,
        "acts_address": reverse("board-quotes", args=[digest.pk]),
    }


def thread_context(digest: Digest, text: str, chosen: Mapping[int, Place] | None = None) -> dict[str, Any]:
    """What the thread's side needs; `chosen` as `places` gives it, looked up when it is not given."""
    context: dict[str, Any] = {"digest": digest, "thread": digest.thread, "q": text}
    if digest.thread is not None:
        if chosen is None:
            chosen = places(list(digest.quotes.in_order().only("comment_id", "digest_id", "position", "kind")))
        context["comments"] = thread_rows(digest.thread, chosen, text=text)
        context["story"] = story_html(digest.thread)
    return context


def _answers(quote: Quote, chosen: Collection[int | None]) -> str:
    author = getattr(quote, "answered_author", "")
    if not author or quote.comment is None or quote.comment.parent_id in chosen:
        return ""
    return "" if quote.text.startswith(curation.reply_line(author)) else author


def quote_row(digest: Digest, quote: Quote, number: int, *, whole: bool, refusal: Refusal | None = None) -> QuoteRow:
    color = palette.shown_as(quote.color)
    original = None
    if whole and quote.comment is not None:
        original = markup.to_html(markup.from_json(quote.comment.content))
    permalink = sources.permalink(digest.source_url, quote.native_id) if quote.native_id else ""
    refusal = refusal if refusal and refusal.quote_id == quote.pk else None
    return QuoteRow(quote, number, color.key if color else "", permalink, original, whole, refusal)


def _in_folds(quotes: Sequence[Quote], rows: Mapping[int, QuoteRow]) -> tuple[Row, ...]:
    return tuple(
        FoldRow(entry.key or 0, entry.label, tuple(rows[pk] for pk in entry.quotes))
        if isinstance(entry, FoldRange)
        else rows[entry]
        for entry in outline_of(quotes)
    )


def asked(request: EditorRequest) -> str:
    """What the thread is narrowed to on the page that asks. Answers to acts must fit the rows that are shown."""
    given = request.POST.get("q") or request.GET.get("q", "")
    if not given and request.htmx and request.method == "POST":
        with suppress(ValueError):  # a header can say anything
            given = QueryDict(urlsplit(request.htmx.current_url or "").query).get("q") or ""
    return given.strip()
