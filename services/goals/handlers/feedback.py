"""What can be asked about feedback. Each handler runs inside one unit of work."""

from dataclasses import dataclass
from datetime import datetime

from services.goals.domain import Feedback
from services.goals.handlers.protocols import Feedbacks, Meetings, Partnerships


@dataclass(frozen=True, kw_only=True)
class GiveFeedback:
    meeting_id: str
    worth_it: bool
    did_as_agreed: bool
    line: str
    by: str
    at: datetime


async def give_feedback(command: GiveFeedback, meetings: Meetings, partnerships: Partnerships, feedbacks: Feedbacks) -> str:
    """Say how a meeting went, once, and return the feedback's id."""
    meeting = await meetings.get(command.meeting_id)
    partnership = await partnerships.get(meeting.partnership_id)
    partnership.must_be_of(command.by)
    feedback = Feedback.give(
        meeting, by=command.by, worth_it=command.worth_it, did_as_agreed=command.did_as_agreed, line=command.line, at=command.at
    )
    await feedbacks.add(feedback)
    return feedback.id


@dataclass(frozen=True, kw_only=True)
class ListMyFeedback:
    by: str


async def list_my_feedback(query: ListMyFeedback, feedbacks: Feedbacks) -> list[Feedback]:
    """What somebody has said, for their own eyes only."""
    return await feedbacks.of_person(query.by)
