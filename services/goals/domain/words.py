"""What a goal says, and how far it is: values that are written once and never changed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.goals.domain.partnership import past_everywhere
from shared.errors import Invalid

Title = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]


class Kind(StrEnum):
    """What a goal is about in one's career."""

    CURRENT_ROLE = "current_role"
    ENRICHMENT = "enrichment"
    NEXT_ROLE = "next_role"


class Area(StrEnum):
    """The part of life a goal belongs to. Outside work it is private unless its author says otherwise."""

    WORK = "work"
    FAMILY = "family"
    HEALTH = "health"
    PERSONAL = "personal"
    COMMUNITY = "community"


class Words(BaseModel):
    """What a goal says. All but the title may be missing: hints ask for it, nothing demands it."""

    model_config = ConfigDict(frozen=True)

    title: Title
    why: Text = ""
    measure: Text = ""
    due_on: date | None = None
    kind: Kind = Kind.CURRENT_ROLE
    area: Area = Area.WORK


class Revision(BaseModel):
    """A goal's words from a moment on, and why they are others than before."""

    model_config = ConfigDict(frozen=True)

    words: Words
    reason: Text
    at: datetime


class ProgressState(StrEnum):
    """How a goal goes. Blocked and slipped are normal."""

    OPEN = "open"
    BLOCKED = "blocked"
    SLIPPED = "slipped"


class Progress(BaseModel):
    """How far a goal was at a moment, as its author said. confidence: 1 (hardly) to 5 (very sure)."""

    model_config = ConfigDict(frozen=True)

    percent: Annotated[int, Field(ge=0, le=100)]
    state: ProgressState
    confidence: Annotated[int, Field(ge=1, le=5)]
    at: datetime


def must_have(text: str, message: str, *, field: str) -> None:
    if not text.strip():
        raise Invalid(message, field=field)


def must_not_be_past(day: date | None, at: datetime) -> None:
    if day is not None and past_everywhere(day, at):
        raise Invalid("This day has passed; pick one from today on.", field="due_on")
