"""Answers that go out again as they are: what they cost, and that nothing old is ever among them."""

import pytest
from django.http import HttpRequest, HttpResponse
from django.http.response import ResponseHeaders
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from digests.models import PaletteColor, Publication, palettes
from digests.public import responses
from digests.public.responses import Kept, KeptResponsesMiddleware, Shelf, kept_while
from digests.publishing.publish import unpublish
from tests.factories import make_live

pytestmark = pytest.mark.django_db
PATH = "/posts/a/"


@pytest.fixture
def digest_a() -> Publication:
    return make_live("a", tags=("猫",))


@pytest.fixture
def asked_once(client: Client, digest_a: Publication) -> Client:
    """A process that has the page ready."""
    assert client.get(PATH).status_code == 200
    return client


@pytest.mark.parametrize("accepted", ["", "gzip", "gzip, br"])
def test_the_second_reader_gets_the_same_for_one_query(
    accepted, client, digest_a, django_assert_num_queries: DjangoAssertNumQueries
):
    first = client.get(PATH, headers={"Accept-Encoding": accepted})
    with django_assert_num_queries(1):
        second = client.get(PATH, headers={"Accept-Encoding": accepted})
    assert second.content == first.content
    assert dict(second.headers) == dict(first.headers)
    assert {"Content-Security-Policy", "X-Frame-Options", "ETag", "Content-Language"} <= second.headers.keys()


def test_one_who_has_the_page_is_told_so_in_the_same_words(digest_a, django_assert_num_queries: DjangoAssertNumQueries):
    etag = Client().get(PATH).headers["ETag"]
    client = Client()
    first = client.get(PATH, headers={"If-None-Match": etag})  # by the view
    client.get(PATH)
    with django_assert_num_queries(1):
        second = client.get(PATH, headers={"If-None-Match": f'"other", {etag}'})
    assert (first.status_code, second.status_code, second.content) == (304, 304, b"")
    del first.headers["Content-Length"]  # Django's zero, which is no length of the page
    assert dict(second.headers) == dict(first.headers)
    assert client.get(PATH, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_withdrawn_digest_is_gone_at_once(asked_once, digest_a):
    unpublish(digest_a.digest_id)
    assert asked_once.get(PATH).status_code == 410


def test_what_another_process_changes_is_seen_at_once(asked_once, digest_a):
    before = asked_once.get(PATH).content.decode()
    make_live("b", headline="鯨", tags=("猫",))
    after = asked_once.get(PATH).content.decode()
    assert "鯨" not in before
    assert "鯨" in after
    PaletteColor.objects.replace([palettes.Row("#785bff", "#5a3fe0", "#b9a8ff", "●", "紫", "意味")], state="")
    assert asked_once.get(PATH).headers["ETag"] != asked_once.get("/posts/b/").headers["ETag"]
    assert "palette-" in asked_once.get(PATH).content.decode()


def test_a_tag_that_becomes_rare_is_no_link_any_more(asked_once, digest_a, settings: Settings):
    settings.TAG_LEAST_USE = 2
    other = make_live("b", tags=("猫",))
    link = 'href="/tags/%E7%8C%AB/"'
    assert link in asked_once.get(PATH).content.decode()
    Publication.tags.through.objects.filter(publication=other).delete()
    Publication.objects.filter(pk=other.pk).delete()
    assert link not in asked_once.get(PATH).content.decode()


def test_a_setting_counts_too(asked_once, settings: Settings):
    settings.SITE_NAME = "別の名"
    assert "別の名" in asked_once.get(PATH).content.decode()


def test_what_differs_by_the_request_goes_the_whole_way(asked_once, settings: Settings):
    assert asked_once.get(PATH, headers={"Host": "elsewhere.example"}).status_code == 400
    assert asked_once.post(PATH).status_code == 405
    assert asked_once.head(PATH).content == b""
    settings.SECURE_SSL_REDIRECT = True
    secure = Client()
    assert secure.get(PATH, secure=True).status_code == 200
    assert secure.get(PATH).status_code == 301


def test_nothing_is_kept_longer_than_what_it_was_made_from(asked_once, monkeypatch, django_assert_num_queries):
    now = responses.monotonic()
    monkeypatch.setattr(responses, "monotonic", lambda: now + responses.KEPT_SECONDS + 1)
    with django_assert_num_queries(1):  # the view's own: nobody asked whether the old one holds
        asked_once.get(PATH)


def request_of(path: str) -> HttpRequest:
    request = HttpRequest()
    request.method, request.path_info = "GET", path
    request.META = {"QUERY_STRING": "", "HTTP_HOST": "testserver", "wsgi.url_scheme": "http"}
    return request


@pytest.mark.parametrize("status", [200, 404, 500])
def test_a_cookie_and_an_error_are_nobody_elses(status):
    asked = []

    def view(request: HttpRequest) -> HttpResponse:
        asked.append(request)
        response = HttpResponse("x", status=status)
        if status == 200:
            response.set_cookie("own", "1")
        kept_while(response, lambda: True)
        return response

    middleware = KeptResponsesMiddleware(view)
    for _again in range(2):
        middleware(request_of("/"))
    assert len(asked) == 2


def test_the_answers_asked_for_last_stay():
    shelf = Shelf(most_bytes=25)

    def put(key: str) -> None:
        shelf.put(key, Kept(ResponseHeaders({}), b"x" * 10, lambda: True, 0))

    for key in "aab":
        put(key)
    assert shelf.bytes == 20
    shelf.get("a")
    put("c")
    assert [key for key in "abc" if shelf.get(key)] == ["a", "c"]
    assert shelf.bytes == 20
