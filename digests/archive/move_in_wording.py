"""What the codes of a move-in mean, in plain words."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests.archive.reports import Outcome
from digests.publishing import places

_ERRORS: dict[str, Promise] = {
    "no_folder": gettext_lazy("This folder cannot be read. Check the path, and that the server may read it."),
    "bad_form": gettext_lazy("The Hugo site's settings cannot be used. Mend them on its page."),
    "not_a_zip": gettext_lazy("This file is no zip, or a damaged one. Pack the site's folder again."),
    "too_large": gettext_lazy(
        "The zip is larger than is allowed. Leave out everything but content, assets and static."
    ),
    "too_many_files": gettext_lazy(
        "The zip holds more files than is allowed. Leave out everything but content, assets and static."
    ),
    "unsafe_name": gettext_lazy("A file in the zip has a name that leads out of it, so none of it was read."),
    "name_twice": gettext_lazy("Two files in the zip have the same name, so it is not clear which one is meant."),
    "encrypted": gettext_lazy("The zip is encrypted. Pack it without a password."),
    "zip_bomb": gettext_lazy("A file in the zip is packed so tightly that it can only be a trap; none of it was read."),
    "upload_gone": gettext_lazy("The uploaded zip is no longer here. Upload it again."),
    "busy": gettext_lazy("Somebody else stores the same posts at this moment. Run it again; nothing is done twice."),
    "interrupted": gettext_lazy("It was interrupted. Run it again to go on; nothing is done twice."),
    "unexpected": gettext_lazy(
        "Something went wrong in Matome itself; the log has the details. Run it again to go on."
    ),
}

_OUTCOMES: dict[Outcome, Promise] = {
    Outcome.CREATED: gettext_lazy("became digests"),
    Outcome.UPDATED: gettext_lazy("had changed; their digests follow"),
    Outcome.UNCHANGED: gettext_lazy("are as they were"),
    Outcome.MOVED: gettext_lazy("stand at another path"),
    Outcome.CONFLICT: gettext_lazy("do not agree with their digests"),
    Outcome.KEPT: gettext_lazy("kept as they came, without a digest"),
    Outcome.UNREAD: gettext_lazy("could not be read"),
    Outcome.PAGE: gettext_lazy("are no posts"),
    Outcome.GONE: gettext_lazy("are no longer in the site"),
}

# The gravest first: in this order they are listed.
_REMARKS: dict[str, Promise] = {
    # About posts and files.
    "conflict": gettext_lazy("File and digest do not agree; nothing was changed"),
    "unreadable": gettext_lazy("Cannot be read as a post; kept as it came, without a digest"),
    "not_utf8": gettext_lazy("Not UTF-8; kept as it came, without a digest"),
    "not_held": gettext_lazy("Holds something that a digest cannot; kept as it came, without one"),
    "no_quotes": gettext_lazy("A post without a single quote; kept as it came, without a digest"),
    "unreadable_file": gettext_lazy("The file cannot be read"),
    "too_large": gettext_lazy("The file is too large for what it is; not read"),
    "bad_name": gettext_lazy("The name holds characters that no post's path may have; not read"),
    "name_too_long": gettext_lazy("The path is longer than 500 characters; not read"),
    "link": gettext_lazy("Symbolic links; not followed, so what they lead to was not read"),
    "not_a_file": gettext_lazy("Not a file, though it has a post's name; passed over"),
    "gone": gettext_lazy("No longer in the site; the digest stays"),
    "moved": gettext_lazy("Stands at another path now; its digest follows"),
    "digest_deleted": gettext_lazy("Its digest was deleted here; left so"),
    # About pictures.
    "picture_missing": gettext_lazy("Pictures that posts name and that are not in the site"),
    "picture_unusable": gettext_lazy("Pictures that are none, or too large; not kept"),
    # What is odd about a post; it goes out as it came as long as nobody edits just that.
    "broken_front_matter": gettext_lazy("The front matter breaks Hugo's build; what it says was made out"),
    "broken_quote": gettext_lazy("A quote's shortcode breaks Hugo's build; what it says was made out"),
    "open_fold": gettext_lazy("A fold is opened and never closed; it ends where the next one begins"),
    "stray_close": gettext_lazy("A fold is closed that was never opened"),
    "empty_fold": gettext_lazy("A fold without quotes; left out of the digest"),
    "no_body": gettext_lazy("A quote without a text"),
    "time": gettext_lazy("A quote's time cannot be read; it counts as 1970"),
    "color": gettext_lazy("A quote's colour is none; it has no colour here"),
    "kept_text": gettext_lazy("Text or shortcodes between the quotes that no digest has; kept as they stand"),
    "fold_parameters": gettext_lazy("A fold has parameters besides its summary, or lacks that"),
    "quote_parameters": gettext_lazy("A quote has parameters that are not known"),
    "no_date": gettext_lazy("The front matter has no date; the path's was taken"),
    "no_title": gettext_lazy("The front matter has no title; the first lines were taken"),
    "no_source": gettext_lazy("There is no line that names the source"),
    "source_without_link": gettext_lazy("The source is no link"),
    "no_blockquote": gettext_lazy("The headline is not repeated as a blockquote"),
    "front_matter": gettext_lazy("The front matter is no TOML, or there is none"),
    "byte_order_mark": gettext_lazy("Begins with a byte order mark; kept so"),
    "no_final_line_end": gettext_lazy("Its last line does not end; kept so"),
    "crlf": gettext_lazy("Its lines end in CR LF; kept so"),
    "other_layout": gettext_lazy("Laid out in a way of its own; kept so"),
    # About what is no post.
    "page": gettext_lazy("No posts: pages that quote nobody, left where they are"),
}
_RANKS = {code: rank for rank, code in enumerate(_REMARKS)}


def explain(code: str) -> str:
    """A sentence or two for what stopped a move-in."""
    return str(_ERRORS[code]) if code in _ERRORS else places.explain(code)


def explain_remark(code: str) -> str:
    """A heading for the remarks of one code."""
    return str(_REMARKS[code]) if code in _REMARKS else _("Odd, and kept as it came (%(code)s)") % {"code": code}


def rank(code: str) -> int:
    """How far down a remark stands."""
    return _RANKS.get(code, len(_RANKS))


def explain_outcome(outcome: Outcome) -> str:
    """What became of some posts, to be read after their number."""
    return str(_OUTCOMES[outcome])
