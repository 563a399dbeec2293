"""How much a bake asks the database for, however many pages there are."""

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests.baking.bake import bake
from digests.models import Tag
from tests.factories import make_live

pytestmark = pytest.mark.django_db


def queries(folder: Path) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert bake(folder, everything=True).problems == []
    return len(asked)


def test_a_tag_more_costs_no_query_for_its_feeds_and_one_for_the_palette_of_its_page(tmp_path: Path):
    live = make_live("a", tags=("猫",))
    make_live("b", tags=("猫",))
    few = queries(tmp_path / "few")
    live.tags.add(*(Tag.objects.create(name=f"札{number}") for number in range(10)))
    assert queries(tmp_path / "many") <= few + 10
