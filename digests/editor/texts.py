"""Saving what editors type on the board: the texts of a row, and the digest's head.

An answer never replaces a field, only the line beside it that says how the save went and carries the version. So
whatever is typed while a save runs stays, and a refused text is still where it was typed.
"""

from dataclasses import dataclass, replace
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from digests import curation
from digests.curation import CurationError, StaleVersion
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.editor.acts import new_version
from digests.editor.board import load_digest, part, rows_context, show_board
from digests.editor.forms import HeadForm, QuoteForm, whole_number
from digests.editor.rows import Refusal, load_rows
from digests.models import Digest, Quote


def quote(request: EditorRequest, digest_id: int, quote_id: int) -> HttpResponse:
    """Writes a quote; `overwrite` is the version somebody knowingly replaces, `act=theirs` gives one's own text up."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST" or request.POST.get("act") == "theirs":
        return _as_stored(request, digest_id, quote_id)
    return _save_quote(request, digest_id, quote_id)


def head(request: EditorRequest, digest_id: int) -> HttpResponse:
    """Writes the digest's head; `overwrite` as for a quote."""
    if answer := turned_away(request):
        return answer
    if request.method != "POST":
        return redirect("board", digest_id)
    return _save_head(request, digest_id)


def _save_quote(request: EditorRequest, digest_id: int, quote_id: int) -> HttpResponse:
    form = QuoteForm(request.POST)
    if not form.is_valid():
        raise BadRequest("version")
    typed = form.cleaned_data
    fields = {name: typed[name] for name in ("text", "author", "title", "target", "day")}
    refusal = Refusal(quote_id, version=typed["version"], **fields)
    stored = Quote.objects.filter(pk=quote_id, digest_id=digest_id)
    version = typed["overwrite"] or typed["version"]
    if not stored.exists():
        return _quote_refused(request, digest_id, refusal, status=409)
    try:
        saved = curation.edit_quote(quote_id, version=version, **fields, by=editor_of(request).pk)
    except StaleVersion:
        return _quote_refused(request, digest_id, refusal, status=409, theirs=stored.first())
    except CurationError as error:
        return _quote_refused(request, digest_id, refusal, status=422, error=str(error))
    if not request.htmx:
        messages.success(request, _("The text is saved."))
        return redirect(f"{reverse('board', args=[digest_id])}#q{quote_id}")
    context = {"quote": saved, "digest": load_digest(digest_id), "quiet": "quiet" in request.POST}
    return part(request, "board_rows.html#saved", context)


def _save_head(request: EditorRequest, digest_id: int) -> HttpResponse:
    given = whole_number(request.POST.get("overwrite") or request.POST.get("version", ""))
    form = HeadForm(request.POST)
    if not form.is_valid():
        return _head_refused(request, digest_id, form, status=422)
    try:
        version = curation.edit_head(digest_id, version=given, **form.cleaned_data, by=editor_of(request).pk)
    except StaleVersion:
        digest = load_digest(digest_id)
        if not request.htmx or _differences(digest, form):
            return _head_refused(request, digest_id, form, status=409)
        # An earlier save of the same whose answer got lost. The rest of the page is not the newest by that.
        return part(request, "board.html#head_saved", {"digest": digest, "head": form, "head_saved": True})
    except CurationError as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return _head_refused(request, digest_id, form, status=422)
    if not request.htmx:
        messages.success(request, _("Headline and details are saved."))
        return redirect(f"{reverse('board', args=[digest_id])}#head")
    context = {"digest": load_digest(digest_id), "head": form, "head_saved": True}
    return part(request, "board.html#head_saved", context, headers=new_version(given, version))


def _as_stored(request: EditorRequest, digest_id: int, quote_id: int) -> HttpResponse:
    digest = load_digest(digest_id)
    rows = load_rows(digest, [quote_id])
    if not request.htmx or not rows:
        return redirect(f"{reverse('board', args=[digest_id])}#q{quote_id}")
    context = rows_context(digest, rows) | {"row": rows[0]}
    headers = {"HX-Retarget": f"#t{quote_id}", "HX-Reswap": "outerHTML"}
    return part(request, "board_rows.html#writing", context, headers=headers)


def _quote_refused(
    request: EditorRequest,
    digest_id: int,
    refusal: Refusal,
    *,
    status: int,
    error: str = "",
    theirs: Quote | None = None,
) -> HttpResponse:
    if status == 409 and theirs:
        is_quote = theirs.kind == Quote.Kind.QUOTE
        error = (
            _("Somebody else has written this quote meanwhile.")
            if is_quote
            else _("Somebody else has changed this meanwhile.")
        )
    elif status == 409:
        error = _("Somebody else dropped this quote meanwhile. Your text is only here; copy it if you need it.")
    refusal = replace(refusal, error=error, theirs=theirs)
    if not request.htmx:
        return show_board(request, digest_id, status=status, refusal=refusal, said=error)
    return part(request, "board_rows.html#not_saved", {"refusal": refusal}, status=status)


@dataclass(frozen=True, slots=True)
class Difference:
    """A field of the head that somebody else has changed: its label and their value."""

    label: str
    value: str


def _head_refused(request: EditorRequest, digest_id: int, form: HeadForm, *, status: int) -> HttpResponse:
    digest = load_digest(digest_id)
    context: dict[str, Any] = {"head": form, "head_version": request.POST.get("version"), "head_error": True}
    if status == 409:
        context["differences"] = _differences(digest, form)
    if not request.htmx:
        return show_board(request, digest_id, status=status, **context)
    return part(request, "board.html#head_refused", context | {"digest": digest}, status=status)


def _differences(digest: Digest, form: HeadForm) -> list[Difference]:
    """The fields in which the stored head is not what was typed."""
    return [
        Difference(str(form.fields[name].label), _shown(getattr(digest, name)))
        for name, typed in form.cleaned_data.items()
        if getattr(digest, name) != typed
    ]


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    return date_format(value) if hasattr(value, "year") else str(value)
