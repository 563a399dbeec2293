"""Questions to sites over HTTP, every answer treated as hostile: which addresses, how long, how often, how big.

Knows no site, no database and no settings: bases, limits and the pace are passed in with a `Client`.

No redirect is followed and no proxy is taken from the environment: behind a proxy it is the proxy that looks names up,
and the check of addresses would check nothing.
"""

import asyncio
import json
import random
import threading
import zlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from concurrent import futures
from contextlib import AsyncExitStack, aclosing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Self
from urllib.parse import quote

import httpx

from digests.sources.contract import (
    AddressForbidden,
    AnswerTooLarge,
    BadAnswer,
    Progress,
    SourceError,
    SourceRefused,
    SourceUnreachable,
    ThreadNotFound,
)
from digests.sources.guard import ForbiddenAddress, GuardedTransport

LONGEST_WAIT_SECONDS = 60.0  # a site that asks for a longer pause is not asked again
FIRST_BACKOFF_SECONDS = 0.5
TICK_SECONDS = 0.1  # how often progress is told, and so how soon a cancelled import notices

_WORTH_ANOTHER_TRY = frozenset({408, 425, 429})
_IN_HEADERS = "".join(map(chr, range(0x20, 0x7F)))
_chance = random.SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """How to ask. `bases` are the addresses below which everything asked for lies, by name; none ends with a slash.

    `concurrency` counts requests under way at once, `timeout_seconds` is for one request with its whole answer,
    `transport` stands in for the network, `sleep` for waiting (both in tests).
    """

    bases: Mapping[str, str]
    user_agent: str
    allow_loopback: bool = False
    concurrency: int = 16
    timeout_seconds: float = 20
    tries: int = 4
    transport: httpx.AsyncBaseTransport | None = None
    sleep: Callable[[float], Awaitable[None]] = field(default=asyncio.sleep)


def user_agent(version: str, contact: str) -> str:
    """How we introduce ourselves: a site's people must be able to find whoever runs this."""
    return f"Matome/{version} (+{quote(contact, safe=_IN_HEADERS)})"


class Session:
    """The requests of one import. `done` and `expected` are its progress, for whoever watches from outside."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.done = 0
        self.expected: int | None = None
        self._places = asyncio.Semaphore(client.concurrency)
        self._quiet_until: dict[str, float] = {}  # base name → loop time before which the site wants no request
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        client = self.client
        self._http = await self._stack.enter_async_context(
            httpx.AsyncClient(
                transport=client.transport
                or GuardedTransport(allow_loopback=client.allow_loopback, most_connections=client.concurrency),
                timeout=httpx.Timeout(client.timeout_seconds, pool=None),
                headers={"User-Agent": client.user_agent, "Accept": "application/json", "Accept-Encoding": "gzip"},
                follow_redirects=False,
                trust_env=False,
            )
        )
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self._stack.aclose()

    async def get_json(self, base: str, path: str, *, limit_bytes: int, tries: int | None = None) -> object:
        """The answer's JSON. Raises the errors of the contract, after all tries; 404 and 410 are `ThreadNotFound`.

        A time-out or an unreadable answer has cost much already and counts as two tries.
        """
        left = tries or self.client.tries
        backoff_seconds = FIRST_BACKOFF_SECONDS
        while True:
            try:
                async with self._places:
                    await self._keep_quiet(base)
                    return await self._ask(self.client.bases[base] + path, limit_bytes)
            except _FailedTry as failed:
                left -= failed.cost
                wait_seconds = failed.retry_after_seconds
                if left <= 0 or (wait_seconds or 0) > LONGEST_WAIT_SECONDS:
                    raise failed.error from failed
                if wait_seconds is None:
                    wait_seconds = backoff_seconds * _chance.uniform(0.5, 1)
                    backoff_seconds *= 2
                else:
                    self._quiet_until[base] = asyncio.get_running_loop().time() + wait_seconds
                await self.client.sleep(wait_seconds)

    async def _keep_quiet(self, base: str) -> None:
        """One request was told to wait: the others of the same site wait as well."""
        pause_seconds = self._quiet_until.get(base, 0) - asyncio.get_running_loop().time()
        if pause_seconds > 0:
            await self.client.sleep(pause_seconds)

    async def _ask(self, url: str, limit_bytes: int) -> object:
        """One try. Raises `_FailedTry` when another may help, a `SourceError` when none will."""
        try:
            async with asyncio.timeout(self.client.timeout_seconds), self._http.stream("GET", url) as response:
                _check_status(response, url)
                text = await _read(response, url, limit_bytes)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise _FailedTry(SourceUnreachable(f"{url}: no answer in time"), cost=2) from error
        except ForbiddenAddress as error:
            raise AddressForbidden(f"{url}: {error}") from error
        except httpx.TransportError as error:
            raise _FailedTry(SourceUnreachable(f"{url}: {str(error) or type(error).__name__}")) from error
        try:
            return json.loads(text, strict=False)
        except (ValueError, RecursionError) as error:
            raise _FailedTry(BadAnswer(f"{url}: {error}"), cost=2) from error


class _FailedTry(Exception):
    """A try that failed in a way that may pass; `error` is what it means when there is no try left."""

    def __init__(self, error: SourceError, *, cost: int = 1, retry_after_seconds: float | None = None) -> None:
        super().__init__(str(error))
        self.error = error
        self.cost = cost
        self.retry_after_seconds = retry_after_seconds


def _check_status(response: httpx.Response, url: str) -> None:
    status = response.status_code
    if status == 200:
        return
    if status in {404, 410}:
        raise ThreadNotFound(f"{url}: {status}")
    refused = SourceRefused(f"{url}: {status} {response.reason_phrase}".rstrip())
    if status in _WORTH_ANOTHER_TRY or status >= 500:
        after = retry_after_seconds(response.headers.get("Retry-After", ""), now=datetime.now(UTC))
        raise _FailedTry(refused, retry_after_seconds=after)
    raise refused


def retry_after_seconds(value: str, *, now: datetime) -> float | None:
    """The header's seconds, or seconds until its HTTP date (RFC 9110, 10.2.3); None when there is nothing to read."""
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # a year or an offset of twenty digits overflows
        return None
    return max(0.0, ((at if at.tzinfo else at.replace(tzinfo=UTC)) - now).total_seconds())


