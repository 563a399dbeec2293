"""Orders a digest is put into by itself: nothing is lost, sections keep their quotes, and the way back leads back."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests import curation, outline, sorting
from digests.curation import CurationError, Sorting, StaleVersion
from digests.models import Digest
from digests.sorting import Placed
from tests.factories import POSTED_AT, make_between, make_comment, make_digest, make_fold, make_thread


def build(answers, drawn):
    """Rows of all kinds, and a thread in which comment n answers an earlier one or none (0)."""
    parents = {n: answer % n or None for n, answer in enumerate(answers, 1)}
    rows = []
    for pk, (kind, minute, comment) in enumerate(drawn, 101):
        is_quote = kind == "quote"
        known = (comment % (len(parents) + 1) or None) if is_quote else None
        at = POSTED_AT + timedelta(minutes=minute) if is_quote else None
        rows.append(Placed(pk, is_quote, kind == "heading", at, known, known))
    return rows, parents


row = st.tuples(st.sampled_from(["quote", "quote", "quote", "heading", "note"]), st.integers(0, 5), st.integers(0, 40))
digests = st.builds(build, st.lists(st.integers(0, 40), max_size=8), st.lists(row, max_size=12))


def sections(rows, order):
    """The sets of quotes between headings."""
    by_pk = {row.pk: row for row in rows}
    found = [set()]
    for pk in order:
        if by_pk[pk].is_heading:
            found.append(set())
        elif by_pk[pk].is_quote:
            found[-1].add(pk)
    return found


@given(digests, st.sampled_from(Sorting))
def test_sorting_moves_quotes_inside_their_section_and_nothing_else(given_digest, by):
    rows, parents = given_digest
    now = [row.pk for row in rows]
    order = sorting.arranged(rows, by, parents)
    assert sorted(order) == sorted(now)
    assert sections(rows, order) == sections(rows, now)
    stay = {pk for row in rows if not row.is_quote for pk in [row.pk]}
    assert [pk if pk in stay else None for pk in order] == [pk if pk in stay else None for pk in now]


@given(digests, st.sampled_from(Sorting))
def test_sorting_twice_is_sorting_once(given_digest, by):
    rows, parents = given_digest
    by_pk = {row.pk: row for row in rows}
    once = sorting.arranged(rows, by, parents)
    sorted_rows = [by_pk[pk] for pk in once]
    assert sorting.arranged(sorted_rows, by, parents) == once


def quotes(*comments, headings=()):
    return [
        Placed(pk, pk not in headings, pk in headings, POSTED_AT, comment, comment)
        for pk, comment in enumerate(comments, 1)
    ]


@pytest.mark.parametrize(
    ("comments", "result"),
    [
        # Comment 2 and 3 answer 1, 4 answers 2, 5 is a root.
        ((5, 3, 1, 4, 2), (1, 3, 2, 5, 4)),  # 5; 1 with 3, then 2 with 4
        ((4, 1), (2, 1)),  # 2 is not here: 4 stands under 1
        ((4, 5), (1, 2)),  # nothing above it is here
        ((2, 1, 4, 2), (2, 1, 4, 3)),  # two quotes of one comment stay together, before its replies
        ((None, 3, None, 1), (1, 3, 4, 2)),  # unknown ones are roots
    ],
)
def test_replies_stand_under_what_they_answer(comments, result):
    parents = {1: None, 2: 1, 3: 1, 4: 2, 5: None}
    assert sorting.arranged(quotes(*comments), Sorting.REPLIES, parents) == result


def test_unknown_comments_stand_last_as_in_the_thread_and_headings_part():
    rows = quotes(None, 3, 1, None, 4, 2, headings={4})
    assert sorting.arranged(rows, Sorting.RANK, {}) == (3, 2, 1, 4, 6, 5)


def test_refilling_keeps_folds_and_refuses_other_quotes():
    entries = (1, outline.FoldRange(7, "x", (2, 3)), 4)
    assert outline.refill(entries, (4, 3, 2, 1)) == (4, outline.FoldRange(7, "x", (3, 2)), 1)
    for order in ((1, 2, 3), (1, 2, 3, 5), (1, 1, 2, 3)):
        with pytest.raises(outline.NotInOutline):
            outline.refill(entries, order)


# On the database


@pytest.fixture
def digest(db):
    """Comments a, a's reply, b; quoted as b, reply, heading, a; the first two folded."""
    thread = make_thread(comments=0)
    first = make_comment(thread, number=1, body="a")
    reply = make_comment(thread, number=2, parent=first, rank=0, body="reply")
    other = make_comment(thread, number=3, rank=1, body="b")
    digest = make_digest(thread=thread)
    for version, comment in enumerate((other, reply, first), 1):
        curation.choose(digest.pk, version=version, comment_ids=[comment.pk])
    make_fold(digest, first=0, size=2)
    return digest


def texts(digest) -> str:
    return " ".join(digest.quotes.in_order().values_list("text", flat=True))


@pytest.mark.parametrize(("by", "result"), [("replies", "b a reply"), ("time", "a reply b"), ("rank", "a reply b")])
def test_a_digest_is_sorted_and_sorted_back_and_its_fold_stays(digest, by, result):
    curation.sort(digest.pk, version=4, order=Sorting(by))
    assert texts(digest) == result
    assert (digest.quotes.in_order()[0].fold.size, Digest.objects.get().version) == (2, 5)
    with pytest.raises(CurationError):
        curation.sort(digest.pk, version=5, order=Sorting(by))
    curation.undo(digest.pk, version=5, by=None)
    assert texts(digest) == "b reply a"


def test_sections_keep_their_quotes(digest):
    make_between(digest, "heading", position=2_000_000, text="|")
    curation.move(digest.pk, version=4, row_ids=[digest.quotes.get(text="|").pk], to=curation.Move.UP)
    assert texts(digest) == "b reply | a"
    curation.sort(digest.pk, version=5, order=Sorting.TIME)
    assert texts(digest) == "reply b | a"


def test_a_stale_page_sorts_nothing(digest):
    with pytest.raises(StaleVersion):
        curation.sort(digest.pk, version=3, order=Sorting.TIME)
    assert texts(digest) == "b reply a"
