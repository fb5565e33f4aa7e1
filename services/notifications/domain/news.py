"""The table: which event tells whom what, until when an answer matters, and which questions the event settles."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.notifications.domain.kinds import MANNERS, Kind
from services.notifications.domain.meeting import Meeting
from services.notifications.domain.notice import Closing, Notice
from shared.contracts import goals, matching, scheduling
from shared.event import Event

TWO_TAPS_FOR = timedelta(days=14)
"""After this nobody remembers whether a meeting was worth the time."""

UNSAID = frozenset({"previous_mentor_id"})
"""No mentor learns that another was asked before."""

Told = Callable[[Any], Sequence[str]]
Matter = Callable[[Any], str]
Subject = dict[str, str | int]


# ------------------------------------------------------------------ who


def both(event: Any) -> Sequence[str]:
    return (event.protege_id, event.mentor_id)


def the_other(event: Any) -> Sequence[str]:
    """Who of the two did not do it. Both, when it was neither."""
    return [person_id for person_id in both(event) if person_id != event.by_id]


def the_asked(event: Any) -> Sequence[str]:
    return (event.other_id,)


def the_person(event: Any) -> Sequence[str]:
    return (event.person_id,)


def the_person_if_another(event: Any) -> Sequence[str]:
    return () if event.by_id == event.person_id else (event.person_id,)


def the_person_if_let_go(event: Any) -> Sequence[str]:
    """Whose partnership is complete knows it."""
    return (event.person_id,) if event.reason == "programme_closed" else ()


def the_starter(event: Any) -> Sequence[str]:
    return (event.started_by_id,)


def the_protege_if_the_other(event: Any) -> Sequence[str]:
    return () if event.by_id == event.protege_id else (event.protege_id,)


def the_mentor_if_the_other(event: Any) -> Sequence[str]:
    return () if event.by_id == event.mentor_id else (event.mentor_id,)


def the_other_if_one_did(event: Any) -> Sequence[str]:
    return the_other(event) if event.by_id else ()


def the_other_if_declined(event: Any) -> Sequence[str]:
    return the_other(event) if event.outcome == "declined" else ()


def the_other_if_kept(event: Any) -> Sequence[str]:
    return the_other(event) if event.outcome == "kept" else ()


def the_mentor_if_shared(event: Any) -> Sequence[str]:
    return (event.mentor_id,) if event.shared else ()


def the_protege(event: Any) -> Sequence[str]:
    return (event.protege_id,)


def the_mentor(event: Any) -> Sequence[str]:
    return (event.mentor_id,)


def the_owner(event: Any) -> Sequence[str]:
    return (event.owner_id,)


def the_protege_if_let_down(event: Any) -> Sequence[str]:
    """Who has ended it, has found a partner or takes no part knows already."""
    return (event.protege_id,) if event.reason in {"by_manager", "nobody_answered", "programme_closed"} else ()


def the_mentor_if_asked(event: Any) -> Sequence[str]:
    return (event.mentor_id,) if event.mentor_id is not None else ()


def MANAGERS(_: Any) -> Sequence[str]:  # noqa: N802 - stands in the table like a constant: the event does not know them
    """The managers of the event's programme, looked up by whoever hears of it."""
    return ()


# ------------------------------------------------------------------ what it is about


def this_time(event: Any) -> str:
    """May happen to the same aggregate again, and is told again then."""
    return f"{event.subject}@{event.at.isoformat()}"


def its_subject(event: Any) -> str:
    """Happens to an aggregate once, or is told once."""
    return str(event.subject)


def the_meeting(event: Any) -> str:
    return str(event.meeting_id)


def this_version(event: Any) -> str:
    return f"{event.partnership_id}@{event.version}"


def this_turn(event: Any) -> str:
    """May come to the managers again, and waits for them again then."""
    return f"{event.subject}@{event.turn}"


def the_version_before(event: Any) -> str:
    return f"{event.partnership_id}@{event.version - 1}"


# ------------------------------------------------------------------ the table


@dataclass(frozen=True, kw_only=True)
class Tells:
    """One kind of notice that comes of an event."""

    kind: Kind
    to: Told
    matter: Matter = this_time
    says: tuple[str, ...] = ()
    """The event's fields the notice carries beside its ids."""
    until: Callable[[Any], datetime] | None = None
    """After this no answer is needed."""


Closes = Callable[[Any], str]


def settles(kind: Kind, matter: Matter = its_subject) -> Closes:
    """Nobody needs to answer any more."""
    return lambda event: Closing.name(kind, matter(event))


def answers(kind: Kind, by: str, matter: Matter = its_subject) -> Closes:
    """One person has answered; `by` is the event's field that names them."""
    return lambda event: Closing.name(kind, matter(event), getattr(event, by))


