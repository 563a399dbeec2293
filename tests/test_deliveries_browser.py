"""Publishing to a Hugo site in a real browser: connecting it, sending two digests, deciding a conflict."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from playwright.sync_api import Page, expect
from pytest_django import Settings

from digests import delivering
from digests.models import Delivery, Target
from tests.browser import OpenPage, SignIn
from tests.delivered import commits, rewrite, standing
from tests.factories import make_digest, make_editor
from tests.git_repositories import repository, somebody_commits

pytestmark = pytest.mark.django_db(transaction=True)

PATH = "content/posts/2026_09/2026_09_12_first/index.md"


@pytest.fixture
def background(settings: Settings) -> None:
    settings.TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}


def work() -> None:
    """The background worker, until nothing waits."""
    call_command("db_worker", "--batch", "--no-startup-delay", "--no-reload", verbosity=0)


def connect(page: Page, bare: Path) -> Target:
    """Connects a repository as somebody does who has never done it."""
    page.goto("/desk/")
    page.locator("a[href='/desk/sites/']").click()
    page.locator("a.primary[href='/desk/sites/new/']").click()
    page.locator("#id_name").fill("技術まとめ")
    page.locator("#id_location").fill(str(bare))
    page.locator("#id_build_check").uncheck()
    with page.expect_response(re.compile(r"/sites/new/$")) as sample:
        page.locator("#id_path").fill("content/posts/{year}_{month}/{year}_{month}_{day}_{slug}/index.md ")
        page.locator("#id_path").blur()
    assert sample.value.ok
    expect(page.locator("#sample code")).to_contain_text("a_sample_post")
    page.locator("#settings button.primary").click()
    page.wait_for_url(re.compile(r"/sites/\d+/$"))
    page.locator("form[action$='/check/'] button").click()
    expect(page.locator("#checked .bad")).to_have_count(0)
    expect(page.locator("#checked .fine").first).to_be_visible()
    return Target.objects.get()


def test_a_site_is_connected_and_two_digests_go_there_in_one_commit(
    page: Page, sign_in: SignIn, tmp_path: Path, background: None
) -> None:
    bare = repository(tmp_path, {"hugo.toml": b"title = 'x'\n"})
    sign_in(page, make_editor(is_superuser=True))
    for slug in ("first", "second", "third"):
        make_digest(slug=slug, headline=f"話の{slug}", texts=["一つ目の文です", "二つ目の文です"])
    target = connect(page, bare)
    page.goto("/desk/")
    for slug in ("first", "second"):
        page.locator("li", has_text=f"話の{slug}").locator("input[name=digest]").check()
    page.locator(".sending button.primary").click()
    page.wait_for_url("**/desk/deliveries/plan/?*")
    expect(page.locator(".posts > li")).to_have_count(2)
    expect(page.locator(".posts .chip.new")).to_have_count(2)
    page.locator("#message").fill("二つの話")
    page.locator("#send button.primary").click()
    page.wait_for_url(re.compile(r"/deliveries/\d+/$"))
    expect(page.locator("#run .chip.queued")).to_be_visible()
    work()
    expect(page.locator("#run > p .chip.done")).to_be_visible()  # the page has watched by itself
    delivery = Delivery.objects.get()
    expect(page.locator(".result .commit code")).to_have_text(delivery.commit[:10])
    assert commits(target)[0].startswith("二つの話\n")
    assert {path for path in standing(target) if "first" in path or "second" in path} == {
        PATH,
        PATH.replace("first", "second"),
    }
    assert len(standing(target)) == 3


def in_conflict(tmp_path: Path) -> Target:
    """A delivered digest that somebody changed in the repository and an editor changed here."""
    bare = repository(tmp_path, {"hugo.toml": b"title = 'x'\n"})
    target = Target.objects.create(name="技術まとめ", kind="git", location=str(bare), build_check=False)
    digest = make_digest(slug="first", texts=["一つ目の文です", "二つ目の文です"])
    delivering.start(target.pk, {digest.pk: digest.changes}, by=None)
    work()
    theirs = standing(target)[PATH].decode().replace("一つ目", "よその一つ目").replace("二つ目", "よその二つ目")
    somebody_commits(bare, {PATH: theirs.encode()})
    rewrite(digest, "うちの一つ目の文です")
    return target


@pytest.mark.parametrize("javascript", [True, False])
def test_a_conflict_stops_the_delivery_and_is_merged_by_keyboard(
    open_page: OpenPage, sign_in: SignIn, tmp_path: Path, background: None, javascript: bool
) -> None:
    page = open_page(window="phone", javascript=javascript)
    sign_in(page, make_editor())
    target = in_conflict(tmp_path)
    page.goto("/desk/")
    page.locator("input[name=digest]").focus()
    page.keyboard.press("Space")
    page.locator(".sending button.primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/deliveries/plan/?*")
    page.locator("#send button.primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/deliveries/\d+/$"))
    work()
    expect(page.locator("#run > p .chip.conflict")).to_be_visible()  # without a script the page reloads itself
    page.locator("#run a.primary").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/posts/\d+/$"))
    expect(page.locator(".place")).to_have_count(1)
    page.locator("input[name=choice][value=merged]").focus()
    page.keyboard.press("Space")
    page.locator("input[name=pick-0][value=theirs]").focus()
    page.keyboard.press("ArrowRight")  # to “ours”
    expect(page.locator("input[name=pick-0][value=ours]")).to_be_checked()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/deliveries/\d+/$"))
    stopped = page.url
    page.locator("form[action$='/retry/'] button").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: url != stopped)
    work()
    expect(page.locator("#run > p .chip.done")).to_be_visible()
    post = standing(target)[PATH].decode()
    assert "うちの一つ目の文です" in post
    assert "よその二つ目の文です" in post
    assert "よその一つ目" not in post


def test_no_page_of_a_delivery_is_wider_than_a_phone(
    phone: Page, sign_in: SignIn, tmp_path: Path, background: None
) -> None:
    sign_in(phone, make_editor(is_superuser=True))
    target = in_conflict(tmp_path)
    digest = target.posts.get().digest
    assert digest is not None
    digest.refresh_from_db()
    delivering.start(target.pk, {digest.pk: digest.changes}, by=None)
    work()
    stopped = Delivery.objects.latest("pk")
    assert stopped.state == "conflict"
    for path in (
        "/desk/",
        "/desk/sites/",
        f"/desk/sites/{target.pk}/",
        "/desk/deliveries/",
        f"/desk/deliveries/plan/?target={target.pk}&digest={digest.pk}",
        f"/desk/deliveries/{stopped.pk}/",
        f"/desk/deliveries/{stopped.pk}/posts/{stopped.items.get().pk}/",
        f"/desk/digests/{digest.pk}/publish/",
        f"/desk/digests/{digest.pk}/history/",
        f"/desk/digests/{digest.pk}/withdraw/",
        f"/desk/digests/{digest.pk}/export/?target={target.pk}",
        "/desk/authors/withdraw/?source=hackernews&name=author1",
    ):
        phone.goto(path)
        assert phone.evaluate("document.documentElement.scrollWidth") <= 390, path
