"""What an act changed, and the way back: order and folds as plain values."""

from dataclasses import replace

from hypothesis import example, given, settings
from hypothesis import strategies as st

from digests import changes, outline
from digests.changes import State
from digests.outline import FoldRange, Move, Outline


@st.composite
def outlines(draw):
    rows = draw(st.lists(st.integers(1, 12), unique=True, max_size=12))
    entries, key = [], 1
    while rows:
        size = draw(st.integers(1, 4))
        group, rows = rows[:size], rows[size:]
        if draw(st.booleans()):
            entries.append(FoldRange(key, draw(st.sampled_from(["a", "b"])), tuple(group)))
            key += 1
        else:
            entries += group
    return tuple(entries)


def state(of: Outline, **rows) -> State:
    return State(of, {pk: {"text": str(pk)} for pk in outline.quotes(of)})


@given(outlines(), outlines())
@example((1, FoldRange(1, "a", (2,)), 3), (FoldRange(1, "a", (2,)), 1))  # the fold moves as it is
def test_a_change_leads_from_one_outline_to_the_other_and_back(before, after):
    change = changes.delta(state(before), state(after))
    assert changes.applied(before, change) == after
    assert changes.applied(after, changes.reverse(change)) == before


@given(outlines(), outlines())
def test_no_change_holds_more_than_what_is_different(before, after):
    change = changes.delta(state(before), state(after))
    assert (change == {}) == (before == after)
    assert changes.delta(state(after), state(after)) == {}


@given(st.lists(st.integers(0, 30), unique=True), st.randoms())
def test_the_fewest_rows_move(order, random):
    new = order[:]
    random.shuffle(new)
    moved = changes.moved(order, new)
    assert [pk for pk in order if pk not in moved] == [pk for pk in new if pk not in moved]
    if new and len(new) > 1:
        one = new[0]
        there = [*new[1:], one]
        assert changes.moved(new, there) == ({one} if len(new) > 2 else changes.moved(new, there))


def test_moving_one_row_says_so_of_one_row():
    before = tuple(range(1, 3001))
    after = outline.move(before, [3000], Move.TOP)
    assert changes.delta(State(before), State(after)) == {"order": [[[3000, 2999, 0]], [[3000, 0, 1]]]}


@given(outlines(), outlines(), outlines())
@settings(max_examples=300)
def test_what_others_did_since_stays_when_a_change_is_undone(before, after, others):
    """`others` is how the digest stands now: no row that the undone change did not name is lost or comes twice."""
    way_back = changes.reverse(changes.delta(state(before), state(after)))
    now = changes.applied(others, way_back)
    named = {int(pk) for pk, (old, _new) in way_back.get("rows", {}).items() if old is None}
    gone = {int(pk) for pk, (_old, new) in way_back.get("rows", {}).items() if new is None}
    assert sorted(outline.quotes(now)) == sorted((set(outline.quotes(others)) | named) - gone)
    keys = [fold.key for fold in outline.folds(now) if fold.key is not None]
    assert len(keys) == len(set(keys))
    assert all(fold.quotes for fold in outline.folds(now))


def test_a_row_goes_back_behind_what_it_stood_behind_also_when_that_has_moved():
    change = changes.delta(state((1, 2, 3, 4)), state((1, 3, 4, 2)))
    assert changes.applied((4, 2, 3, 1), changes.reverse(change)) == (4, 3, 1, 2)


def test_a_row_whose_neighbours_are_gone_goes_to_the_end():
    change = changes.delta(state((1, 2, 3)), state((1, 3)))
    assert changes.applied((7, 8), changes.reverse(change)) == (7, 8, 2)


def test_a_fold_that_somebody_else_renamed_meanwhile_keeps_the_new_name_when_another_is_undone():
    before: Outline = (FoldRange(1, "a", (1, 2)), 3, 4)
    after: Outline = (FoldRange(1, "a", (1, 2)), FoldRange(2, "b", (3, 4)))
    renamed = tuple(replace(entry, label="c") if isinstance(entry, FoldRange) else entry for entry in after[:1])
    back = changes.reverse(changes.delta(state(before), state(after)))
    assert changes.applied((*renamed, after[1]), back) == (FoldRange(1, "c", (1, 2)), 3, 4)


def test_only_the_fields_that_changed_are_kept_of_a_row():
    before = State((1,), {1: {"text": "old", "author": "a"}})
    after = State((1,), {1: {"text": "new", "author": "a"}})
    assert changes.delta(before, after) == {"rows": {"1": [{"text": "old"}, {"text": "new"}]}}
    assert changes.reverse(changes.delta(before, after)) == changes.delta(after, before)
