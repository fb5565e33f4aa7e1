"""Goals over HTTP."""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from services.goals import handlers
from services.goals.api.goal_views import CheckBody, GoalBody, GoalView, HintView, ProgressBody, RevisionBody, StepBody, WholeGoalView
from services.goals.api.reading import Reading
from services.goals.domain import (
    GoalHasChanged,
    GoalIsClosed,
    GoalNotFound,
    NotSharedWithYou,
    NotYourPartnership,
    OnlyTheProtegeMayChangeAGoal,
    OnlyTheProtegeWritesGoals,
    Outcome,
    PartnershipHasEnded,
    PartnershipNotFound,
    StepNotFound,
    StepState,
    TooManySteps,
    check,
)
from services.goals.store import MongoGoals, MongoPartnerships
from shared.auth import Person
from shared.errors import Invalid
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(tags=["goals"])

CHANGING = problems(GoalNotFound, OnlyTheProtegeMayChangeAGoal, GoalIsClosed, Invalid)
CHANGING_STEPS = problems(GoalNotFound, StepNotFound, OnlyTheProtegeMayChangeAGoal, GoalIsClosed, TooManySteps, Invalid)


class Hints(BaseModel):
    """What could be clearer; empty when nothing is missing."""

    hints: list[HintView]


class Written(BaseModel):
    """The id of a goal that was just written."""

    goal_id: str


class Added(BaseModel):
    """The id of a step that was just added."""

    step_id: str


class ShareBody(BaseModel):
    """Whether the mentor reads along."""

    model_config = ConfigDict(extra="forbid")

    shared: bool


class CloseBody(BaseModel):
    """How the goal ended."""

    model_config = ConfigDict(extra="forbid")

    outcome: Outcome


@router.post("/goals/check")
async def check_words(body: CheckBody, _: Person, at: At) -> Hints:
    """Whether words for a goal are SMART. Nothing is kept."""
    return Hints(hints=[HintView.of(hint) for hint in check(body, today=at.date())])


@router.get("/goals/mine")
async def mine(person: Person, reading: Reading) -> list[GoalView]:
    """The goals you have written, the oldest first."""
    return [GoalView.of(goal) for goal in await handlers.list_my_goals(handlers.ListMyGoals(by=person.id), MongoGoals(reading))]


@router.get("/partnerships/{partnership_id}/goals", responses=problems(PartnershipNotFound, NotYourPartnership))
async def of_partnership(partnership_id: str, person: Person, reading: Reading) -> list[GoalView]:
    """The goals of a partnership: all for the protégé, for the mentor those that are shared."""
    query = handlers.ListGoals(partnership_id=partnership_id, by=person.id)
    return [GoalView.of(goal) for goal in await handlers.list_goals(query, MongoPartnerships(reading), MongoGoals(reading))]


@router.post(
    "/partnerships/{partnership_id}/goals",
    status_code=201,
    responses=problems(PartnershipNotFound, NotYourPartnership, OnlyTheProtegeWritesGoals, PartnershipHasEnded, Invalid),
)
async def write(partnership_id: str, body: GoalBody, person: Person, running: Running, at: At) -> Written:
    """Write a goal."""
    command = handlers.WriteGoal(partnership_id=partnership_id, words=body.words, shared=body.shared, by=person.id, at=at)
    return Written(goal_id=await running.run(handlers.write_goal, command))


@router.get("/goals/{goal_id}", responses=problems(GoalNotFound, NotSharedWithYou))
async def read(goal_id: str, person: Person, reading: Reading, at: At) -> WholeGoalView:
    """A goal with its steps, its histories and, for its author, hints."""
    query = handlers.ReadGoal(goal_id=goal_id, by=person.id, at=at)
    goal, hints = await handlers.read_goal(query, MongoGoals(reading), MongoPartnerships(reading))
    return WholeGoalView.whole(goal, hints, person.id)


