"""Calendars as their providers keep them, and what the owner's own calendar program does there: what every adapter is tested against."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

import httpx2

from deploy.local.ports import free_ports
from services.scheduling.domain.calendar import THE_FILE
from services.scheduling.store import CalDavAccount, CalendarProvider, Feed
from shared.http import Guard
from tests.support.probe import eventually

HOUR = timedelta(hours=1)


def entry(uid: str, starts_at: datetime, *more: str) -> str:
    """A calendar file with an appointment of an hour and with words nobody else may read."""
    start, end = (at.strftime("%Y%m%dT%H%M%SZ") for at in (starts_at, starts_at + HOUR))
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN", "BEGIN:VEVENT", f"UID:{uid}", f"DTSTAMP:{start}", f"DTSTART:{start}"]
    return "\r\n".join([*lines, f"DTEND:{end}", "SUMMARY:Secret plans", *more, "END:VEVENT", "END:VCALENDAR", ""])


class Peer(Protocol):
    """One person's calendar at some provider."""

    @property
    def place(self) -> str:
        """Their calendar."""
        ...

    @property
    def nowhere(self) -> str:
        """A calendar that is not there."""
        ...

    def provider(self) -> CalendarProvider:
        """The account, let in."""
        ...

    def locked_out(self) -> CalendarProvider:
        """The account with what does not open it."""
        ...

    async def put(self, uid: str, starts_at: datetime, *more: str, key: str | None = None) -> None:
        """The owner writes an appointment of an hour, or writes it anew; `more` as lines of iCalendar. Its key is the UID unless given."""
        ...

    async def remove(self, uid: str) -> None:
        """The owner takes it away."""
        ...


@dataclass
class CalDavPeer:
    """A calendar on a real server."""

    server: str
    place: str
    user: str = "ines"
    password: str = "orange"

    @property
    def nowhere(self) -> str:
        return self.place.replace("calendar/", "nothing/")

    def provider(self) -> CalendarProvider:
        return CalDavAccount(self.server, self.user, self.password, Guard.allowing([self.server.removeprefix("http://").strip("/")]))

    def locked_out(self) -> CalendarProvider:
        return CalDavAccount(self.place, self.user, "apple", Guard.allowing([self.server.removeprefix("http://").strip("/")]))

    def client(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(auth=(self.user, self.password), trust_env=False, timeout=60)

    async def put(self, uid: str, starts_at: datetime, *more: str, key: str | None = None) -> None:
        async with self.client() as client:
            answer = await client.put(
                f"{self.place}{key or uid}.ics", content=entry(uid, starts_at, *more), headers={"content-type": "text/calendar"}
            )
            assert answer.is_success, answer.text

    async def remove(self, uid: str) -> None:
        async with self.client() as client:
            assert (await client.delete(f"{self.place}{uid}.ics")).is_success

    async def answers(self) -> bool:
        """Whether the server is up."""
        try:
            async with self.client() as client:
                return (await client.request("PROPFIND", self.place)).status_code == 207
        except httpx2.TransportError:
            return False

    async def emptied(self) -> None:
        """Wait for it, and take everything away."""
        await eventually(self.answers, f"{self.server} answers")
        async with self.client() as client:
            found = await client.request("PROPFIND", self.place, headers={"Depth": "1"})
            for path in {part.partition("<")[0] for part in found.text.split("href>") if ".ics<" in part}:
                await client.delete(f"{self.server.rstrip('/')}{path}")


@dataclass
class FeedPeer:
    """A calendar that its owner's program publishes as one file."""

    place: str = THE_FILE
    port: int = 0
    nowhere: str = "nowhere"
    entries: dict[str, str] = field(default_factory=dict)

    def provider(self) -> CalendarProvider:
        return Feed(f"http://127.0.0.1:{self.port}/calendar.ics", Guard.allowing([f"127.0.0.1:{self.port}"]))

    def locked_out(self) -> CalendarProvider:
        return Feed(f"http://127.0.0.1:{self.port}/guessed.ics", Guard.allowing([f"127.0.0.1:{self.port}"]))

    async def put(self, uid: str, starts_at: datetime, *more: str, key: str | None = None) -> None:
        inside = entry(uid, starts_at, *more).split("PRODID:-//test//EN\r\n")[1].removesuffix("END:VCALENDAR\r\n")
        self.entries[key or uid] = inside

    async def remove(self, uid: str) -> None:
        del self.entries[uid]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Publish it as it is now."""
        asked = (await reader.readuntil(b"\r\n\r\n")).decode()
        body = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{''.join(self.entries.values())}END:VCALENDAR\r\n".encode()
        status = "200 OK" if " /calendar.ics " in asked else "404 Not Found"
        writer.write(f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def running_feed() -> AsyncIterator[FeedPeer]:
    """A published calendar of the test's own."""
    peer = FeedPeer()
    server = await asyncio.start_server(peer.answer, "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    yield peer
    server.close()


@contextmanager
def _process(command: list[str], log: Path) -> Iterator[None]:
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)  # noqa: S603 - our own interpreter with our own words
    try:
        yield
    finally:
        process.terminate()
        process.wait()


RADICALE = """\
[server]
hosts = 127.0.0.1:{port}
[auth]
type = htpasswd
htpasswd_filename = {users}
htpasswd_encryption = plain
delay = 0
[rights]
type = owner_only
[storage]
filesystem_folder = {home}/collections
predefined_collections = {{"calendar": {{"tag": "VCALENDAR", "C:supported-calendar-component-set": "VEVENT"}}}}
"""


@contextmanager
def running_radicale(home: Path) -> Iterator[str]:
    """A Radicale of the test's own, with a calendar for each who signs in; its address."""
    (port,) = free_ports(1)
    users = home / "users"
    users.write_text("ines:orange\ndeborah:orange\n")
    configuration = home / "radicale.ini"
    configuration.write_text(RADICALE.format(port=port, users=users, home=home))
    with _process([sys.executable, "-m", "radicale", "--config", str(configuration)], home / "log"):
        yield f"http://127.0.0.1:{port}"


@contextmanager
def running_xandikos(home: Path) -> Iterator[str]:
    """A Xandikos of the test's own, which lets everybody in as `ines`; its address."""
    (port,) = free_ports(1)
    command = [sys.executable, "-m", "xandikos", "serve", "--directory", str(home / "dav"), "--state-dir", str(home / "state")]
    more = ["--listen-address", "127.0.0.1", "--port", str(port), "--current-user-principal", "/ines/", "--defaults"]
    with _process([*command, *more], home / "log"):
        yield f"http://127.0.0.1:{port}"
