"""What has become of meetings, over HTTP."""

from fastapi import APIRouter
from pydantic import AwareDatetime

from services.scheduling.api.views import Body, MadeMeeting
from services.scheduling.domain import (
    MeetingOver,
    MetOtherwise,
    NotBooked,
    NothingToSay,
    NotOverYet,
    NotYetBegun,
    NotYourPartnership,
    PartnershipOver,
    Why,
)
from services.scheduling.handlers import (
    EndEarly,
    MissMeeting,
    NoteMeeting,
    SayItTookPlace,
    end_early,
    miss_meeting,
    note_meeting,
    say_it_took_place,
)
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running

router = APIRouter(tags=["meetings"])


class HeldBody(Body):
    """A meeting that has taken place."""

    starts_at: AwareDatetime
    minutes: int
    place: str = ""


class MissedBody(Body):
    """Why it did not take place, if you like to say so; your partner can read it, and nobody else."""

    why: Why = Why.UNSAID


@router.post(
    "/partnerships/{partnership_id}/meetings/held",
    status_code=201,
    responses=problems(NotFound, NotYourPartnership, PartnershipOver, NotOverYet, MetOtherwise, Invalid),
)
async def held(partnership_id: str, body: HeldBody, person: Person, at: At, service: Running) -> MadeMeeting:
    """Note down a meeting that took place without having been arranged here."""
    command = NoteMeeting(partnership_id=partnership_id, by=person.id, at=at, **body.model_dump())
    return MadeMeeting(meeting_id=await service.run(note_meeting, command))


@router.post(
    "/meetings/{meeting_id}/end", status_code=204, responses=problems(NotFound, NotYourPartnership, NotBooked, NotYetBegun, MeetingOver)
)
async def end(meeting_id: str, person: Person, at: At, service: Running) -> None:
    """End a meeting now, because there is nothing more to talk about. What is left of its time is given back."""
    await service.run(end_early, EndEarly(meeting_id=meeting_id, by=person.id, at=at))


@router.post("/meetings/{meeting_id}/missed", status_code=204, responses=problems(NotFound, NotYourPartnership, NotBooked, NotYetBegun))
async def missed(meeting_id: str, person: Person, at: At, service: Running, body: MissedBody | None = None) -> None:
    """Say that a meeting did not take place. What your partner says of it stands beside it."""
    why = body.why if body else Why.UNSAID
    await service.run(miss_meeting, MissMeeting(meeting_id=meeting_id, why=why, by=person.id, at=at))


@router.post("/meetings/{meeting_id}/met", status_code=204, responses=problems(NotFound, NotYourPartnership, NothingToSay, NotOverYet))
async def met(meeting_id: str, person: Person, at: At, service: Running) -> None:
    """Say that a meeting did take place, after all."""
    await service.run(say_it_took_place, SayItTookPlace(meeting_id=meeting_id, by=person.id, at=at))
