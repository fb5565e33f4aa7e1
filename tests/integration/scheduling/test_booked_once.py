"""Nobody is in two meetings at once, however many ask at the same time."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2

from shared.contracts.scheduling import MeetingBooked
from tests.integration.scheduling.conftest import World
from tests.support.service import both_drivers
from tests.unit.scheduling.pair import NOW, TEN, Pair

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)

# The real store, by either driver.
driver = both_drivers


async def test_a_hundred_who_want_overlapping_times_of_one_mentor_get_one_meeting(world: World) -> None:
    pairs = [Pair(mentor_id=world.pair.mentor_id) for _ in range(20)]
    await world.running.hear(*(pair.started() for pair in pairs))

    async def book(pair: Pair, starts_at: Any) -> httpx2.Response:
        async with world.running.client(pair.protege_id, at=NOW) as client:
            body = {"starts": [starts_at.isoformat()], "minutes": 60, "book": True}
            return await client.post(f"/partnerships/{pair.partnership_id}/meetings", json=body)

    # From a quarter of an hour to the hour before TEN until as long after it, all overlap at TEN itself.
    wanted = [(pair, TEN - HOUR / 2 + number * QUARTER / 2) for pair in pairs for number in range(5)]
    answers = await asyncio.gather(*(book(pair, starts_at) for pair, starts_at in wanted))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 99]
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} == {"/problems/time-taken"}
    assert len(await world.running.published(MeetingBooked)) == 1
    assert await world.database.meetings.count_documents({}) == 1
    assert len({row["meeting_id"] async for row in world.database.claims.find()}) == 1


async def test_a_proposed_time_that_was_taken_meanwhile_cannot_be_picked(world: World) -> None:
    meeting_id = (await world.propose(TEN, TEN + HOUR)).json()["meeting_id"]
    await world.book(TEN)
    answer = await world.tell(meeting_id, "pick", by="mentor", starts_at=TEN.isoformat())
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/time-taken")
    assert (await world.tell(meeting_id, "pick", by="mentor", starts_at=(TEN + HOUR).isoformat())).status_code == 204


async def test_a_picked_time_is_checked_against_the_calendars_again(world: World) -> None:
    meeting_id = (await world.propose(TEN)).json()["meeting_id"]
    await world.database.busy.insert_one({"_id": world.pair.mentor_id, "spans": [[int(TEN.timestamp()), int(TEN.timestamp()) + 900]]})
    assert (await world.tell(meeting_id, "pick", by="mentor", starts_at=TEN.isoformat())).status_code == 409


async def test_a_time_that_is_not_free_can_be_neither_booked_nor_proposed_nor_moved_to(world: World) -> None:
    meeting_id = await world.book(TEN)
    other = await world.book(TEN + HOUR)
    assert (await world.propose(TEN + QUARTER)).status_code == 409
    assert (await world.propose(TEN + QUARTER, book=True)).status_code == 409
    assert (await world.tell(other, "move", starts_at=(TEN + QUARTER).isoformat())).status_code == 409
    assert (await world.meeting(other))["starts_at"] == "2030-01-09T15:00:00Z"
    assert (await world.meeting(meeting_id))["state"] == "booked"


async def test_a_meeting_moved_by_a_quarter_of_an_hour_does_not_stand_in_its_own_way(world: World) -> None:
    meeting_id = await world.book(TEN)
    assert (await world.tell(meeting_id, "move", starts_at=(TEN + QUARTER).isoformat())).status_code == 204
    assert await world.claims() == 8
    await world.book(TEN - 3 * QUARTER)


async def test_two_who_move_a_meeting_at_once_leave_it_at_one_time(world: World) -> None:
    meeting_id = await world.book(TEN)
    moves = [world.tell(meeting_id, "move", starts_at=(TEN + number * HOUR).isoformat()) for number in range(1, 9)]
    answers = await asyncio.gather(*moves)
    assert {answer.status_code for answer in answers} <= {204, 409}
    found = await world.meeting(meeting_id)
    buckets = sorted({row["bucket"] async for row in world.database.claims.find({"person_id": world.pair.mentor_id})})
    assert len(buckets) == 4
    assert buckets[0] * 900 == (await world.database.meetings.find_one({"_id": meeting_id}))["starts_at"].timestamp()
    assert found["state"] == "booked"
