"""Parts and contexts: a part of a comment as a quote, one quote made two, a reply with what it answers."""

import html5lib
import pytest
from selectolax.lexbor import LexborHTMLParser

from digests import curation
from digests.curation import CurationError, StaleVersion
from digests.models import Comment, Quote
from tests.factories import make_comment, make_digest, make_fold, make_thread
from tests.pages import HTMX

pytestmark = pytest.mark.django_db

BODY = "First words here.<p>Second <i>words</i> there."


@pytest.fixture
def digest():
    """A reply quoted alone, of a thread in which author1 said BODY and author2 answers, and author3 the answer."""
    thread = make_thread(comments=0)
    root = make_comment(thread, number=1, body=BODY)
    reply = make_comment(thread, number=2, parent=root, rank=0, body="I agree")
    make_comment(thread, number=3, parent=reply, rank=0, body="So do I")
    digest = make_digest(thread=thread)
    curation.choose(digest.pk, version=1, comment_ids=[reply.pk])
    return digest


def read(answer, *, status: int = 200) -> LexborHTMLParser:
    assert answer.status_code == status
    text = answer.content.decode()
    if text.lstrip().startswith("<!doctype"):
        html5lib.HTMLParser(strict=True).parse(text)
    return LexborHTMLParser(text)


def row(answer, quote: Quote) -> LexborHTMLParser:
    """A row that an act has brought."""
    return LexborHTMLParser(answer.json()["rows"][str(quote.pk)])


def post(desk, digest, path: str, *, htmx: bool = True, **values):
    return desk.post(f"/desk/digests/{digest.pk}/{path}/", values, headers=HTMX if htmx else {})


def texts(digest) -> list[str]:
    return list(digest.quotes.in_order().values_list("text", flat=True))


def comment(number: int) -> Comment:
    return Comment.objects.get(author=f"author{number}")


# A part of a comment


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("words", ["words here. Second\n words", " words here.\n\nSecond words "])
def test_just_the_words_selected_become_a_quote_as_the_original_has_them(digest, words, named):
    version, pk = curation.quote_part(digest.pk, version=2, words=words, comment_id=comment(1).pk if named else None)
    quote = digest.quotes.get(pk=pk)
    assert (version, quote.comment, quote.author) == (3, comment(1), "author1")
    assert digest.quotes.in_order().last() == quote
    assert quote.text == "words here.\n\nSecond words"


def test_another_part_of_a_chosen_comment_is_a_quote_of_its_own(digest):
    for version, words in enumerate(("First words", "Second words"), 2):
        curation.quote_part(digest.pk, version=version, words=words)
    assert texts(digest) == ["I agree", "First words", "Second words"]


@pytest.mark.parametrize(("words", "code"), [("never said", "not_said"), (" \n", "no_words"), (".*", "not_said")])
def test_what_nobody_said_is_no_quote(digest, words, code):
    with pytest.raises(CurationError) as caught:
        curation.quote_part(digest.pk, version=2, words=words)
    assert caught.value.code == code
    assert texts(digest) == ["I agree"]


def test_words_of_a_deleted_comment_or_of_another_thread_are_not_found(digest):
    Comment.objects.filter(author="author1").update(state=Comment.State.DELETED)
    other = make_comment(make_thread(comments=0, native_id="200"), number=9, body="First words here")
    for comment_id in (None, other.pk):
        with pytest.raises(CurationError):
            curation.quote_part(digest.pk, version=2, words="First words", comment_id=comment_id)


@pytest.mark.parametrize("htmx", [True, False])
def test_the_threads_form_quotes_a_part(desk, digest, htmx):
    answer = post(desk, digest, "comments", htmx=htmx, version=2, part="Second words", comment="", q="")
    quote = digest.quotes.get(comment=comment(1))
    assert quote.text == "Second words"
    if htmx:
        assert answer.json()["comments"] == {str(comment(1).pk): quote.pk}
        assert row(answer, quote).css_first("textarea[autofocus]") is not None
        read(post(desk, digest, "comments", version=3, part="nobody", comment=comment(1).pk), status=422)
    else:
        assert answer.headers["Location"].endswith(f"#q{quote.pk}")


def test_the_thread_shows_the_first_place_of_a_comment_and_drops_all_of_it(desk, digest):
    for version, words in enumerate(("First words", "Second words"), 2):
        curation.quote_part(digest.pk, version=version, words=words)
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    assert page.css_first(f"#n{comment(1).pk}").text() == "2"
    read(post(desk, digest, "comments", version=4, comment=comment(1).pk))
    assert texts(digest) == ["I agree"]


