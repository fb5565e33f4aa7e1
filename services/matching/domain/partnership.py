"""A partnership: two who both said yes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Self

from services.matching.domain.enrolment import Enrolment
from services.matching.domain.programme import Programme
from shared.aggregate import Aggregate, new_id
from shared.contracts.matching import PartnershipEnded, PartnershipStarted
from shared.errors import NotAllowed, Rejected


class PartnershipState(StrEnum):
    """Runs until somebody ends it."""

    RUNNING = "running"
    ENDED = "ended"


class EndReason(StrEnum):
    """Why two go on without each other; nobody is blamed."""

    COMPLETED = "completed"
    BY_AGREEMENT = "by_agreement"
    NOT_WORKING = "not_working"
    LEFT = "left"


class Partnership(Aggregate):
    """The running pair. Holds one of the mentor's places until it ends."""

    programme_id: str
    protege_id: str
    mentor_id: str
    protege_enrolment_id: str
    mentor_enrolment_id: str
    state: PartnershipState = PartnershipState.RUNNING
    started_at: datetime
    ended_at: datetime | None = None
    reason: EndReason | None = None

    @classmethod
    def start(cls, protege: Enrolment, mentor: Enrolment, *, ends_on: date | None, at: datetime) -> Self:
        """The only way two become partners, whatever led to it. Raises NoPlaceLeft or PartnerFound when somebody else was quicker."""
        partnership = cls(
            id=new_id(),
            programme_id=protege.programme_id,
            protege_id=protege.person_id,
            mentor_id=mentor.person_id,
            protege_enrolment_id=protege.id,
            mentor_enrolment_id=mentor.id,
            started_at=at,
        )
        mentor.take_place(partnership.id)
        protege.take_place(partnership.id)
        partnership.record(PartnershipStarted(**partnership._facts(at), ends_on=ends_on))
        return partnership

    def end(self, programme: Programme, protege: Enrolment, mentor: Enrolment, reason: EndReason, *, by: str, at: datetime) -> None:
        """Go on without each other. Where it did not work out, the protégé is first in the queue again."""
        self.must_concern(by, programme)
        if self.state is PartnershipState.ENDED:
            raise PartnershipOver
        self.state, self.ended_at, self.reason = PartnershipState.ENDED, at, reason
        mentor.free_place(completed=False)
        protege.free_place(completed=reason is EndReason.COMPLETED)
        if reason in {EndReason.NOT_WORKING, EndReason.BY_AGREEMENT}:
            protege.put_back(at)
        self.record(PartnershipEnded(**self._facts(at), reason=reason.value))

    def must_concern(self, person_id: str, programme: Programme) -> None:
        """Raises NotYourPartnership for anybody but the two and the programme's managers."""
        if person_id not in {self.protege_id, self.mentor_id, *programme.manager_ids}:
            raise NotYourPartnership

    def _facts(self, at: datetime) -> "dict[str, object]":
        return {
            "partnership_id": self.id,
            "programme_id": self.programme_id,
            "protege_id": self.protege_id,
            "mentor_id": self.mentor_id,
            "at": at,
        }


class NotYourPartnership(NotAllowed):
    """This is somebody else's partnership."""


class PartnershipOver(Rejected):
    """This partnership has ended."""
