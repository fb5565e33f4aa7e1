from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest

from services.goals.domain import (
    Area,
    Goal,
    GoalIsClosed,
    NotYourPartnership,
    OnlyTheProtegeMayChangeAGoal,
    OnlyTheProtegeWritesGoals,
    Outcome,
    PartnershipHasEnded,
    ProgressState,
    StepNotFound,
    StepState,
    TooManySteps,
    next_step,
)
from shared.contracts.goals import GoalClosed, GoalProgressed, GoalRevised, GoalWritten
from shared.errors import Invalid
from tests.unit.goals.builders import DAY, DEBORAH, INES, NOON, STRANGER, a_goal, a_partnership, some_words

CHANGES: dict[str, Callable[[Goal, str], object]] = {
    "revise": lambda goal, by: goal.revise(some_words(title="Another title for it"), reason="Why not", by=by, at=NOON),
    "share": lambda goal, by: goal.share(shared=False, by=by, at=NOON),
    "add a step": lambda goal, by: goal.add_step("Ask Bao", None, by=by, at=NOON),
    "revise a step": lambda goal, by: goal.revise_step(goal.steps[0].id, "Ask Marek", None, by=by, at=NOON),
    "mark a step": lambda goal, by: goal.mark_step(goal.steps[0].id, StepState.DONE, by=by, at=NOON),
    "progress": lambda goal, by: goal.progressed(50, ProgressState.OPEN, 3, by=by, at=NOON),
    "close": lambda goal, by: goal.close(Outcome.LET_GO, by=by, at=NOON),
}


def a_goal_with_a_step() -> Goal:
    goal = a_goal()
    goal.add_step("Ask Bao for the numbers", date(2026, 6, 10), by=INES, at=NOON)
    return goal


def test_only_the_protege_writes_goals() -> None:
    with pytest.raises(OnlyTheProtegeWritesGoals):
        Goal.write(some_words(), partnership=a_partnership(), by=DEBORAH, at=NOON)
    with pytest.raises(NotYourPartnership):
        Goal.write(some_words(), partnership=a_partnership(), by=STRANGER, at=NOON)


def test_no_goal_is_written_when_the_partnership_has_ended() -> None:
    with pytest.raises(PartnershipHasEnded):
        Goal.write(some_words(), partnership=a_partnership(ended_at=NOON), by=INES, at=NOON)


@pytest.mark.parametrize("who", [DEBORAH, STRANGER])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_nobody_but_the_protege_can_change_a_goal(change: Callable[[Goal, str], object], who: str) -> None:
    goal = a_goal_with_a_step()
    before = goal.to_document()
    with pytest.raises(OnlyTheProtegeMayChangeAGoal):
        change(goal, who)
    assert goal.to_document() == before


@pytest.mark.parametrize("change", [name for name in CHANGES if name != "share"])
def test_a_closed_goal_does_not_change(change: str) -> None:
    goal = a_goal_with_a_step()
    goal.close(Outcome.REACHED, by=INES, at=NOON)
    with pytest.raises(GoalIsClosed):
        CHANGES[change](goal, INES)


def test_a_closed_goal_can_still_be_shared() -> None:
    goal = a_goal(shared=False)
    goal.close(Outcome.REACHED, by=INES, at=NOON)
    goal.share(shared=True, by=INES, at=NOON)
    assert goal.may_be_read_by(DEBORAH)


@pytest.mark.parametrize("area", list(Area))
def test_a_goal_outside_work_is_private_unless_said_otherwise(area: Area) -> None:
    assert a_goal(area=area).shared is (area is Area.WORK)
    assert a_goal(area=area, shared=True).shared
    assert not a_goal(area=area, shared=False).shared


def test_a_goal_that_leaves_work_becomes_private_unless_said_otherwise() -> None:
    goal, kept = a_goal(), a_goal()
    goal.revise(some_words(area=Area.HEALTH), reason="It is about sleep", by=INES, at=NOON)
    kept.revise(some_words(area=Area.HEALTH), reason="It is about sleep", by=INES, at=NOON, shared=True)
    assert (goal.shared, kept.shared) == (False, True)


