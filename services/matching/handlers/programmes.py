"""What can be asked about programmes."""

from dataclasses import dataclass
from datetime import datetime

from services.matching.domain import Programme, Terms, waiting
from services.matching.handlers.stores import Enrolments, People, Programmes, Proposals


@dataclass(frozen=True, kw_only=True)
class DraftProgramme:
    terms: Terms
    by: str
    roles: frozenset[str]
    at: datetime


async def draft_programme(command: DraftProgramme, programmes: Programmes) -> str:
    """Set up a programme; its id."""
    programme = Programme.draft(command.terms, command.by, command.roles, command.at)
    programmes.save(programme)
    return programme.id


@dataclass(frozen=True, kw_only=True)
class ReviseProgramme:
    programme_id: str
    terms: Terms
    by: str
    at: datetime


async def revise_programme(command: ReviseProgramme, programmes: Programmes) -> None:
    """Decide anew about a programme."""
    programme = await programmes.get(command.programme_id)
    programme.revise(command.terms, command.by, command.at)
    programmes.save(programme)


@dataclass(frozen=True, kw_only=True)
class OpenProgramme:
    programme_id: str
    by: str
    at: datetime


async def open_programme(command: OpenProgramme, programmes: Programmes) -> None:
    """Let people enrol."""
    programme = await programmes.get(command.programme_id)
    programme.open(command.by, command.at)
    programmes.save(programme)


@dataclass(frozen=True, kw_only=True)
class CloseProgramme:
    programme_id: str
    by: str
    at: datetime


async def close_programme(command: CloseProgramme, programmes: Programmes) -> None:
    """Take nobody any more."""
    programme = await programmes.get(command.programme_id)
    programme.close(command.by, command.at)
    programmes.save(programme)


# ---------------------------------------------------------------- who manages it, and who looks on


@dataclass(frozen=True, kw_only=True)
class ChangeRole:
    programme_id: str
    person_id: str
    by: str
    roles: frozenset[str]
    at: datetime


async def add_manager(command: ChangeRole, programmes: Programmes, people: People) -> None:
    """Share the work of a programme."""
    programme = await programmes.get(command.programme_id)
    person = await people.get(command.person_id)
    person.must_be_active()
    programme.add_manager(person.id, command.by, command.roles, command.at)
    programmes.save(programme)


async def remove_manager(command: ChangeRole, programmes: Programmes) -> None:
    """Have somebody manage a programme no longer."""
    programme = await programmes.get(command.programme_id)
    programme.remove_manager(command.person_id, command.by, command.roles, command.at)
    programmes.save(programme)


async def add_auditor(command: ChangeRole, programmes: Programmes, people: People) -> None:
    """Let somebody look on."""
    programme = await programmes.get(command.programme_id)
    person = await people.get(command.person_id)
    person.must_be_active()
    programme.add_auditor(person.id, command.by, command.roles)
    programmes.save(programme)


async def remove_auditor(command: ChangeRole, programmes: Programmes) -> None:
    """Have somebody look on no longer."""
    programme = await programmes.get(command.programme_id)
    programme.remove_auditor(command.person_id, command.by, command.roles)
    programmes.save(programme)


# ---------------------------------------------------------------- what time does


@dataclass(frozen=True, kw_only=True)
class ProgrammeDue:
    programme_id: str
    at: datetime


async def review_programme(command: ProgrammeDue, programmes: Programmes, enrolments: Enrolments, proposals: Proposals) -> None:
    """Tell a programme's managers who waits for them."""
    programme = await programmes.get(command.programme_id)
    asked = {proposal.protege_id for proposal in await proposals.open_in(programme.id)}
    programme.review(
        waiting_approval=await enrolments.count_requested(programme.id),
        waiting_partner=len(waiting(await enrolments.approved(programme.id), asked)),
        at=command.at,
    )
    programmes.save(programme)


async def finish_programme(command: ProgrammeDue, programmes: Programmes) -> None:
    """A programme's last day is over."""
    programme = await programmes.get(command.programme_id)
    programme.finish(command.at)
    programmes.save(programme)


async def let_go(command: ProgrammeDue, programmes: Programmes, enrolments: Enrolments) -> None:
    """A programme has closed: some hundreds of those who still wait in it are told that nothing comes any more."""
    found = await enrolments.without_partner(command.programme_id)
    for enrolment in found:
        enrolment.let_go(command.at)
        enrolments.save(enrolment)
    if found:
        programmes.go_on_letting_go(command.programme_id)