# Splitting


def split(desk, digest, quote: Quote, text: str, *, htmx: bool = True, structure: int = 2, version: int = 1, **more):
    values = {"act": f"split:{quote.pk}", "text": text, "author": "author2", "structure": structure, "version": version}
    return post(desk, digest, "quotes", htmx=htmx, **values, **more)


@pytest.mark.parametrize(
    ("typed", "parts"),
    [
        ({"text": "一つ目。二つ目。", "at": 4}, ["一つ目。", "二つ目。"]),
        ({"text": "🎉一つ目\r\n\r\n二つ目", "at": 6}, ["🎉一つ目", "二つ目"]),  # browsers count the sign as two
        ({"text": "一つ目\n---\n二つ目\n三つ目"}, ["一つ目", "二つ目\n三つ目"]),
    ],
)
@pytest.mark.parametrize("htmx", [True, False])
def test_a_quote_is_split_as_it_is_typed(desk, digest, typed, parts, htmx):
    quote = digest.quotes.get()
    curation.paint(digest.pk, version=2, quote_ids=[quote.pk], color="#45d325")
    make_fold(digest, first=0, size=1)
    answer = split(desk, digest, quote, **typed, htmx=htmx, structure=3)
    first, second = digest.quotes.in_order()
    assert [first.text, second.text] == parts
    assert (first.pk, first.version, first.fold.size) == (quote.pk, 2, 2)
    same = ("comment_id", "native_id", "author", "created_at", "color", "kind")
    assert [getattr(first, name) for name in same] == [getattr(second, name) for name in same]
    if htmx:
        shown = [row(answer, quote).css_first("textarea").text().strip() for quote in (first, second)]
        assert shown == parts  # both rows come whole
        assert row(answer, second).css_first("[autofocus]").text().strip() == parts[1]
    else:
        assert answer.headers["Location"].endswith(f"#q{second.pk}")


@pytest.mark.parametrize(
    ("text", "at"), [("一つ目", {"at": 0}), ("一つ目 ", {"at": 3}), ("一つ目", {}), ("---\n一", {})]
)
@pytest.mark.parametrize("htmx", [True, False])
def test_without_two_halves_nothing_is_split_and_the_text_stays_typed(desk, digest, text, at, htmx):
    quote = digest.quotes.get()
    answer = split(desk, digest, quote, text, htmx=htmx, **at)
    page = read(answer, status=422)
    assert texts(digest) == ["I agree"]
    if htmx:
        assert answer.json()["failed"]
        assert answer.json()["said"]
    else:
        assert page.css_first("#said .error").text()
        assert page.css_first(f"#t{quote.pk} textarea").text().strip() == text.strip()


@pytest.mark.parametrize("htmx", [True, False])
def test_a_text_that_somebody_wrote_meanwhile_is_not_split_unseen(desk, digest, htmx):
    quote = digest.quotes.get()
    curation.edit_quote(quote.pk, version=1, text="相手の文", author="author2")
    page = read(split(desk, digest, quote, "一二", at=1, htmx=htmx), status=409)
    assert texts(digest) == ["相手の文"]
    if not htmx:
        assert page.css_first(f"#t{quote.pk} textarea").text().strip() == "一二"


def test_a_save_of_the_same_text_may_come_first(desk, digest):
    quote = digest.quotes.get()
    curation.edit_quote(quote.pk, version=1, text="一二", author="author2")  # the field was left on the way here
    read(split(desk, digest, quote, "一二", at=1))
    assert texts(digest) == ["一", "二"]


def test_a_stale_page_splits_nothing(desk, digest):
    read(split(desk, digest, digest.quotes.get(), "一二", at=1, structure=1), status=409)
    assert texts(digest) == ["I agree"]


# What a reply answers


def flags(page: LexborHTMLParser) -> list[str | None]:
    return [button.attributes["value"] for button in page.css(".flag button")]


def test_a_reply_whose_parent_is_not_chosen_is_flagged_until_it_is(desk, digest):
    quote = digest.quotes.get()
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    assert flags(page) == [f"parent:{quote.pk}", f"reply:{quote.pk}"]
    assert "author1" in page.css_first(".flag").text()
    curation.choose(digest.pk, version=2, comment_ids=[comment(1).pk])
    assert flags(read(desk.get(f"/desk/digests/{digest.pk}/"))) == []


