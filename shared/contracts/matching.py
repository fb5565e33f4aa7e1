"""What matching tells: programmes, enrolments, runs, proposals, requests and partnerships."""

from datetime import date
from typing import Annotated

from pydantic import AwareDatetime, Field

from shared.event import Event

Role = Annotated[str, Field(description="protege or mentor; peer where everybody is both", examples=["protege"])]
Turn = Annotated[int, Field(description="how often the request has come to the managers", examples=[1])]

CLOSE_REASONS = "withdrawn, partner_found, not_taking_part, programme_closed, by_manager or nobody_answered"

NEVER = date.max
LastDay = Annotated[date, Field(description="9999-12-31: it is always open", examples=["2027-10-31"])]


class ProgrammeOpened(Event, type="matching.programme.opened.v1", key="programme_id"):
    """A programme takes people."""

    programme_id: str
    name: str
    starts_on: date
    ends_on: LastDay
    manager_ids: tuple[str, ...]


class ProgrammeRevised(Event, type="matching.programme.revised.v1", key="programme_id"):
    """A programme's name, dates or managers are others now."""

    programme_id: str
    name: str
    starts_on: date
    ends_on: LastDay
    manager_ids: tuple[str, ...]


class ProgrammeClosed(Event, type="matching.programme.closed.v1", key="programme_id"):
    """A programme takes nobody any more."""

    programme_id: str
    name: str
    starts_on: date
    ends_on: LastDay
    manager_ids: tuple[str, ...]


class ProgrammeReviewDue(Event, type="matching.programme.review_due.v1", key="programme_id"):
    """People wait for a programme's managers."""

    programme_id: str
    matching_day: Annotated[bool, Field(description="whether this is the day on which the cohort is matched")]
    waiting_approval: Annotated[int, Field(description="how many have asked to take part", ge=0)]
    waiting_partner: Annotated[int, Field(description="how many protégés have no partner and were offered none", ge=0)]


class EnrolmentRequested(Event, type="matching.enrolment.requested.v1", key="enrolment_id"):
    """Somebody wants to take part."""

    enrolment_id: str
    programme_id: str
    person_id: str
    role: Role


class EnrolmentApproved(Event, type="matching.enrolment.approved.v1", key="enrolment_id"):
    """Somebody takes part."""

    enrolment_id: str
    programme_id: str
    person_id: str
    role: Role


class EnrolmentDeclined(Event, type="matching.enrolment.declined.v1", key="enrolment_id"):
    """The programme has no place for somebody."""

    enrolment_id: str
    programme_id: str
    person_id: str
    role: Role


class EnrolmentWithdrawn(Event, type="matching.enrolment.withdrawn.v1", key="enrolment_id"):
    """Somebody does not take part any more."""

    enrolment_id: str
    programme_id: str
    person_id: str
    role: Role


class EnrolmentPaused(Event, type="matching.enrolment.paused.v1", key="enrolment_id"):
    """Somebody is not matched for a while. Running partnerships go on."""

    enrolment_id: str
    programme_id: str
    person_id: str
    role: Role
    until: Annotated[date, Field(description="the first day on which they can be matched again")]
    by_id: str


class EnrolmentResumed(Event, type="matching.enrolment.resumed.v1", key="enrolment_id"):
    """A pause is over."""

    enrolment_id: str
    programme_id: str
    person_id: str
    role: Role
    by_id: Annotated[str | None, Field(description="null: its last day has passed")]


class EnrolmentEnded(Event, type="matching.enrolment.ended.v1", key="enrolment_id"):
    """Somebody's part in a programme has come to its end."""

    enrolment_id: str
    programme_id: str
    person_id: str
    role: Role
    reason: Annotated[str, Field(description="completed or programme_closed", examples=["completed"])]


class MatchRunFinished(Event, type="matching.run.finished.v1", key="run_id"):
    """A run has ended in a draft."""

    run_id: str
    programme_id: str
    started_by_id: str
    pairs: int
    left_out: int


class MatchRunFailed(Event, type="matching.run.failed.v1", key="run_id"):
    """A run has ended without a draft."""

    run_id: str
    programme_id: str
    started_by_id: str


class MatchPublished(Event, type="matching.run.published.v1", key="run_id"):
    """A draft's pairs have been asked."""

    run_id: str
    programme_id: str
    pairs: int


class MatchPublishingUndone(Event, type="matching.run.publishing_undone.v1", key="run_id"):
    """A publishing was taken back before anybody had answered."""

    run_id: str
    programme_id: str


