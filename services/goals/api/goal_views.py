"""Goals as they are sent and shown over HTTP."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from services.goals.domain import (
    Area,
    Closing,
    Goal,
    Hint,
    Kind,
    Progress,
    ProgressState,
    Revision,
    Step,
    StepChange,
    StepState,
    Title,
    Words,
    next_step,
)
from services.goals.domain.words import Text


class GoalBody(Words):
    """A goal's words. shared: null shares a goal about work and keeps any other private."""

    model_config = ConfigDict(extra="forbid")

    shared: bool | None = None

    @property
    def words(self) -> Words:
        return Words(**{name: getattr(self, name) for name in Words.model_fields})


class RevisionBody(GoalBody):
    """A goal's new words, and why. shared: null keeps it, save that a goal that leaves work becomes private."""

    reason: Text = ""
    based_on: Annotated[int | None, Field(ge=1, description="the `revision` you have seen: then nothing newer is overwritten unread")] = (
        None
    )


class CheckBody(Words):
    """Words that are still being written."""

    model_config = ConfigDict(extra="forbid")

    title: Title = ""


class StepBody(BaseModel):
    """A step's text and, if it has one, its day."""

    model_config = ConfigDict(extra="forbid")

    text: Text
    due_on: date | None = None


class ProgressBody(BaseModel):
    """How far a goal is. confidence: 1 (hardly) to 5 (very sure)."""

    model_config = ConfigDict(extra="forbid")

    percent: Annotated[int, Field(ge=0, le=100)]
    state: ProgressState
    confidence: Annotated[int, Field(ge=1, le=5)]


class HintView(BaseModel):
    """Something to look at again: a code with parameters, and the English words for it."""

    letter: str
    word: str
    code: str
    parameters: dict[str, Any]
    text: str
    example: str

    @classmethod
    def of(cls, hint: Hint) -> Self:
        return cls(letter=hint.letter, word=hint.word, code=hint.code, parameters=hint.parameters, text=hint.text, example=hint.example)


class StepView(BaseModel):
    """A step. since: when it came to stand as it does; changes: how it stood before; first_due_on: the day it had then."""

    step_id: str
    text: str
    due_on: date | None
    first_due_on: date | None
    state: StepState
    since: datetime
    changes: list[dict[str, Any]]

    @classmethod
    def of(cls, step: Step, changes: list[StepChange]) -> Self:
        return cls(
            step_id=step.id,
            text=step.now.text,
            due_on=step.now.due_on,
            first_due_on=changes[0].due_on,
            state=step.now.state,
            since=step.now.at,
            changes=[change.model_dump() for change in changes],
        )


class OpenStepView(BaseModel):
    """The open step that is due first."""

    step_id: str
    text: str
    due_on: date | None


class GoalView(BaseModel):
    """A goal in a list. percent, state and confidence: as its author said last."""

    goal_id: str
    partnership_id: str
    protege_id: str
    mentor_id: str
    title: str
    why: str
    measure: str
    due_on: date | None
    kind: Kind
    area: Area
    shared: bool
    shared_at: datetime | None
    written_at: datetime
    percent: int
    state: ProgressState
    confidence: int | None
    steps_done: int
    steps_total: int
    next_step: OpenStepView | None
    closed: Closing | None

    @classmethod
    def of(cls, goal: Goal) -> Self:
        return cls(**_summary(goal))


class RevisionView(BaseModel):
    """The goal's words from a moment on. The first has no reason."""

    title: str
    why: str
    measure: str
    due_on: date | None
    kind: Kind
    area: Area
    reason: str
    at: datetime

    @classmethod
    def of(cls, revision: Revision) -> Self:
        return cls(**revision.words.model_dump(), reason=revision.reason, at=revision.at)


class WholeGoalView(GoalView):
    """A goal with all that belongs to it. Histories run from old to new.

    may_change: whether the reader can change it. revision: how many of its revisions the reader can see.
    """

    may_change: bool
    revision: int
    steps: list[StepView]
    revisions: list[RevisionView]
    progress: list[Progress]
    hints: list[HintView]

    @classmethod
    def whole(cls, goal: Goal, hints: list[Hint], reader_id: str) -> Self:
        return cls(
            **_summary(goal),
            may_change=reader_id == goal.protege_id and goal.closing is None,
            revision=len(goal.revisions_for(reader_id)),
            steps=[StepView.of(step, goal.changes_for(reader_id, step)) for step in goal.steps],
            revisions=[RevisionView.of(revision) for revision in goal.revisions_for(reader_id)],
            progress=goal.progress_for(reader_id),
            hints=[HintView.of(hint) for hint in hints],
        )


def _summary(goal: Goal) -> dict[str, Any]:
    newest, following = goal.newest, next_step(goal.steps)
    return {
        "goal_id": goal.id,
        **goal.model_dump(include={"partnership_id", "protege_id", "mentor_id", "shared_at"}),
        **goal.words.model_dump(),
        "shared": goal.shared,
        "written_at": goal.revisions[0].at,
        "percent": newest.percent if newest else 0,
        "state": newest.state if newest else ProgressState.OPEN,
        "confidence": newest.confidence if newest else None,
        "steps_done": sum(step.now.state is StepState.DONE for step in goal.steps),
        "steps_total": len(goal.steps),
        "next_step": OpenStepView(step_id=following.id, text=following.now.text, due_on=following.now.due_on) if following else None,
        "closed": goal.closing,
    }
