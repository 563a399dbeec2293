"""Pages about the site: what stands there by itself, what editors write, and how to be taken out."""

import pytest
from django.urls import reverse
from selectolax.lexbor import LexborHTMLParser

from digests.curation.errors import CurationError
from digests.curation.site_pages import write_site_page
from digests.models import SitePage, StaleVersion
from tests.factories import make_live

pytestmark = pytest.mark.django_db


def read(client, path, status=200):
    answer = client.get(path)
    assert answer.status_code == status
    return LexborHTMLParser(answer.content.decode())


def text(page, selector="main"):
    return " ".join(" ".join(node.text() for node in page.css(selector)).split())


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("kind", SitePage.Kind.values)
def test_each_has_a_text_of_our_own_in_both_languages(client, settings, kind, language):
    settings.LANGUAGE_CODE = language
    page = read(client, f"/{kind}/")
    assert len(text(page, ".plain p")) > 100
    assert len(page.css("h1")) == 1


def test_who_is_quoted_learns_where_to_write(client, settings):
    settings.TAKEDOWN_CONTACT = "out@digests.example"
    assert [link.attributes["href"] for link in read(client, "/takedown/").css(".contact a")] == [
        "mailto:out@digests.example"
    ]
    settings.TAKEDOWN_CONTACT = "https://digests.example/write"
    page = read(client, "/takedown/")
    assert [link.attributes["href"] for link in page.css(".contact a")] == ["https://digests.example/write"]
    settings.TAKEDOWN_CONTACT = ""
    assert read(client, "/takedown/").css(".contact a") == []


def test_every_public_page_leads_there(client):
    make_live("a")
    for path in ("/", "/posts/a/", "/search/"):
        links = {link.attributes.get("href") for link in read(client, path).css(".site-foot a")}
        assert {"/about/", "/sources/", "/takedown/"} <= links
    assert "/takedown/" in {link.attributes.get("href") for link in read(client, "/posts/a/").css(".digest-foot a")}


def test_what_editors_write_takes_the_place_of_our_text_but_the_address_stays(client, settings):
    settings.TAKEDOWN_CONTACT = "out@digests.example"
    write_site_page("takedown", version=0, title=" 取り下げ\n", body="一段落。\n二行目。\n\n<b>二段落</b>")
    page = read(client, "/takedown/")
    assert text(page, "h1") == "取り下げ"
    paragraphs = page.css(".plain > p[dir]")
    assert [one.inner_html for one in paragraphs] == ["一段落。<br>二行目。", "&lt;b&gt;二段落&lt;/b&gt;"]
    assert len(page.css(".contact a")) == 1
    write_site_page("takedown", version=1, title="", body="")
    assert read(client, "/takedown/").css(".plain > p[dir]") == []


def test_a_reader_asks_again_when_a_page_was_written_anew(client):
    first = client.get("/about/")
    again = client.get("/about/", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    write_site_page("about", version=0, title="", body="新しい")
    assert client.get("/about/", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


def test_of_two_editors_the_second_is_refused():
    write_site_page("about", version=0, title="", body="一")
    for stale in (0, 2):
        with pytest.raises(StaleVersion):
            write_site_page("about", version=stale, title="", body="二")
    with pytest.raises(CurationError):
        write_site_page("about", version=1, title="字" * 201, body="")
    assert SitePage.objects.get().body == "一"


# The desk


def test_strangers_are_turned_away(client):
    for path in (reverse("desk-site-pages"), reverse("desk-site-page", args=["about"])):
        assert client.get(path).status_code == 302
        assert client.post(path).status_code == 302
    assert not SitePage.objects.exists()


def test_an_editor_writes_a_page_and_readers_see_it(desk):
    page = read(desk, "/desk/site-pages/")
    assert [form.attributes["action"] for form in page.css("form[action^='/desk/site-pages/']")] == [
        f"/desk/site-pages/{kind}/" for kind in SitePage.Kind.values
    ]
    answer = desk.post("/desk/site-pages/about/", {"version": "0", "title": "編集部", "body": "私たち"})
    assert answer.headers["Location"] == "/desk/site-pages/#about"
    assert text(read(desk, "/about/"), "h1") == "編集部"
    assert desk.post("/desk/site-pages/other/", {"version": "0"}).status_code == 404


def test_a_stale_form_keeps_what_was_typed_beside_what_is_stored(desk):
    write_site_page("about", version=0, title="", body="先の人")
    answer = desk.post("/desk/site-pages/about/", {"version": "0", "title": "", "body": "私の文"})
    assert answer.status_code == 409
    page = LexborHTMLParser(answer.content.decode())
    assert page.css("#about textarea")[0].text().strip() == "私の文"
    assert "先の人" in text(page, "#about .theirs")
    (button,) = page.css("#about [name=overwrite]")
    typed = {"version": "0", "title": "", "body": "私の文", "overwrite": button.attributes["value"]}
    assert desk.post("/desk/site-pages/about/", typed).status_code == 302
    assert SitePage.objects.get().body == "私の文"


def test_too_long_a_title_is_refused_in_its_form(desk):
    answer = desk.post("/desk/site-pages/about/", {"version": "0", "title": "字" * 201, "body": "文"})
    assert answer.status_code == 422
    assert LexborHTMLParser(answer.content.decode()).css("#about textarea")[0].text().strip() == "文"
