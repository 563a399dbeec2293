"""How each part of a document is spelled in a post: front matter values, head, shortcodes, and the blanks between.

Knows no post that stands there already.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from digests import thumbnails
from digests.plaintext import clean, clean_line, is_web_address
from digests.publishing import between
from digests.publishing import escaping as safe
from digests.publishing.blocks import HEAD, Kind
from digests.publishing.document import DigestDocument, DocumentEntry, DocumentFold, DocumentQuote
from digests.publishing.form import Form, zone
from digests.publishing.layouts import Layout

QUOTE_PARAMETERS = ("body", "userName", "createdAt", "color", "permalink")
IN_HEAD = "\n\n"

# A quotation mark, or what turns the closing one into a character; `\`` is the one escape on which Hugo gives up; and a
# post's lines end in LF.
_BREAKS_OUT = re.compile(r'"|\\\Z|\\`|\r')
_SAID_ZONE = re.compile(r"(?:Z|[+-][0-9]{2}:?[0-9]{2})\Z")  # of a time that names its own
_FOLDERS = ("assets/", "static/")


class UnfaithfulPost(Exception):
    """A finished post does not read back as what was put into it. It must not leave."""


class PlainCannotHold(UnfaithfulPost):
    """A text cannot stand unescaped in a shortcode's parameter. The argument is that text."""


class Escaping(StrEnum):
    SAFE = "safe"  # the reader sees what the editor typed
    PLAIN = "plain"  # the text as it stands; for posts that must keep the bytes they were published with


@dataclass(frozen=True, slots=True)
class Spelling:
    """How each kind of text is escaped."""

    title: Callable[[str], str]
    tags: Callable[[Iterable[str]], list[str]]
    blockquote: Callable[[str], str]
    source: Callable[[str], str]
    label: Callable[[str], str]
    body: Callable[[str], str]
    user_name: Callable[[str], str]
    color: Callable[[str], str]


def _plain_parameter(text: str) -> str:
    if _BREAKS_OUT.search(text):
        raise PlainCannotHold(text)
    return text.replace("\n", "<br>")


def _plain_source(url: str) -> str:
    return f"[{url}]({url})" if is_web_address(url) else clean_line(url)


def _plain_blockquote(text: str) -> str:
    return "\n".join(f"> {line}" if line else ">" for line in text.split("\n"))


def _as_it_stands(text: str) -> str:
    return text


SPELLINGS = {
    Escaping.SAFE: Spelling(
        title=safe.title,
        tags=safe.tags,
        blockquote=safe.blockquote,
        source=safe.source,
        label=safe.label,
        body=safe.body,
        user_name=safe.user_name,
        color=safe.color,
    ),
    Escaping.PLAIN: Spelling(
        title=_as_it_stands,
        tags=list,
        blockquote=_plain_blockquote,
        source=_plain_source,
        label=_plain_parameter,
        body=_plain_parameter,
        user_name=_plain_parameter,
        color=_as_it_stands,
    ),
}


def shown_lead(document: DigestDocument) -> str:
    """What the blockquote at the head says."""
    return document.lead if clean_line(document.lead) else document.headline


def says_lead(text: str, document: DigestDocument) -> bool:
    """Whether a blockquote's text is what the document shows there; blanks around a single line count for nothing."""
    shown = clean(shown_lead(document))
    return text == shown or ("\n" not in text and clean_line(text) == clean_line(shown) and "\n" not in shown)


def thumbnail_value(document: DigestDocument, form: Form) -> str:
    """What the front matter says of the thumbnail; "" where a theme finds it by its name beside the post.

    A picture that was uploaded here goes into the form's folder; any other path is one that the site had before.
    """
    path = clean_line(document.thumbnail)
    if not thumbnails.is_own_path(path):
        return path
    if form.pictures == "bundle" and form.has_folders:
        return ""
    folder = next(
        (form.thumbnail_folder[len(name) :] for name in _FOLDERS if form.thumbnail_folder.startswith(name)), ""
    )
    return f"{folder or form.thumbnail_folder}/{path.rpartition('/')[2]}"


def read_thumbnail(value: str) -> str:
    """The thumbnail that a value of the front matter names."""
    own = f"thumbnails/{value.rpartition('/')[2]}"
    return own if thumbnails.is_own_path(own) else value


