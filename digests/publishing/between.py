"""What stands between quotes in a post: headings, notes, pictures, cards. Written and read here.

A site with Matome's shortcodes gets those; any other one gets Markdown, and HTML for a picture's caption, each in one
block of lines. A block of another author's is a note that keeps its very text as long as nobody changes it.
"""

import re
from html import escape, unescape

from digests.plaintext import clean, clean_line
from digests.publishing import escaping, unescaping
from digests.publishing.document import (
    DocumentCard,
    DocumentEntry,
    DocumentHeading,
    DocumentNote,
    DocumentPicture,
    DocumentQuote,
)
from digests.publishing.shortcodes import Shortcode

SHORTCODES = frozenset(("matomeHeading", "matomeNote", "matomePicture", "matomeCard"))
_HEADING = re.compile(r"##+ +(.+)")
_CARD = re.compile(r"\[([^\[\]]*)\]\(<?([^()<>\s]*)>?\)(?:<br>(.*))?")
_FIGURE = re.compile(
    r'<figure><img src="([^"]*)" alt="([^"]*)"(?: width="(\d+)" height="(\d+)")?>'
    r"(?:<figcaption>(.*?)(?:<small>(.*?)</small>)?</figcaption>)?</figure>"
)


def picture_name(path: str) -> str:
    """The file's name in the post's own folder."""
    return path.rpartition("/")[2]


def write_entry(entry: DocumentEntry, *, own_shortcodes: bool) -> str:
    """An entry that is no quote, as one block of the post."""
    if own_shortcodes:
        return _shortcode(entry)
    match entry:
        case DocumentHeading():
            return f"## {escaping.label(entry.text)}"
        case DocumentNote():
            return escaping.body(entry.text) or "&#8203;"
        case DocumentPicture():
            return _figure(entry)
        case DocumentCard():
            text = f"<br>{escaping.body(entry.text)}" if clean(entry.text) else ""
            return f"[{escaping.link_text(clean_line(entry.title))}]({escaping.link_address(entry.url)}){text}"
    raise TypeError(type(entry))


def read_entry(block: str) -> DocumentEntry:
    """The entry that a block of lines is."""
    if match := _HEADING.fullmatch(block):
        return DocumentHeading(text=unescaping.label(match[1]))
    if match := _FIGURE.fullmatch(block):
        plain = [unescape(_unbroken(part or "")) for part in match.groups()]
        return DocumentPicture(
            path=plain[0],
            alt=plain[1],
            width=int(plain[2] or 0),
            height=int(plain[3] or 0),
            caption=plain[4],
            credit=plain[5],
        )
    if (match := _CARD.fullmatch(block)) and match[2].startswith(("http://", "https://")):
        return DocumentCard(
            url=unescaping.address(match[2]), title=unescaping.line(match[1]), text=unescaping.body(match[3] or "")
        )
    return DocumentNote(text=unescaping.body(block).removeprefix("\u200b"))


def read_shortcode(found: Shortcode) -> DocumentEntry:
    """The entry that one of Matome's own shortcodes is."""

    def text(name: str) -> str:
        return unescaping.line(found.get(name) or "")

    match found.name:
        case "matomeHeading":
            return DocumentHeading(text=text("text").removeprefix("\u200b"))
        case "matomePicture":
            size = [int(value) if value.isdigit() else 0 for value in (text("width"), text("height"))]
            return DocumentPicture(
                path=text("src"),
                alt=text("alt"),
                caption=text("caption"),
                credit=text("credit"),
                width=size[0],
                height=size[1],
            )
        case "matomeCard":
            return DocumentCard(url=text("url"), title=text("title"), text=unescaping.body(found.get("text") or ""))
    return DocumentNote(text=unescaping.body(found.get("body") or ""))


def _shortcode(entry: DocumentEntry) -> str:
    match entry:
        case DocumentHeading():
            name, parameters = "matomeHeading", {"text": escaping.label(entry.text)}
        case DocumentNote():
            name, parameters = "matomeNote", {"body": escaping.body(entry.text)}
        case DocumentPicture():
            name = "matomePicture"
            parameters = {"src": picture_name(entry.path), "alt": entry.alt, "caption": entry.caption}
            parameters |= {"credit": entry.credit, "width": str(entry.width), "height": str(entry.height)}
            parameters = {key: escaping.line(clean_line(value)) for key, value in parameters.items()}
        case DocumentCard():
            name = "matomeCard"
            parameters = {"url": escaping.line(entry.url), "title": escaping.line(clean_line(entry.title))}
            parameters["text"] = escaping.body(entry.text)
        case DocumentQuote():
            raise TypeError(type(entry))
    written = " ".join(f'{key}="{value}"' for key, value in parameters.items())
    return f"{{{{<{name} {written}>}}}}"


def _figure(entry: DocumentPicture) -> str:
    size = f' width="{entry.width}" height="{entry.height}"' if entry.width and entry.height else ""
    caption, credit = _html(entry.caption), _html(entry.credit)
    credit = f"<small>{credit}</small>" if credit else ""
    below = f"<figcaption>{caption}{credit}</figcaption>" if caption or credit else ""
    return f'<figure><img src="{_html(picture_name(entry.path))}" alt="{_html(entry.alt)}"{size}>{below}</figure>'


def _html(text: str) -> str:
    """Raw HTML passes goldmark as it stands; Hugo looks for shortcodes in it all the same."""
    return re.sub(r"\{(?=\{)", "{\u2060", escape(clean_line(text)))


def _unbroken(text: str) -> str:
    return text.replace("{\u2060{", "{{")
