"""The public pages: what readers find on them, and what they never find."""

from datetime import UTC, date, datetime

import html5lib
import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse
from pytest_django import Settings
from selectolax.lexbor import LexborHTMLParser

from digests.publishing.document import DocumentFold
from digests.publishing.publish import unpublish
from tests.factories import make_digest, make_document, make_document_quote, make_live

pytestmark = pytest.mark.django_db


def read(client: Client, path: str, *, status: int = 200, **headers: str) -> LexborHTMLParser:
    """The page at a path, after a strict parser found nothing wrong with its HTML."""
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, path
    text = answer.content.decode()
    html5lib.HTMLParser(strict=True).parse(text)
    return LexborHTMLParser(text)


def texts(page: LexborHTMLParser, selector: str) -> list[str]:
    return [node.text().strip() for node in page.css(selector)]


def links(page: LexborHTMLParser, selector: str = "a") -> list[str | None]:
    return [node.attributes["href"] for node in page.css(selector)]


ABOUT = ("/series/", "/about/", "/sources/", "/takedown/")


def test_a_site_without_digests_says_so_and_only_offers_to_sign_in(client):
    for path in ("/", "/tags/", "/months/"):
        page = read(client, path)
        assert len(page.css(".empty")) == 1
        assert set(links(page)) == {"#main", "/", "/tags/", "/months/", "/search/", "/feeds/atom/", "/desk/", *ABOUT}


def test_home_shows_the_newest_digests_first_twenty_a_page(client):
    for number in range(1, 22):
        make_live(f"story{number}", headline=f"話{number}", date=date(2026, 9, number))
    first, second = read(client, "/"), read(client, "/page/2/")
    assert texts(first, ".card h2") == [f"話{number}" for number in range(21, 1, -1)]
    assert texts(second, ".card h2") == ["話1"]
    assert links(first, "a[rel=next], link[rel=next]") == ["/page/2/", "/page/2/"]
    assert links(first, "a[rel=prev], link[rel=prev]") == []
    assert links(second, "a[rel=prev], link[rel=prev]") == ["/", "/"]
    assert links(second, "link[rel=canonical]") == ["http://127.0.0.1:8000/page/2/"]


@pytest.mark.parametrize("number", ["0", "-1", "2", "x", "02", "9" * 5000])
def test_a_page_that_does_not_exist_is_not_found(client, number):
    make_live()
    read(client, f"/page/{number}/", status=404)


@pytest.mark.parametrize("listing", ["/", "/tags/", "/tags/TCP/IP/", "/months/2026/09/"])
def test_the_addresses_that_pages_once_had_lead_on(client, listing):
    for number in range(201):
        make_live(f"story{number}", tags=("TCP/IP", f"札{number}"), date=date(2026, 9, 12))
    for old, new in ((f"{listing}?page=2", f"{listing}page/2/"), (f"{listing}page/1/", listing)):
        answer = client.get(old)
        assert (answer.status_code, answer.headers["Location"]) == (301, new)
        read(client, new)
    read(client, f"{listing}?page=x")


def test_a_card_shows_headline_date_tags_size_and_the_first_line_of_the_lead(client):
    make_live("a", "一", "二", headline="題", lead="\n導入。\n続き。", tags=("猫", "犬", "亀"), date=date(2026, 9, 2))
    page = read(client, "/")
    assert texts(page, ".card time") == ["2026年9月2日"]
    assert texts(page, ".card .summary") == ["導入。"]
    assert texts(page, ".card .tag") == ["猫", "犬", "亀"]
    assert texts(page, ".card .facts span")[0].startswith("2")
    assert links(page, ".card h2 a") == ["/posts/a/"]


def test_drafts_and_withdrawn_digests_are_nowhere(client):
    make_digest(slug="draft", texts=["秘密"], headline="下書き")
    withdrawn = make_live("withdrawn", headline="撤回", tags=("消えた",), date=date(2025, 1, 2))
    make_live("seen", headline="公開", tags=("見える",))
    unpublish(withdrawn.digest_id)
    read(client, "/posts/withdrawn/", status=410)
    for path in ("/posts/draft/", "/tags/消えた/", "/months/2025/01/", "/posts/nothing/"):
        read(client, path, status=404)
    for path in ("/", "/tags/", "/months/", "/posts/seen/"):
        text = client.get(path).content.decode()
        assert not any(word in text for word in ("下書き", "秘密", "撤回", "消えた", "2025")), path


