"""The way out: a connection is made only to an address that was looked up and found harmless.

Knows nothing of what is asked or answered.
"""

import asyncio
import ipaddress
import socket
import ssl
from collections.abc import Awaitable, Callable

import httpx

type Resolve = Callable[[str], Awaitable[list[str]]]
type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class ForbiddenAddress(Exception):
    """A host's name leads where no request may go."""


async def resolve(host: str) -> list[str]:
    """Every address of a host. Raises OSError when it has none."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))


def is_harmless(text: str, *, allow_loopback: bool = False) -> bool:
    """Whether an address is on the public Internet, or this machine itself where that is allowed."""
    address = _innermost(ipaddress.ip_address(text))
    if address.is_loopback:
        return allow_loopback
    # is_global calls some multicast and site-local addresses global.
    return address.is_global and not (address.is_multicast or address.is_reserved or _is_site_local(address))


def _innermost(address: Address) -> Address:
    """The IPv4 address that an IPv6 one stands for, if it does (mapped, 6to4, Teredo, NAT64)."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_site_local(address: Address) -> bool:
    return isinstance(address, ipaddress.IPv6Address) and address.is_site_local


class GuardedTransport(httpx.AsyncBaseTransport):
    """Looks each host up once, checks all its addresses, and connects to those very addresses.

    A name that changes its answer between the check and the connection gains nothing. TLS still names and verifies
    the host. `inner` makes the transport that connects, one per host, so that no connection serves two hosts.
    """

    def __init__(
        self,
        *,
        allow_loopback: bool = False,
        most_connections: int = 16,
        resolve: Resolve = resolve,
        inner: Callable[[], httpx.AsyncBaseTransport] | None = None,
    ) -> None:
        self._allow_loopback = allow_loopback
        self._limits = httpx.Limits(max_connections=most_connections, max_keepalive_connections=most_connections)
        self._resolve = resolve
        self._inner = inner or self._connecting
        self._checked: dict[str, list[str]] = {}
        self._checking = asyncio.Lock()
        self._transports: dict[str, httpx.AsyncBaseTransport] = {}
        self._tls: ssl.SSLContext | None = None

    def _connecting(self) -> httpx.AsyncBaseTransport:
        # trust_env means SSL_CERT_FILE and SSL_CERT_DIR here, nothing else.
        self._tls = self._tls or httpx.create_ssl_context(trust_env=True)
        return httpx.AsyncHTTPTransport(verify=self._tls, limits=self._limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        if request.url.scheme not in {"http", "https"}:
            raise ForbiddenAddress(f"{request.url.scheme} is not spoken")
        addresses = await self._addresses(host)
        if host not in self._transports:
            self._transports[host] = self._inner()
        for address in addresses[:-1]:
            try:
                return await self._transports[host].handle_async_request(_redirected(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return await self._transports[host].handle_async_request(_redirected(request, addresses[-1]))

    async def _addresses(self, host: str) -> list[str]:
        async with self._checking:
            if host not in self._checked:
                self._checked[host] = await self._look_up(host)
            return self._checked[host]

    async def _look_up(self, host: str) -> list[str]:
        try:
            addresses = await self._resolve(host)
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError(f"{host} has no address ({error})") from error
        for address in addresses:
            if not is_harmless(address, allow_loopback=self._allow_loopback):
                raise ForbiddenAddress(f"{host} is {address}, which is not on the public Internet")
        return addresses

    async def aclose(self) -> None:
        for transport in self._transports.values():
            await transport.aclose()


def _redirected(request: httpx.Request, address: str) -> httpx.Request:
    """The same request to one address; its Host header and the name TLS verifies stay the host's."""
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": request.url.host},
    )
