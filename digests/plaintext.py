"""What an editor's text is: plain characters, `\\n` for a line break, and addresses that become links.

One cleaning and one linkifier serve the desk, our own pages and every export. Knows no digest and no output format
but HTML.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

WORD_JOINER = "\u2060"  # invisible, of no width: breaks a token apart without changing what a reader sees

# Tokens that Hugo puts into pages for itself and replaces at the end of a build. In a text they panic the build.
_HUGO_TOKENS = re.compile(r"(?<=H)(?=AHAHUGOSHORTCODE)|(?<=_)(?=_hdeferred/)|(?<=_)(?=_h_pp_l1)")

_NEWLINE = re.compile(r"\r\n?")
_UNWANTED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters; \n and \t are dealt with before
    "\ud800-\udfff"  # lone surrogates: there are no others in a str
    "\ufdd0-\ufdef\ufffe\uffff"  # non-characters, and the last two of every further plane
    + "".join(f"{chr(plane + 0xFFFE)}{chr(plane + 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000))
    + "]"
)

_ADDRESS = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
_TRAILING = frozenset(".,;:!?'*_~")
_CUT = ("...", "…")
# A host of letters, digits, dots, hyphens and underscores, a numeric port, and no % that is not an escape: what Hugo's
# own link hook parses without failing the build.
_WHOLE_ADDRESS = re.compile(
    r"https?://[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?(?::[0-9]{1,5})?(?:[/?#](?:[^%]|%[0-9A-Fa-f]{2})*)?\Z"
)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of text; `href` is its address where it is a link, "" where it is not."""

    text: str
    href: str = ""


def clean(text: str) -> str:
    """The text as it is stored: line breaks are `\\n`, and nothing is left that cannot be published.

    A tab becomes one space; other control characters, non-characters and lone surrogates go; Hugo's internal
    tokens are broken by U+2060. Idempotent.
    """
    if is_clean(text):
        return text
    text = _NEWLINE.sub("\n", text).replace("\t", " ")
    return _HUGO_TOKENS.sub(WORD_JOINER, _UNWANTED.sub("", text))


def is_clean(text: str) -> bool:
    """Whether `clean` would leave the text, and any part of it, as it is."""
    if "HAHAHUGOSHORTCODE" in text or "__h" in text or "\t" in text or "\r" in text:
        return False
    # What is printable is wanted, and that is found out fifty times as fast.
    return text.replace("\n", "").replace("\u3000", "").isprintable() or _UNWANTED.search(text) is None


def clean_line(text: str) -> str:
    """The same for a field of one line: line breaks become spaces, and no blank is left at either end."""
    if "\n" not in text and is_clean(text):
        return text.strip()
    return clean(clean(text).replace("\n", " ").strip())


def folded(text: str) -> str:
    """Text as it is compared: full-width, half-width, capital and small letters are the same."""
    return unicodedata.normalize("NFKC", text).casefold()


def is_web_address(text: str) -> bool:
    """Whether `text` as a whole is an address that may stand behind a link: http or https, ASCII, well formed."""
    return _ADDRESS.fullmatch(text) is not None and _WHOLE_ADDRESS.match(text) is not None


def split_links(text: str) -> tuple[Segment, ...]:
    """The text in pieces, addresses apart from the rest. The pieces' texts joined are the input.

    Japanese text delimits an address by nothing, so any character that cannot stand in one ends it. Punctuation and
    unbalanced brackets at its end belong to the sentence. An address cut off by `...` or `…` is dead and stays text.
    """
    segments: list[Segment] = []
    done = 0
    for start, end in _addresses(text):
        address = text[start:end]
        if text.startswith(_CUT, end) or not is_web_address(address):
            continue
        if start > done:
            segments.append(Segment(text[done:start]))
        segments.append(Segment(address, href=address))
        done = end
    if done < len(text):
        segments.append(Segment(text[done:]))
    return tuple(segments)


def cut_addresses(text: str) -> tuple[str, ...]:
    """The addresses in a text that end in `...` or `…`: dead, because somebody copied a shortened link."""
    return tuple(text[start:end] for start, end in _addresses(text) if text.startswith(_CUT, end))


def to_html(text: str) -> SafeString:
    """The text for our own pages: escaped, linked, `<br>` for `\\n`.

    No newline stands beside a `<br>`, so a page may show it with `white-space: pre-wrap`, which keeps runs of blanks.
    """
    if "://" not in text:  # most have no address
        return mark_safe(_plain_html(text))  # noqa: S308
    return mark_safe("".join(map(_segment_html, split_links(text))))  # noqa: S308


def _plain_html(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def _segment_html(segment: Segment) -> str:
    shown = _plain_html(segment.text)
    if not segment.href:
        return shown
    return f'<a href="{escape(segment.href)}" rel="nofollow noopener ugc">{shown}</a>'


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where something that looks like an address stands, without the punctuation that follows it."""
    for match in _ADDRESS.finditer(text):
        yield match.start(), match.start() + len(_without_trailing(match.group()))


def _without_trailing(address: str) -> str:
    """Without closing punctuation, and without brackets that nothing in the address opens."""
    surplus = {close: address.count(close) - address.count(open_) for open_, close in ("()", "[]")}
    end = len(address)
    while end:
        last = address[end - 1]
        if surplus.get(last, 0) > 0:
            surplus[last] -= 1
        elif last not in _TRAILING:
            break
        end -= 1
    return address[:end]
