"""What people do to their meetings in their own calendar programs, on a real calendar server."""

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest

from shared.contracts.scheduling import MeetingCancelled, MeetingMoved, MeetingMoveProposed
from tests.integration.scheduling.conftest import CalendarServer, World
from tests.integration.scheduling.peers import entry
from tests.integration.scheduling.test_calendars import connect, written
from tests.integration.scheduling.test_invitations import calendar_in

pytestmark = pytest.mark.usefixtures("long_pauses")

HOUR = timedelta(hours=1)
SOON = datetime.now(UTC).replace(hour=14, minute=0, second=0, microsecond=0) + timedelta(days=9)


class Calendars:
    """Both partners with a calendar each, and a meeting in both."""

    def __init__(self, world: World, server: CalendarServer) -> None:
        self.world = world
        self.server = server
        self.meeting_id = ""

    async def shown(self, user: str) -> datetime | None:
        event = await written(self.server, user, self.meeting_id)
        return None if event is None else event.start.astimezone(UTC)

    async def edit(self, user: str, **changes: Any) -> None:
        """As a calendar program does it: fetch, change, put back over that version."""
        address = f"{self.server.url(user)}{self.meeting_id}.ics"
        async with self.server.as_(user) as client:
            there = await client.get(address)
            calendar = icalendar.Calendar.from_ical(there.text)
            event = calendar.events[0]
            for name, value in changes.items():
                event.pop(name, None)
                event.add(name, value)
            headers = {"if-match": there.headers["etag"], "content-type": "text/calendar"}
            answer = await client.put(address, content=calendar.to_ical(), headers=headers)
            assert answer.is_success, answer.text

    async def move(self, user: str, to: datetime) -> None:
        await self.edit(user, dtstart=to, dtend=to + HOUR, sequence=7)

    async def delete(self, user: str) -> None:
        async with self.server.as_(user) as client:
            assert (await client.delete(f"{self.server.url(user)}{self.meeting_id}.ics")).is_success

    async def look(self, *users: str) -> None:
        """What a push or the clock would do: read the calendar, then send what there is to send."""
        for user in users or ("ines", "deborah"):
            async with self.world.ines() if user == "ines" else self.world.deborah() as client:
                for calendar in (await client.get("/calendars/mine")).json():
                    assert (await client.post(f"/calendars/{calendar['calendar_id']}/refresh")).status_code == 204
        await self.world.running.send_deliveries()

    async def meeting(self) -> dict[str, Any]:
        return await self.world.meeting(self.meeting_id)


@pytest.fixture
async def both(world: World, calendars: CalendarServer) -> Calendars:
    for user in ("ines", "deborah"):
        assert (await connect(world, calendars, user)).status_code == 201
    both = Calendars(world, calendars)
    both.meeting_id = await world.book(SOON)
    await world.running.send_deliveries()
    await both.look()
    world.mail.received.clear()
    return both


async def test_our_own_entry_is_no_news_however_often_it_is_read(both: Calendars) -> None:
    for _ in range(3):
        await both.look()
    found = await both.meeting()
    assert (found["state"], found["moving"]) == ("booked", None)
    assert both.world.mail.received == []
    copies = [row async for row in both.world.database.copies.find()]
    assert [row["edition"] for row in copies] == [1, 1]


async def test_a_meeting_moved_in_the_calendar_comes_back_as_a_question(both: Calendars) -> None:
    await both.move("ines", SOON + 2 * HOUR)
    await both.look()
    found = await both.meeting()
    assert datetime.fromisoformat(found["starts_at"]) == SOON
    assert [datetime.fromisoformat(start) for start in found["moving"]["starts"]] == [SOON + 2 * HOUR]
    assert found["moving"]["by_id"] == both.world.pair.protege_id
    assert await both.shown("ines") == await both.shown("deborah") == SOON, "it stands until the partner has answered"
    await both.look()
    assert len(await both.world.running.published(MeetingMoveProposed)) == 1
    answer = await both.world.tell(both.meeting_id, "pick", by="mentor", at=datetime.now(UTC), starts_at=found["moving"]["starts"][0])
    assert answer.status_code == 204, answer.text
    await both.look()
    assert await both.shown("ines") == await both.shown("deborah") == SOON + 2 * HOUR


async def test_a_partner_who_lets_it_be_finds_the_new_time_in_their_calendar(both: Calendars) -> None:
    await both.world.let_partners(book=True, move=True)
    await both.move("deborah", SOON + HOUR)
    await both.look()
    assert datetime.fromisoformat((await both.meeting())["starts_at"]) == SOON + HOUR
    assert await both.shown("ines") == await both.shown("deborah") == SOON + HOUR
    (moved,) = await both.world.running.published(MeetingMoved)
    assert moved.by_id == both.world.pair.mentor_id
    await both.look()
    assert len(await both.world.running.published(MeetingMoved)) == 1


