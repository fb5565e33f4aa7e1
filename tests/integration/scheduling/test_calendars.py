"""Real calendars: a Radicale server with its own rights and ETags, and uploaded files."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest

from services.scheduling.domain import Calendar
from tests.integration.scheduling.conftest import CalendarServer, World
from tests.integration.scheduling.peers import entry
from tests.support.probe import eventually
from tests.unit.scheduling.pair import TEN

HOUR = timedelta(hours=1)
BUSY_AT = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=3)


async def connect(world: World, calendars: CalendarServer, user: str, url: str | None = None, **more: str) -> Any:
    client = world.ines() if user == "ines" else world.deborah()
    body = {"kind": "caldav", "url": calendars.url(user) if url is None else url, "username": user, "password": "orange", **more}
    async with client:
        return await client.post("/calendars/mine", json=body)


async def mine(world: World) -> dict[str, Any]:
    async with world.ines() as client:
        (found,) = (await client.get("/calendars/mine")).json()
    return dict(found)


async def refresh(world: World) -> Any:
    """Read the one calendar of hers now."""
    calendar_id = (await mine(world))["calendar_id"]
    async with world.ines() as client:
        return await client.post(f"/calendars/{calendar_id}/refresh")


async def busy_of(world: World) -> list[datetime]:
    row = await world.database.busy.find_one({"_id": world.pair.protege_id})
    return [datetime.fromtimestamp(start, UTC) for start, _ in row["spans"]] if row else []


async def is_busy(world: World, *times: datetime) -> bool:
    return await busy_of(world) == list(times)


async def written(calendars: CalendarServer, user: str, meeting_id: str) -> Any:
    """The event as it stands in the user's calendar; None when there is none."""
    async with calendars.as_(user) as client:
        answer = await client.get(f"{calendars.url(user)}{meeting_id}.ics")
    return icalendar.Calendar.from_ical(answer.text).events[0] if answer.status_code == 200 else None


@pytest.mark.parametrize("path", ["/ines/calendar/", "/ines/calendar", "/ines/", "/", ""])
async def test_a_calendar_is_found_from_whatever_address_was_typed_in(world: World, calendars: CalendarServer, path: str) -> None:
    async with calendars.as_("ines") as client:
        await client.put(f"{calendars.url('ines')}1.ics", content=entry("1", BUSY_AT))
    answer = await connect(world, calendars, "ines", f"{calendars.address}{path}")
    assert answer.status_code == 201, answer.text
    assert await busy_of(world) == [BUSY_AT]
    found = await mine(world)
    assert (found["kind"], found["username"], found["problem"], found["unread_entries"]) == ("caldav", "ines", None, 0)
    assert found["refreshed_at"] is not None


async def test_the_password_is_neither_shown_nor_stored_in_the_open(world: World, calendars: CalendarServer) -> None:
    await connect(world, calendars, "ines")
    assert "orange" not in str(await mine(world))
    stored = await world.database.calendars.find_one({"person_id": world.pair.protege_id})
    assert b"orange" not in bytes(stored["secret"])


