"""The lives of what matching keeps, a table each."""

from services.matching.domain.enrolment import EnrolmentState
from services.matching.domain.partnership import DAYS_TO_CLOSE, PartnershipState
from services.matching.domain.programme import ProgrammeState
from services.matching.domain.proposal import TIME_TO_ANSWER, ProposalState
from services.matching.domain.request import RequestState
from services.matching.domain.states import Life, State, Step

PROGRAMME = Life(
    "programme",
    (
        State(
            state=ProgrammeState.DRAFT,
            owner="its managers",
            deadline="a year after it was last changed",
            timer="programme_review",
            overdue="it is given up",
            steps=(
                Step("a manager", "revises it", ProgrammeState.DRAFT),
                Step("a manager", "opens it", ProgrammeState.OPEN),
                Step("nobody", "lets a year pass", ProgrammeState.CLOSED),
            ),
        ),
        State(
            state=ProgrammeState.OPEN,
            owner="its managers",
            deadline="each week, the day of matching, and the last day",
            timer="programme_review",
            overdue="managers are told who waits for them; after the last day it closes",
            steps=(
                Step("a manager", "revises it", ProgrammeState.OPEN),
                Step("a manager", "closes it", ProgrammeState.CLOSED),
                Step("we", "tell who waits", ProgrammeState.OPEN),
                Step("we after the last day", "close it", ProgrammeState.CLOSED),
            ),
        ),
        State(state=ProgrammeState.CLOSED),
    ),
)

ENROLMENT = Life(
    "enrolment",
    (
        State(
            state=EnrolmentState.REQUESTED,
            owner="the programme's managers",
            deadline="the programme's next review, within a week",
            timer="programme_review",
            overdue="managers are told again; when the programme closes it is declined",
            steps=(
                Step("the person or a manager", "revises it", EnrolmentState.REQUESTED),
                Step("a manager", "approves", EnrolmentState.APPROVED),
                Step("a manager", "declines", EnrolmentState.DECLINED),
                Step("the person or a manager", "withdraws", EnrolmentState.WITHDRAWN),
                Step("a leaver", "leaves", EnrolmentState.WITHDRAWN),
                Step("we when the programme closes", "let them go", EnrolmentState.DECLINED),
            ),
        ),
        State(
            state=EnrolmentState.APPROVED,
            owner="the programme's managers, for a protégé without a partner",
            deadline="the programme's next review, within a week",
            timer="programme_review",
            overdue="managers are told again; when the programme closes and no partnership runs it ends",
            steps=(
                Step("the person or a manager", "revises it", EnrolmentState.APPROVED),
                Step("the two", "become partners", EnrolmentState.APPROVED),
                Step("the two", "part", EnrolmentState.APPROVED),
                Step("the two", "complete it", EnrolmentState.ENDED),
                Step("the person or a manager", "pauses", EnrolmentState.PAUSED),
                Step("the person or a manager", "withdraws", EnrolmentState.WITHDRAWN),
                Step("a leaver", "leaves", EnrolmentState.WITHDRAWN),
                Step("we when the programme closes", "let them go", EnrolmentState.ENDED),
            ),
        ),
        State(
            state=EnrolmentState.PAUSED,
            owner="the person",
            deadline="the day that was said",
            timer="enrolment_pause",
            overdue="it is approved again",
            steps=(
                Step("the person or a manager", "revises it", EnrolmentState.PAUSED),
                Step("the person or a manager", "pauses", EnrolmentState.PAUSED),
                Step("the person or a manager", "resumes", EnrolmentState.APPROVED),
                Step("we on the day", "wake them", EnrolmentState.APPROVED),
                Step("the two", "part", EnrolmentState.PAUSED),
                Step("the two", "complete it", EnrolmentState.ENDED),
                Step("the person or a manager", "withdraws", EnrolmentState.WITHDRAWN),
                Step("a leaver", "leaves", EnrolmentState.WITHDRAWN),
                Step("we when the programme closes", "let them go", EnrolmentState.ENDED),
            ),
        ),
        State(state=EnrolmentState.DECLINED),
        State(state=EnrolmentState.WITHDRAWN),
        State(state=EnrolmentState.ENDED),
    ),
)

PROPOSAL = Life(
    "proposal",
    (
        State(
            state=ProposalState.OPEN,
            owner="whoever of the two has not answered",
            deadline=f"{TIME_TO_ANSWER.days} days after it was made",
            timer="proposal_deadline",
            overdue="it expires, and whoever had said yes is first in the queue again",
            steps=(
                Step("the first of the two", "says yes", ProposalState.OPEN),
                Step("the second of the two", "says yes", ProposalState.ACCEPTED),
                Step("one of the two", "says no", ProposalState.DECLINED),
                Step("a manager, or we where one of the two is no longer free", "takes it back", ProposalState.WITHDRAWN),
                Step("nobody", "lets the deadline pass", ProposalState.EXPIRED),
            ),
        ),
        State(state=ProposalState.ACCEPTED),
        State(state=ProposalState.DECLINED),
        State(state=ProposalState.WITHDRAWN),
        State(state=ProposalState.EXPIRED),
    ),
)

