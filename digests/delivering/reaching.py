"""How a target is reached: its place with its secrets, who works on it now, and what a commit there says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from digests.models import Delivery, Target
from digests.publishing.checkout import Checkout
from digests.publishing.folder import Folder
from digests.publishing.places import DELIVERY, Message, Place, PlaceError
from digests.publishing.turns import Turn

LONGEST_SUBJECT = 120  # characters
_TITLES_SHOWN = 3
_PLACEHOLDER = re.compile(r"\{(count|titles|slug|slugs|editor|target)\}")


def checkouts() -> Path:
    """Where mirrors and journals lie."""
    return Path(settings.DATA_DIR) / "checkouts"


def place_of(target: Target, *, wait_seconds: float = 300) -> Place:
    """The target's files as they stand outside. Its token is read now, and kept by the place alone.

    Raises `PlaceError`, "token_missing" among others.
    """
    if target.kind == Target.Kind.FOLDER:
        return Folder(target.location, journals=checkouts(), root=target.root, wait_seconds=wait_seconds)
    token = settings.SECRET_NAMED(target.token_variable) if target.token_variable else ""
    if target.token_variable and not token:
        raise PlaceError("token_missing", target.token_variable)
    return Checkout(
        target.location,
        branch=target.branch,
        mirrors=checkouts(),
        root=target.root,
        token=token,
        ssh_key=settings.GIT_SSH_KEY,
        environment=settings.GIT_ENVIRONMENT,
        allow_private=settings.ALLOW_PRIVATE_TARGETS,
        timeout_seconds=settings.GIT_TIMEOUT_SECONDS,
        wait_seconds=wait_seconds,
    )


def turn_of(target_id: int, *, wait_seconds: float = 0) -> Turn:
    """The lock that a delivery into the target holds from before its row says "running" until it no longer does.

    So whoever holds it knows that a row which says so was left behind.
    """
    checkouts().mkdir(parents=True, exist_ok=True)
    return Turn(checkouts() / f"target-{target_id}.lock", wait_seconds=wait_seconds)


@dataclass(frozen=True, slots=True)
class Named:
    """What a commit says of one digest. `changes` is the digest's count that went out, 0 for one that is taken back."""

    slug: str
    title: str
    changes: int = 0


def message_of(delivery: Delivery, named: Sequence[Named]) -> Message:
    """The commit's message: the editor's words or the target's template, and the trailers it is found by."""
    by = delivery.requested_by
    editor = (by.get_full_name() or by.get_username()) if by else settings.GIT_NAME
    subject = subject_of(delivery.target, named, editor=editor, template=delivery.message)
    return Message(
        subject=subject,
        author_name=editor,
        author_email=(by.email if by else "") or settings.GIT_EMAIL,
        committer_name=settings.GIT_NAME,
        committer_email=settings.GIT_EMAIL,
        trailers=(
            (DELIVERY, str(delivery.key)),
            *(("Matome-Digest", f"{one.slug} v{one.changes}" if one.changes else one.slug) for one in named),
        ),
    )


def subject_of(target: Target | None, named: Sequence[Named], *, editor: str, template: str = "") -> str:
    """The subject by the template given or the target's: {count}, {titles}, {slug}, {slugs}, {editor}, {target}."""
    titles = [one.title or one.slug for one in named]
    values = {
        "count": str(len(named)),
        "titles": _joined(titles),
        "slug": named[0].slug if named else "",
        "slugs": ", ".join(one.slug for one in named),
        "editor": editor,
        "target": target.name if target else "",
    }
    template = template or (target.commit_message if target else "")
    if not template:
        with translation.override(settings.LANGUAGE_CODE):  # one language per repository, whoever publishes
            template = _("Withdraw: {titles}") if not any(one.changes for one in named) else _("Publish: {titles}")
    said = _PLACEHOLDER.sub(lambda found: values[found[1]], template)
    return said if len(said) <= LONGEST_SUBJECT else f"{said[: LONGEST_SUBJECT - 1]}…"


def _joined(titles: Sequence[str]) -> str:
    """The first few titles and how many more."""
    more = len(titles) - _TITLES_SHOWN
    if more <= 0:
        return " / ".join(titles)
    with translation.override(settings.LANGUAGE_CODE):
        rest = ngettext("and %(n)d more", "and %(n)d more", more) % {"n": more}
    return f"{' / '.join(titles[:_TITLES_SHOWN])} {rest}"
