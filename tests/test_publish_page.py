"""What the page before publishing says: what becomes visible where, what changed, and the way to it afterwards."""

import pytest

from digests import curation
from digests.models import Digest, Publication
from digests.publishing import publish as publishing
from tests.delivered import make_site, rewrite, send
from tests.factories import make_digest, make_thread
from tests.pages import read, texts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("asking_in_english")]

OWN = "section:first-of-type"


@pytest.fixture
def digest() -> Digest:
    return make_digest(texts=["日本語の文です", "もう一つの文です"])


def publish(digest: Digest) -> Publication:
    return publishing.publish(digest.pk, changes=Digest.objects.get(pk=digest.pk).changes, by=None)


def facts(desk, digest: Digest) -> list[str]:
    return texts(read(desk, f"/desk/digests/{digest.pk}/publish/"), f"{OWN} dd")


def test_before_the_first_time_it_says_which_address_the_digest_will_have(desk, digest):
    assert facts(desk, digest) == ["http://testserver/posts/a_story/", "nothing yet"]
    page = read(desk, f"/desk/digests/{digest.pk}/publish/")
    assert not page.css(f"{OWN} dd a")


def test_afterwards_the_button_opens_what_readers_see(desk, digest):
    publish(digest)
    page = read(desk, f"/desk/digests/{digest.pk}/publish/")
    assert page.css_first(f"{OWN} a.primary").attributes["href"] == "/posts/a_story/"
    assert page.css_first(f"{OWN} dd a").attributes["href"] == "http://testserver/posts/a_story/"


def test_what_changed_since_is_counted_and_led_to(desk, digest):
    live = publish(digest)
    first, second = digest.quotes.in_order()
    curation.edit_quote(first.pk, version=1, text="直した文です", author="author1")
    curation.paint(digest.pk, version=digest.version, quote_ids=[second.pk], color="#785bff")
    assert facts(desk, digest)[2] == "1 reworded, 1 changed"
    page = read(desk, f"/desk/digests/{digest.pk}/publish/")
    link = page.css_first(f"{OWN} dd a[href*='compared']").attributes["href"]
    assert link == f"/desk/digests/{digest.pk}/history/compared/?from=p{live.pk}&to=now"
    read(desk, link)


def test_a_change_that_was_taken_back_is_none_that_readers_would_see(desk, digest):
    publish(digest)
    for version, text in ((1, "別の文"), (2, "日本語の文です")):
        curation.edit_quote(digest.quotes.in_order()[0].pk, version=version, text=text, author="author1")
    assert facts(desk, digest)[2] == "nothing that readers would see"


def test_one_that_was_taken_back_says_so(desk, digest):
    publish(digest)
    publishing.unpublish(digest.pk)
    assert facts(desk, digest)[1].startswith("nothing: it was taken back at 20")


def test_a_new_slug_leaves_the_old_address_to_be_seen_until_then(desk, digest):
    publish(digest)
    Digest.objects.update(slug="another", changes=9)
    page = read(desk, f"/desk/digests/{digest.pk}/publish/")
    assert facts(desk, digest)[0] == "http://testserver/posts/another/ until then a_story"
    assert page.css_first(f"{OWN} .facts a[href='/posts/a_story/']") is not None


def test_a_hugo_site_says_what_changed_since_it_was_sent_there(desk, digest, tmp_path):
    send(make_site(tmp_path), digest)
    address = f"/desk/digests/{digest.pk}/publish/"
    assert "reworded" not in texts(read(desk, address), ".standings")[0]
    rewrite(digest, "直した文です")
    assert "Changed since then:1 reworded" in texts(read(desk, address), ".standings")[0]


def test_the_queries_do_not_grow_with_the_quotes(desk, digest, django_assert_max_num_queries):
    address = f"/desk/digests/{digest.pk}/publish/"
    publish(digest)
    with django_assert_max_num_queries(40) as few:
        desk.get(address)
    long = make_digest(slug="long", thread=make_thread(), texts=["文です"] * 60)
    publish(long)
    with django_assert_max_num_queries(len(few)):
        desk.get(f"/desk/digests/{long.pk}/publish/")