@pytest.mark.parametrize("move", [True, False])
async def test_a_time_the_partner_does_not_have_is_turned_back_and_a_mail_says_why(both: Calendars, move: bool) -> None:  # noqa: FBT001
    await both.world.let_partners(book=True, move=move)
    async with both.server.as_("deborah") as theirs:
        await theirs.put(f"{both.server.url('deborah')}busy.ics", content=entry("busy", SOON + 3 * HOUR))
    await both.look("deborah")
    await both.move("ines", SOON + 3 * HOUR)
    await both.look()
    assert (await both.meeting())["moving"] is None
    assert await both.shown("ines") == SOON
    (mail,) = both.world.mail.received
    assert calendar_in(mail)["METHOD"] == "DECLINECOUNTER"
    await both.look()
    assert len(both.world.mail.received) == 1


async def test_a_meeting_deleted_in_the_calendar_is_cancelled_for_both(both: Calendars) -> None:
    await both.delete("ines")
    await both.look()
    found = await both.meeting()
    assert found["state"] == "cancelled"
    assert await both.shown("deborah") is None
    (cancelled,) = await both.world.running.published(MeetingCancelled)
    assert cancelled.by_id == both.world.pair.protege_id
    assert await both.world.claims() == 0
    assert {calendar_in(mail)["METHOD"] for mail in both.world.mail.received} == {"CANCEL"}


async def test_an_entry_that_says_it_is_cancelled_counts_as_deleted(both: Calendars) -> None:
    await both.edit("deborah", status="CANCELLED")
    await both.look()
    assert (await both.meeting())["state"] == "cancelled"
    assert await both.shown("deborah") is None


async def test_who_declines_in_the_calendar_has_other_times_proposed(both: Calendars) -> None:
    guest = icalendar.vCalAddress(f"MAILTO:Deborah-{both.world.pair.mentor_id}@example.org")
    guest.params["PARTSTAT"] = icalendar.vText("DECLINED")
    await both.edit("deborah", attendee=guest)
    await both.look()
    found = await both.meeting()
    assert (found["state"], found["moving"]["by_id"]) == ("booked", both.world.pair.mentor_id)
    assert len(found["moving"]["starts"]) == 3


async def test_words_of_ones_own_stay_when_the_meeting_moves_and_are_not_stored(both: Calendars) -> None:
    await both.edit("ines", summary="Talk to Deborah about my secret plan", description="bring the green book")
    await both.look()
    assert (await both.meeting())["moving"] is None
    for hours in (1, 2):
        await both.world.tell(both.meeting_id, "move", at=datetime.now(UTC), starts_at=(SOON + hours * HOUR).isoformat())
        await both.look()
    event = await written(both.server, "ines", both.meeting_id)
    assert event.start.astimezone(UTC) == SOON + 2 * HOUR
    assert (str(event["SUMMARY"]), str(event["DESCRIPTION"])) == ("Talk to Deborah about my secret plan", "bring the green book")
    assert "Mentoring" in str((await written(both.server, "deborah", both.meeting_id))["SUMMARY"])
    for name in await both.world.database.list_collection_names():
        assert "green book" not in str([row async for row in both.world.database[name].find()]), name


async def test_another_length_is_turned_back(both: Calendars) -> None:
    await both.edit("ines", dtend=SOON + 3 * HOUR)
    await both.look()
    event = await written(both.server, "ines", both.meeting_id)
    assert event.end.astimezone(UTC) == SOON + HOUR
    assert (await both.meeting())["state"] == "booked"


async def test_a_meeting_made_into_a_whole_day_is_turned_back_and_not_taken_for_deleted(both: Calendars) -> None:
    await both.edit("ines", dtstart=SOON.date(), dtend=SOON.date() + timedelta(days=1))
    await both.look()
    assert (await both.meeting())["state"] == "booked"
    assert await both.shown("ines") == SOON


async def test_another_calendar_without_the_meeting_cancels_nothing(both: Calendars) -> None:
    await both.delete("ines")
    async with both.world.ines() as client:
        (calendar,) = (await client.get("/calendars/mine")).json()
        assert (await client.delete(f"/calendars/{calendar['calendar_id']}")).status_code == 204
    assert (await connect(both.world, both.server, "ines")).status_code == 201
    assert (await both.meeting())["state"] == "booked"
    await both.world.running.send_deliveries()
    assert await both.shown("ines") == SOON


async def test_a_meeting_moved_here_and_there_at_once_ends_at_one_time_in_both(both: Calendars) -> None:
    await both.move("ines", SOON + 4 * HOUR)
    await both.world.tell(both.meeting_id, "move", by="mentor", at=datetime.now(UTC), starts_at=(SOON + HOUR).isoformat())
    await both.look()
    await both.look()
    assert await both.shown("ines") == await both.shown("deborah") == SOON + HOUR
    assert (await both.meeting())["moving"] is None or (await both.meeting())["moving"]["by_id"] == both.world.pair.protege_id
