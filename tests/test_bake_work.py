"""How much a bake asks the database for, however many pages there are."""

from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from digests.baking.bake import bake
from digests.models import Tag
from digests.public import packing
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


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_a_twin_is_right_when_the_page_comes_out_of_it_and_nothing_else(coding: str):
    page = "一頁の文。".encode() * 300
    packed = packing.pack(page, coding)
    assert packing.unpacks_to(page, packed, coding)
    assert packing.unpacks_to(b"", packing.pack(b"", coding), coding)
    wrong = (b"", packed[:-1], packed + b"\0", page, packing.pack(page + b"!", coding), packing.pack(page[:-3], coding))
    assert [one for one in wrong if packing.unpacks_to(page, one, coding)] == []


def test_all_anew_packs_nothing_that_lies_there_already(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    make_live("a", tags=("猫",))
    bake(tmp_path / "site")
    cut = tmp_path / "site/posts/a/index.html.br"
    whole = cut.read_bytes()
    cut.write_bytes(whole[:-1])
    packed = []
    monkeypatch.setattr(packing, "pack", lambda content, coding: packed.append(coding) or whole)
    monkeypatch.setattr("digests.baking.others.files", lambda **_told: [])
    assert bake(tmp_path / "site", everything=True).written == 1
    assert packed == ["br"]
    assert cut.read_bytes() == whole
