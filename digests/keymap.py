"""The board's acts and the keys that stand for them: as usual, and as an editor has changed them.

A key is written as the page's script names what was pressed: `J`, `Shift+J`, `Ctrl+Enter`, `Space`, `?`. Ctrl is also
the Mac's Command. Knows no page, no editor, no database.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _


class Scope(StrEnum):
    """Where a key means an act: in the thread's pane, in the digest's, or in both."""

    THREAD = "thread"
    DIGEST = "digest"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Act:
    """`name` is the page's `data-act`. `typing`: it is also asked for from within a text field."""

    name: str
    scope: Scope
    words: str | Promise
    key: str
    typing: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    name: str | Promise
    acts: tuple[Act, ...]


_T, _D, _P = Scope.THREAD, Scope.DIGEST, Scope.PAGE

# One hand rests on J and K, and finds with its neighbours what is done most; the other has 1 to 9, W, S, F and X. What
# is done once in a digest needs Shift. No letter with Ctrl or Alt but undo: browsers and screen readers have those.
GROUPS = (
    Group(
        _("Going about"),
        (
            Act("next-comment", _T, _("The next comment"), "J"),
            Act("previous-comment", _T, _("The comment before"), "K"),
            Act("next-root", _T, _("The next comment that answers the story"), "N"),
            Act("collapse", _T, _("Close the replies"), "H"),
            Act("expand", _T, _("Open the replies"), "L"),
            Act("to-quote", _T, _("To what was made of it in the digest"), "G"),
            Act("next-row", _D, _("The next row"), "J"),
            Act("previous-row", _D, _("The row before"), "K"),
            Act("next-unwritten", _D, _("The next quote that is still as in the original"), "N"),
            Act("to-comment", _D, _("To its comment in the thread"), "G"),
            Act("other-pane", _P, _("To the other pane"), "O"),
            Act("find", _P, _("Find in the thread"), "/"),
            Act("headline", _P, _("To the headline"), "E"),
        ),
    ),
    Group(
        _("Choosing"),
        (
            Act("choose", _T, _("Choose the comment, or drop it again"), "Space"),
            Act("choose-range", _T, _("Choose all from the last one chosen to here"), "Shift+Space"),
            Act("choose-subtree", _T, _("Choose the comment and everything below it"), "S"),
            Act("choose-author", _T, _("Choose everything of this author"), "A"),
            Act("invert", _T, _("Choose what is not chosen, and the other way round"), "I"),
            Act("part", _P, _("Quote the words that are marked"), "Q"),
            Act("hide-author", _T, _("Hide this author"), "Shift+H"),
            Act("hide-words", _T, _("Hide these words"), "Shift+W"),
            Act("mark-read", _T, _("Mark as read"), "M"),
        ),
    ),
    Group(
        _("Ordering"),
        (
            Act("up", _D, _("Up"), "W"),
            Act("down", _D, _("Down"), "S"),
            Act("top", _D, _("To the top"), "T"),
            Act("bottom", _D, _("To the bottom"), "B"),
            Act("under", _D, _("Under number …"), "U"),
            Act("drop", _D, _("Drop"), "X"),
            Act("tick", _D, _("Tick"), "Space"),
            Act("sort-replies", _D, _("All in order: replies under what they answer"), "Shift+R"),
            Act("sort-time", _D, _("All in order: by time"), "Shift+T"),
            Act("sort-rank", _D, _("All in order: as in the thread"), "Shift+K"),
            Act("undo", _P, _("Undo"), "Ctrl+Z"),
            Act("redo", _P, _("Do again"), "Ctrl+Shift+Z"),
        ),
    ),
    Group(
        _("Writing"),
        (
            Act("write", _D, _("Write: into the text"), "Enter"),
            Act("leave", _P, _("Out of the text, to its row"), "Escape", typing=True),
            Act("write-next", _P, _("Write the next row"), "Alt+ArrowDown", typing=True),
            Act("write-previous", _P, _("Write the row before"), "Alt+ArrowUp", typing=True),
            Act("save", _P, _("Save at once"), "Ctrl+Enter", typing=True),
            Act("split", _D, _("Split the quote at the cursor"), "Ctrl+Shift+Enter", typing=True),
            Act("parent", _D, _("Put what it answers above it"), "P"),
            Act("reply", _D, _("Say in the text whom it answers"), "R"),
        ),
    ),
    Group(
        _("Colour and folds"),
        (
            *(Act(f"paint-{n}", _D, format_lazy(_("Colour {number}"), number=n), str(n)) for n in range(1, 10)),
            Act("paint-none", _D, _("No colour"), "0"),
            Act("paint-author", _D, _("Colour all of this author like it"), "A"),
            Act("emphasis-large", _D, _("Large"), "L"),
            Act("emphasis-boxed", _D, _("Boxed"), "Shift+L"),
            Act("fold", _D, _("Fold from the first to the last ticked"), "F"),
            Act("unfold", _D, _("Unfold"), "Shift+F"),
            Act("every", _D, _("Fold the long tail"), "Shift+E"),
        ),
    ),
    Group(
        _("Between quotes"),
        (
            Act("insert-heading", _D, _("Heading"), "H"),
            Act("insert-note", _D, _("Note"), "Shift+N"),
            Act("insert-picture", _D, _("Picture"), "Shift+I"),
            Act("insert-card", _D, _("Link card"), "Shift+C"),
            Act("insert-update", _D, _("Update"), "Shift+U"),
        ),
    ),
    Group(
        _("Page"),
        (
            Act("preview", _P, _("Preview"), "V"),
            Act("publish", _P, _("Publish"), "Shift+P"),
            Act("counts", _P, _("Counts and voices"), "C"),
            Act("help", _P, _("All keys"), "?"),
        ),
    ),
)

