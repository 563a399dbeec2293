"""A real Chromium for the tests that need one, and the watch over what its console says.

`page` is a desktop window, `open_page(...)` gives others (phone, dark, without JavaScript), `sign_in(page, user)` skips
the form. Addresses are paths on the live server. At the end of a test every error in a console, every violation of the
content security policy and every script error fails it, except those that `console.allow(...)` announced.
"""

import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Literal

import pytest
from django.contrib.auth.models import User
from django.db import connections
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, ViewportSize, sync_playwright
from pytest_django.live_server_helper import LiveServer

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
HOW_TO_GET_ONE = (
    "no Chromium or Chrome was found: install one (Debian, Ubuntu: apt install chromium; macOS: brew install --cask "
    "google-chrome) or name its program in MATOME_TEST_CHROMIUM"
)
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
WINDOWS: dict[str, ViewportSize] = {"desktop": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}

type OpenPage = Callable[..., Page]
type SignIn = Callable[[Page, User], None]


def find_chromium(environ: "os._Environ[str] | dict[str, str]" = os.environ) -> str | None:
    """The program MATOME_TEST_CHROMIUM names, or the first one found on the path or where macOS keeps it."""
    if named := environ.get("MATOME_TEST_CHROMIUM"):
        return named
    found = (shutil.which(name, path=environ.get("PATH", "")) for name in NAMES)
    return next((path for path in found if path), str(MAC) if MAC.exists() else None)


class Console:
    """What the consoles of one test's pages complained about."""

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.allowed = [r"/favicon\.ico"]  # browsers ask for it by themselves, on Django's admin pages too

    def allow(self, pattern: str) -> None:
        """Announces a complaint that belongs to the test, as a regular expression found in its text."""
        self.allowed.append(pattern)

    def watch(self, page: Page) -> None:
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"script error: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def unexpected(self) -> list[str]:
        return [text for text in self.complaints if not any(re.search(pattern, text) for pattern in self.allowed)]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = find_chromium()
    if program is None:
        if os.environ.get("MATOME_TEST_REQUIRE_BROWSER") == "1":
            pytest.fail(HOW_TO_GET_ONE)
        pytest.skip(HOW_TO_GET_ONE)
    # Playwright's synchronous calls run inside an event loop, in which Django refuses to touch the database, and has
    # connections of their own: those have to be closed before the loop ends, or nobody can reach them any more.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    connections.close_all()
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield started
        started.close()
        connections.close_all()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture
def console() -> Iterator[Console]:
    console = Console()
    yield console
    assert console.unexpected() == []


@pytest.fixture
def open_page(
    transactional_db: None, live_server: LiveServer, browser: Browser, console: Console
) -> Iterator[OpenPage]:
    """Opens windows such as `open_page(window="phone", scheme="dark", javascript=False)`, each with its own cookies."""
    contexts = []

    def open_page(
        *,
        window: Literal["desktop", "phone"] = "desktop",
        scheme: Literal["light", "dark"] = "light",
        javascript: bool = True,
        locale: str = "ja-JP",
    ) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport=WINDOWS[window],
            has_touch=window == "phone",
            color_scheme=scheme,
            java_script_enabled=javascript,
            locale=locale,
            reduced_motion="reduce",
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        console.watch(page)
        return page

    yield open_page
    for page in [page for context in contexts for page in context.pages]:
        # What a page tells on leaving would come while the database is being emptied.
        with suppress(Error):
            page.evaluate("navigator.sendBeacon = () => true")
    for context in contexts:
        context.close()
    _wait_for_answers()


def _wait_for_answers() -> None:
    """Until the live server is busy with nothing more: PostgreSQL does not empty tables that are being read."""
    ends = time.monotonic() + 5
    while time.monotonic() < ends and any("process_request" in one.name for one in threading.enumerate()):
        time.sleep(0.01)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    return open_page(window="phone")


@pytest.fixture
def sign_in(live_server: LiveServer) -> SignIn:
    """Gives the page's browser context the session of a user, as the sign-in form would."""

    def sign_in(page: Page, user: User) -> None:
        client = Client()
        client.force_login(user)
        session = client.cookies["sessionid"].value
        page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    return sign_in


def keep_from_hearing(board: Page) -> None:
    """The page learns what others did from the answers to its own acts alone, never by asking."""
    board.route("**/presence/", lambda route: route.fulfill(json={"here": [], "newer": False, "gone": []}))
