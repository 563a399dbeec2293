"""What a thread can be narrowed to: the find box's language, the controls, and that the page and the script agree."""

import json
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from digests import curation
from digests.curation import reading
from digests.editor.filters import LONGEST, Narrowing, terms
from digests.models import Comment, Thread
from tests.factories import make_comment, make_digest, make_editor, make_thread

pytestmark = pytest.mark.django_db


@pytest.fixture
def thread() -> Thread:
    """1 answers the story; 2 and 3 answer 1, 4 answers 3; 5 stands alone, with a link; 6 is long; 7 is Japanese."""
    thread = make_thread(comments=0)
    one = make_comment(thread, number=1, author="Alice", body="The green tea")
    make_comment(thread, number=2, parent=one, author="bob", body="Black tea, not green")
    three = make_comment(thread, number=3, parent=one, author="alice2", body="Green tea is a drink")
    make_comment(thread, number=4, parent=three, author="bob", body="alice is right")
    make_comment(thread, number=5, author="carol", body='See <a href="https://tea.example/">this</a>')
    make_comment(thread, number=6, author="dave", body="Long " * 100)
    make_comment(thread, number=7, author="ＥＶＥ", body="ﾆﾎﾝ茶100%の話")
    Thread.objects.filter(pk=thread.pk).update(comment_count=7, live_count=7)
    return Thread.objects.get(pk=thread.pk)


def numbers(ids) -> str:
    """The comments' numbers, in the order given."""
    places = dict(Comment.objects.values_list("pk", "position"))
    return "".join(str(places[int(pk)] + 1) for pk in ids)


def found(desk, thread: Thread, **narrowing) -> str:
    """What the script is told; the page without script shows the same."""
    ids = json.loads(desk.get(f"/desk/threads/{thread.pk}/matches/", narrowing).content)["ids"]
    page = LexborHTMLParser(desk.get(f"/desk/threads/{thread.pk}/", narrowing).content.decode())
    shown = [(node.id or "")[1:] for node in page.css("#comments > li:not(.above)")]
    assert numbers(ids) == numbers(shown)
    return numbers(ids)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("green", "123"),
        ("GREEN ＴＥＡ", "123"),
        ('"green tea"', "13"),
        ('"green tea', "13"),
        ("tea -green", "5"),
        ('tea -"green tea"', "25"),
        ("-tea -long", "47"),
        ("author:bob", "24"),
        ("author:ALI", "13"),
        ('author:"alice"', "1"),
        ("投稿者:bob", "24"),
        ("alice", "134"),
        ("author:bob tea", "2"),
        ("tea -author:bob", "135"),
        ('tea -author:"alice"', "235"),
        ("author:ｅve", "7"),
        ("ニホン茶", "7"),
        ("100%", "7"),
        ("100_", ""),
        ("tea.example", "5"),
        ("-", "1234567"),
        ("tea -author:", "1235"),
        ("author:", "1234567"),
        ('""', "1234567"),
    ],
)
def test_the_find_box_narrows_by_words_phrases_and_authors(desk, thread, text, shown):
    assert found(desk, thread, q=text) == shown


@pytest.mark.parametrize(
    ("narrowing", "shown"),
    [
        ({"depth": "0"}, "1567"),
        ({"depth": "1"}, "123567"),
        ({"length": "300"}, "6"),
        ({"most": "14"}, "147"),
        ({"links": "1"}, "5"),
        ({"replies": "1"}, "13"),
        ({"depth": "0", "replies": "1", "q": "tea"}, "1"),
        ({"depth": "x", "length": "", "links": "yes", "chosen": "?", "under": "-1"}, "1234567"),
    ],
)
def test_the_controls_narrow_by_depth_length_links_and_replies(desk, thread, narrowing, shown):
    assert found(desk, thread, **narrowing) == shown


def test_a_comment_with_all_below_it_is_shown_alone(desk, thread):
    ids = list(thread.comments.in_order().values_list("pk", flat=True))
    assert [found(desk, thread, under=pk) for pk in ids] == ["1234", "2", "34", "4", "5", "6", "7"]
    assert found(desk, make_thread(comments=1, native_id="7"), under=ids[0]) == ""


def test_what_a_found_comment_answers_is_shown_with_it_and_not_counted(desk, thread):
    page = LexborHTMLParser(desk.get(f"/desk/threads/{thread.pk}/", {"q": "author:bob"}).content.decode())
    rows = [
        ((node.id or "")[1:], "above" in (node.attributes["class"] or "").split())
        for node in page.css("#comments > li")
    ]
    assert numbers(pk for pk, _above in rows) == "1234"
    assert [above for _pk, above in rows] == [True, False, True, False]
    assert "2" in page.css_first("#found-said").text()


def test_unread_and_chosen_are_those_of_the_editor_and_the_digest_that_ask(desk, thread, editor):
    ids = list(thread.comments.in_order().values_list("pk", flat=True))
    digest = make_digest(thread=thread)
    curation.choose(digest.pk, version=1, comment_ids=[ids[1], ids[6]])
    reading.mark_read(thread.pk, by=editor.pk, comment_ids=ids[:3])
    reading.mark_read(thread.pk, by=make_editor("other").pk, comment_ids=None)
    assert found(desk, thread, unread="1") == "4567"

    def beside(**narrowing) -> str:
        values = narrowing | {"digest": digest.pk}
        return numbers(json.loads(desk.get(f"/desk/threads/{thread.pk}/matches/", values).content)["ids"])

    assert beside(chosen="yes") == "27"
    assert beside(chosen="no", unread="1") == "456"
    assert beside(unread="1") == "456"  # what is chosen is read


@given(st.text(max_size=300))
def test_no_text_breaks_the_find_box(text: str):
    for term in terms(text):
        assert term.text
        assert len(term.text) <= LONGEST * 20  # one character folds to at most 18
        assert str(term.condition())


@given(
    st.builds(
        Narrowing,
        text=st.sampled_from(["", "tea", '"a b" -c', "author:x&y"]),
        deepest=st.none() | st.integers(0, 50),
        shortest=st.none() | st.integers(0, 9999),
        links=st.booleans(),
        unread=st.booleans(),
        chosen=st.none() | st.booleans(),
        under=st.none() | st.integers(1, 10**12),
    )
)
def test_an_address_says_what_a_thread_is_narrowed_to(narrowing: Narrowing):
    assert Narrowing.asked(QueryDict(urlencode(narrowing.values()))) == narrowing
    assert narrowing.is_empty == (not narrowing.values())


def test_narrowing_asks_as_little_for_many_comments_as_for_few(desk):
    def count(comments: int) -> int:
        thread = make_thread(comments=comments, native_id=str(comments))
        with CaptureQueriesContext(connection) as captured:
            desk.get(f"/desk/threads/{thread.pk}/matches/", {"q": "number author:author", "unread": "1"})
        return len(captured)

    assert count(5) == count(120)
