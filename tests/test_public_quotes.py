"""One quote as a page of its own: what is shown where its link is shared, and where the link leads."""

from datetime import UTC, date, datetime

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings
from selectolax.lexbor import LexborHTMLParser

from digests.baking import bake as baking
from digests.models import Digest, Publication
from digests.public import pages
from digests.publishing.document import DocumentFold
from digests.publishing.publish import go_live, unpublish
from tests.factories import make_digest, make_document, make_document_quote, make_live
from tests.test_public import links, read, texts

pytestmark = pytest.mark.django_db


BASE = "http://127.0.0.1:8000"


def metas(page: LexborHTMLParser) -> dict[str, str]:
    named = ((node.attributes, node.attributes.get("content") or "") for node in page.css("meta[property], meta[name]"))
    return {str(one.get("property") or one.get("name")): content for one, content in named}


def test_a_shared_quote_is_shown_as_its_own_card_and_found_by_search_engines_in_its_digest(client: Client):
    make_live("a", "一つ目", "（annへの返信）\n二つ目の\n引用", headline="題 & 名")
    page = read(client, "/posts/a/q/2/")
    told = metas(page)
    assert links(page, "link[rel=canonical]") == [f"{BASE}/posts/a/"]
    assert told["robots"] == "noindex"
    assert told["og:url"] == f"{BASE}/posts/a/q/2/"
    assert told["og:title"] == "「二つ目の 引用」author1"
    assert told["og:description"] == told["description"] == "題 & 名: 二つ目の 引用"
    assert told["twitter:card"] == "summary_large_image"
    assert told["og:image:alt"] == told["twitter:image:alt"] == "「二つ目の 引用」author1"
    assert (told["og:image:width"], told["og:image:height"]) == ("1200", "630")
    card = client.get(told["og:image"].removeprefix(BASE))
    assert (card.status_code, card.headers["Content-Type"]) == (200, "image/jpeg")
    assert b"".join(card) != b"".join(client.get("/posts/a/q/1.jpg"))
    assert texts(page, "title") == ["「二つ目の 引用」author1 - 題 & 名 - Matome"]


def test_what_link_cards_say_of_a_long_quote_is_short(client: Client):
    make_live("a", "長い話。" * 10_000)
    told = metas(read(client, "/posts/a/q/1/"))
    assert len(told["og:title"]) == len("「」author1") + 60
    assert len(told["og:image:alt"]) < 420  # X takes no more
    assert len(told["og:description"]) < 200


def test_a_quote_stands_with_all_that_belongs_to_it(client: Client):
    quote = make_document_quote(
        "一行\n  二行 https://example.com/x",
        author="ann",
        created_at=datetime(2025, 9, 6, 16, 36, 41, tzinfo=UTC),
        color="#ff5c5c",
        emphasis="large",
        comment="77",
        original='It is <b>"broken"</b>',
        fidelity="part",
    )
    make_live("a", items=(quote,), headline="題", source_url="https://news.ycombinator.com/item?id=100")
    page = read(client, "/posts/a/q/1/")
    (article,) = page.css("article")
    assert article.attributes["class"] == "quote alone c-red e-large"
    (block,) = article.css("blockquote")
    assert block.attributes["cite"] == "https://news.ycombinator.com/item?id=77"
    assert block.inner_html.startswith('一行<br>  二行 <a href="https://example.com/x"')
    assert texts(page, "h1 .mark[aria-hidden=true]") == ["★"]
    assert len(texts(page, "h1 .hidden")) == 1
    assert texts(page, "article .author") == ["ann"]
    assert [node.attributes["datetime"] for node in article.css("time")] == ["2025-09-06T16:36:41Z"]
    assert len(article.css(".fidelity")) == 1
    cards = ["/posts/a/q/1.jpg", "/posts/a/q/1-square.jpg"]
    assert links(page, "article footer a") == ["https://news.ycombinator.com/item?id=77", *cards]
    (original,) = article.css("details.original")
    assert "open" not in original.attributes
    (words,) = original.css("p[lang=en]")
    assert words.inner_html == 'It is &lt;b&gt;"broken"&lt;/b&gt;'
    assert links(page, ".whence a") == ["/posts/a/", "/posts/a/#q1"]
    assert links(page, "h1 a") == ["/posts/a/#q1"]
    assert page.css("script, nav.beside, .whence .count") == []


def test_what_is_not_kept_is_not_offered(client: Client):
    make_live("a", "一")
    page = read(client, "/posts/a/q/1/")
    assert page.css("details, .fidelity, .mark") == []
    assert "cite" not in page.css("blockquote")[0].attributes


def test_the_quote_before_and_after_are_a_link_away_also_across_folds(client: Client):
    one, two, three = (make_document_quote(text, author=text) for text in ("壱", "弐", "参"))
    make_live("a", items=(one, DocumentFold(label="もっと", items=(two, three))))
    for number, beside in ((1, ["2"]), (2, ["1", "3"]), (3, ["2"])):
        page = read(client, f"/posts/a/q/{number}/")
        assert links(page, ".beside a") == [f"/posts/a/q/{other}/" for other in beside]
        assert texts(page, "article blockquote") == [("壱", "弐", "参")[number - 1]]


