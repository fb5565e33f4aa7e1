"""One suite over the stores in memory and those on MongoDB, so that a test of handlers may trust the former."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from services.goals.domain import (
    Charter,
    Feedback,
    FeedbackIsGivenOnce,
    GoalNotFound,
    MeetingNotFound,
    Outcome,
    PartnershipNotFound,
)
from services.goals.handlers import Charters, Feedbacks, Goals, Meetings, Partnerships
from services.goals.store import INDEXES, MongoCharters, MongoFeedbacks, MongoGoals, MongoMeetings, MongoPartnerships
from shared.errors import StaleAggregate
from shared.mongo import ensure_indexes
from shared.unit import Unit
from tests.support.service import both_drivers
from tests.unit.goals.builders import DAY, DEBORAH, INES, NOON, a_goal, a_meeting, a_partnership, an_agreement
from tests.unit.goals.memory import Kept, MemoryCharters, MemoryFeedbacks, MemoryGoals, MemoryMeetings, MemoryPartnerships


@dataclass(frozen=True)
class Stores:
    """The stores of one unit of work."""

    partnerships: Partnerships
    meetings: Meetings
    charters: Charters
    goals: Goals
    feedbacks: Feedbacks


Work = Callable[[], AbstractAsyncContextManager[Stores]]


# The real store, by either driver.
driver = both_drivers


@pytest.fixture(params=["in memory", "mongo"])
def work(request: pytest.FixtureRequest, driver: str) -> Work:
    """A unit of work: what is saved in it is there after it."""
    if request.param == "in memory":
        kept = Kept()

        @asynccontextmanager
        async def in_memory() -> AsyncIterator[Stores]:
            yield Stores(MemoryPartnerships(kept), MemoryMeetings(kept), MemoryCharters(kept), MemoryGoals(kept), MemoryFeedbacks(kept))

        return in_memory
    database: Any = request.getfixturevalue("database")

    @asynccontextmanager
    async def on_mongodb() -> AsyncIterator[Stores]:
        await ensure_indexes(database, INDEXES)
        unit = Unit(database, None, at=NOON, writer="test")
        yield Stores(MongoPartnerships(unit), MongoMeetings(unit), MongoCharters(unit), MongoGoals(unit), MongoFeedbacks(unit))
        await unit.flush()

    return on_mongodb


async def test_what_others_told_comes_back_as_it_was_told(work: Work) -> None:
    partnership, meeting = a_partnership(ends_on=NOON.date()), a_meeting()
    async with work() as stores:
        await stores.partnerships.save(partnership)
        await stores.meetings.save(meeting)
    async with work() as stores:
        assert await stores.partnerships.get(partnership.id) == partnership
        assert await stores.meetings.get(meeting.id) == meeting


async def test_what_was_told_later_replaces_what_was_told_before(work: Work) -> None:
    partnership = a_partnership()
    ended = partnership.model_copy(update={"ended_at": NOON + DAY, "reason": "completed"})
    for told in (partnership, ended):
        async with work() as stores:
            await stores.partnerships.save(told)
    async with work() as stores:
        assert await stores.partnerships.get(partnership.id) == ended


async def test_what_nobody_told_is_not_found(work: Work) -> None:
    async with work() as stores:
        with pytest.raises(PartnershipNotFound):
            await stores.partnerships.get("nowhere")
        with pytest.raises(MeetingNotFound):
            await stores.meetings.get("nowhere")
        with pytest.raises(GoalNotFound):
            await stores.goals.get("nowhere")


async def test_a_charter_is_empty_until_it_is_saved(work: Work) -> None:
    partnership = a_partnership()
    async with work() as stores:
        charter = await stores.charters.of(partnership)
        assert charter == Charter.between(partnership)
        charter.propose(an_agreement(), by=INES, at=NOON)
        await stores.charters.save(charter)
    async with work() as stores:
        assert (await stores.charters.of(partnership)).versions == charter.versions


async def test_two_who_write_the_first_charter_at_once_cannot_both_be_saved(work: Work) -> None:
    partnership = a_partnership()

    async def both_propose() -> None:
        async with work() as mine, work() as yours:
            for_me, for_you = await mine.charters.of(partnership), await yours.charters.of(partnership)
            for_me.propose(an_agreement("Mine"), by=INES, at=NOON)
            for_you.propose(an_agreement("Yours"), by=DEBORAH, at=NOON)
            await mine.charters.save(for_me)
            await yours.charters.save(for_you)

    with pytest.raises(StaleAggregate):
        await both_propose()


async def test_goals_come_in_the_order_in_which_they_were_written(work: Work) -> None:
    first = a_goal()
    second = a_goal().model_copy(update={"partnership_id": first.partnership_id})
    other = a_goal()
    async with work() as stores:
        for goal in (second, other, first):
            goal.published()
            await stores.goals.save(goal)
    async with work() as stores:
        assert [goal.id for goal in await stores.goals.of_partnership(first.partnership_id)] == [first.id, second.id]
        assert [goal.id for goal in await stores.goals.of_protege(INES)] == [first.id, second.id, other.id]
        assert await stores.goals.of_protege(DEBORAH) == []


async def test_a_stale_goal_cannot_be_saved(work: Work) -> None:
    goal = a_goal()
    async with work() as stores:
        await stores.goals.save(goal)

    async def both_close() -> None:
        async with work() as mine, work() as yours:
            for_me, for_you = await mine.goals.get(goal.id), await yours.goals.get(goal.id)
            for_me.close(Outcome.REACHED, by=INES, at=NOON)
            for_you.close(Outcome.LET_GO, by=INES, at=NOON)
            await mine.goals.save(for_me)
            await yours.goals.save(for_you)

    with pytest.raises(StaleAggregate):
        await both_close()
    async with work() as stores:
        assert (await stores.goals.get(goal.id)).version == 2


async def test_feedback_is_kept_once_for_each_person_and_meeting(work: Work) -> None:
    meeting = a_meeting()

    def feedback(by: str) -> Feedback:
        return Feedback.give(meeting, by=by, worth_it=True, did_as_agreed=True, line="", at=NOON)

    async with work() as stores:
        await stores.feedbacks.add(feedback(INES))
        await stores.feedbacks.add(feedback(DEBORAH))
    with pytest.raises(FeedbackIsGivenOnce):
        async with work() as stores:
            await stores.feedbacks.add(feedback(INES))
    async with work() as stores:
        assert [found.person_id for found in await stores.feedbacks.of_person(INES)] == [INES]


async def test_feedback_comes_the_latest_first(work: Work) -> None:
    given = [Feedback.give(a_meeting(), by=INES, worth_it=True, did_as_agreed=True, line="", at=NOON) for _ in range(3)]
    async with work() as stores:
        for feedback in given:
            await stores.feedbacks.add(feedback)
    async with work() as stores:
        assert [found.id for found in await stores.feedbacks.of_person(INES)] == [feedback.id for feedback in reversed(given)]
