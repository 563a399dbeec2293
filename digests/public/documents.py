"""What a publication shows."""

import json
from functools import lru_cache
from typing import Any

from django.db.models import TextField
from django.db.models.functions import Cast
from django.db.models.query import QuerySet
from django.http import Http404

from digests.models import Publication
from digests.public.compiled import ASKED_KEY, Compiled
from digests.publishing import interchange
from digests.publishing.document import DigestDocument

_KEPT = 4  # a digest's page and the one of its originals are asked for one after the other


def document_of(pk: int) -> DigestDocument:
    """Of the publication. Raises `Http404` when it is not there any more."""
    found = _STORED.first(pk)
    if found is None:
        raise Http404
    return _read(found[0])


@lru_cache(maxsize=_KEPT)
def _read(stored: str) -> DigestDocument:
    """By the text itself, so nothing kept here can be old. Reading takes a quarter of the time of a page."""
    return interchange.from_json(json.loads(stored)).document


def _stored() -> QuerySet[Any, Any]:
    return Publication.objects.filter(pk=ASKED_KEY).values_list(Cast("document", TextField()))


_STORED = Compiled(_stored)
