"""Programmes over HTTP."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from services.matching.api.queries import can_see, programme_of, seen_programme
from services.matching.domain import (
    AlreadyOpened,
    Enrolment,
    EnrolmentState,
    LastManager,
    MayNotOpenProgrammes,
    NotItsProgrammeManager,
    PartnershipState,
    PersonInactive,
    PersonUnknown,
    Programme,
    ProgrammeNotOpen,
    ProgrammeState,
    ProposalState,
    Role,
    Terms,
    queue,
)
from services.matching.handlers.programmes import (
    ChangeRole,
    CloseProgramme,
    DraftProgramme,
    OpenProgramme,
    ReviseProgramme,
    add_auditor,
    add_manager,
    close_programme,
    draft_programme,
    open_programme,
    remove_auditor,
    remove_manager,
    revise_programme,
)
from shared.auth import Asker, Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running, Service

router = APIRouter(prefix="/programmes", tags=["programmes"])


class ProgrammeId(BaseModel):
    """The new programme."""

    programme_id: str


class ProgrammeView(Terms):
    """A programme, and what it is to whoever asks."""

    programme_id: str
    state: ProgrammeState
    manager_ids: list[str]
    auditor_ids: list[str]
    is_manager: bool
    is_auditor: bool
    my_role: Role | None
    my_enrolment_id: str | None
    my_enrolment_state: EnrolmentState | None


class Summary(BaseModel):
    """A programme in figures, and who waits for a partner, the first in the queue in front."""

    proteges: int
    mentors: int
    places: int
    free_places: int
    waiting_approval: int
    proposals_open: int
    partnerships_running: int
    partnerships_ended: int
    waiting: list[str]


class Somebody(BaseModel):
    """Who is to have a role in a programme."""

    person_id: str


@router.post("", status_code=201, responses=problems(MayNotOpenProgrammes, Invalid))
async def draft(terms: Terms, person: Person, at: At, service: Running) -> ProgrammeId:
    """Set up a programme; whoever does manages it."""
    return ProgrammeId(
        programme_id=await service.run(draft_programme, DraftProgramme(terms=terms, by=person.id, roles=person.roles, at=at))
    )


@router.put("/{programme_id}", status_code=204, responses=problems(NotFound, NotItsProgrammeManager, Invalid))
async def revise(programme_id: str, terms: Terms, person: Person, at: At, service: Running) -> None:
    """Decide anew about a programme."""
    await service.run(revise_programme, ReviseProgramme(programme_id=programme_id, terms=terms, by=person.id, at=at))


@router.get("")
async def all_programmes(person: Person, service: Running) -> list[ProgrammeView]:
    """All programmes, the newest first; drafts only to those who manage them."""
    programmes = [Programme.from_document(row) async for row in service.database.programmes.find().sort("_id", -1)]
    mine = await _my_enrolments(service, person)
    return [_view(programme, person, mine) for programme in programmes if can_see(programme, person)]


@router.get("/{programme_id}", responses=problems(NotFound))
async def one_programme(programme_id: str, person: Person, service: Running) -> ProgrammeView:
    """A programme with all its settings."""
    programme = await programme_of(service, programme_id)
    if not can_see(programme, person):
        raise NotFound
    return _view(programme, person, await _my_enrolments(service, person))


@router.post("/{programme_id}/open", status_code=204, responses=problems(NotFound, NotItsProgrammeManager, AlreadyOpened, Invalid))
async def open_(programme_id: str, person: Person, at: At, service: Running) -> None:
    """Let people enrol."""
    await service.run(open_programme, OpenProgramme(programme_id=programme_id, by=person.id, at=at))


@router.post("/{programme_id}/close", status_code=204, responses=problems(NotFound, NotItsProgrammeManager, ProgrammeNotOpen))
async def close(programme_id: str, person: Person, at: At, service: Running) -> None:
    """Take nobody any more."""
    await service.run(close_programme, CloseProgramme(programme_id=programme_id, by=person.id, at=at))


@router.post(
    "/{programme_id}/managers", status_code=204, responses=problems(NotFound, NotItsProgrammeManager, PersonUnknown, PersonInactive)
)
async def share(programme_id: str, manager: Somebody, person: Person, at: At, service: Running) -> None:
    """Have somebody else manage the programme too."""
    await service.run(add_manager, _change(programme_id, manager.person_id, person, at))


@router.delete("/{programme_id}/managers/{person_id}", status_code=204, responses=problems(NotFound, NotItsProgrammeManager, LastManager))
async def unshare(programme_id: str, person_id: str, person: Person, at: At, service: Running) -> None:
    """Have somebody manage the programme no longer, perhaps oneself."""
    await service.run(remove_manager, _change(programme_id, person_id, person, at))


@router.post(
    "/{programme_id}/auditors", status_code=204, responses=problems(NotFound, NotItsProgrammeManager, PersonUnknown, PersonInactive)
)
async def let_look(programme_id: str, auditor: Somebody, person: Person, at: At, service: Running) -> None:
    """Let somebody see who takes part, who waits and who is whose partner, and change nothing."""
    await service.run(add_auditor, _change(programme_id, auditor.person_id, person, at))


@router.delete("/{programme_id}/auditors/{person_id}", status_code=204, responses=problems(NotFound, NotItsProgrammeManager))
async def let_look_no_longer(programme_id: str, person_id: str, person: Person, at: At, service: Running) -> None:
    """Have somebody look on no longer."""
    await service.run(remove_auditor, _change(programme_id, person_id, person, at))


def _change(programme_id: str, person_id: str, asker: Asker, at: datetime) -> ChangeRole:
    return ChangeRole(programme_id=programme_id, person_id=person_id, by=asker.id, roles=asker.roles, at=at)


@router.get("/{programme_id}/summary", responses=problems(NotFound, NotItsProgrammeManager))
async def summary(programme_id: str, person: Person, service: Running) -> Summary:
    """The programme in figures."""
    programme = await seen_programme(service, programme_id, person)
    database, of_programme = service.database, {"programme_id": programme.id}
    approved = database.enrolments.find({**of_programme, "state": EnrolmentState.APPROVED.value})
    enrolments = [Enrolment.from_document(row) async for row in approved]
    open_proposals = [row async for row in database.proposals.find({**of_programme, "state": ProposalState.OPEN.value})]
    asked = {row[name] for row in open_proposals for name in ("protege_id", "mentor_id")}
    free = [one for one in enrolments if one.free_places > 0]
    looking = [one for one in free if (one.role is not Role.MENTOR and not one.has_partner) or one.put_back_at is not None]
    waiting = [one for one in looking if one.person_id not in asked]
    mentors = [one for one in enrolments if one.role is Role.MENTOR]
    return Summary(
        proteges=len(enrolments) - len(mentors),
        mentors=len(mentors),
        places=sum(mentor.capacity for mentor in mentors),
        free_places=sum(mentor.free_places for mentor in mentors),
        waiting_approval=await database.enrolments.count_documents({**of_programme, "state": EnrolmentState.REQUESTED.value}),
        proposals_open=len(open_proposals),
        partnerships_running=await database.partnerships.count_documents({**of_programme, "state": {"$ne": PartnershipState.ENDED.value}}),
        partnerships_ended=await database.partnerships.count_documents({**of_programme, "state": PartnershipState.ENDED.value}),
        waiting=[one.person_id for one in queue(waiting)],
    )


async def _my_enrolments(service: Service, person: Asker) -> dict[str, dict[str, Any]]:
    """By programme; one that runs goes before one that was declined or withdrawn."""
    rows = [row async for row in service.database.enrolments.find({"person_id": person.id}).sort("_id", 1)]
    ended = {EnrolmentState.DECLINED.value, EnrolmentState.WITHDRAWN.value}
    return {row["programme_id"]: row for row in sorted(rows, key=lambda row: row["state"] not in ended)}


def _view(programme: Programme, person: Asker, mine: dict[str, dict[str, Any]]) -> ProgrammeView:
    enrolment = mine.get(programme.id, {})
    return ProgrammeView(
        **programme.terms.model_dump(),
        programme_id=programme.id,
        state=programme.state,
        manager_ids=programme.manager_ids,
        auditor_ids=programme.auditor_ids,
        is_manager=person.id in programme.manager_ids,
        is_auditor=person.id in programme.auditor_ids,
        my_role=enrolment.get("role"),
        my_enrolment_id=enrolment.get("_id"),
        my_enrolment_state=enrolment.get("state"),
    )
