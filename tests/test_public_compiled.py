"""A query that is made once gives what Django's own gives each time."""

import pytest
from django.db.models import Value

from digests.models import Publication
from digests.public import views
from digests.public.compiled import ASKED, Compiled
from tests.factories import make_live

pytestmark = pytest.mark.django_db
FIELDS = ("pk", "created_at", "published_at", "picture", "series_id", "document", "date", "is_live")


def test_it_gives_the_row_that_the_queryset_gives_for_each_value():
    compiled = Compiled(lambda: Publication.objects.live().filter(slug=ASKED).values_list(*FIELDS, Value("x")))
    for slug in ("a", "b"):
        make_live(slug)
        expected = Publication.objects.filter(slug=slug).values_list(*FIELDS, Value("x")).get()
        assert compiled.first(slug) == expected
        assert [type(value) for value in compiled.first(slug) or ()] == [type(value) for value in expected]


@pytest.mark.parametrize("slug", ["none", "", "a' OR 1=1 --", "%s", "あ"])
def test_it_gives_nothing_where_there_is_nothing(slug: str):
    make_live("a")
    assert views._STANDING.first(slug) is None


def test_it_asks_one_query(django_assert_num_queries):
    make_live("a")
    views._STANDING.first("a")
    with django_assert_num_queries(1):
        assert views._STANDING.first("a") is not None
