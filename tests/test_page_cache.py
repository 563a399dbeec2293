"""Rendered pages are kept: by every process, never longer than they are true, and no page hangs on the cache."""

import pytest
from django.core.cache import caches
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings
from redis import Redis
from redis.exceptions import RedisError

from digests.public import packing
from digests.publishing.publish import unpublish
from tests.factories import make_live

REDIS = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:6379/9"}}
NOBODY = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}}


@pytest.mark.django_db
def test_a_page_that_is_kept_costs_one_query(django_assert_num_queries: DjangoAssertNumQueries):
    make_live("a")
    page = Client().get("/posts/a/")
    with django_assert_num_queries(1):
        assert Client().get("/posts/a/").content == page.content  # another process with the same cache


@pytest.mark.django_db
def test_a_withdrawn_digest_is_gone_at_once_though_its_page_is_kept(client):
    live = make_live("a")
    assert client.get("/posts/a/").status_code == 200
    unpublish(live.digest_id)
    assert client.get("/posts/a/").status_code != 200
    assert "/posts/a/" not in client.get("/").content.decode()


@pytest.mark.django_db
def test_pages_of_different_addresses_with_the_same_rows_are_kept_apart(client):
    make_live("a", tags=("猫", "犬"))
    assert client.get("/tags/猫/").content != client.get("/tags/犬/").content


@pytest.mark.django_db
def test_processes_that_share_a_redis_share_its_pages(client, settings: Settings):
    settings.CACHES = REDIS
    try:
        caches["default"].clear()
    except RedisError:
        pytest.skip("no Redis answers on 127.0.0.1:6379")
    make_live("a")
    page = client.get("/posts/a/", headers={"Accept-Encoding": "br"})
    held = Redis.from_url(str(REDIS["default"]["LOCATION"]))
    assert len(held.keys("*page:*")) == 2  # as it is, and in brotli
    held.close()
    assert client.get("/posts/a/", headers={"Accept-Encoding": "br"}).content == page.content
    caches["default"].clear()


@pytest.mark.django_db
def test_readers_get_their_page_when_the_cache_is_away(client, settings: Settings):
    page = client.get("/")
    settings.CACHES = NOBODY
    assert client.get("/").content == page.content


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"),
        ("BR;q=0.1", "br"),
        ("br;q=0, gzip", "gzip"),
        ("gzip; q=0.0", ""),
        ("identity", ""),
        ("", ""),
        ("*", ""),
        ("brr, xgzip", ""),
    ],
)
def test_the_coding_is_one_that_the_browser_named(accepted: str, coding: str):
    assert packing.coding_for(accepted) == coding


@pytest.mark.parametrize("coding", ["br", "gzip", ""])
def test_the_same_page_is_packed_into_the_same_bytes(coding: str):
    assert packing.pack("まとめ".encode() * 500, coding) == packing.pack("まとめ".encode() * 500, coding)


@pytest.mark.django_db
def test_processes_with_a_memory_of_their_own_never_show_an_older_state(client, settings: Settings):
    """What one process publishes or withdraws the other shows with its very next answer, though it had kept a page."""

    def of_process(name: str, path: str) -> str:
        backend = "django.core.cache.backends.locmem.LocMemCache"
        settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": f"process {name}"}}
        return str(client.get(path).content.decode())

    make_live("a", headline="最初の題")
    for name in "AB":
        assert "最初の題" in of_process(name, "/")
    later = make_live("b", headline="次の題")
    assert all("次の題" in of_process(name, path) for name in "AB" for path in ("/", "/feeds/atom/", "/posts/b/"))
    unpublish(later.digest_id)
    assert not any("次の題" in of_process(name, path) for name in "AB" for path in ("/", "/feeds/atom/", "/posts/b/"))