async def _read(response: httpx.Response, url: str, limit_bytes: int) -> bytes:
    """The whole body, unpacked; neither its packed nor its unpacked form may pass the limit."""
    encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in {"identity", "gzip"}:
        raise BadAnswer(f"{url}: content encoding {encoding!r} was not asked for")
    too_large = AnswerTooLarge(f"{url}: more than {limit_bytes} bytes")
    declared = response.headers.get("Content-Length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > 15 or int(declared) > limit_bytes):
        raise too_large
    unpacker = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS) if encoding == "gzip" else None
    body = bytearray()
    received_bytes = 0
    async with aclosing(_raw(response)) as chunks:
        async for chunk in chunks:
            received_bytes += len(chunk)
            body += _unpacked(unpacker, chunk, limit_bytes - len(body) + 1) if unpacker else chunk
            if len(body) > limit_bytes or received_bytes > limit_bytes:
                raise too_large
    if unpacker and not unpacker.eof:
        raise httpx.RemoteProtocolError("the packed answer ends too early")
    return bytes(body)


async def _raw(response: httpx.Response) -> AsyncGenerator[bytes]:
    """The bytes as they arrive. `aiter_raw` refuses the ready-made answers that a stand-in transport gives."""
    if not isinstance(response.stream, httpx.AsyncByteStream):
        raise TypeError("the transport must be an asynchronous one")
    chunks = aiter(response.stream)
    try:
        async for chunk in chunks:
            yield chunk
    finally:
        if isinstance(chunks, AsyncGenerator):  # left half-way it must not wait for the garbage collector
            await chunks.aclose()


def _unpacked(unpacker: "zlib._Decompress", chunk: bytes, most_bytes: int) -> bytes:
    try:
        return unpacker.decompress(chunk, most_bytes)
    except zlib.error as error:
        raise httpx.RemoteProtocolError(f"not gzip: {error}") from error


def run[T](client: Client, work: Callable[[Session], Awaitable[T]], progress: Progress) -> T:
    """The result of `work`, which runs in an event loop of its own thread.

    `progress` is called here, in the caller's thread (it may use the database), every `TICK_SECONDS`, whatever the
    work is waiting for; what it raises ends the work at once.
    """
    session = Session(client)
    loop = asyncio.new_event_loop()
    task = loop.create_task(_in_session(session, work))
    outcome: futures.Future[T] = futures.Future()
    thread = threading.Thread(target=_drive, args=(loop, task, outcome), name="matome-source", daemon=True)
    thread.start()
    try:
        while True:
            finished, _ = futures.wait([outcome], timeout=TICK_SECONDS)
            if finished and outcome.exception() is not None:
                return outcome.result()
            progress(session.done, session.expected)
            if finished:
                return outcome.result()
    finally:
        with suppress(RuntimeError):  # the loop is closed: the work has ended
            loop.call_soon_threadsafe(task.cancel)
        thread.join(timeout=5)


async def _in_session[T](session: Session, work: Callable[[Session], Awaitable[T]]) -> T:
    async with session:
        return await work(session)


def _drive[T](loop: asyncio.AbstractEventLoop, task: asyncio.Task[T], outcome: futures.Future[T]) -> None:
    try:
        outcome.set_result(loop.run_until_complete(task))
    except BaseException as error:
        outcome.set_exception(error)
    finally:
        # Not asyncio.run: that would wait for a name look-up that hangs.
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.close()
