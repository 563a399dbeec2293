"""The board of a long digest: rows come in pieces, and no act costs more for there being many."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from selectolax.lexbor import LexborHTMLParser

from digests.editor.rows import FIRST, NEXT
from digests.models import Digest, Fold
from tests.factories import make_digest, make_fold

pytestmark = pytest.mark.django_db


def read(answer) -> LexborHTMLParser:
    assert answer.status_code == 200
    return LexborHTMLParser(answer.content.decode())


def pk(digest: Digest, text: str) -> int:
    return digest.quotes.get(text=text).pk


def act(desk: Client, digest: Digest, name: str, *, version: int = 1, htmx: bool = True, **more):
    values = {"version": version, "act": name, **more}
    headers = {"HX-Request": "true"} if htmx else {}
    return desk.post(f"/desk/digests/{digest.pk}/quotes/", values, headers=headers)


def numbers(page: LexborHTMLParser) -> list[str]:
    return [number.text() for number in page.css("li.quote .number")]


def test_the_page_opens_with_the_first_rows_and_fetches_the_others_in_pieces(desk):
    digest = make_digest(texts=[f"文{number}" for number in range(1, 301)])
    ids = list(digest.quotes.in_order().values_list("pk", flat=True))
    make_fold(digest, first=25, size=45)
    fold = Fold.objects.get().pk
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    assert [node.attributes["id"] for node in page.css("#list > li.quote")] == [f"q{pk}" for pk in ids[:FIRST]]
    assert page.css_first("#list").attributes["data-left"] == str(300 - FIRST)
    assert page.css_first(f"#e{fold}") is None  # it stands behind the fold's last row

    def fetch(query: str) -> tuple[list[str], str]:
        answer = desk.get(f"/desk/digests/{digest.pk}/rows/?{query}")
        assert answer["Matome-Version"] == str(digest.version)
        return [node.attributes["id"] or "" for node in read(answer).css("li")], answer["Matome-Left"]

    items, left = fetch(f"after={ids[FIRST - 1]}")
    behind = 70 - FIRST  # what is left of the fold
    expected = [f"q{pk}" for pk in ids[FIRST : FIRST + NEXT]]
    assert (items, left) == ([*expected[:behind], f"e{fold}", *expected[behind:]], str(300 - FIRST - NEXT))
    assert fetch(f"after={ids[FIRST + NEXT - 1]}") == ([f"q{pk}" for pk in ids[FIRST + NEXT :]], "0")
    assert len(fetch(f"after={ids[FIRST - 1]}&upto={ids[299]}")[0]) == 301 - FIRST
    only = read(desk.get(f"/desk/digests/{digest.pk}/rows/?only={ids[7]},{ids[200]}"))
    assert [node.text() for node in only.css(".number")] == ["8", "201"]
    assert desk.get(f"/desk/digests/{digest.pk}/rows/?after=x").status_code == 400


def test_without_script_the_rows_are_on_pages(desk):
    digest = make_digest(texts=[f"文{number}" for number in range(1, 131)])
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    assert page.css_first("#more a").attributes["href"] == "?rows=1#digest"
    page = read(desk.get(f"/desk/digests/{digest.pk}/?rows=4"))
    assert numbers(page) == [str(number) for number in range(121, 131)]
    assert page.css_first("#more") is None
    last = pk(digest, "文130")
    answer = act(desk, digest, f"paint:{last}:pink", htmx=False)
    assert answer.headers["Location"] == f"/desk/digests/{digest.pk}/?rows=4#q{last}"


def test_queries_and_bytes_of_an_act_are_the_same_for_a_long_digest(desk):
    def measure(quotes: int) -> list[tuple[int, int]]:
        digest = make_digest(slug=f"s{quotes}", texts=["文" * 200] * quotes)
        first, *_others, last = digest.quotes.in_order().values_list("pk", flat=True)
        make_fold(digest, first=3, size=4)
        found = []
        for version, name in enumerate(
            [
                f"top:{last}",
                f"down:{first}",
                f"paint:{first}:pink",
                f"emphasis:{last}:large",
                f"insert:note:quote:{first}",
                f"drop:{first}",
                "undo",
                f"place:quote:{last}",
            ],
            1,
        ):
            with CaptureQueriesContext(connection) as captured:
                answer = act(desk, digest, name, version=version, pick=[first])
            assert answer.status_code == 200, (name, answer.content)
            found.append((len(captured), len(answer.content)))
        return found

    short, long = measure(84), measure(1000)
    assert [queries for queries, _bytes in short] == [queries for queries, _bytes in long]
    for (_queries, few), (_same, many) in zip(short, long, strict=True):
        assert many < 1.05 * few + 50
        assert many < 4000


def test_opening_asks_as_much_for_a_long_digest(desk):
    def measure(quotes: int) -> tuple[int, int]:
        digest = make_digest(slug=f"s{quotes}", texts=["文"] * quotes)
        with CaptureQueriesContext(connection) as captured:
            answer = desk.get(f"/desk/digests/{digest.pk}/")
        return len(captured), len(answer.content)

    (few, short), (many, long) = measure(84), measure(1000)
    assert few == many
    assert long < 1.05 * short