_WITHDRAWS = Step("the protégé", "withdraws", RequestState.CLOSED)
_ENDS = Step("we", "end it when a partner is found, the protégé takes no part, or the programme closes", RequestState.CLOSED)
_MANAGERS_ACT = (
    Step("a manager", "pairs by hand", RequestState.ACCEPTED),
    Step("a manager", "proposes another", RequestState.PROPOSED),
    Step("a manager", "closes it kindly", RequestState.CLOSED),
)

REQUEST = Life(
    "request",
    (
        State(
            state=RequestState.ASKED,
            owner="the mentor who is asked",
            deadline="the programme's days to answer, 3 unless it says otherwise",
            timer="request_deadline",
            overdue="the next mentor is asked, or, after the last, a manager is to help",
            steps=(
                Step("the mentor", "says yes", RequestState.ACCEPTED),
                Step("the mentor", "says no", RequestState.ASKED),
                Step("the last mentor", "says no", RequestState.WITH_MANAGER),
                Step("nobody", "lets the deadline pass", RequestState.ASKED),
                Step("nobody", "lets the deadline pass", RequestState.WITH_MANAGER),
                Step("we", "pass over a mentor who is not free any more", RequestState.ASKED),
                Step("we", "pass over a mentor who is not free any more", RequestState.WITH_MANAGER),
                Step("the protégé", "puts those who wait in another order", RequestState.ASKED),
                _WITHDRAWS,
                _ENDS,
            ),
        ),
        State(
            state=RequestState.WITH_MANAGER,
            owner="the manager who has it in hand",
            deadline="the programme's days for managers, 5 unless it says otherwise",
            timer="request_deadline",
            overdue="it is the turn of all managers",
            steps=(*_MANAGERS_ACT, Step("nobody", "lets the deadline pass", RequestState.ESCALATED), _WITHDRAWS, _ENDS),
        ),
        State(
            state=RequestState.ESCALATED,
            owner="all managers of the programme",
            deadline="the programme's days for managers, 5 unless it says otherwise",
            timer="request_deadline",
            overdue="it ends, and the protégé is first in the queue",
            steps=(*_MANAGERS_ACT, Step("nobody", "lets the deadline pass", RequestState.CLOSED), _WITHDRAWS, _ENDS),
        ),
        State(
            state=RequestState.PROPOSED,
            owner="the two whom a manager has proposed to each other",
            deadline="the proposal's",
            timer="request_deadline",
            overdue="a manager is to help again",
            steps=(
                Step("one of the two", "says no to the proposal", RequestState.WITH_MANAGER),
                Step("nobody", "lets the deadline pass", RequestState.WITH_MANAGER),
                _WITHDRAWS,
                _ENDS,
            ),
        ),
        State(state=RequestState.ACCEPTED),
        State(state=RequestState.CLOSED),
    ),
)

PARTNERSHIP = Life(
    "partnership",
    (
        State(
            state=PartnershipState.RUNNING,
            owner="the two",
            deadline=f"{DAYS_TO_CLOSE} days after its last day",
            timer="partnership_end",
            overdue="it is complete",
            steps=(
                Step("one of the two or a manager", "pauses it", PartnershipState.PAUSED),
                Step("one of the two or a manager", "prolongs it", PartnershipState.RUNNING),
                Step("one of the two or a manager, or we where one has left", "ends it", PartnershipState.ENDED),
                Step("we in the end", "complete it", PartnershipState.ENDED),
            ),
        ),
        State(
            state=PartnershipState.PAUSED,
            owner="the two",
            deadline="the day that was said",
            timer="partnership_pause",
            overdue="it runs again",
            steps=(
                Step("one of the two or a manager", "pauses it", PartnershipState.PAUSED),
                Step("one of the two or a manager", "resumes it", PartnershipState.RUNNING),
                Step("we on the day", "wake it", PartnershipState.RUNNING),
                Step("one of the two or a manager", "prolongs it", PartnershipState.PAUSED),
                Step("one of the two or a manager, or we where one has left", "ends it", PartnershipState.ENDED),
                Step("we in the end", "complete it", PartnershipState.ENDED),
            ),
        ),
        State(state=PartnershipState.ENDED),
    ),
)

LIVES = (PROGRAMME, ENROLMENT, PROPOSAL, REQUEST, PARTNERSHIP)
