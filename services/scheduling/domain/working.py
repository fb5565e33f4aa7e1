"""Working hours as a person says them."""

from pydantic import BaseModel

from services.scheduling.slots import MINUTES_A_DAY, OFFICE_HOURS, Hours
from shared.errors import Invalid

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


def must_make_sense(window: WorkingHours) -> None:
    """Raises Invalid."""
    if not window.days or any(not 0 <= day <= _SUNDAY for day in window.days):
        raise Invalid("Working days are numbers from 0 (Monday) to 6 (Sunday).", field="hours")
    if not (0 <= window.start < MINUTES_A_DAY and 0 <= window.end <= MINUTES_A_DAY) or window.start == window.end:
        raise Invalid("Working hours go from one time of day to another one.", field="hours")
