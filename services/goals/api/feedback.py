"""Feedback after meetings over HTTP."""

from datetime import datetime
from typing import Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from services.goals.api.reading import Reading
from services.goals.domain import (
    Feedback,
    FeedbackIsGivenOnce,
    Line,
    Meeting,
    MeetingDidNotTakePlace,
    MeetingHasNotEnded,
    MeetingNotFound,
    NotYourPartnership,
)
from services.goals.handlers import GiveFeedback, ListMyFeedback, give_feedback, list_my_feedback
from services.goals.store import MongoFeedbacks, feedback_due
from shared.auth import Person
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(tags=["feedback"])


class FeedbackBody(BaseModel):
    """Two taps, and a line nobody else reads."""

    model_config = ConfigDict(extra="forbid")

    worth_it: bool
    did_as_agreed: bool
    line: Line = ""


class Given(BaseModel):
    """The id of feedback that was just given."""

    feedback_id: str


class DueView(BaseModel):
    """A meeting after which you have said nothing yet."""

    meeting_id: str
    partnership_id: str
    ended_at: datetime | None

    @classmethod
    def of(cls, meeting: Meeting) -> Self:
        return cls(meeting_id=meeting.id, partnership_id=meeting.partnership_id, ended_at=meeting.ends_at)


class FeedbackView(FeedbackBody):
    """What you have said after a meeting."""

    feedback_id: str
    meeting_id: str
    partnership_id: str
    given_at: datetime

    @classmethod
    def of(cls, feedback: Feedback) -> Self:
        shown = {"meeting_id", "partnership_id", "worth_it", "did_as_agreed", "line", "given_at"}
        return cls(feedback_id=feedback.id, **feedback.model_dump(include=shown))


@router.post(
    "/meetings/{meeting_id}/feedback",
    status_code=201,
    responses=problems(MeetingNotFound, NotYourPartnership, MeetingHasNotEnded, MeetingDidNotTakePlace, FeedbackIsGivenOnce),
)
async def give(meeting_id: str, body: FeedbackBody, person: Person, running: Running, at: At) -> Given:
    """Say how a meeting went."""
    command = GiveFeedback(meeting_id=meeting_id, **body.model_dump(), by=person.id, at=at)
    return Given(feedback_id=await running.run(give_feedback, command))


@router.get("/feedback/due")
async def due(person: Person, running: Running, at: At) -> list[DueView]:
    """The meetings of the last 30 days after which you have said nothing yet, the latest first."""
    return [DueView.of(meeting) for meeting in await feedback_due(running.database, person.id, at)]


@router.get("/feedback/mine")
async def mine(person: Person, reading: Reading) -> list[FeedbackView]:
    """What you have said after your meetings, the latest first."""
    return [FeedbackView.of(feedback) for feedback in await list_my_feedback(ListMyFeedback(by=person.id), MongoFeedbacks(reading))]