async def test_a_calendar_connected_before_people_could_have_several_goes_on(world: World, calendars: CalendarServer) -> None:
    async with calendars.as_("ines") as theirs:
        await theirs.put(f"{calendars.url('ines')}3.ics", content=entry("3", BUSY_AT))
    person = world.pair.protege_id
    before = {
        "_id": person,
        "version": 3,
        "sequence": 0,
        "stamp": 0,
        "kind": "caldav",
        "url": calendars.address,
        "username": "ines",
        "password": world.running.app.state.book.secrets.seal(Calendar(id=person, person_id=person), "orange"),
        "target_url": calendars.url("ines"),
        "file": None,
        "refreshed_at": None,
        "problem": None,
        "unread_entries": 0,
        "generation": 2,
    }
    await world.database.calendars.insert_one(before)
    assert (await refresh(world)).status_code == 204
    assert await busy_of(world) == [BUSY_AT]
    meeting_id = await world.book()
    await world.running.send_deliveries()
    assert await written(calendars, "ines", meeting_id) is not None


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"password": "apple"}, "password", "does not take this user name and password"),
        ({"url": "http://127.0.0.1:1/"}, "url", "must begin with https"),
        ({"url": "https://localhost/"}, "url", "not an address on the open internet"),
        ({"url": "https://169.254.169.254/latest"}, "url", "not an address on the open internet"),
        ({"url": "not an address"}, "url", ""),
        ({"url": ""}, "url", "needed"),
        ({"username": ""}, "username", "needed"),
    ],
)
async def test_what_is_wrong_with_a_server_is_said_in_plain_words(
    world: World, calendars: CalendarServer, change: dict[str, str], field: str, words: str
) -> None:
    answer = await connect(world, calendars, "ines", **change)
    assert answer.status_code == 422
    (problem,) = answer.json()["errors"]
    assert problem["field"] == field
    assert words in problem["message"]
    assert await world.database.calendars.count_documents({}) == 0


async def test_a_change_in_the_calendar_is_seen_at_the_next_look_and_none_costs_nothing(world: World, calendars: CalendarServer) -> None:
    await connect(world, calendars, "ines")
    before = await world.database.busy.find_one({"_id": world.pair.protege_id})
    async with calendars.as_("ines") as theirs:
        assert (await refresh(world)).status_code == 204
        assert (await world.database.busy.find_one({"_id": world.pair.protege_id})) == before
        await theirs.put(f"{calendars.url('ines')}2.ics", content=entry("2", BUSY_AT))
        assert (await refresh(world)).status_code == 204
        assert await busy_of(world) == [BUSY_AT]
        await theirs.delete(f"{calendars.url('ines')}2.ics")
        await refresh(world)
    assert await busy_of(world) == []


async def test_a_server_that_refuses_later_is_told_of_and_what_was_known_stays(world: World, calendars: CalendarServer) -> None:
    async with calendars.as_("ines") as theirs:
        await theirs.put(f"{calendars.url('ines')}3.ics", content=entry("3", BUSY_AT))
    await connect(world, calendars, "ines")
    await world.database.calendars.update_one({}, {"$set": {"reads": [f"{calendars.address}/deborah/calendar/"]}})
    answer = await refresh(world)
    assert answer.status_code == 422
    assert (await mine(world))["problem"] == "The calendar server does not allow this."
    assert await busy_of(world) == [BUSY_AT]


async def test_calendars_are_read_in_the_background(world: World, calendars: CalendarServer) -> None:
    await connect(world, calendars, "ines")
    async with calendars.as_("ines") as theirs:
        await theirs.put(f"{calendars.url('ines')}4.ics", content=entry("4", BUSY_AT))
    await world.database.refreshes.update_many({}, {"$unset": {"due_at": ""}})
    reading = asyncio.create_task(world.running.app.state.refresher.run(world.running.service))
    try:
        await eventually(lambda: is_busy(world, BUSY_AT), "the calendar is read")
    finally:
        reading.cancel()


async def test_a_meeting_is_written_moved_and_taken_away(world: World, calendars: CalendarServer) -> None:
    await connect(world, calendars, "ines")
    await connect(world, calendars, "deborah")
    meeting_id = await world.book(place="Room 3")
    await world.running.send_deliveries()
    for user, partner in (("ines", "Deborah Osei"), ("deborah", "Inês Carvalho")):
        event = await written(calendars, user, meeting_id)
        assert (event["DTSTART"].dt, event["DTEND"].dt, event["SEQUENCE"], event["LOCATION"]) == (TEN, TEN + HOUR, 0, "Room 3")
        assert partner in event["SUMMARY"]
    uid = (await written(calendars, "ines", meeting_id))["UID"]
    await world.tell(meeting_id, "move", starts_at=(TEN + HOUR).isoformat())
    await world.running.send_deliveries()
    event = await written(calendars, "ines", meeting_id)
    assert (event["UID"], event["DTSTART"].dt, event["SEQUENCE"]) == (uid, TEN + HOUR, 1)
    await world.tell(meeting_id, "cancel")
    await world.running.send_deliveries()
    assert await written(calendars, "ines", meeting_id) is None
    assert await written(calendars, "deborah", meeting_id) is None
    assert {row["state"] for row in await world.running.deliveries("calendar")} == {"sent"}


