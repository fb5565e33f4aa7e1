"""Nobody is in two meetings at once, however many ask at the same time."""

import asyncio
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

import httpx2

from services.scheduling.domain.meeting import HOLD
from shared.contracts.scheduling import MeetingBooked
from tests.integration.scheduling.conftest import World
from tests.support.service import RunningService, both_drivers
from tests.unit.scheduling.pair import NOW, TEN, Pair

QUARTER, HOUR = timedelta(minutes=15), timedelta(hours=1)

# The real store, by either driver.
driver = both_drivers


async def test_two_hundred_who_want_overlapping_times_of_one_mentor_on_two_replicas_get_one_meeting(
    world: World, replica: RunningService
) -> None:
    pairs = [Pair(mentor_id=world.pair.mentor_id) for _ in range(20)]
    await world.running.hear(*(pair.started() for pair in pairs))
    replicas = cycle((world.running, replica))

    async def book(pair: Pair, starts_at: Any) -> httpx2.Response:
        async with next(replicas).client(pair.protege_id, at=NOW) as client:
            body = {"starts": [starts_at.isoformat()], "minutes": 60, "book": True}
            return await client.post(f"/partnerships/{pair.partnership_id}/meetings", json=body)

    # From half an hour before TEN until as long after it: all overlap.
    wanted = [(pair, TEN - HOUR / 2 + number * QUARTER / 3) for pair in pairs for number in range(10)]
    answers = await asyncio.gather(*(book(pair, starts_at) for pair, starts_at in wanted))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 199]
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} == {"/problems/time-taken"}
    assert len(await world.running.published(MeetingBooked)) == 1
    assert await world.database.meetings.count_documents({}) == 1
    assert len({row["meeting_id"] async for row in world.database.claims.find()}) == 1


async def test_a_proposed_time_is_kept_until_its_hold_ends_and_then_anybodys(world: World) -> None:
    meeting_id = (await world.propose(TEN, TEN + HOUR)).json()["meeting_id"]
    assert await world.claims() == 16
    refused = await world.propose(TEN, book=True)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/time-taken")
    assert (await world.propose(TEN - QUARTER)).status_code == 409
    async with world.ines(at=NOW + HOLD) as client:
        body = {"starts": [TEN.isoformat()], "minutes": 60, "book": True}
        assert (await client.post(world.path("meetings"), json=body)).status_code == 201
    assert await world.claims() == 16
    answer = await world.tell(meeting_id, "pick", by="mentor", at=NOW + HOLD, starts_at=TEN.isoformat())
    assert answer.status_code == 409
    answer = await world.tell(meeting_id, "pick", by="mentor", at=NOW + HOLD, starts_at=(TEN + HOUR).isoformat())
    assert answer.status_code == 204
    assert await world.claims() == 16


async def test_a_hold_that_has_ended_is_taken_over_by_one_of_many(world: World) -> None:
    await world.propose(TEN)
    pairs = [Pair(mentor_id=world.pair.mentor_id) for _ in range(12)]
    await world.running.hear(*(pair.started() for pair in pairs))

    async def book(pair: Pair) -> int:
        async with world.running.client(pair.protege_id, at=NOW + HOLD) as client:
            body = {"starts": [TEN.isoformat()], "minutes": 60, "book": True}
            return (await client.post(f"/partnerships/{pair.partnership_id}/meetings", json=body)).status_code

    assert sorted(await asyncio.gather(*(book(pair) for pair in pairs))) == [201, *[409] * 11]


async def test_who_was_too_late_hears_the_next_three_times_that_are_free(world: World) -> None:
    await world.book(TEN)
    refused = (await world.propose(TEN, book=True)).json()
    assert refused["detail"] == "One of you is not free at this time any more."
    starts = [datetime.fromisoformat(offer["starts_at"]) for offer in refused["next"]]
    assert len(starts) == 3
    assert all(TEN.date() <= start.date() and abs(start - TEN) >= HOUR for start in starts)
    for start in starts:
        await world.book(start)


async def test_a_proposal_that_is_taken_back_gives_its_times_back(world: World) -> None:
    meeting_id = (await world.propose(TEN, TEN + HOUR)).json()["meeting_id"]
    await world.tell(meeting_id, "cancel")
    assert await world.claims() == 0
    await world.book(TEN)


async def test_nobody_is_booked_into_who_has_not_said_that_they_may_be(world: World) -> None:
    await world.let_partners(book=False)
    answer = await world.propose(TEN, book=True)
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/ask-first")
    assert await world.claims() == 0
    async with world.ines() as client:
        assert (await client.get(world.path("slots"))).json()["may_book"] is False
    await world.let_partners(book=True)
    async with world.ines() as client:
        assert (await client.get(world.path("slots"))).json()["may_book"] is True
    await world.book(TEN)


async def test_held_times_are_not_offered_until_the_hold_ends(world: World) -> None:
    await world.propose(TEN)

    async def free(at: datetime) -> list[str]:
        async with world.ines(at=at) as client:
            query = {"from": TEN.date().isoformat(), "days": "1", "minutes": "60"}
            return [slot["starts_at"] for slot in (await client.get(world.path("slots"), params=query)).json()["free"]]

    assert "2030-01-09T14:00:00Z" not in await free(NOW)
    assert "2030-01-09T14:00:00Z" in await free(NOW + HOLD)


async def test_a_proposed_time_that_was_taken_meanwhile_cannot_be_picked(world: World) -> None:
    meeting_id = (await world.propose(TEN, TEN + HOUR)).json()["meeting_id"]
    await world.database.claims.delete_many({})
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
