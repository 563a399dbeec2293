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
    AnswerTooLarge,
    BadAnswer,
    ImportCancelled,
    SourceRefused,
    SourceUnreachable,
    ThreadNotFound,
)
from tests.asking import ITEMS, Waits, ask, client
from tests.fake_hn import FakeHackerNews


@pytest.fixture
def site() -> Iterator[FakeHackerNews]:
    with FakeHackerNews(ITEMS) as site:
        yield site


@pytest.fixture
def waits() -> Waits:
    return Waits()


def answering(handler: Callable[[httpx.Request], httpx.Response], **fields: Any) -> web.Client:
    return client("http://site.example", transport=httpx.MockTransport(handler), **fields)


def test_an_answer_is_read_and_we_say_who_asks(site: FakeHackerNews) -> None:
    agent = web.user_agent("1.2", "https://matome.example/contact 編")
    assert ask(client(site.firebase_url, user_agent=agent)) == ITEMS[1]
    assert site.user_agents == {"Matome/1.2 (+https://matome.example/contact %E7%B7%A8)"}


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
        (f"Thu, 01 Jan {'9' * 20} 00:00:30 GMT", None),
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
