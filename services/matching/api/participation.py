"""Standing aside, places and the waiting list over HTTP."""

from collections.abc import Collection
from datetime import date
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from services.matching.api.queries import document_of, programme_of, seen_programme
from services.matching.domain import (
    Enrolment,
    EnrolmentSettled,
    EnrolmentState,
    NotItsProgrammeManager,
    NotPaused,
    NotTakingPart,
    NotYourEnrolment,
    Programme,
    ProposalState,
    Role,
    Standing,
    standings,
    waiting,
)
from services.matching.handlers.enrolments import (
    DecideEnrolment,
    OfferPlaces,
    PauseEnrolment,
    offer_places,
    pause_enrolment,
    resume_enrolment,
    sit_in,
    sit_out,
)
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running, Service

router = APIRouter(tags=["enrolments"])


class Break(BaseModel):
    """The first day on which one can be matched again."""

    until: date


class Capacity(BaseModel):
    """How many places a mentor has."""

    capacity: int


class Places(BaseModel):
    """A mentor's places, and what that means in a sentence."""

    capacity: int
    places_taken: int
    free_places: int
    detail: str


class MyStanding(BaseModel):
    """`standing`: one's place in the queue; null for whoever does not wait for a partner. `of`: how many wait."""

    standing: Standing | None
    of: int


@router.post("/enrolments/{enrolment_id}/pause", status_code=204, responses=problems(NotFound, NotYourEnrolment, NotTakingPart, Invalid))
async def pause(enrolment_id: str, asked: Break, person: Person, at: At, service: Running) -> None:
    """Not be matched or found before a day. Running partnerships go on; what one was asked is taken back."""
    await service.run(pause_enrolment, PauseEnrolment(enrolment_id=enrolment_id, until=asked.until, by=person.id, at=at))


@router.post("/enrolments/{enrolment_id}/resume", status_code=204, responses=problems(NotFound, NotYourEnrolment, NotPaused))
async def resume(enrolment_id: str, person: Person, at: At, service: Running) -> None:
    """Be matched again before the day."""
    await service.run(resume_enrolment, DecideEnrolment(enrolment_id=enrolment_id, by=person.id, at=at))


@router.post("/enrolments/{enrolment_id}/sit-out", status_code=204, responses=problems(NotFound, NotYourEnrolment, NotTakingPart))
async def leave_out(enrolment_id: str, person: Person, at: At, service: Running) -> None:
    """Be left out of the run that is published next, and of no other."""
    await service.run(sit_out, DecideEnrolment(enrolment_id=enrolment_id, by=person.id, at=at))


@router.delete("/enrolments/{enrolment_id}/sit-out", status_code=204, responses=problems(NotFound, NotYourEnrolment))
async def leave_in(enrolment_id: str, person: Person, at: At, service: Running) -> None:
    """Be in the next run after all."""
    await service.run(sit_in, DecideEnrolment(enrolment_id=enrolment_id, by=person.id, at=at))


@router.put("/enrolments/{enrolment_id}/capacity", responses=problems(NotFound, NotYourEnrolment, EnrolmentSettled, Invalid))
async def change_places(enrolment_id: str, asked: Capacity, person: Person, at: At, service: Running) -> Places:
    """Have more or fewer places from now on. Nobody loses a partner: fewer than are taken counts as partnerships end."""
    await service.run(offer_places, OfferPlaces(enrolment_id=enrolment_id, capacity=asked.capacity, by=person.id, at=at))
    enrolment = Enrolment.from_document(await document_of(service, "enrolments", enrolment_id))
    return Places(
        capacity=enrolment.capacity,
        places_taken=enrolment.places_taken,
        free_places=enrolment.free_places,
        detail=_what_it_means(enrolment),
    )


def _what_it_means(enrolment: Enrolment) -> str:
    taken, capacity = enrolment.places_taken, enrolment.capacity
    if taken > capacity:
        return f"{taken} partnerships go on. Nobody new is proposed before {taken - capacity + 1} of them have ended."
    return f"{taken} of {capacity} places are taken."


@router.get("/programmes/{programme_id}/waiting-list", responses=problems(NotFound, NotItsProgrammeManager))
async def waiting_list(programme_id: str, person: Person, at: At, service: Running) -> list[Standing]:
    """Who waits for a partner, the first in front, and why they have this place."""
    programme = await seen_programme(service, programme_id, person)
    return await _standings(service, programme, at.date())


@router.get("/enrolments/{enrolment_id}/standing", responses=problems(NotFound, NotItsProgrammeManager))
async def my_standing(enrolment_id: str, person: Person, at: At, service: Running) -> MyStanding:
    """One's own place in the queue, why, and what is waited for; to managers and auditors anybody's."""
    enrolment = Enrolment.from_document(await document_of(service, "enrolments", enrolment_id))
    programme = await programme_of(service, enrolment.programme_id)
    if enrolment.person_id != person.id:
        programme.must_let_see(person.id)
    line = await _standings(service, programme, at.date())
    return MyStanding(standing=next((one for one in line if one.enrolment_id == enrolment.id), None), of=len(line))


async def _standings(service: Service, programme: Programme, day: date) -> list[Standing]:
    asked = [row async for row in service.database.proposals.find({"programme_id": programme.id, "state": ProposalState.OPEN.value})]
    looking = {"role": {"$ne": Role.MENTOR.value}, "partnership_id": None, "places_taken": 0}
    line = waiting(await _approved(service, programme, looking), {row[side] for row in asked for side in ("protege_id", "mentor_id")})
    offering = await _approved(service, programme, {"role": {"$ne": Role.PROTEGE.value}})
    free = sum(one.free_places for one in offering) - len(asked)
    return standings(programme, line, free, day)


async def _approved(service: Service, programme: Programme, which: dict[str, Any]) -> Collection[Enrolment]:
    where = {"programme_id": programme.id, "state": EnrolmentState.APPROVED.value, **which}
    return [Enrolment.from_document(row) async for row in service.database.enrolments.find(where)]
