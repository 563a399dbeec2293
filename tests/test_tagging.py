"""Spellings of tags: aliases made and taken apart, and where readers find a digest meanwhile."""

import datetime
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digests import curation
from digests.curation import CurationError, tagging
from digests.models import Digest, Publication, Tag
from digests.public import moved
from digests.publishing.publish import publish
from tests.factories import make_digest, make_live

pytestmark = pytest.mark.django_db


def under(name: str) -> list[str]:
    return sorted(Publication.objects.live().filter(tags__name=name).values_list("slug", flat=True))


def test_digests_of_every_spelling_stand_under_one_tag_at_once():
    make_live("a", tags=("AI",))
    make_live("b", tags=("ＡＩ", "猫"))
    make_live("c", tags=("人工知能", "AI"))
    tagging.make_aliases(["ＡＩ", "人工知能", "AI"], canonical="AI")
    assert under("AI") == ["a", "b", "c"]
    assert under("ＡＩ") == under("人工知能") == []
    assert under("猫") == ["b"]
    make_live("d", tags=("人工知能", "ＡＩ"))
    assert under("AI") == ["a", "b", "c", "d"]


def test_the_lists_and_what_readers_were_shown_stay_until_they_are_repaired():
    live = make_live("a", tags=("ＡＩ",))
    tagging.make_aliases(["ＡＩ"], canonical="AI")
    assert Digest.objects.get(pk=live.digest_id).tags == ["平文"]
    assert Publication.objects.get(pk=live.pk).document["tags"] == ["ＡＩ"]


def test_an_alias_is_taken_apart_and_everything_stands_as_before():
    make_live("a", tags=("AI",))
    make_live("b", tags=("ＡＩ", "AI"))
    make_live("c", tags=("ＡＩ",))
    tagging.make_aliases(["ＡＩ"], canonical="AI")
    assert tagging.take_apart("ＡＩ") == "AI"
    assert (under("AI"), under("ＡＩ")) == (["a", "b"], ["b", "c"])
    with pytest.raises(CurationError):
        tagging.take_apart("ＡＩ")
    with pytest.raises(CurationError):
        tagging.take_apart("nowhere")


def test_aliases_of_an_alias_follow_and_the_other_way_round_it_turns():
    make_live("a", tags=("ai",))
    make_live("b", tags=("AI",))
    make_live("c", tags=("人工知能",))
    tagging.make_aliases(["ai"], canonical="AI")
    tagging.make_aliases(["AI"], canonical="人工知能")
    assert under("人工知能") == ["a", "b", "c"]
    tagging.make_aliases(["人工知能"], canonical="ai")
    assert under("ai") == ["a", "b", "c"]
    assert not Tag.objects.filter(alias_of__alias_of__isnull=False).exists()


@pytest.mark.parametrize(("names", "canonical"), [(["AI"], "AI"), ([], "AI"), (["AI"], " "), (["AI"], "x" * 101)])
def test_what_is_no_other_spelling_is_refused(names: list[str], canonical: str):
    with pytest.raises(CurationError):
        tagging.make_aliases(names, canonical=canonical)
    assert not Tag.objects.exists()


def test_a_saved_head_gets_the_spelling_that_is_kept():
    tagging.make_aliases(["ＡＩ", "人工知能"], canonical="AI")
    digest = make_digest()
    curation.edit_head(
        digest.pk,
        version=1,
        headline="題",
        lead="",
        date=datetime.date(2026, 9, 12),
        tags=["人工知能", "猫", "ＡＩ"],
        slug="a_story",
        source_url="",
        article_url="",
        thumbnail="",
    )
    assert Digest.objects.get().tags == ["AI", "猫"]


def test_publishing_an_old_list_stands_under_the_tag():
    digest = make_digest(texts=["こんにちは"], tags=["人工知能"])
    tagging.make_aliases(["人工知能"], canonical="AI")
    publish(digest.pk, changes=digest.changes, by=None)
    assert under("AI") == ["a_story"]


NAMES = st.sampled_from(["a", "b", "c", "d"])


