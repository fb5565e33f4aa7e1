"""The only HTTP client, with a guard for addresses that people type in.

Without a guard it is for addresses out of our own settings. With one it reaches public addresses alone: every name is resolved, judged
and connected to in one step, at the moment of connecting, so that neither a spelling nor a second answer of the name server gets by.
"""

import asyncio
import ipaddress
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import httpcore2
import httpx2

from shared.tracing import current, span, tell

__all__ = ["AddressRefused", "AnswerTooLarge", "Client", "Guard", "HTTPError", "Response", "is_public", "open_client"]

Client = httpx2.AsyncClient
Response = httpx2.Response
HTTPError = httpx2.HTTPError

CONNECT_SECONDS, READ_SECONDS, WHOLE_SECONDS = 5.0, 10.0, 30.0
LARGEST_ANSWER = 10_000_000
# A server of one's own on another port belongs into the list of allowed ones.
OPEN_PORTS = frozenset({443})

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# Ours, because `is_global` calls NAT64, 6to4, site-local, documentation and multicast addresses global (Python 3.11).
_NOT_PUBLIC_V4 = [
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier's own
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local; cloud metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast relay
        "192.88.99.0/24",  # 6to4 relay
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # measurements
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved and broadcast
    )
]
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_NOT_PUBLIC_V6 = [
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo and ORCHID among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4 carries any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
]
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


class AddressRefused(httpx2.RequestError):
    """This address is not one we connect to."""


class AnswerTooLarge(httpx2.RequestError):
    """The server sent more than we read, or took longer than we wait."""


def is_public(text: str) -> bool:
    """Whether the address is one of the open internet. Anything that is not plainly one is not."""
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped
        if address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        if inner is None:
            return address in _GLOBAL_V6 and not any(address in network for network in _NOT_PUBLIC_V6)
        address = inner
    return not any(address in network for network in _NOT_PUBLIC_V4)


@dataclass(frozen=True)
class Guard:
    """What may be reached: the open internet by https, and the servers an operator has named as `host:port`."""

    allowed: frozenset[str] = frozenset()

    @classmethod
    def allowing(cls, servers: Iterable[str]) -> "Guard":
        """A guard that lets these `host:port` through, whatever their address."""
        return cls(frozenset(server.strip().lower() for server in servers if server.strip()))

    def lets_through(self, host: str, port: int) -> bool:
        """Whether an operator has named this very server."""
        return f"{host.lower()}:{port}" in self.allowed

    def check(self, url: httpx2.URL) -> None:
        """Refuse what can be told from the address alone. Raises AddressRefused."""
        if url.userinfo:
            raise AddressRefused("An address with a name or password in it is not used.")
        port = url.port or {"https": 443, "http": 80}.get(url.scheme, 0)
        if self.lets_through(url.host, port):
            return
        if url.scheme != "https":
            raise AddressRefused("The address must begin with https://.")
        if port not in OPEN_PORTS:
            raise AddressRefused(f"Port {port} is not open to addresses that people type in.")

    async def resolve(self, host: str, port: int) -> list[str]:
        """The addresses to connect to. Raises AddressRefused when any of them is not public: fail closed."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=1)
        except (OSError, UnicodeError) as error:
            raise AddressRefused(f"There is no server named {host}.") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        if not addresses or not all(is_public(address) for address in addresses):
            raise AddressRefused(f"{host} is not an address on the open internet.")
        return addresses


class _GuardedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to the address that was judged; the name is left for TLS to check."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface's own
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.AsyncNetworkStream:
        addresses = [host] if self._guard.lets_through(host, port) else await self._guard.resolve(host, port)
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._network.connect_tcp(addresses[-1], port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, path: str, *_: Any) -> httpcore2.AsyncNetworkStream:
        raise AddressRefused(f"{path} is not an address on the open internet.")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Bounded(httpx2.AsyncByteStream):
    """An answer's body, up to a size and a time."""

    def __init__(self, body: httpx2.AsyncByteStream, largest: int, until: float) -> None:
        self._body = body
        self._largest = largest
        self._until = until

    async def __aiter__(self) -> AsyncIterator[bytes]:
        length = 0
        async for chunk in self._body:
            length += len(chunk)
            if length > self._largest:
                raise AnswerTooLarge(f"The answer is longer than {self._largest // 1_000_000} MB.")
            if time.monotonic() > self._until:
                raise AnswerTooLarge("The answer took too long.")
            yield chunk

    async def aclose(self) -> None:
        await self._body.aclose()


class _Transport(httpx2.AsyncHTTPTransport):
    """httpx2's own transport with the guard's network below it and bounds around the answers."""

    def __init__(self, guard: Guard | None, largest: int, whole_seconds: float) -> None:
        super().__init__(trust_env=False, limits=httpx2.Limits(max_connections=100, max_keepalive_connections=20))
        self._guard = guard
        self._largest = largest
        self._whole_seconds = whole_seconds
        if guard is not None:
            self._pool = httpcore2.AsyncConnectionPool(
                ssl_context=httpx2.create_ssl_context(trust_env=False),
                max_connections=20,
                max_keepalive_connections=5,
                network_backend=_GuardedNetwork(guard),
            )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        until = time.monotonic() + self._whole_seconds
        if self._guard is None:
            # Only our own servers are told of our traces.
            with span(f"{request.method} {request.url.host}", kind="CLIENT", method=request.method):
                if traceparent := current():
                    request.headers["traceparent"] = traceparent
                response = await super().handle_async_request(request)
                tell(status=response.status_code)
                return response
        self._guard.check(request.url)
        request.headers["accept-encoding"] = "identity"  # nothing is unpacked, so nothing small becomes large
        try:
            async with asyncio.timeout(self._whole_seconds):
                response = await super().handle_async_request(request)
        except TimeoutError as error:
            raise AnswerTooLarge("The answer took too long.") from error
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            raise AnswerTooLarge("The answer is packed although it was asked for unpacked.")
        if isinstance(response.stream, httpx2.AsyncByteStream):
            response.stream = _Bounded(response.stream, self._largest, until)
        return response


def open_client(
    guard: Guard | None = None,
    *,
    base_url: str = "",
    headers: dict[str, str] | None = None,
    largest: int = LARGEST_ANSWER,
    whole_seconds: float = WHOLE_SECONDS,
    silent_seconds: float = READ_SECONDS,
) -> Client:
    """A client with time limits that follows no redirect and reads no proxy out of the environment.

    With a guard an answer may have `largest` bytes and take `whole_seconds`; without one it may stream as long as it likes. A server
    may say nothing for `silent_seconds`.
    """
    return httpx2.AsyncClient(
        base_url=base_url,
        headers=headers,
        transport=_Transport(guard, largest, whole_seconds),
        timeout=httpx2.Timeout(silent_seconds, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
    )
