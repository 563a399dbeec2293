"""The browser fixtures themselves: what they open, what they notice, and what happens where no browser is."""

import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from tests.browser import Console, OpenPage, SignIn, find_chromium


def test_a_page_of_the_live_server_opens_and_its_form_signs_in(page: Page, transactional_db: None) -> None:
    User.objects.create_superuser("editor", password="correct horse")
    page.goto("/django-admin/login/")
    page.get_by_label("ユーザー名").fill("editor")
    page.get_by_label("パスワード").fill("correct horse")
    page.get_by_role("button").last.click()
    expect(page.locator("#user-tools")).to_contain_text("editor")


def test_sign_in_needs_no_form(phone: Page, sign_in: SignIn) -> None:
    sign_in(phone, User.objects.create_superuser("editor"))
    phone.goto("/django-admin/")
    expect(phone.locator("#user-tools")).to_contain_text("editor")
    assert phone.evaluate("[innerWidth, innerHeight]") == [390, 844]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_has_the_colour_scheme_it_was_opened_with(open_page: OpenPage, scheme: str) -> None:
    page = open_page(scheme=scheme)
    page.goto("/django-admin/login/")
    assert page.evaluate(f"matchMedia('(prefers-color-scheme: {scheme})').matches")


def test_without_javascript_no_script_runs(open_page: OpenPage) -> None:
    page = open_page(javascript=False)
    page.set_content("<p>before</p><script>document.querySelector('p').textContent = 'after'</script>")
    expect(page.locator("p")).to_have_text("before")


def test_a_violation_of_the_content_security_policy_is_noticed(page: Page, console: Console) -> None:
    page.goto("/django-admin/login/")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'x = 1'}))")
    page.wait_for_function("typeof x === 'undefined'")
    complaints = console.unexpected()
    assert len(complaints) == 2
    assert all("Content Security Policy" in text for text in complaints)
    console.allow("Content Security Policy")


def test_an_error_in_a_script_and_a_missing_file_are_noticed(page: Page, console: Console) -> None:
    page.goto("/django-admin/login/")
    with page.expect_response("**/missing.png"):
        page.evaluate("document.body.append(Object.assign(document.createElement('img'), {src: '/missing.png'}))")
    page.evaluate("setTimeout(() => { throw new Error('out of order') })")
    page.wait_for_timeout(100)
    assert sorted(text.split(":")[0] for text in console.unexpected()) == ["Failed to load resource", "script error"]
    console.allow("missing.png|out of order")


def test_a_named_program_comes_before_the_path(tmp_path: Path) -> None:
    program = tmp_path / "google-chrome"
    program.touch(mode=0o700)
    assert find_chromium({"PATH": str(tmp_path)}) == str(program)
    assert find_chromium({"PATH": str(tmp_path), "MATOME_TEST_CHROMIUM": "/opt/mine"}) == "/opt/mine"


@pytest.mark.parametrize(("required", "outcome"), [("0", "1 skipped"), ("1", "1 error")])
def test_without_a_browser_its_tests_are_skipped_unless_it_is_required(
    tmp_path: Path, required: str, outcome: str
) -> None:
    (tmp_path / "conftest.py").write_text("pytest_plugins = ['tests.browser']\n")
    (tmp_path / "test_one.py").write_text("def test_one(browser): pass\n")
    run = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-rsE"),
            *("-c", settings.BASE_DIR / "pyproject.toml", "--rootdir", tmp_path, tmp_path / "test_one.py"),
        ],
        cwd=settings.BASE_DIR,
        env={"PATH": "/nowhere", "MATOME_TEST_REQUIRE_BROWSER": required},
        check=False,
        capture_output=True,
        text=True,
    )
    assert outcome in run.stdout, run.stdout + run.stderr
    assert "apt install chromium" in run.stdout
