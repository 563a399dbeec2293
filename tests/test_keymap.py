"""The board's keys as values: how they are written, which clash, and what an editor's own keys leave of the usual."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digests import keymap
from digests.keymap import ACTS, Scope

KEYS = st.sampled_from(["J", "Shift+J", "Space", "1", "?", "Ctrl+Enter", "Escape", "F2", "Alt+ArrowUp", ""])


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("j", "J"),
        ("J", "J"),
        ("shift+j", "Shift+J"),
        (" Shift + Ctrl + z ", "Ctrl+Shift+Z"),
        ("cmd+Return", "Ctrl+Enter"),
        ("esc", "Escape"),
        ("ＥＳＣ", "Escape"),
        ("１", "1"),
        (" ", "Space"),
        ("space", "Space"),
        ("?", "?"),
        ("+", "+"),
        ("ctrl++", "Ctrl++"),
        ("alt+up", "Alt+ArrowUp"),
        ("f2", "F2"),
    ],
)
def test_a_key_is_read_however_it_is_spelled(typed, stored):
    assert keymap.read_key(typed) == stored


@pytest.mark.parametrize(
    "typed", ["", "jk", "ctrl", "ctrl+", "hyper+j", "あ", "shift+1", "shift+?", "F13", "+j", "j+k"]
)
def test_what_is_no_key_is_refused(typed):
    assert keymap.read_key(typed) is None


def test_every_usual_key_is_written_as_it_is_stored_and_can_be_had():
    for act in ACTS.values():
        assert keymap.read_key(act.key) == act.key
        assert not keymap.is_reserved(act.key)
        assert keymap.fits_typing(act.key) or not act.typing


def test_no_usual_key_means_two_things_in_one_place():
    assert list(keymap.conflicts(keymap.keys_of({}))) == []


def test_choosing_colouring_and_moving_cost_one_key_each():
    for name in ("choose", "paint-1", "paint-9", "paint-none", "up", "down", "top", "bottom", "under"):
        assert "+" not in ACTS[name].key


def test_the_same_key_in_different_panes_is_no_conflict_but_one_of_the_whole_page_is():
    keys = keymap.keys_of({})
    assert keys["next-row"] == keys["next-comment"] == "J"
    found = list(keymap.conflicts(keys | {"help": "J"}))
    assert {frozenset({one.name, other.name}) for one, other in found} == {
        frozenset({"next-row", "help"}),
        frozenset({"next-comment", "help"}),
    }


def test_a_usual_key_gives_way_to_an_editors_own():
    keys = keymap.keys_of({"drop": "W", "gone-act": "Q"})
    assert (keys["drop"], keys["up"]) == ("W", "")
    assert "gone-act" not in keys


@given(st.dictionaries(st.sampled_from(sorted(ACTS)), KEYS, max_size=6))
def test_own_keys_come_back_as_they_were_stored_and_never_clash_with_usual_ones(own):
    keys = keymap.keys_of(own)
    assert {name: keys[name] for name in own} == own
    clashes = list(keymap.conflicts(keys))
    assert {act.name for pair in clashes for act in pair} <= set(own)
    if not clashes:  # otherwise they are not stored
        assert keymap.keys_of(keymap.own_keys(keys)) == keys


def test_every_act_has_its_words_and_one_name():
    assert len(ACTS) == sum(len(group.acts) for group in keymap.GROUPS)
    assert all(str(act.words) for act in ACTS.values())
    assert {act.scope for act in ACTS.values()} == set(Scope)
