"""What can be asked about goals. Each handler runs inside one unit of work."""

from dataclasses import dataclass
from datetime import date, datetime

from services.goals.domain import Goal, Hint, Outcome, Partnership, ProgressState, StepState, Words, check
from services.goals.handlers.protocols import Goals, Partnerships


@dataclass(frozen=True, kw_only=True)
class ReadGoal:
    goal_id: str
    by: str
    at: datetime


async def read_goal(query: ReadGoal, goals: Goals, partnerships: Partnerships) -> tuple[Goal, list[Hint]]:
    """A goal and, for its author, what could be clearer."""
    goal = await goals.get(query.goal_id)
    goal.must_be_readable_by(query.by)
    partnership = await partnerships.get(goal.partnership_id)
    return goal, hints_for(goal, partnership, query.by, query.at)


def hints_for(goal: Goal, partnership: Partnership, reader_id: str, at: datetime) -> list[Hint]:
    """What could be clearer. For the author's eyes only: a mentor does not mark a goal."""
    if goal.closing is not None or reader_id != goal.protege_id:
        return []
    written_on = goal.revisions[-1].at.date()
    return check(goal.words, today=at.date(), written_on=written_on, ends_on=partnership.ends_on, steps=len(goal.steps))


@dataclass(frozen=True, kw_only=True)
class ListGoals:
    partnership_id: str
    by: str


async def list_goals(query: ListGoals, partnerships: Partnerships, goals: Goals) -> list[Goal]:
    """A partnership's goals: all for the protégé, for the mentor the shared ones."""
    partnership = await partnerships.get(query.partnership_id)
    partnership.must_be_of(query.by)
    return [goal for goal in await goals.of_partnership(partnership.id) if goal.may_be_read_by(query.by)]


@dataclass(frozen=True, kw_only=True)
class ListMyGoals:
    by: str


async def list_my_goals(query: ListMyGoals, goals: Goals) -> list[Goal]:
    """The goals somebody has written, in all their partnerships."""
    return await goals.of_protege(query.by)


@dataclass(frozen=True, kw_only=True)
class WriteGoal:
    partnership_id: str
    words: Words
    shared: bool | None
    by: str
    at: datetime


async def write_goal(command: WriteGoal, partnerships: Partnerships, goals: Goals) -> str:
    """Write a goal down and return its id."""
    partnership = await partnerships.get(command.partnership_id)
    goal = Goal.write(command.words, partnership=partnership, by=command.by, at=command.at, shared=command.shared)
    await goals.save(goal)
    return goal.id


@dataclass(frozen=True, kw_only=True)
class ReviseGoal:
    goal_id: str
    words: Words
    reason: str
    shared: bool | None
    based_on: int | None
    by: str
    at: datetime


async def revise_goal(command: ReviseGoal, goals: Goals) -> None:
    """Say a goal otherwise, and why."""
    goal = await goals.get(command.goal_id)
    goal.revise(command.words, reason=command.reason, by=command.by, at=command.at, shared=command.shared, based_on=command.based_on)
    await goals.save(goal)


@dataclass(frozen=True, kw_only=True)
class AddStep:
    goal_id: str
    text: str
    due_on: date | None
    by: str
    at: datetime


async def add_step(command: AddStep, goals: Goals) -> str:
    """Add a step and return its id."""
    goal = await goals.get(command.goal_id)
    step_id = goal.add_step(command.text, command.due_on, by=command.by, at=command.at)
    await goals.save(goal)
    return step_id


@dataclass(frozen=True, kw_only=True)
class ReviseStep:
    goal_id: str
    step_id: str
    text: str
    due_on: date | None
    by: str
    at: datetime


async def revise_step(command: ReviseStep, goals: Goals) -> None:
    """Say a step otherwise, or give it another day."""
    goal = await goals.get(command.goal_id)
    goal.revise_step(command.step_id, command.text, command.due_on, by=command.by, at=command.at)
    await goals.save(goal)


@dataclass(frozen=True, kw_only=True)
class MarkStep:
    goal_id: str
    step_id: str
    state: StepState
    by: str
    at: datetime


async def mark_step(command: MarkStep, goals: Goals) -> None:
    """Say that a step is done, blocked, or open again."""
    goal = await goals.get(command.goal_id)
    goal.mark_step(command.step_id, command.state, by=command.by, at=command.at)
    await goals.save(goal)


@dataclass(frozen=True, kw_only=True)
class RecordProgress:
    goal_id: str
    percent: int
    state: ProgressState
    confidence: int
    by: str
    at: datetime


async def record_progress(command: RecordProgress, goals: Goals) -> None:
    """Say how far a goal is."""
    goal = await goals.get(command.goal_id)
    goal.progressed(command.percent, command.state, command.confidence, by=command.by, at=command.at)
    await goals.save(goal)


@dataclass(frozen=True, kw_only=True)
class ShareGoal:
    goal_id: str
    shared: bool
    by: str
    at: datetime


async def share_goal(command: ShareGoal, goals: Goals) -> None:
    """Let the mentor read along, or no more."""
    goal = await goals.get(command.goal_id)
    goal.share(shared=command.shared, by=command.by, at=command.at)
    await goals.save(goal)


@dataclass(frozen=True, kw_only=True)
class CloseGoal:
    goal_id: str
    outcome: Outcome
    by: str
    at: datetime


async def close_goal(command: CloseGoal, goals: Goals) -> None:
    """Say that a goal is reached, or let go."""
    goal = await goals.get(command.goal_id)
    goal.close(command.outcome, by=command.by, at=command.at)
    await goals.save(goal)
