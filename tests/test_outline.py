"""Order and folds: whatever an editor does, each quote stands once and every fold is whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests import outline
from digests.outline import FoldRange, Move, NotInOutline


def f(key, *quotes, label="more"):
    return FoldRange(key, label, quotes)


@st.composite
def outlines(draw):
    sizes = draw(st.lists(st.tuples(st.booleans(), st.integers(1, 4)), max_size=6))
    entries, quote = [], 1
    for number, (folded, size) in enumerate(sizes, 1):
        members = tuple(range(quote, quote + size))
        quote += size
        entries += [FoldRange(number, f"label {number}", members)] if folded else members
    return tuple(entries)


def assert_whole(result, quotes):
    assert sorted(outline.quotes(result)) == sorted(quotes)
    assert all(fold.quotes for fold in outline.folds(result))
    keys = [fold.key for fold in outline.folds(result) if fold.key is not None]
    assert len(keys) == len(set(keys))


def rows_of(entries):
    for entry in entries:
        if isinstance(entry, FoldRange):
            yield entry.quotes[0], FoldRange(entry.key, entry.label, ()), len(entry.quotes)
            yield from ((quote, None, 0) for quote in entry.quotes[1:])
        else:
            yield entry, None, 0


@given(outlines())
def test_reading_stored_rows_gives_the_outline_back(entries):
    assert outline.read(rows_of(entries)) == entries


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9)), max_size=12))
def test_any_stored_state_reads_as_a_whole_outline(state):
    rows = [(n, FoldRange(n, "x", ()) if starts else None, max(size, 1)) for n, (starts, size) in enumerate(state, 1)]
    assert_whole(outline.read(rows), range(1, len(state) + 1))


def test_a_fold_ends_where_the_next_one_starts():
    rows = [(1, f(7), 5), (2, None, 0), (3, f(8), 1), (4, None, 0)]
    assert outline.read(rows) == (f(7, 1, 2), f(8, 3), 4)


@given(outlines(), st.data())
def test_every_act_keeps_each_quote_once_and_every_fold_whole(entries, data):
    quotes = outline.quotes(entries)
    if not quotes:
        return
    one, other = data.draw(st.sampled_from(quotes)), data.draw(st.sampled_from(quotes))
    assert_whole(outline.move(entries, [one], data.draw(st.sampled_from(list(Move)))), quotes)
    assert_whole(outline.fold(entries, one, other, "new"), quotes)
    counted = set(data.draw(st.lists(st.sampled_from(quotes))))
    assert_whole(outline.fold_every(entries, data.draw(st.integers(1, 5)), str, counted=counted), quotes)
    assert_whole(outline.remove(entries, [one, other]), set(quotes) - {one, other})


@given(outlines(), st.data())
def test_folding_keeps_the_order_and_collapses_just_the_range(entries, data):
    quotes = outline.quotes(entries)
    if not quotes:
        return
    start, stop = sorted((data.draw(st.integers(0, len(quotes) - 1)), data.draw(st.integers(0, len(quotes) - 1))))
    result = outline.fold(entries, quotes[stop], quotes[start], "new")
    assert outline.quotes(result) == quotes
    assert FoldRange(None, "new", quotes[start : stop + 1]) in result


@given(outlines(), st.data())
def test_a_step_down_is_undone_by_a_step_up(entries, data):
    quotes = outline.quotes(entries)
    alone = {fold.quotes[0] for fold in outline.folds(entries) if len(fold.quotes) == 1}
    if not quotes or (one := data.draw(st.sampled_from(quotes))) in alone:
        return  # leaving a fold as its only quote dissolves it
    down = outline.move(entries, [one], Move.DOWN)
    if down != entries:
        assert outline.move(down, [one], Move.UP) == entries


@given(outlines(), st.data())
def test_what_is_added_stands_behind_the_place_named_and_nothing_else_moves(entries, data):
    quotes = outline.quotes(entries)
    keys = [fold.key for fold in outline.folds(entries)]
    gaps = [
        "top",
        "bottom",
        *(f"quote:{quote}" for quote in quotes),
        *(f"{at}:{key}" for key in keys for at in ("fold", "end")),
    ]
    at = data.draw(st.sampled_from(gaps))
    result = outline.insert(entries, 99, at)
    assert_whole(result, [*quotes, 99])
    assert outline.remove(result, [99]) == entries
    order = outline.quotes(result)
    if at.startswith("quote:"):
        behind = int(at.removeprefix("quote:"))
        assert order[order.index(99) - 1] == behind
        assert [99 in fold.quotes for fold in outline.folds(result)] == [
            behind in fold.quotes for fold in outline.folds(result)
        ]


def test_a_gap_at_a_folds_edge_is_inside_or_outside_it():
    entries = (1, f(7, 2, 3), 4)
    assert outline.insert(entries, 9, "fold:7") == (1, f(7, 9, 2, 3), 4)
    assert outline.insert(entries, 9, "quote:3") == (1, f(7, 2, 3, 9), 4)
    assert outline.insert(entries, 9, "end:7") == (1, f(7, 2, 3), 9, 4)
    assert outline.insert(entries, 9, "quote:1") == (1, 9, f(7, 2, 3), 4)
    assert outline.insert(entries, 9, "top") == (9, 1, f(7, 2, 3), 4)
    assert outline.insert((), 9, "bottom") == (9,)


@pytest.mark.parametrize("at", ["", "quote:5", "fold:1", "end:1", "quote:x", "below", "quote:" + "1" * 5000])
def test_nothing_is_added_at_a_gap_that_is_not_there(at):
    with pytest.raises(NotInOutline):
        outline.insert((1, f(7, 2)), 9, at)


def test_a_step_passes_a_folds_edge():
    entries = (1, f(7, 2, 3), 4)
    assert outline.move(entries, [1], Move.DOWN) == (f(7, 1, 2, 3), 4)
    assert outline.move(entries, [2], Move.UP) == (1, 2, f(7, 3), 4)
    assert outline.move(entries, [3], Move.DOWN) == (1, f(7, 2), 3, 4)
    assert outline.move(entries, [4], Move.TOP) == (4, 1, f(7, 2, 3))
    assert outline.move(entries, [2], Move.BOTTOM) == (1, f(7, 3), 4, 2)
    assert outline.move(entries, [1], Move.UP) == entries


def test_folding_inside_a_fold_splits_it():
    assert outline.fold((f(7, 1, 2, 3, 4),), 2, 3, "new") == (f(7, 1), f(None, 2, 3, label="new"), f(None, 4))
    assert outline.fold((1, f(7, 2, 3), 4), 1, 2, "new") == (f(None, 1, 2, label="new"), f(7, 3), 4)


def test_the_first_thirty_stand_open_and_the_rest_folds_by_thirty():
    result = outline.fold_every(tuple(range(1, 85)), 30, str, counted=range(1, 85))
    assert [len(fold.quotes) for fold in outline.folds(result)] == [30, 24]
    assert result[:30] == tuple(range(1, 31))
    assert [fold.label for fold in outline.folds(result)] == ["1", "2"]


def test_only_quotes_count_and_a_heading_goes_with_what_follows_it():
    # 1 to 5 are quotes; 10 opens, 11 stands before the third quote, 12 after the last.
    result = outline.fold_every((10, 1, 2, 11, 3, 4, 5, 12), 2, str, counted=range(1, 6))
    assert result == (10, 1, 2, f(None, 11, 3, 4, label="1"), f(None, 5, 12, label="2"))
    assert outline.fold_every((10, 1, 2, 12), 2, str, counted=range(1, 6)) == (10, 1, 2, 12)
    assert outline.fold_every((10, 11), 2, str, counted=()) == (10, 11)


def test_opening_and_renaming_need_a_fold_that_is_there():
    assert outline.unfold((1, f(7, 2, 3)), 7) == (1, 2, 3)
    assert outline.rename((f(7, 2),), 7, "other") == (f(7, 2, label="other"),)
    with pytest.raises(NotInOutline):
        outline.unfold((1, f(7, 2)), 8)
    with pytest.raises(NotInOutline):
        outline.fold((1,), 1, 2, "new")


@given(outlines(), st.data())
def test_several_go_together_and_everything_else_keeps_its_order(entries, data):
    quotes = outline.quotes(entries)
    if not quotes:
        return
    picked = data.draw(st.sets(st.sampled_from(quotes), min_size=1))
    keys = [fold.key for fold in outline.folds(entries)]
    at = data.draw(st.sampled_from(gaps_of(quotes, keys)))
    to = data.draw(st.sampled_from(list(Move)))
    for result in (outline.place(entries, picked, at), outline.move(entries, picked, to)):
        assert_whole(result, quotes)
        order = outline.quotes(result)
        together = [quote for quote in quotes if quote in picked]
        start = order.index(together[0])
        assert list(order[start : start + len(together)]) == together
        assert [quote for quote in order if quote not in picked] == [quote for quote in quotes if quote not in picked]


@given(outlines(), st.data())
def test_one_that_is_placed_stands_where_a_new_one_would(entries, data):
    quotes = outline.quotes(entries)
    if len(quotes) < 2:
        return
    one = data.draw(st.sampled_from(quotes))
    rest = outline.remove(entries, [one])
    at = data.draw(st.sampled_from(gaps_of(outline.quotes(rest), [fold.key for fold in outline.folds(rest)])))
    assert outline.place(entries, [one], at) == outline.insert(rest, one, at)


@given(outlines(), st.data())
def test_a_fold_is_carried_whole_and_never_into_another(entries, data):
    if not (folds := outline.folds(entries)):
        return
    carried = data.draw(st.sampled_from(folds))
    quotes = outline.quotes(entries)
    at = data.draw(st.sampled_from(gaps_of(quotes, [fold.key for fold in folds])))
    result = outline.place_fold(entries, carried.key, at)
    assert_whole(result, quotes)
    assert {fold.key: fold for fold in outline.folds(result)} == {fold.key: fold for fold in folds}
    rest = outline.remove(entries, carried.quotes)
    assert outline.remove(result, carried.quotes) == rest
    if at == "top":
        assert result[0] == carried


def test_a_fold_is_put_before_between_and_behind():
    entries = (1, f(7, 2, 3), 4, f(8, 5), 6)
    assert outline.place_fold(entries, 7, "top") == (f(7, 2, 3), 1, 4, f(8, 5), 6)
    assert outline.place_fold(entries, 7, "quote:4") == (1, 4, f(7, 2, 3), f(8, 5), 6)
    assert outline.place_fold(entries, 7, "quote:5") == (1, 4, f(8, 5), f(7, 2, 3), 6)
    assert outline.place_fold(entries, 8, "fold:7") == (1, f(7, 2, 3), f(8, 5), 4, 6)
    assert outline.place_fold(entries, 7, "quote:2") == entries


def test_only_labels_that_still_are_a_numbers_follow_the_number():
    def label(number):
        return f"more ({number})"

    entries = (f(1, 1, label="more (2)"), 2, f(2, 3, label="own"), f(3, 4, label="more (7)"), f(4, 5, label="more (x)"))
    assert [fold.label for fold in outline.folds(outline.relabel(entries, label))] == [
        "more (1)",
        "own",
        "more (2)",
        "more (x)",
    ]


@given(outlines(), st.data())
def test_numbers_leave_no_hole_and_own_labels_stay(entries, data):
    def label(number):
        return f"more ({number})"

    given_labels = data.draw(st.lists(st.sampled_from(["own", "", *map(label, range(1, 9))]), min_size=9, max_size=9))
    named = tuple(
        FoldRange(entry.key, given_labels[entry.key % 9], entry.quotes) if isinstance(entry, FoldRange) else entry
        for entry in entries
    )
    result = outline.relabel(named, label)
    assert [(fold.key, fold.quotes) for fold in outline.folds(result)] == [
        (fold.key, fold.quotes) for fold in outline.folds(named)
    ]
    numbered = [fold.label for fold in outline.folds(result) if fold.label.startswith("more")]
    assert numbered == [label(number) for number in range(1, len(numbered) + 1)]
    assert [fold.label for fold in outline.folds(result) if not fold.label.startswith("more")] == [
        fold.label for fold in outline.folds(named) if not fold.label.startswith("more")
    ]
    assert outline.relabel(result, label) == result


def gaps_of(quotes, keys):
    return [
        "top",
        "bottom",
        *(f"{at}:{quote}" for quote in quotes for at in ("quote", "above")),
        *(f"{at}:{key}" for key in keys for at in ("fold", "end")),
    ]