def ends_partnership(event: Any) -> str:
    """Nobody is asked anything about a partnership that is over."""
    return Closing.of_partnership(event.partnership_id)


@dataclass(frozen=True, kw_only=True)
class News:
    """What an event means to people."""

    tells: tuple[Tells, ...] = ()
    closes: tuple[Closes, ...] = ()


ASKS_MENTOR = Tells(kind=Kind.REQUEST_MADE, to=the_mentor, matter=its_subject, says=("deadline_at",), until=lambda event: event.deadline_at)
SETTLES_REQUEST = (
    settles(Kind.REQUEST_MADE),
    settles(Kind.REQUEST_REFERRED, this_turn),
    settles(Kind.REQUEST_ESCALATED, this_turn),
)

NEWS: dict[type[Event], News] = {
    # ---- enrolling
    matching.EnrolmentRequested: News(
        tells=(Tells(kind=Kind.ENROLMENT_REQUESTED, to=MANAGERS, matter=its_subject, says=("role",)),),
    ),
    matching.EnrolmentApproved: News(
        tells=(Tells(kind=Kind.ENROLMENT_APPROVED, to=the_person, says=("role",)),),
        closes=(settles(Kind.ENROLMENT_REQUESTED),),
    ),
    matching.EnrolmentDeclined: News(
        tells=(Tells(kind=Kind.ENROLMENT_DECLINED, to=the_person, says=("role",)),),
        closes=(settles(Kind.ENROLMENT_REQUESTED),),
    ),
    matching.EnrolmentWithdrawn: News(
        tells=(Tells(kind=Kind.ENROLMENT_WITHDRAWN, to=MANAGERS, says=("role",)),),
        closes=(settles(Kind.ENROLMENT_REQUESTED),),
    ),
    matching.EnrolmentPaused: News(tells=(Tells(kind=Kind.ENROLMENT_PAUSED, to=the_person_if_another, says=("until",)),)),
    matching.EnrolmentResumed: News(tells=(Tells(kind=Kind.ENROLMENT_RESUMED, to=the_person_if_another),)),
    matching.EnrolmentEnded: News(tells=(Tells(kind=Kind.ENROLMENT_ENDED, to=the_person_if_let_go),)),
    # ---- matching
    matching.ProgrammeReviewDue: News(
        tells=(Tells(kind=Kind.PROGRAMME_REVIEW, to=MANAGERS, says=("waiting_approval", "waiting_partner")),)
    ),
    matching.MatchRunFinished: News(tells=(Tells(kind=Kind.MATCH_RUN_FINISHED, to=the_starter, says=("pairs", "left_out")),)),
    matching.MatchRunFailed: News(tells=(Tells(kind=Kind.MATCH_RUN_FAILED, to=the_starter),)),
    matching.MatchPublished: News(tells=(Tells(kind=Kind.MATCH_PUBLISHED, to=MANAGERS, says=("pairs",)),)),
    matching.MatchPublishingUndone: News(tells=(Tells(kind=Kind.MATCH_PUBLISHING_UNDONE, to=MANAGERS),)),
    # ---- answering
    matching.ProposalMade: News(
        tells=(Tells(kind=Kind.PROPOSAL_MADE, to=both, matter=its_subject, says=("deadline_at",), until=lambda event: event.deadline_at),),
    ),
    matching.ProposalAccepted: News(
        tells=(Tells(kind=Kind.PROPOSAL_ACCEPTED, to=the_other),),
        closes=(answers(Kind.PROPOSAL_MADE, by="by_id"),),
    ),
    matching.ProposalDeclined: News(
        tells=(
            Tells(kind=Kind.PROPOSAL_DECLINED, to=the_protege_if_the_other),
            Tells(kind=Kind.PLACE_FREE_AGAIN, to=the_mentor_if_the_other),
            Tells(kind=Kind.PAIRING_DECLINED, to=MANAGERS),
        ),
        closes=(settles(Kind.PROPOSAL_MADE),),
    ),
    matching.ProposalWithdrawn: News(
        tells=(Tells(kind=Kind.PROPOSAL_WITHDRAWN, to=both),),
        closes=(settles(Kind.PROPOSAL_MADE),),
    ),
    matching.ProposalExpired: News(
        tells=(Tells(kind=Kind.PROPOSAL_EXPIRED, to=both), Tells(kind=Kind.PAIRING_EXPIRED, to=MANAGERS)),
        closes=(settles(Kind.PROPOSAL_MADE),),
    ),
    # ---- asking mentors oneself
    matching.RequestMade: News(tells=(ASKS_MENTOR,)),
    matching.RequestForwarded: News(
        tells=(ASKS_MENTOR, Tells(kind=Kind.REQUEST_FORWARDED, to=the_protege, says=("deadline_at",))),
        closes=(answers(Kind.REQUEST_MADE, by="previous_mentor_id"),),
    ),
    matching.RequestReferred: News(
        tells=(
            Tells(kind=Kind.REQUEST_WITH_MANAGER, to=the_protege, says=("deadline_at",)),
            Tells(kind=Kind.REQUEST_REFERRED, to=the_owner, matter=this_turn, says=("deadline_at",), until=lambda event: event.deadline_at),
        ),
        closes=(settles(Kind.REQUEST_MADE),),
    ),
    matching.RequestEscalated: News(
        tells=(
            Tells(kind=Kind.REQUEST_ESCALATED, to=MANAGERS, matter=this_turn, says=("deadline_at",), until=lambda event: event.deadline_at),
        ),
        closes=(settles(Kind.REQUEST_REFERRED, this_turn),),
    ),
    matching.RequestProposed: News(closes=SETTLES_REQUEST),
    matching.RequestAccepted: News(closes=SETTLES_REQUEST),
    matching.RequestClosed: News(
        tells=(
            Tells(kind=Kind.REQUEST_CLOSED, to=the_protege_if_let_down),
            Tells(kind=Kind.REQUEST_TAKEN_BACK, to=the_mentor_if_asked),
        ),
        closes=SETTLES_REQUEST,
    ),
    # ---- the partnership
    matching.PartnershipStarted: News(tells=(Tells(kind=Kind.PARTNERSHIP_STARTED, to=both),)),
    matching.PartnershipPaused: News(tells=(Tells(kind=Kind.PARTNERSHIP_PAUSED, to=both, says=("until",)),)),
    matching.PartnershipResumed: News(tells=(Tells(kind=Kind.PARTNERSHIP_RESUMED, to=both),)),
    matching.PartnershipProlonged: News(tells=(Tells(kind=Kind.PARTNERSHIP_PROLONGED, to=both, says=("ends_on",)),)),
    matching.PartnershipEnded: News(
        tells=(Tells(kind=Kind.PARTNERSHIP_ENDED, to=both), Tells(kind=Kind.PAIR_ENDED, to=MANAGERS, says=("reason",))),
        closes=(ends_partnership,),
    ),
    # ---- the charter
    goals.CharterProposed: News(
        tells=(Tells(kind=Kind.CHARTER_PROPOSED, to=the_asked, matter=this_version, says=("version",)),),
        closes=(settles(Kind.CHARTER_PROPOSED, the_version_before),),
    ),
    goals.CharterSigned: News(
        tells=(Tells(kind=Kind.CHARTER_SIGNED, to=both, matter=this_version, says=("version",)),),
        closes=(settles(Kind.CHARTER_PROPOSED, this_version),),
    ),
    # ---- meetings
    scheduling.MeetingProposed: News(
        tells=(
            Tells(kind=Kind.MEETING_PROPOSED, to=the_asked, matter=its_subject, says=("minutes",), until=lambda event: max(event.starts)),
        ),
    ),
    scheduling.MeetingBooked: News(
        tells=(Tells(kind=Kind.MEETING_BOOKED, to=both, says=("starts_at", "ends_at")),),
        closes=(settles(Kind.MEETING_PROPOSED),),
    ),
    scheduling.PlanProposed: News(
        tells=(Tells(kind=Kind.PLAN_PROPOSED, to=the_asked, matter=this_turn, says=("minutes",), until=lambda event: min(event.starts)),),
    ),
    scheduling.PlanSettled: News(
        tells=(Tells(kind=Kind.PLAN_DECLINED, to=the_other_if_declined, matter=this_turn),),
        closes=(settles(Kind.PLAN_PROPOSED, this_turn),),
    ),
    scheduling.MeetingRezoned: News(tells=(Tells(kind=Kind.MEETING_REZONED, to=both, says=("starts_at", "ends_at")),)),
    scheduling.MeetingMoveProposed: News(
        tells=(
            Tells(
                kind=Kind.MEETING_MOVE_PROPOSED,
                to=the_asked,
                matter=this_turn,
                says=("starts_at",),
                until=lambda event: event.starts_at,
            ),
        ),
    ),
    scheduling.MeetingMoveSettled: News(
        tells=(Tells(kind=Kind.MEETING_KEPT, to=the_other_if_kept, matter=this_turn),),
        closes=(settles(Kind.MEETING_MOVE_PROPOSED, this_turn),),
    ),
    scheduling.MeetingMoved: News(
        tells=(Tells(kind=Kind.MEETING_MOVED, to=the_other_if_one_did, says=("starts_at", "ends_at", "previous_starts_at")),),
    ),
    scheduling.MeetingCancelled: News(
        tells=(Tells(kind=Kind.MEETING_CANCELLED, to=the_other, says=("starts_at",)),),
        closes=(settles(Kind.MEETING_PROPOSED),),
    ),
    scheduling.MeetingEnded: News(
        tells=(
            Tells(
                kind=Kind.MEETING_ENDED,
                to=both,
                matter=its_subject,
                says=("starts_at",),
                until=lambda event: event.ends_at + TWO_TAPS_FOR,
            ),
        ),
    ),
    scheduling.MeetingMissed: News(
        tells=(Tells(kind=Kind.MEETING_MISSED, to=the_other, says=("starts_at",)),),
        closes=(settles(Kind.MEETING_ENDED),),
    ),
    # ---- goals and feedback
    goals.GoalWritten: News(tells=(Tells(kind=Kind.GOAL_SHARED, to=the_mentor_if_shared, matter=its_subject),)),
    goals.GoalRevised: News(tells=(Tells(kind=Kind.GOAL_SHARED, to=the_mentor_if_shared, matter=its_subject),)),
    goals.FeedbackGiven: News(closes=(answers(Kind.MEETING_ENDED, by="person_id", matter=the_meeting),)),
}


