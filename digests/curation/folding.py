"""How a digest is folded: as the Hugo site wants it in which it stands, or else the only one there is."""

from typing import Any

from digests.models import Digest
from digests.models.targets import form_where_it_stands
from digests.publishing.form import Form, FormError


def folding(digest_id: int) -> Form:
    """The form whose size and labels folds of a digest get, in one query."""
    stored = Digest.objects.filter(pk=digest_id).values_list(form_where_it_stands(), flat=True)
    return folding_of(stored.first())


def folding_of(stored: Any) -> Form:
    """The same of a stored form already loaded; the reference form where there is none, or none that can be read."""
    try:
        return Form.from_json(stored or {})
    except FormError:
        return Form()
