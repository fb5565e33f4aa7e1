"""Enrolments over HTTP."""

import asyncio
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from services.matching.api.queries import document_of, last_published, programme_of, seen_programme
from services.matching.domain import (
    AlreadyEnrolled,
    Enrolment,
    EnrolmentNotOpen,
    EnrolmentOver,
    EnrolmentSettled,
    EnrolmentState,
    MayNotEnrol,
    NotItsProgrammeManager,
    NotYourEnrolment,
    PersonInactive,
    PersonUnknown,
    ProgrammeNotOpen,
    Role,
    StillInPartnership,
    Wishes,
)
from services.matching.handlers.enrolments import (
    ApproveAll,
    DecideEnrolment,
    RequestEnrolment,
    ReviseEnrolment,
    approve_all,
    approve_enrolment,
    decline_enrolment,
    request_enrolment,
    revise_enrolment,
    withdraw_enrolment,
)
from services.matching.handlers.imports import ImportEnrolments, ImportPlan, import_enrolments, portions, read_enrolments
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running, Service
from shared.tabular import UnreadableTable

router = APIRouter(tags=["enrolments"])

SHOWN_ROWS = 50


class EnrolmentRequest(Wishes):
    """Who wants to take part as what. A manager can name somebody else."""

    role: Role
    person_id: str | None = None


class EnrolmentId(BaseModel):
    """The new enrolment."""

    enrolment_id: str


class EnrolmentView(BaseModel):
    """An enrolment. `first_in_queue`: put back in front because another said no. `exceptions`: rules a manager passed over.

    `sits_out`: left out of the run that is published next.
    """

    enrolment_id: str
    programme_id: str
    person_id: str
    role: Role
    state: EnrolmentState
    capacity: int
    places_taken: int
    free_places: int
    needs: list[str]
    strengths: list[str]
    goals: list[str]
    hours: list[str]
    answers: dict[str, str]
    requested_at: datetime
    late: bool
    exceptions: list[str]
    first_in_queue: bool
    paused_until: date | None
    sits_out: bool
    partnership_id: str | None


class Approved(BaseModel):
    """How many were taken in."""

    approved: int


class WrongRow(BaseModel):
    """A mistake in a table."""

    line: int
    column: str
    reason: str
    value: str


class ImportedRow(BaseModel):
    """A good row of a table."""

    line: int
    person_id: str
    role: Role
    effect: str
    capacity: int | None
    needs: list[str]
    strengths: list[str]
    goals: list[str]
    hours: list[str]


class ImportReport(BaseModel):
    """What a table does, or would do: figures, each mistake, the first rows, and which heading was taken for which column."""

    committed: bool
    new: int
    changed: int
    unchanged: int
    wrong: list[WrongRow]
    rows: list[ImportedRow]
    headers: list[str]
    mapping: dict[str, str]


@router.post(
    "/programmes/{programme_id}/enrolments",
    status_code=201,
    responses=problems(
        NotFound,
        NotItsProgrammeManager,
        ProgrammeNotOpen,
        EnrolmentNotOpen,
        EnrolmentOver,
        MayNotEnrol,
        AlreadyEnrolled,
        PersonUnknown,
        PersonInactive,
        Invalid,
    ),
)
async def request_(programme_id: str, asked: EnrolmentRequest, person: Person, at: At, service: Running) -> EnrolmentId:
    """Ask to take part, or, as its manager, ask for somebody else."""
    wishes = Wishes(**asked.model_dump(exclude={"role", "person_id"}))
    command = RequestEnrolment(
        programme_id=programme_id, person_id=asked.person_id or person.id, role=asked.role, wishes=wishes, by=person.id, at=at
    )
    return EnrolmentId(enrolment_id=await service.run(request_enrolment, command))


@router.put("/enrolments/{enrolment_id}", status_code=204, responses=problems(NotFound, NotYourEnrolment, EnrolmentSettled, Invalid))
async def revise(enrolment_id: str, wishes: Wishes, person: Person, at: At, service: Running) -> None:
    """Say anew what one needs and is strong at."""
    await service.run(revise_enrolment, ReviseEnrolment(enrolment_id=enrolment_id, wishes=wishes, by=person.id, at=at))


@router.get("/programmes/{programme_id}/enrolments", responses=problems(NotFound, NotItsProgrammeManager))
async def of_programme(
    programme_id: str, person: Person, service: Running, role: Role | None = None, state: EnrolmentState | None = None
) -> list[EnrolmentView]:
    """Who takes part in a programme, or wants to."""
    await seen_programme(service, programme_id, person)
    wanted = {"programme_id": programme_id, "role": role and role.value, "state": state and state.value}
    where = {name: value for name, value in wanted.items() if value is not None}
    return await _views(service, where)


@router.get("/enrolments/mine")
async def mine(person: Person, service: Running) -> list[EnrolmentView]:
    """One's own enrolments."""
    return await _views(service, {"person_id": person.id})


