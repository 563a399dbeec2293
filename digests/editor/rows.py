"""The digest's rows as the board shows them: a light layout of all of them, and pieces of them in full.

A digest may hold thousands of rows, so a page opens with the first piece and fetches the others by itself. Knows no
request and no act.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import count
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests import curation, markup, outline, plaintext, sources
from digests.editor.pieces import Place
from digests.models import Digest, Quote
from digests.models.palettes import current_palette
from digests.outline import FoldRange, Outline
from digests.sources.contract import CommentState
from digests.templatetags.digest_tags import picture_url

FIRST = 30  # rows a page opens with, and of each page without script: three windows full of the shortest
NEXT = 200  # rows of each further piece


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
    day: date | None = None  # of an update

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


class Part(StrEnum):
    """What stands in the list: a row, or where a fold begins or ends."""

    ROW = "row"
    HEAD = "head"
    END = "end"


@dataclass(frozen=True, slots=True)
class QuoteRow:
    """A quote, or what stands between quotes, as the board shows it: as texts, which a stencil wants."""

    key: str  # ids are strings, which no language writes with separators
    kind: Quote.Kind = Quote.Kind.QUOTE
    version: str = ""
    number: str = ""  # among the quotes; "0" for what is none
    classes: str = ""
    comment: str = ""
    permalink: str = ""
    when: str = ""
    original: SafeString | None = None  # None when the comment is not known here
    name: str = ""  # whose it is, or what a picture shows, as it is stored; the fields may hold what was typed
    author: str = ""
    text: str = ""
    title: str = ""
    target: str = ""
    day: str = ""
    picture: str = ""  # its address, "" where it cannot be shown
    width: str = ""
    height: str = ""
    refused: SafeString | str = ""  # why the save of what the fields hold was not carried out
    disputed: bool = False  # because somebody else has written it meanwhile
    added: bool = False  # just now, by this page's own act: its field takes the focus
    answers: str = ""  # whom, when no reader will see that: the comment it answers is neither chosen nor named
    answers_quotable: bool = False  # whether that comment can be chosen
    light: bool = False  # as it reads, without its fields: the page's script puts those in
    unwritten: bool = False  # still as in the original; told of light rows
    part: Part = Part.ROW

    @property
    def pk(self) -> int:
        return int(self.key)


@dataclass(frozen=True, slots=True)
class FoldEdge:
    """Where a fold begins or ends."""

    part: Part
    key: str
    label: str
    first: str
    last: str
    count: str  # of its quotes, in words
    light: bool = False  # as for a row


type Item = QuoteRow | FoldEdge

# What a page's script makes the fields of a light row and the edges of a new fold from: it puts the ids in.
NO_KEY = "987654321"
NEW_ROW = QuoteRow(NO_KEY, version=NO_KEY, name=NO_KEY)
NEW_FOLD = FoldEdge(Part.HEAD, "0", "", "0", "0", "")


@dataclass(frozen=True)
class Layout:
    """Order and folds of every row, and which comments are chosen: one query, and no text."""

    outline: Outline
    quoted: frozenset[int]  # the rows that are quotes
    comments: Mapping[int, int | None]  # by row

    @cached_property
    def order(self) -> tuple[int, ...]:
        return outline.quotes(self.outline)

    @cached_property
    def numbers(self) -> dict[int, int]:
        """The number of each row as readers cite it: quotes count from 1, what stands between them has none (0)."""
        counted = count(1)
        return {pk: next(counted) if pk in self.quoted else 0 for pk in self.order}

    @cached_property
    def places(self) -> dict[int, Place]:
        """Where each chosen comment (by id) stands: the first place, where it became several quotes."""
        found: dict[int, Place] = {}
        for pk, number in self.numbers.items():
            if (comment := self.comments[pk]) is not None:
                found.setdefault(comment, Place(number, pk))
        return found

    @cached_property
    def folds(self) -> dict[int, FoldRange]:
        """By row the fold it is in."""
        return {pk: fold for fold in outline.folds(self.outline) for pk in fold.quotes}

    def edge(self, part: Part, fold: FoldRange, *, light: bool) -> FoldEdge:
        number = sum(pk in self.quoted for pk in fold.quotes)
        count = ngettext("%(n)s quote", "%(n)s quotes", number) % {"n": number}
        return FoldEdge(part, str(fold.key), fold.label, str(fold.quotes[0]), str(fold.quotes[-1]), count, light)


def load_layout(digest_id: int) -> Layout:
    stored = Quote.objects.filter(digest_id=digest_id).in_order()
    rows = list(stored.values_list("pk", "fold", "fold__label", "fold__size", "kind", "comment_id"))
    return Layout(
        outline.read(
            (pk, FoldRange(key, label, ()) if key is not None else None, size or 0)
            for pk, key, label, size, _kind, _comment in rows
        ),
        frozenset(pk for pk, _key, _label, _size, kind, _comment in rows if kind == Quote.Kind.QUOTE),
        {pk: comment for pk, _key, _label, _size, _kind, comment in rows},
    )


def piece(
    digest: Digest, layout: Layout, wanted: Sequence[int], *, refusal: Refusal | None = None, light: bool = False
) -> list[Item]:
    """Rows, with the edges of folds that stand among them. The same few queries, however many."""
    rows = {row.pk: row for row in load_rows(digest, wanted, layout, refusal=refusal, light=light)}
    items: list[Item] = []
    for pk in wanted:
        fold = layout.folds.get(pk)
        if fold and pk == fold.quotes[0]:
            items.append(layout.edge(Part.HEAD, fold, light=light))
        if pk in rows:  # it may have been dropped since
            items.append(rows[pk])
        if fold and pk == fold.quotes[-1]:
            items.append(layout.edge(Part.END, fold, light=light))
    return items


def load_rows(
    digest: Digest,
    ids: Collection[int],
    layout: Layout | None = None,
    *,
    refusal: Refusal | None = None,
    added: int | None = None,
    light: bool = False,
) -> list[QuoteRow]:
    """Rows in full, in no order. Without the layout they have no numbers, which the page itself knows then."""
    stored = Quote.objects.filter(digest_id=digest.pk, pk__in=ids).with_answered()
    quotes = list(stored)
    chosen = _chosen(digest, quotes, layout)
    palette = current_palette()
    rows = []
    for quote in quotes:
        content = getattr(quote, "said", None)
        said = markup.from_json(content) if content is not None else None
        color = palette.shown_as(quote.color)
        row = QuoteRow(
            str(quote.pk),
            Quote.Kind(quote.kind),
            str(quote.version),
            number=str(layout.numbers.get(quote.pk, 0) if layout else int(quote.kind == Quote.Kind.QUOTE)),
            classes=_classes(quote, color.key if color else "", folded=layout is not None and quote.pk in layout.folds),
            comment=str(quote.comment_id or ""),
            permalink=sources.permalink(digest.source_url, quote.native_id) if quote.native_id else "",
            when=f"{timezone.localtime(quote.created_at):%m/%d %H:%M}" if quote.created_at else "",
            original=markup.to_html(said) if said is not None else None,
            added=quote.pk == added,
            answers=_answers(quote, chosen),
            answers_quotable=getattr(quote, "answered_state", "") == CommentState.LIVE,
            light=light and quote.kind == Quote.Kind.QUOTE,
            unwritten=light and said is not None and quote.text == plaintext.clean(markup.to_text(said)),
            **_fields(quote, refusal if refusal and refusal.quote_id == quote.pk else None),
        )
        rows.append(row)
    return rows


def _classes(quote: Quote, color: str, *, folded: bool) -> str:
    classes = ["quote"]
    if quote.kind != Quote.Kind.QUOTE:
        classes.append("between")
    if folded:
        classes.append("in")
    if color:
        classes.append(f"c-{color}")
    if quote.emphasis:
        classes.append(f"e-{quote.emphasis}")
    return " ".join(classes)


def _fields(quote: Quote, refusal: Refusal | None) -> dict[str, Any]:
    """What the row's fields hold, as it is stored or as it was typed, and what stands beside them."""
    typed = refusal or quote
    fields: dict[str, Any] = {"name": quote.author, "text": typed.text, "author": typed.author}
    if quote.kind != Quote.Kind.QUOTE:
        fields |= {"title": typed.title, "target": typed.target, "day": str(typed.day or "")}
    if quote.kind == Quote.Kind.PICTURE:
        fields |= {"name": quote.text, "target": quote.target, "picture": picture_url(quote.target)}
        fields |= {"width": str(quote.width), "height": str(quote.height)}
    if refusal:
        fields["refused"] = render_to_string("desk/board_rows.html#not_saved", {"refusal": refusal})
        fields["disputed"] = refusal.theirs is not None
    return fields


def _chosen(digest: Digest, quotes: Sequence[Quote], layout: Layout | None) -> Collection[int | None]:
    """Which of the comments that these quotes answer are chosen."""
    if layout is not None:
        return layout.places
    parents = {getattr(quote, "answered", None) for quote in quotes} - {None}
    return set(digest.quotes.filter(comment__in=parents).values_list("comment", flat=True)) if parents else ()


def _answers(quote: Quote, chosen: Collection[int | None]) -> str:
    author = getattr(quote, "answered_author", "")
    if not author or getattr(quote, "answered", None) in chosen:
        return ""
    return "" if quote.text.startswith(curation.reply_line(author)) else author


def answering(digest_id: int, comments: Iterable[int]) -> list[int]:
    """The rows whose comments answer one of these: what they say of whom they answer may be different now."""
    wanted = list(comments)
    if not wanted:
        return []
    rows = Quote.objects.filter(digest_id=digest_id, comment__parent__in=wanted)
    return list(rows.values_list("pk", flat=True))
