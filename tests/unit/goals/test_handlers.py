from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.goals.domain import (
    Area,
    FeedbackIsGivenOnce,
    GoalNotFound,
    HintCode,
    MeetingNotFound,
    MeetingState,
    NotSharedWithYou,
    NotYourPartnership,
    Outcome,
    Partnership,
    PartnershipNotFound,
)
from services.goals.handlers import (
    CloseGoal,
    GiveFeedback,
    ListGoals,
    ListMyFeedback,
    ListMyGoals,
    ProposeCharter,
    ReadCharter,
    ReadGoal,
    SignCharter,
    WriteGoal,
    close_goal,
    give_feedback,
    list_goals,
    list_my_feedback,
    list_my_goals,
    propose_charter,
    read_charter,
    read_goal,
    sign_charter,
    write_goal,
)
from shared.contracts.goals import CharterProposed, CharterSigned, FeedbackGiven, GoalClosed, GoalWritten
from tests.unit.goals.builders import DAY, DEBORAH, INES, NOON, STRANGER, a_meeting, a_partnership, an_agreement, some_words
from tests.unit.goals.memory import Kept, MemoryCharters, MemoryFeedbacks, MemoryGoals, MemoryMeetings, MemoryPartnerships


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
async def pair(kept: Kept) -> Partnership:
    partnership = a_partnership(ends_on=date(2026, 12, 1))
    await MemoryPartnerships(kept).save(partnership)
    return partnership


async def test_a_charter_is_proposed_signed_and_read(kept: Kept, pair: Partnership) -> None:
    stores = MemoryPartnerships(kept), MemoryCharters(kept)
    propose = ProposeCharter(partnership_id=pair.id, agreement=an_agreement(), based_on=0, by=INES, at=NOON)
    assert await propose_charter(propose, *stores) == 1
    await sign_charter(SignCharter(partnership_id=pair.id, version=1, by=DEBORAH, at=NOON), *stores)
    charter = await read_charter(ReadCharter(partnership_id=pair.id, by=INES), *stores)
    assert charter.in_force is not None
    assert [type(event) for event in kept.events] == [CharterProposed, CharterSigned]


async def test_a_stranger_is_refused_before_anything_is_read(kept: Kept, pair: Partnership) -> None:
    stores = MemoryPartnerships(kept), MemoryCharters(kept)
    with pytest.raises(NotYourPartnership):
        await read_charter(ReadCharter(partnership_id=pair.id, by=STRANGER), *stores)
    with pytest.raises(PartnershipNotFound):
        await read_charter(ReadCharter(partnership_id="nowhere", by=INES), *stores)
    with pytest.raises(NotYourPartnership):
        await list_goals(ListGoals(partnership_id=pair.id, by=STRANGER), MemoryPartnerships(kept), MemoryGoals(kept))


async def test_a_goal_is_written_read_with_hints_and_closed(kept: Kept, pair: Partnership) -> None:
    partnerships, goals = MemoryPartnerships(kept), MemoryGoals(kept)
    late = some_words(due_on=date(2027, 1, 1), area=Area.FAMILY)
    goal_id = await write_goal(WriteGoal(partnership_id=pair.id, words=late, shared=None, by=INES, at=NOON), partnerships, goals)
    _, hints = await read_goal(ReadGoal(goal_id=goal_id, by=INES, at=NOON), goals, partnerships)
    assert [hint.code for hint in hints] == [HintCode.STEPS_MISSING, HintCode.DUE_AFTER_END]
    with pytest.raises(NotSharedWithYou):
        await read_goal(ReadGoal(goal_id=goal_id, by=DEBORAH, at=NOON), goals, partnerships)
    await close_goal(CloseGoal(goal_id=goal_id, outcome=Outcome.LET_GO, by=INES, at=NOON), goals)
    _, hints = await read_goal(ReadGoal(goal_id=goal_id, by=INES, at=NOON), goals, partnerships)
    assert hints == []
    assert [type(event) for event in kept.events] == [GoalWritten, GoalClosed]
    with pytest.raises(GoalNotFound):
        await read_goal(ReadGoal(goal_id="nowhere", by=INES, at=NOON), goals, partnerships)


async def test_hints_are_for_the_author_alone(kept: Kept, pair: Partnership) -> None:
    partnerships, goals = MemoryPartnerships(kept), MemoryGoals(kept)
    vague = some_words(title="Get better at presenting")
    goal_id = await write_goal(WriteGoal(partnership_id=pair.id, words=vague, shared=True, by=INES, at=NOON), partnerships, goals)
    assert (await read_goal(ReadGoal(goal_id=goal_id, by=INES, at=NOON), goals, partnerships))[1]
    assert (await read_goal(ReadGoal(goal_id=goal_id, by=DEBORAH, at=NOON), goals, partnerships))[1] == []


async def test_the_mentor_is_listed_only_what_is_shared(kept: Kept, pair: Partnership) -> None:
    partnerships, goals = MemoryPartnerships(kept), MemoryGoals(kept)
    write = WriteGoal(partnership_id=pair.id, words=some_words(), shared=True, by=INES, at=NOON)
    shared = await write_goal(write, partnerships, goals)
    private = await write_goal(replace(write, shared=False), partnerships, goals)
    of_pair = ListGoals(partnership_id=pair.id, by=INES)
    assert [goal.id for goal in await list_goals(of_pair, partnerships, goals)] == [shared, private]
    assert [goal.id for goal in await list_goals(replace(of_pair, by=DEBORAH), partnerships, goals)] == [shared]
    assert [goal.id for goal in await list_my_goals(ListMyGoals(by=INES), goals)] == [shared, private]
    assert await list_my_goals(ListMyGoals(by=DEBORAH), goals) == []


async def test_feedback_is_given_once_by_each_of_the_two(kept: Kept, pair: Partnership) -> None:
    meeting = a_meeting(MeetingState.ENDED, partnership_id=pair.id)
    await MemoryMeetings(kept).save(meeting)
    stores = MemoryMeetings(kept), MemoryPartnerships(kept), MemoryFeedbacks(kept)
    give = GiveFeedback(meeting_id=meeting.id, worth_it=True, did_as_agreed=True, line="Good", by=INES, at=NOON + DAY)
    await give_feedback(give, *stores)
    await give_feedback(replace(give, by=DEBORAH), *stores)
    with pytest.raises(FeedbackIsGivenOnce):
        await give_feedback(replace(give, at=NOON + timedelta(days=2)), *stores)
    with pytest.raises(NotYourPartnership):
        await give_feedback(replace(give, by=STRANGER), *stores)
    with pytest.raises(MeetingNotFound):
        await give_feedback(replace(give, meeting_id="nowhere"), *stores)
    assert [feedback.person_id for feedback in await list_my_feedback(ListMyFeedback(by=INES), MemoryFeedbacks(kept))] == [INES]
    assert [type(event) for event in kept.events] == [FeedbackGiven, FeedbackGiven]
