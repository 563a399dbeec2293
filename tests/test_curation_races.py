"""Editors at the same moment: one gets what they want, the others are told why they do not."""

import threading

import pytest
from django.db import connections

from digests import curation
from digests.curation import CurationError
from tests.factories import make_digest


@pytest.mark.django_db(transaction=True)
def test_of_several_digests_that_take_one_slug_at_once_one_gets_it():
    digests = [make_digest(slug=f"digest{number}") for number in range(6)]
    told = []
    together = threading.Barrier(len(digests))

    def work(digest):
        head = {name: getattr(digest, name) for name in curation.heads.HEAD_FIELDS}
        together.wait()
        try:
            curation.edit_head(digest.pk, version=digest.version, **head | {"slug": "wanted"})
            told.append("taken")
        except CurationError as error:
            told.append(error.code)
        finally:
            connections.close_all()

    workers = [threading.Thread(target=work, args=(digest,)) for digest in digests]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(told) == ["slug_taken"] * 5 + ["taken"]
