"""Meetings over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, Field

from services.scheduling.api.offering import or_next, taken_among
from services.scheduling.api.views import Body, DaysOffView, MadeMeeting, MeetingView, Reads, Rechecking, SeriesView
from services.scheduling.domain import (
    AnswerIsTheOthers,
    AskFirst,
    MeetingOver,
    MeetingState,
    NotBooked,
    NotProposed,
    NotWaitingForAnswer,
    NotYourPartnership,
    PartnershipOver,
    TimePassed,
)
from services.scheduling.handlers import (
    BookMeeting,
    CancelMeeting,
    ChooseTime,
    ProposeMeeting,
    book_meeting,
    cancel_meeting,
    move_meeting,
    pick_time,
    propose_meeting,
)
from services.scheduling.store import Queries, Recheck, usual
from shared.auth import Person
from shared.errors import Invalid, NotFound
from shared.problems import problems
from shared.service import At, Running, Service

router = APIRouter(tags=["meetings"])

MONTHS_TO_COME = timedelta(days=150)


class MeetingBody(Body):
    """A meeting to propose, or, with `book`, one to arrange at once."""

    starts: Annotated[list[AwareDatetime], Field(min_length=1, max_length=3)]
    minutes: int
    place: str = ""
    book: bool = False


class TimeBody(Body):
    """When a meeting is to begin."""

    starts_at: AwareDatetime


@router.get("/partnerships/{partnership_id}/series", responses=problems(NotFound, NotYourPartnership))
async def series(partnership_id: str, person: Person, at: At, reads: Reads, language: str = "en") -> SeriesView:
    """All meetings of a partnership, and what of the months to come is not like other days."""
    found = await reads.series(partnership_id, person.id)
    (rhythm, meetings, people), plan = await asyncio.gather(reads.standing(found), reads.plan(found))
    last, due = usual(found, rhythm, meetings, people[0].zone)
    return SeriesView(
        cadence_weeks=rhythm.weeks,
        minutes=rhythm.minutes,
        met=sum(meeting.state is MeetingState.ENDED for meeting in meetings),
        saved_minutes=sum(meeting.saved_minutes for meeting in meetings if meeting.state is MeetingState.ENDED),
        last_met_at=last,
        next_due_on=due,
        meetings=[MeetingView.of(meeting) for meeting in meetings],
        planned=plan.wanted,
        days_off=DaysOffView.of_both(people, at.date(), at.date() + MONTHS_TO_COME, language),
    )


@router.post(
    "/partnerships/{partnership_id}/meetings",
    status_code=201,
    responses=taken_among(problems(NotFound, NotYourPartnership, PartnershipOver, AskFirst, TimePassed, Invalid)),
)
async def arrange(
    partnership_id: str, body: MeetingBody, person: Person, at: At, service: Running, *, reads: Reads, recheck: Rechecking
) -> MadeMeeting:
    """Propose one to three times to the other partner, or book one at once if they let you. Both must be free at each of them.

    Proposed times are kept for you for two days. A time to be booked is looked up in both calendars first.
    """
    found = await reads.series(partnership_id, person.id)
    starts_at, *more = body.starts
    asked: ProposeMeeting | BookMeeting
    if not body.book:
        asked = ProposeMeeting(partnership_id=found.id, starts=body.starts, minutes=body.minutes, place=body.place, by=person.id, at=at)
        doing, unchecked = service.run(propose_meeting, asked), []
    elif more:
        raise Invalid("One time can be booked, not several.", field="starts")
    else:
        asked = BookMeeting(partnership_id=found.id, starts_at=starts_at, minutes=body.minutes, place=body.place, by=person.id, at=at)
        unchecked = await recheck.look(service, found.partners, starts_at, starts_at + timedelta(minutes=body.minutes), at)
        doing = service.run(book_meeting, asked)
    meeting_id = await or_next(doing, reads, found, starts_at, body.minutes, at=at, but=None)
    return MadeMeeting(meeting_id=meeting_id, unchecked=unchecked)


@router.get("/meetings/mine")
async def my_meetings(
    person: Person,
    reads: Reads,
    from_: Annotated[AwareDatetime | None, Query(alias="from", description="those that end after this")] = None,
    until: Annotated[AwareDatetime | None, Query(description="those that begin before this")] = None,
) -> list[MeetingView]:
    """Your meetings, the earliest first, and those that wait for an answer."""
    return [MeetingView.of(meeting) for meeting in await reads.meetings_for(person.id, from_, until)]


@router.get("/meetings/{meeting_id}", responses=problems(NotFound, NotYourPartnership))
async def meeting(meeting_id: str, person: Person, reads: Reads) -> MeetingView:
    """One of your meetings."""
    return MeetingView.of(await reads.meeting(meeting_id, person.id))


@router.post(
    "/meetings/{meeting_id}/pick",
    status_code=204,
    responses=taken_among(problems(NotFound, NotYourPartnership, AnswerIsTheOthers, NotWaitingForAnswer, NotProposed, TimePassed)),
)
async def pick(meeting_id: str, body: TimeBody, person: Person, at: At, service: Running, *, reads: Reads, recheck: Rechecking) -> None:
    """Pick one of the times your partner has proposed. It is looked up in both calendars first."""
    command = ChooseTime(meeting_id=meeting_id, starts_at=body.starts_at, by=person.id, at=at)
    await _choose(pick_time, command, service, reads, recheck)


@router.post(
    "/meetings/{meeting_id}/move",
    status_code=204,
    responses=taken_among(problems(NotFound, NotYourPartnership, NotBooked, MeetingOver, TimePassed, Invalid)),
)
async def move(meeting_id: str, body: TimeBody, person: Person, at: At, service: Running, *, reads: Reads, recheck: Rechecking) -> None:
    """Hold a meeting at another time. Both calendars follow, and both get a new invitation."""
    command = ChooseTime(meeting_id=meeting_id, starts_at=body.starts_at, by=person.id, at=at)
    await _choose(move_meeting, command, service, reads, recheck)


async def _choose(handler: Callable[..., Awaitable[None]], command: ChooseTime, service: Service, reads: Queries, recheck: Recheck) -> None:
    """Give a meeting its time; only its two are told what their calendars say."""
    found = await reads.meeting(command.meeting_id, command.by)
    await recheck.look(service, found.partners, command.starts_at, command.starts_at + timedelta(minutes=found.minutes), command.at)
    series = await reads.series(found.partnership_id, command.by)
    doing = service.run(handler, command)
    await or_next(doing, reads, series, command.starts_at, found.minutes, at=command.at, but=found.id)


@router.post("/meetings/{meeting_id}/cancel", status_code=204, responses=problems(NotFound, NotYourPartnership, NotBooked, MeetingOver))
async def cancel(meeting_id: str, person: Person, at: At, service: Running) -> None:
    """Take a meeting, or the question for its time, back."""
    await service.run(cancel_meeting, CancelMeeting(meeting_id=meeting_id, by=person.id, at=at))
