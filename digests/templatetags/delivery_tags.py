"""What templates need to show deliveries: the address of a commit at its forge."""

import re

from django import template

from digests.models import Delivery, Target
from digests.publishing import locations
from digests.publishing.places import PlaceError

register = template.Library()

# Where forges show a commit; hosts of one's own are known by the forge's name in theirs.
_FORGES = (
    (re.compile(r"(^|\.)gitlab\b|gitlab"), "/-/commit/"),
    (re.compile(r"(^|\.)bitbucket\.org$"), "/commits/"),
    (re.compile(r"(^|\.)(github\.com|codeberg\.org|gitea\.com)$|gitea|forgejo|github"), "/commit/"),
)


@register.filter
def commit_url(delivery: Delivery) -> str:
    """Where the commit of a delivery can be seen; "" where no forge is known for it."""
    return _commit_url(delivery.target, delivery.commit) if delivery.target and delivery.commit else ""


def _commit_url(target: Target, commit: str) -> str:
    if target.kind != Target.Kind.GIT:
        return ""
    try:
        location = locations.parse(target.location)
    except PlaceError:
        return ""
    between = next((part for pattern, part in _FORGES if pattern.search(location.host)), "")
    if not between or location.kind is locations.Kind.PATH:
        return ""
    repository = re.sub(r"^(?:[a-z]+://)?(?:[^@/]*@)?[^/:]+(?::\d+(?=/))?[:/]", "", location.text)
    return f"https://{location.host}/{repository.strip('/').removesuffix('.git')}{between}{commit}"