async def test_our_own_meetings_do_not_count_twice(world: World, calendars: CalendarServer) -> None:
    await connect(world, calendars, "ines")
    await world.book(TEN)
    await world.running.send_deliveries()
    await refresh(world)
    assert await busy_of(world) == []


async def test_a_meeting_somebody_deleted_or_changed_in_their_calendar_is_put_right_at_the_next_change(
    world: World, calendars: CalendarServer
) -> None:
    await connect(world, calendars, "ines")
    meeting_id = await world.book()
    await world.running.send_deliveries()
    async with calendars.as_("ines") as theirs:
        await theirs.delete(f"{calendars.url('ines')}{meeting_id}.ics")
    await world.tell(meeting_id, "move", starts_at=(TEN + HOUR).isoformat())
    await world.running.send_deliveries()
    assert (await written(calendars, "ines", meeting_id))["DTSTART"].dt == TEN + HOUR
    async with calendars.as_("ines") as theirs:
        await theirs.delete(f"{calendars.url('ines')}{meeting_id}.ics")
    await world.tell(meeting_id, "cancel")
    await world.running.send_deliveries()
    assert {row["state"] for row in await world.running.deliveries("calendar")} <= {"sent", "dropped"}


async def test_a_calendar_connected_later_gets_the_meetings_to_come(world: World, calendars: CalendarServer) -> None:
    meeting_id = await world.book()
    await world.running.send_deliveries()
    await connect(world, calendars, "deborah")
    await world.running.send_deliveries()
    assert (await written(calendars, "deborah", meeting_id))["DTSTART"].dt == TEN


async def test_the_agenda_follows_into_the_calendars_without_mail(world: World, calendars: CalendarServer) -> None:
    await connect(world, calendars, "ines")
    meeting_id = await world.book()
    await world.running.send_deliveries()
    mails = len(world.mail.received)
    async with world.ines() as client:
        answer = await client.post(world.path("agenda/items"), json={"text": "How do I say no?", "kind": "question"})
    assert answer.status_code == 201
    await world.running.send_deliveries()
    event = await written(calendars, "ines", meeting_id)
    assert "How do I say no?" in event["DESCRIPTION"]
    assert event["SEQUENCE"] == 0
    assert len(world.mail.received) == mails


async def test_an_uploaded_file_is_read_and_only_its_times_are_kept(world: World) -> None:
    async with world.ines() as client:
        answer = await client.post(
            "/calendars/mine/ics", content=entry("9", BUSY_AT, "ATTENDEE:mailto:x@example.org"), headers={"content-type": "text/calendar"}
        )
        assert answer.status_code == 201
        assert await busy_of(world) == [BUSY_AT]
        form = await client.post("/calendars/mine/ics", files={"file": ("my.ics", entry("9", BUSY_AT + HOUR), "text/calendar")})
        assert form.status_code == 201
        assert await busy_of(world) == [BUSY_AT + HOUR]
        stored = await world.database.calendars.find_one({"person_id": world.pair.protege_id})
        assert "Secret plans" not in str(stored)
        assert "x@example.org" not in str(stored)
        assert (await client.delete(f"/calendars/{stored['_id']}")).status_code == 204
        assert (await client.get("/calendars/mine")).json() == []
    assert await busy_of(world) == []
    for collection in ("calendars", "sources", "busy_blocks"):
        assert await world.database[collection].count_documents({}) == 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04zip", "zip archive"),
        (b"%PDF-1.7", "PDF"),
        (b"<!doctype html><p>Sign in", "web page"),
        (b"name,email\nAda,ada@example.org", "not a calendar file"),
        (b"BEGIN:VCALENDAR\r\n" + b"X" * 5_000_001, "5 MB"),
        (b"\xff\xfe\x00", "not a calendar file"),
    ],
)
async def test_a_wrong_file_is_named_for_what_it_is_and_changes_nothing(world: World, content: bytes, words: str) -> None:
    async with world.ines() as client:
        answer = await client.post("/calendars/mine/ics", content=content, headers={"content-type": "text/calendar"})
        assert answer.status_code == 422
        (problem,) = answer.json()["errors"]
        assert (problem["field"], words in problem["message"]) == ("file", True)
    assert await world.database.calendars.count_documents({}) == 0


