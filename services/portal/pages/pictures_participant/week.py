"""The week of both: where working hours, busy times and free times stand on a grid of half hours.

The grid is HTML, not SVG, because its free times are buttons. This module says which row each thing begins in and how
many rows it fills; `templates/participant/week.html` draws it.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.portal.pages.pictures_participant.speech import Speech

HALF_HOUR = 30
DAY_ROWS = 48
ROWS_AT_LEAST = 20
SLOT_ROWS_AT_LEAST = 2
"""A button of one row would be too low to press."""


@dataclass(frozen=True)
class Span:
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Slot:
    """A time at which both are free. `best` is one of the three offers, `chosen` already picked by the reader."""

    starts_at: datetime
    ends_at: datetime
    best: bool = False
    chosen: bool = False


@dataclass(frozen=True)
class Lane:
    """What one person's week holds."""

    name: str
    zone: str
    working: list[Span]
    busy: list[Span]


@dataclass(frozen=True, kw_only=True)
class Week:
    """Seven days from `monday` by the reader's calendar. `today_on` is opened on a phone when it has free times."""

    monday: date
    you: Lane
    partner: Lane
    slots: list[Slot] = field(default_factory=list)
    open_on: date | None = None

    @property
    def shown(self) -> list[Span | Slot]:
        """What the grid must have room for."""
        return [*self.you.working, *self.slots]


@dataclass(frozen=True)
class Block:
    """A stretch of a lane: first row (from 1), number of rows, and words for who does not see it."""

    first: int
    rows: int
    words: str = ""


@dataclass(frozen=True)
class SlotButton:
    """A free time as a button, with the times of both."""

    first: int
    rows: int
    value: str
    yours: str
    theirs: str
    best: bool
    chosen: bool


@dataclass(frozen=True)
class Tick:
    first: int
    words: str


@dataclass(frozen=True)
class DayColumn:
    """One day of the grid."""

    on: date
    heading: str
    short: str
    your_work: list[Block]
    their_work: list[Block]
    your_busy: list[Block]
    their_busy: list[Block]
    their_ticks: list[Tick]
    buttons: list[SlotButton]
    free: int
    opened: bool


@dataclass(frozen=True)
class WeekGrid:
    """All the columns, and the hours at both edges."""

    rows: int
    ticks: list[Tick]
    their_ticks: list[Tick]
    days: list[DayColumn]
    your_place: str
    their_place: str
    partner: str
    dates: str


@dataclass(frozen=True)
class Window:
    """The rows that are shown, in half hours since midnight."""

    first: int
    last: int


def week_of_both(week: Week, speech: Speech) -> WeekGrid:
    """The grid of one week in the reader's time."""
    dates = shown_days(week, speech)
    window = window_of(week, dates, speech)
    opened = opened_day(week, dates, speech)
    columns = [column(week, day, window, speech, opened=day == opened) for day in dates]
    return WeekGrid(
        rows=window.last - window.first,
        ticks=ticks(dates[0], window, speech, None),
        their_ticks=ticks(dates[0], window, speech, week.partner.zone),
        days=columns,
        your_place=speech.place(speech.zone),
        their_place=speech.place(week.partner.zone),
        partner=week.partner.name,
        dates=speech.dates(dates[0], dates[-1]),
    )


def shown_days(week: Week, speech: Speech) -> list[date]:
    """Monday to Friday, and a day of the weekend only when somebody works on it or it has a free time."""
    all_days = [week.monday + timedelta(days=count) for count in range(7)]
    busy_days = {speech.local(span.starts_at).date() for span in week.shown}
    weekdays = 5
    return [day for day in all_days if day.weekday() < weekdays or day in busy_days]


def opened_day(week: Week, dates: list[date], speech: Speech) -> date:
    """The day a phone shows first: the one asked for, else the first with a free time."""
    if week.open_on in dates:
        return week.open_on
    free = {speech.local(slot.starts_at).date() for slot in week.slots}
    return next((day for day in dates if day in free), dates[0])


def window_of(week: Week, dates: list[date], speech: Speech) -> Window:
    """The half hours to show: the reader's working hours and every free time, with half an hour of air."""
    shown = [piece for day in dates for span in week.shown if (piece := within(span, day, speech))]
    first = min((start for start, _ in shown), default=16) - 1
    last = max((end for _, end in shown), default=36) + 1
    first = max(0, min(first, DAY_ROWS - ROWS_AT_LEAST))
    return Window(first, min(DAY_ROWS, max(last, first + ROWS_AT_LEAST)))


