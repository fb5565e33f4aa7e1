"""Several meetings arranged together: all of them, or none."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import cycle, pairwise
from typing import Any

import httpx2
import pytest

from services.scheduling.domain.meeting import HOLD
from shared.contracts.scheduling import MeetingBooked, MeetingMoved, PlanProposed, PlanSettled
from tests.integration.scheduling.conftest import World
from tests.support.service import RunningService
from tests.unit.scheduling.pair import NOW, TEN, Pair

pytestmark = pytest.mark.usefixtures("long_pauses")

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
MONTHLY = [TEN + number * 28 * DAY for number in range(6)]


async def post(world: World, what: str = "", *, by: str = "protege", at: datetime = NOW, **body: Any) -> httpx2.Response:
    async with world.ines(at) if by == "protege" else world.deborah(at) as client:
        return await client.post(world.path(f"plan{what}"), json=body or None)


async def propose(world: World, starts: list[datetime], **more: Any) -> httpx2.Response:
    body = {"starts": [start.isoformat() for start in starts], "minutes": 60, "least_days": 28, "most_days": 35, **more}
    return await post(world, **body)


async def suggested(world: World, *, at: datetime = NOW, first: str | None = None, **query: int) -> dict[str, Any]:
    asked: dict[str, str | int] = {"minutes": 60, **query, **({"from": first} if first else {})}
    async with world.ines(at) as client:
        answer = await client.get(world.path("plan/suggestion"), params=asked)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def states(world: World) -> list[tuple[str, str]]:
    async with world.ines() as client:
        return [(one["state"], one["starts_at"]) for one in (await client.get(world.path("series"))).json()["meetings"]]


async def test_one_proposes_six_the_other_agrees_and_all_stand_with_the_gap_they_agreed_on(world: World) -> None:
    assert (await propose(world, MONTHLY)).status_code == 201
    assert await world.claims() == 6 * 8
    assert await states(world) == []
    (asked,) = await world.running.published(PlanProposed)
    assert (asked.other_id, len(asked.starts)) == (world.pair.mentor_id, 6)
    assert (await post(world, "/agree")).status_code == 403, "who proposes does not agree"
    answer = await post(world, "/agree", by="mentor")
    assert answer.status_code == 200, answer.text
    assert len(answer.json()["meeting_ids"]) == 6
    assert [state for state, _ in await states(world)] == ["booked"] * 6
    assert await world.claims() == 6 * 8
    assert len(await world.running.published(MeetingBooked)) == 6
    assert [event.outcome for event in await world.running.published(PlanSettled)] == ["agreed"]
    series = await world.database.series.find_one({"_id": world.pair.partnership_id})
    assert (series["least_days"], series["most_days"], series["agreements"]) == (28, 35, 1)
    assert (await post(world, "/agree", by="mentor")).status_code == 409


async def test_a_plan_of_which_one_time_is_lost_meanwhile_stands_not_at_all_and_the_next_three_are_named(world: World) -> None:
    await propose(world, MONTHLY)
    taken = [[int(MONTHLY[4].timestamp()), int((MONTHLY[4] + HOUR).timestamp())]]
    await world.database.busy.insert_one({"_id": world.pair.mentor_id, "spans": taken})
    answer = await post(world, "/agree", by="mentor")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/time-taken")
    assert len(answer.json()["next"]) == 3
    assert await states(world) == []
    assert await world.running.published(MeetingBooked) == []
    assert await world.claims() == 6 * 8, "the plan waits still"


async def test_only_who_lets_partners_book_has_six_booked_at_once(world: World) -> None:
    await world.let_partners(book=False)
    assert (await propose(world, MONTHLY, book=True)).json()["type"] == "/problems/ask-first"
    assert await world.claims() == 0
    await world.let_partners(book=True)
    assert len((await propose(world, MONTHLY, book=True)).json()["meeting_ids"]) == 6
    assert await world.claims() == 6 * 8


async def test_of_many_series_that_overlap_on_two_replicas_one_stands_whole(world: World, replica: RunningService) -> None:
    pairs = [Pair(mentor_id=world.pair.mentor_id) for _ in range(20)]
    await world.running.hear(*(pair.started() for pair in pairs))
    replicas = cycle((world.running, replica))

    async def book(pair: Pair, number: int) -> int:
        """Each in an order of days of its own, and all at the third date."""
        starts = [TEN + (number if place != 2 else 14) * HOUR / 4 + place * 28 * DAY for place in range(4)]
        body = {"starts": [start.isoformat() for start in starts], "minutes": 60, "least_days": 20, "most_days": 35, "book": True}
        async with next(replicas).client(pair.protege_id, at=NOW) as client:
            return (await client.post(f"/partnerships/{pair.partnership_id}/plan", json=body)).status_code

    answers = await asyncio.gather(*(book(pair, number) for number, pair in enumerate(pairs)))
    assert sorted(answers) == [201, *[409] * 19]
    assert await world.database.meetings.count_documents({}) == 4
    assert len({row["meeting_id"] async for row in world.database.claims.find()}) == 4


@pytest.mark.parametrize(("by", "outcome"), [("mentor", "declined"), ("protege", "withdrawn")])
async def test_a_plan_that_is_turned_down_gives_its_times_back(world: World, by: str, outcome: str) -> None:
    await propose(world, MONTHLY)
    assert (await post(world, "/decline", by=by)).status_code == 204
    assert [event.outcome for event in await world.running.published(PlanSettled)] == [outcome]
    assert await world.claims() == 0
    assert (await post(world, "/decline", by=by)).status_code == 409


async def test_a_newer_plan_takes_the_place_of_the_older_one_and_no_two_are_open(world: World) -> None:
    await propose(world, MONTHLY)
    assert (await propose(world, [start + DAY for start in MONTHLY])).status_code == 201
    assert await world.claims() == 6 * 8
    assert len(await world.running.published(PlanProposed)) == 2
    async with world.deborah() as client:
        found = (await client.get(world.path("plan"))).json()
    assert (found["state"], found["sessions"][0]["starts_at"]) == ("open", "2030-01-10T14:00:00Z")


async def test_the_times_of_a_plan_are_kept_until_its_hold_ends(world: World) -> None:
    await propose(world, MONTHLY)
    assert (await world.propose(MONTHLY[3], book=True)).status_code == 409
    async with world.ines(at=NOW + HOLD) as client:
        body = {"starts": [MONTHLY[3].isoformat()], "minutes": 60, "book": True}
        assert (await client.post(world.path("meetings"), json=body)).status_code == 201


@pytest.mark.parametrize(
    ("starts", "more", "field"),
    [
        ([TEN, TEN + 10 * DAY], {}, "starts"),
        ([TEN + 28 * DAY, TEN], {}, "starts"),
        ([TEN], {"minutes": 5}, "minutes"),
        ([TEN], {"least_days": 40, "most_days": 30}, "least_days"),
        ([TEN], {"least_days": 0}, "least_days"),
    ],
)
@pytest.mark.parametrize("book", [True, False])
async def test_what_makes_no_series_is_refused(
    world: World,
    starts: list[datetime],
    more: dict[str, int],
    field: str,
    book: bool,  # noqa: FBT001
) -> None:
    answer = await propose(world, starts, book=book, **more)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field]
    assert await world.claims() == 0


async def test_a_meeting_of_others_cannot_be_moved_by_a_plan(world: World) -> None:
    other = Pair(mentor_id=world.pair.mentor_id)
    await world.running.hear(other.started())
    meeting_id = await world.book()
    async with world.running.client(other.protege_id, at=NOW) as client:
        body = {
            "starts": [(TEN + DAY).isoformat()],
            "meeting_ids": [meeting_id],
            "minutes": 60,
            "least_days": 1,
            "most_days": 9,
            "book": True,
        }
        assert (await client.post(f"/partnerships/{other.partnership_id}/plan", json=body)).status_code == 403
    assert (await world.meeting(meeting_id))["starts_at"] == "2030-01-09T14:00:00Z"


async def test_six_meetings_are_suggested_in_the_rhythm_of_the_charter_and_can_be_proposed_as_they_are(world: World) -> None:
    await world.running.hear(world.pair.signed(cadence_weeks=4))
    found = await suggested(world, first="2030-01-07")
    assert (found["least_days"], found["most_days"]) == (28, 35)
    starts = [datetime.fromisoformat(session["starts_at"]) for session in found["sessions"]]
    assert [(after.date() - before.date()).days for before, after in pairwise(starts)] == [28] * 5
    assert {one["person_id"] for one in found["borne"]} == {world.pair.protege_id, world.pair.mentor_id}
    assert (await propose(world, starts)).status_code == 201


async def test_the_gap_agreed_on_is_the_one_that_is_suggested_from_then_on(world: World) -> None:
    await propose(world, [TEN, TEN + 35 * DAY], least_days=30, most_days=42, book=True)
    found = await suggested(world, sessions=4)
    assert (found["least_days"], found["most_days"]) == (30, 42)
    assert (await suggested(world, least=7, most=7))["most_days"] == 7


async def test_when_a_time_is_lost_the_plan_moves_that_meeting_and_leaves_the_others(world: World) -> None:
    starts = [TEN + number * 35 * DAY for number in range(4)]
    made = (await propose(world, starts, most_days=42, book=True)).json()["meeting_ids"]
    day = [[int((starts[2] - 8 * HOUR).timestamp()), int((starts[2] + 10 * HOUR).timestamp())]]
    await world.database.busy.insert_one({"_id": world.pair.mentor_id, "spans": day})
    found = await suggested(world, sessions=4, first="2030-01-07")
    assert [session["meeting_id"] for session in found["sessions"]] == made
    assert [session["moved"] for session in found["sessions"]] == [False, False, True, False]
    times = [datetime.fromisoformat(session["starts_at"]) for session in found["sessions"]]
    assert (await propose(world, times, meeting_ids=made, most_days=42)).status_code == 201
    assert (await post(world, "/agree", by="mentor")).json()["meeting_ids"] == [made[2]]
    assert [event.starts_at for event in await world.running.published(MeetingMoved)] == [times[2]]
    assert len(await states(world)) == 4


async def test_what_begins_within_two_days_is_not_moved_even_if_its_time_is_lost(world: World) -> None:
    meeting_id = await world.book(TEN)
    spans = [[int(TEN.timestamp()), int((TEN + HOUR).timestamp())]]
    await world.database.busy.insert_one({"_id": world.pair.mentor_id, "spans": spans})
    for days, moved in ((1, False), (9, True)):
        (session,) = (await suggested(world, sessions=1, at=TEN - days * DAY, least=28, most=35))["sessions"]
        assert (session["meeting_id"], session["moved"]) == (meeting_id, moved)


async def test_without_any_time_in_the_gap_nothing_is_suggested(world: World) -> None:
    spans = [[int(datetime(2029, 1, 1, tzinfo=UTC).timestamp()), int(datetime(2032, 1, 1, tzinfo=UTC).timestamp())]]
    await world.database.busy.insert_one({"_id": world.pair.mentor_id, "spans": spans})
    assert (await suggested(world, first="2030-01-07"))["sessions"] == []
