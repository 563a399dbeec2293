"""What templates need to show deliveries: the address of a commit at its forge."""

from django import template

from digests.models import Delivery, Target
from digests.publishing import forges

register = template.Library()


@register.filter
def commit_url(delivery: Delivery) -> str:
    """Where the commit of a delivery can be seen; "" where no forge is known for it."""
    target = delivery.target
    is_git = target is not None and target.kind == Target.Kind.GIT
    return forges.commit_url(target.location, delivery.commit) if target and is_git else ""