ACTS: dict[str, Act] = {act.name: act for group in GROUPS for act in group.acts}

# What browsers keep for themselves, or what every text field needs.
_RESERVED = {
    *("Tab", "Shift+Tab", "F5", "F11", "F12", "Ctrl+T", "Ctrl+N", "Ctrl+W", "Ctrl+Shift+T", "Ctrl+Shift+N", "Ctrl+Tab"),
    *("Ctrl+Shift+W", "Ctrl+Q", "Ctrl+R", "Ctrl+Shift+R", "Ctrl+L", "Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+X", "Alt+F4"),
    *("Alt+ArrowLeft", "Alt+ArrowRight", "Alt+D", "Alt+Tab"),
}
_NAMED = {
    *("Enter", "Escape", "Space", "Backspace", "Delete", "Insert", "Home", "End", "PageUp", "PageDown", "Tab"),
    *("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", *(f"F{n}" for n in range(1, 13))),
}
_SPELLINGS = {name.lower(): name for name in _NAMED} | {
    "esc": "Escape",
    "del": "Delete",
    "return": "Enter",
    "spacebar": "Space",
    " ": "Space",
    **{way.lower(): f"Arrow{way}" for way in ("Up", "Down", "Left", "Right")},
}
_MODIFIERS = {"ctrl": "Ctrl", "control": "Ctrl", "cmd": "Ctrl", "command": "Ctrl", "meta": "Ctrl", "alt": "Alt"}
_MODIFIERS |= {"option": "Alt", "shift": "Shift"}
_SHOWN: dict[str, str | Promise] = {
    "Space": _("Space"),
    "Escape": "Esc",
    **dict(zip(("ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight"), "↑↓←→", strict=True)),
}
_ORDER = ("Ctrl", "Alt", "Shift")
_LETTER = re.compile(r"[A-Z]\Z")


def read_key(text: str) -> str | None:
    """The key as it is stored, of whatever an editor may type for it (`shift + j`, `ＥＳＣ`); None when it is none.

    Shift does not go with a sign or a digit: which one it makes depends on the keyboard.
    """
    text = unicodedata.normalize("NFKC", text)
    *before, last = re.split(r"(?<=[^\s+])\s*\+\s*", text.strip() or text[:1])
    held = {_MODIFIERS.get(name.strip().lower(), "") for name in before}
    key = _SPELLINGS.get(last.lower()) or (last.upper() if re.fullmatch(r"[!-~]", last) else None)
    if key is None or "" in held or ("Shift" in held and len(key) == 1 and not _LETTER.match(key)):
        return None
    return "+".join([*(name for name in _ORDER if name in held), key])


def shown(key: str) -> str:
    """The key as people read it."""
    *held, last = key.split("+") if len(key) > 1 and not key.endswith("+") else [key]
    return "+".join([*held, str(_SHOWN.get(last, last))])


def is_reserved(key: str) -> bool:
    """Whether the browser would not give the key away, or the page could not do without it."""
    return key in _RESERVED


def fits_typing(key: str) -> bool:
    """Whether the key writes nothing in a text field."""
    return key.startswith(("Ctrl+", "Alt+")) or key == "Escape" or re.fullmatch(r"(Shift\+)?F\d+", key) is not None


def overlap(one: Act, other: Act) -> bool:
    """Whether one key cannot mean both."""
    return one.scope == other.scope or Scope.PAGE in {one.scope, other.scope}


def keys_of(own: Mapping[str, str]) -> dict[str, str]:
    """Act → key ("" for none) for an editor whose own keys are `own`. Where a usual one is in the way, it gives way."""
    known = {name: key for name, key in own.items() if name in ACTS}
    taken = [(ACTS[name], key) for name, key in known.items() if key]

    def usual(act: Act) -> str:
        return "" if any(key == act.key and overlap(act, other) for other, key in taken) else act.key

    return {act.name: known[act.name] if act.name in known else usual(act) for act in ACTS.values()}


def conflicts(keys: Mapping[str, str]) -> Iterator[tuple[Act, Act]]:
    """Pairs of acts that one key would have to mean."""
    acts = [ACTS[name] for name, key in keys.items() if key]
    for number, one in enumerate(acts):
        for other in acts[number + 1 :]:
            if keys[one.name] == keys[other.name] and overlap(one, other):
                yield one, other


def own_keys(keys: Mapping[str, str]) -> dict[str, str]:
    """What has to be stored of them: those that are not the usual ones."""
    return {name: key for name, key in keys.items() if key != ACTS[name].key}
