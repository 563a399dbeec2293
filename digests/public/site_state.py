"""What stands for all that readers can see: another one whenever something was published, withdrawn or deleted."""

from typing import Any

from django.db.models import Subquery
from django.db.models.query import QuerySet

from digests.models import AuditEntry, Publication
from digests.public.compiled import Compiled


def of_site() -> tuple[Subquery, ...]:
    """To be asked for beside anything else. What is deleted takes the first two along, and only the audit trail still
    knows of it."""
    newest = Publication.objects.order_by("-pk").values("pk")[:1]
    acts = AuditEntry.objects.order_by("-pk").values("pk")[:1]
    return Subquery(newest), last_withdrawal(), Subquery(acts)


def last_withdrawal() -> Subquery:
    withdrawn = Publication.objects.filter(withdrawn_at__isnull=False).order_by("-withdrawn_at")
    return Subquery(withdrawn.values("withdrawn_at")[:1])


def site_state() -> list[Any]:
    """By itself, in one short query."""
    return list(_STATE.first("") or ())


def _of_any() -> QuerySet[Any, Any]:
    fields: tuple[Any, ...] = of_site()
    return Publication.objects.order_by("pk").values_list(*fields)[:1]


_STATE = Compiled(_of_any)
