"""How readers and search engines find digests: feeds, sitemap, robots.txt, and addresses of before."""

import json
from xml.etree import ElementTree

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from digests.models import Digest, Post, Publication, Target
from digests.public import sitemaps
from digests.publishing.publish import unpublish
from tests.factories import make_digest, make_document_quote, make_live

pytestmark = pytest.mark.django_db

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


@pytest.fixture(autouse=True)
def site(settings: Settings) -> None:
    settings.BASE_URL = "https://digests.example"


def xml(client: Client, path: str) -> ElementTree.Element:
    answer = client.get(path)
    assert answer.status_code == 200
    return ElementTree.fromstring(answer.content)


def locations(client: Client, path: str) -> list[str]:
    return [str(node.text) for node in xml(client, path).iter(f"{SITEMAP}loc")]


def test_the_atom_feed_holds_the_digests_with_their_times_and_whole_text(client):
    live = make_live("a", "本文 <script> &", headline="題 <b>", tags=("猫",), lead="前文")
    (entry,) = xml(client, "/feeds/atom/").iter(f"{ATOM}entry")
    assert entry.findtext(f"{ATOM}title") == "題 <b>"
    assert entry.findtext(f"{ATOM}published") == live.published_at.strftime("%Y-%m-%dT%H:%M:%S.%f+00:00")
    assert "本文 &lt;script&gt; &amp;" in str(entry.findtext(f"{ATOM}content"))
    assert entry.findtext(f"{ATOM}summary") == "前文"
    links = [link.get("href") for link in entry.iter(f"{ATOM}link")]
    assert links == ["https://digests.example/posts/a/"]
    assert [category.get("term") for category in entry.iter(f"{ATOM}category")] == ["猫"]


def test_an_entry_keeps_its_id_when_its_digest_moves_and_is_published_again(client):
    make_live("a")
    before = xml(client, "/feeds/atom/").findtext(f"{ATOM}entry/{ATOM}id")
    Publication.objects.update(slug="b")
    assert xml(client, "/feeds/atom/").findtext(f"{ATOM}entry/{ATOM}id") == before


def test_the_rss_feed_and_the_json_feed_say_the_same(client):
    make_live("a", headline="題", tags=("猫",))
    item = xml(client, "/feeds/rss/").find("channel/item")
    assert item is not None
    (entry,) = json.loads(client.get("/feeds/json/").content)["items"]
    assert item.findtext("title") == entry["title"] == "題"
    assert item.findtext("link") == entry["url"] == "https://digests.example/posts/a/"
    assert item.findtext("guid") == entry["id"]
    assert item.findtext("description") == entry["content_html"]


def test_a_site_may_give_summaries_only(client, settings: Settings):
    settings.FEED_CONTENT = "summary"
    make_live("a", "一つ目", "二つ目")
    (entry,) = json.loads(client.get("/feeds/json/").content)["items"]
    assert (entry["summary"], entry["content_text"], "content_html" in entry) == ("一つ目", "一つ目", False)


def test_a_summary_is_text_where_html_is_read(client, settings: Settings):
    settings.FEED_CONTENT = "summary"
    make_live("a", lead="<b> & 1 < 2")
    assert xml(client, "/feeds/atom/").findtext(f"{ATOM}entry/{ATOM}summary") == "&lt;b&gt; &amp; 1 &lt; 2"
    assert xml(client, "/feeds/atom/").find(f"{ATOM}entry/{ATOM}content") is None
    assert xml(client, "/feeds/rss/").findtext("channel/item/description") == "&lt;b&gt; &amp; 1 &lt; 2"
    assert json.loads(client.get("/feeds/json/").content)["items"][0]["summary"] == "<b> & 1 < 2"


def test_a_feed_names_its_author(client, settings: Settings):
    settings.SITE_NAME = "まとめ & 海外 {title}"
    assert xml(client, "/feeds/atom/").findtext(f"{ATOM}author/{ATOM}name") == settings.SITE_NAME
    assert json.loads(client.get("/feeds/json/").content)["authors"][0]["name"] == settings.SITE_NAME


def test_a_tag_has_feeds_of_its_own(client):
    make_live("a", tags=("TCP/IP",))
    make_live("b", tags=("犬",))
    entries = json.loads(client.get("/feeds/json/tags/TCP/IP/").content)["items"]
    assert [entry["url"] for entry in entries] == ["https://digests.example/posts/a/"]
    assert client.get("/feeds/json/tags/none/").status_code == 404


