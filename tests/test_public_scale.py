"""Nothing that a reader asks for, and no publishing, goes through all rows that hold whole documents."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from digests.publishing.publish import publish, unpublish
from tests.factories import make_digest, make_live

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL goes through small tables, as it should"),
]
LARGE = re.compile(r"SCAN (digests_publication|digests_searchentry|digests_quote|U\d)(?! USING)")
NEWEST = re.compile(r"(1|\"id\") DESC LIMIT 1\b")  # the last key is the first row that a scan comes to


def scans(act: Callable[[], object]) -> list[tuple[str, str]]:
    """What is done with large tables row by row, and the statement."""
    asked: list[tuple[str, Any]] = []

    def note(execute: Callable[..., object], sql: str, params: Any, many: bool, context: dict[str, Any]) -> object:
        if not many and sql.startswith(("SELECT", "UPDATE", "DELETE")) and not NEWEST.search(sql):
            asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        act()
    assert asked
    found = []
    with connection.cursor() as cursor:
        for sql, params in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            found += [(row[3], sql) for row in cursor.fetchall() if LARGE.match(row[3])]
    return found


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/posts/a/", "/tags/", "/tags/猫/", "/months/", "/months/2026/09/", "/feeds/atom/", "/sitemap.xml"),
        *("/search/?q=猫", "/search/?q=平文の引用", "/search/?q=猫&tag=猫", "/search/?q=猫&month=2026-09"),
    ],
)
def test_no_page_reads_every_digest(client: Client, settings: Settings, path: str):
    settings.TAG_LEAST_USE = 2
    for slug in ("a", "b", "c"):
        make_live(slug, "猫の話", tags=("猫", "犬"))
    assert scans(lambda: client.get(path)) == []


def test_publishing_and_withdrawing_read_no_other_digest():
    make_live("a", tags=("猫",))
    digest = make_digest(slug="b", texts=["猫の話"], tags=["猫"])
    assert scans(lambda: publish(digest.pk, changes=digest.changes, by=None)) == []
    assert scans(lambda: unpublish(digest.pk)) == []
