"""The clocks of zones, and which zone a calendar file means by a name."""

from datetime import date, datetime
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo, available_timezones

from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from services.scheduling.slots.clocks import DAY, first_instant

_EPOCH = date(1970, 1, 1).toordinal()
_FIRST_DAY, _LAST_DAY = 2 - _EPOCH, date.max.toordinal() - 1 - _EPOCH
MOST_PARTS = 3
"""Of an IANA name, as in America/Argentina/Ushuaia."""


class Clock(Protocol):
    """What the clocks of a zone show, in seconds since 1970."""

    def instant(self, wall: int) -> int:
        """When the clock shows this: the first time if it does twice; where it skips the time, as if it had not been put forward yet."""
        ...

    def wall(self, instant: int) -> int:
        """What the clock shows then."""
        ...

    def day_start(self, day: int) -> int:
        """The first moment of the day that begins so many days after 1970."""
        ...


class ZoneClock:
    """The clock of a zone known by name. Remembers the offset of each day on which it does not change."""

    def __init__(self, key: str) -> None:
        self.key = key
        self._zone = ZoneInfo(key)
        self._offsets: dict[int, int | None] = {}

    def instant(self, wall: int) -> int:
        """See Clock."""
        day = wall // DAY
        offset = self._steady(day)
        if offset is None:
            offset = self._offset(day, wall % DAY)
        return wall - offset

    def wall(self, instant: int) -> int:
        """See Clock."""
        day = min(max(instant // DAY, _FIRST_DAY), _LAST_DAY)
        offset = datetime.fromtimestamp(day * DAY + instant % DAY, self._zone).utcoffset()
        return instant + (int(offset.total_seconds()) if offset is not None else 0)

    def day_start(self, day: int) -> int:
        """See Clock. Some zones have no midnight on the day the clocks go forward."""
        offset = self._steady(day)
        if offset is not None and offset == self._steady(day - 1):
            return day * DAY - offset
        return first_instant(self.key, date.fromordinal(min(max(day, _FIRST_DAY), _LAST_DAY) + _EPOCH))

    def _steady(self, day: int) -> int | None:
        """The offset all through this day; None on a day it changes."""
        try:
            return self._offsets[day]
        except KeyError:
            offset = self._offset(day, 0)
            self._offsets[day] = offset if self._offset(day + 1, 0) == offset else None
            return self._offsets[day]

    def _offset(self, day: int, seconds: int) -> int:
        """Of a wall time. Of the two that a doubled time has, and on both sides of a gap, it is the earlier one."""
        midnight = date.fromordinal(min(max(day, _FIRST_DAY), _LAST_DAY) + _EPOCH)
        hour, rest = divmod(seconds, 3600)
        offset = self._zone.utcoffset(datetime(midnight.year, midnight.month, midnight.day, hour, rest // 60, rest % 60, tzinfo=self._zone))
        return int(offset.total_seconds()) if offset is not None else 0


class FixedClock:
    """A clock that is never changed."""

    def __init__(self, offset: int) -> None:
        self._offset = offset

    def instant(self, wall: int) -> int:
        """See Clock."""
        return wall - self._offset

    def wall(self, instant: int) -> int:
        """See Clock."""
        return instant + self._offset

    def day_start(self, day: int) -> int:
        """See Clock."""
        return day * DAY - self._offset


UTC_CLOCK = FixedClock(0)


@lru_cache(maxsize=1024)
def clock_of(zone: str) -> ZoneClock:
    """The clock of a zone by its IANA name."""
    return ZoneClock(zone)


@lru_cache(maxsize=4096)
def known_zone(name: str) -> str | None:
    """The IANA name of a zone written by its IANA or Windows name, also behind a vendor's prefix such as `/mozilla.org/20070129_1/`."""
    parts = name.split("/")
    with_prefix = name.startswith("/") or "://" in name
    for first in range(max(0, len(parts) - MOST_PARTS), len(parts)):
        if first and first == len(parts) - 1 and not with_prefix:
            return None  # "Head office/Berlin" is nobody's zone
        found = _known_names().get("/".join(parts[first:]).strip().casefold())
        if found is not None:
            return found
    return None


@lru_cache(maxsize=1)
def _known_names() -> dict[str, str]:
    windows = {name.casefold(): zone for name, zone in WINDOWS_TO_OLSON.items()}
    return windows | {name.casefold(): name for name in available_timezones()}