@pytest.mark.parametrize("kind", ["atom", "rss", "json"])
def test_an_empty_site_has_feeds_and_the_same_bytes_each_time(client, kind: str):
    answer = client.get(f"/feeds/{kind}/")
    assert answer.status_code == 200
    assert client.get(f"/feeds/{kind}/", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_feed_costs_two_queries_for_any_number_of_digests(client, django_assert_num_queries: DjangoAssertNumQueries):
    for number in range(25):
        make_live(f"story{number}")
        if number in {9, 24}:
            with django_assert_num_queries(2):
                assert client.get("/feeds/atom/").status_code == 200


def test_a_withdrawn_digest_is_in_no_feed_and_no_sitemap(client):
    live = make_live("gone")
    make_live("a")
    unpublish(live.digest_id)
    for path in ("/feeds/atom/", "/feeds/rss/", "/feeds/json/", "/sitemaps/1.xml", "/sitemaps/listings.xml"):
        answer = client.get(path).content.decode()
        assert "/posts/gone/" not in answer
    assert "/posts/a/" in client.get("/sitemaps/1.xml").content.decode()


def test_the_sitemap_names_every_page(client):
    make_live("a", tags=("猫 & 犬",))
    parts = locations(client, "/sitemap.xml")
    assert parts == ["https://digests.example/sitemaps/listings.xml", "https://digests.example/sitemaps/1.xml"]
    pages = [page for part in parts for page in locations(client, part.removeprefix("https://digests.example"))]
    assert len(pages) == 10
    assert "https://digests.example/posts/a/" in pages
    assert all(client.get(page.removeprefix("https://digests.example")).status_code == 200 for page in pages)


def test_the_sitemap_is_split_at_its_limit(client, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sitemaps, "MOST", 2)
    for number in range(5):
        make_live(f"story{number}", tags=())
    assert len(locations(client, "/sitemap.xml")) == 1 + 3
    pages = [page for number in (1, 2, 3) for page in locations(client, f"/sitemaps/{number}.xml")]
    assert len(set(pages)) == 5
    assert client.get("/sitemaps/4.xml").status_code == 404
    assert client.get("/sitemaps/0.xml").status_code == 404


def test_robots_are_told_where_the_sitemap_is_and_kept_from_the_desk(client):
    text = client.get("/robots.txt").content.decode()
    assert "Sitemap: https://digests.example/sitemap.xml\n" in text
    assert "Disallow: /desk/\n" in text


def moved_in(path: str, digest: Digest) -> None:
    target, _made = Target.objects.get_or_create(name="site", kind="folder", location="/srv/site")
    Post.objects.create(target=target, digest=digest, path=path, sha256="0" * 64)


@pytest.mark.parametrize(
    "path", ["content/posts/2025_09/2025_09_06_old/index.md", "posts/2025_09/2025_09_06_old/index.md"]
)
def test_the_addresses_of_a_hugo_site_lead_to_the_digest(client, path: str):
    live = make_live("a")
    moved_in(path, live.digest)
    answer = client.get("/posts/2025_09/2025_09_06_old/")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/posts/a/")
    unpublish(live.digest_id)
    assert client.get("/posts/2025_09/2025_09_06_old/").status_code == 410


def test_a_digest_that_got_another_slug_is_found_under_its_old_one(client):
    live = make_live("old")
    unpublish(live.digest_id)
    Publication.objects.create(
        digest=live.digest,
        state="succeeded",
        is_live=True,
        digest_changes=2,
        slug="new",
        date=live.date,
        quote_count=1,
        document=live.document,
    )
    answer = client.get("/posts/old/")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/posts/new/")


def test_a_withdrawn_digest_is_gone_and_one_that_never_was_is_not_found(client):
    live = make_live("a")
    unpublish(live.digest_id)
    make_digest(slug="draft")
    answer = client.get("/posts/a/")
    assert answer.status_code == 410
    assert "noindex" in answer.content.decode()
    assert client.get("/posts/draft/").status_code == 404
    assert client.get("/posts/never/2025/").status_code == 404


def test_a_failed_attempt_leaves_no_address(client):
    digest = make_digest(slug="draft")
    Publication.objects.create(
        digest=digest, state="failed", error="…", digest_changes=1, slug="draft", date=digest.date, quote_count=0,
        document={},
    )  # fmt: skip
    assert client.get("/posts/draft/").status_code == 404


@pytest.mark.parametrize("old", ["machine-learning", "Machine-Learning", "machine learning"])
def test_the_address_that_hugo_gave_a_tag_leads_to_the_tag(client, old: str):
    make_live("a", tags=("Machine Learning",))
    answer = client.get(f"/tags/{old}/")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/tags/Machine%20Learning/")
    assert client.get("/tags/Machine Learning/page/9/").status_code == 404


def test_folds_and_quotes_are_in_the_feed_in_order(client):
    make_live("a", items=tuple(make_document_quote(f"引用{n}") for n in range(3)))
    (entry,) = json.loads(client.get("/feeds/json/").content)["items"]
    places = [entry["content_html"].index(f"引用{n}") for n in range(3)]
    assert places == sorted(places)


def test_every_page_names_the_feeds(client):
    make_live("a", tags=("猫",))
    for path in ("/", "/posts/a/", "/tags/", "/months/"):
        assert '<link rel="alternate" type="application/atom+xml" title="Matome" href="/feeds/atom/">' in (
            client.get(path).content.decode()
        )
    assert 'href="/feeds/atom/tags/%E7%8C%AB/"' in client.get("/tags/猫/").content.decode()
