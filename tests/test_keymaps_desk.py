"""The page of one's own keys: what is stored, what is refused, whose keys they are."""

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from digests import keymap
from digests.keymap import ACTS
from digests.models import Keymap
from tests.factories import make_digest, make_editor

pytestmark = pytest.mark.django_db


def fields(**changed: str) -> dict[str, str]:
    keys = {name: act.key for name, act in ACTS.items()} | {
        name.replace("_", "-"): key for name, key in changed.items()
    }
    return {f"key-{name}": key for name, key in keys.items()}


def field(answer, name: str) -> LexborNode:
    found = LexborHTMLParser(answer.content.decode()).css_first(f"#key-{name}")
    assert found is not None
    return found


def test_the_page_names_every_act_and_its_key(desk):
    page = LexborHTMLParser(desk.get("/desk/keys/").content.decode())
    shown = {one.attributes["name"]: one.attributes["value"] for one in page.css(".own-keys li input")}
    assert shown == fields()
    labels = {one.attributes["for"] for one in page.css(".own-keys label")}
    assert labels == set(shown)


def test_only_what_differs_from_the_usual_keys_is_stored(desk, editor):
    answer = desk.post("/desk/keys/", fields(drop="shift + d", tick=""))
    assert answer.status_code == 302
    assert editor.keymap.keys == {"drop": "Shift+D", "tick": ""}
    assert field(desk.get("/desk/keys/"), "drop").attributes["value"] == "Shift+D"


def test_one_key_for_two_acts_of_a_pane_is_told_at_both_and_nothing_is_stored(desk):
    answer = desk.post("/desk/keys/", fields(drop="W"))
    assert answer.status_code == 422
    for name in ("drop", "up"):
        assert field(answer, name).attributes["value"] == "W"
        assert "aria-invalid" in field(answer, name).attributes
    assert not Keymap.objects.exists()


@pytest.mark.parametrize(("act", "key"), [("drop", "jj"), ("drop", "Ctrl+W"), ("drop", "Tab"), ("save", "S")])
def test_what_cannot_be_a_key_of_the_act_is_refused(desk, act, key):
    answer = desk.post("/desk/keys/", fields(**{act: key}))
    assert answer.status_code == 422
    assert field(answer, act).attributes["value"] == key


def test_one_key_or_all_go_back_to_the_usual_ones(desk, editor):
    Keymap.objects.create(editor=editor, keys={"drop": "D", "tick": "Y"})
    desk.post("/desk/keys/", {**fields(drop="D", tick="Y"), "act": "usual:drop"})
    assert Keymap.objects.get().keys == {"tick": "Y"}
    desk.post("/desk/keys/", {**fields(tick="Y"), "act": "usual"})
    assert not Keymap.objects.exists()


def test_the_board_has_each_editors_own_keys(client, desk, editor):
    digest = make_digest(texts=["一つ"])
    Keymap.objects.create(editor=editor, keys={"drop": "D"})

    def keys() -> dict[str, str | None]:
        page = LexborHTMLParser(client.get(f"/desk/digests/{digest.pk}/").content.decode())
        return {str(one.attributes["data-name"]): one.attributes["data-key"] for one in page.css("#keys [data-name]")}

    assert keys() == keymap.keys_of({"drop": "D"})
    client.force_login(make_editor("other"))
    assert keys() == keymap.keys_of({})


def test_strangers_are_led_to_the_door(client):
    assert client.get("/desk/keys/").status_code == 302
