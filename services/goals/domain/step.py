"""The steps of a goal."""

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from services.goals.domain.words import Text
from shared.errors import NotFound


class StepState(StrEnum):
    """Where a step stands."""

    OPEN = "open"
    DONE = "done"
    BLOCKED = "blocked"


class StepChange(BaseModel):
    """A step as it was from a moment on."""

    model_config = ConfigDict(frozen=True)

    text: Text
    due_on: date | None
    state: StepState
    at: datetime


class Step(BaseModel):
    """A short piece of the way. The last of its changes is how it stands now."""

    id: str
    changes: list[StepChange]

    @property
    def now(self) -> StepChange:
        return self.changes[-1]

    def become(self, *, at: datetime, **changed: object) -> None:
        """Change what is given from now on. What changes nothing leaves no trace."""
        change = self.now.model_copy(update=changed)
        if change != self.now:
            self.changes.append(change.model_copy(update={"at": at}))


def next_step(steps: Iterable[Step]) -> Step | None:
    """The open step that is due first; those without a day come last, in the order they were written."""
    waiting = [step for step in steps if step.now.state is StepState.OPEN]
    return min(waiting, key=lambda step: step.now.due_on or date.max, default=None)


class StepNotFound(NotFound):
    """This goal has no such step."""