def test_a_goal_that_comes_to_work_is_not_shared_silently() -> None:
    goal = a_goal(area=Area.FAMILY)
    goal.revise(some_words(area=Area.WORK), reason="It is about my hours", by=INES, at=NOON)
    assert not goal.shared


def test_a_revision_keeps_what_was_written_before_and_why_it_changed() -> None:
    goal = a_goal(title="Become lead engineer by summer")
    goal.revise(some_words(), reason="The title was never the point", by=INES, at=NOON + DAY)
    assert [(revision.words.title, revision.reason) for revision in goal.revisions] == [
        ("Become lead engineer by summer", ""),
        ("Run the spring capacity review on my own", "The title was never the point"),
    ]
    assert [type(event) for event in goal.unpublished] == [GoalWritten, GoalRevised]


def test_a_revision_needs_a_reason() -> None:
    with pytest.raises(Invalid) as refused:
        a_goal().revise(some_words(title="Another title for it"), reason="  ", by=INES, at=NOON)
    assert refused.value.field == "reason"


def test_a_revision_that_changes_nothing_leaves_no_trace() -> None:
    goal = a_goal()
    goal.revise(some_words(), reason="", by=INES, at=NOON)
    assert len(goal.revisions) == 1
    assert [type(event) for event in goal.unpublished] == [GoalWritten]


def test_a_goal_needs_words_but_nothing_else() -> None:
    with pytest.raises(Invalid) as refused:
        a_goal(title="  ")
    assert refused.value.field == "title"
    assert a_goal(why="", measure="", due_on=None).words.due_on is None


def test_a_goal_cannot_be_due_on_a_day_that_has_passed() -> None:
    with pytest.raises(Invalid) as refused:
        a_goal(due_on=date(2026, 5, 30))
    assert refused.value.field == "due_on"


def test_nobody_is_told_that_their_own_today_has_passed() -> None:
    still_monday_in_honolulu = datetime(2026, 6, 2, 9, tzinfo=UTC)
    assert a_goal(due_on=date(2026, 6, 1), at=still_monday_in_honolulu)


def test_a_goal_that_slipped_can_be_revised_without_a_new_day() -> None:
    goal = a_goal()
    late = datetime(2026, 12, 1, tzinfo=UTC)
    goal.revise(some_words(title="Run the autumn review on my own"), reason="Spring is over", by=INES, at=late)
    assert goal.words.title == "Run the autumn review on my own"


def test_progress_is_kept_as_a_history() -> None:
    goal = a_goal()
    goal.progressed(20, ProgressState.OPEN, 2, by=INES, at=NOON)
    goal.progressed(20, ProgressState.SLIPPED, 3, by=INES, at=NOON + DAY)
    goal.progressed(10, ProgressState.BLOCKED, 1, by=INES, at=NOON + 2 * DAY)
    assert [(entry.percent, entry.state.value, entry.confidence) for entry in goal.progress] == [
        (20, "open", 2),
        (20, "slipped", 3),
        (10, "blocked", 1),
    ]
    assert [event.percent for event in goal.unpublished if isinstance(event, GoalProgressed)] == [20, 20, 10]


def test_a_step_keeps_how_it_slipped() -> None:
    goal = a_goal_with_a_step()
    step = goal.steps[0]
    goal.revise_step(step.id, "Ask Bao for the numbers", date(2026, 6, 20), by=INES, at=NOON + DAY)
    goal.mark_step(step.id, StepState.BLOCKED, by=INES, at=NOON + 2 * DAY)
    goal.mark_step(step.id, StepState.OPEN, by=INES, at=NOON + 3 * DAY)
    goal.mark_step(step.id, StepState.DONE, by=INES, at=NOON + 4 * DAY)
    goal.mark_step(step.id, StepState.DONE, by=INES, at=NOON + 5 * DAY)
    assert [(change.due_on, change.state.value, change.at) for change in step.changes] == [
        (date(2026, 6, 10), "open", NOON),
        (date(2026, 6, 20), "open", NOON + DAY),
        (date(2026, 6, 20), "blocked", NOON + 2 * DAY),
        (date(2026, 6, 20), "open", NOON + 3 * DAY),
        (date(2026, 6, 20), "done", NOON + 4 * DAY),
    ]


