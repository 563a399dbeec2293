"""What changed between two texts and between two versions of a digest."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from digests import textdiff
from digests.publishing.comparing import EntryChange, compare
from digests.publishing.document import DocumentFold, DocumentHeading, DocumentNote, DocumentQuote
from tests.factories import POSTED_AT, make_document, make_document_quote


def quotes(*texts: str) -> tuple[DocumentQuote, ...]:
    return tuple(
        make_document_quote(text, comment=text[0], created_at=POSTED_AT + timedelta(minutes=ord(text[0])))
        for text in texts
    )


def kinds(changes: tuple[EntryChange, ...]) -> list[tuple[str, int, int]]:
    def kind(one: EntryChange) -> str:
        if one.before is None or one.after is None:
            return "removed" if one.before else "added"
        return "changed" if one.changed else "moved"

    return [(kind(one), one.number_before, one.number_after) for one in changes]


def test_a_unified_diff_is_read_line_by_line_without_its_files():
    diff = "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n\\ No newline at end of file\n"
    assert [(line.kind, line.text) for line in textdiff.lines(diff)] == [
        ("hunk", "@@ -1,2 +1,2 @@"),
        ("same", "same"),
        ("removed", "old"),
        ("added", "new"),
        ("note", "\\ No newline at end of file"),
    ]
    assert textdiff.lines("") == ()


def test_a_line_that_stands_for_another_has_its_difference_marked():
    diff = "@@ -1 +1 @@\n-猫は眠る\n+猫は走る\n x\n-quite another\n+まったく別の行\n"
    shown = textdiff.lines(diff)
    assert [[span.text for span in line.spans if span.marked] for line in shown] == [[], ["眠"], ["走"], [], [], []]
    assert [line.sign for line in shown] == ["", "−", "+", "", "−", "+"]


def test_words_that_differ_are_marked_on_both_sides():
    before, after = textdiff.marked("猫は眠る。cat sleeps", "猫は走る。cat runs")
    assert [span.text for span in before if span.marked] == ["眠", "sleeps"]
    assert [span.text for span in after if span.marked] == ["走", "runs"]


@given(st.text(alphabet="ab 猫犬はの\n。", max_size=40), st.text(alphabet="ab 猫犬はの\n。", max_size=40))
def test_the_parts_are_the_texts_and_what_is_unmarked_is_the_same(before, after):
    left, right = textdiff.marked(before, after)
    assert "".join(span.text for span in left) == before
    assert "".join(span.text for span in right) == after
    unmarked = ["".join(span.text for span in side if not span.marked) for side in (left, right)]
    assert unmarked[0] == unmarked[1]


def test_a_text_too_long_to_compare_is_marked_as_a_whole():
    left, right = textdiff.marked("。" + "あア" * 2000 + "。", "。" + "漢ア" * 2000 + "。")
    assert [span.marked for span in left] == [span.marked for span in right] == [False, True, False]


def test_equal_versions_have_nothing_to_show():
    document = make_document(items=quotes("a", "b"))
    assert not compare(document, document)
    linked = make_document(items=(make_document_quote("a", permalink="https://example.com/1"),))
    assert not compare(make_document(items=(make_document_quote("a"),)), linked)


def test_added_removed_changed_and_moved_quotes_are_told_apart():
    before = make_document(items=quotes("a", "b", "c", "d", "e"))
    after = make_document(items=quotes("b", "c2", "x", "a", "e"))
    comparison = compare(before, after)
    assert kinds(comparison.entries) == [
        ("changed", 3, 2),
        ("added", 0, 3),
        ("removed", 4, 0),
        ("moved", 1, 4),
    ]
    assert comparison.counts == {"added": 1, "removed": 1, "changed": 1, "moved": 1}
    assert comparison.entries[0].changed == ("text",)


def test_a_quote_that_gained_its_comment_is_the_same_quote():
    before, after = make_document_quote("一"), make_document_quote("一", comment="7", permalink="https://example.com/7")
    change = compare(make_document(items=(before,)), make_document(items=(after,))).entries
    assert [one.changed for one in change] == [("comment",)]


def test_two_quotes_alike_but_for_their_text_keep_apart():
    twice = (make_document_quote("一"), make_document_quote("二"))
    comparison = compare(make_document(items=twice), make_document(items=(twice[1],)))
    assert kinds(comparison.entries) == [("removed", 1, 0)]


def test_a_heading_that_was_reworded_is_one_change():
    before = make_document(items=(DocumentHeading(text="初め"), DocumentNote(text="注"), *quotes("a")))
    after = make_document(items=(DocumentHeading(text="はじめ"), DocumentNote(text="注"), *quotes("a")))
    assert kinds(compare(before, after).entries) == [("changed", 1, 1)]


def test_the_head_and_the_folds_are_compared():
    fold = DocumentFold(label="もっと", items=quotes("b", "c"))
    before = make_document(items=(*quotes("a"), fold), tags=("猫",))
    after = make_document(items=quotes("a", "b", "c"), tags=("猫", "犬"), headline="新しい話")
    assert [(one.name, one.before, one.after) for one in compare(before, after).head] == [
        ("headline", "平文の話", "新しい話"),
        ("tags", "猫", "猫, 犬"),
        ("folds", "もっと [2–3]", ""),
    ]
    assert compare(before, after).entries == ()


def test_a_fold_whose_numbers_shift_is_the_same_fold():
    fold = DocumentFold(label="もっと", items=quotes("b", "c"))
    before, after = make_document(items=(*quotes("a"), fold)), make_document(items=(fold,))
    assert compare(before, after).head == ()
    shorter = DocumentFold(label="もっと", items=quotes("c"))
    assert [one.name for one in compare(after, make_document(items=(*quotes("b"), shorter))).head] == ["folds"]
