"""What becomes of a meeting once its time has come: it ends, earlier perhaps, was missed, or is noted down afterwards."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain import Meeting, Why
from services.scheduling.handlers.agenda import keep_in_step
from services.scheduling.handlers.protocols import Agendas, AllSeries, Announcements, Meetings, Times


@dataclass(frozen=True, kw_only=True)
class EndMeeting:
    meeting_id: str
    at: datetime


async def end_meeting(command: EndMeeting, meetings: Meetings, agendas: Agendas, announcements: Announcements) -> None:
    """Its time has passed; what was ticked off leaves the agenda, what was not is for the next one."""
    meeting = await meetings.get(command.meeting_id)
    meeting.end()
    await meetings.save(meeting)
    await _turn_over(meeting, command.at, meetings, agendas, announcements)


@dataclass(frozen=True, kw_only=True)
class EndEarly:
    meeting_id: str
    by: str
    at: datetime


async def end_early(command: EndEarly, meetings: Meetings, agendas: Agendas, announcements: Announcements, times: Times) -> None:
    """There is nothing more to talk about; the rest of the time is free again."""
    meeting = await meetings.get(command.meeting_id)
    meeting.end_early(command.by, command.at)
    await meetings.save(meeting)
    await times.give_back(meeting)
    await _turn_over(meeting, command.at, meetings, agendas, announcements)


async def _turn_over(meeting: Meeting, at: datetime, meetings: Meetings, agendas: Agendas, announcements: Announcements) -> None:
    """The agenda is the next meeting's from now on."""
    agenda = await agendas.find(meeting.partnership_id)
    if agenda is None or meeting.starts_at is None:
        return
    if agenda.turn_over(meeting.starts_at):
        await agendas.save(agenda)
    if agenda.items:
        await keep_in_step(agenda, at, meetings, announcements)


@dataclass(frozen=True, kw_only=True)
class NoteMeeting:
    """Write down that the two have met without arranging it here."""

    partnership_id: str
    starts_at: datetime
    minutes: int
    place: str
    by: str
    at: datetime


async def note_meeting(command: NoteMeeting, all_series: AllSeries, meetings: Meetings, times: Times) -> str:
    """It counts like any other; its id."""
    series = await all_series.get(command.partnership_id)
    meeting = Meeting.note_down(
        series, by=command.by, starts_at=command.starts_at, minutes=command.minutes, place=command.place, at=command.at
    )
    await times.note(meeting)
    await meetings.save(meeting)
    return meeting.id


@dataclass(frozen=True, kw_only=True)
class MissMeeting:
    meeting_id: str
    why: Why
    by: str
    at: datetime


async def miss_meeting(command: MissMeeting, meetings: Meetings, times: Times) -> None:
    """One of the two says that it did not take place."""
    meeting = await meetings.get(command.meeting_id)
    meeting.miss(command.by, command.at, command.why)
    await meetings.save(meeting)
    await times.give_back(meeting)


@dataclass(frozen=True, kw_only=True)
class SayItTookPlace:
    meeting_id: str
    by: str
    at: datetime


async def say_it_took_place(command: SayItTookPlace, meetings: Meetings) -> None:
    """One of the two remembers having met."""
    meeting = await meetings.get(command.meeting_id)
    meeting.say_it_took_place(command.by, command.at)
    await meetings.save(meeting)