class ProposalMade(Event, type="matching.proposal.made.v1", key="proposal_id"):
    """Two people are asked whether they want to be partners."""

    proposal_id: str
    programme_id: str
    run_id: str | None
    protege_id: str
    mentor_id: str
    deadline_at: AwareDatetime


class ProposalAccepted(Event, type="matching.proposal.accepted.v1", key="proposal_id"):
    """One of the two has said yes."""

    proposal_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    by_id: str


class ProposalDeclined(Event, type="matching.proposal.declined.v1", key="proposal_id"):
    """One of the two has said no. The reason stays with the programme's managers."""

    proposal_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    by_id: str


class ProposalWithdrawn(Event, type="matching.proposal.withdrawn.v1", key="proposal_id"):
    """The question was taken back."""

    proposal_id: str
    programme_id: str
    protege_id: str
    mentor_id: str


class ProposalExpired(Event, type="matching.proposal.expired.v1", key="proposal_id"):
    """The deadline has passed without both answers."""

    proposal_id: str
    programme_id: str
    protege_id: str
    mentor_id: str


class RequestMade(Event, type="matching.request.made.v1", key="request_id"):
    """A protégé asks a mentor of their own choice."""

    request_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    deadline_at: AwareDatetime


class RequestForwarded(Event, type="matching.request.forwarded.v1", key="request_id"):
    """The mentor who was asked has not said yes, and the protégé's next choice is asked."""

    request_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    previous_mentor_id: str
    deadline_at: AwareDatetime


class RequestReferred(Event, type="matching.request.referred.v1", key="request_id"):
    """There is nobody left to ask, or what a manager had proposed does not come about: a manager is to help."""

    request_id: str
    programme_id: str
    protege_id: str
    owner_id: str
    deadline_at: AwareDatetime
    turn: Turn


class RequestEscalated(Event, type="matching.request.escalated.v1", key="request_id"):
    """The manager has not acted in time: it is the turn of all managers of the programme."""

    request_id: str
    programme_id: str
    protege_id: str
    deadline_at: AwareDatetime
    turn: Turn


class RequestProposed(Event, type="matching.request.proposed.v1", key="request_id"):
    """A manager has proposed the protégé and a mentor to each other; a proposal asks both."""

    request_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    turn: Turn


class RequestAccepted(Event, type="matching.request.accepted.v1", key="request_id"):
    """The mentor has said yes, or a manager has brought the two together: they are partners."""

    request_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    partnership_id: str
    turn: Turn


class RequestClosed(Event, type="matching.request.closed.v1", key="request_id"):
    """A request has ended without a yes to it. `mentor_id` was being asked."""

    request_id: str
    programme_id: str
    protege_id: str
    mentor_id: str | None
    reason: Annotated[str, Field(description=CLOSE_REASONS, examples=["by_manager"])]
    turn: Turn


class PartnershipStarted(Event, type="matching.partnership.started.v1", key="partnership_id"):
    """Both have accepted."""

    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    ends_on: date | None


class PartnershipPaused(Event, type="matching.partnership.paused.v1", key="partnership_id"):
    """The two stand still for a while; told again when the day changes."""

    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    until: Annotated[date, Field(description="the first day on which it goes on")]
    by_id: str


class PartnershipResumed(Event, type="matching.partnership.resumed.v1", key="partnership_id"):
    """The two go on."""

    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    by_id: Annotated[str | None, Field(description="null: the pause's last day has passed")]


class PartnershipProlonged(Event, type="matching.partnership.prolonged.v1", key="partnership_id"):
    """The partnership has a later last day."""

    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    ends_on: date


class PartnershipEnded(Event, type="matching.partnership.ended.v1", key="partnership_id"):
    """The two go on without each other."""

    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    reason: Annotated[
        str, Field(description="completed, by_agreement, needs_changed, no_time, not_working or left", examples=["completed"])
    ]


EVENTS = (
    ProgrammeOpened,
    ProgrammeRevised,
    ProgrammeClosed,
    ProgrammeReviewDue,
    EnrolmentRequested,
    EnrolmentApproved,
    EnrolmentDeclined,
    EnrolmentWithdrawn,
    EnrolmentPaused,
    EnrolmentResumed,
    EnrolmentEnded,
    MatchRunFinished,
    MatchRunFailed,
    MatchPublished,
    MatchPublishingUndone,
    ProposalMade,
    ProposalAccepted,
    ProposalDeclined,
    ProposalWithdrawn,
    ProposalExpired,
    RequestMade,
    RequestForwarded,
    RequestReferred,
    RequestEscalated,
    RequestProposed,
    RequestAccepted,
    RequestClosed,
    PartnershipStarted,
    PartnershipPaused,
    PartnershipResumed,
    PartnershipProlonged,
    PartnershipEnded,
)
