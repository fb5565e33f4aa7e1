"""The series of a partnership: opened when it starts, closed when it ends."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from services.scheduling.domain import Meeting, MeetingState, Series
from services.scheduling.handlers.protocols import AllSeries, Announcements, Availabilities, Meetings, Times


@dataclass(frozen=True, kw_only=True)
class OpenSeries:
    partnership_id: str
    programme_id: str
    protege_id: str
    mentor_id: str
    ends_on: date | None
    at: datetime


async def open_series(command: OpenSeries, all_series: AllSeries) -> None:
    """Two people may now arrange meetings."""
    series = Series(
        id=command.partnership_id,
        programme_id=command.programme_id,
        protege_id=command.protege_id,
        mentor_id=command.mentor_id,
        started_at=command.at,
        ends_on=command.ends_on,
    )
    await all_series.save(series)


@dataclass(frozen=True, kw_only=True)
class PauseSeries:
    """`until`: the first day on which the two go on; None: they do already."""

    partnership_id: str
    until: date | None
    at: datetime


async def pause_series(command: PauseSeries, all_series: AllSeries) -> None:
    """No meeting is due before a day; those arranged before it are cancelled in a moment."""
    series = await all_series.get(command.partnership_id)
    series.paused_until = command.until
    await all_series.save(series)
    if command.until is not None:
        await all_series.clear_later(series)


@dataclass(frozen=True, kw_only=True)
class ClearPause:
    partnership_id: str
    at: datetime


async def clear_pause(
    command: ClearPause,
    all_series: AllSeries,
    availabilities: Availabilities,
    *,
    meetings: Meetings,
    times: Times,
    announcements: Announcements,
) -> None:
    """None of the meetings within a pause takes place. The next one is due when the two go on."""
    series = await all_series.get(command.partnership_id)
    zone = ZoneInfo((await availabilities.of(series.protege_id)).zone)
    for meeting in await meetings.open_of(series.id):
        starts = meeting.proposed if meeting.starts_at is None else [meeting.starts_at]
        if all(command.at < start and series.is_paused_on(start.astimezone(zone).date()) for start in starts):
            await _cancel(meeting, command.at, meetings, times, announcements)


@dataclass(frozen=True, kw_only=True)
class ProlongSeries:
    partnership_id: str
    ends_on: date
    at: datetime


async def prolong_series(command: ProlongSeries, all_series: AllSeries) -> None:
    """The two have a later last day."""
    series = await all_series.get(command.partnership_id)
    series.ends_on = command.ends_on
    await all_series.save(series)


@dataclass(frozen=True, kw_only=True)
class EndSeries:
    partnership_id: str
    at: datetime


async def end_series(command: EndSeries, all_series: AllSeries) -> None:
    """Nothing more is arranged; what is arranged is cancelled in a moment."""
    series = await all_series.get(command.partnership_id)
    series.end(command.at)
    await all_series.save(series)
    await all_series.close_later(series)


async def cancel_what_is_left(command: EndSeries, meetings: Meetings, times: Times, announcements: Announcements) -> None:
    """After the end of a partnership none of its meetings takes place."""
    for meeting in await meetings.open_of(command.partnership_id):
        if meeting.state is MeetingState.BOOKED and (meeting.starts_at is None or meeting.starts_at <= command.at):
            continue
        await _cancel(meeting, command.at, meetings, times, announcements)


async def _cancel(meeting: Meeting, at: datetime, meetings: Meetings, times: Times, announcements: Announcements) -> None:
    """Both are told: neither has done it."""
    meeting.cancel(by=None, at=at)
    await meetings.save(meeting)
    await times.give_back(meeting)
    await announcements.withdraw(meeting)
