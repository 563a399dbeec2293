"""What stands between quotes in a post: headings, notes, updates, pictures and cards. Written and read here.

A site with Matome's shortcodes gets those; any other gets one paragraph of Markdown for each, or HTML for a picture.
A paragraph is read as one of them only when it would be written again as it stands: other people's Markdown is none.
"""

import re
from datetime import date
from html import escape, unescape

from digests import thumbnails
from digests.plaintext import WORD_JOINER, clean, clean_line
from digests.publishing import escaping, unescaping
from digests.publishing.document import (
    DocumentCard,
    DocumentEntry,
    DocumentHeading,
    DocumentNote,
    DocumentPicture,
    DocumentQuote,
    DocumentUpdate,
)
from digests.publishing.shortcodes import Shortcode

SHORTCODES = frozenset(("matomeHeading", "matomeNote", "matomePicture", "matomeCard"))

_CARD = re.compile(r"\*\*(?:\[([^\[\]]*)\]\(([^()\s]*)\)|(.*?)\*\*<br>(http[^<]*))(?(3)|\*\*)(?:<br>(.*))?")
_FIGURE = re.compile(
    r'<figure><img src="([^"]*)" alt="([^"]*)"(?: width="([0-9]{1,5})" height="([0-9]{1,5})")?>'
    r"(?:<figcaption>([^<]*)(?:<small>([^<]*)</small>)?</figcaption>)?</figure>"
)
_UPDATE = re.compile(r"その後（([0-9]{4})年([1-9]|1[0-2])月([1-9]|[12][0-9]|3[01])日）\n")
_NEEDLESS = {"%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%3B": ";", "%5B": "[", "%5D": "]"}


def as_note(update: DocumentUpdate) -> DocumentNote:
    """An update as posts have it: a note that begins with its date in words."""
    day = update.date
    return DocumentNote(text=f"その後（{day.year:04}年{day.month}月{day.day}日）\n{clean(update.text)}")


def as_update(note: DocumentNote) -> DocumentNote | DocumentUpdate:
    """A note that says what became of it, and when, is an update; any other stays a note."""
    match = _UPDATE.match(note.text)
    if match is None:
        return note
    try:
        day = date(*map(int, match.groups()))
    except ValueError:
        return note
    return DocumentUpdate(text=note.text[match.end() :], date=day)


def write(entry: DocumentEntry, *, own_shortcodes: bool, beside: bool = True) -> str:
    """An entry that is no quote, as one block of the post. `beside` says whether pictures lie in the post's folder."""
    return _as_shortcode(entry, beside=beside) if own_shortcodes else _as_markdown(entry, beside=beside)


def is_written(block: str, entry: DocumentEntry) -> bool:
    """Whether the entry would be written like that, in whatever form."""
    ways = [(own, beside) for own in (False, True) for beside in (True, False)]
    return any(block == write(entry, own_shortcodes=own, beside=beside) for own, beside in ways)


def read(block: str) -> DocumentEntry | None:
    """The entry that a paragraph is; None for a text that nobody here has written."""
    if block.startswith("## "):
        found: DocumentEntry = DocumentHeading(text=unescaping.label(block[3:]))
    elif match := _FIGURE.fullmatch(block):
        src, alt, width, height, caption, credit = (_from_html(part or "") for part in match.groups())
        found = DocumentPicture(
            path=_path(src), alt=alt, caption=caption, credit=credit, width=int(width or 0), height=int(height or 0)
        )
    elif match := _CARD.fullmatch(block):
        linked, address, title, url, text = match.groups()
        found = DocumentCard(
            url=_address(address) if address is not None else unescaping.line(url),
            title=unescaping.label(title if linked is None else linked),
            text=unescaping.body(text or ""),
        )
    else:
        found = as_update(DocumentNote(text=unescaping.body(block)))
    return found if block in {_as_markdown(found, beside=True), _as_markdown(found, beside=False)} else None


