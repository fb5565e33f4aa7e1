"""Arranging meetings."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain import Meeting
from services.scheduling.handlers.protocols import AllSeries, Announcements, Meetings, Policies, Times


@dataclass(frozen=True, kw_only=True)
class ProposeMeeting:
    partnership_id: str
    starts: list[datetime]
    minutes: int
    place: str
    by: str
    at: datetime


async def propose_meeting(command: ProposeMeeting, all_series: AllSeries, meetings: Meetings, times: Times) -> str:
    """Ask the other partner which of up to three times suits, and keep these times for a while; the meeting's id."""
    series = await all_series.get(command.partnership_id)
    meeting = Meeting.propose(series, by=command.by, starts=command.starts, minutes=command.minutes, place=command.place, at=command.at)
    await times.hold(meeting)
    await meetings.save(meeting)
    return meeting.id


@dataclass(frozen=True, kw_only=True)
class BookMeeting:
    partnership_id: str
    starts_at: datetime
    minutes: int
    place: str
    by: str
    at: datetime


async def book_meeting(
    command: BookMeeting, all_series: AllSeries, policies: Policies, *, meetings: Meetings, times: Times, announcements: Announcements
) -> str:
    """Arrange a meeting at once, if the other partner lets one; its id."""
    series = await all_series.get(command.partnership_id)
    meeting = Meeting.book(series, by=command.by, starts_at=command.starts_at, minutes=command.minutes, place=command.place, at=command.at)
    (await policies.of(series.other(command.by))).must_allow_booking()
    await times.take(meeting)
    await meetings.save(meeting)
    await announcements.invite(meeting)
    return meeting.id


@dataclass(frozen=True, kw_only=True)
class ChooseTime:
    """Pick one of the proposed times, or move a booked meeting to another one."""

    meeting_id: str
    starts_at: datetime
    by: str
    at: datetime


async def pick_time(command: ChooseTime, meetings: Meetings, times: Times, announcements: Announcements) -> None:
    """One of the proposed times it is."""
    meeting = await meetings.get(command.meeting_id)
    meeting.pick(command.by, command.starts_at, command.at)
    await times.take(meeting)
    await meetings.save(meeting)
    await announcements.invite(meeting)


async def move_meeting(command: ChooseTime, meetings: Meetings, times: Times, announcements: Announcements) -> None:
    """Hold a meeting at another time."""
    meeting = await meetings.get(command.meeting_id)
    meeting.move(command.by, command.starts_at, command.at)
    await times.take(meeting)
    await meetings.save(meeting)
    await announcements.invite(meeting)


@dataclass(frozen=True, kw_only=True)
class CancelMeeting:
    meeting_id: str
    by: str
    at: datetime


async def cancel_meeting(command: CancelMeeting, meetings: Meetings, times: Times, announcements: Announcements) -> None:
    """Take a meeting back."""
    meeting = await meetings.get(command.meeting_id)
    meeting.cancel(command.by, command.at)
    await meetings.save(meeting)
    await times.give_back(meeting)
    await announcements.withdraw(meeting)
