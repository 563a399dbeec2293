"""An editor's own keys for the board's acts: the page on which they are looked up and changed."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from digests import keymap
from digests.editor.access import EditorRequest, editor_of, turned_away
from digests.keymap import ACTS, Act
from digests.models import Keymap


@dataclass(frozen=True, slots=True)
class Field:
    """An act with what its editor typed for its key, and what is wrong with that."""

    act: Act
    typed: str
    error: str


def keys(request: EditorRequest) -> HttpResponse:
    """All acts with their keys; POST stores them. `act=usual:NAME` sets one back to its usual key, `act=usual` all."""
    if answer := turned_away(request):
        return answer
    editor = editor_of(request)
    own = Keymap.objects.filter(editor=editor).first()
    if request.method != "POST":
        return _page(request, keymap.keys_of(own.keys if own else {}), {})
    if request.POST.get("act") == "usual":
        Keymap.objects.filter(editor=editor).delete()
        messages.success(request, _("All keys are the usual ones again."))
        return redirect("keys")
    typed = _typed(request)
    read = {name: keymap.read_key(text) for name, text in typed.items()}
    errors = _errors(typed, read)
    if errors:
        return _page(request, typed, errors, status=422)
    stored = keymap.own_keys({name: key or "" for name, key in read.items()})
    Keymap.objects.update_or_create(editor=editor, defaults={"keys": stored})
    messages.success(request, _("Your keys are saved."))
    return redirect("keys")


def _typed(request: EditorRequest) -> dict[str, str]:
    """Act → what its field holds. An act without a field (of a page older than it) keeps its usual key."""
    typed = {name: request.POST.get(f"key-{name}", act.key) for name, act in ACTS.items()}
    asked, _sep, name = request.POST.get("act", "save").partition(":")
    if asked == "usual":
        if name not in ACTS:
            raise BadRequest("act")
        typed[name] = ACTS[name].key
    return typed


def _errors(typed: dict[str, str], read: dict[str, str | None]) -> dict[str, str]:
    """Act → what is wrong with its key. No key at all is right too."""
    errors = {}
    for name, key in read.items():
        if key is None and typed[name]:
            errors[name] = _("This is no key. Write it like J, Shift+J, Ctrl+Enter, Space or F2.")
        elif key and keymap.is_reserved(key):
            errors[name] = _("The browser or every text field needs this key.")
        elif key and ACTS[name].typing and not keymap.fits_typing(key):
            errors[name] = _("This act is asked for while one writes: use Ctrl, Alt, Escape or F1 to F12.")
    for pair in keymap.conflicts({name: key for name, key in read.items() if key}):
        for one, other in (pair, pair[::-1]):
            errors.setdefault(one.name, _("The same key as “%(act)s”.") % {"act": other.words})
    return errors


def _page(request: EditorRequest, typed: dict[str, str], errors: dict[str, str], *, status: int = 200) -> HttpResponse:
    groups = [
        (group.name, [Field(act, typed[act.name], errors.get(act.name, "")) for act in group.acts])
        for group in keymap.GROUPS
    ]
    return render(request, "desk/keys.html", {"groups": groups, "errors": len(errors)}, status=status)
