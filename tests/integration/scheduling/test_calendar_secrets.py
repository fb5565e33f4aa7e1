"""What opens people's calendars is in no log, event, answer or document that could be read without the key."""

import pytest

from services.scheduling.domain import Calendar, CalendarKind
from services.scheduling.handlers import ConnectCalendar, connect_calendar
from tests.integration.scheduling.conftest import CalendarServer, World
from tests.integration.scheduling.test_calendars import connect
from tests.unit.scheduling.pair import NOW

PASSWORD, WRONG, FEED = "orange", "planted-wrong-4711", "https://calendar.invalid/private-planted4712/basic.ics"


async def everything(world: World) -> str:
    """All that is stored."""
    database = world.database
    return "".join([str([document async for document in database[name].find()]) for name in await database.list_collection_names()])


async def test_a_planted_secret_is_nowhere_to_be_read(world: World, calendars: CalendarServer, capfd: pytest.CaptureFixture[str]) -> None:
    said = []
    said.append((await connect(world, calendars, "ines", password=WRONG)).text)
    said.append((await connect(world, calendars, "ines")).text)
    async with world.ines() as client:
        said.append((await client.post("/calendars/mine", json={"kind": "feed", "url": FEED})).text)
        said.append((await client.post("/calendars/mine", json={"kind": "feed", "url": FEED, "odd": WRONG})).text)
    await a_feed(world)
    meeting_id = await world.book()
    await world.running.send_deliveries()
    async with calendars.as_("ines") as theirs:  # from now on the password is refused
        await theirs.delete(f"{calendars.url('ines')}{meeting_id}.ics")
    async with world.ines() as client:
        for view in (await client.get("/calendars/mine")).json():
            said.append((await client.post(f"/calendars/{view['calendar_id']}/refresh")).text)
            said.append((await client.get(f"/calendars/{view['calendar_id']}/places")).text)
        said.append((await client.get("/calendars/mine")).text)
    output = capfd.readouterr()
    told = "".join([*said, output.out, output.err])
    assert "calendar.invalid/…" in told, "who publishes it may be said"
    for secret in (WRONG, "planted4712", "basic.ics"):
        assert secret not in told
        assert secret not in await everything(world)
    stored = [document async for document in world.database.calendars.find()]
    assert len(stored) == 2
    assert not any(PASSWORD.encode() in bytes(document["secret"]) for document in stored)
    assert f"'{PASSWORD}'" not in await everything(world)


async def a_feed(world: World) -> None:
    """A published calendar whose server is not there any more."""
    calendar = Calendar.new(world.pair.protege_id)
    command = ConnectCalendar(
        calendar_id=calendar.id,
        kind=CalendarKind.FEED,
        secret=world.running.app.state.book.secrets.seal(calendar, FEED),
        reads=["file"],
        target_url=None,
        url="https://calendar.invalid/…",
        by=calendar.person_id,
        at=NOW,
    )
    await world.running.service.run(connect_calendar, command)


async def test_a_secret_moved_to_another_s_calendar_opens_nothing(world: World, calendars: CalendarServer) -> None:
    await connect(world, calendars, "ines")
    await connect(world, calendars, "deborah")
    one, other = [Calendar.from_document(document) async for document in world.database.calendars.find()]
    await world.database.calendars.update_one({"_id": other.id}, {"$set": {"secret": one.secret}})
    client = world.ines() if other.person_id == world.pair.protege_id else world.deborah()
    async with client:
        answer = await client.post(f"/calendars/{other.id}/refresh")
        (view,) = (await client.get("/calendars/mine")).json()
    assert answer.status_code == 422
    assert view["reconnect"]


async def test_nobody_reaches_another_s_calendar(world: World, calendars: CalendarServer) -> None:
    await connect(world, calendars, "ines")
    calendar_id = (await world.database.calendars.find_one({}))["_id"]
    body = {"kind": "caldav", "url": calendars.url("deborah"), "username": "deborah", "password": "orange"}
    async with world.deborah() as client:
        answers = [
            await client.get(f"/calendars/{calendar_id}/places"),
            await client.put(f"/calendars/{calendar_id}/places", json={"reads": [], "target": None}),
            await client.put(f"/calendars/{calendar_id}", json=body),
            await client.post(f"/calendars/{calendar_id}/refresh"),
            await client.delete(f"/calendars/{calendar_id}"),
        ]
        assert (await client.get("/calendars/mine")).json() == []
    assert [answer.status_code for answer in answers] == [404] * 5
    assert await world.database.calendars.count_documents({"_id": calendar_id, "username": "ines"}) == 1
