"""The board by keyboard alone: the whole job, one key for each act, an editor's own keys, and a focus that stays."""

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from digests.models import Digest, Keymap
from tests.factories import make_comment, make_digest, make_editor, make_thread


class Hands:
    """Ten fingers and no mouse. Counts what they press, texts aside."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.pressed: list[str] = []

    def press(self, *keys: str) -> None:
        for key in keys:
            self.pressed.append(key)
            self.page.keyboard.press(key)

    def act(self, key: str) -> None:
        """A key that asks the server for something, and the answer."""
        with self.page.expect_response(re.compile("/(quotes|comments)/$")):
            self.press(key)
        self.page.wait_for_timeout(50)

    def write(self, text: str) -> None:
        self.page.keyboard.insert_text(text)

    def focused(self) -> str:
        return str(self.page.evaluate("document.activeElement.id"))

    def go(self, key: str, row: str) -> None:
        """Presses a key until a row has the focus."""
        for _ in range(40):
            if self.focused() == row:
                return
            self.press(key)
        pytest.fail(f"{key} does not come to {row}, but to {self.focused()}")

    def tab_to(self, selector: str) -> None:
        for _ in range(60):
            if self.page.evaluate("selector => document.activeElement.matches(selector)", selector):
                return
            self.press("Tab")
        pytest.fail(f"Tab does not come to {selector}")


@pytest.fixture
def thread(transactional_db):
    """30 comments: ten roots with two replies each."""
    thread = make_thread(comments=0, title="Plain text, thirty years on", comment_count=30, live_count=30)
    for number in range(10):
        root = make_comment(thread, number=number * 3 + 1, rank=number)
        for reply in (2, 3):
            make_comment(thread, number=number * 3 + reply, parent=root, rank=reply - 2)
    return thread


@pytest.fixture
def digest(thread):
    return make_digest(thread=thread, headline="")


@pytest.fixture
def hands(page, sign_in, digest):
    sign_in(page, make_editor())
    page.goto(f"/desk/digests/{digest.pk}/")
    return Hands(page)


def order(digest: Digest) -> list[str]:
    return [row.text or row.author for row in digest.quotes.in_order()]


def comment(thread, number: int) -> str:
    return f"c{thread.comments.get(author=f'author{number}').pk}"


def row(digest: Digest, number: int) -> str:
    return f"q{digest.quotes.quoted().in_order()[number - 1].pk}"


def test_a_thread_of_thirty_comments_becomes_a_published_digest_without_a_mouse(page, sign_in, thread):
    sign_in(page, make_editor())
    page.goto(f"/desk/threads/{thread.pk}/")
    hands = Hands(page)
    hands.tab_to("form[action='/desk/digests/'] button")
    hands.press("Enter")
    page.wait_for_url(re.compile(r"/desk/digests/\d+/"))
    digest = Digest.objects.get()
    page.wait_for_load_state("load")

    hands.pressed.clear()
    for number in (1, 2, 4, 7, 10, 13):  # choosing: J as far as it is, and one key for each
        hands.go("j", comment(thread, number))
        hands.act("Space")
    assert hands.pressed.count("Space") == digest.quotes.count() == 6
    assert len(hands.pressed) == 6 + 13

    hands.press("o", "Enter")  # to the digest, into the first text
    for number in range(1, 7):
        hands.write(f"{number}つ目の訳文")
        hands.press("Alt+ArrowDown" if number < 6 else "Control+Enter")
    for number in range(1, 7):
        expect(page.locator(f"#s{row(digest, number)[1:]}")).to_have_class("state saved")
    assert order(digest) == [f"{number}つ目の訳文" for number in range(1, 7)]

    hands.press("Escape")
    assert hands.focused() == row(digest, 6)
    order_and_colour(hands, digest)
    publish(hands, digest)


def order_and_colour(hands: Hands, digest: Digest) -> None:
    """The last quote goes to the top and gets a colour; two are folded; a heading comes after the second."""
    hands.pressed.clear()
    hands.act("t")  # moving: one key
    assert hands.pressed == ["t"]
    assert order(digest)[0] == "6つ目の訳文"
    assert hands.focused() == row(digest, 1)
    hands.pressed.clear()
    hands.act("2")  # colouring: one key
    assert hands.pressed == ["2"]
    assert digest.quotes.in_order()[0].color == "#45d325"

    hands.go("j", row(digest, 5))
    hands.press("Space", "j", "Space")
    hands.act("f")
    fold = digest.quotes.get(text="4つ目の訳文").fold
    assert (fold.size, bool(fold.label)) == (2, True)

    hands.go("k", row(digest, 2))
    hands.act("h")
    hands.write("ここからが本題")
    hands.press("Control+Enter")
    expect(hands.page.locator("#list li.between .state")).to_have_class("state saved")
    assert order(digest)[2] == "ここからが本題"


def publish(hands: Hands, digest: Digest) -> None:
    page = hands.page
    hands.press("Escape", "e")
    hands.press("Control+A")
    hands.write("平文とともに三十年")
    hands.press("Escape", "Shift+P")
    page.wait_for_url("**/publish/")
    hands.tab_to("button.primary")
    hands.press("Enter")
    expect(page.locator(".chip.live").first).to_be_visible()
    digest.refresh_from_db()
    assert (digest.headline, digest.publications.get(is_live=True).quote_count) == ("平文とともに三十年", 6)


def test_every_key_that_moves_or_colours_or_drops_is_one_key_and_is_undone_by_one(hands, digest, thread):
    hands.press("j")
    for _ in range(3):
        hands.act("Space")
        hands.press("j")
    hands.press("o", "j")
    authors = lambda: [quote.author for quote in digest.quotes.in_order()]  # noqa: E731
    for key, after in (("w", "213"), ("s", "123"), ("b", "132"), ("t", "213"), ("x", "13")):
        before = authors()
        hands.act(key)
        assert authors() == [f"author{number}" for number in after]
        if key == "x":
            hands.act("Control+z")
            assert authors() == before
            hands.act("Control+Shift+z")
            assert authors() == [f"author{number}" for number in after]
    assert hands.focused().startswith("q")


def test_the_focus_is_never_lost(hands, digest, thread):
    """Whatever an act takes away, something that is to be seen has the focus, and keys go on from there."""
    hands.press("j")
    for _ in range(4):
        hands.act("Space")
        assert hands.focused().startswith("c")
        hands.press("j")
    hands.press("o")
    for key in ("x", "1", "s", "l", "x", "Control+z", "a", "h"):
        hands.act(key)
        if key == "h":
            hands.press("Escape")
        at = hands.page.evaluate("[document.activeElement.id, document.activeElement.checkVisibility()]")
        assert at[0].startswith("q"), key
        assert at[1] is True, key
    shown = "getComputedStyle(document.activeElement.querySelector('.card')).outlineStyle"
    assert hands.page.evaluate(shown) == "solid", "the row's card shows that the row has the focus"


def test_keys_do_nothing_while_one_types_or_an_input_method_converts(hands, digest, thread):
    hands.press("j")
    hands.act("Space")
    hands.press("o", "Enter")
    hands.page.keyboard.type("xjw1")
    hands.press("Control+Enter")
    expect(hands.page.locator(".state.saved")).to_be_visible()
    assert order(digest) == ["xjw1"]
    hands.press("Escape")
    for more in ({"isComposing": True}, {"keyCode": 229}):
        hands.page.evaluate(
            "more => document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
            " { key: 'x', code: 'KeyX', bubbles: true, cancelable: true, ...more }))",
            more,
        )
    hands.page.wait_for_timeout(300)
    assert digest.quotes.count() == 1


def test_letters_of_other_keyboards_count_by_what_stands_on_the_key(hands, thread):
    for key in ("ｊ", "ま"):
        before = hands.focused()
        hands.page.evaluate(
            "key => document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
            " { key, code: 'KeyJ', bubbles: true, cancelable: true }))",
            key,
        )
        assert hands.focused() != before


def test_an_editors_own_keys_work_and_are_shown(hands, digest, thread):
    Keymap.objects.create(editor=User.objects.get(), keys={"next-comment": "ArrowDown", "help": "F2"})
    hands.page.reload()
    hands.press("j")
    assert hands.focused() == ""
    hands.press("ArrowDown")
    assert hands.focused() == comment(thread, 1)
    hands.press("F2")
    expect(hands.page.locator("#keys")).to_be_visible()
    expect(hands.page.locator("#keys [data-name=next-comment] kbd")).to_have_text("↓")


def test_all_keys_are_listed_found_and_done_from_the_list(hands, digest, thread):
    hands.press("j")
    before = hands.focused()
    hands.press("?")
    keys = hands.page.locator("#keys")
    expect(keys).to_be_visible()
    assert keys.locator("li:visible").count() > 50
    hands.page.keyboard.type("choose-subtree")
    expect(keys.locator("li:visible")).to_have_count(1)
    with hands.page.expect_response(re.compile("/(quotes|comments)/$")):
        hands.press("Enter")
    expect(keys).to_be_hidden()
    assert hands.focused() == before
    assert digest.quotes.count() == 3
    hands.press("?", "Escape")
    expect(keys).to_be_hidden()
    assert hands.focused() == before


def test_one_goes_to_and_fro_between_the_panes_and_to_what_is_not_written(hands, digest, thread):
    hands.press("j")
    hands.act("s")  # the first root and its replies
    hands.press("g")
    assert hands.focused() == row(digest, 1)
    hands.press("j", "g")
    assert hands.focused() == comment(thread, 2)
    hands.press("o", "k", "Enter")
    hands.write("訳した")
    hands.press("Control+Enter", "Escape", "n")
    assert hands.focused() == row(digest, 2)
    hands.press("n")
    assert hands.focused() == row(digest, 3)
    hands.press("n")
    assert hands.focused() == row(digest, 2)
    hands.press("/")
    assert hands.focused() == "find"


def test_a_field_of_the_keys_page_takes_the_key_that_is_pressed(page, sign_in, transactional_db):
    editor = make_editor()
    sign_in(page, editor)
    page.goto("/desk/keys/")
    page.locator("#key-drop").press("Shift+D")
    expect(page.locator("#key-drop")).to_have_value("Shift+D")
    page.locator("#key-tick").press("Delete")
    expect(page.locator("#key-tick")).to_have_value("")
    page.locator("#key-up").focus()
    page.keyboard.press("Tab")  # still goes on
    expect(page.locator("#key-up")).not_to_be_focused()
    page.locator("button.primary").press("Enter")
    page.wait_for_load_state()
    assert Keymap.objects.get(editor=editor).keys == {"drop": "Shift+D", "tick": ""}
