"""What is not public any more, or not yet, shows in nothing that is kept, redirected or answered by mistake."""

import unicodedata
from datetime import date
from typing import Literal

import pytest
from django.test import Client
from django.urls import reverse

from digests.curation.bin import delete_for_good, put_in
from digests.models import Digest, Tag, followed
from digests.public import moved
from digests.publishing.publish import unpublish
from tests.factories import make_digest, make_live
from tests.test_bake_links import make_post

pytestmark = pytest.mark.django_db
type Form = Literal["NFC", "NFD"]


def delete(digest_id: int) -> None:
    """For good, by way of the bin."""
    digest = Digest.objects.get(pk=digest_id)
    put_in({digest.pk: digest.changes}, by=None)
    delete_for_good(digest.pk, changes=digest.changes + 1, by=None)


@pytest.mark.parametrize("series", ["", "連載"])
@pytest.mark.parametrize("asked_between", [False, True])
def test_a_deleted_digest_is_not_shown_again_by_what_was_kept_before(client: Client, series: str, asked_between: bool):
    """With the digest go the times at which it came and went, so the site is to look as it once did to nobody."""
    for number, slug in enumerate("abc", 1):
        make_live(slug, tags=("猫",), headline=f"{slug}の題", series=series, date=date(2026, 9, number))
    gone = Digest.objects.get(slug="b").pk
    assert 'href="/posts/b/"' in client.get("/posts/a/").content.decode()
    unpublish(gone)
    if asked_between:
        assert 'href="/posts/b/"' not in client.get("/posts/a/").content.decode()
    delete(gone)
    for path in ("/posts/a/", "/posts/c/", "/", "/tags/猫/", "/sitemaps/1.xml", "/feeds/json/"):
        assert "/posts/b/" not in client.get(path).content.decode(), path
    assert client.get("/posts/b/").status_code == 410


def test_the_address_of_a_draft_that_stands_in_a_hugo_site_tells_nothing(client: Client):
    draft = make_digest(slug="draft_slug", texts=["下書き"])
    make_post("content/posts/2026_09/2026_09_06_secret/index.md", draft.pk)
    make_post("content/posts/secret.md", make_digest(slug="another", texts=["下書き"]).pk)
    for path in ("/posts/2026_09/2026_09_06_secret/", "/posts/secret/", "/posts/secret/q/1/", "/posts/draft_slug/"):
        assert client.get(path).status_code == 404, path
    assert list(moved.leads()) == []


@pytest.mark.parametrize(
    "path",
    [
        *("content/posts/a\nb.md", "content/posts/posts/x.md", "content/blog/x.md", "posts/y/index.md", "z.md"),
        *("content/posts/_index.md", "content/posts/.md", "content/posts/q.md", "content/posts/%2e%2e/x.md"),
        *("content/posts/a.md/index.md", 'content/posts/"$1;{}\\.md', "content/posts/x.html"),
    ],
)
def test_an_old_address_leads_where_the_list_of_them_says_whatever_the_post_is_called(client: Client, path: str):
    make_post(path, make_live("here").digest_id)
    for address, to in moved.leads():
        assert client.get(address).headers["Location"] == to


@pytest.mark.parametrize(
    "path",
    [
        *("/search/?q=a%00b", "/search/?q=a&tag=%00", "/search/?q=a&author=%00x", "/search/?q=a&month=%00"),
        *("/posts/a%00b/", "/posts/a%00/b/", "/posts/%FF/", "/posts/%0A/", "/tags/%00/", "/tags/%FF/", "/series/%00/"),
        *("/sitemaps/0.xml", "/sitemaps/01.xml", f"/sitemaps/{2**63}.xml", f"/sitemaps/{'9' * 5000}.xml"),
        *("/posts/a/q/0.jpg", f"/posts/a/q/{'9' * 30}.jpg", f"/posts/a/q/{'9' * 30}/"),
        *("/months/9999/12/", "/months/0001/01/", "/months/0000/01/", "/months/2026/13/", "/months/２０２６/09/"),
        *("/page/0/", "/page/01/", "/page/1_0/", "/page/999999999/", "/page/9999999999/", "/page/２/"),
        *("/search/?q=a&month=9999-12", "/search/?q=a&page=-1", f"/search/?q=a&page={'9' * 5000}", "/search/?q=NEAR("),
        *("/search/?q=%22%22%22", "/search/?q=-a", "/search/?q=*", "/search/?q=%ED%A0%80", "/feeds/ATOM/"),
        *("/media/renditions/%00", "/media/cards/a/%00", "/media/thumbnails/..%2Fx", "/palette-%00.css"),
        *(f"/posts/{'a' * 5000}/", f"/tags/{'a/' * 2000}", f"/tags/{'%F0%9F%98%80' * 500}/", "/posts/A/", "/posts//a/"),
    ],
)
def test_an_absurd_address_is_answered_quietly(client: Client, path: str):
    """Without an error, a cookie, a way to another site or a policy that is missing."""
    make_live("a", "abc")
    answer = client.get(path)
    assert answer.status_code == (200 if path.startswith("/search/") else 404)
    assert not answer.cookies
    assert answer.headers.get("Vary", "") in {"", "Accept-Encoding"}
    assert {"Content-Security-Policy", "X-Content-Type-Options"} <= answer.headers.keys()


@pytest.mark.parametrize("path", ["/palette-x.css", "/posts/gone/", "/posts/a", "/page/1/", "/nowhere/", "/robots.txt"])
def test_public_answers_are_the_same_for_every_browser(client: Client, path: str):
    make_live("a")
    unpublish(make_live("gone").digest_id)
    answers = [client.get(path, headers={"Accept-Language": language}) for language in ("ja", "en")]
    assert answers[0].content == answers[1].content
    for answer in answers:
        assert not answer.cookies
        assert not {"Cookie", "Accept-Language"} & {one.strip() for one in answer.headers.get("Vary", "").split(",")}
        assert {"Content-Security-Policy", "X-Content-Type-Options"} <= answer.headers.keys()


def test_other_aliases_are_another_state_though_their_numbers_make_the_same_product():
    tags = {pk: Tag.objects.create(pk=pk, name=str(pk)) for pk in (2, 3, 4, 6)}
    states = []
    for alias, kept in ((2, 6), (3, 4), (4, 3), (6, 2)):
        Tag.objects.update(alias_of=None)
        Tag.objects.filter(pk=alias).update(alias_of=tags[kept])
        states.append(followed.aliases_state())
    assert len(set(states)) == len(states)


@pytest.mark.parametrize(("kept", "asked"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_a_tag_is_found_however_its_letters_are_put_together(client: Client, kept: Form, asked: Form):
    make_live("a", tags=(unicodedata.normalize(kept, "Café ガ行"),))
    for name in ("Café ガ行", "café-ガ行"):
        answer = client.get(reverse("tag", args=[unicodedata.normalize(asked, name)]))
        assert answer.headers["Location"] == reverse("tag", args=[unicodedata.normalize(kept, "Café ガ行")])
