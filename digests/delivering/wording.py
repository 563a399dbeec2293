"""What the codes of deliveries mean, in plain words: what happened, and what can be done."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from digests.models import DeliveryItem
from digests.publishing import places

_WORDS: dict[str, Promise] = {
    "cancelled": gettext_lazy("The delivery was cancelled. Nothing was changed."),
    "conflict": gettext_lazy(
        "Somebody has changed these posts in the repository. Nothing was overwritten: look at both texts, then decide."
    ),
    "unfaithful": gettext_lazy("A post would not say what its digest says, so nothing was written."),
    "bad_form": gettext_lazy("The settings of this site's posts cannot be used. Correct them, then try again."),
    "build": gettext_lazy("The site's own Hugo does not build these posts as they should be. Nothing was written."),
    "not_arrived": gettext_lazy(
        "The push was accepted, but the repository does not show the commit. Nothing is marked published; try again."
    ),
    "interrupted": gettext_lazy("The delivery was interrupted before it was finished. Try again."),
    "nothing_left": gettext_lazy("There is nothing left to deliver: its digests were deleted or withdrawn meanwhile."),
    "token_missing": gettext_lazy(
        "The environment variable that should hold the repository's token is not set. Set it on the server, and start"
        " Matome again."
    ),
    "unexpected": gettext_lazy("Something went wrong in Matome itself; the log has the details. Nothing was changed."),
}
_CONFLICTS: dict[str, Promise] = {
    "changed": gettext_lazy("Somebody has changed this post in the repository since it was last delivered."),
    "deleted": gettext_lazy("Somebody has deleted this post in the repository."),
    "taken": gettext_lazy("Where this post would stand there is another file already."),
}


def explain(code: str, detail: str = "") -> str:
    """What happened and what to do, in the reader's language; `detail` is what was reported, where that helps."""
    words = str(_WORDS[code]) if code in _WORDS else places.explain(code)
    if detail and code in {"conflict", "unfaithful", "token_missing", "bad_form", "build"}:
        return _("%(words)s (%(detail)s)") % {"words": words, "detail": detail}
    return words


def conflict(kind: DeliveryItem.Conflict) -> str:
    """What stands against writing one post."""
    return str(_CONFLICTS[kind])
