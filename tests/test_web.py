"""Requests to sites: where they may go, how long they may take, how big an answer may be, when to try again."""

import asyncio
import gzip
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest

from digests.sources import web
from digests.sources.contract import (
    AddressForbidden,
    AnswerTooLarge,
    BadAnswer,
    ImportCancelled,
    SourceRefused,
    SourceUnreachable,
    ThreadNotFound,
)
from digests.sources.guard import ForbiddenAddress, GuardedTransport, is_harmless, resolve
from tests.fake_hn import FakeHackerNews

ITEMS = {1: {"id": 1, "type": "story", "title": "One"}}


class Waits:
    """Stands in for `asyncio.sleep`: notes what was to be waited, and does not wait."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def site() -> Iterator[FakeHackerNews]:
    with FakeHackerNews(ITEMS) as site:
        yield site


@pytest.fixture
def waits() -> Waits:
    return Waits()


def client(base: str, **fields: Any) -> web.Client:
    usual: dict[str, Any] = {"user_agent": "Matome/test", "allow_loopback": True, "timeout_seconds": 5}
    return web.Client(bases={"site": base}, **usual | fields)


def ask(client: web.Client, path: str = "/item/1.json", limit_bytes: int = 10_000, tries: int | None = None) -> object:
    return web.run(
        client,
        lambda session: session.get_json("site", path, limit_bytes=limit_bytes, tries=tries),
        lambda done, expected: None,
    )


def answering(handler: Callable[[httpx.Request], httpx.Response], **fields: Any) -> web.Client:
    return client("http://site.example", transport=httpx.MockTransport(handler), **fields)


def test_an_answer_is_read_and_we_say_who_asks(site: FakeHackerNews) -> None:
    agent = web.user_agent("1.2", "https://matome.example/contact")
    assert ask(client(site.firebase_url, user_agent=agent)) == ITEMS[1]
    assert site.user_agents == {"Matome/1.2 (+https://matome.example/contact)"}


def test_a_packed_answer_is_unpacked() -> None:
    body = gzip.compress(b'{"a": 1}')
    assert ask(answering(lambda request: httpx.Response(200, content=body, headers={"Content-Encoding": "gzip"}))) == {
        "a": 1
    }


def test_a_missing_item_is_not_asked_for_again(site: FakeHackerNews, waits: Waits) -> None:
    with pytest.raises(ThreadNotFound):
        ask(client(site.base_url, sleep=waits), "/nothing")
    assert (len(site.requests), waits.seconds) == (1, [])


@pytest.mark.parametrize("status", [400, 401, 403, 451])
def test_a_refusal_is_not_asked_again(site: FakeHackerNews, status: int) -> None:
    site.fail("/item/1", status=status)
    with pytest.raises(SourceRefused, match=str(status)):
        ask(client(site.firebase_url))
    assert len(site.requests) == 1


@pytest.mark.parametrize("status", [429, 408, 500, 502, 503])
def test_a_passing_failure_is_tried_again_with_growing_pauses(site: FakeHackerNews, waits: Waits, status: int) -> None:
    site.fail("/item/1", status=status, times=3)
    assert ask(client(site.firebase_url, sleep=waits)) == ITEMS[1]
    assert len(site.requests) == 4
    assert [0.25 * 2**number <= wait <= 0.5 * 2**number for number, wait in enumerate(waits.seconds)] == [True] * 3


def test_a_lasting_failure_ends_after_all_tries(site: FakeHackerNews, waits: Waits) -> None:
    site.fail("/item/1", status=503)
    with pytest.raises(SourceRefused, match="503"):
        ask(client(site.firebase_url, sleep=waits, tries=3))
    assert (len(site.requests), len(waits.seconds)) == (3, 2)


def test_retry_after_in_seconds_is_obeyed(site: FakeHackerNews, waits: Waits) -> None:
    site.fail("/item/1", status=429, retry_after="7", times=1)
    assert ask(client(site.firebase_url, sleep=waits)) == ITEMS[1]
    assert waits.seconds[0] == 7


def test_retry_after_as_a_date_is_obeyed(site: FakeHackerNews, waits: Waits) -> None:
    at = datetime.now(UTC) + timedelta(seconds=30)
    site.fail("/item/1", status=503, retry_after=format_datetime(at, usegmt=True), times=1)
    assert ask(client(site.firebase_url, sleep=waits)) == ITEMS[1]
    assert 25 < waits.seconds[0] <= 30


def test_a_site_that_asks_for_a_very_long_pause_is_left_alone(site: FakeHackerNews, waits: Waits) -> None:
    site.fail("/item/1", status=429, retry_after="3600")
    with pytest.raises(SourceRefused):
        ask(client(site.firebase_url, sleep=waits))
    assert (len(site.requests), waits.seconds) == (1, [])


def test_one_request_told_to_wait_makes_the_others_of_that_site_wait(site: FakeHackerNews, waits: Waits) -> None:
    site.fail("/item/1", status=429, retry_after="9", times=1)

    async def two_in_turn(session: web.Session) -> None:
        asked = asyncio.create_task(session.get_json("site", "/item/1.json", limit_bytes=1000))
        while not waits.seconds:
            await asyncio.sleep(0.01)
        await session.get_json("site", "/item/2.json", limit_bytes=1000)
        await asked

    web.run(client(site.firebase_url, sleep=waits), two_in_turn, lambda done, expected: None)
    assert waits.seconds[0] == 9
    assert [8 < wait <= 9 for wait in waits.seconds[1:]] == [True, True]


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        (" 0 ", 0),
        ("Thu, 01 Jan 2026 00:00:30 GMT", 30),
        ("Wed, 31 Dec 2025 00:00:00 GMT", 0),
        ("9" * 400, 999999999),
        ("soon", None),
        ("", None),
        ("-5", None),
        ("１２", None),
    ],
)
def test_retry_after_is_read(value: str, seconds: float | None) -> None:
    assert web.retry_after_seconds(value, now=NOW) == seconds


def test_a_dropped_connection_is_tried_again(site: FakeHackerNews, waits: Waits) -> None:
    site.fail("/item/1", "reset", times=2)
    assert ask(client(site.firebase_url, sleep=waits)) == ITEMS[1]
    assert len(site.requests) == 3


def test_nobody_listening_is_unreachable(waits: Waits) -> None:
    with FakeHackerNews(ITEMS) as gone:
        address = gone.firebase_url
    with pytest.raises(SourceUnreachable):
        ask(client(address, sleep=waits))
    assert len(waits.seconds) == 3


@pytest.mark.parametrize("kind", ["hang", "drip"])
def test_an_answer_that_does_not_end_in_time_is_given_up_after_two_tries(
    site: FakeHackerNews, waits: Waits, kind: Any
) -> None:
    site.fail("/item/1", kind)
    started = time.monotonic()
    with pytest.raises(SourceUnreachable, match="in time"):
        ask(client(site.firebase_url, sleep=waits, timeout_seconds=0.3))
    assert len(site.requests) == 2
    assert 0.6 <= time.monotonic() - started < 3


@pytest.mark.parametrize("body", [b'{"id": 1', b"", b"<html>", b"\xff\xfe\xfd", b"[" * 200_000, b"1" * 5000])
def test_an_answer_that_is_no_json_is_a_bad_answer(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        ask(answering(lambda request: httpx.Response(200, content=body), tries=1), limit_bytes=300_000)


def test_a_truncated_answer_is_asked_for_once_more(site: FakeHackerNews, waits: Waits) -> None:
    site.fail("/item/1", "truncated", times=1)
    assert ask(client(site.firebase_url, sleep=waits)) == ITEMS[1]
    assert len(site.requests) == 2


def test_an_answer_that_is_not_packed_as_it_says_is_unreadable(site: FakeHackerNews, waits: Waits) -> None:
    site.fail("/item/1", "garbled")
    with pytest.raises(SourceUnreachable, match="not gzip"):
        ask(client(site.firebase_url, sleep=waits))


def test_a_packed_answer_that_ends_too_early_is_not_taken_for_whole() -> None:
    body = gzip.compress(b'{"a": 1}' + b" " * 1000)[:-9]
    response = httpx.Response(200, content=body, headers={"Content-Encoding": "gzip"})
    with pytest.raises(SourceUnreachable, match="too early"):
        ask(answering(lambda request: response, tries=1))


def test_an_encoding_we_did_not_ask_for_is_a_bad_answer() -> None:
    def brotli(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(b"x"), headers={"Content-Encoding": "br"})

    with pytest.raises(BadAnswer, match="br"):
        ask(answering(brotli))


def test_an_answer_over_the_limit_is_cut_off(site: FakeHackerNews) -> None:
    site.fail("/item/1", "oversize", oversize_bytes=50_000_000)
    with pytest.raises(AnswerTooLarge):
        ask(client(site.firebase_url), limit_bytes=100_000)
    assert len(site.requests) == 1


def test_an_answer_that_announces_more_than_the_limit_is_not_read() -> None:
    def announcing(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, stream=httpx.ByteStream(b""), headers={"Content-Length": "9" * 30})

    with pytest.raises(AnswerTooLarge):
        ask(answering(announcing))


def test_a_packed_answer_that_swells_over_the_limit_is_cut_off() -> None:
    bomb = gzip.compress(b"[" + b" " * 50_000_000 + b"]")
    with pytest.raises(AnswerTooLarge):
        ask(
            answering(lambda request: httpx.Response(200, content=bomb, headers={"Content-Encoding": "gzip"})),
            limit_bytes=100_000,
        )


def test_an_answer_of_exactly_the_limit_is_read() -> None:
    body = b'"' + b"x" * 98 + b'"'
    assert ask(answering(lambda request: httpx.Response(200, content=body)), limit_bytes=100) == "x" * 98
    with pytest.raises(AnswerTooLarge):
        ask(answering(lambda request: httpx.Response(200, content=body)), limit_bytes=99)


def test_a_redirect_is_not_followed(site: FakeHackerNews) -> None:
    site.fail("/item/1", "redirect")
    with pytest.raises(SourceRefused, match="302"):
        ask(client(site.firebase_url))
    assert len(site.requests) == 1


def test_no_more_requests_at_once_than_allowed() -> None:
    items = {number: {"id": number} for number in range(1, 31)}

    async def all_of_them(session: web.Session) -> None:
        async with asyncio.TaskGroup() as group:
            for number in items:
                group.create_task(session.get_json("site", f"/item/{number}.json", limit_bytes=100))

    with FakeHackerNews(items, latency_seconds=0.03) as site:
        web.run(client(site.firebase_url, concurrency=4), all_of_them, lambda done, expected: None)
        assert (site.most_at_once, len(site.requests)) == (4, 30)


# Where a request may go.


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "127.9.9.9", "::1", "10.0.0.1", "172.16.5.5", "192.168.1.1", "169.254.169.254", "0.0.0.0"),
        *("100.64.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1"),
        *("fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "::", "2001:db8::1", "::ffff:127.0.0.1"),
        *("::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1"),
    ],
)
def test_an_address_inside_is_forbidden(address: str) -> None:
    assert not is_harmless(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_an_address_on_the_internet_is_harmless(address: str) -> None:
    assert is_harmless(address)


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
def test_this_machine_is_harmless_where_that_is_allowed(address: str) -> None:
    assert is_harmless(address, allow_loopback=True)
    assert not is_harmless("10.0.0.1", allow_loopback=True)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1"])
def test_this_machine_is_not_asked_unless_allowed(site: FakeHackerNews, waits: Waits, host: str) -> None:
    address = site.firebase_url.replace("127.0.0.1", host)
    with pytest.raises(AddressForbidden, match="public Internet"):
        ask(client(address, allow_loopback=False, sleep=waits))
    assert (site.requests, waits.seconds) == ([], [])


@pytest.mark.parametrize("scheme", ["ftp", "file", "gopher"])
def test_only_web_schemes_are_spoken(scheme: str) -> None:
    transport = GuardedTransport(allow_loopback=True)
    with pytest.raises((ForbiddenAddress, httpx.UnsupportedProtocol)):
        asyncio.run(transport.handle_async_request(httpx.Request("GET", f"{scheme}://127.0.0.1/")))


def guarded(addresses: list[list[str]], seen: list[httpx.Request], **fields: Any) -> GuardedTransport:
    """A transport whose name look-ups give `addresses`, one list after the other, and that connects nowhere."""

    async def look_up(host: str) -> list[str]:
        return addresses.pop(0)

    def connect(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if request.url.host == "1.1.1.1":
            raise httpx.ConnectError("nobody there")
        return httpx.Response(200, json=1)

    return GuardedTransport(resolve=look_up, inner=lambda: httpx.MockTransport(connect), **fields)


def test_the_connection_goes_to_the_address_that_was_checked_and_the_name_is_looked_up_once() -> None:
    seen: list[httpx.Request] = []
    transport = guarded([["8.8.8.8"], ["127.0.0.1"]], seen)
    rebinding = client("https://site.example:8443/x", transport=transport, allow_loopback=False)

    async def twice(session: web.Session) -> None:
        for _ in range(2):
            await session.get_json("site", "/y?z=1", limit_bytes=100)

    web.run(rebinding, twice, lambda done, expected: None)
    assert [str(request.url) for request in seen] == ["https://8.8.8.8:8443/x/y?z=1"] * 2
    assert {request.headers["Host"] for request in seen} == {"site.example:8443"}
    assert {request.extensions["sni_hostname"] for request in seen} == {"site.example"}


def test_one_forbidden_address_among_several_is_enough_to_refuse() -> None:
    seen: list[httpx.Request] = []
    with pytest.raises(AddressForbidden):
        ask(client("http://site.example", transport=guarded([["8.8.8.8", "10.0.0.1"]], seen)))
    assert seen == []


def test_an_address_where_nobody_answers_gives_way_to_the_next() -> None:
    seen: list[httpx.Request] = []
    transport = guarded([["1.1.1.1", "2606:4700::1111"]], seen)
    assert ask(client("http://site.example", transport=transport)) == 1
    assert [request.url.host for request in seen] == ["1.1.1.1", "2606:4700::1111"]


def test_an_unknown_name_is_unreachable(waits: Waits) -> None:
    with pytest.raises(SourceUnreachable, match="no address"):
        ask(client("http://nowhere.invalid", sleep=waits))


def test_a_name_is_looked_up_for_real() -> None:
    assert asyncio.run(resolve("127.0.0.1")) == ["127.0.0.1"]


# Running and stopping.


def test_progress_is_told_in_the_callers_own_thread(site: FakeHackerNews) -> None:
    site.latency_seconds = 0.3
    told: list[tuple[int, int | None, str]] = []

    async def work(session: web.Session) -> str:
        session.done, session.expected = 3, 9
        await session.get_json("site", "/item/1.json", limit_bytes=1000)
        return "result"

    here = threading.current_thread().name
    note = lambda done, expected: told.append((done, expected, threading.current_thread().name))  # noqa: E731
    assert web.run(client(site.firebase_url), work, note) == "result"
    assert told[-1] == (3, 9, here)
    assert len(told) >= 3


@pytest.mark.parametrize("waiting_for", ["a hanging answer", "a pause between tries", "a place"])
def test_cancelling_ends_the_work_at_once(site: FakeHackerNews, waiting_for: str) -> None:
    if waiting_for == "a pause between tries":
        site.fail("/item/1", status=429, retry_after="50")
    else:
        site.fail("/item/1", "hang")
    started = time.monotonic()

    def progress(done: int, expected: int | None) -> None:
        if site.requests and time.monotonic() - started > 0.2:
            raise ImportCancelled

    async def work(session: web.Session) -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(3 if waiting_for == "a place" else 1):
                group.create_task(session.get_json("site", "/item/1.json", limit_bytes=1000))

    with pytest.raises(ImportCancelled):
        web.run(client(site.firebase_url, timeout_seconds=60, concurrency=1), work, progress)
    assert time.monotonic() - started < 2
    assert not [thread for thread in threading.enumerate() if thread.name == "matome-source"]


def test_what_goes_wrong_inside_comes_out() -> None:
    async def work(session: web.Session) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        web.run(client("http://site.example"), work, lambda done, expected: None)
