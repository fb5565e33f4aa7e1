"""Asking for another time for a meeting that stands, and saying whether one comes, over HTTP."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AwareDatetime, Field

from services.scheduling.api.offering import or_next, taken_among
from services.scheduling.api.views import Body, Reads
from services.scheduling.domain import Coming, MeetingOver, NotBooked, NothingProposed, NotYourPartnership, TimePassed
from services.scheduling.handlers import (
    AnswerMeeting,
    KeepMeeting,
    ProposeMove,
    answer_meeting,
    keep_meeting,
    propose_move,
)
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(prefix="/meetings/{meeting_id}", tags=["meetings"])


class OtherTimesBody(Body):
    """Up to three times for a meeting that stands."""

    starts: Annotated[list[AwareDatetime], Field(min_length=1, max_length=3)]


class AnswerBody(Body):
    """Whether one comes."""

    coming: Coming


@router.post(
    "/propose-move",
    status_code=204,
    responses=taken_among(problems(NotFound, NotYourPartnership, NotBooked, MeetingOver, TimePassed, Invalid)),
)
async def propose(meeting_id: str, body: OtherTimesBody, person: Person, at: At, service: Running, *, reads: Reads) -> None:
    """Ask your partner for another time. The meeting stands until they pick one of these; an earlier question is forgotten."""
    found = await reads.meeting(meeting_id, person.id)
    series = await reads.series(found.partnership_id, person.id)
    doing = service.run(propose_move, ProposeMove(meeting_id=meeting_id, starts=body.starts, by=person.id, at=at))
    await or_next(doing, reads, series, body.starts[0], found.minutes, at=at, but=meeting_id)


@router.post("/keep", status_code=204, responses=problems(NotFound, NotYourPartnership, NothingProposed))
async def keep(meeting_id: str, person: Person, at: At, service: Running) -> None:
    """Leave the meeting where it is: turn down the times your partner asks for, or take back your own question."""
    await service.run(keep_meeting, KeepMeeting(meeting_id=meeting_id, by=person.id, at=at))


@router.post("/answer", status_code=204, responses=problems(NotFound, NotYourPartnership, NotBooked))
async def answer(meeting_id: str, body: AnswerBody, person: Person, at: At, service: Running) -> None:
    """Say whether you come. When you cannot, other times are proposed to your partner in your name."""
    await service.run(answer_meeting, AnswerMeeting(meeting_id=meeting_id, coming=body.coming, by=person.id, at=at))
