"""When a person works, and how much air they want around a meeting."""

from datetime import date
from typing import Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field

from services.scheduling.domain.limits import Limits
from services.scheduling.domain.working import WorkingHours, must_make_sense, usual_hours
from shared.aggregate import Aggregate
from shared.errors import Invalid

MOST_WINDOWS = 21
LONGEST_NOTICE_HOURS = 14 * 24
LONGEST_BUFFER_MINUTES = 120


class Availability(Aggregate):
    """One person's working hours in their own zone; its id is the person's."""

    zone: str
    hours: list[WorkingHours]
    notice_hours: int = 0
    buffer_minutes: int = 0
    limits: Limits = Field(default_factory=Limits)

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
            must_make_sense(window)
        if not 0 <= notice_hours <= LONGEST_NOTICE_HOURS:
            raise Invalid(f"Notice is 0 to {LONGEST_NOTICE_HOURS} hours.", field="notice_hours")
        if not 0 <= buffer_minutes <= LONGEST_BUFFER_MINUTES:
            raise Invalid(f"A pause around meetings is 0 to {LONGEST_BUFFER_MINUTES} minutes.", field="buffer_minutes")
        self.zone, self.hours, self.notice_hours, self.buffer_minutes = ZoneInfo(zone).key, hours, notice_hours, buffer_minutes

    def limit(self, limits: Limits, today: date) -> None:
        """Say what else limits one's time. Raises Invalid."""
        limits.must_make_sense()
        self.limits = limits.still_to_come(today)
