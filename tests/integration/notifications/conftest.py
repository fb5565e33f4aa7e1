"""A running notifications service, a mail server that says what it is told to say, and an inbox kept open."""

from collections.abc import AsyncIterator

import pytest

from services.notifications.main import create_app
from services.notifications.settings import Settings
from tests.support.mail import MailServer
from tests.support.service import RunningService, Start
from tests.unit.notifications.cast import Cast


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    server = MailServer()
    async with server.listening():
        yield server


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
