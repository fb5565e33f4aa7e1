"""Connecting calendars, and what was read from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain import Calendar, CalendarKind, TooManyCalendars
from services.scheduling.domain.calendar import MOST_CALENDARS
from services.scheduling.handlers.protocols import Announcements, BusyCache, Calendars, Look, Meetings, Times
from services.scheduling.slots import Span


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
    command: ConnectCalendar, calendars: Calendars, cache: BusyCache, meetings: Meetings, announcements: Announcements
) -> None:
    """Read it from now on, and write meetings to it where it can be written to. Raises TooManyCalendars."""
    others = {calendar.id: calendar for calendar in await calendars.of(command.by)}
    calendar = others.pop(command.calendar_id, None) or _one_more(others, Calendar(id=command.calendar_id, person_id=command.by))
    calendar.connect(
        command.kind,
        secret=command.secret,
        reads=command.reads,
        target_url=command.target_url,
        url=command.url,
        username=command.username,
    )
    await _use(calendar, others.values(), calendars, cache)
    await _write_meetings_to(calendar, command.at, meetings, announcements)


@dataclass(frozen=True, kw_only=True)
class ChoosePlaces:
    """Which calendars of an account count, and where meetings are written to, if anywhere."""

    calendar_id: str
    reads: Sequence[str]
    target_url: str | None
    by: str
    at: datetime


async def choose_places(
    command: ChoosePlaces, calendars: Calendars, cache: BusyCache, meetings: Meetings, announcements: Announcements
) -> None:
    """Only one of a person's calendars has meetings written to it. Raises NotFound, NoSuchPlace."""
    others = {calendar.id: calendar for calendar in await calendars.of(command.by)}
    calendar = others.pop(command.calendar_id, None) or await calendars.get(command.calendar_id)
    calendar.must_be_of(command.by)
    calendar.choose(command.reads, command.target_url)
    await _use(calendar, others.values(), calendars, cache)
    await _write_meetings_to(calendar, command.at, meetings, announcements)


@dataclass(frozen=True, kw_only=True)
class UploadCalendar:
    """A calendar file of which nothing is left but times."""

    times_only: str
    by: str
    at: datetime


async def upload_calendar(command: UploadCalendar, calendars: Calendars, cache: BusyCache) -> str:
    """Use it in place of the one uploaded before; its id. Raises TooManyCalendars."""
    known = {calendar.id: calendar for calendar in await calendars.of(command.by)}
    uploaded = next((calendar for calendar in known.values() if calendar.kind in {CalendarKind.ICS, CalendarKind.NONE}), None)
    calendar = uploaded or _one_more(known, Calendar.new(command.by))
    calendar.upload(command.times_only)
    await _use(calendar, (), calendars, cache)
    return calendar.id


@dataclass(frozen=True, kw_only=True)
class DisconnectCalendar:
    calendar_id: str
    by: str
    at: datetime


async def disconnect_calendar(command: DisconnectCalendar, calendars: Calendars, cache: BusyCache) -> None:
    """Forget it, what opens it, and all that it has told. Raises NotFound."""
    calendar = await calendars.get(command.calendar_id)
    calendar.must_be_of(command.by)
    await calendars.remove(calendar)
    await cache.forget(calendar)


@dataclass(frozen=True, kw_only=True)
class KeepSecret:
    """What opens a calendar, sealed anew; `generation` says as connected when."""

    calendar_id: str
    generation: int
    secret: bytes
    at: datetime


async def keep_secret(command: KeepSecret, calendars: Calendars) -> None:
    """Use it from now on."""
    calendar = await calendars.get(command.calendar_id)
    if calendar.generation == command.generation:
        calendar.keep_secret(command.secret)
        await calendars.save(calendar)


def _one_more(known: Mapping[str, Calendar], calendar: Calendar) -> Calendar:
    if sum(other.kind is not CalendarKind.NONE for other in known.values()) >= MOST_CALENDARS:
        raise TooManyCalendars
    return calendar


async def _use(calendar: Calendar, others: Iterable[Calendar], calendars: Calendars, cache: BusyCache) -> None:
    """Begin anew with this one; where meetings are written to it, they are to no other."""
    for other in others:
        if calendar.target_url and other.target_url:
            other.target_url = None
            await calendars.save(other)
    await calendars.save(calendar)
    await cache.forget(calendar)


async def _write_meetings_to(calendar: Calendar, at: datetime, meetings: Meetings, announcements: Announcements) -> None:
    if calendar.target_url:
        for meeting in await meetings.ahead_of(calendar.person_id, at):
            await announcements.write_to(meeting, calendar.person_id, calendar.id, calendar.generation)


@dataclass(frozen=True, kw_only=True)
class KnowBusyTime:
    """What was read of a calendar, in its `turn`. `generation` says as connected when: another may have taken its place meanwhile."""

    calendar_id: str
    generation: int
    turn: str
    looks: Sequence[Look]
    at: datetime


async def know_busy_time(command: KnowBusyTime, calendars: Calendars, cache: BusyCache) -> None:
    """Remember it."""
    calendar = await calendars.get(command.calendar_id)
    if calendar.generation == command.generation and await cache.is_turn_of(calendar, command.turn):
        calendar.was_read(command.at, await cache.know(calendar, command.looks))
        await calendars.save(calendar)


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


async def note_problem(command: NoteProblem, calendars: Calendars, announcements: Announcements) -> None:
    """A calendar could not be read; what was known stays. Who alone can mend that is told once."""
    calendar = await calendars.get(command.calendar_id)
    if calendar.generation == command.generation and (calendar.problem, calendar.reconnect) != (command.problem, command.reconnect):
        if command.reconnect and not calendar.reconnect:
            await announcements.ask_to_reconnect(calendar)
        calendar.could_not_be_read(command.problem, reconnect=command.reconnect)
        await calendars.save(calendar)
