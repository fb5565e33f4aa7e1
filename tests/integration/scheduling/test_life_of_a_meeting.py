"""A meeting from the first proposal to its end, over HTTP."""

from datetime import date, datetime, timedelta

import pytest

from shared.contracts.scheduling import MeetingBooked, MeetingCancelled, MeetingEnded, MeetingMissed, MeetingMoved, MeetingProposed
from tests.integration.scheduling.conftest import World
from tests.support.service import both_drivers
from tests.unit.scheduling.pair import NOW, TEN

HOUR, DAY = timedelta(hours=1), timedelta(days=1)

# The real store, by either driver.
driver = both_drivers


async def test_one_proposes_the_other_picks_and_the_meeting_stands(world: World) -> None:
    answer = await world.propose(TEN, TEN + DAY, TEN + 2 * DAY)
    assert answer.status_code == 201, answer.text
    meeting_id = answer.json()["meeting_id"]
    assert (await world.meeting(meeting_id))["state"] == "proposed"
    assert (await world.tell(meeting_id, "pick", by="mentor", starts_at=(TEN + DAY).isoformat())).status_code == 204
    found = await world.meeting(meeting_id)
    assert found["state"] == "booked"
    assert found["starts_at"] == "2030-01-10T14:00:00Z"
    assert found["ends_at"] == "2030-01-10T15:00:00Z"
    assert [len(event.starts) for event in await world.running.published(MeetingProposed)] == [3]
    assert [event.starts_at for event in await world.running.published(MeetingBooked)] == [TEN + DAY]


async def test_a_meeting_is_booked_moved_and_ends_by_itself(world: World) -> None:
    meeting_id = await world.book()
    assert (await world.tell(meeting_id, "move", by="mentor", starts_at=(TEN + HOUR).isoformat())).status_code == 204
    assert await world.running.fire_timers(TEN + HOUR) == 0
    assert await world.running.fire_timers(TEN + 2 * HOUR) == 1
    assert (await world.meeting(meeting_id))["state"] == "ended"
    (moved,) = await world.running.published(MeetingMoved)
    assert (moved.previous_starts_at, moved.starts_at, moved.by_id) == (TEN, TEN + HOUR, world.pair.mentor_id)
    (ended,) = await world.running.published(MeetingEnded)
    assert ended.ends_at == ended.at == TEN + 2 * HOUR
    async with world.ines() as client:
        series = (await client.get(world.path("series"))).json()
    assert (series["met"], series["last_met_at"]) == (1, "2030-01-09T15:00:00Z")


async def test_a_cancelled_meeting_frees_its_time_and_never_ends(world: World) -> None:
    meeting_id = await world.book()
    assert await world.claims() == 8
    assert (await world.tell(meeting_id, "cancel")).status_code == 204
    assert await world.claims() == 0
    assert await world.running.fire_timers(TEN + DAY) == 0
    assert [event.by_id for event in await world.running.published(MeetingCancelled)] == [world.pair.protege_id]
    await world.book()


async def test_a_meeting_that_was_held_can_still_be_called_missed(world: World) -> None:
    meeting_id = await world.book()
    assert (await world.tell(meeting_id, "missed")).status_code == 409
    await world.running.fire_timers(TEN + HOUR)
    assert (await world.tell(meeting_id, "missed", at=TEN + DAY)).status_code == 204
    assert (await world.meeting(meeting_id))["state"] == "missed"
    assert len(await world.running.published(MeetingMissed)) == 1


async def test_the_end_of_a_partnership_cancels_what_is_still_arranged(world: World) -> None:
    booked, proposed = await world.book(), (await world.propose(TEN + DAY)).json()["meeting_id"]
    await world.running.hear(world.pair.ended())
    assert await world.running.fire_timers(NOW) == 1
    assert {(await world.meeting(one))["state"] for one in (booked, proposed)} == {"cancelled"}
    assert {event.by_id for event in await world.running.published(MeetingCancelled)} == {None}
    assert await world.claims() == 0
    assert (await world.propose(TEN)).status_code == 409


async def test_the_charter_sets_the_rhythm_whenever_it_is_heard_of(world: World) -> None:
    await world.running.hear(world.pair.signed(cadence_weeks=2, minutes=30))
    meeting_id = await world.book()
    await world.running.fire_timers(TEN + HOUR)
    async with world.ines(at=TEN + DAY) as client:
        series = (await client.get(world.path("series"))).json()
    assert (series["cadence_weeks"], series["minutes"], series["next_due_on"]) == (2, 30, "2030-01-23")
    assert [meeting["meeting_id"] for meeting in series["meetings"]] == [meeting_id]


async def test_reactions_heard_twice_change_nothing(world: World) -> None:
    records = await world.running.hear(world.pair.signed())
    before = [row async for row in world.database.rhythms.find()]
    await world.running.service.consumer.take(records)
    await world.running.service.consumer.take([world.running.record(world.pair.started())] * 2)
    assert [row async for row in world.database.rhythms.find()] == before
    assert await world.database.series.count_documents({}) == 1


async def test_meetings_of_the_past_can_be_arranged_by_the_clock_of_their_time(world: World) -> None:
    then = NOW.replace(year=2020)
    answer = None
    async with world.ines(at=then) as client:
        body = {"starts": [(then + DAY).isoformat()], "minutes": 60, "book": True}
        answer = await client.post(world.path("meetings"), json=body)
    assert answer.status_code == 201
    await world.running.send_deliveries()
    assert {row["state"] for row in await world.running.deliveries()} == {"expired"}
    assert world.mail.received == []


@pytest.mark.parametrize(("query", "number"), [({}, 2), ({"from": TEN + DAY}, 2), ({"from": TEN + 2 * DAY}, 1), ({"until": TEN}, 1)])
async def test_my_meetings_can_be_asked_for_by_time_and_open_questions_always_come(
    world: World, query: dict[str, datetime], number: int
) -> None:
    await world.book(TEN + DAY)
    await world.propose(TEN + 3 * DAY)
    async with world.deborah() as client:
        answer = await client.get("/meetings/mine", params={name: value.isoformat() for name, value in query.items()})
    assert len(answer.json()) == number


async def test_a_pause_puts_off_when_the_next_meeting_is_due(world: World) -> None:
    async def due() -> str:
        async with world.ines() as client:
            return str((await client.get(world.path("series"))).json()["next_due_on"])

    before = await due()
    await world.running.hear(world.pair.paused(date(2030, 3, 1)))
    assert await due() == "2030-03-01"
    await world.running.hear(world.pair.resumed(), world.pair.prolonged(date(2031, 1, 1)))
    assert await due() == before
    assert (await world.database.series.find_one({"_id": world.pair.partnership_id}))["ends_on"] == "2031-01-01"
    assert await world.running.letters() == []
