"""Connecting calendars, and what was read from them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain import Calendar, CalendarKind, NotACalendar
from services.scheduling.handlers.protocols import Announcements, Calendars, Meetings, Times
from services.scheduling.slots import Span, Unreadable, without_private_words


@dataclass(frozen=True, kw_only=True)
class ConnectCalendar:
    """An account that has let us in; what opens it comes sealed for the calendar of this id, which may be a new one."""

    calendar_id: str
    kind: CalendarKind
    secret: bytes | None
    reads: Sequence[str]
    target_url: str | None
    url: str | None = None
    username: str | None = None
    by: str
    at: datetime


async def connect_calendar(
    command: ConnectCalendar, calendars: Calendars, times: Times, meetings: Meetings, announcements: Announcements
) -> None:
    """Read from and write to a calendar from now on; meetings to come are written to it."""
    known = {calendar.id: calendar for calendar in await calendars.of(command.by)}
    calendar = known.get(command.calendar_id) or Calendar(id=command.calendar_id, person_id=command.by)
    calendar.connect(
        command.kind,
        secret=command.secret,
        reads=command.reads,
        target_url=command.target_url,
        url=command.url,
        username=command.username,
    )
    await _save_anew(calendar, calendars, times)
    if calendar.target_url:
        for meeting in await meetings.ahead_of(command.by, command.at):
            await announcements.write_to(meeting, command.by, calendar.generation)


@dataclass(frozen=True, kw_only=True)
class UploadCalendar:
    text: str
    by: str
    at: datetime


async def upload_calendar(command: UploadCalendar, calendars: Calendars, times: Times) -> None:
    """Use a calendar file; only its times are kept. Raises NotACalendar."""
    try:
        times_only = without_private_words(command.text)
    except Unreadable as problem:
        raise NotACalendar(str(problem), field="file") from problem
    calendar = await the_one_of(command.by, calendars)
    calendar.upload(times_only)
    await _save_anew(calendar, calendars, times)


@dataclass(frozen=True, kw_only=True)
class DisconnectCalendar:
    by: str
    at: datetime


async def disconnect_calendar(command: DisconnectCalendar, calendars: Calendars, times: Times) -> None:
    """Use working hours alone."""
    calendar = await the_one_of(command.by, calendars)
    calendar.disconnect()
    await _save_anew(calendar, calendars, times)


async def the_one_of(person_id: str, calendars: Calendars) -> Calendar:
    """The calendar a person has connected; a new one when there is none."""
    return next(iter(await calendars.of(person_id)), None) or Calendar.new(person_id)


async def _save_anew(calendar: Calendar, calendars: Calendars, times: Times) -> None:
    await calendars.save(calendar)
    await times.forget_busy(calendar.person_id)


@dataclass(frozen=True, kw_only=True)
class KnowBusyTime:
    """What was read of a calendar. `generation` says which one: another may have been connected meanwhile."""

    calendar_id: str
    generation: int
    spans: Sequence[Span] | None
    until: int
    token: str | None
    unread_entries: int
    at: datetime


async def know_busy_time(command: KnowBusyTime, calendars: Calendars, times: Times) -> None:
    """Remember it; without spans nothing has changed since it was read last."""
    calendar = await calendars.get(command.calendar_id)
    if calendar.generation == command.generation:
        calendar.was_read(command.at, command.unread_entries)
        await calendars.save(calendar)
        if command.spans is not None:
            await times.know_busy(calendar.person_id, command.spans, until=command.until, token=command.token)


@dataclass(frozen=True, kw_only=True)
class KnowSlot:
    """What all of a person's calendars that can be asked said just now of one stretch of time; by id, which generation said it."""

    person_id: str
    generations: Mapping[str, int]
    slot: Span
    spans: Sequence[Span]
    at: datetime


async def know_slot(command: KnowSlot, calendars: Calendars, times: Times) -> None:
    """Remember it; when the rest was read is not changed by it."""
    current = {calendar.id: calendar.generation for calendar in await calendars.of(command.person_id)}
    if command.generations.items() <= current.items():
        await times.know_slot(command.person_id, command.slot, command.spans)


@dataclass(frozen=True, kw_only=True)
class NoteProblem:
    calendar_id: str
    generation: int
    problem: str
    reconnect: bool
    at: datetime


async def note_problem(command: NoteProblem, calendars: Calendars) -> None:
    """A calendar could not be read; what was known stays."""
    calendar = await calendars.get(command.calendar_id)
    if calendar.generation == command.generation and (calendar.problem, calendar.reconnect) != (command.problem, command.reconnect):
        calendar.could_not_be_read(command.problem, reconnect=command.reconnect)
        await calendars.save(calendar)