@pytest.mark.parametrize(
    ("text", "size"), [("w", "brief"), ("長" * 41, "short"), ("長" * 161, None), ("\n".join("123456"), None)]
)
def test_few_words_are_set_larger(client: Client, text: str, size: str | None):
    make_live("a", text)
    assert read(client, "/posts/a/q/1/").css("blockquote")[0].attributes.get("class") == size


@pytest.mark.parametrize("number", ["0", "3", "03", "-1", "x", "1.5", "%EF%BC%91", "999999999", "9" * 5000])
def test_a_number_that_no_quote_has_is_not_found(client: Client, number: str):
    make_live("a", "一", "二")
    read(client, f"/posts/a/q/{number}/", status=404)
    read(client, "/posts/a/q/", status=404)


def test_a_quote_answers_as_its_digest_does(client: Client):
    """One that moved leads on, one that was withdrawn is gone, and of one that never was nothing is known."""
    live = make_live("old", "秘密の文")
    make_digest(slug="draft", texts=["秘密の文"])
    unpublish(live.digest_id)
    gone = client.get("/posts/old/q/1/")
    assert (gone.status_code, gone.content) == (410, client.get("/posts/old/").content)
    Digest.objects.filter(pk=live.digest_id).update(slug="new")
    go_live(
        Digest.objects.get(pk=live.digest_id), make_document(slug="new", items=(make_document_quote("文"),)), by=None
    )
    answer = client.get("/posts/old/q/1/")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/posts/new/q/1/")
    for path in ("/posts/draft/q/1/", "/posts/never/q/1/"):
        assert "秘密" not in (read(client, path, status=404).html or "")


def test_a_link_shows_what_has_the_number_now_and_says_so_once_the_digest_was_changed(client: Client):
    live = make_live("a", "壱", "弐")
    page = client.get("/posts/a/q/2/")
    assert LexborHTMLParser(page.content).css(".whence .count") == []
    items = tuple(make_document_quote(text) for text in ("零", "壱", "弐"))
    go_live(live.digest, make_document(slug="a", items=items), by=None)
    again = client.get("/posts/a/q/2/", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status_code == 200
    changed = LexborHTMLParser(again.content)
    assert texts(changed, "article blockquote") == ["壱"]
    assert len(changed.css(".whence .count")) == 1
    assert client.get("/posts/a/q/3/").status_code == 200


@pytest.mark.parametrize("state", [Publication.State.PENDING, Publication.State.FAILED])
def test_a_version_that_readers_never_saw_is_no_change(client: Client, state: str):
    live = make_live("a", "壱")
    waiting = Publication.objects.get(pk=live.pk)
    waiting.pk, waiting.is_live, waiting.state = None, False, state
    waiting.error = "…" if state == Publication.State.FAILED else ""
    waiting.save()
    go_live(live.digest, make_document(slug="a", items=(make_document_quote("壱"),)), by=None)
    Publication.objects.filter(pk=live.pk).delete()
    assert read(client, "/posts/a/q/1/").css(".whence .count") == []


def test_a_quote_costs_as_many_queries_in_a_long_digest_as_in_a_short_one(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
):
    for count in (1, 60):
        make_live(f"story{count}", *["引用"] * count, date=date(2026, 9, 1))
        cache.clear()
        with django_assert_num_queries(4):  # whether it is live, the palette, the document, earlier versions
            page = client.get(f"/posts/story{count}/q/{count}/")
        with django_assert_num_queries(2):
            had = {"If-None-Match": page.headers["ETag"]}
            assert client.get(f"/posts/story{count}/q/{count}/", headers=had).status_code == 304


def test_a_site_in_english_says_it_in_english(client: Client, settings: Settings):
    settings.LANGUAGE_CODE = "en"
    make_live("a", "one", "two")
    page = read(client, "/posts/a/q/2/")
    assert texts(page, "h1") == ["Quote 2 of 2"]
    assert texts(page, ".place") == ["Read the quote in its place"]


# Files: no such pages, and nothing that leads to one


def test_a_baked_site_has_no_page_of_a_quote_and_no_link_to_one(client: Client, tmp_path):
    make_live("a", "一", "二")
    out = tmp_path / "site"
    assert baking.bake(out).problems == []
    assert not (out / "posts/a/q").exists()
    assert [page.address for page in pages.every_page(pages.Site()) if "/q/" in page.address] == []
    for name in ("posts/a/index.html", "posts/a/original/index.html"):
        written = (out / name).read_bytes()
        assert written == client.get(f"/{name.removesuffix('index.html')}").content
        reached = [node.attributes.get("href") or "" for node in LexborHTMLParser(written).css("[href]")]
        assert [address for address in reached if "/q/" in address or "%2Fq%2F" in address] == []
    originals = LexborHTMLParser((out / "posts/a/original/index.html").read_bytes())
    assert texts(originals, "#s2 .words")[0].endswith(f"{BASE}/posts/a/#q2")


def test_files_lead_a_shared_quote_to_the_application_or_to_its_place(tmp_path):
    make_live("a", "一")
    for app, line in (
        ("https://desk.example", "/posts/:slug/q/* https://desk.example/posts/:slug/q/:splat 302"),
        ("", "/posts/:slug/q/:number/ /posts/:slug/#q:number 302"),
    ):
        baking.bake(tmp_path / "site", app=app)
        lines = (tmp_path / "site/_redirects").read_text().splitlines()
        assert [one for one in lines if "/q/" in one] == [line]
