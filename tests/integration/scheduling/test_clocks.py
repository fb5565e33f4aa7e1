"""What the clock on the wall shows at a meeting, and what becomes of it when the rules of the clock change, or the two pause."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from tzdata import IANA_VERSION

from services.scheduling.store import rezone_all
from shared.contracts.scheduling import MeetingCancelled, MeetingMoved, MeetingRezoned
from tests.integration.scheduling.conftest import World
from tests.integration.scheduling.test_invitations import calendar_in
from tests.unit.scheduling.pair import NOW, TEN

pytestmark = pytest.mark.usefixtures("long_pauses")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def agreed(world: World, meeting_id: str) -> dict[str, Any]:
    return dict((await world.database.meetings.find_one({"_id": meeting_id}))["agreed"])


async def of_old_rules(world: World, meeting_id: str, wall: str) -> None:
    """As if the meeting had been agreed on by zone data of which the clock shows another time now."""
    change = {"agreed": {"wall": wall, "zone": "Europe/Lisbon", "tzdata": "1999a"}}
    await world.database.meetings.update_one({"_id": meeting_id}, {"$set": change})


async def test_a_meeting_remembers_what_the_clock_shows_and_by_which_rules(world: World) -> None:
    meeting_id = await world.book()
    assert await agreed(world, meeting_id) == {"wall": "2030-01-09T14:00:00", "zone": "Europe/Lisbon", "tzdata": IANA_VERSION}
    await world.tell(meeting_id, "move", starts_at=(TEN + HOUR).isoformat())
    assert (await agreed(world, meeting_id))["wall"] == "2030-01-09T15:00:00"


async def test_by_new_rules_a_meeting_stays_at_its_time_on_the_wall_and_both_are_told(world: World) -> None:
    meeting_id = await world.book()
    await world.running.send_deliveries()
    world.mail.received.clear()
    await of_old_rules(world, meeting_id, "2030-01-09T15:00:00")
    assert await rezone_all(world.running.service) == 1
    assert (await world.meeting(meeting_id))["starts_at"] == "2030-01-09T15:00:00Z"
    assert await agreed(world, meeting_id) == {"wall": "2030-01-09T15:00:00", "zone": "Europe/Lisbon", "tzdata": IANA_VERSION}
    (told,) = await world.running.published(MeetingRezoned)
    assert (told.previous_starts_at, told.starts_at, told.zone) == (TEN, TEN + HOUR, "Europe/Lisbon")
    assert [event.by_id for event in await world.running.published(MeetingMoved)] == [""]
    await world.running.send_deliveries()
    assert [calendar_in(mail).events[0]["DTSTART"].dt for mail in world.mail.received] == [TEN + HOUR] * 2
    assert await rezone_all(world.running.service) == 0
    assert await world.running.fire_timers(TEN + HOUR + HOUR) == 1


async def test_rules_that_change_nothing_about_a_meeting_tell_nobody(world: World) -> None:
    meeting_id = await world.book()
    await of_old_rules(world, meeting_id, "2030-01-09T14:00:00")
    assert await rezone_all(world.running.service) == 1
    assert (await agreed(world, meeting_id))["tzdata"] == IANA_VERSION
    assert await world.running.published(MeetingMoved) == []


async def test_where_the_new_instant_is_not_free_the_meeting_stays_and_both_get_it_by_the_new_clock(world: World) -> None:
    meeting_id = await world.book()
    await world.book(TEN + HOUR)
    await world.running.send_deliveries()
    world.mail.received.clear()
    await of_old_rules(world, meeting_id, "2030-01-09T15:00:00")
    await rezone_all(world.running.service)
    assert (await world.meeting(meeting_id))["starts_at"] == "2030-01-09T14:00:00Z"
    assert (await agreed(world, meeting_id))["wall"] == "2030-01-09T14:00:00"
    await world.running.send_deliveries()
    assert len(world.mail.received) == 2


async def test_a_meeting_of_before_clocks_were_kept_is_left_alone(world: World) -> None:
    meeting_id = await world.book()
    await world.database.meetings.update_one({"_id": meeting_id}, {"$unset": {"agreed": ""}})
    assert await rezone_all(world.running.service) == 0
    assert (await world.meeting(meeting_id))["state"] == "booked"


async def test_meetings_within_a_pause_are_cancelled_and_those_after_it_stand(world: World) -> None:
    within, after = await world.book(TEN), await world.book(TEN + 20 * DAY)
    asked = (await world.propose(TEN + DAY, TEN + 2 * DAY)).json()["meeting_id"]
    open_still = (await world.propose(TEN + 3 * DAY, TEN + 21 * DAY)).json()["meeting_id"]
    await world.running.hear(world.pair.paused(date(2030, 1, 20)))
    await world.running.fire_timers(NOW)
    states = [(await world.meeting(one))["state"] for one in (within, after, asked, open_still)]
    assert states == ["cancelled", "booked", "cancelled", "proposed"]
    assert [event.by_id for event in await world.running.published(MeetingCancelled)] == [None, None]
    await world.running.send_deliveries()
    cancelled = [calendar_in(mail) for mail in world.mail.received if calendar_in(mail)["METHOD"] == "CANCEL"]
    assert {str(one.events[0]["UID"]) for one in cancelled} == {f"{within}@meetings.tandem"}
    assert len(cancelled) == 2


async def test_the_last_day_of_a_pause_is_by_the_proteges_clock(world: World) -> None:
    midnight = datetime(2030, 1, 20, 0, 0, tzinfo=UTC)  # in Lisbon; seven in the evening before in Toronto
    before, on_the_day = await world.book(midnight - HOUR, minutes=45), await world.book(midnight, minutes=45)
    await world.running.hear(world.pair.paused(date(2030, 1, 20)))
    await world.running.fire_timers(NOW)
    assert [(await world.meeting(one))["state"] for one in (before, on_the_day)] == ["cancelled", "booked"]


async def test_a_pause_that_is_over_cancels_nothing(world: World) -> None:
    meeting_id = await world.book()
    await world.running.hear(world.pair.paused(date(2030, 3, 1)), world.pair.resumed())
    await world.running.fire_timers(NOW)
    assert (await world.meeting(meeting_id))["state"] == "booked"