# ------------------------------------------------------------------ what follows from it


def closings_of(event: Event) -> list[Closing]:
    """The questions the event settles."""
    return [Closing(id=name(event), at=event.at) for name in NEWS[type(event)].closes]


def notices_of(event: Event, *, arrived_at: datetime) -> list[Notice]:
    """What the people the event itself names are told."""
    return [
        _notice(tells, event, person_id, arrived_at) for tells in NEWS[type(event)].tells for person_id in dict.fromkeys(tells.to(event))
    ]


def outdated_by(event: Event) -> list[tuple[Kind, str]]:
    """The kinds and matters of the event's own notices that leave the inbox with it."""
    names = {closes(event) for closes in NEWS[type(event)].closes}
    return [(kind, event.subject) for kind, manner in MANNERS.items() if manner.leaves and Closing.name(kind, event.subject) in names]


def concerns_managers(event: Event) -> bool:
    """Whether managers are told of it."""
    return any(tells.to is MANAGERS for tells in NEWS[type(event)].tells)


def notices_for_managers(event: Event, manager_ids: Iterable[str], *, arrived_at: datetime) -> list[Notice]:
    """What the managers of the event's programme are told."""
    told = [tells for tells in NEWS[type(event)].tells if tells.to is MANAGERS]
    return [_notice(tells, event, person_id, arrived_at) for tells in told for person_id in manager_ids]


