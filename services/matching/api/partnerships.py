"""Partnerships over HTTP."""

from datetime import date, datetime

from fastapi import APIRouter
from pydantic import BaseModel

from services.matching.api.queries import document_of, programme_of, seen_programme
from services.matching.domain import (
    EndReason,
    NotItsProgrammeManager,
    NotYourPartnership,
    Partnership,
    PartnershipNotPaused,
    PartnershipOver,
    PartnershipState,
    Programme,
)
from services.matching.handlers.partnerships import (
    EndPartnership,
    PausePartnership,
    ProlongPartnership,
    ResumePartnership,
    end_partnership,
    pause_partnership,
    prolong_partnership,
    resume_partnership,
)
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(tags=["partnerships"])


class Ending(BaseModel):
    """Why two go on without each other.

    rematch: whether who ends it wants another partner, and is first in the queue then; not said, it follows from the reason.
    words: for the programme's managers only.
    """

    reason: EndReason
    rematch: bool | None = None
    words: str = ""


class Pause(BaseModel):
    """The first day on which it goes on."""

    until: date


class LastDay(BaseModel):
    """A later last day."""

    ends_on: date


class PartnershipView(BaseModel):
    """A partnership. `paused_until`: the first day on which it goes on. `ends_on`: its last day. `round`: of short meetings."""

    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    state: PartnershipState
    round: int | None
    started_at: datetime
    ends_on: date | None
    paused_until: date | None
    ended_at: datetime | None
    reason: EndReason | None


class ManagedPartnershipView(PartnershipView):
    """A partnership as a manager of its programme sees it, with who ended it and what was said about that."""

    ended_by_id: str | None
    words: str


@router.get("/partnerships/mine")
async def mine(person: Person, service: Running) -> list[PartnershipView]:
    """One's own partnerships, the newest first."""
    either = {"$or": [{"protege_id": person.id}, {"mentor_id": person.id}]}
    return [_view(Partnership.from_document(row)) async for row in service.database.partnerships.find(either).sort("_id", -1)]


@router.get("/partnerships/{partnership_id}", responses=problems(NotFound, NotYourPartnership))
async def one_partnership(partnership_id: str, person: Person, service: Running) -> ManagedPartnershipView | PartnershipView:
    """A partnership: to the two, and, with more in it, to the programme's managers."""
    partnership = Partnership.from_document(await document_of(service, "partnerships", partnership_id))
    programme = await programme_of(service, partnership.programme_id)
    partnership.must_concern(person.id, programme)
    return _seen(partnership, programme, person.id)


@router.get("/programmes/{programme_id}/partnerships", responses=problems(NotFound, NotItsProgrammeManager))
async def of_programme(programme_id: str, person: Person, service: Running) -> list[ManagedPartnershipView | PartnershipView]:
    """All partnerships of a programme, the newest first; with more in them to its managers than to its auditors."""
    programme = await seen_programme(service, programme_id, person)
    rows = service.database.partnerships.find({"programme_id": programme_id}).sort("_id", -1)
    return [_seen(Partnership.from_document(row), programme, person.id) async for row in rows]


@router.post(
    "/partnerships/{partnership_id}/end", status_code=204, responses=problems(NotFound, NotYourPartnership, PartnershipOver, Invalid)
)
async def end(partnership_id: str, ending: Ending, person: Person, at: At, service: Running) -> None:
    """Go on without each other."""
    await service.run(end_partnership, EndPartnership(partnership_id=partnership_id, **ending.model_dump(), by=person.id, at=at))


@router.post(
    "/partnerships/{partnership_id}/pause", status_code=204, responses=problems(NotFound, NotYourPartnership, PartnershipOver, Invalid)
)
async def pause(partnership_id: str, asked: Pause, person: Person, at: At, service: Running) -> None:
    """Stand still before a day; both are told. Again: until another day."""
    await service.run(pause_partnership, PausePartnership(partnership_id=partnership_id, until=asked.until, by=person.id, at=at))


@router.post(
    "/partnerships/{partnership_id}/resume",
    status_code=204,
    responses=problems(NotFound, NotYourPartnership, PartnershipOver, PartnershipNotPaused),
)
async def resume(partnership_id: str, person: Person, at: At, service: Running) -> None:
    """Go on before the day."""
    await service.run(resume_partnership, ResumePartnership(partnership_id=partnership_id, by=person.id, at=at))


@router.post(
    "/partnerships/{partnership_id}/prolong", status_code=204, responses=problems(NotFound, NotYourPartnership, PartnershipOver, Invalid)
)
async def prolong(partnership_id: str, asked: LastDay, person: Person, at: At, service: Running) -> None:
    """Have a later last day."""
    await service.run(prolong_partnership, ProlongPartnership(partnership_id=partnership_id, ends_on=asked.ends_on, by=person.id, at=at))


def _seen(partnership: Partnership, programme: Programme, person_id: str) -> ManagedPartnershipView | PartnershipView:
    """A manager who is one of the two sees what the two see."""
    if person_id not in programme.manager_ids or person_id in {partnership.protege_id, partnership.mentor_id}:
        return _view(partnership)
    return ManagedPartnershipView(**_view(partnership).model_dump(), ended_by_id=partnership.ended_by_id, words=partnership.words)


def _view(partnership: Partnership) -> PartnershipView:
    fields = {name: getattr(partnership, name) for name in PartnershipView.model_fields if hasattr(partnership, name)}
    return PartnershipView(partnership_id=partnership.id, **fields)
