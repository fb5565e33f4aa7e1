import pytest

from services.goals.domain import Feedback, MeetingDidNotTakePlace, MeetingHasNotEnded, MeetingState
from shared.contracts.goals import FeedbackGiven
from shared.errors import Rejected
from tests.unit.goals.builders import INES, NOON, a_meeting


def test_what_was_tapped_and_written_stays_out_of_the_event() -> None:
    feedback = Feedback.give(a_meeting(), by=INES, worth_it=False, did_as_agreed=True, line="It dragged on", at=NOON)
    (event,) = feedback.unpublished
    assert isinstance(event, FeedbackGiven)
    assert set(event.model_dump()) == {"feedback_id", "meeting_id", "partnership_id", "person_id", "at"}


@pytest.mark.parametrize(
    ("state", "refusal"),
    [
        (MeetingState.PROPOSED, MeetingHasNotEnded),
        (MeetingState.BOOKED, MeetingHasNotEnded),
        (MeetingState.CANCELLED, MeetingDidNotTakePlace),
        (MeetingState.MISSED, MeetingDidNotTakePlace),
    ],
)
def test_feedback_waits_until_the_two_have_met(state: MeetingState, refusal: type[Rejected]) -> None:
    with pytest.raises(refusal):
        Feedback.give(a_meeting(state), by=INES, worth_it=True, did_as_agreed=True, line="", at=NOON)
