"""What becomes of a meeting once its time has come: it ends, earlier perhaps, was missed, or is noted down afterwards."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain import Meeting, Why
from services.scheduling.handlers.protocols import Agendas, AllSeries, Meetings, Times


@dataclass(frozen=True, kw_only=True)
class EndMeeting:
    meeting_id: str
    at: datetime


async def end_meeting(command: EndMeeting, meetings: Meetings, all_series: AllSeries, agendas: Agendas) -> None:
    """Its time has passed; what was ticked off leaves the agenda."""
    meeting = await meetings.get(command.meeting_id)
    meeting.end()
    await _over(meeting, meetings, all_series, agendas)


@dataclass(frozen=True, kw_only=True)
class EndEarly:
    meeting_id: str
    by: str
    at: datetime


async def end_early(command: EndEarly, meetings: Meetings, all_series: AllSeries, agendas: Agendas, times: Times) -> None:
    """There is nothing more to talk about; the rest of the time is free again."""
    meeting = await meetings.get(command.meeting_id)
    meeting.end_early(command.by, command.at)
    await _over(meeting, meetings, all_series, agendas)
    await times.give_back(meeting)


async def _over(meeting: Meeting, meetings: Meetings, all_series: AllSeries, agendas: Agendas) -> None:
    await meetings.save(meeting)
    agenda = await agendas.of(await all_series.get(meeting.partnership_id))
    if agenda.clear_done():
        await agendas.save(agenda)


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
