"""The lives of what matching keeps, a table each."""

from services.matching.domain.proposal import TIME_TO_ANSWER, ProposalState
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

LIVES = (PROPOSAL,)
