"""The server is killed with -9 in the middle of a save: nothing that was typed is lost, and saving goes on."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.test import Client
from playwright.sync_api import Page, expect

from digests.models import Digest
from tests.factories import make_digest, make_editor


class Server:
    """The real application server in processes of its own, on this test's database."""

    def __init__(self) -> None:
        with contextlib.closing(socket.socket()) as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        where = connection.settings_dict
        name = str(where["NAME"])
        database = f"sqlite:///{name}"
        if connection.vendor != "sqlite":
            database = f"postgres://{where['USER']}:{where['PASSWORD']}@{where['HOST']}:{where['PORT']}/{name}"
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "DATABASE_URL": database,
            "MATOME_DATA_DIR": str(settings.DATA_DIR),
            "MATOME_DEBUG": "1",  # which serves static files as they are
            "MATOME_BASE_URL": self.url,
            "DJANGO_SETTINGS_MODULE": "matome_site.settings",
        }
        gunicorn = [sys.executable, "-m", "gunicorn", "matome_site.wsgi", "--bind", f"127.0.0.1:{self.port}"]
        options = ["--worker-class", "gthread", "--threads", "8", "--log-level", "error"]
        self.process = subprocess.Popen(
            [*gunicorn, *options], cwd=settings.BASE_DIR, env=environment, start_new_session=True
        )
        for _ in range(300):
            with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
                urllib.request.urlopen(f"{self.url}/accounts/login/", timeout=2).close()
                return
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(0.1)
        pytest.fail("the server does not start")

    def kill(self) -> None:
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


@pytest.fixture
def server(transactional_db: None) -> Iterator[Server]:
    server = Server()
    server.start()
    yield server
    server.kill()


@pytest.fixture
def digest(transactional_db: None) -> Digest:
    return make_digest(texts=["一つ", "二つ"])


@pytest.fixture
def board(open_page: Any, server: Server, digest: Digest) -> Page:
    client = Client()
    client.force_login(make_editor())
    session = client.cookies["sessionid"].value
    page: Page = open_page()
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": server.url}])
    page.goto(f"{server.url}/desk/digests/{digest.pk}/")
    page.wait_for_load_state("load")
    return page


def test_a_save_that_dies_with_the_server_is_made_again_with_what_was_typed_since(board, server, digest, console):
    console.allow(r"ERR_|htmx:(afterRequest|sendError)")
    row = board.locator("#list li.quote").first
    text = row.locator("textarea")
    with transaction.atomic():  # the save waits for this
        Digest.objects.filter(pk=digest.pk).update(lead=F("lead"))
        text.fill("訳した文")
        expect(row.locator(".state")).to_have_class("state saving")
        board.wait_for_timeout(300)
        server.kill()
    expect(row.locator(".state")).to_have_class("state failed")
    assert digest.quotes.in_order()[0].text == "一つ"
    text.press("End")
    board.keyboard.insert_text("と続き")
    other = board.locator("#list li.quote").nth(1)
    other.locator("textarea").fill("次の訳")
    expect(other.locator(".state")).to_have_class("state failed")
    server.start()
    for one in (row, other):
        expect(one.locator(".state")).to_have_class("state saved", timeout=30_000)
    for _ in range(100):
        texts = [quote.text for quote in digest.quotes.in_order()]
        if texts == ["訳した文と続き", "次の訳"]:
            break
        board.wait_for_timeout(50)
    assert texts == ["訳した文と続き", "次の訳"]
    assert text.input_value() == "訳した文と続き"


def test_server_and_tab_die_together_and_the_text_comes_back(board, server, digest, console):
    console.allow(r"ERR_|htmx:(afterRequest|sendError)")
    row = board.locator("#list li.quote").first
    server.kill()
    row.locator("textarea").fill("どこにも届かなかった文")
    expect(row.locator(".state")).to_have_class("state failed")
    with board.expect_event("crash"), contextlib.suppress(Exception):
        board.goto("chrome://crash")
    server.start()
    again = board.context.new_page()
    again.goto(f"{server.url}/desk/digests/{digest.pk}/")
    row = again.locator("#list li.quote").first
    expect(row.locator("textarea")).to_have_value("どこにも届かなかった文")
    expect(row.locator(".state")).to_have_class("state saved")
    assert digest.quotes.in_order()[0].text == "どこにも届かなかった文"