@router.get("/enrolments/{enrolment_id}", responses=problems(NotFound, NotItsProgrammeManager))
async def one_enrolment(enrolment_id: str, person: Person, service: Running) -> EnrolmentView:
    """One's own enrolment; to managers and auditors anybody's in the programme."""
    enrolment = Enrolment.from_document(await document_of(service, "enrolments", enrolment_id))
    if enrolment.person_id != person.id:
        (await programme_of(service, enrolment.programme_id)).must_let_see(person.id)
    return (await _views(service, {"_id": enrolment.id}))[0]


@router.post("/enrolments/{enrolment_id}/approve", status_code=204, responses=problems(NotFound, NotItsProgrammeManager, EnrolmentSettled))
async def approve(enrolment_id: str, person: Person, at: At, service: Running) -> None:
    """Take somebody in."""
    await service.run(approve_enrolment, DecideEnrolment(enrolment_id=enrolment_id, by=person.id, at=at))


@router.post("/enrolments/{enrolment_id}/decline", status_code=204, responses=problems(NotFound, NotItsProgrammeManager, EnrolmentSettled))
async def decline(enrolment_id: str, person: Person, at: At, service: Running) -> None:
    """Have no place for somebody."""
    await service.run(decline_enrolment, DecideEnrolment(enrolment_id=enrolment_id, by=person.id, at=at))


@router.post(
    "/enrolments/{enrolment_id}/withdraw",
    status_code=204,
    responses=problems(NotFound, NotYourEnrolment, EnrolmentSettled, StillInPartnership),
)
async def withdraw(enrolment_id: str, person: Person, at: At, service: Running) -> None:
    """Not take part any more."""
    await service.run(withdraw_enrolment, DecideEnrolment(enrolment_id=enrolment_id, by=person.id, at=at))


@router.post("/programmes/{programme_id}/enrolments/approve-all", responses=problems(NotFound, NotItsProgrammeManager))
async def approve_everybody(programme_id: str, person: Person, at: At, service: Running) -> Approved:
    """Take in everybody who waits for it."""
    approved = 0
    while portion := await service.run(approve_all, ApproveAll(programme_id=programme_id, by=person.id, at=at)):
        approved += portion
    return Approved(approved=approved)


@router.post(
    "/programmes/{programme_id}/enrolments/import",
    responses=problems(NotFound, NotItsProgrammeManager, ProgrammeNotOpen, UnreadableTable),
    openapi_extra={"requestBody": {"required": True, "content": {"text/csv": {"schema": {"type": "string"}}}}},
)
async def import_(
    programme_id: str,
    request: Request,
    person: Person,
    at: At,
    service: Running,
    *,
    commit: bool = False,
    mapping: Annotated[str | None, Query(description='JSON: {"column": "heading of the file"}')] = None,
) -> ImportReport:
    """Enrol many people from a table. Without `commit` nothing is written: the answer says what would be.

    Columns: employee_id or email, role, capacity, needs, strengths, goals, hours; several in one cell are separated by semicolons.
    """
    table = await asyncio.to_thread(read_enrolments, await request.body(), mapping)
    plan = ImportPlan()
    seen: dict[str, int] = {}
    for rows in portions(table.rows):
        command = ImportEnrolments(programme_id=programme_id, rows=rows, seen=seen, commit=commit, by=person.id, at=at)
        plan.add(await service.run(import_enrolments, command))
    wrong = sorted([*table.problems, *plan.wrong], key=lambda problem: problem.line)
    return ImportReport(
        committed=commit,
        new=plan.count("new"),
        changed=plan.count("changed"),
        unchanged=plan.count("unchanged"),
        wrong=[WrongRow(line=row.line, column=row.column, reason=row.reason, value=row.value) for row in wrong],
        rows=[
            ImportedRow(
                line=row.line,
                person_id=row.person.id,
                role=row.role,
                effect=row.effect,
                capacity=row.wishes.capacity,
                needs=row.wishes.needs,
                strengths=row.wishes.strengths,
                hours=row.wishes.hours,
                goals=row.wishes.goals,
            )
            for row in plan.rows[:SHOWN_ROWS]
        ],
        headers=table.headers,
        mapping=table.mapping,
    )


async def _views(service: Service, where: dict[str, Any]) -> list[EnrolmentView]:
    enrolments = [Enrolment.from_document(row) async for row in service.database.enrolments.find(where).sort("_id", 1)]
    published = await last_published(service, {one.programme_id for one in enrolments})
    return [_view(one, published.get(one.programme_id)) for one in enrolments]


def _view(enrolment: Enrolment, published_at: datetime | None) -> EnrolmentView:
    fields = {name: getattr(enrolment, name) for name in EnrolmentView.model_fields if hasattr(enrolment, name)}
    return EnrolmentView(
        enrolment_id=enrolment.id,
        first_in_queue=enrolment.put_back_at is not None,
        sits_out=enrolment.is_left_out(published_at),
        **fields,
    )
