"""How each place of a post writes its text: safe for everything new, plain for the bytes that posts once had."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from digests.plaintext import clean_line, is_web_address
from digests.publishing import between
from digests.publishing import escaping as safe
from digests.publishing.document import DigestDocument, DocumentEntry, DocumentFold, DocumentItem, DocumentQuote
from digests.publishing.form import Form
from digests.publishing.layouts import LABEL, Layout

# A quotation mark, or what turns the closing one into a character; `\`` is the one escape on which Hugo gives up; and a
# post's lines end in LF.
_BREAKS_OUT = re.compile(r'"|\\\Z|\\`|\r')


class UnfaithfulPost(Exception):
    """A finished post does not read back as what was put into it. It must not leave."""


class PlainCannotHold(UnfaithfulPost):
    """A text cannot stand unescaped in a shortcode's parameter. The argument is that text."""


class Escaping(StrEnum):
    SAFE = "safe"  # the reader sees what the editor typed
    PLAIN = "plain"  # the text as it stands; for posts that must keep the bytes they were published with


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """The parts of a post in one escaping and one form."""

    form: Form
    title: Callable[[str], str]
    tags: Callable[[Iterable[str]], list[str]]
    blockquote: Callable[[str], str]
    source: Callable[[str], str]
    label: Callable[[str], str]
    body: Callable[[str], str]
    user_name: Callable[[str], str]
    color: Callable[[str], str]

    def lead(self, document: DigestDocument) -> str:
        return self.blockquote(document.lead if clean_line(document.lead) else document.headline)

    def source_line(self, document: DigestDocument) -> str:
        return self.form.source_label + self.source(document.source_url) if document.source_url else ""

    def article_line(self, document: DigestDocument) -> str:
        wanted = document.article_url and self.form.article_line
        return self.form.article_label + self.source(document.article_url) if wanted else ""

    def parameters(self, quote: DocumentQuote, time: str) -> dict[str, str]:
        """A quote's parameters in the order in which they stand; `time` is a layout's."""
        values = {
            "body": self.body(quote.text),
            "userName": self.user_name(quote.author),
            "createdAt": self.form.time_text(quote.created_at, time),
            "color": self.color(quote.color),
        }
        if self.form.permalinks and quote.permalink:
            values["permalink"] = safe.line(quote.permalink)
        return values

    def entry(self, entry: DocumentEntry, layout: Layout) -> str:
        if not isinstance(entry, DocumentQuote):
            return between.write_entry(entry, own_shortcodes=self.form.own_shortcodes)
        written = " ".join(f'{name}="{value}"' for name, value in self.parameters(entry, layout.time).items())
        return f"{{{{<{self.form.quote} {written}>}}}}"

    def opening(self, fold: DocumentFold, layout: Layout) -> str:
        return layout.open.replace(LABEL, self.label(fold.label))


def laid_out(
    items: Iterable[DocumentItem], layout: Layout, writer: Writer, entry: Callable[[DocumentEntry], str]
) -> str:
    """The items with the blanks before each; `entry` writes what is no fold."""
    written: list[str] = []
    after_fold = False
    for item in items:
        is_fold = isinstance(item, DocumentFold)
        written.append(layout.between_folds if after_fold and is_fold else layout.between)
        if isinstance(item, DocumentFold):
            inside = layout.in_fold.join(map(entry, item.items))
            written += [writer.opening(item, layout), layout.after_open, inside, layout.before_close, layout.close]
        else:
            written.append(entry(item))
        after_fold = is_fold
    return "".join(written)


def writer_of(escaping: Escaping, form: Form) -> Writer:
    if escaping is Escaping.SAFE:
        return Writer(
            form=form,
            title=safe.title,
            tags=safe.tags,
            blockquote=safe.blockquote,
            source=safe.source,
            label=safe.label,
            body=safe.body,
            user_name=safe.user_name,
            color=safe.color,
        )
    return Writer(
        form=form,
        title=_as_it_stands,
        tags=list,
        blockquote=_plain_blockquote,
        source=_plain_source,
        label=_plain_parameter,
        body=_plain_parameter,
        user_name=_plain_parameter,
        color=_as_it_stands,
    )


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
