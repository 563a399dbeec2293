"""How a digest is folded: as the Hugo site wants it in which it stands, or else the only one there is."""

from typing import Any

from digests.models import Target
from digests.publishing.form import Form, FormError


def folding(digest_id: int) -> Form:
    """The form whose size and labels folds of a digest get: one query where there are no several sites, else two.

    The reference form where there is none, or none that can be read.
    """
    forms = Target.objects.order_by("pk").values_list("form", flat=True)
    found = list(forms[:2])
    if len(found) > 1:
        found = list(forms.filter(posts__digest=digest_id)[:1])
    stored: Any = found[0] if found else None
    try:
        return Form.from_json(stored or {})
    except FormError:
        return Form()
