"""A protégé's goal: its words, steps and progress, every change of them kept."""

from datetime import date, datetime
from enum import StrEnum
from typing import Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from services.goals.domain.partnership import Partnership
from services.goals.domain.step import Step, StepChange, StepNotFound, StepState
from services.goals.domain.words import Area, Progress, ProgressState, Revision, Words, must_have, must_not_be_past
from shared.aggregate import Aggregate, new_id
from shared.contracts.goals import GoalClosed, GoalProgressed, GoalRevised, GoalWritten
from shared.errors import NotAllowed, NotFound, Rejected

MOST_STEPS = 100

Entry = TypeVar("Entry", Revision, Progress, StepChange)


class Outcome(StrEnum):
    """How a goal ended."""

    REACHED = "reached"
    LET_GO = "let_go"


class Closing(BaseModel):
    """How and when a goal ended."""

    model_config = ConfigDict(frozen=True)

    outcome: Outcome
    at: datetime


class Goal(Aggregate):
    """Written and changed by the protégé alone; the mentor reads it from the day it is shared."""

    partnership_id: str
    protege_id: str
    mentor_id: str
    revisions: list[Revision]
    shared_at: datetime | None
    """Since when the mentor reads along; None: private."""
    steps: list[Step] = Field(default_factory=list)
    progress: list[Progress] = Field(default_factory=list)
    closing: Closing | None = None

    @classmethod
    def write(cls, words: Words, *, partnership: Partnership, by: str, at: datetime, shared: bool | None = None) -> Self:
        """Write a goal down. shared: None shares a goal about work and keeps any other private."""
        partnership.must_be_running_for(by)
        if by != partnership.protege_id:
            raise OnlyTheProtegeWritesGoals
        _must_be_sound(words, at)
        share = words.area is Area.WORK if shared is None else shared
        goal = cls(
            id=new_id(),
            partnership_id=partnership.id,
            protege_id=partnership.protege_id,
            mentor_id=partnership.mentor_id,
            revisions=[Revision(words=words, reason="", at=at)],
            shared_at=at if share else None,
        )
        goal.record(GoalWritten(goal_id=goal.id, **goal._pair(), shared=share, at=at))
        return goal

    @property
    def words(self) -> Words:
        """What it says now."""
        return self.revisions[-1].words

    @property
    def shared(self) -> bool:
        return self.shared_at is not None

    @property
    def newest(self) -> Progress | None:
        """How far it is, if its author has ever said so."""
        return self.progress[-1] if self.progress else None

    def may_be_read_by(self, person_id: str) -> bool:
        return person_id == self.protege_id or (person_id == self.mentor_id and self.shared)

    def must_be_readable_by(self, person_id: str) -> None:
        """Raise NotSharedWithYou unless the person wrote it or it is shared with them."""
        if not self.may_be_read_by(person_id):
            raise NotSharedWithYou

    def revisions_for(self, person_id: str) -> list[Revision]:
        """All for its author; for the mentor from the words that stood on the day it was shared."""
        return self.revisions if person_id == self.protege_id else _from(self.shared_at, self.revisions)

    def progress_for(self, person_id: str) -> list[Progress]:
        """All for its author; for the mentor from where it stood on the day it was shared."""
        return self.progress if person_id == self.protege_id else _from(self.shared_at, self.progress)

    def changes_for(self, person_id: str, step: Step) -> list[StepChange]:
        """All for its author; for the mentor from how the step stood on the day the goal was shared."""
        return step.changes if person_id == self.protege_id else _from(self.shared_at, step.changes)

    def revise(self, words: Words, *, reason: str, by: str, at: datetime, shared: bool | None = None, based_on: int | None = None) -> None:
        """Say it otherwise, and why.

        shared: None keeps it, save that a goal that leaves work becomes private.
        based_on: how many revisions the author has seen; None does not ask.
        """
        self._must_be_open_for(by)
        if based_on is not None and based_on != len(self.revisions):
            raise GoalHasChanged
        leaves_work = self.words.area is Area.WORK and words.area is not Area.WORK
        share = (self.shared and not leaves_work) if shared is None else shared
        if words != self.words:
            _must_be_sound(words, at, before=self.words)
            must_have(reason, "Say in a few words why it changes; later you will want to know.", field="reason")
            self.revisions.append(Revision(words=words, reason=reason, at=at))
        elif share == self.shared:
            return
        self._share(shared=share, at=at)
        self.record(GoalRevised(goal_id=self.id, **self._pair(), shared=share, at=at))

    def share(self, *, shared: bool, by: str, at: datetime) -> None:
        """Let the mentor read along, or no more. Also possible when it is closed."""
        self._must_be_changed_by(by)
        if shared == self.shared:
            return
        self._share(shared=shared, at=at)
        self.record(GoalRevised(goal_id=self.id, **self._pair(), shared=shared, at=at))

    def add_step(self, text: str, due_on: date | None, *, by: str, at: datetime) -> str:
        """Add a step at the end and return its id."""
        self._must_be_open_for(by)
        must_have(text, "What is the step?", field="text")
        must_not_be_past(due_on, at)
        if len(self.steps) >= MOST_STEPS:
            raise TooManySteps
        step = Step(id=new_id(), changes=[StepChange(text=text, due_on=due_on, state=StepState.OPEN, at=at)])
        self.steps.append(step)
        return step.id

    def revise_step(self, step_id: str, text: str, due_on: date | None, *, by: str, at: datetime) -> None:
        """Say a step otherwise, or give it another day."""
        self._must_be_open_for(by)
        step = self._step(step_id)
        must_have(text, "What is the step?", field="text")
        if due_on != step.now.due_on:
            must_not_be_past(due_on, at)
        step.become(text=text, due_on=due_on, at=at)

    def mark_step(self, step_id: str, state: StepState, *, by: str, at: datetime) -> None:
        """Say that a step is done, blocked, or open again."""
        self._must_be_open_for(by)
        self._step(step_id).become(state=state, at=at)

    def progressed(self, percent: int, state: ProgressState, confidence: int, *, by: str, at: datetime) -> None:
        """Say how far it is. Saying the same a second time is kept, too: it was thought about."""
        self._must_be_open_for(by)
        self.progress.append(Progress(percent=percent, state=state, confidence=confidence, at=at))
        self.record(
            GoalProgressed(
                goal_id=self.id, partnership_id=self.partnership_id, protege_id=self.protege_id, percent=percent, state=state, at=at
            )
        )

    def close(self, outcome: Outcome, *, by: str, at: datetime) -> None:
        """Say that it is reached, or let go. Saying the same a second time changes nothing."""
        self._must_be_changed_by(by)
        if self.closing is not None and self.closing.outcome is outcome:
            return
        self._must_be_open_for(by)
        self.closing = Closing(outcome=outcome, at=at)
        self.record(GoalClosed(goal_id=self.id, partnership_id=self.partnership_id, protege_id=self.protege_id, outcome=outcome, at=at))

    def _pair(self) -> dict[str, str]:
        return {"partnership_id": self.partnership_id, "protege_id": self.protege_id, "mentor_id": self.mentor_id}

    def _share(self, *, shared: bool, at: datetime) -> None:
        if shared != self.shared:
            self.shared_at = at if shared else None

    def _step(self, step_id: str) -> Step:
        for step in self.steps:
            if step.id == step_id:
                return step
        raise StepNotFound

    def _must_be_changed_by(self, person_id: str) -> None:
        if person_id != self.protege_id:
            raise OnlyTheProtegeMayChangeAGoal

    def _must_be_open_for(self, person_id: str) -> None:
        self._must_be_changed_by(person_id)
        if self.closing is not None:
            raise GoalIsClosed


def _from(moment: datetime | None, entries: list[Entry]) -> list[Entry]:
    """The entries since the moment, and the one that stood then."""
    if moment is None:
        return []
    before = sum(entry.at <= moment for entry in entries)
    return entries[max(before - 1, 0) :]


def _must_be_sound(words: Words, at: datetime, before: Words | None = None) -> None:
    must_have(words.title, "What do you want to have done?", field="title")
    if before is None or words.due_on != before.due_on:
        must_not_be_past(words.due_on, at)


class GoalNotFound(NotFound):
    """There is no such goal."""


class NotSharedWithYou(NotAllowed):
    """This goal is not shared with you."""


class OnlyTheProtegeMayChangeAGoal(NotAllowed):
    """A goal belongs to the protégé who wrote it; only they can change it."""


class OnlyTheProtegeWritesGoals(NotAllowed):
    """Goals are the protégé's to write; a mentor reads those that are shared."""


class GoalHasChanged(Rejected):
    """The goal reads otherwise since you opened this page; look at it again first."""


class GoalIsClosed(Rejected):
    """This goal is closed; write a new one to go on."""


class TooManySteps(Rejected):
    """A goal holds at most 100 steps; make two goals of it."""
