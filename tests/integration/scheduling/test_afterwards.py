"""What becomes of meetings, over HTTP: ended early, missed, noted down."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import httpx2

from shared.contracts.scheduling import MeetingEnded, MeetingMissed
from tests.integration.scheduling.conftest import World
from tests.support.service import both_drivers
from tests.unit.scheduling.pair import NOW, TEN

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

# The real store, by either driver.
driver = both_drivers


async def note(world: World, starts_at: datetime = TEN, *, by: str = "protege", at: datetime = TEN + DAY) -> httpx2.Response:
    body = {"starts_at": starts_at.isoformat(), "minutes": 60, "place": "the canteen"}
    async with world.ines(at) if by == "protege" else world.deborah(at) as client:
        return await client.post(world.path("meetings/held"), json=body)


async def series(world: World) -> dict[str, Any]:
    async with world.deborah(at=TEN + DAY) as client:
        return dict((await client.get(world.path("series"))).json())


async def test_a_meeting_ends_early_frees_the_rest_and_both_see_what_was_given_back(world: World) -> None:
    meeting_id = await world.book()
    assert (await world.tell(meeting_id, "end")).status_code == 409
    assert (await world.tell(meeting_id, "end", by="mentor", at=TEN + 35 * MINUTE)).status_code == 204
    assert await world.claims() == 0
    found = await world.meeting(meeting_id)
    assert (found["state"], found["saved_minutes"], found["ends_at"]) == ("ended", 25, "2030-01-09T14:35:00Z")
    assert (await series(world))["saved_minutes"] == 25
    assert await world.running.fire_timers(TEN + DAY) == 0
    assert [event.saved_minutes for event in await world.running.published(MeetingEnded)] == [25]


async def test_a_meeting_of_the_past_is_noted_down_once(world: World) -> None:
    assert (await note(world, at=TEN)).json()["type"] == "/problems/not-over-yet"
    both = await asyncio.gather(note(world), note(world, TEN + 15 * MINUTE, by="mentor"))
    assert sorted(answer.status_code for answer in both) == [201, 409]
    assert {answer.json()["type"] for answer in both if answer.status_code == 409} == {"/problems/met-otherwise"}
    (ended,) = await world.running.published(MeetingEnded)
    assert ended.ends_at - ended.starts_at == HOUR
    found = await series(world)
    assert (found["met"], found["meetings"][0]["place"]) == (1, "the canteen")
    assert await world.running.deliveries() == []


async def test_a_meeting_long_past_is_not_noted_down_beside_one_that_was_held_then(world: World) -> None:
    await world.book()
    await world.running.fire_timers(TEN + HOUR)
    await world.database.claims.delete_many({})
    assert (await note(world, TEN + 30 * MINUTE)).status_code == 409
    assert (await note(world, TEN + HOUR)).status_code == 201


async def test_both_say_what_they_remember_of_a_missed_meeting(world: World) -> None:
    meeting_id = await world.book()
    await world.running.fire_timers(TEN + HOUR)
    assert (await world.tell(meeting_id, "missed", at=TEN + DAY, why="because")).status_code == 422
    assert (await world.tell(meeting_id, "missed", at=TEN + DAY, why="i_could_not")).status_code == 204
    assert (await world.tell(meeting_id, "met", by="mentor", at=TEN + DAY)).status_code == 204
    assert (await world.meeting(meeting_id))["words"] == {
        world.pair.protege_id: {"took_place": False, "why": "i_could_not"},
        world.pair.mentor_id: {"took_place": True, "why": ""},
    }
    assert (await series(world))["met"] == 0
    assert (await world.tell(meeting_id, "met", at=TEN + DAY)).status_code == 204
    assert (await series(world))["met"] == 1
    assert len(await world.running.published(MeetingMissed)) == 1
    assert "i_could_not" not in str([row async for row in world.database.outbox.find()])


async def test_nobody_else_says_anything_of_a_meeting(world: World) -> None:
    meeting_id = await world.book()
    async with world.running.client("stranger", at=TEN + MINUTE) as client:
        for what in ("end", "missed", "met"):
            assert (await client.post(f"/meetings/{meeting_id}/{what}", json={})).status_code == 403
        body = {"starts_at": NOW.isoformat(), "minutes": 60}
        assert (await client.post(world.path("meetings/held"), json=body)).status_code == 403
    assert (await world.meeting(meeting_id))["state"] == "booked"


async def test_a_time_that_was_proposed_and_not_picked_can_be_noted_down_when_the_two_met_all_the_same(world: World) -> None:
    await world.propose(NOW + HOUR, NOW + DAY)
    assert (await note(world, NOW + HOUR, at=NOW + 3 * HOUR)).status_code == 201
    assert (await note(world, NOW + HOUR, at=NOW + 3 * HOUR)).status_code == 409
