"""What editors did, in words: the journal's verbs, by what an editor would call them."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

_KINDS = {
    "chosen": ("choose", "choose_subtree", "choose_author", "invert", "part", "split", "parent"),
    "dropped": ("drop",),
    "moved": ("move", "place", "sort"),
    "written": ("write",),
    "dressed": ("paint", "emphasize"),
    "folded": ("fold", "unfold", "rename", "every"),
    "head": ("head", "thumbnail", "tags", "series"),
    "between": ("insert", "file"),
    "undone": ("undo", "redo"),
    "restored": ("restore",),
}
_KIND_OF = {verb: kind for kind, verbs in _KINDS.items() for verb in verbs}


def kind_of(verb: str) -> str:
    return _KIND_OF.get(verb, "other")


def in_words(counts: Mapping[str, int]) -> str:
    """`3 texts written, 1 choice`."""
    said: dict[str, Any] = {
        "chosen": lambda n: ngettext("chosen %(n)s time", "chosen %(n)s times", n),
        "dropped": lambda n: ngettext("dropped %(n)s time", "dropped %(n)s times", n),
        "moved": lambda n: ngettext("moved %(n)s time", "moved %(n)s times", n),
        "written": lambda n: ngettext("%(n)s text written", "%(n)s texts written", n),
        "dressed": lambda n: ngettext("coloured %(n)s time", "coloured %(n)s times", n),
        "folded": lambda n: ngettext("folded %(n)s time", "folded %(n)s times", n),
        "head": lambda n: ngettext("details changed", "details changed %(n)s times", n),
        "between": lambda n: ngettext("%(n)s thing put between", "%(n)s things put between", n),
        "undone": lambda n: ngettext("undone or redone once", "undone or redone %(n)s times", n),
        "restored": lambda n: ngettext("brought back once", "brought back %(n)s times", n),
        "other": lambda n: ngettext("%(n)s other change", "%(n)s other changes", n),
    }
    return _(", ").join(said[kind](n) % {"n": n} for kind in said if (n := counts.get(kind, 0)))
