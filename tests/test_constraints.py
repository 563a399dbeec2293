"""What must not be cannot be stored: the database itself refuses it."""

import pytest
from django.db import IntegrityError, transaction

from digests.models import Digest, Fold, Quote
from tests.factories import make_digest

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "store",
    [
        lambda d: Fold.objects.create(first=d.quotes.first(), size=0, label="empty"),
        lambda d: Fold.objects.create(size=1, label="starts nowhere"),
        lambda d: [Fold.objects.create(first=d.quotes.first(), size=1, label=name) for name in "ab"],
        lambda d: Quote.objects.create(digest=d, position=0, created_at=d.created_at, text="same place"),
        lambda d: Quote.objects.create(digest=d, position=9, created_at=d.created_at, color="red"),
        lambda d: Digest.objects.create(slug="Not Plain", date=d.date),
        lambda d: Digest.objects.create(slug=d.slug, date=d.date),
    ],
)
def test_what_must_not_be_cannot_be_stored(store):
    digest = make_digest(texts=["a", "b"])
    with pytest.raises(IntegrityError), transaction.atomic():
        store(digest)
    assert digest.quotes.count() == 2
