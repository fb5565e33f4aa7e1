"""What waits for the managers of a programme: one list, the most urgent first."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from services.matching.domain.enrolment import Enrolment, EnrolmentState
from services.matching.domain.programme import Programme
from services.matching.domain.proposal import Proposal
from services.matching.domain.request import MentorRequest, RequestState

SOON = timedelta(days=3)
"""An unanswered proposal is a manager's business so long before its deadline."""


class Cause(StrEnum):
    """Why something waits for a manager."""

    REQUEST_WITHOUT_MENTOR = "request_without_mentor"
    REQUEST_OVERDUE = "request_overdue"
    ENROLMENT_REQUESTED = "enrolment_requested"
    PROPOSAL_EXPIRING = "proposal_expiring"


class NextStep(StrEnum):
    """What a manager can do about it."""

    PAIR_PROPOSE_OR_CLOSE = "pair_propose_or_close"
    APPROVE_OR_DECLINE = "approve_or_decline"
    TALK_TO_THEM = "talk_to_them"


class Task(BaseModel):
    """One thing that waits. `subject_id`: of the request, enrolment or proposal. `owner_id`: who has it in hand, None for all managers."""

    model_config = ConfigDict(frozen=True)

    cause: Cause
    next_step: NextStep
    programme_id: str
    subject_id: str
    person_ids: tuple[str, ...]
    owner_id: str | None = None
    since: datetime
    until: datetime | None
    """When it goes on by itself, or managers are told again."""


def tasks(
    programmes: Iterable[Programme],
    requests: Iterable[MentorRequest],
    enrolments: Iterable[Enrolment],
    proposals: Iterable[Proposal],
    at: datetime,
) -> list[Task]:
    """The tasks among what belongs to these programmes, whatever is due first in front."""
    reviews = {programme.id: programme.review_at for programme in programmes}
    found = [
        *(_request(one) for one in requests if one.state in {RequestState.WITH_MANAGER, RequestState.ESCALATED}),
        *(_enrolment(one, reviews[one.programme_id]) for one in enrolments if one.state is EnrolmentState.REQUESTED),
        *(_proposal(one) for one in proposals if one.is_open and one.deadline_at <= at + SOON),
    ]
    return sorted(found, key=lambda task: (task.until is None, task.until or task.since, task.subject_id))


def _request(request: MentorRequest) -> Task:
    overdue = request.state is RequestState.ESCALATED
    return Task(
        cause=Cause.REQUEST_OVERDUE if overdue else Cause.REQUEST_WITHOUT_MENTOR,
        next_step=NextStep.PAIR_PROPOSE_OR_CLOSE,
        programme_id=request.programme_id,
        subject_id=request.id,
        person_ids=(request.protege_id,),
        owner_id=None if overdue else request.owner_id,
        since=request.since,
        until=request.deadline_at,
    )


def _enrolment(enrolment: Enrolment, review_at: datetime | None) -> Task:
    return Task(
        cause=Cause.ENROLMENT_REQUESTED,
        next_step=NextStep.APPROVE_OR_DECLINE,
        programme_id=enrolment.programme_id,
        subject_id=enrolment.id,
        person_ids=(enrolment.person_id,),
        since=enrolment.requested_at,
        until=review_at,
    )


def _proposal(proposal: Proposal) -> Task:
    silent = tuple(one for one in (proposal.protege_id, proposal.mentor_id) if one not in proposal.accepted_by)
    return Task(
        cause=Cause.PROPOSAL_EXPIRING,
        next_step=NextStep.TALK_TO_THEM,
        programme_id=proposal.programme_id,
        subject_id=proposal.id,
        person_ids=silent,
        since=proposal.made_at,
        until=proposal.deadline_at,
    )