def test_later_edits_are_not_seen_before_the_digest_is_published_again(client):
    publication = make_live("a", "公開した文")
    publication.digest.headline = "編集中"
    publication.digest.save()
    assert texts(read(client, "/posts/a/"), "h1") == ["平文の話"]


def test_a_digest_opens_with_its_head_and_links_to_article_and_thread(client):
    make_live(
        "a",
        "一",
        headline="題 & 名",
        lead="導入。\n続き。",
        tags=("平文", "C#"),
        article_url="https://www.example.com/a?b=1&c=2",
        source_url="https://news.ycombinator.com/item?id=100",
    )
    page = read(client, "/posts/a/")
    assert texts(page, "h1") == ["題 & 名"]
    assert texts(page, "title")[0].startswith("題 & 名 - ")
    assert page.css(".lead")[0].inner_html == "導入。<br>続き。"
    assert [time.attributes["datetime"] for time in page.css(".digest-head time")] == ["2026-09-12"]
    assert links(page, ".digest-head .tag") == ["/tags/%E5%B9%B3%E6%96%87/", "/tags/C%23/"]
    sources = ["https://www.example.com/a?b=1&c=2", "https://news.ycombinator.com/item?id=100"]
    assert links(page, ".digest-head .sources a") == sources
    assert links(page, ".digest-foot .sources a") == sources
    assert texts(page, ".digest-head .sources a") == ["example.com", "news.ycombinator.com"]


def test_each_quote_has_its_number_its_author_and_the_way_to_the_comment(client):
    quote = make_document_quote(
        "一行\n二行 https://example.com/x",
        author="ann",
        created_at=datetime(2025, 9, 6, 16, 36, 41, tzinfo=UTC),
        comment="77",
    )
    make_live("a", items=(quote,), source_url="https://news.ycombinator.com/item?id=100")
    page = read(client, "/posts/a/")
    (article,) = page.css("article#q1")
    (block,) = article.css("blockquote")
    permalink = "https://news.ycombinator.com/item?id=77"
    assert block.attributes["cite"] == permalink
    assert block.inner_html == (
        '一行<br>二行 <a href="https://example.com/x" rel="nofollow noopener ugc">https://example.com/x</a>'
    )
    assert texts(page, "#q1 .author") == ["ann"]
    (time,) = article.css("time")
    assert (time.text(), time.attributes["datetime"]) == ("2025/09/07 01:36 JST", "2025-09-06T16:36:41Z")
    assert links(page, "#q1 footer a") == [permalink, "/posts/a/original/#s1"]
    assert links(page, "#q1 .number") == ["#q1"]


def test_a_quote_whose_comment_has_no_address_links_nowhere(client):
    make_live("a", "一")
    page = read(client, "/posts/a/")
    assert "cite" not in page.css("#q1 blockquote")[0].attributes
    assert links(page, "#q1 footer a") == ["/posts/a/original/#s1"]


def test_folds_are_closed_details_with_label_and_count_and_numbers_run_on(client):
    quotes = tuple(make_document_quote(text) for text in "一二三四")
    fold = DocumentFold(label="もっと（1）", items=quotes[1:3])
    make_live("a", items=(quotes[0], fold, quotes[3]))
    page = read(client, "/posts/a/")
    assert [node.attributes["id"] for node in page.css("article.quote")] == ["q1", "q2", "q3", "q4"]
    (details,) = page.css("details")
    assert "open" not in details.attributes
    assert [node.attributes["id"] for node in details.css("article")] == ["q2", "q3"]
    assert texts(page, "summary .label") == ["もっと（1）"]
    assert texts(page, "summary .count")[0].startswith("2")


