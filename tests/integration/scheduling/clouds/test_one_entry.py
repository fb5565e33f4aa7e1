"""A meeting stands once in a calendar at Google or Microsoft, which give entries names of their own."""

import pytest

from services.scheduling.domain import CalendarKind
from tests.integration.scheduling.clouds.test_video_calls import a_world, connect, settings_of
from tests.integration.scheduling.conftest import MailServer, World
from tests.support.clouds.connected import KINDS, cloud_of
from tests.support.service import Start


def methods(world: World, person_id: str) -> list[list[str]]:
    """Of the invitations in each mail to somebody."""
    entries = [[part for part in mail.walk() if part.get_content_type() == "text/calendar"] for mail in world.mail.to(person_id)]
    return [[str(part.get_param("method")) for part in parts] for parts in entries]


@pytest.mark.parametrize("kind", KINDS)
async def test_whose_calendar_has_the_meeting_gets_no_invitation_beside_it(
    running_service: Start, mail_server: MailServer, kind: CalendarKind
) -> None:
    async with cloud_of(kind) as stub:
        world = await a_world(running_service, mail_server, **settings_of(stub))
        await connect(world, stub)
        meeting_id = await world.book()
        await world.running.send_deliveries()
        assert len(stub.events) == 1
        assert (methods(world, world.pair.protege_id), methods(world, world.pair.mentor_id)) == ([[]], [["REQUEST"]])

        withdrawn = {"$set": {"reconnect": True}}
        await world.running.service.database.calendars.update_one({"_id": "hers"}, withdrawn)
        await world.tell(meeting_id, "cancel")
        await world.running.send_deliveries()
        assert methods(world, world.pair.protege_id) == [[], ["CANCEL"]], "what cannot be written there any more is told by mail"
