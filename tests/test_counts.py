"""How much there is in a digest, and whose voices."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from selectolax.lexbor import LexborHTMLParser

from digests import curation
from digests.editor.counts import balance_of, size_of
from digests.models import Digest
from tests.factories import make_between, make_comment, make_digest, make_editor, make_thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def digest():
    """Three roots with two, one and no replies; the first root and one of its replies are quoted."""
    thread = make_thread(comments=0)
    first = make_comment(thread, number=1)
    make_comment(thread, number=2, parent=first, rank=0)
    make_comment(thread, number=3, parent=first, rank=1, author="author1")
    second = make_comment(thread, number=4, rank=1)
    make_comment(thread, number=5, parent=second, rank=0)
    make_comment(thread, number=6, rank=2)
    digest = make_digest(thread=thread)
    ids = thread.comments.filter(author="author1").values_list("pk", flat=True)
    curation.choose(digest.pk, version=1, comment_ids=list(ids))
    return digest


def test_quotes_characters_and_minutes_are_counted(digest):
    first = digest.quotes.in_order()[0]
    curation.edit_quote(first.pk, version=1, text="字" * 990 + "\n \n" + "字" * 10, author="author1")
    make_between(digest, "heading", position=90, text="見出し")
    make_between(digest, "picture", position=91, target="a.jpg", text="絵の説明は読む文ではない")
    size = size_of(digest)
    assert (size.quotes, size.characters, size.minutes) == (2, 1000 + 3 + len("Commentnumber3"), 3)


def test_quotes_that_are_still_the_original_are_counted(digest):
    assert size_of(digest).unwritten == 2
    one, two = digest.quotes.in_order()
    curation.edit_quote(one.pk, version=1, text="コメントその一つめの訳", author="author1")
    curation.edit_quote(two.pk, version=1, text="Comment  number 3", author="author1")
    assert size_of(digest).unwritten == 1


def test_roots_and_authors_are_weighed_against_the_thread(digest):
    balance = balance_of(digest)
    assert (balance.roots, balance.roots_in, balance.authors, balance.authors_in) == (3, 1, 5, 1)
    assert [(one.name, one.all, one.chosen) for one in balance.largest_roots] == [
        ("author1", 3, 2),
        ("author4", 2, 0),
        ("author6", 1, 0),
    ]
    assert balance.largest_roots[1].opening == "Comment number 4"
    assert [(one.name, one.all, one.chosen, one.percent) for one in balance.loudest] == [("author1", 2, 2, 100)]
    assert {one.name for one in balance.missing_authors} == {"author2", "author4", "author5", "author6"}


def test_what_nobody_can_quote_does_not_count(digest):
    digest.thread.comments.filter(author="author6").update(state="deleted")
    assert (balance_of(digest).roots, balance_of(digest).authors) == (2, 4)


def test_the_line_and_the_panel_are_parts_of_the_page_and_lead_to_missing_roots(client, digest):
    client.force_login(make_editor())
    address = f"/desk/digests/{digest.pk}/counts/"
    line = client.get(f"{address}?part=line", headers={"Accept-Language": "en"}).content.decode()
    assert LexborHTMLParser(line).text(separator=" ").split()[:2] == ["2", "quotes"]
    for part in ("", "?part=panel"):
        page = LexborHTMLParser(client.get(address + part).content.decode())
        missing = digest.thread.comments.get(author="author4").pk
        assert page.css_first(f".missing a[href$='#c{missing}']") is not None


def test_a_digest_without_a_thread_is_counted_too(client):
    client.force_login(make_editor())
    digest = make_digest(texts=["一つ", "二つ"])
    answer = client.get(f"/desk/digests/{digest.pk}/counts/")
    assert answer.status_code == 200
    assert size_of(digest).characters == 4


def test_the_number_of_queries_does_not_grow(client, digest):
    client.force_login(make_editor())

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(f"/desk/digests/{digest.pk}/counts/?part=panel")
        return len(captured)

    before = queries()
    for number in range(10, 30):
        make_comment(digest.thread, number=number, rank=number)
    ids = digest.thread.comments.values_list("pk", flat=True)
    curation.choose(digest.pk, version=Digest.objects.get(pk=digest.pk).version, comment_ids=list(ids))
    assert queries() == before