def test_a_fold_without_a_label_still_says_what_it_does(client):
    make_live("a", items=(DocumentFold(label="", items=(make_document_quote(),)),))
    assert texts(read(client, "/posts/a/"), "summary .label") != [""]


@pytest.mark.parametrize(
    ("color", "name", "mark"), [("#785bff", "violet", "◆"), ("#45d325", "green", "●"), ("#ff0000", "red", "★")]
)
def test_a_colour_is_a_class_with_a_mark_for_those_who_do_not_see_it(client, color, name, mark):
    make_live("a", items=(make_document_quote("一", color=color), make_document_quote("二")))
    page = read(client, "/posts/a/")
    assert page.css("#q1")[0].attributes["class"] == f"quote c-{name}"
    assert texts(page, "#q1 .mark[aria-hidden=true]") == [mark]
    assert page.css("#q2")[0].attributes["class"] == "quote"
    assert page.css("#q2 .mark") == []


def test_times_are_shown_in_the_zone_of_the_site(client, settings: Settings):
    settings.TIME_ZONE = "Europe/Berlin"
    make_live("a", items=(make_document_quote(created_at=datetime(2025, 1, 6, 23, 30, tzinfo=UTC)),))
    assert texts(read(client, "/posts/a/"), "#q1 time") == ["2025/01/07 00:30 CET"]


def test_every_tag_with_a_live_digest_is_listed_the_most_used_first(client):
    make_live("a", tags=("猫", "犬"))
    make_live("b", tags=("犬",))
    unpublish(make_live("c", tags=("猫", "亀")).digest_id)
    page = read(client, "/tags/")
    assert texts(page, ".tag-list a") == ["犬 2", "猫 1"]
    assert texts(read(client, "/tags/犬/"), ".card h2 a") == ["平文の話", "平文の話"]
    read(client, "/tags/亀/", status=404)
    read(client, "/tags/鳥/", status=404)
    read(client, "/tags/%00/", status=404)


HOSTILE_TAGS = [
    *(
        "UI/UX",
        "TCP/IP",
        "C#",
        "a?b",
        "50%",
        "%2F",
        "100%41",
        "a b",
        "日本語",
        "&amp;",
        '"',
        "<b>",
        "a\\b",
        "..",
        ".",
        "~",
    ),
    *(
        "~..",
        "/",
        "//",
        "/a",
        "a/",
        "a//b",
        "a/../b",
        "../..",
        "~/~",
        ";",
        "a;b=c",
        "+",
        "a:b",
        "@",
        "\u202eabc",
        "e\u0301",
    ),
    *(
        "é",
        "page=2",
        "page",
        "page/2",
        "a/page/2",
        "index.html",
        "a/index.xml/b",
        "x" * 100,
        "😀",
        "?page=2",
        "#q1",
        "%2e%2e",
        "{{ name }}",
        "{% url %}",
        "'",
        "https://example.com/",
    ),
]


@pytest.mark.parametrize("name", HOSTILE_TAGS)
def test_any_tag_name_has_an_address_that_leads_back_to_it(client, name):
    make_live("a", tags=(name,))
    make_live("other", tags=("other",))
    for path in ("/", "/posts/a/", "/tags/"):
        page = read(client, path)
        (address,) = {
            link.attributes["href"] for link in page.css(".tag, .tag-list a") if name in (link.text(), link.text()[:-2])
        }
        assert links(read(client, str(address)), ".card h2 a") == ["/posts/a/"]
        segments = str(address).removeprefix("/tags/").removesuffix("/").split("/")
        assert not {"", ".", "..", "%2e", "%2E%2E"} & set(segments), "a browser or a server would change this address"


def test_months_are_grouped_by_year_and_lead_to_their_digests(client):
    for slug, day in (
        ("a", date(2026, 9, 1)),
        ("b", date(2026, 9, 30)),
        ("c", date(2026, 1, 5)),
        ("d", date(2024, 12, 31)),
    ):
        make_live(slug, date=day)
    page = read(client, "/months/")
    assert texts(page, ".year h2") == ["2026", "2024"]
    assert texts(page, ".month-list a") == ["9月 2件のまとめ", "1月 1件のまとめ", "12月 1件のまとめ"]
    assert links(page, ".month-list a") == ["/months/2026/09/", "/months/2026/01/", "/months/2024/12/"]
    assert links(read(client, "/months/2026/09/"), ".card h2 a") == ["/posts/b/", "/posts/a/"]
    assert texts(read(client, "/months/2026/09/"), "h1") == ["2026年9月"]