def read_shortcode(found: Shortcode) -> DocumentEntry:
    """The entry that one of Matome's own shortcodes is."""

    def text(name: str) -> str:
        return unescaping.label(found.value(name) or "")

    match found.name:
        case "matomeHeading":
            return DocumentHeading(text=text("text"))
        case "matomePicture":
            width, height = (
                int(size) if re.fullmatch("[0-9]{1,5}", size) else 0 for size in map(text, ("width", "height"))
            )
            return DocumentPicture(
                path=_path(found.value("src") or ""),
                alt=text("alt"),
                caption=text("caption"),
                credit=text("credit"),
                width=width,
                height=height,
            )
        case "matomeCard":
            return DocumentCard(
                url=_address(found.value("url") or ""),
                title=text("title"),
                text=unescaping.body(found.value("text") or ""),
            )
    return as_update(DocumentNote(text=unescaping.body(found.value("body") or "")))


def picture_name(path: str, *, beside: bool = True) -> str:
    """By what name a post asks for a picture: one that was uploaded here lies beside it, or at the site's root."""
    if not thumbnails.is_own_path(path):
        return clean_line(path)
    name = path.rpartition("/")[2]
    return name if beside else f"/{name}"


def _as_shortcode(entry: DocumentEntry, *, beside: bool) -> str:
    match entry:
        case DocumentHeading():
            name, parameters = "matomeHeading", {"text": escaping.label(entry.text)}
        case DocumentUpdate():
            return _as_shortcode(as_note(entry), beside=beside)
        case DocumentNote():
            name, parameters = "matomeNote", {"body": escaping.body(entry.text)}
        case DocumentPicture():
            name = "matomePicture"
            parameters = {
                "src": escaping.user_name(picture_name(entry.path, beside=beside)),
                "alt": escaping.line(entry.alt),
            }
            parameters |= {"caption": escaping.line(entry.caption), "credit": escaping.line(entry.credit)}
            parameters |= {"width": str(entry.width or ""), "height": str(entry.height or "")}
        case DocumentCard():
            name = "matomeCard"
            parameters = {"url": escaping.link_address(entry.url), "title": escaping.line(entry.title)}
            parameters |= {"text": escaping.body(entry.text)}
        case DocumentQuote():
            raise TypeError("a quote has a shortcode of the site's")
    return f"{{{{<{name} {' '.join(f'{key}="{value}"' for key, value in parameters.items())}>}}}}"


def _as_markdown(entry: DocumentEntry, *, beside: bool) -> str:
    match entry:
        case DocumentHeading():
            return f"## {escaping.heading(entry.text)}"
        case DocumentUpdate():
            return escaping.body(as_note(entry).text)
        case DocumentNote():
            return escaping.body(entry.text)
        case DocumentPicture():
            return _figure(entry, beside=beside)
        case DocumentCard():
            title = clean_line(entry.title)
            if escaping.is_link(entry.url):
                shown = f"**{escaping.link(entry.url, title)}**"
            else:
                shown = f"**{escaping.line(title)}**<br>{escaping.line(entry.url)}"
            return f"{shown}<br>{escaping.body(entry.text)}" if clean(entry.text) else shown
    raise TypeError("a quote has a shortcode of the site's")


def _figure(entry: DocumentPicture, *, beside: bool) -> str:
    size = f' width="{entry.width}" height="{entry.height}"' if entry.width and entry.height else ""
    caption, credit = _html(entry.caption), _html(entry.credit)
    credit = f"<small>{credit}</small>" if credit else ""
    below = f"<figcaption>{caption}{credit}</figcaption>" if caption or credit else ""
    name = _html(picture_name(entry.path, beside=beside))
    return f'<figure><img src="{name}" alt="{_html(entry.alt)}"{size}>{below}</figure>'


def _html(text: str) -> str:
    """Raw HTML passes Markdown as it stands; Hugo looks for shortcodes in it all the same."""
    return re.sub(r"\{(?=\{)", f"{{{WORD_JOINER}", escape(clean_line(text)))


def _from_html(text: str) -> str:
    return clean_line(unescape(text.replace(f"{{{WORD_JOINER}{{", "{{")))


def _path(name: str) -> str:
    own = f"thumbnails/{name.removeprefix('/')}"
    return own if thumbnails.is_own_path(own) else clean_line(name)


def _address(written: str) -> str:
    """The address of a link: what was escaped only for the sake of its parentheses is taken back."""
    return clean_line(re.sub(r"%(?:2[789A]|3B|5[BD])", lambda match: _NEEDLESS[match.group()], written))