def within(span: Span | Slot, day: date, speech: Speech) -> tuple[int, int] | None:
    """The half hours of a day a span touches, by the reader's clock; `None` when it lies on other days."""
    midnight, next_midnight = bounds(day, speech.zone)
    if span.ends_at <= midnight or span.starts_at >= next_midnight:
        return None
    start = 0 if span.starts_at <= midnight else minutes(span.starts_at, speech) // HALF_HOUR
    end = DAY_ROWS if span.ends_at >= next_midnight else -(-minutes(span.ends_at, speech) // HALF_HOUR)
    return start, max(end, start + 1)


@lru_cache(maxsize=256)  # each day of a week is asked for by everything that is drawn on it
def bounds(day: date, zone: str) -> tuple[datetime, datetime]:
    """A day's two midnights there, in universal time: so that an instant is compared with them and not a wall time."""
    first, last = (datetime.combine(day + timedelta(days=more), time.min, ZoneInfo(zone)).astimezone(UTC) for more in (0, 1))
    return first, last


def minutes(instant: datetime, speech: Speech) -> int:
    local = speech.local(instant)
    return local.hour * 60 + local.minute


def block(span: Span | Slot, day: date, window: Window, speech: Speech, words: str = "") -> Block | None:
    """A span as rows of the grid, cut to what is shown."""
    piece = within(span, day, speech)
    if piece is None or piece[1] <= window.first or piece[0] >= window.last:
        return None
    first, last = max(piece[0], window.first), min(piece[1], window.last)
    return Block(first - window.first + 1, last - first, words)


def blocks(lane: Lane, spans: list[Span], day: date, window: Window, speech: Speech, *, words: str = "") -> list[Block]:
    """Spans of one lane as rows; `words` may name the lane's person, the start and the end."""
    drawn = []
    for span in spans:
        said = words % {"name": lane.name, "start": speech.time(span.starts_at), "end": speech.time(span.ends_at)} if words else ""
        piece = block(span, day, window, speech, said)
        if piece:
            drawn.append(piece)
    return drawn


def column(week: Week, day: date, window: Window, speech: Speech, *, opened: bool) -> DayColumn:
    slots = [slot for slot in week.slots if speech.local(slot.starts_at).date() == day]
    your_words = speech.gettext("You are busy %(start)s to %(end)s")
    their_words = speech.gettext("%(name)s is busy %(start)s to %(end)s your time")
    you, partner = week.you, week.partner
    return DayColumn(
        on=day,
        heading=speech.head_day(day),
        short=speech.short_day(day),
        your_work=blocks(you, you.working, day, window, speech),
        their_work=blocks(partner, partner.working, day, window, speech),
        your_busy=blocks(you, you.busy, day, window, speech, words=your_words),
        their_busy=blocks(partner, partner.busy, day, window, speech, words=their_words),
        their_ticks=ticks(day, window, speech, week.partner.zone),
        buttons=buttons(slots, day, window, speech, week.partner.zone),
        free=len(slots),
        opened=opened,
    )


def buttons(slots: list[Slot], day: date, window: Window, speech: Speech, partner_zone: str) -> list[SlotButton]:
    """Free times that do not cover each other: chosen ones and offers first, then the others where there is room."""
    placed: list[SlotButton] = []
    for slot in sorted(slots, key=lambda slot: (not slot.chosen, not slot.best, slot.starts_at)):
        piece = block(slot, day, window, speech)
        if piece is None:
            continue
        rows = max(piece.rows, SLOT_ROWS_AT_LEAST)
        if any(piece.first < other.first + other.rows and other.first < piece.first + rows for other in placed):
            continue
        placed.append(
            SlotButton(
                piece.first,
                rows,
                slot.starts_at.isoformat(),
                speech.time(slot.starts_at),
                speech.time(slot.starts_at, partner_zone),
                slot.best,
                slot.chosen,
            )
        )
    return sorted(placed, key=lambda button: button.first)


def ticks(day: date, window: Window, speech: Speech, zone: str | None) -> list[Tick]:
    """The full hours at the edge of a day, by the reader's clock or by the clock of `zone`."""
    midnight = datetime.combine(day, time.min, ZoneInfo(speech.zone))
    drawn = []
    for row in range(window.first, window.last):
        if row % 2 == 0 and row > window.first:
            moment = midnight + timedelta(minutes=row * HALF_HOUR)
            drawn.append(Tick(row - window.first + 1, speech.time(moment, zone)))
    return drawn
