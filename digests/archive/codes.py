"""The codes of what an archive's checks find: how grave each is, its name, and which repair helps."""

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

type Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Found:
    """`number` is the quote's 1-based number, `place` the 0-based place among all rows of the digest."""

    code: str
    detail: str = ""
    number: int | None = None
    place: int | None = None


@dataclass(frozen=True, slots=True)
class Code:
    """`repair` is the kind of `RepairBatch` that puts it right, "" where only an editor can."""

    severity: Severity
    name: str | Promise
    meaning: str | Promise
    repair: str = ""


CODES: dict[str, Code] = {
    # The site shows something broken, or may not build.
    "unread_post": Code("error", _("Unreadable posts"), _("No digest could be made of the post; its bytes are kept.")),
    "broken_post": Code(
        "error", _("Posts on which the build stops"), _("Front matter, a quote or a fold that Hugo cannot read.")
    ),
    "title": Code(
        "error",
        _("Titles that endanger the build"),
        _("A “'” ends a title in '…'; “<”, “&” and “:name:” take effect where a theme prints titles unescaped."),
        "escaping",
    ),
    "live_html": Code(
        "error",
        _("Live HTML"),
        _("A tag in the text is one on the site: a browser obeys it, nobody reads it."),
        "escaping",
    ),
    "empty": Code("error", _("Empty quotes"), _("There is a quote without a text.")),
    "empty_heading": Code("error", _("Empty headings"), _("There is a heading without a text.")),
    "empty_note": Code("error", _("Empty notes"), _("There is a note without a text.")),
    "no_headline": Code("error", _("No headline"), _("The digest has no headline.")),
    "no_quotes": Code("error", _("No quotes"), _("The digest quotes nobody.")),
    "no_alt": Code("error", _("Pictures without a description"), _("Who cannot see the picture gets nothing.")),
    "no_address": Code("error", _("Link cards without an address"), _("The card leads nowhere.")),
    "no_title": Code("error", _("Link cards without a title"), _("The card says nothing.")),
    # Readers get less than the digest has.
    "swallowed": Code(
        "warning",
        _("Swallowed text"),
        _("Markdown takes a part of the text for its own marks: readers of the Hugo site do not see it as it is here."),
        "escaping",
    ),
    "cut_address": Code("warning", _("Cut addresses"), _("An address ends in “...” and leads nowhere."), "addresses"),
    "untranslated": Code("warning", _("Left in English"), _("The text is not in the readers' language.")),
    "doubled": Code("warning", _("Doubled quotes"), _("Several quotes of the digest have the same text.")),
    "duplicated_thread": Code("warning", _("Duplicated threads"), _("Several digests retell the same thread.")),
    "unreadable_color": Code(
        "warning",
        _("Unreadable colours"),
        _("The contrast on white is below 4.5 to 1; each colour of a digest counts once."),
        "colors",
    ),
    "tag_alias": Code(
        "warning", _("Tags in several spellings"), _("The tag is another one's by case, width, blanks or kana."), "tags"
    ),
    "tag_folder": Code(
        "warning", _("Tags that cannot be folders"), _("Hugo makes folders of tags: “/”, dots at the ends …"), "tags"
    ),
    "no_source": Code("warning", _("No source"), _("Readers cannot check the quotes: no thread is named.")),
    # Worth knowing.
    "title_quote": Code(
        "note",
        _("Titles with a '"),
        _("Typed by hand between single quotation marks, the title would break the build."),
    ),
    "dead_link": Code(
        "note",
        _("Addresses that are no links"),
        _("The address is whole, but Hugo does not make a link of it."),
        "escaping",
    ),
    "typography": Code(
        "note",
        _("Other signs"),
        _("Hugo makes curly quotation marks, ellipses and dashes of what was typed."),
        "escaping",
    ),
    "no_thread": Code(
        "note",
        _("Threads that are not here"),
        _("The thread has not been imported, so quotes have no originals."),
        "thread",
    ),
    "unmatched": Code(
        "note",
        _("Quotes without their comment"),
        _("The thread is here, but some quotes are tied to no comment."),
        "thread",
    ),
    "no_article": Code("note", _("No article"), _("What the thread discusses is not linked."), "links"),
    "no_tags": Code("note", _("No tags"), _("Readers find the digest by its date only.")),
    "tag_once": Code("note", _("Tags used once"), _("No other digest has the tag."), "tags"),
}
SEVERITIES: dict[Severity, str | Promise] = {"error": _("Broken"), "warning": _("Mend"), "note": _("Worth knowing")}


def severity(code: str) -> Severity:
    return CODES[code].severity if code in CODES else "warning"
