"""Meetings when the rules of a zone's clocks change."""

from dataclasses import dataclass
from datetime import datetime

from services.scheduling.handlers.protocols import Announcements, Meetings, Times


@dataclass(frozen=True, kw_only=True)
class FollowClock:
    """`tzdata`: the release of the zone data by which times are reckoned now."""

    meeting_id: str
    tzdata: str
    at: datetime


async def follow_clock(command: FollowClock, meetings: Meetings, times: Times, announcements: Announcements) -> None:
    """Keep the time on the wall, and tell both when that is another instant. Raises TimeTaken."""
    meeting = await meetings.get(command.meeting_id)
    if meeting.follow_clock(command.tzdata, command.at):
        await times.take(meeting)
        await announcements.invite(meeting)
    await meetings.save(meeting)


async def keep_instant(command: FollowClock, meetings: Meetings, times: Times, announcements: Announcements) -> None:
    """The new instant is not free for both: the meeting stays when it is, and both get it anew, by the clock as it goes now."""
    meeting = await meetings.get(command.meeting_id)
    await times.note_clock(meeting)
    await meetings.save(meeting)
    for person in meeting.partners:
        await announcements.invite_again(meeting, person)