@pytest.mark.parametrize("htmx", [True, False])
def test_the_parent_is_put_above_it_in_its_fold(desk, digest, htmx):
    curation.choose(digest.pk, version=2, comment_ids=[comment(3).pk])
    make_fold(digest, first=0, size=1)
    quote = digest.quotes.get(comment=comment(2))
    answer = post(desk, digest, "quotes", htmx=htmx, act=f"parent:{quote.pk}", version=3)
    assert [row.comment for row in digest.quotes.in_order()] == [comment(1), comment(2), comment(3)]
    assert digest.quotes.in_order()[0].fold.size == 2
    if htmx:
        assert answer.json()["flags"] == {str(quote.pk): ""}
        assert answer.json()["comments"] == {str(comment(1).pk): digest.quotes.in_order()[0].pk}
    read(post(desk, digest, "quotes", act=f"parent:{quote.pk}", version=4), status=422)


@pytest.mark.parametrize("htmx", [True, False])
def test_or_the_text_says_whom_it_answers(desk, digest, htmx):
    quote = digest.quotes.get()
    values = {"act": f"reply:{quote.pk}", "text": "賛成\r\nです", "author": "author2", "structure": 2, "version": 1}
    answer = post(desk, digest, "quotes", htmx=htmx, **values)
    assert texts(digest) == ["（author1への返信）\n賛成\nです"]
    if htmx:
        assert flags(row(answer, quote)) == []
        assert row(answer, quote).css_first("textarea").text().strip() == "（author1への返信）\n賛成\nです"
    values |= {"text": "（author1への返信）\n賛成", "version": 2}
    read(post(desk, digest, "quotes", **values))
    assert texts(digest) == ["（author1への返信）\n賛成"]  # it is not said twice


@pytest.mark.parametrize("change", [{"version": 7}, {"structure": 1}])
@pytest.mark.parametrize("htmx", [True, False])
def test_saying_it_overwrites_nothing_unseen(desk, digest, change, htmx):
    quote = digest.quotes.get()
    values = {"act": f"reply:{quote.pk}", "text": "わたしの", "author": "x", "structure": 2, "version": 1} | change
    page = read(post(desk, digest, "quotes", htmx=htmx, **values), status=409)
    assert texts(digest) == ["I agree"]
    if not htmx:
        assert page.css_first(f"#t{quote.pk} textarea").text().strip() == "わたしの"


def test_a_deleted_parent_can_be_named_but_not_quoted(desk, digest):
    quote = digest.quotes.get()
    Comment.objects.filter(author="author1").update(state=Comment.State.DEAD)
    assert flags(read(desk.get(f"/desk/digests/{digest.pk}/"))) == [f"reply:{quote.pk}"]
    with pytest.raises(CurationError):
        curation.choose_parent(digest.pk, version=2, quote_id=quote.pk)
    Comment.objects.filter(author="author1").update(author="")
    assert flags(read(desk.get(f"/desk/digests/{digest.pk}/"))) == []


def test_what_answers_nothing_has_no_parent_to_add(digest):
    curation.choose(digest.pk, version=2, comment_ids=[comment(1).pk])
    root = digest.quotes.get(comment=comment(1))
    with pytest.raises(CurationError):
        curation.choose_parent(digest.pk, version=3, quote_id=root.pk)
    with pytest.raises(StaleVersion):
        curation.choose_parent(digest.pk, version=3, quote_id=999999)


# Orders


@pytest.mark.parametrize("by", ["replies", "time", "rank"])
@pytest.mark.parametrize("htmx", [True, False])
def test_each_order_has_a_button_and_a_button_that_undoes_it(desk, digest, by, htmx):
    curation.choose(digest.pk, version=2, comment_ids=[comment(1).pk])
    page = read(desk.get(f"/desk/digests/{digest.pk}/"))
    assert page.css_first(f"#acts button[value='sort:{by}'][data-act='sort-{by}']") is not None
    answer = post(desk, digest, "quotes", htmx=htmx, act=f"sort:{by}", version=3)
    assert [row.comment for row in digest.quotes.in_order()] == [comment(1), comment(2)]
    said = LexborHTMLParser(answer.json()["said"]) if htmx else read(desk.get(answer.headers["Location"]))
    assert "undo" in [button.attributes["value"] for button in said.css("button[form=acts]")]
    read(post(desk, digest, "quotes", act="undo", version=4))
    assert [row.comment for row in digest.quotes.in_order()] == [comment(2), comment(1)]
    read(post(desk, digest, "quotes", act=f"sort:{by}x", version=5), status=400)
