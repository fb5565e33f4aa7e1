"""Working hours: weekly windows of wall time in a person's own zone, turned into spans of real time."""

from collections.abc import Iterable
from dataclasses import dataclass

from services.scheduling.slots.clocks import DAY, stretches
from services.scheduling.slots.spans import Span, merged

MINUTES_A_DAY = 24 * 60
_THURSDAY = 3  # the weekday of day 0, 1 January 1970, with Monday as 0


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


OFFICE_HOURS = Hours(days=frozenset(range(5)), start=9 * 60, end=17 * 60)


def working_spans(hours: Iterable[Hours], zone: str, start: int, end: int) -> list[Span]:
    """The instants between `start` and `end` whose wall time lies in one of the windows.

    A window over midnight belongs to the day it starts on. An hour the clock skips is not worked, an hour it shows twice is worked twice.
    """
    windows = tuple(hours)
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
    return merged(found)
