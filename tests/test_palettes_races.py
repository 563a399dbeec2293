"""Several editors at the same moment: of two palettes one is stored whole, and no digest is lost under an alias."""

import threading
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connections

from digests.curation import palettes, tagging
from digests.models import PaletteColor, Publication
from digests.models.palettes import Row, StalePalette
from digests.publishing.publish import publish
from tests.factories import make_digest


def at_once(*works: Callable[[], object]) -> None:
    together = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        together.wait()
        try:
            work()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_of_several_first_palettes_one_is_stored_and_the_others_are_told():
    told = []

    def save(name: str, value: str) -> Callable[[], None]:
        def work() -> None:
            try:
                palettes.save_palette([Row(value, "#1f7a0c", "#6fdc58", "●", name)], state="")
                told.append(name)
            except StalePalette:
                told.append("stale")

        return work

    at_once(*(save(f"名{number}", f"#45d32{number}") for number in range(4)))
    (stored,) = PaletteColor.objects.values_list("name", flat=True)
    assert sorted(told) == sorted(["stale"] * 3 + [stored])


@pytest.mark.django_db(transaction=True)
def test_what_is_published_while_its_tag_becomes_an_alias_is_found_under_the_tag():
    digests = [make_digest(slug=f"a{number}", texts=["こんにちは"], tags=["人工知能"]) for number in range(5)]
    works = [partial(publish, digest.pk, changes=digest.changes, by=None) for digest in digests]
    at_once(*works, partial(tagging.make_aliases, ["人工知能"], canonical="AI"))
    found = Publication.objects.live().filter(tags__name="AI").values_list("slug", flat=True)
    assert sorted(found) == [digest.slug for digest in digests]
