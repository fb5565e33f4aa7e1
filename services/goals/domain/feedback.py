"""What one person says after one meeting: two taps, and a line nobody else reads."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import StringConstraints

from services.goals.domain.partnership import Meeting
from shared.aggregate import Aggregate, new_id
from shared.contracts.goals import FeedbackGiven
from shared.errors import Rejected

Line = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1000)]

ASKED_FOR_DAYS = 30
"""How long after a meeting Tandem asks for feedback. It can be given later, too."""


class Feedback(Aggregate):
    """Given once for each person and meeting, and never changed: it says how it felt then."""

    meeting_id: str
    partnership_id: str
    person_id: str
    worth_it: bool
    did_as_agreed: bool
    line: Line
    given_at: datetime

    @classmethod
    def give(cls, meeting: Meeting, *, by: str, worth_it: bool, did_as_agreed: bool, line: str, at: datetime) -> Self:
        """Say how a meeting went. Raises MeetingHasNotEnded, MeetingDidNotTakePlace."""
        meeting.must_have_taken_place()
        feedback = cls(
            id=new_id(),
            meeting_id=meeting.id,
            partnership_id=meeting.partnership_id,
            person_id=by,
            worth_it=worth_it,
            did_as_agreed=did_as_agreed,
            line=line,
            given_at=at,
        )
        feedback.record(
            FeedbackGiven(feedback_id=feedback.id, meeting_id=meeting.id, partnership_id=meeting.partnership_id, person_id=by, at=at)
        )
        return feedback


class FeedbackIsGivenOnce(Rejected):
    """You have said how this meeting went; it is kept as you said it then."""
