"""Withdrawing from the desk: one digest, or everything that one person said."""

from pathlib import Path

import pytest

from digests.models import Delivery, Digest, Publication, Quote, WithdrawnAuthor
from tests.delivered import commits, done, make_site, send, standing
from tests.factories import make_digest, make_live, make_thread
from tests.pages import queries, read, texts

pytestmark = pytest.mark.django_db

JAPANESE = "日本語の文です"
AUTHOR = "/desk/authors/withdraw/"


def test_a_digest_is_withdrawn_from_everywhere_after_a_question(desk, tmp_path):
    target, digest = make_site(tmp_path), make_digest(texts=[JAPANESE])
    send(target, digest)
    address = f"/desk/digests/{digest.pk}/withdraw/"
    page = read(desk, address)
    values = [node.attributes["value"] for node in page.css("input[name=from]")]
    assert values == ["everywhere", "own", str(target.pk)]
    assert page.css(".lines > .removed") != []
    assert Publication.objects.live().exists()
    desk.post(address, {"from": "everywhere"})
    assert not Publication.objects.live().exists()
    done(Delivery.objects.latest("pk"))
    assert set(standing(target)) == {"README.md"}
    assert Digest.objects.filter(pk=digest.pk).exists()
    assert len(read(desk, address).css(".empty")) == 1


def test_a_digest_is_withdrawn_from_our_own_pages_alone(desk, tmp_path):
    target, digest = make_site(tmp_path), make_digest(texts=[JAPANESE])
    send(target, digest)
    desk.post(f"/desk/digests/{digest.pk}/withdraw/", {"from": "own"})
    assert not Publication.objects.live().exists()
    assert Delivery.objects.count() == 1
    assert len(standing(target)) == 2


@pytest.mark.parametrize("given", ["", "x", "99"])
def test_from_nowhere_nothing_is_withdrawn(desk, given):
    digest = make_live("a_story", JAPANESE).digest
    assert desk.post(f"/desk/digests/{digest.pk}/withdraw/", {"from": given}).status_code in {400, 404}
    assert Publication.objects.live().exists()


def test_everything_a_person_said_is_shown_before_it_is_taken_out(desk, tmp_path: Path):
    target, thread = make_site(tmp_path), make_thread()
    digests = [make_digest(slug=f"d{number}", thread=thread, texts=["消す文です", "残す文です"]) for number in range(2)]
    send(target, *digests)
    read(desk, AUTHOR)
    page = read(desk, f"{AUTHOR}?source=hackernews&name=author1")
    assert len(page.css(".difference")) == 2
    assert all("消す文です" in text for text in texts(page, ".difference"))
    sent = {"source": "hackernews", "name": "author1"}
    assert desk.post(AUTHOR, sent).status_code == 422  # not confirmed
    assert Quote.objects.filter(author="author1").count() == 2
    answer = desk.post(AUTHOR, sent | {"sure": "1"})
    delivery = Delivery.objects.latest("pk")
    assert answer.headers["Location"] == f"/desk/deliveries/{delivery.pk}/"
    assert not Quote.objects.filter(author="author1").exists()
    before = len(commits(target))
    done(delivery)
    assert len(commits(target)) == before + 1
    assert not any("消す文です".encode() in content for content in standing(target).values())
    assert WithdrawnAuthor.objects.get().name == "author1"


def test_somebody_who_is_quoted_nowhere_can_still_ask_not_to_be(desk):
    page = read(desk, f"{AUTHOR}?source=hackernews&name=nobody")
    assert page.css(".difference") == []
    desk.post(AUTHOR, {"source": "hackernews", "name": "nobody", "sure": "1"})
    assert WithdrawnAuthor.objects.get().name == "nobody"


def test_the_number_of_queries_does_not_grow_with_what_a_person_said(desk):
    def fill(start: int) -> None:
        for number in range(start, start + 10):
            make_digest(slug=f"d{number}", texts=["一つ目の文です"])

    fill(0)
    few = queries(desk, f"{AUTHOR}?source=hackernews&name=author1")
    fill(10)
    assert queries(desk, f"{AUTHOR}?source=hackernews&name=author1") == few
    assert len(read(desk, f"{AUTHOR}?source=hackernews&name=author1").css(".difference")) == 20
