"""Where a request may go: only to addresses that were looked up and found harmless."""

import asyncio
from typing import Any

import httpx
import pytest

from digests.sources import web
from digests.sources.contract import (
    AddressForbidden,
    SourceUnreachable,
)
from digests.sources.guard import ForbiddenAddress, GuardedTransport, is_harmless, resolve
from tests.asking import ITEMS, Waits, ask, client
from tests.fake_hn import FakeHackerNews


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
def test_this_machine_is_not_asked_unless_allowed(host: str) -> None:
    waits = Waits()
    with FakeHackerNews(ITEMS) as site:
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


def test_an_unknown_name_is_unreachable() -> None:
    with pytest.raises(SourceUnreachable, match="no address"):
        ask(client("http://nowhere.invalid", sleep=Waits()))


def test_a_name_is_looked_up_for_real() -> None:
    assert asyncio.run(resolve("127.0.0.1")) == ["127.0.0.1"]