def reminders_of(meeting: Meeting, *, agenda_is_empty: bool, at: datetime) -> list[Notice]:
    """What the two are told a day before they meet."""
    kinds = {meeting.protege_id: Kind.AGENDA_EMPTY if agenda_is_empty else Kind.MEETING_TOMORROW, meeting.mentor_id: Kind.MEETING_TOMORROW}
    return [
        Notice.tell(
            kind,
            person_id=person_id,
            matter=meeting.matter,
            subject=_subject(meeting.model_dump(), person_id, ("starts_at", "ends_at")),
            at=at,
            arrived_at=at,
            answer_until=meeting.starts_at,
        )
        for person_id, kind in kinds.items()
    ]


def _notice(tells: Tells, event: Event, person_id: str, arrived_at: datetime) -> Notice:
    return Notice.tell(
        tells.kind,
        person_id=person_id,
        matter=tells.matter(event),
        subject=_subject(event.model_dump(), person_id, tells.says),
        at=event.at,
        arrived_at=arrived_at,
        answer_until=tells.until(event) if tells.until else None,
    )


def _subject(fields: dict[str, Any], person_id: str, says: tuple[str, ...]) -> Subject:
    """The ids, and what the notice says beside them, as its reader sees them."""
    said = {name for name in fields if name.endswith("_id") or name in says} - UNSAID
    subject = {name: fields[name] for name in said if fields[name] is not None}
    partners = {fields.get("protege_id"): "protege", fields.get("mentor_id"): "mentor"}
    by_id = subject.get("by_id")
    if person_id in partners:
        subject["my_role"] = partners[person_id]
        subject |= [("other_id", partner_id) for partner_id in partners if partner_id not in {person_id, None}]
        subject.pop("by_id", None)
    elif subject.get("other_id") == person_id and by_id is not None:
        subject["other_id"] = subject.pop("by_id")
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in subject.items()}
