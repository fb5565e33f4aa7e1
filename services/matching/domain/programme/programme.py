"""A mentoring programme, and who manages it."""

from datetime import datetime
from enum import StrEnum
from typing import Self

from services.matching.domain.programme.terms import Terms
from services.matching.domain.vocabulary import NotItsProgrammeManager
from shared.aggregate import Aggregate, new_id
from shared.contracts.matching import ProgrammeClosed, ProgrammeOpened, ProgrammeRevised
from shared.errors import Invalid, NotAllowed, Rejected

OPENERS = frozenset({"programme_manager", "administrator"})


class ProgrammeState(StrEnum):
    """A draft is seen by its managers only; an open one takes people; a closed one lets its partnerships end."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Programme(Aggregate):
    """A programme and who manages it."""

    terms: Terms
    manager_ids: list[str]
    state: ProgrammeState = ProgrammeState.DRAFT

    @classmethod
    def draft(cls, terms: Terms, by: str, roles: frozenset[str]) -> Self:
        """A new programme, managed by whoever makes it. Raises MayNotOpenProgrammes or Invalid."""
        if not roles & OPENERS:
            raise MayNotOpenProgrammes
        terms.check()
        return cls(id=new_id(), terms=terms, manager_ids=[by])

    def revise(self, terms: Terms, by: str, at: datetime) -> None:
        """Decide anew. What has been matched stays as it is."""
        self.must_be_managed_by(by)
        if self.state is ProgrammeState.CLOSED:
            raise ProgrammeNotOpen
        terms.check()
        self.terms = terms
        self._tell_if_open(at)

    def open(self, by: str, at: datetime) -> None:
        """Let people enrol. Raises Invalid if its last day has passed."""
        self.must_be_managed_by(by)
        if self.state is not ProgrammeState.DRAFT:
            raise AlreadyOpened
        if self.terms.ends_on < at.date():
            raise Invalid("The programme's last day has passed.", field="ends_on")
        self.state = ProgrammeState.OPEN
        self.record(ProgrammeOpened(**self._facts(at)))

    def close(self, by: str, at: datetime) -> None:
        """Take nobody any more. Running partnerships go on."""
        self.must_be_managed_by(by)
        self.must_be_open()
        self.state = ProgrammeState.CLOSED
        self.record(ProgrammeClosed(**self._facts(at)))

    def add_manager(self, person_id: str, by: str, roles: frozenset[str], at: datetime) -> None:
        """Share the work. An administrator can do this too, so that no programme is without anybody."""
        if "administrator" not in roles:
            self.must_be_managed_by(by)
        if person_id not in self.manager_ids:
            self.manager_ids.append(person_id)
            self._tell_if_open(at)

    def must_be_managed_by(self, person_id: str) -> None:
        """Raises NotItsProgrammeManager."""
        if person_id not in self.manager_ids:
            raise NotItsProgrammeManager

    def must_be_open(self) -> None:
        """Raises ProgrammeNotOpen."""
        if self.state is not ProgrammeState.OPEN:
            raise ProgrammeNotOpen

    def must_let_ask(self) -> None:
        """Raises ProgrammeNotOpen, or NoSelfService."""
        self.must_be_open()
        if not self.terms.self_service.offered:
            raise NoSelfService

    def _tell_if_open(self, at: datetime) -> None:
        """Nobody has heard of a draft, so nobody need hear that it changed."""
        if self.state is ProgrammeState.OPEN:
            self.record(ProgrammeRevised(**self._facts(at)))

    def _facts(self, at: datetime) -> "dict[str, object]":
        return {
            "programme_id": self.id,
            "name": self.terms.name,
            "starts_on": self.terms.starts_on,
            "ends_on": self.terms.ends_on,
            "manager_ids": tuple(self.manager_ids),
            "at": at,
        }


class MayNotOpenProgrammes(NotAllowed):
    """Only programme managers and administrators can set up programmes."""


class ProgrammeNotOpen(Rejected):
    """The programme is not open."""


class NoSelfService(Rejected):
    """In this programme the managers find the mentors."""


class AlreadyOpened(Rejected):
    """The programme has been opened already."""
