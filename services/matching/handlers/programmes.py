"""What can be asked about programmes."""

from dataclasses import dataclass
from datetime import datetime

from services.matching.domain import Programme, Terms
from services.matching.handlers.stores import People, Programmes


@dataclass(frozen=True, kw_only=True)
class DraftProgramme:
    terms: Terms
    by: str
    roles: frozenset[str]
    at: datetime


async def draft_programme(command: DraftProgramme, programmes: Programmes) -> str:
    """Set up a programme; its id."""
    programme = Programme.draft(command.terms, command.by, command.roles)
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


@dataclass(frozen=True, kw_only=True)
class AddManager:
    programme_id: str
    person_id: str
    by: str
    roles: frozenset[str]
    at: datetime


async def add_manager(command: AddManager, programmes: Programmes, people: People) -> None:
    """Share the work of a programme."""
    programme = await programmes.get(command.programme_id)
    person = await people.get(command.person_id)
    person.must_be_active()
    programme.add_manager(person.id, command.by, command.roles, command.at)
    programmes.save(programme)
