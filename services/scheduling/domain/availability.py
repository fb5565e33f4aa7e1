"""When a person works, and how much air they want around a meeting."""

from typing import Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel

from services.scheduling.slots import OFFICE_HOURS, Hours
from shared.aggregate import Aggregate
from shared.errors import Invalid

MINUTES_A_DAY = 24 * 60
MOST_WINDOWS = 21
LONGEST_NOTICE_HOURS = 14 * 24
LONGEST_BUFFER_MINUTES = 120
_SUNDAY = 6


class WorkingHours(BaseModel):
    """The same hours on several weekdays (Monday is 0), in minutes of the day; past midnight when the end is not after the start."""

    days: list[int]
    start: int
    end: int

    def as_hours(self) -> Hours:
        """For the search."""
        return Hours(frozenset(self.days), self.start, self.end)


def usual_hours() -> list[WorkingHours]:
    """What is assumed of somebody who has said nothing: Monday to Friday, nine to five."""
    return [WorkingHours(days=sorted(OFFICE_HOURS.days), start=OFFICE_HOURS.start, end=OFFICE_HOURS.end)]


class Availability(Aggregate):
    """One person's working hours in their own zone; its id is the person's."""

    zone: str
    hours: list[WorkingHours]
    notice_hours: int = 0
    buffer_minutes: int = 0

    @classmethod
    def usual(cls, person_id: str, zone: str) -> Self:
        """Office hours in the zone the person's record names."""
        return cls(id=person_id, zone=zone, hours=usual_hours())

    def set(self, *, zone: str, hours: list[WorkingHours], notice_hours: int, buffer_minutes: int) -> None:
        """Say when one works. Raises Invalid."""
        if zone not in available_timezones():
            raise Invalid(f"There is no time zone named {zone[:60]}.", field="zone")
        if len(hours) > MOST_WINDOWS:
            raise Invalid(f"Give at most {MOST_WINDOWS} windows.", field="hours")
        for window in hours:
            _must_make_sense(window)
        if not 0 <= notice_hours <= LONGEST_NOTICE_HOURS:
            raise Invalid(f"Notice is 0 to {LONGEST_NOTICE_HOURS} hours.", field="notice_hours")
        if not 0 <= buffer_minutes <= LONGEST_BUFFER_MINUTES:
            raise Invalid(f"A pause around meetings is 0 to {LONGEST_BUFFER_MINUTES} minutes.", field="buffer_minutes")
        self.zone, self.hours, self.notice_hours, self.buffer_minutes = ZoneInfo(zone).key, hours, notice_hours, buffer_minutes


def _must_make_sense(window: WorkingHours) -> None:
    if not window.days or any(not 0 <= day <= _SUNDAY for day in window.days):
        raise Invalid("Working days are numbers from 0 (Monday) to 6 (Sunday).", field="hours")
    if not (0 <= window.start < MINUTES_A_DAY and 0 <= window.end <= MINUTES_A_DAY) or window.start == window.end:
        raise Invalid("Working hours go from one time of day to another one.", field="hours")
