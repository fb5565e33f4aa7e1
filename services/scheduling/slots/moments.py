"""The times a calendar file writes: dates, times on a wall, universal times, lengths. Each becomes whole seconds as soon as it is read."""

import re
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from services.scheduling.slots.clocks import DAY
from services.scheduling.slots.zones import UTC_CLOCK, Clock

_EPOCH = date(1970, 1, 1).toordinal()
FIRST_DAY, LAST_DAY = date.min.toordinal() - _EPOCH, date.max.toordinal() - _EPOCH
_MOMENT = re.compile(r"([0-9]{8})(?:[Tt]([0-9]{6})([Zz]?))?")
_LENGTH = re.compile(
    r"([+-]?)P(?=[0-9T])(?:([0-9]{1,9})W)?(?:([0-9]{1,9})D)?(?:T(?=[0-9])(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})S)?)?",
    re.IGNORECASE,
)
_SHOWN = 60


class BadValue(ValueError):  # noqa: N818 - says what the value is
    """A property says something no calendar program could mean. The message says what."""


class Moment(NamedTuple):
    """A date or a time as the clock of some zone shows it: seconds since 1970 on that clock. A date is the midnight it begins with."""

    wall: int
    clock: Clock
    is_date: bool
    floating: bool = False

    @property
    def instant(self) -> int:
        """When that is. A date is meant to begin when its first moment comes there."""
        return self.clock.day_start(self.wall // DAY) if self.is_date else self.clock.instant(self.wall)

    @property
    def day(self) -> int:
        """The date, as days since 1970."""
        return self.wall // DAY


class Length(NamedTuple):
    """So many days by the clock on the wall, and then so many seconds exactly."""

    days: int
    seconds: int


def day_number(year: int, month: int, day: int) -> int:
    """Days since 1970. Raises ValueError for a day that never was."""
    return date(year, month, day).toordinal() - _EPOCH


def date_of(day: int) -> date:
    """The date that is so many days after 1 January 1970."""
    return date.fromordinal(day + _EPOCH)


def read_moment(text: str, named: Clock | None, owner: Clock) -> Moment:
    """A DATE or DATE-TIME. `named` is the clock of its TZID; without one and without a Z it floats, and the owner's clock is meant."""
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        raise BadValue(f"{shown(text)} is neither a date nor a time")
    day, time, universal = found.groups()
    if time is None:
        return Moment(_day(day) * DAY, owner, True, True)
    wall = _day(day) * DAY + _seconds(time)
    if universal:
        return Moment(wall, UTC_CLOCK, False)
    return Moment(wall, named or owner, False, named is None)


@lru_cache(maxsize=4096)
def read_length(text: str) -> Length:
    """A DURATION."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None:
        raise BadValue(f"{shown(text)} is not a duration")
    sign = -1 if found[1] == "-" else 1
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    return Length(sign * (weeks * 7 + days), sign * (hours * 3600 + minutes * 60 + seconds))


def shown(text: str) -> str:
    """What somebody wrote, fit for a message: short, on one line, and in quotes."""
    plain = "".join(character if character.isprintable() else "?" for character in text[: _SHOWN + 1])
    return f'"{plain[:_SHOWN]}…"' if len(plain) > _SHOWN else f'"{plain}"'


@lru_cache(maxsize=16_384)
def _day(text: str) -> int:
    try:
        return day_number(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        raise BadValue(f"there is no day {text}") from None


@lru_cache(maxsize=4096)
def _seconds(text: str) -> int:
    hour, minute, second = int(text[:2]), int(text[2:4]), int(text[4:])
    if hour > 23 or minute > 59 or second > 60:  # noqa: PLR2004 - a clock
        raise BadValue(f"there is no time {text}")
    return hour * 3600 + minute * 60 + min(second, 59)  # a leap second is the second before it
