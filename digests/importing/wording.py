"""What the codes of imports mean, in plain words: what happened, and what can be done."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_WORDS: dict[str, Promise] = {
    # Errors: the codes of digests.sources.contract, and two of our own.
    "source_error": gettext_lazy("The import failed. Try again later."),
    "address_not_understood": gettext_lazy(
        "This is not the address of a thread. Paste the address of a Hacker News item, its number, or a comment's"
        " permalink."
    ),
    "thread_not_found": gettext_lazy("The site has no such thread. Check the address."),
    "not_a_thread": gettext_lazy("There is no discussion at this address. Choose another thread."),
    "not_a_thread:job": gettext_lazy("This is a job advertisement; nobody can comment on it. Choose another thread."),
    "not_a_thread:poll": gettext_lazy("This is a poll. Polls cannot be imported; choose another thread."),
    "not_a_thread:pollopt": gettext_lazy("This is an option of a poll. Polls cannot be imported."),
    "not_a_thread:user": gettext_lazy("This is a user's page. Paste the address of a thread instead."),
    "not_a_thread:dead": gettext_lazy("The site has killed this story, so it cannot be imported."),
    "not_a_thread:deleted": gettext_lazy("This story was deleted, so it cannot be imported."),
    "not_a_thread:comment": gettext_lazy("The file holds a comment without its story. Save the whole story."),
    "source_unreachable": gettext_lazy(
        "The site could not be reached, or did not answer in time. Nothing was changed; try again in a few minutes."
    ),
    "address_forbidden": gettext_lazy(
        "The site's name leads to an address inside this network, which is not allowed. If it is a stand-in on this"
        " machine, set MATOME_ALLOW_LOOPBACK_SOURCES=1."
    ),
    "source_refused": gettext_lazy(
        "The site answered, but refused to give the thread; it may be overloaded or limit requests. Nothing was"
        " changed; try again later."
    ),
    "bad_answer": gettext_lazy("The answer could not be read. Nothing was changed; try again in a few minutes."),
    "answer_too_large": gettext_lazy("The answer is larger than is allowed, so it was not read."),
    "cancelled": gettext_lazy("The import was cancelled. Nothing was changed."),
    "interrupted": gettext_lazy("The import was interrupted before it was finished. Nothing was changed; try again."),
    "unexpected": gettext_lazy("Something went wrong in Matome itself; the log has the details. Nothing was changed."),
    # Notes: what an editor should know of a thread that did come in.
    "algolia_failed": gettext_lazy("One of the site's two interfaces failed; everything came from the other one."),
    "ranks_failed": gettext_lazy("The site did not say in which order it shows the comments; they stand by time."),
    "ranks_kept": gettext_lazy(
        "This time the site did not say in which order it shows the comments; the earlier order was kept and new"
        " comments stand behind it."
    ),
    "comments_missing": gettext_lazy("The site names some comments that it does not deliver."),
    "parents_missing": gettext_lazy("Some replies stand at the end because the comment they reply to is missing."),
    "file_unranked": gettext_lazy("The file does not say in which order the site shows the comments."),
    "file_incomplete": gettext_lazy("The file names some comments that it does not hold."),
    "file_repaired": gettext_lazy("The file was damaged in places; it was read as well as possible."),
    # Orders.
    "ranked": gettext_lazy("Comments stand in the site's own order."),
    "time": gettext_lazy("Comments stand by time, not in the site's own order."),
}


def explain(code: str, detail: str = "") -> str:
    """A sentence for the code of an error, a note or an order. The detail of an error may make it more precise."""
    kind = detail.split(";", maxsplit=1)[0]
    words = _WORDS.get(f"{code}:{kind}") or _WORDS.get(code)
    return str(words) if words else _("The import reports “%(code)s”.") % {"code": code}