def test_a_mistyped_year_has_its_month_too(client):
    make_live(date=date(202, 9, 1))
    assert links(read(client, "/months/"), ".month-list a") == ["/months/0202/09/"]
    read(client, "/months/0202/09/")


@pytest.mark.parametrize(
    "path", ["2026/9", "2026/13", "2026/00", "0000/01", "9999/12", "2026/08", "26/09", "２０２６/09"]
)
def test_a_month_without_digests_is_not_found(client, path):
    make_live(date=date(2026, 9, 1))
    read(client, f"/months/{path}/", status=404)


def test_public_pages_speak_the_language_of_the_site_whatever_the_browser_prefers(client, settings: Settings):
    make_live()
    answer = client.get("/posts/a_story/", headers={"Accept-Language": "en"})
    assert answer.headers["Content-Language"] == "ja"
    assert '<html lang="ja">' in answer.content.decode()
    settings.LANGUAGE_CODE = "en"
    answer = client.get("/posts/a_story/", headers={"Accept-Language": "ja"})
    assert answer.headers["Content-Language"] == "en"
    assert '<html lang="en">' in answer.content.decode()
    assert "Sept. 12, 2026" in answer.content.decode()


def test_search_engines_and_shared_links_learn_what_the_page_is(client, settings: Settings):
    settings.BASE_URL = "https://digests.example"
    live = make_live("a", "最初の引用\nです", headline="題", lead="")
    page = read(client, "/posts/a/")
    assert links(page, "link[rel=canonical]") == ["https://digests.example/posts/a/"]
    (description,) = page.css("meta[name=description]")
    assert description.attributes["content"] == "最初の引用 です"
    properties = {node.attributes["property"]: node.attributes["content"] for node in page.css("meta[property]")}
    assert properties["og:title"] == "題"
    assert properties["og:url"] == "https://digests.example/posts/a/"
    assert properties["article:published_time"] == live.published_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    make_live("b", lead="導入" * 100)
    (description,) = read(client, "/posts/b/").css("meta[name=description]")
    assert len(description.attributes["content"] or "") == 120


def test_a_preview_says_what_it_is_and_keeps_search_engines_out():
    document = make_document(slug="draft", headline="", items=(make_document_quote("一"),))
    page = LexborHTMLParser(
        render_to_string("public/digest.html", {"document": document, "preview": True, "back_url": "/desk/digests/1/"})
    )
    assert len(page.css(".preview")) == 1
    assert links(page, ".preview a") == ["/desk/digests/1/"]
    assert page.css("meta[name=robots]")[0].attributes["content"] == "noindex"
    assert links(page, "link[rel=canonical]") == []
    assert texts(page, "h1") != [""]


def test_a_lost_reader_is_shown_the_ways_on(client):
    page = read(client, "/nowhere/", status=404)
    assert links(page, "main a") == ["/", "/tags/", "/months/"]
    assert links(page, "link[rel=stylesheet]") == ["/static/palette.css", "/static/public.css"]


@pytest.mark.parametrize("name", ["400", "403", "403_csrf", "404", "500"])
def test_the_pages_for_errors_need_nothing_from_the_view(name):
    html = render_to_string(f"{name}.html")
    html5lib.HTMLParser(strict=True).parse(html)
    assert texts(LexborHTMLParser(html), "h1") != [""]
    assert '<html lang="ja">' in html


def test_addresses_are_the_agreed_ones():
    assert [reverse("home"), reverse("tags"), reverse("months")] == ["/", "/tags/", "/months/"]
    assert reverse("digest", args=["a_story"]) == "/posts/a_story/"
    assert reverse("tag", args=["UI/UX"]) == "/tags/UI/UX/"
    assert reverse("month", args=[2026, 9]) == "/months/2026/09/"
