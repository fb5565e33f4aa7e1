"""A running notifications service, a mail server that says what it is told to say, and an inbox kept open."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from services.notifications.main import create_app
from services.notifications.settings import Settings
from tests.support.service import RunningService, Start
from tests.unit.notifications.cast import Cast


@dataclass
class MailServer:
    """Takes mail, unless the next answers say otherwise."""

    port: int = 0
    answers: list[str] = field(default_factory=list)
    received: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:  # noqa: N802 - aiosmtpd's name
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 - aiosmtpd's name
        self.received.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def to(self, address: str) -> list[EmailMessage]:
        """The mails to somebody."""
        return [mail for mail in self.received if address in str(mail["To"])]


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    taker = MailServer()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(taker, hostname="localhost"), "127.0.0.1", 0)
    taker.port = server.sockets[0].getsockname()[1]
    yield taker
    server.close()
    await server.wait_closed()


@pytest.fixture
async def notifications(running_service: Start, mail_server: MailServer) -> RunningService:
    return await running_service(  # type: ignore[no-any-return] # the factory serves every service
        create_app,
        Settings,
        portal_url="http://portal.test",
        smtp_host="127.0.0.1",
        smtp_port=mail_server.port,
        smtp_security="none",
        mail_from="Tandem <tandem@example.org>",
    )


@pytest.fixture
async def cast(notifications: RunningService) -> Cast:
    """Two partners, a manager and their programme, all known to the service."""
    known = Cast()
    await notifications.hear(known.programme(), *known.people())
    return known