def test_a_step_needs_a_text_and_a_day_that_has_not_passed() -> None:
    goal = a_goal_with_a_step()
    for text, day, field in [(" ", None, "text"), ("Ask", date(2026, 1, 1), "due_on")]:
        with pytest.raises(Invalid) as refused:
            goal.add_step(text, day, by=INES, at=NOON)
        assert refused.value.field == field
        with pytest.raises(Invalid) as refused:
            goal.revise_step(goal.steps[0].id, text, day, by=INES, at=NOON)
        assert refused.value.field == field


def test_a_step_that_is_not_there_cannot_be_done() -> None:
    with pytest.raises(StepNotFound):
        a_goal().mark_step("nowhere", StepState.DONE, by=INES, at=NOON)


def test_a_goal_does_not_take_more_than_a_hundred_steps() -> None:
    goal = a_goal()
    for number in range(100):
        goal.add_step(f"Step {number}", None, by=INES, at=NOON)
    with pytest.raises(TooManySteps):
        goal.add_step("One more", None, by=INES, at=NOON)


def test_the_next_step_is_the_open_one_that_is_due_first() -> None:
    goal = a_goal()
    assert next_step(goal.steps) is None
    for text, day in [("no day", None), ("late", date(2026, 8, 1)), ("soon", date(2026, 6, 5)), ("done", date(2026, 6, 2))]:
        goal.add_step(text, day, by=INES, at=NOON)
    goal.mark_step(goal.steps[3].id, StepState.DONE, by=INES, at=NOON)
    following = next_step(goal.steps)
    assert following is not None
    assert following.now.text == "soon"


def test_closing_twice_the_same_way_changes_nothing() -> None:
    goal = a_goal()
    goal.close(Outcome.REACHED, by=INES, at=NOON)
    goal.close(Outcome.REACHED, by=INES, at=NOON + DAY)
    assert [type(event) for event in goal.unpublished] == [GoalWritten, GoalClosed]
    with pytest.raises(GoalIsClosed):
        goal.close(Outcome.LET_GO, by=INES, at=NOON)


def test_the_mentor_sees_a_goal_only_from_the_day_it_was_shared() -> None:
    goal = a_goal(shared=False, title="Leave before my manager notices")
    goal.progressed(5, ProgressState.OPEN, 1, by=INES, at=NOON)
    step_id = goal.add_step("Look at the adverts", None, by=INES, at=NOON)
    goal.revise_step(step_id, "Write down what I like here", None, by=INES, at=NOON + DAY)
    goal.revise(some_words(title="Find out what I want"), reason="Calmer now", by=INES, at=NOON + DAY)
    goal.progressed(10, ProgressState.OPEN, 2, by=INES, at=NOON + 2 * DAY)
    assert not goal.may_be_read_by(DEBORAH)
    goal.share(shared=True, by=INES, at=NOON + 3 * DAY)
    goal.progressed(20, ProgressState.OPEN, 3, by=INES, at=NOON + 4 * DAY)
    assert [revision.words.title for revision in goal.revisions_for(DEBORAH)] == ["Find out what I want"]
    assert [entry.percent for entry in goal.progress_for(DEBORAH)] == [10, 20]
    assert [change.text for change in goal.changes_for(DEBORAH, goal.steps[0])] == ["Write down what I like here"]
    assert len(goal.changes_for(INES, goal.steps[0])) == 2
    assert len(goal.revisions_for(INES)) == 2
    assert len(goal.progress_for(INES)) == 3
    assert not goal.may_be_read_by(STRANGER)


def test_a_goal_comes_back_from_its_document_as_it_was() -> None:
    goal = a_goal_with_a_step()
    goal.progressed(20, ProgressState.OPEN, 2, by=INES, at=NOON)
    goal.close(Outcome.LET_GO, by=INES, at=NOON)
    assert Goal.from_document(goal.to_document()).to_document() == goal.to_document()
