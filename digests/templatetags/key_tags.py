"""An editor's keys on the board: the list that `?` opens, which is also what the page's script reads them from."""

from typing import Any

from django import template
from django.contrib.auth.models import User

from digests import keymap
from digests.models import Keymap

register = template.Library()


@register.inclusion_tag("desk/keys_help.html")
def keys_help(editor: User) -> dict[str, Any]:
    """Every act with the key that this editor has for it."""
    own = Keymap.objects.filter(editor=editor).values_list("keys", flat=True).first()
    keys = keymap.keys_of(own or {})
    groups = [(group.name, [(act, keys[act.name]) for act in group.acts]) for group in keymap.GROUPS]
    return {"groups": groups, "leads": keys["help"]}


@register.filter
def shown_key(key: str) -> str:
    return keymap.shown(key)
