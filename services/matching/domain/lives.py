"""The lives of what matching keeps, a table each."""

from services.matching.domain.proposal import TIME_TO_ANSWER, ProposalState
from services.matching.domain.request import RequestState
from services.matching.domain.states import Life, State, Step

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

LIVES = (PROPOSAL, REQUEST)
