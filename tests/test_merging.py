"""Two people's changes of one post put together: nothing that only one of them did is lost."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from digests.publishing.document import (
    DigestDocument,
    DocumentEntry,
    DocumentFold,
    DocumentHeading,
    DocumentItem,
    DocumentQuote,
)
from digests.publishing.merging import merge
from tests.factories import POSTED_AT, make_document, make_document_quote


def quote(author: str, text: str = "", **fields) -> DocumentQuote:
    at = POSTED_AT + timedelta(minutes=ord(author[0].lower()))
    return make_document_quote(text or f"{author}の文", author=author, created_at=at, **fields)


BASE = make_document(items=tuple(map(quote, "abcdef")), tags=("猫", "犬"))
SOME = st.lists(st.sampled_from("abcdefgh"), unique=True)


@st.composite
def documents(draw) -> DigestDocument:
    """A version of `BASE`: quotes dropped, added, moved, written, folded."""
    entries: list[DocumentEntry] = [quote(author, draw(st.sampled_from(["", "別の文"]))) for author in draw(SOME)]
    if draw(st.booleans()):
        entries.insert(draw(st.integers(0, len(entries))), DocumentHeading(text="見出し"))
    items: list[DocumentItem] = list(entries)
    if len(items) > 2 and draw(st.booleans()):
        start = draw(st.integers(0, len(items) - 2))
        end = draw(st.integers(start + 1, len(items)))
        items[start:end] = [DocumentFold(label=draw(st.sampled_from("xy")), items=tuple(entries[start:end]))]
    return make_document(
        items=tuple(items),
        headline=draw(st.sampled_from("題名")),
        tags=tuple(draw(st.lists(st.sampled_from("猫犬鳥"), unique=True))),
    )


@given(documents(), documents())
def test_what_only_they_changed_is_theirs_and_what_only_we_changed_is_ours(base, other):
    theirs, ours = merge(base, base, other), merge(base, other, base)
    assert theirs.conflicts == ours.conflicts == ()
    assert ours.document == other
    assert list(theirs.document.entries()) == list(other.entries())
    assert theirs.document.items == other.items
    assert set(theirs.document.tags) == set(other.tags)


@given(documents(), documents())
def test_two_who_did_the_same_have_no_conflict(base, same):
    merged = merge(base, same, same)
    assert (merged.conflicts, merged.document.items) == ((), same.items)


@given(documents(), documents(), documents())
def test_both_sides_find_the_same_places_and_every_place_can_be_decided(base, ours, theirs):
    one, other = merge(base, ours, theirs), merge(base, theirs, ours)
    assert {conflict.id for conflict in one.conflicts} == {conflict.id for conflict in other.conflicts}
    for side in ("ours", "theirs"):
        picks = {conflict.id: side for conflict in one.conflicts}
        assert merge(base, ours, theirs, picks=picks).conflicts == ()


@given(documents(), documents(), documents())
def test_no_quote_that_nobody_took_out_is_lost_and_none_is_doubled(base, ours, theirs):
    def authors(document: DigestDocument) -> set[str]:
        return {one.author for one in document.quotes()}

    merged = [one.author for one in merge(base, ours, theirs).document.quotes()]
    assert len(merged) == len(set(merged))
    assert authors(ours) & authors(theirs) <= set(merged)
    assert (authors(ours) | authors(theirs)) - authors(base) <= set(merged)


def test_different_quotes_and_fields_never_conflict():
    ours = replace(BASE, headline="私たちの題", items=(quote("a", "私たちの文"), *BASE.items[1:]))
    theirs = replace(BASE, tags=("猫", "鳥"), items=(*BASE.items[:5], quote("f", "彼らの文")))
    merged = merge(BASE, ours, theirs)
    assert merged.conflicts == ()
    texts = {one.author: one.text for one in merged.document.quotes()}
    assert (texts["a"], texts["f"]) == ("私たちの文", "彼らの文")
    assert (merged.document.headline, merged.document.tags) == ("私たちの題", ("猫", "鳥"))


def test_one_quote_s_text_and_colour_are_changed_apart():
    ours = replace(BASE, items=(quote("a", color="#785bff"), *BASE.items[1:]))
    theirs = replace(BASE, items=(quote("a", "彼らの文"), *BASE.items[1:]))
    (first, *_rest) = merge(BASE, ours, theirs).document.quotes()
    assert (first.color, first.text) == ("#785bff", "彼らの文")


def test_the_same_text_changed_by_both_is_for_a_person_to_decide():
    ours = replace(BASE, items=(quote("a", "私たち"), *BASE.items[1:]))
    theirs = replace(BASE, items=(quote("a", "彼ら"), *BASE.items[1:]))
    merged = merge(BASE, ours, theirs)
    (conflict,) = merged.conflicts
    assert (conflict.name, conflict.number) == ("text", 1)
    assert (conflict.base, conflict.ours, conflict.theirs) == ("aの文", "私たち", "彼ら")
    (first, *_rest) = merge(BASE, ours, theirs, picks={conflict.id: "theirs"}).document.quotes()
    assert first.text == "彼ら"


def test_a_quote_taken_out_by_one_and_written_by_the_other_is_for_a_person_to_decide():
    ours = replace(BASE, items=BASE.items[1:])
    theirs = replace(BASE, items=(quote("a", "彼ら"), *BASE.items[1:]))
    (conflict,) = merge(BASE, ours, theirs).conflicts
    assert (conflict.name, conflict.ours) == ("quote", None)
    decided = merge(BASE, ours, theirs, picks={conflict.id: "theirs"})
    assert [one.author for one in decided.document.quotes()] == list("abcdef")


def test_what_they_added_stands_behind_what_it_stood_behind():
    ours = replace(BASE, items=tuple(reversed(BASE.items)))
    theirs = replace(BASE, items=(*BASE.items[:2], quote("x"), *BASE.items[2:]))
    merged = merge(BASE, ours, theirs)
    assert merged.conflicts == ()
    assert [one.author for one in merged.document.quotes()] == list("fedcbxa")


def test_a_fold_made_by_one_holds_what_the_other_wrote():
    folded = DocumentFold(label="もっと", items=tuple(map(quote, "cd")))
    ours = replace(BASE, items=(*BASE.items[:2], folded, *BASE.items[4:]))
    theirs = replace(BASE, items=(*BASE.items[:2], quote("c", "彼ら"), quote("y"), *BASE.items[3:]))
    merged = merge(BASE, ours, theirs)
    assert merged.conflicts == ()
    (fold,) = (item for item in merged.document.items if isinstance(item, DocumentFold))
    assert [one.author for one in fold.quotes] == list("cyd")
    assert fold.quotes[0].text == "彼ら"


def test_of_two_quotes_of_one_second_each_keeps_its_own_text():
    base = replace(BASE, items=(quote("a", "一"), quote("a", "二"), quote("b")))
    ours = replace(base, items=(quote("a", "二"), quote("b")))
    theirs = replace(base, items=(quote("a", "一"), quote("a", "二", color="#785bff"), quote("b")))
    merged = merge(base, ours, theirs)
    assert merged.conflicts == ()
    assert [(one.text, one.color) for one in merged.document.quotes()] == [("二", "#785bff"), ("bの文", "")]


def test_a_quote_is_known_by_its_comment_whatever_else_has_changed():
    base = replace(BASE, items=(quote("a", comment="7"), quote("b", comment="8")))
    ours = replace(base, items=(quote("renamed", "私たちの文", comment="7"), quote("b", comment="8")))
    theirs = replace(base, items=(quote("b", comment="8"), quote("a", comment="7", color="#785bff")))
    merged = merge(base, ours, theirs)
    assert merged.conflicts == ()
    assert [(one.author, one.text, one.color) for one in merged.document.quotes()] == [
        ("b", "bの文", ""),
        ("renamed", "私たちの文", "#785bff"),
    ]


def test_a_quote_whose_author_was_written_otherwise_is_known_by_its_text():
    base = replace(BASE, items=(quote("a"), quote("b")))
    theirs = replace(base, items=(quote("A", "aの文"), quote("b")))
    ours = replace(base, items=(quote("a", color="#785bff"), quote("b")))
    (first, _second) = merge(base, ours, theirs).document.quotes()
    assert (first.author, first.color) == ("A", "#785bff")
