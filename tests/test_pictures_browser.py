"""Pictures in a real browser: which file it takes, that nothing moves, and the desk's pages of pictures."""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from pytest_django import Settings

from digests import illustrations
from digests.models import LibraryPicture
from digests.thumbnails import make_picture
from tests.axe import violations
from tests.browser import OpenPage, SignIn
from tests.factories import make_digest, make_editor, make_live

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]

WATCH = (
    "window.shift = 0; new PerformanceObserver((list) => { for (const entry of list.getEntries())"
    " window.shift += entry.value; }).observe({ type: 'layout-shift', buffered: true });"
)


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path


def photo(color: str = "teal") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1600, 900), color).save(out, "PNG")
    return out.getvalue()


def test_pictures_load_in_the_best_format_and_nothing_moves(phone: Page) -> None:
    made = make_picture(photo())
    illustrations.store(made.path, made.content)
    make_live("b", "一", headline="題だけ")
    make_live("a", thumbnail=made.path, lead="導入")
    phone.add_init_script(WATCH)
    for path, ending in (("/posts/a/", ".avif"), ("/tags/", ""), ("/", ".avif")):
        phone.goto(path, wait_until="networkidle")
        assert phone.evaluate("window.shift") == 0
        if ending:
            shown = phone.locator("picture img").first
            assert shown.evaluate("(image) => image.complete && image.naturalWidth > 0")
            assert shown.evaluate("(image) => image.currentSrc").endswith(ending)
    phone.set_viewport_size({"width": 1000, "height": 844})  # a phone shows no picture of a headline in lists
    card = phone.locator(".shot img").nth(1)
    card.scroll_into_view_if_needed()
    expect(card).to_have_js_property("complete", True)
    assert card.evaluate("(image) => image.currentSrc").endswith(".webp")


def test_a_picture_card_is_offered_where_it_is_served(page: Page) -> None:
    make_live("a", "一", "二")
    page.goto("/posts/a/original/", wait_until="networkidle")
    link = page.locator("a.quote-card").nth(1)
    expect(link).to_be_visible()
    expect(link).to_have_attribute("href", "/posts/a/q/2.jpg")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desks_pages_of_pictures_are_for_everybody(
    open_page: OpenPage, sign_in: SignIn, media: Path, scheme: str
) -> None:
    page = open_page(scheme=scheme)
    sign_in(page, make_editor())
    digest = make_digest(texts=["一"])
    page.goto("/desk/pictures/")
    files = [media / f"{color}.png" for color in ("red", "green", "blue")]
    for file in files:
        file.write_bytes(photo(file.stem))
    page.locator("[name=pictures]").set_input_files(files)
    page.locator("#new_tags").fill("風景")
    page.get_by_role("button", name="アップロード").click()
    expect(page.locator(".described")).to_have_count(3)
    assert violations(page) == []
    page.locator("[name$=-alt]").first.fill("赤い")
    page.locator("button.primary").click()
    expect(page.locator(".library li")).to_have_count(3)
    assert violations(page) == []
    page.goto(f"/desk/digests/{digest.pk}/picture/", wait_until="networkidle")
    assert violations(page) == []
    page.locator("button[name=card][value=night]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("button[value=night]")).to_have_attribute("aria-pressed", "true")
    page.locator("button[name=library]").first.click()
    expect(page.locator("button[name=library][aria-pressed]")).to_have_count(1)
    page.goto(f"/desk/digests/{digest.pk}/pictures/", wait_until="networkidle")
    assert violations(page) == []
    page.goto(f"/desk/pictures/{LibraryPicture.objects.order_by('pk').last().pk}/delete/")
    assert violations(page) == []
