"""The guard for addresses that people type in: what is public, and that nothing else is ever connected to."""

import asyncio
import socket
from collections.abc import AsyncIterator
from typing import Any

import httpcore2
import httpx2
import pytest

from shared.http import AddressRefused, AnswerTooLarge, Guard, _Bounded, is_public, open_client

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "172.15.0.1",
    "172.32.0.1",
    "100.63.0.1",
    "198.17.0.1",
    "2606:4700::1111",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]
NOT_PUBLIC = [
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1"),  # noqa: S104 - an address to refuse
    *("169.254.169.254", "100.64.0.1", "100.127.255.255", "192.0.0.1", "192.0.2.1", "198.18.0.1", "198.19.255.255"),
    *("198.51.100.1", "203.0.113.1", "192.88.99.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255"),
    *("::1", "::", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00::1"),
    *("64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2001::1", "2001:db8::1", "ff02::1", "3fff::1", "5f00::1"),
    *("100::1", "", "localhost", "2130706433", "127.1", "0x7f.1"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_open_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_anything_else_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "ftp://example.org/",
        "https://example.org:8443/",
        "https://example.org:22/",
        "https://user:secret@example.org/",
        "http://127.0.0.1:5233/",
    ],
)
async def test_an_address_is_refused_before_anything_is_resolved(url: str) -> None:
    async with open_client(Guard.allowing(["127.0.0.1:5232"])) as client:
        with pytest.raises(AddressRefused):
            await client.get(url)


SPELLINGS = [
    *("127.0.0.1", "127.1", "127.0.1", "127.255.255.254", "localhost", "LOCALHOST", "localhost.", "LocalHost.localdomain"),
    *("0x7f.1", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "0177.1", "017700000001", "2130706433", "0x7F.0x0.0x0.0x1", "127.0.0.1."),
    *("0", "0.0.0.0", "0x0", "00000000", "%31%32%37.0.0.1", "①②⑦.⓪.⓪.①", "127。0。0。1", "127．0．0．1"),  # noqa: S104, RUF001 - to refuse
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]"),
    *("[64:ff9b::169.254.169.254]", "[64:ff9b:1::1]", "[2002:7f00:1::]", "[fe80::1]", "[fe80::1%25eth0]", "[fec0::1]", "[fd00::1]"),
    *("169.254.169.254", "0xa9fea9fe", "2852039166", "0251.0376.0251.0376", "169.254.43518", "[::ffff:a9fe:a9fe]", "[fd00:ec2::254]"),
    *("10.0.0.1", "10.1", "172.16.0.1", "192.168.1.1", "192.168.257", "100.64.0.1", "198.18.0.1", "192.0.0.1", "224.0.0.1"),
    *("255.255.255.255", "127.0.0.1%00.example.org", "127.0.0.1\t", "example.org@127.0.0.1", "127.0.0.1#example.org", "127.0.0.1\\@a.org"),
]


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that somebody tried to connect to; nobody gets through."""
    tried: list[str] = []

    async def connect(_self: Any, host: str, *_: Any, **__: Any) -> Any:
        tried.append(host)
        raise httpcore2.ConnectError

    monkeypatch.setattr(httpcore2.AnyIOBackend, "connect_tcp", connect)
    return tried


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_of_a_private_address_gets_by(host: str, connections: list[str]) -> None:
    async with open_client(Guard.allowing(["127.0.0.1:5232"])) as client:
        for url in (f"https://{host}/", f"https://{host}:443/x"):
            with pytest.raises((AddressRefused, httpx2.InvalidURL, httpx2.LocalProtocolError)):
                await client.get(url)
    assert connections == []


async def test_a_name_that_means_something_else_the_second_time_is_judged_each_time_it_is_connected_to(
    monkeypatch: pytest.MonkeyPatch, connections: list[str]
) -> None:
    answers = [["8.8.8.8"], ["127.0.0.1"], ["8.8.8.8", "169.254.169.254"]]
    asked = []

    async def resolved(_self: Any, host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in answers[len(asked) - 1]]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolved)
    async with open_client(Guard()) as client:
        with pytest.raises(httpx2.ConnectError):
            await client.get("https://rebinding.example/")
        for _ in answers[1:]:
            with pytest.raises(AddressRefused, match="open internet"):
                await client.get("https://rebinding.example/")
    assert connections == ["8.8.8.8"], "the address that was judged, and asked for once"
    assert asked == ["rebinding.example"] * 3


def resolver(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Have every name stand for these addresses."""

    async def resolved(_self: Any, _host: str, port: int, **_: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolved)


async def test_one_bad_address_among_good_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver(monkeypatch, "8.8.8.8", "10.0.0.1")
    with pytest.raises(AddressRefused, match="open internet"):
        await Guard().resolve("rebinding.example", 443)


async def test_what_was_judged_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver(monkeypatch, "8.8.8.8")
    assert await Guard().resolve("good.example", 443) == ["8.8.8.8"]


async def test_a_name_that_cannot_be_resolved_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_: Any, **__: Any) -> list[Any]:
        raise socket.gaierror

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", nothing)
    with pytest.raises(AddressRefused, match="no server"):
        await Guard().resolve("nowhere.example", 443)


def test_an_allowed_server_opens_the_door_for_no_other() -> None:
    guard = Guard.allowing(["127.0.0.1:5232", " Calendars.example:8443 ", ""])
    assert guard.lets_through("127.0.0.1", 5232)
    assert guard.lets_through("calendars.example", 8443)
    assert not guard.lets_through("127.0.0.1", 5233)
    assert not guard.lets_through("127.0.0.2", 5232)


class Endless(httpx2.AsyncByteStream):
    """A body that never ends."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 1000


@pytest.mark.parametrize(("largest", "until", "words"), [(10_000, float("inf"), "longer"), (10**9, 0.0, "too long")])
async def test_an_endless_answer_is_cut_off(largest: int, until: float, words: str) -> None:
    with pytest.raises(AnswerTooLarge, match=words):
        async for _ in _Bounded(Endless(), largest, until):
            pass


async def test_no_proxy_and_no_redirect_is_taken_from_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    async with open_client(Guard()) as client:
        assert client.trust_env is False
        assert client.follow_redirects is False
        with pytest.raises(AddressRefused):
            await client.get("https://localhost/")
