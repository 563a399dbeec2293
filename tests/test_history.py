"""The history of a digest at the desk: what went out when, what changed, and an old version once more."""

import re

import pytest
from django.contrib.auth.models import User

from digests import curation
from digests.models import Delivery, DeliveryItem, Digest, Publication, Target
from digests.publishing import publish as publishing
from tests.factories import make_digest
from tests.pages import queries, read, texts

pytestmark = pytest.mark.django_db

JAPANESE = "日本語の文です"


def publish_now(digest: Digest, editor: User) -> Publication:
    digest.refresh_from_db()
    return publishing.publish(digest.pk, changes=digest.changes, by=editor)


@pytest.fixture
def published(editor):
    """A digest with two versions: in the second the first quote has another text."""
    digest = make_digest(texts=[f"{JAPANESE}一", f"{JAPANESE}二"])
    publish_now(digest, editor)
    curation.edit_quote(digest.quotes.get(position=0).pk, version=1, text=f"{JAPANESE}三", author="author1")
    publish_now(digest, editor)
    return digest


def test_a_digest_that_never_went_out_says_so(desk):
    digest = make_digest()
    page = read(desk, f"/desk/digests/{digest.pk}/history/")
    assert len(page.css(".empty")) == 1
    assert page.css("form.compare") == []


def test_every_version_is_listed_with_who_when_and_what_changed(desk, published):
    page = read(desk, f"/desk/digests/{published.pk}/history/?show=versions")
    rows = texts(page, ".versions > li")
    assert len(rows) == 2
    assert all("editor" in row and "JST" in row for row in rows)
    first, second = published.publications.order_by("pk")
    link = f"/desk/digests/{published.pk}/history/compared/?from=p{first.pk}&to=p{second.pk}"
    assert [node.attributes["href"] for node in page.css(".versions a[href*=compared]")] == [link]
    assert page.css_first(f"a[href='/desk/digests/{published.pk}/history/{first.pk}/again/']") is not None
    assert (
        page.css(f"a[href='/desk/digests/{published.pk}/history/{second.pk}/again/']") == []
    )  # it is what readers see


def test_a_refused_attempt_is_listed_with_its_reason_and_is_compared_with_nothing(desk, published, editor):
    published.quotes.filter(position=1).update(text="")
    with pytest.raises(publishing.PublishError):
        publish_now(published, editor)
    Digest.objects.filter(pk=published.pk).update(changes=9)
    published.quotes.filter(position=1).update(text=f"{JAPANESE}二")
    publish_now(published, editor)
    page = read(desk, f"/desk/digests/{published.pk}/history/")
    newest = published.publications.order_by("-pk")
    assert len(page.css(".versions .error")) == 1
    again = f"/history/compared/?from=p{newest[2].pk}&to=p{newest[0].pk}"  # past the refused one
    assert page.css(f".versions > li:first-child a[href$='{again}']") != []
    assert desk.get(f"/desk/digests/{published.pk}/history/{newest[1].pk}/again/").status_code == 404


def test_a_version_names_its_deliveries_and_their_commits(desk, published):
    target = Target.objects.create(name="サイト", kind="git", location="https://github.com/a/site.git")
    delivery = Delivery.objects.create(target=target, state="done", commit="0123456789abcdef0123456789abcdef01234567")
    DeliveryItem.objects.create(
        delivery=delivery, digest=published, publication=published.publications.latest("pk"), state="written"
    )
    page = read(desk, f"/desk/digests/{published.pk}/history/")
    links = {node.attributes["href"] for node in page.css(".versions > li:first-child .sent a")}
    assert links == {
        f"/desk/deliveries/{delivery.pk}/",
        "https://github.com/a/site/commit/0123456789abcdef0123456789abcdef01234567",
    }


def test_two_versions_are_compared_word_by_word(desk, published):
    first, second = published.publications.order_by("pk")
    page = read(desk, f"/desk/digests/{published.pk}/history/compared/?from={first.pk}&to={second.pk}")
    assert (texts(page, ".difference del"), texts(page, ".difference ins")) == (["一"], ["三"])
    assert page.css_first(f"select[name=from] option[value='p{first.pk}'][selected]") is not None
    assert page.css_first(f"select[name=to] option[value='p{second.pk}'][selected]") is not None


def test_a_version_is_compared_with_the_digest_as_it_is_now(desk, published):
    second = published.publications.latest("pk")
    address = f"/desk/digests/{published.pk}/history/compared/?from={second.pk}&to=now"
    assert len(read(desk, address).css(".empty")) == 1
    Digest.objects.filter(pk=published.pk).update(headline="別の話")
    assert texts(read(desk, address), ".difference ins") != []


@pytest.mark.parametrize(
    ("query", "status"), [("", 404), ("from=1", 404), ("from=x&to=now", 400), ("from=99999&to=now", 404)]
)
def test_versions_that_do_not_exist_are_not_compared(desk, published, query, status):
    assert desk.get(f"/desk/digests/{published.pk}/history/compared/?{query}").status_code == status


def test_another_digests_version_is_not_shown(desk, published):
    other = make_digest(slug="other", texts=[JAPANESE])
    foreign = published.publications.latest("pk")
    assert desk.get(f"/desk/digests/{other.pk}/history/compared/?from={foreign.pk}&to=now").status_code == 404
    assert desk.get(f"/desk/digests/{other.pk}/history/{foreign.pk}/again/").status_code == 404


def test_publishing_again_shows_first_what_readers_will_find_changed(desk, published):
    first = published.publications.earliest("pk")
    page = read(desk, f"/desk/digests/{published.pk}/history/{first.pk}/again/")
    assert len(page.css(".difference")) == 1
    assert published.publications.count() == 2


def test_the_number_of_queries_does_not_grow_with_the_versions(desk, published, editor):
    def fill(versions: int) -> None:
        target = Target.objects.first() or Target.objects.create(name="s", kind="git", location="/srv/s.git")
        for _number in range(versions):
            Digest.objects.filter(pk=published.pk).update(changes=published.changes + 1)
            publication = publish_now(published, editor)
            delivery = Delivery.objects.create(target=target, state="done", commit="a" * 40)
            DeliveryItem.objects.create(delivery=delivery, digest=published, publication=publication, state="written")

    fill(20)
    few = queries(desk, f"/desk/digests/{published.pk}/history/")
    fill(10)
    assert queries(desk, f"/desk/digests/{published.pk}/history/") == few <= 18


def test_old_versions_are_on_further_pages_and_keep_their_numbers(desk, published, editor):
    for _number in range(20):
        Digest.objects.filter(pk=published.pk).update(changes=published.changes + 1)
        publish_now(published, editor)
    page = read(desk, f"/desk/digests/{published.pk}/history/?show=versions&page=2")
    assert [re.sub(r"\D", "", text) for text in texts(page, ".versions .number")] == ["2", "1"]
    assert len(page.css(".versions a[href*=compared]")) == 1
