"""What the desk answers when something goes wrong, and that nobody's text is lost by it."""

import html5lib
import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from selectolax.lexbor import LexborHTMLParser

from digests.editor import failures
from tests.pages import HTMX, read, texts

pytestmark = pytest.mark.django_db

TEXT = "このサイトについて、\n二行の文。"
STRANGERS_PAGE = {"Referer": "http://elsewhere.example/desk/tags/"}


def page_of(answer: HttpResponse) -> LexborHTMLParser:
    text = answer.content.decode()
    html5lib.HTMLParser(strict=True).parse(text)
    return LexborHTMLParser(text)


def kept_texts(page: LexborHTMLParser) -> list[str]:
    return [field.text().strip("\n") for field in page.css("textarea")]


@pytest.mark.parametrize("address", ["/desk/digests/1/", "/desk/digset/1/", "/accounts/nothing/"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_what_is_not_there_is_said_on_the_desk_in_the_editors_language(desk, address, language):
    desk.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    page = read(desk, address, status=404)
    assert page.css_first("html").attributes["lang"] == language
    assert [link.attributes["href"] for link in page.css("a")] == ["/desk/", "/desk/"]


def test_readers_have_their_own_page_for_what_is_not_there(client):
    assert len(read(client, "/posts/nothing/", status=404).css(".site-head")) == 1


def test_nonsense_that_was_sent_leads_back_to_the_desk(desk):
    answer = desk.post("/desk/digests/", {"thread": "x"})
    assert answer.status_code == 400
    assert texts(page_of(answer), "h1 small") == ["400"]


@pytest.mark.parametrize(("path", "own"), [("/desk/", True), ("/accounts/login/", True), ("/posts/x/", False)])
def test_an_error_of_the_desk_asks_the_database_nothing(path, own, django_assert_num_queries):
    with django_assert_num_queries(0):
        page = page_of(failures.server_error(RequestFactory().get(path)))
    assert bool(page.css(".top")) is own


def test_an_error_is_a_sentence_where_a_pages_script_asks():
    said = failures.server_error(RequestFactory().post("/desk/", headers=HTMX)).content.decode()
    assert said
    assert "<" not in said


def test_a_form_whose_token_is_old_gives_its_text_back_but_no_password(editor):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    sent = {"csrfmiddlewaretoken": "x" * 64, "version": "3", "act": "write:about", "text": TEXT, "again": TEXT}
    answer = client.post("/desk/site-pages/about/", sent)
    assert answer.status_code == 403
    assert kept_texts(page_of(answer)) == [TEXT]
    answer = client.post("/accounts/login/", {"username": "editor", "password": "ひみつの 合言葉"})
    assert answer.status_code == 403
    assert kept_texts(page_of(answer)) == []


def test_readers_forms_have_the_readers_page(client):
    assert "site-head" in failures.csrf_failure(RequestFactory().post("/posts/x/")).content.decode()


def test_who_was_signed_out_while_writing_gets_the_text_back_and_the_way_in(client):
    came_from = {"Referer": "http://testserver/desk/site-pages/"}
    answer = client.post("/desk/site-pages/about/", {"text": TEXT}, headers=came_from)
    assert answer.status_code == 403
    page = page_of(answer)
    assert kept_texts(page) == [TEXT]
    assert page.css_first("a.primary").attributes["href"] == "/accounts/login/?next=%2Fdesk%2Fsite-pages%2F"


def test_a_page_of_another_site_is_not_led_back_to(client):
    answer = client.post("/desk/site-pages/about/", {"text": TEXT}, headers=STRANGERS_PAGE)
    assert page_of(answer).css_first("a.primary").attributes["href"] == "/accounts/login/?next=%2Fdesk%2F"


def test_a_pages_script_hears_where_to_sign_in(client):
    answer = client.post("/desk/digests/1/quotes/", {"act": "undo"}, headers=HTMX)
    assert answer.headers["Matome-Sign-In"] == "/accounts/login/"