@router.put(
    "/goals/{goal_id}",
    status_code=204,
    responses=problems(GoalNotFound, OnlyTheProtegeMayChangeAGoal, GoalIsClosed, GoalHasChanged, Invalid),
)
async def revise(goal_id: str, body: RevisionBody, person: Person, running: Running, at: At) -> None:
    """Say a goal otherwise, and why."""
    command = handlers.ReviseGoal(
        goal_id=goal_id,
        words=body.words,
        reason=body.reason,
        shared=body.shared,
        based_on=body.based_on,
        by=person.id,
        at=at,
    )
    await running.run(handlers.revise_goal, command)


@router.post("/goals/{goal_id}/steps", status_code=201, responses=CHANGING_STEPS)
async def add_step(goal_id: str, body: StepBody, person: Person, running: Running, at: At) -> Added:
    """Add a step."""
    command = handlers.AddStep(goal_id=goal_id, text=body.text, due_on=body.due_on, by=person.id, at=at)
    return Added(step_id=await running.run(handlers.add_step, command))


@router.put("/goals/{goal_id}/steps/{step_id}", status_code=204, responses=CHANGING_STEPS)
async def revise_step(goal_id: str, step_id: str, *, body: StepBody, person: Person, running: Running, at: At) -> None:
    """Say a step otherwise, or give it another day."""
    command = handlers.ReviseStep(goal_id=goal_id, step_id=step_id, text=body.text, due_on=body.due_on, by=person.id, at=at)
    await running.run(handlers.revise_step, command)


@router.post("/goals/{goal_id}/steps/{step_id}/done", status_code=204, responses=CHANGING_STEPS)
async def step_done(goal_id: str, step_id: str, person: Person, running: Running, at: At) -> None:
    """A step is done."""
    command = handlers.MarkStep(goal_id=goal_id, step_id=step_id, state=StepState.DONE, by=person.id, at=at)
    await running.run(handlers.mark_step, command)


@router.post("/goals/{goal_id}/steps/{step_id}/blocked", status_code=204, responses=CHANGING_STEPS)
async def step_blocked(goal_id: str, step_id: str, person: Person, running: Running, at: At) -> None:
    """A step is blocked. That is normal."""
    command = handlers.MarkStep(goal_id=goal_id, step_id=step_id, state=StepState.BLOCKED, by=person.id, at=at)
    await running.run(handlers.mark_step, command)


@router.post("/goals/{goal_id}/steps/{step_id}/reopen", status_code=204, responses=CHANGING_STEPS)
async def step_reopened(goal_id: str, step_id: str, person: Person, running: Running, at: At) -> None:
    """A step is open again."""
    command = handlers.MarkStep(goal_id=goal_id, step_id=step_id, state=StepState.OPEN, by=person.id, at=at)
    await running.run(handlers.mark_step, command)


@router.post("/goals/{goal_id}/progress", status_code=204, responses=CHANGING)
async def progress(goal_id: str, body: ProgressBody, person: Person, running: Running, at: At) -> None:
    """Say how far a goal is."""
    command = handlers.RecordProgress(
        goal_id=goal_id, percent=body.percent, state=body.state, confidence=body.confidence, by=person.id, at=at
    )
    await running.run(handlers.record_progress, command)


@router.post("/goals/{goal_id}/share", status_code=204, responses=problems(GoalNotFound, OnlyTheProtegeMayChangeAGoal))
async def share(goal_id: str, body: ShareBody, person: Person, running: Running, at: At) -> None:
    """Let the mentor read along, or no more."""
    await running.run(handlers.share_goal, handlers.ShareGoal(goal_id=goal_id, shared=body.shared, by=person.id, at=at))


@router.post("/goals/{goal_id}/close", status_code=204, responses=CHANGING)
async def close(goal_id: str, body: CloseBody, person: Person, running: Running, at: At) -> None:
    """Say that a goal is reached, or let go."""
    await running.run(handlers.close_goal, handlers.CloseGoal(goal_id=goal_id, outcome=body.outcome, by=person.id, at=at))
