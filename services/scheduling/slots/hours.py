"""Working hours: weekly windows of wall time in a person's own zone, turned into spans of real time."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from services.scheduling.slots.clocks import DAY, stretches
from services.scheduling.slots.spans import Span, merged

MINUTES_A_DAY = 24 * 60
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_SHORTEST = 3
_WINDOW = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")
_THURSDAY = 3  # the weekday of day 0, 1 January 1970, with Monday as 0


class BadHours(ValueError):  # noqa: N818 - says what they are
    """These are no working hours. The message says why."""


@dataclass(frozen=True)
class Hours:
    """On these days (Monday is 0) from one minute of the day to another; past midnight when the end is not after the start."""

    days: frozenset[int]
    start: int
    end: int

    @property
    def length(self) -> int:
        """Minutes of wall time from start to end."""
        return self.end - self.start if self.end > self.start else self.end + MINUTES_A_DAY - self.start


ALL_DAY = Hours(days=frozenset(range(7)), start=0, end=MINUTES_A_DAY)
OFFICE_HOURS = Hours(days=frozenset(range(5)), start=9 * 60, end=17 * 60)


def working_spans(hours: Iterable[Hours], zone: str, start: int, end: int) -> tuple[Span, ...]:
    """The instants between `start` and `end` whose wall time lies in one of the windows.

    A window over midnight belongs to the day it starts on. An hour the clock skips is not worked, an hour it shows twice is worked twice.
    """
    return _working_spans(tuple(hours), zone, start, end)


@lru_cache(maxsize=1024)  # many people keep the same hours in the same zone
def _working_spans(windows: tuple[Hours, ...], zone: str, start: int, end: int) -> tuple[Span, ...]:
    found: list[Span] = []
    for stretch in stretches(zone, start, end):
        first_day = (stretch.start + stretch.offset) // DAY - 1
        last_day = (stretch.end + stretch.offset) // DAY
        for day in range(first_day, last_day + 1):
            for window in windows:
                if (day + _THURSDAY) % 7 in window.days:
                    opens = day * DAY + window.start * 60 - stretch.offset
                    closes = opens + window.length * 60
                    found.append((max(opens, stretch.start), min(closes, stretch.end)))
    return tuple(merged(found))


def read_hours(text: str) -> tuple[Hours, ...]:
    """Hours as people write them: `Mon-Fri 09:00-17:00;Sat 22:00-06:00`. Raises BadHours."""
    return tuple(hours for window in text.split(";") for hours in _read_window(window.strip()))


def _read_window(text: str) -> list[Hours]:
    days, _, times = text.partition(" ")
    found = [_WINDOW.fullmatch(time.strip()) for time in times.split(",")]
    if not days or not times or None in found:
        raise BadHours(f'"{text}" is not a window; write it as in "Mon-Fri 09:00-17:00"')
    return [Hours(_read_days(days), *_read_times(text, window.groups())) for window in found if window]


def _read_times(text: str, parts: tuple[str, ...]) -> tuple[int, int]:
    begin_hour, begin_minute, end_hour, end_minute = map(int, parts)
    start, end = begin_hour * 60 + begin_minute, end_hour * 60 + end_minute
    if begin_minute > 59 or end_minute > 59 or start >= MINUTES_A_DAY or end > MINUTES_A_DAY:  # noqa: PLR2004 - a clock
        raise BadHours(f'"{text}": there is no such time of day; the last one that may end a window is 24:00')
    if start == end:
        raise BadHours(f'"{text}": this window has no length; the whole day is 00:00-24:00')
    return start, end


def _read_days(text: str) -> frozenset[int]:
    """`Mon`, `Mon-Fri`, `Fri-Mon` over the weekend, `Mon,Wed-Thu`."""
    days: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin = _weekday(first)
        days.update((begin + step) % 7 for step in range((_weekday(last) - begin) % 7 + 1 if dash else 1))
    return frozenset(days)


def _weekday(text: str) -> int:
    name = text.strip().casefold()
    found = [number for number, weekday in enumerate(_WEEKDAYS) if len(name) >= _SHORTEST and weekday.startswith(name)]
    if not found:
        raise BadHours(f'"{text}" is not a weekday; write Mon, Tue, Wed, Thu, Fri, Sat or Sun')
    return found[0]
