"""An editor's keys on the board: the list that `?` opens, which is also what the page's script reads them from.

And those of them that the list of digests knows.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.auth.models import User
from django.utils.functional import Promise

from digests import keymap
from digests.models import Keymap

register = template.Library()


@dataclass(frozen=True, eq=False)
class KeyList:
    """Every act with a key, in groups. One for each set of keys that editors have, so that it can shape a stencil."""

    groups: tuple[tuple[str | Promise, tuple[tuple[keymap.Act, str], ...]], ...]


@register.inclusion_tag("desk/keys_help.html")
def keys_help(editor: User) -> dict[str, Any]:
    """Every act with the key that this editor has for it."""
    return {"keys": _listed(tuple(_own(editor).items()))}


@register.simple_tag
def list_keys(editor: User) -> dict[str, str]:
    """The keys that mean on the list of digests what they mean on the board, "" for none."""
    keys = keymap.keys_of(_own(editor))
    return {"find": keys["find"], "next": keys["next-row"], "previous": keys["previous-row"]}


def _own(editor: User) -> dict[str, str]:
    return Keymap.objects.filter(editor=editor).values_list("keys", flat=True).first() or {}


@lru_cache
def _listed(own: tuple[tuple[str, str], ...]) -> KeyList:
    keys = keymap.keys_of(dict(own))
    return KeyList(tuple((group.name, tuple((act, keys[act.name]) for act in group.acts)) for group in keymap.GROUPS))


@register.filter
def shown_key(key: str) -> str:
    return keymap.shown(key)
