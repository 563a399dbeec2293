"""Quotes as the public pages write them, in Python: a template takes eight times as long, and a page shows eighty.

All values are escaped here but `html`, which `plaintext.to_html` has made. Knows documents as `digest_tags` shows them.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from itertools import groupby
from typing import Any
from urllib.parse import quote as percent_encoded

from django import template
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from digests import plaintext
from digests.publishing.document import DigestDocument
from digests.templatetags.digest_tags import Passage, ShownQuote, absolute, site_time, utc_time
from digests.templatetags.reading_tags import excerpt, language_of

SHARED = 90  # characters of a quote in a share text; X takes 140 in all, with the headline and an address
# What a browser would not send by itself as what it is, and what no eye sees. Everything else may stand in an address
# as it is written (WHATWG URL, 4.3): percent-encoded, Japanese takes three times the bytes, and the page was thrice as
# large.
_NOT_IN_QUERY = re.compile(
    "[\x00-,/:-@\\[-^`{-\xa0\xad\u0600-\u0605\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000"
    "\ud800-\uf8ff\ufdd0-\ufdef\ufeff\ufff0-\uffff\U000e0000-\U0010ffff]"
)

register = template.Library()


@dataclass(frozen=True, slots=True)
class DigestWords:
    """What stands at each quote of a digest's page, escaped; `originals` is the address of their originals' page, ""
    in a preview."""

    comment: str
    original: str
    share: str
    fidelity: Mapping[str, str]
    originals: str


@register.simple_tag
def words_of_quotes(originals: str) -> DigestWords:
    """Said once for all quotes of a page: translating the same for each takes as long as writing them."""
    return DigestWords(
        comment=escape(_("Comment")),
        original=escape(_("Original")),
        share=escape(_("Share")),
        fidelity=_fidelity(part=_("Part of the comment"), verbatim=_("Word for word")),
        originals=escape(originals),
    )


@register.filter
def runs(passage: Passage) -> list[tuple[bool, list[Any]]]:
    """The entries of a passage: those that stand together as (whether they are quotes, the entries)."""
    return [(are_quotes, list(run)) for are_quotes, run in groupby(passage.entries, _is_quote)]


def _is_quote(entry: Any) -> bool:
    return bool(entry["kind"] == "quote")


@register.simple_tag
def quote_articles(quotes: Iterable[ShownQuote], words: DigestWords) -> SafeString:
    """Quotes of a digest's page."""
    return mark_safe("".join(_article(quote, words) for quote in quotes))  # noqa: S308


def _article(quote: ShownQuote, words: DigestWords) -> str:
    number, color = quote["number"], quote["color"]
    classes, mark, cite, ways = "quote", "", "", words.fidelity.get(quote["fidelity"], "")
    if color:
        classes += f" c-{escape(color.key)}"
        shown = f'<span class="mark" aria-hidden="true">{escape(color.mark)}</span>'
        mark = f'{shown}<span class="hidden">{escape(str(color.name))}</span> '
    if quote["emphasis"]:
        classes += f" e-{escape(quote['emphasis'])}"
    if quote["permalink"]:
        permalink = escape(quote["permalink"])
        cite = f' cite="{permalink}"'
        ways += f' <a href="{permalink}" rel="nofollow noopener">{words.comment}</a>'
    if words.originals and quote["original"]:
        ways += f' <a href="{words.originals}#o{number}">{words.original}</a>'
    if words.originals:
        ways += f' <a href="{words.originals}#s{number}">{words.share}</a>'
    return (
        f'<article class="{classes}" id="q{number}">\n'
        f'<a class="number" href="#q{number}">{mark}{number}</a>\n'
        f'<blockquote dir="auto"{cite}>{quote["html"]}</blockquote>\n'
        f'<footer><bdi class="author">{escape(quote["author"])}</bdi>'
        f' <time datetime="{quote["utc"]}">{escape(quote["local"])}</time>{ways}</footer>\n'
        "</article>\n"
    )


@register.simple_tag
def originals_of(document: DigestDocument) -> SafeString:
    """All quotes of a digest, each in its original words, and ready to be passed on."""
    return mark_safe("".join(_originals(document)))  # noqa: S308


def _originals(document: DigestDocument) -> Iterator[str]:
    plain_address = reverse("digest", args=[document.slug])
    plain_whole = absolute(plain_address)
    address, whole, encoded = escape(plain_address), escape(plain_whole), percent_encoded(plain_whole, safe="")
    ending = f"（{excerpt(document.headline, 40)}）"
    encoded_ending = _in_query(ending)
    missing = escape(_("The original is not kept here."))
    not_kept = f'<p class="missing">{missing}</p>\n'
    comment, card = escape(_("The comment where it was written")), escape(_("Picture card"))
    copied, copy = escape(_("Copied")), escape(_("Copy"))
    fidelity = _fidelity(part=_("The quote is a part of it."), verbatim=_("The quote is word for word."))
    rel = 'rel="nofollow noopener"'
    for number, quote in enumerate(document.quotes(), 1):
        original, source = not_kept, ""
        if quote.original:
            language = language_of(quote.original)
            original = f'<p dir="auto" lang="{language}">{plaintext.to_html(quote.original)}</p>\n'
        if quote.permalink:
            source = f'<a href="{escape(quote.permalink)}" {rel}>{comment}</a>'
        words = f"「{excerpt(quote.text, SHARED)}」{quote.author}"
        said = _in_query(words) + encoded_ending
        yield (
            f'<section class="one" aria-labelledby="h{number}">\n'
            f'<h2 id="h{number}"><a href="{address}#q{number}">{number}</a>'
            f' <bdi class="author">{escape(quote.author)}</bdi>'
            f' <time datetime="{utc_time(quote.created_at)}">{escape(site_time(quote.created_at))}</time></h2>\n'
            f'<div class="original" id="o{number}">{original}'
            f'<p class="ways">{source}{fidelity.get(quote.fidelity, "")}</p></div>\n'
            f'<div class="share" id="s{number}"><p class="words"><bdi>{escape(words + ending)}</bdi><br>'
            f"{whole}#q{number}</p>\n"
            f'<p class="ways"><button type="button" class="copy" hidden data-done="{copied}">{copy}</button>'
            f' <a href="https://x.com/intent/post?text={said}&amp;url={encoded}%23q{number}" {rel}>X</a>'
            f' <a href="https://bsky.app/intent/compose?text={said}%20{encoded}%23q{number}" {rel}>Bluesky</a>'
            f' <a href="https://line.me/R/share?text={said}%20{encoded}%23q{number}" {rel}>LINE</a>'
            f' <a class="quote-card" data-href="{address}q/{number}.jpg" rel="nofollow" hidden>{card}</a></p></div>\n'
            "</section>\n"
        )


def _in_query(text: str) -> str:
    """The text as a value in the query of an address, fit for an attribute."""
    return _NOT_IN_QUERY.sub(_percent_encoded, text)


def _percent_encoded(match: re.Match[str]) -> str:
    return percent_encoded(match[0], safe="")


def _fidelity(**said: str) -> dict[str, str]:
    """What is said of a quote's fidelity, by that."""
    return {fidelity: f' <span class="fidelity">{escape(words)}</span>' for fidelity, words in said.items()}
