"""A mentoring programme, and who manages it."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Self

from pydantic import Field

from services.matching.domain.person import Person
from services.matching.domain.programme.terms import Terms
from services.matching.domain.vocabulary import NotItsProgrammeManager, Role
from shared.aggregate import Aggregate, new_id
from shared.contracts.matching import NEVER, ProgrammeClosed, ProgrammeOpened, ProgrammeReviewDue, ProgrammeRevised
from shared.errors import Invalid, NotAllowed, Rejected

OPENERS = frozenset({"programme_manager", "administrator"})
REVIEWED_EVERY = timedelta(weeks=1)
DRAFT_KEPT = timedelta(days=365)
MORNING = time(6)


class ProgrammeState(StrEnum):
    """A draft is seen by its managers only; an open one takes people; a closed one lets its partnerships end."""

    DRAFT = "draft"
    OPEN = "open"
    CLOSED = "closed"


class Programme(Aggregate):
    """A programme and who manages it."""

    terms: Terms
    manager_ids: list[str]
    auditor_ids: list[str] = Field(default_factory=list)
    """Who may see what its managers see, except what was said to them in private, and change nothing."""
    state: ProgrammeState = ProgrammeState.DRAFT
    review_at: datetime | None = None
    """When its managers are told next how many wait for them, if it is open; of a draft, when it is given up."""

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """As it was saved, also by versions in which a quarter of what needs counted went to what the mentor wants to learn."""
        weights = document["terms"].get("weights", {})
        if "needs" in weights and "learning" not in weights:
            learning = weights["needs"] // 4
            weights = weights | {"needs": weights["needs"] - learning, "learning": learning}
            document = {**document, "terms": {**document["terms"], "weights": weights}}
        return super().from_document(document)

    @classmethod
    def draft(cls, terms: Terms, by: str, roles: frozenset[str], at: datetime) -> Self:
        """A new programme, managed by whoever makes it. Raises MayNotOpenProgrammes or Invalid."""
        cls.must_let_draft(roles)
        terms.check()
        return cls(id=new_id(), terms=terms, manager_ids=[by], review_at=at + DRAFT_KEPT)

    @staticmethod
    def must_let_draft(roles: frozenset[str]) -> None:
        """Raises MayNotOpenProgrammes."""
        if not roles & OPENERS:
            raise MayNotOpenProgrammes

    def revise(self, terms: Terms, by: str, at: datetime) -> None:
        """Decide anew. What has been matched stays as it is."""
        self.must_be_managed_by(by)
        if self.state is ProgrammeState.CLOSED:
            raise ProgrammeNotOpen
        terms.check()
        if self.state is ProgrammeState.OPEN and terms.enrols_as != self.terms.enrols_as:
            raise Invalid("People have enrolled as what this form knows them.", field="form")
        if self.state is ProgrammeState.OPEN and terms.meetings != self.terms.meetings:
            raise Invalid("People have enrolled for so many meetings.", field="form" if terms.form != self.terms.form else "flash.meetings")
        self.terms = terms
        self.review_at = at + DRAFT_KEPT if self.state is ProgrammeState.DRAFT else self._next_review(at)
        self._tell_if_open(at)

    def open(self, by: str, at: datetime) -> None:
        """Let people enrol. Raises Invalid if its last day has passed."""
        self.must_be_managed_by(by)
        if self.state is not ProgrammeState.DRAFT:
            raise AlreadyOpened
        if self.terms.is_over(at.date()):
            raise Invalid("The programme's last day has passed.", field="ends_on")
        self.state = ProgrammeState.OPEN
        self.review_at = self._next_review(at)
        self.record(ProgrammeOpened(**self._facts(at)))

    def close(self, by: str, at: datetime) -> None:
        """Take nobody any more. Running partnerships go on."""
        self.must_be_managed_by(by)
        self.must_be_open()
        self._close(at)

    def finish(self, at: datetime) -> None:
        """Close by itself, when the last day is over."""
        self.must_be_open()
        if not self.terms.is_over(at.date()):
            raise NotOver
        self._close(at)

    def _close(self, at: datetime) -> None:
        self.state, self.review_at = ProgrammeState.CLOSED, None
        self.record(ProgrammeClosed(**self._facts(at)))

    def review(self, *, waiting_approval: int, waiting_partner: int, at: datetime) -> None:
        """Tell its managers if anybody waits for them, each week and on the day of matching. A draft that nobody cared for is given up."""
        if self.state is ProgrammeState.DRAFT:
            self.state, self.review_at = ProgrammeState.CLOSED, None
            return
        self.must_be_open()
        if waiting_approval or waiting_partner:
            self.record(
                ProgrammeReviewDue(
                    programme_id=self.id,
                    matching_day=at.date() == self.terms.matching_on,
                    waiting_approval=waiting_approval,
                    waiting_partner=waiting_partner,
                    at=at,
                )
            )
        self.review_at = self._next_review(at)

    def _next_review(self, at: datetime) -> datetime:
        """A week from now, or the morning of the day of matching if that comes before."""
        week = at + REVIEWED_EVERY
        matching_on = self.terms.matching_on
        if matching_on is None or not at.date() < matching_on <= week.date():
            return week
        return datetime.combine(matching_on, MORNING, UTC)

    def add_manager(self, person_id: str, by: str, roles: frozenset[str], at: datetime) -> None:
        """Share the work. An administrator can do this too, so that no programme is without anybody."""
        self._must_let_choose_roles(by, roles)
        if person_id not in self.manager_ids:
            self.manager_ids.append(person_id)
            self._tell_if_open(at)

    def remove_manager(self, person_id: str, by: str, roles: frozenset[str], at: datetime) -> None:
        """Have somebody manage it no longer, perhaps oneself."""
        self._must_let_choose_roles(by, roles)
        if person_id in self.manager_ids:
            if len(self.manager_ids) == 1:
                raise LastManager
            self.manager_ids.remove(person_id)
            self._tell_if_open(at)

    def add_auditor(self, person_id: str, by: str, roles: frozenset[str]) -> None:
        """Let somebody look on."""
        self._must_let_choose_roles(by, roles)
        if person_id not in self.auditor_ids:
            self.auditor_ids.append(person_id)

    def remove_auditor(self, person_id: str, by: str, roles: frozenset[str]) -> None:
        """Have somebody look on no longer."""
        self._must_let_choose_roles(by, roles)
        self.auditor_ids = [auditor_id for auditor_id in self.auditor_ids if auditor_id != person_id]

    def assign(self, manager_ids: list[str], auditor_ids: list[str], by: str, at: datetime) -> None:
        """Have these people manage it and look on, and no others."""
        self.must_be_managed_by(by)
        if not manager_ids:
            raise LastManager
        changed = manager_ids != self.manager_ids
        self.manager_ids, self.auditor_ids = manager_ids, auditor_ids
        if changed:
            self._tell_if_open(at)

    def _must_let_choose_roles(self, by: str, roles: frozenset[str]) -> None:
        if "administrator" not in roles:
            self.must_be_managed_by(by)

    def must_let_see(self, person_id: str) -> None:
        """Raises NotItsProgrammeManager for anybody but its managers and auditors."""
        if person_id not in self.auditor_ids:
            self.must_be_managed_by(person_id)

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

    @property
    def offers_places(self) -> bool:
        """Whether a place that becomes free is offered to the first in the queue by itself."""
        return self.state is ProgrammeState.OPEN and self.terms.free_places == "offered"

    def must_offer_places(self, day: date) -> None:
        """Raises PlacesByHand; NotYetMatched as long as a cohort waits for its day."""
        if not self.offers_places:
            raise PlacesByHand
        if self.terms.matching_on is not None and day <= self.terms.matching_on:
            raise NotYetMatched

    def must_allow_places(self, capacity: int) -> None:
        """Raises Invalid for places a mentor cannot offer."""
        if not 1 <= capacity <= self.terms.most_places:
            words = f"A mentor has between 1 and {self.terms.most_places} places. To have none for a while, pause."
            raise Invalid(words, field="capacity")

    def must_let_enrol(self, person: Person, role: Role, day: date) -> None:
        """Whether somebody may enrol without a manager's help. Raises EnrolmentNotOpen, EnrolmentOver or MayNotEnrol."""
        admission = self.terms.enrolment
        if admission.opens_on is not None and day < admission.opens_on:
            raise EnrolmentNotOpen(f"People can enrol from {admission.opens_on} on.")
        if admission.late_joiners == "refused" and self.terms.is_late(day):
            raise EnrolmentOver
        for rule in admission.unmet(person, role):
            raise MayNotEnrol(f"This programme is not for everybody. {rule}")

    def _tell_if_open(self, at: datetime) -> None:
        """Nobody has heard of a draft, so nobody need hear that it changed."""
        if self.state is ProgrammeState.OPEN:
            self.record(ProgrammeRevised(**self._facts(at)))

    def _facts(self, at: datetime) -> "dict[str, object]":
        return {
            "programme_id": self.id,
            "name": self.terms.name,
            "starts_on": self.terms.starts_on,
            "ends_on": self.terms.ends_on or NEVER,
            "manager_ids": tuple(self.manager_ids),
            "at": at,
        }


class MayNotOpenProgrammes(NotAllowed):
    """Only programme managers and administrators can set up programmes."""


class ProgrammeNotOpen(Rejected):
    """The programme is not open."""


class NoSelfService(Rejected):
    """In this programme the managers find the mentors."""


class EnrolmentNotOpen(Rejected):
    """Nobody can enrol yet."""


class EnrolmentOver(Rejected):
    """The time to enrol has passed, and this programme takes nobody late. Ask its managers."""


class MayNotEnrol(Rejected):
    """This programme is not for everybody."""


class PlacesByHand(Rejected):
    """In this programme free places are given by hand."""


class NotYetMatched(Rejected):
    """The day on which the cohort is matched is still to come."""


class NotOver(Rejected):
    """The programme's last day is still to come."""


class LastManager(Rejected):
    """A programme needs somebody who manages it: name another manager first."""


class AlreadyOpened(Rejected):
    """The programme has been opened already."""
