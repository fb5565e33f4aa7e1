"""The health of a programme's pairs over HTTP, for its managers."""

from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.goals.domain import OnlyManagersMaySeeHealth, ProgrammeNotFound
from services.goals.health import Cause, CauseCode, NextStep, NextStepCode, State
from services.goals.store import PairHealth, health_of_programme, programme_of, time_of_programme
from shared.auth import Person
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(tags=["health of pairs"])


class CauseView(BaseModel):
    """Why, as a code with its parameters."""

    code: CauseCode
    parameters: dict[str, Any]

    @classmethod
    def of(cls, cause: Cause) -> Self:
        return cls(code=cause.code, parameters=cause.parameters)


class AdviceView(BaseModel):
    """What you can do, as a code with its parameters."""

    code: NextStepCode
    parameters: dict[str, Any]

    @classmethod
    def of(cls, step: NextStep) -> Self:
        return cls(code=step.code, parameters=step.parameters)


class PairView(BaseModel):
    """How a pair is doing, never what it says. feedback_share: taps that said yes, 0 to 1, once both have answered."""

    partnership_id: str
    protege_id: str
    mentor_id: str
    state: State
    cause: CauseView | None
    next_step: AdviceView | None
    met: int
    last_met_at: datetime | None
    next_at: datetime | None
    charter_signed: bool
    goals: int
    feedback_share: float | None

    @classmethod
    def of(cls, pair: PairHealth, at: datetime) -> Self:
        facts, health = pair.facts, pair.health
        return cls(
            partnership_id=facts.partnership_id,
            protege_id=facts.protege_id,
            mentor_id=facts.mentor_id,
            state=health.state,
            cause=CauseView.of(health.cause) if health.cause else None,
            next_step=AdviceView.of(health.next_step) if health.next_step else None,
            met=len(facts.met),
            last_met_at=facts.last_met_at,
            next_at=facts.next_at(at),
            charter_signed=facts.charter.signed,
            goals=facts.goals,
            feedback_share=pair.feedback.percent / 100 if pair.feedback else None,
        )


@router.get("/programmes/{programme_id}/health", responses=problems(ProgrammeNotFound, OnlyManagersMaySeeHealth))
async def of_programme(programme_id: str, person: Person, running: Running, at: At) -> list[PairView]:
    """Every pair of a programme, the one that started last first."""
    programme = await programme_of(running.database, programme_id)
    programme.must_be_managed_by(person.id)
    return [PairView.of(pair, at) for pair in await health_of_programme(running.database, programme_id, at)]


class TimeView(BaseModel):
    """What the pairs of a programme have spent together, as sums: no figure of a single pair."""

    meetings: int
    minutes: int
    saved_minutes: Annotated[int, Field(description="given back by ending earlier than planned")]


@router.get("/programmes/{programme_id}/time", responses=problems(ProgrammeNotFound, OnlyManagersMaySeeHealth))
async def time_together(programme_id: str, person: Person, running: Running) -> TimeView:
    """How often the pairs of a programme have met, for how long, and how much time they gave back."""
    programme = await programme_of(running.database, programme_id)
    programme.must_be_managed_by(person.id)
    return TimeView.model_validate(await time_of_programme(running.database, programme_id), from_attributes=True)