async def test_entries_nobody_can_read_are_counted(world: World) -> None:
    text = entry("1", BUSY_AT).replace("END:VCALENDAR", "BEGIN:VEVENT\r\nUID:2\r\nDTSTART:soon\r\nEND:VEVENT\r\nEND:VCALENDAR")
    async with world.ines() as client:
        assert (await client.post("/calendars/mine/ics", content=text, headers={"content-type": "text/calendar"})).status_code == 201
    assert (await mine(world))["unread_entries"] == 1
    assert await busy_of(world) == [BUSY_AT]


async def test_several_calendars_of_one_person_count_together_and_meetings_go_to_one_of_them(
    world: World, calendars: CalendarServer
) -> None:
    second = f"{calendars.address}/ines/private/"
    async with calendars.as_("ines") as theirs:
        await theirs.request("MKCALENDAR", second)
        await theirs.put(f"{calendars.url('ines')}1.ics", content=entry("1", BUSY_AT))
        await theirs.put(f"{second}2.ics", content=entry("2", BUSY_AT + 2 * HOUR))
    await connect(world, calendars, "ines", f"{calendars.address}/ines/")
    found = await mine(world)
    assert found["reads"] == [found["target"]]
    assert found["target"] in {calendars.url("ines"), second}
    meeting_id = await world.book()
    await world.running.send_deliveries()
    async with world.ines() as client:
        path = f"/calendars/{found['calendar_id']}/places"
        assert {place["place"] for place in (await client.get(path)).json()} == {calendars.url("ines"), second}
        nowhere = await client.put(path, json={"reads": ["https://elsewhere.example/"], "target": None})
        assert (nowhere.status_code, nowhere.json()["errors"][0]["field"]) == (422, "reads")
        assert (await client.put(path, json={"reads": [], "target": None})).status_code == 422
        assert (await client.put(path, json={"reads": [calendars.url("ines"), second], "target": second})).status_code == 204
        uploaded = await client.post(
            "/calendars/mine/ics", content=entry("3", BUSY_AT + 4 * HOUR), headers={"content-type": "text/calendar"}
        )
        assert uploaded.status_code == 201
        assert await busy_of(world) == [BUSY_AT, BUSY_AT + 2 * HOUR, BUSY_AT + 4 * HOUR]
        await world.running.send_deliveries()
        assert [view["target"] for view in (await client.get("/calendars/mine")).json()] == [second, None]
    async with calendars.as_("ines") as theirs:
        assert (await theirs.get(f"{second}{meeting_id}.ics")).status_code == 200
        await theirs.delete(second)


async def test_an_account_that_is_connected_already_is_connected_again_and_there_is_an_end_to_them(
    world: World, calendars: CalendarServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await connect(world, calendars, "ines")
    again = await connect(world, calendars, "ines")
    assert first.json() == again.json()
    monkeypatch.setattr("services.scheduling.handlers.calendars.MOST_CALENDARS", 1)
    other = await connect(world, calendars, "ines", f"{calendars.address}/ines/")
    assert (other.status_code, other.json()["type"]) == (409, "/problems/too-many-calendars")
