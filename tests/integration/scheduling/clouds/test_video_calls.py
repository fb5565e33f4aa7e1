"""A video call for each meeting without a place: made before the invitation, and never at the cost of the meeting."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from starlette.responses import Response

from services.scheduling.domain import CalendarKind
from services.scheduling.main import create_app
from services.scheduling.settings import Settings
from shared.secrets import new_key
from tests.integration.scheduling.conftest import MailServer, World
from tests.support.clouds.connected import Connected, cloud_of
from tests.support.clouds.google import Google
from tests.support.clouds.graph import Graph
from tests.support.clouds.zoom import ACCOUNT, CLIENT, SECRET, ZoomServer, zoom
from tests.support.service import Start
from tests.unit.scheduling.pair import TEN, Pair

JITSI = "https://meet.example.org/"


async def a_world(running_service: Start, mail_server: MailServer, **settings: Any) -> World:
    mail = {"smtp_host": "127.0.0.1", "smtp_port": mail_server.port, "smtp_security": "none", "mail_from": "Tandem <tandem@example.org>"}
    running = await running_service(create_app, Settings, secret_key=new_key(), **mail, **settings)
    pair = Pair()
    await running.hear(*pair.everything())
    world = World(running, pair, mail_server)
    await world.let_partners(book=True)
    return world


def settings_of(stub: Google | Graph) -> dict[str, str]:
    """As the operator sets them who has registered Tandem there."""
    consent = {"client_id": stub.consent.client_id, "client_secret": stub.consent.client_secret}
    if isinstance(stub, Google):
        addresses = dict.fromkeys(("google_accounts_url", "google_token_url", "google_api_url"), stub.address)
        return addresses | {f"google_{name}": value for name, value in consent.items()}
    addresses = {"microsoft_login_url": stub.address, "microsoft_graph_url": stub.address, "microsoft_tenant": "tenant-1"}
    return addresses | {f"microsoft_{name}": value for name, value in consent.items()}


async def choose(world: World, kind: str, *, by: str = "ines") -> int:
    async with world.ines() if by == "ines" else world.deborah() as client:
        return (await client.put("/video/mine", json={"kind": kind})).status_code


async def sequences(world: World, person_id: str) -> list[str]:
    texts = [mail.get_body(("calendar",)) or mail for mail in world.mail.to(person_id)]
    found = [
        "".join(str(part.get_payload(decode=True)) for part in mail.walk() if part.get_content_type() == "text/calendar") for mail in texts
    ]
    return [text.partition("SEQUENCE:")[2][:1] for text in found]


def words(world: World, person_id: str) -> list[str]:
    return [str(mail.get_body(("plain",)).get_content()) for mail in world.mail.to(person_id)]  # type: ignore[union-attr] # it has one


async def test_nobody_who_has_said_nothing_gets_a_call(running_service: Start, mail_server: MailServer) -> None:
    world = await a_world(running_service, mail_server, jitsi_url=JITSI)
    meeting_id = await world.book()
    await world.running.send_deliveries()
    assert (await world.meeting(meeting_id))["video_link"] is None
    assert await world.running.deliveries("video") == []


async def test_a_call_is_made_before_the_one_invitation_is_sent(running_service: Start, mail_server: MailServer) -> None:
    world = await a_world(running_service, mail_server, jitsi_url=JITSI)
    assert await choose(world, "jitsi", by="deborah") == 204
    meeting_id = await world.book()
    await world.running.send_deliveries()
    link = (await world.meeting(meeting_id))["video_link"]
    assert link.startswith(JITSI)
    for person in (world.pair.protege_id, world.pair.mentor_id):
        (text,) = words(world, person)
        assert link in text
        assert await sequences(world, person) == ["0"]


async def test_a_meeting_that_has_a_place_gets_no_call(running_service: Start, mail_server: MailServer) -> None:
    world = await a_world(running_service, mail_server, jitsi_url=JITSI)
    await choose(world, "jitsi")
    meeting_id = await world.book(place="Room 3")
    await world.running.send_deliveries()
    assert (await world.meeting(meeting_id))["place"] == "Room 3"


async def test_only_what_somebody_can_have_is_offered_and_taken(running_service: Start, mail_server: MailServer) -> None:
    world = await a_world(running_service, mail_server, jitsi_url=JITSI)
    async with world.ines() as client:
        assert (await client.get("/video/mine")).json() == {"kind": "none", "offered": ["jitsi"]}
    assert await choose(world, "meet") == 409
    assert await choose(world, "zoom") == 409
    assert await choose(world, "jitsi") == 204
    assert await choose(world, "none") == 204


@pytest.fixture
async def server() -> AsyncIterator[ZoomServer]:
    async with zoom() as running:
        yield running


def at_zoom(server: ZoomServer) -> dict[str, str]:
    given = {"zoom_account_id": ACCOUNT, "zoom_client_id": CLIENT, "zoom_client_secret": SECRET}
    return {**given, "zoom_login_url": server.address, "zoom_api_url": f"{server.address}/v2"}


async def test_a_call_that_takes_longer_follows_and_costs_no_meeting(
    running_service: Start, mail_server: MailServer, server: ZoomServer
) -> None:
    world = await a_world(running_service, mail_server, **at_zoom(server))
    server.users.add(f"{world.pair.protege_id}@example.org")
    await choose(world, "zoom")
    server.next_answers = [Response(status_code=500)]
    meeting_id = await world.book()
    await world.running.send_deliveries()
    assert (await world.meeting(meeting_id))["state"] == "booked"
    (text,) = words(world, world.pair.mentor_id)
    assert "Der Link zum Videoanruf folgt." in text
    await world.database.deliveries.update_many({"channel": "video"}, {"$set": {"due_at": TEN.replace(year=2020)}})
    server.users.add((await world.database.people.find_one({"_id": world.pair.protege_id}))["email"])
    await world.running.send_deliveries()
    link = (await world.meeting(meeting_id))["video_link"]
    assert link == server.meetings[0]["join_url"]
    assert link in words(world, world.pair.mentor_id)[-1]
    assert await sequences(world, world.pair.mentor_id) == ["0", "1"], "another place is a change for every calendar program"


async def test_a_call_that_can_never_be_made_is_not_promised(running_service: Start, mail_server: MailServer, server: ZoomServer) -> None:
    world = await a_world(running_service, mail_server, **at_zoom(server))
    await choose(world, "zoom")
    server.users.clear()
    meeting_id = await world.book()
    await world.running.send_deliveries()
    (text,) = words(world, world.pair.mentor_id)
    assert "Videoanruf" not in text
    assert (await world.meeting(meeting_id))["video_link"] is None
    (row,) = await world.running.deliveries("video")
    assert row["state"] == "failed"


async def test_a_meeting_moved_while_its_call_is_still_to_be_made_gets_one(
    running_service: Start, mail_server: MailServer, server: ZoomServer
) -> None:
    world = await a_world(running_service, mail_server, **at_zoom(server))
    server.users.add((await world.database.people.find_one({"_id": world.pair.protege_id}))["email"])
    await choose(world, "zoom")
    server.next_answers = [Response(status_code=500)]
    meeting_id = await world.book()
    await world.running.send_deliveries()
    assert (await world.tell(meeting_id, "move", starts_at=(TEN + timedelta(hours=2)).isoformat())).status_code == 204
    await world.running.send_deliveries()
    assert (await world.meeting(meeting_id))["video_link"] == server.meetings[0]["join_url"]


@pytest.mark.parametrize(("kind", "video"), [(CalendarKind.GOOGLE, "meet"), (CalendarKind.MICROSOFT, "teams")])
async def test_a_calendar_that_makes_calls_makes_one_for_the_entry_it_holds(
    running_service: Start, mail_server: MailServer, kind: CalendarKind, video: str
) -> None:
    async with cloud_of(kind) as stub:
        if isinstance(stub, Google):
            stub.meet_after = 1
        world = await a_world(running_service, mail_server, **settings_of(stub))
        await connect(world, stub)
        assert await choose(world, video) == 204
        meeting_id = await world.book()
        await world.running.send_deliveries()
        link = (await world.meeting(meeting_id))["video_link"]
        assert link.startswith(("https://meet.google.com/", "https://teams.microsoft.com/"))
        (event,) = stub.events.values()
        assert link in str(event)
        assert link in words(world, world.pair.mentor_id)[0]


async def connect(world: World, stub: Google | Graph) -> None:
    """Ines has let Tandem write into her calendar there."""
    running = world.running
    hers = Connected(stub, running.service.database)
    calendar = {"_id": "hers", "person_id": world.pair.protege_id, "kind": hers.kind.value, "reads": [hers.place], "target_url": hers.place}
    await running.service.database.calendars.insert_one({**calendar, "version": 1, "sequence": 0, "stamp": 0, "username": "ines"})
    tokens = await hers.allow()
    hers.calendar.id = "hers"
    await running.app.state.clouds.grants.keep(hers.calendar, tokens)
    await running.app.state.clouds.grants.is_used("hers")