@settings(max_examples=30)
@given(st.lists(st.tuples(st.booleans(), NAMES, NAMES), max_size=8), st.lists(st.sets(NAMES), min_size=1, max_size=4))
def test_after_any_acts_no_alias_leads_to_another_and_every_digest_is_found(acts, lists):
    Publication.objects.all().delete()
    Digest.objects.all().delete()
    Tag.objects.all().delete()
    for number, names in enumerate(lists):
        make_live(f"story{number}", tags=tuple(sorted(names)))
    for merging, one, other in acts:
        try:
            if merging:
                tagging.make_aliases([one], canonical=other)
            else:
                tagging.take_apart(one)
        except CurationError:
            continue
    assert not Tag.objects.filter(alias_of__alias_of__isnull=False).exists()
    spelled = Tag.objects.spellings("abcd")
    wanted = {(f"story{number}", spelled.get(name, name)) for number, names in enumerate(lists) for name in names}
    assert set(Publication.objects.exclude(tags=None).values_list("slug", "tags__name")) == wanted


def test_the_address_of_an_alias_leads_to_its_tag_and_so_do_its_feeds(client):
    make_live("a", tags=("AI",))
    make_live("b", tags=("人工知能",))
    tagging.make_aliases(["人工知能", "A I"], canonical="AI")
    for name in ("人工知能", "A I", "a-i", "ai"):
        answer = client.get(f"/tags/{name}/")
        assert (answer.status_code, answer.headers["Location"]) == (301, "/tags/AI/")
        answer = client.get(f"/feeds/atom/tags/{name}/")
        assert (answer.status_code, answer.headers["Location"]) == (301, "/feeds/atom/tags/AI/")
    page = client.get("/tags/AI/").content.decode()
    assert "/posts/a/" in page
    assert "/posts/b/" in page
    assert client.get("/tags/nothing/").status_code == client.get("/feeds/atom/tags/nothing/").status_code == 404
    assert dict(moved.leads())["/tags/A%20I/"] == "/tags/AI/"


def test_search_narrowed_to_an_alias_finds_what_stands_under_its_tag(client):
    make_live("a", "犬の話", tags=("AI",))
    make_live("b", "犬の話", tags=("人工知能",))
    tagging.make_aliases(["人工知能"], canonical="AI")
    page = client.get("/search/", {"q": "犬の話", "tag": "人工知能"}).content.decode()
    assert "/posts/a/" in page
    assert "/posts/b/" in page


def test_rare_tags_are_shown_without_a_link_until_they_are_used_enough(client, settings):
    settings.TAG_LEAST_USE = 2
    make_live("a", "犬の話", tags=("猫", "犬"))
    make_live("b", tags=("猫", "わんこ"))
    pages = ["/posts/a/", "/", "/search/?q=犬の話", "/months/2026/09/", "/tags/猫/"]
    shown = [client.get(page) for page in pages]
    for page in shown:
        assert 'href="/tags/%E7%8C%AB/"' in page.content.decode()
        assert '<span class="tag">犬</span>' in re.sub("</?mark>", "", page.content.decode())
    tagging.make_aliases(["わんこ"], canonical="犬")
    for address, before in zip(pages, shown, strict=True):
        headers = {"If-None-Match": before.headers["ETag"]} if "ETag" in before.headers else {}
        page = client.get(address, headers=headers)
        assert page.status_code == 200
        assert 'href="/tags/%E7%8A%AC/"' in page.content.decode()


def test_a_merge_is_in_the_sitemap_at_once(client):
    make_live("a", tags=("AI",))
    make_live("b", tags=("ai",))
    assert client.get("/sitemaps/listings.xml").content.decode().count("/tags/") == 3
    tagging.make_aliases(["ai"], canonical="AI")
    assert client.get("/sitemaps/listings.xml").content.decode().count("/tags/") == 2


def test_an_alias_that_nobody_uses_any_more_leads_nowhere(client):
    tagging.make_aliases(["人工知能"], canonical="AI")
    assert client.get("/tags/人工知能/").status_code == 404


def test_a_rare_tag_has_no_page_until_it_is_used_enough(client, settings):
    make_live("a", tags=("猫", "犬"))
    make_live("b", tags=("猫",))
    assert client.get("/tags/犬/").status_code == 200
    settings.TAG_LEAST_USE = 2
    assert client.get("/tags/犬/").status_code == client.get("/feeds/rss/tags/犬/").status_code == 404
    assert client.get("/tags/猫/").status_code == client.get("/feeds/rss/tags/猫/").status_code == 200
    listed = client.get("/tags/").content.decode()
    assert "猫" in listed
    assert "犬" not in listed
    make_live("c", tags=("犬",))
    assert client.get("/tags/犬/").status_code == 200
