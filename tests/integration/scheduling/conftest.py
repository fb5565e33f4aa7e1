"""A running scheduling service with a pair it knows, a mail server, and a calendar server of the demo's kind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import httpx2
import pytest
from aiosmtpd.smtp import SMTP

from services.scheduling.main import create_app
from services.scheduling.settings import Settings
from shared.secrets import new_key
from tests.integration.scheduling.peers import CalDavPeer, running_radicale, running_xandikos
from tests.support.service import RunningService, Start
from tests.unit.scheduling.pair import NOW, TEN, Pair


@dataclass
class MailServer:
    """Takes mail, unless the next answers say otherwise."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    received: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("2"):
            self.received.append(message_from_bytes(envelope.content, policy=policy.default))
        return answer

    def to(self, person_id: str) -> list[EmailMessage]:
        """The mails to somebody, in the order in which they came."""
        return [mail for mail in self.received if person_id in str(mail["To"])]


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    taker = MailServer()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(taker, hostname="localhost"), "127.0.0.1", 0)
    taker.port = server.sockets[0].getsockname()[1]
    yield taker
    server.close()
    await server.wait_closed()


@dataclass
class CalendarServer:
    """A real Radicale with a calendar for each who signs in."""

    address: str

    def url(self, user: str) -> str:
        return f"{self.address}/{user}/calendar/"

    def peer(self, user: str) -> CalDavPeer:
        """The user's calendar."""
        return CalDavPeer(self.address, self.url(user), user)

    def as_(self, user: str) -> httpx2.AsyncClient:
        """The user's own calendar program."""
        return httpx2.AsyncClient(auth=(user, "orange"), trust_env=False)


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_radicale(tmp_path_factory.mktemp("radicale")) as address:
        yield address


@pytest.fixture(scope="session")
def xandikos(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running_xandikos(tmp_path_factory.mktemp("xandikos")) as address:
        yield address


@pytest.fixture
async def calendars(radicale: str) -> CalendarServer:
    """The server with an empty calendar for both."""
    server = CalendarServer(radicale)
    for user in ("ines", "deborah"):
        await server.peer(user).emptied()
    return server


@dataclass
class World:
    """The service and its pair."""

    running: RunningService
    pair: Pair
    mail: MailServer

    @property
    def database(self) -> Any:
        return self.running.service.database

    def ines(self, at: datetime = NOW) -> httpx2.AsyncClient:
        return self.running.client(self.pair.protege_id, at=at)

    def deborah(self, at: datetime = NOW) -> httpx2.AsyncClient:
        return self.running.client(self.pair.mentor_id, at=at)

    def path(self, what: str) -> str:
        return f"/partnerships/{self.pair.partnership_id}/{what}"

    async def propose(self, *starts: datetime, minutes: int = 60, **more: Any) -> httpx2.Response:
        body = {"starts": [start.isoformat() for start in starts], "minutes": minutes, **more}
        async with self.ines() as client:
            return await client.post(self.path("meetings"), json=body)

    async def book(self, starts_at: datetime = TEN, minutes: int = 60, **more: Any) -> str:
        answer = await self.propose(starts_at, minutes=minutes, book=True, **more)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["meeting_id"])

    async def let_partners(self, *, book: bool = False, move: bool = False) -> None:
        """Both say what their partner need not ask about."""
        for client in (self.ines(), self.deborah()):
            async with client:
                answer = await client.put("/policy/mine", json={"partner_may_book": book, "partner_may_move": move})
                assert answer.status_code == 204, answer.text

    async def tell(self, meeting_id: str, what: str, *, by: str = "protege", at: datetime = NOW, **body: Any) -> httpx2.Response:
        async with self.ines(at) if by == "protege" else self.deborah(at) as client:
            return await client.post(f"/meetings/{meeting_id}/{what}", json=body)

    async def meeting(self, meeting_id: str) -> dict[str, Any]:
        async with self.ines() as client:
            return dict((await client.get(f"/meetings/{meeting_id}")).json())

    async def claims(self) -> int:
        return int(await self.database.claims.count_documents({}))


@pytest.fixture
async def replica(world: "World", running_service: Start) -> RunningService:
    """Another replica of the world's service, on the same database."""
    settings = world.running.service.settings.model_dump()
    running: RunningService = await running_service(create_app, Settings, **{**settings, "port": 2})
    return running


@pytest.fixture
def more_settings() -> dict[str, Any]:
    """What a module of tests wants to be set otherwise."""
    return {}


@pytest.fixture
async def world(running_service: Start, mail_server: MailServer, radicale: str, more_settings: dict[str, Any]) -> World:
    running = await running_service(
        create_app,
        Settings,
        portal_url="http://portal.test",
        secret_key=new_key(),
        caldav_allowed=radicale,
        smtp_host="127.0.0.1",
        smtp_port=mail_server.port,
        smtp_security="none",
        mail_from="Tandem <tandem@example.org>",
        **more_settings,
    )
    pair = Pair()
    await running.hear(*pair.everything())
    world = World(running, pair, mail_server)
    await world.let_partners(book=True)
    return world
