"""Asking for another time for a meeting that stands, and saying whether one comes."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain import Answer, Coming
from services.scheduling.handlers.protocols import Announcements, Meetings, Times


@dataclass(frozen=True, kw_only=True)
class ProposeMove:
    meeting_id: str
    starts: list[datetime]
    by: str
    at: datetime


async def propose_move(command: ProposeMove, meetings: Meetings, times: Times) -> None:
    """Ask the other partner for another time, and keep the times asked for; the meeting stands until they answer."""
    meeting = await meetings.get(command.meeting_id)
    meeting.propose_move(command.by, command.starts, command.at)
    await times.hold(meeting)
    await meetings.save(meeting)


@dataclass(frozen=True, kw_only=True)
class KeepMeeting:
    meeting_id: str
    by: str
    at: datetime


async def keep_meeting(command: KeepMeeting, meetings: Meetings, times: Times) -> None:
    """Leave the meeting where it is."""
    meeting = await meetings.get(command.meeting_id)
    meeting.keep(command.by, command.at)
    await times.hold(meeting)
    await meetings.save(meeting)


@dataclass(frozen=True, kw_only=True)
class AnswerMeeting:
    """One of the two says on the meeting's page whether they come."""

    meeting_id: str
    coming: Coming
    by: str
    at: datetime


async def answer_meeting(command: AnswerMeeting, meetings: Meetings, announcements: Announcements) -> None:
    """Remember it. Who cannot come has other times looked for."""
    meeting = await meetings.get(command.meeting_id)
    answer = Answer(coming=command.coming, revision=meeting.revision, stamp=command.at, verified=True)
    if meeting.hear(command.by, answer):
        await meetings.save(meeting)
        if command.coming is Coming.DECLINED:
            await announcements.look_for_times(meeting, command.by)
