"""Choosing many comments at once: ranges, subtrees, authors, the other way round; each is one act and one undo."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from digests import curation
from digests.curation import CurationError, StaleVersion, choosing
from digests.models import Change, Comment, Digest, Thread, WithdrawnAuthor
from tests.factories import make_between, make_comment, make_digest, make_editor, make_fold, make_thread

pytestmark = pytest.mark.django_db


def grow(*depths: int, authors: str = "") -> Thread:
    """A thread of comments at these depths, in order; authors are letters."""
    thread = make_thread(comments=0)
    above: list[Comment] = []
    ranks: dict[int | None, int] = {}
    for number, depth in enumerate(depths, 1):
        del above[depth:]
        parent = above[-1] if above else None
        rank = ranks.get(parent.pk if parent else None, 0)
        ranks[parent.pk if parent else None] = rank + 1
        author = authors[number - 1] if authors else f"author{number}"
        above.append(make_comment(thread, number=number, parent=parent, rank=rank, author=author))
    return thread


def ids(thread: Thread, numbers: str) -> list[int]:
    every = list(thread.comments.in_order().values_list("pk", flat=True))
    return [every[int(number) - 1] for number in numbers]


def quoted(digest: Digest) -> str:
    """The numbers of the chosen comments, in the digest's order; - for what is no quote."""
    rows = digest.quotes.in_order().values_list("comment__position", flat=True)
    return "".join("-" if position is None else str(position + 1) for position in rows)


@pytest.fixture
def thread() -> Thread:
    """1 ( 2 ( 3 ) 4 ) 5 ( 6 ) 7, by a, b, a, c, b, a, d."""
    return grow(0, 1, 2, 1, 0, 1, 0, authors="abacbad")


@pytest.fixture
def digest(thread) -> Digest:
    """Quotes 5 and 2, a heading between them."""
    digest = make_digest(thread=thread)
    curation.choose(digest.pk, version=1, comment_ids=ids(thread, "5"))
    make_between(digest, "heading", position=10_000_000, text="見出し")
    curation.choose(digest.pk, version=2, comment_ids=ids(thread, "2"))
    return digest


def test_a_range_is_added_at_the_end_in_the_threads_order(thread, digest):
    done = choosing.choose_many(digest.pk, version=3, comment_ids=ids(thread, "4321"))
    assert (done.version, done.added, done.dropped, done.left_out) == (4, 3, 0, 0)
    assert quoted(digest) == "5-2134"


def test_a_range_that_is_chosen_already_is_dropped(thread, digest):
    done = choosing.choose_many(digest.pk, version=3, comment_ids=ids(thread, "25"))
    assert (done.added, done.dropped) == (0, 2)
    assert quoted(digest) == "-"


@pytest.mark.parametrize(
    ("number", "result"), [("1", "5-2134"), ("2", "5-23"), ("4", "5-24"), ("5", "5-26"), ("7", "5-27")]
)
def test_a_comment_is_chosen_with_everything_below_it(thread, digest, number, result):
    choosing.choose_subtree(digest.pk, version=3, comment_id=ids(thread, number)[0])
    assert quoted(digest) == result


def test_a_whole_subtree_is_dropped_when_all_of_it_is_chosen(thread, digest):
    choosing.choose_subtree(digest.pk, version=3, comment_id=ids(thread, "1")[0])
    choosing.choose_subtree(digest.pk, version=4, comment_id=ids(thread, "1")[0])
    assert quoted(digest) == "5-"


def test_everything_by_an_author_is_chosen_and_by_nobody_of_a_similar_name(thread, digest):
    make_comment(thread, number=8, author="aa", rank=3)
    choosing.choose_author(digest.pk, version=3, comment_id=ids(thread, "3")[0])
    assert quoted(digest) == "5-2136"


def test_the_choice_is_inverted_among_those_given_alone(thread, digest):
    done = choosing.invert(digest.pk, version=3, comment_ids=ids(thread, "1234"))
    assert (done.added, done.dropped) == (3, 1)
    assert quoted(digest) == "5-134"


def test_many_are_one_act_which_one_undo_takes_back(thread, digest):
    editor = make_editor()
    make_fold(digest, first=0, size=1)
    before = curation.read_outline(digest.pk)
    version = choosing.invert(digest.pk, version=3, comment_ids=ids(thread, "12345"), by=editor.pk).version
    assert quoted(digest) == "-134"
    assert Change.objects.filter(by=editor).count() == 1
    curation.undo(digest.pk, version=version, by=editor.pk)
    assert curation.read_outline(digest.pk) == before


def test_what_cannot_be_quoted_is_left_out_and_counted(thread, digest):
    Comment.objects.filter(pk__in=ids(thread, "3")).update(state="deleted")
    WithdrawnAuthor.objects.create(source=thread.source, name="c")
    done = choosing.choose_subtree(digest.pk, version=3, comment_id=ids(thread, "1")[0])
    assert (done.added, done.left_out) == (1, 2)
    assert quoted(digest) == "5-21"
    with pytest.raises(CurationError) as refused:
        choosing.choose_many(digest.pk, version=4, comment_ids=ids(thread, "34"))
    assert refused.value.code == "nothing"
    assert Digest.objects.get(pk=digest.pk).version == 4


def test_a_comment_that_became_two_quotes_is_dropped_with_both(thread, digest):
    curation.quote_part(digest.pk, version=3, words="number 2", comment_id=ids(thread, "2")[0])
    choosing.choose_many(digest.pk, version=4, comment_ids=ids(thread, "2"))
    assert quoted(digest) == "5-"


def test_comments_of_another_thread_are_none(thread, digest):
    other = make_thread(comments=2, native_id="7")
    with pytest.raises(CurationError):
        choosing.choose_many(digest.pk, version=3, comment_ids=list(other.comments.values_list("pk", flat=True)))
    with pytest.raises(CurationError):
        choosing.choose_subtree(digest.pk, version=3, comment_id=other.comments.in_order()[0].pk)
    with pytest.raises(CurationError):
        choosing.choose_many(make_digest(slug="none").pk, version=1, comment_ids=ids(thread, "1"))


def test_a_stale_page_chooses_nothing(thread, digest):
    with pytest.raises(StaleVersion):
        choosing.choose_subtree(digest.pk, version=2, comment_id=ids(thread, "1")[0])
    assert quoted(digest) == "5-2"


class Subtrees(TestCase):
    @given(st.data())
    def test_a_subtree_is_what_following_parents_finds(self, data):
        depths = [0]
        for _ in range(data.draw(st.integers(0, 12))):
            depths.append(data.draw(st.integers(0, depths[-1] + 1)))
        thread = grow(*depths)
        comments = list(thread.comments.in_order())
        top = data.draw(st.sampled_from(comments))
        below = {top.pk}
        for comment in comments:
            if comment.parent_id in below:
                below.add(comment.pk)
        found = Comment.objects.filter(choosing.subtree(thread.pk, top.pk), thread=thread)
        assert set(found.values_list("pk", flat=True)) == below
