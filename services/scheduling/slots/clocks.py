"""Wall clocks: what the clock on the wall of a zone shows, and when it is put forward or back.

A zone is a list of stretches of constant offset. Within a stretch wall time is plain addition, so the missing hour of spring and the
double hour of autumn need no special case anywhere else.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo

DAY = 86_400


@dataclass(frozen=True)
class Stretch:
    """From `start` to `end` the zone is `offset` seconds ahead of UTC."""

    start: int
    end: int
    offset: int


@dataclass(frozen=True)
class ClockChange:
    """At this instant the clocks of the zone jump by so many minutes, forward when positive."""

    at: int
    zone: str
    minutes: int


@lru_cache(maxsize=1024)  # the same few zones and windows, asked for by everybody
def stretches(zone: str, start: int, end: int) -> tuple[Stretch, ...]:
    """The zone's constant offsets from `start` to `end`, in order and without gaps between them."""
    clock = ZoneInfo(zone)
    found: list[Stretch] = []
    opened, offset = start, _offset(clock, start)
    at = start
    while at < end:
        following = min(at + DAY, end)
        while (then := _offset(clock, following)) != offset:
            change = _change_between(clock, at, following)
            found.append(Stretch(opened, change, offset))
            opened, offset, at = change, _offset(clock, change), change
            if offset == then:
                break
        at = following
    if opened < end:
        found.append(Stretch(opened, end, offset))
    return tuple(found)


def clock_changes(zone: str, start: int, end: int) -> list[ClockChange]:
    """Every time the zone's clocks are put forward or back after `start` and before `end`."""
    parts = stretches(zone, start, end)
    return [
        ClockChange(after.start, zone, (after.offset - before.offset) // 60)
        for before, after in pairwise(parts)
        if after.offset != before.offset
    ]


def first_instant(zone: str, day: date) -> int:
    """When the day begins there. Some zones have no midnight on the day the clocks go forward."""
    midnight = _days(day) * DAY
    for stretch in stretches(zone, midnight - 2 * DAY, midnight + 2 * DAY):
        if stretch.end + stretch.offset > midnight:
            return max(midnight - stretch.offset, stretch.start)
    raise AssertionError(day)  # the last stretch always ends a day and more after any midnight


def wall_time(zone: str, instant: int) -> datetime:
    """What calendar and clock show there."""
    return datetime.fromtimestamp(instant, ZoneInfo(zone))


def _offset(clock: ZoneInfo, instant: int) -> int:
    offset = datetime.fromtimestamp(instant, clock).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _change_between(clock: ZoneInfo, before: int, after: int) -> int:
    """The first second of the first new offset after `before`, by halving."""
    old = _offset(clock, before)
    while after - before > 1:
        middle = (before + after) // 2
        if _offset(clock, middle) == old:
            before = middle
        else:
            after = middle
    return after


def _days(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) // DAY
