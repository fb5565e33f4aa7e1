"""A proposal: a pairing both partners are asked to accept, until a deadline."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self

from pydantic import Field

from services.matching.domain.enrolment import Enrolment
from services.matching.domain.run import Pair
from shared.aggregate import Aggregate, new_id
from shared.contracts.matching import ProposalAccepted, ProposalDeclined, ProposalExpired, ProposalMade, ProposalWithdrawn
from shared.errors import Invalid, NotAllowed, Rejected

TIME_TO_ANSWER = timedelta(days=14)
LONGEST_REASON = 1_000


class ProposalState(StrEnum):
    """Open until both have said yes, one has said no, the deadline has passed, or it is taken back."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


class Proposal(Aggregate):
    """Asks two people whether they want to be partners. Why one declines is for the programme's managers only, and in no event."""

    programme_id: str
    run_id: str | None
    request_id: str | None = None
    """The request for which a manager has made it."""
    protege_id: str
    mentor_id: str
    protege_enrolment_id: str
    mentor_enrolment_id: str
    state: ProposalState = ProposalState.OPEN
    made_at: datetime
    deadline_at: datetime
    accepted_by: list[str] = Field(default_factory=list)
    declined_by: str | None = None
    decline_reason: str = ""
    ended_at: datetime | None = None
    round: int | None = None
    """Of rounds of short meetings the one in which the two meet."""
    points: int = 0
    shares: dict[str, int] = Field(default_factory=dict)
    reasons: dict[str, list[str]] = Field(default_factory=dict)

    @classmethod
    def make(
        cls, pair: Pair, protege: Enrolment, mentor: Enrolment, *, run_id: str | None, request_id: str | None = None, at: datetime
    ) -> Self:
        """Ask two people who both have a place."""
        protege.must_have_place()
        mentor.must_have_place()
        proposal = cls(
            id=new_id(),
            programme_id=protege.programme_id,
            run_id=run_id,
            request_id=request_id,
            protege_id=protege.person_id,
            mentor_id=mentor.person_id,
            protege_enrolment_id=protege.id,
            mentor_enrolment_id=mentor.id,
            made_at=at,
            deadline_at=at + TIME_TO_ANSWER,
            round=pair.round,
            points=pair.points,
            shares=pair.shares,
            reasons=pair.reasons,
        )
        proposal.record(ProposalMade(**proposal._facts(at), run_id=run_id, deadline_at=proposal.deadline_at))
        return proposal

    def accept(self, by: str, at: datetime) -> bool:
        """Record one partner's yes; whether it was the second. The same click twice is one yes."""
        self._must_be_partner(by)
        if by in self.accepted_by and self.state in {ProposalState.OPEN, ProposalState.ACCEPTED}:
            return False
        self._must_be_open(at)
        self.accepted_by.append(by)
        self.record(ProposalAccepted(**self._facts(at), by_id=by))
        both = {self.protege_id, self.mentor_id} <= set(self.accepted_by)
        if both:
            self._end(ProposalState.ACCEPTED, at)
        return both

    def decline(self, by: str, reason: str, at: datetime) -> None:
        """Record one partner's no. The same click twice is one no."""
        self._must_be_partner(by)
        if self.declined_by == by:
            return
        if len(reason) > LONGEST_REASON:
            raise Invalid(f"At most {LONGEST_REASON} characters.", field="reason")
        self._must_be_open(at)
        self.declined_by, self.decline_reason = by, reason.strip()
        self._end(ProposalState.DECLINED, at)
        self.record(ProposalDeclined(**self._facts(at), by_id=by))

    def withdraw(self, at: datetime) -> None:
        """Take the question back."""
        self._must_be_open(at, even_late=True)
        self._end(ProposalState.WITHDRAWN, at)
        self.record(ProposalWithdrawn(**self._facts(at)))

    def expire(self, at: datetime) -> None:
        """The deadline has passed without both answers."""
        self._must_be_open(at, even_late=True)
        if at < self.deadline_at:
            raise DeadlineNotReached
        self._end(ProposalState.EXPIRED, at)
        self.record(ProposalExpired(**self._facts(at)))

    def must_be_unanswered(self) -> None:
        """Raises AlreadyAnswered."""
        if self.accepted_by or self.state is not ProposalState.OPEN:
            raise AlreadyAnswered

    @property
    def is_open(self) -> bool:
        """Whether answers are still awaited."""
        return self.state is ProposalState.OPEN

    @property
    def let_down(self) -> list[str]:
        """The enrolments to be put back first in the queue: who was told no without having said it, or waited for an answer in vain."""
        enrolments = {self.protege_id: self.protege_enrolment_id, self.mentor_id: self.mentor_enrolment_id}
        if self.state is ProposalState.DECLINED:
            return [enrolment for person, enrolment in enrolments.items() if person != self.declined_by]
        return [enrolment for person, enrolment in enrolments.items() if person in self.accepted_by]

    def other_enrolment(self, enrolment_id: str) -> str:
        """The other one's."""
        return self.mentor_enrolment_id if enrolment_id == self.protege_enrolment_id else self.protege_enrolment_id

    def _end(self, state: ProposalState, at: datetime) -> None:
        self.state, self.ended_at = state, at

    def _must_be_open(self, at: datetime, *, even_late: bool = False) -> None:
        if self.state is not ProposalState.OPEN or (at > self.deadline_at and not even_late):
            raise ProposalClosed

    def _must_be_partner(self, by: str) -> None:
        if by not in {self.protege_id, self.mentor_id}:
            raise NotYourProposal

    def _facts(self, at: datetime) -> "dict[str, object]":
        return {
            "proposal_id": self.id,
            "programme_id": self.programme_id,
            "protege_id": self.protege_id,
            "mentor_id": self.mentor_id,
            "at": at,
        }


class ProposalClosed(Rejected):
    """The proposal has been answered or withdrawn, or its deadline has passed."""


class NotYourProposal(NotAllowed):
    """Only the two who are asked can see and answer this."""


class AlreadyAnswered(Rejected):
    """Somebody has answered already, so the publishing can no longer be undone."""


class AlreadyProposed(Rejected):
    """These two have been asked already and have not both answered."""


class DeadlineNotReached(Rejected):
    """There is still time to answer."""