@dataclass(frozen=True, slots=True)
class Writer:
    """Spells in one form. `layout` says how times and folds are written."""

    form: Form
    layout: Layout
    escaping: Escaping = Escaping.SAFE

    @property
    def spelling(self) -> Spelling:
        return SPELLINGS[self.escaping]

    def front_matter(self, document: DigestDocument, *, draft: bool) -> dict[str, Any]:
        """The keys and values of a new post, in their order."""
        form, spelling = self.form, self.spelling
        values: dict[str, Any] = {
            form.date_key: form.date_text(document.date),
            form.months_key: month_text(document.date),
            form.draft_key: draft,
            form.title_key: spelling.title(document.headline),
            form.tags_key: spelling.tags(document.tags),
            form.thumbnail_key: thumbnail_value(document, form) or None,
        }
        return {key: value for key, value in values.items() if key and value is not None} | {**form.constants}

    def head(self, document: DigestDocument) -> list[tuple[Kind, str]]:
        """The paragraphs before the first entry."""
        found = [(Kind.LEAD, self.spelling.blockquote(shown_lead(document)))]
        if document.source_url:
            found.append((Kind.SOURCE, self.source(document.source_url)))
        if document.article_url and self.form.article_line:
            found.append((Kind.ARTICLE, self.article(document.article_url)))
        return found

    def source(self, url: str) -> str:
        return self.form.source_label + self.spelling.source(url)

    def article(self, url: str) -> str:
        return self.form.article_label + self.spelling.source(url)

    def items(self, document: DigestDocument) -> list[tuple[Kind, str]]:
        """Everything that the document holds, in order, and the ends of its folds."""
        found: list[tuple[Kind, str]] = []
        for item in document.items:
            if isinstance(item, DocumentFold):
                found.append((Kind.OPEN, self.opening(item.label)))
                found += [(Kind.ENTRY, self.entry(entry)) for entry in item.items]
                found.append((Kind.CLOSE, self.closing()))
            else:
                found.append((Kind.ENTRY, self.entry(item)))
        return found

    def entry(self, entry: DocumentEntry) -> str:
        if not isinstance(entry, DocumentQuote):
            return between.write(entry, own_shortcodes=self.form.own_shortcodes, beside=self.form.has_folders)
        written = " ".join(f'{name}="{value}"' for name, value in self.parameters(entry).items())
        return f"{{{{<{self.form.quote} {written}>}}}}"

    def parameters(self, quote: DocumentQuote) -> dict[str, str]:
        """The parameters of a quote's shortcode in their order."""
        spelling = self.spelling
        values = (spelling.body(quote.text), spelling.user_name(quote.author), self.time(quote.created_at))
        found = dict(zip(QUOTE_PARAMETERS, (*values, spelling.color(quote.color)), strict=False))
        return found | ({"permalink": link} if (link := self.permalink(quote)) else {})

    def permalink(self, quote: DocumentQuote) -> str:
        """The address of a quote's comment, where it goes out."""
        return quote.permalink if self.form.permalinks and is_web_address(quote.permalink) else ""

    def time(self, instant: datetime) -> str:
        said = _SAID_ZONE.search(self.layout.time)
        if said is None:
            return self.form.time_text(instant, self.layout.time)
        local = instant.astimezone(
            zone(said[0] if ":" in said[0] or said[0] == "Z" else f"{said[0][:3]}:{said[0][3:]}")
        )
        return local.strftime(self.layout.time)

    def opening(self, label: str) -> str:
        return self.layout.opening.format(name=self.form.fold, label=self.spelling.label(label))

    def closing(self) -> str:
        return self.layout.closing.format(name=self.form.fold)

    def whole(self, document: DigestDocument) -> list[tuple[Kind, str]]:
        """All blocks of a new post's content."""
        footer = [(Kind.FOOTER, self.form.footer)] if self.form.footer else []
        return [*self.head(document), *self.items(document), *footer]


def month_text(day: date) -> str:
    return f"{day.year:04}/{day:%m}"


def gap_name(before: Kind, after: Kind | None) -> str:
    """Which of a `Layout`'s blanks stands between two blocks; "in_head" between two at the head."""
    if before in HEAD:
        return "in_head" if after in HEAD else "before_footer" if after in {Kind.FOOTER, None} else "after_head"
    if after in {Kind.FOOTER, None}:
        return "before_footer"
    if before is Kind.OPEN:
        return "after_open"
    if before is Kind.CLOSE:
        return "between_folds" if after is Kind.OPEN else "after_fold"
    return {Kind.OPEN: "before_fold", Kind.CLOSE: "before_close"}.get(after or Kind.ENTRY, "between")


def gap(layout: Layout, before: Kind, after: Kind | None) -> str:
    """The blanks of a layout between two blocks."""
    name = gap_name(before, after)
    return IN_HEAD if name == "in_head" else str(getattr(layout, name))
