"""What else limits a person's time beside their usual hours: holidays, days away, journeys, and how much is enough."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, Field

from services.scheduling.domain.working import WorkingHours, must_make_sense
from services.scheduling.slots import Span, Spell, countries, first_instant, holidays_between, merged, wall_time
from shared.errors import Invalid

FURTHEST_HORIZON_DAYS = 365
MOST_MEETINGS = 20
MOST_CHANGES = 50
_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)


class ChangedDays(BaseModel):
    """Days on which other hours are kept, or, with none, no hours at all; or the usual ones (None) by the clock of another zone."""

    first_on: date
    last_on: date
    zone: str | None = None
    hours: list[WorkingHours] | None = None


@dataclass(frozen=True)
class DaysOff:
    """Days on which somebody is not to be had as usual; `name` is a holiday's."""

    first_on: date
    last_on: date
    why: Literal["holiday", "away", "elsewhere", "other_hours"]
    name: str = ""


class Limits(BaseModel):
    """A figure of 0 means that there is no such limit; a country of "" that holidays are days like others."""

    country: str = ""
    region: str = ""
    horizon_days: int = 0
    """How far ahead one lets oneself be booked."""
    most_a_day: int = 0
    most_a_week: int = 0
    """Meetings arranged here, in all partnerships together. A week begins on Monday."""
    grid_minutes: Literal[5, 15, 30] = 15
    """What one's meetings begin on, by one's own clock."""
    changes: list[ChangedDays] = Field(default_factory=list)

    def must_make_sense(self) -> None:
        """Raises Invalid."""
        if self.country and self.country not in countries():
            raise Invalid("The holidays of this country are not known.", field="country")
        if self.region and self.region not in countries().get(self.country, ()):
            raise Invalid("This is not a region of the country.", field="region")
        if not 0 <= self.horizon_days <= FURTHEST_HORIZON_DAYS:
            raise Invalid(f"How far ahead is 0 to {FURTHEST_HORIZON_DAYS} days.", field="horizon_days")
        for field, figure in (("most_a_day", self.most_a_day), ("most_a_week", self.most_a_week)):
            if not 0 <= figure <= MOST_MEETINGS:
                raise Invalid(f"How many meetings is 0 to {MOST_MEETINGS}.", field=field)
        self._changes_must_make_sense()

    def _changes_must_make_sense(self) -> None:
        if len(self.changes) > MOST_CHANGES:
            raise Invalid(f"Give at most {MOST_CHANGES} times away.", field="changes")
        for change in self.changes:
            if change.last_on < change.first_on:
                raise Invalid("The last day comes before the first one.", field="last_on")
            if change.zone is not None and change.zone not in available_timezones():
                raise Invalid(f"There is no time zone named {change.zone[:60]}.", field="zone")
            for window in change.hours or ():
                must_make_sense(window)
        for earlier, later in pairwise(sorted(self.changes, key=lambda change: change.first_on)):
            if later.first_on <= earlier.last_on:
                raise Invalid("You have said something else of these days already.", field="first_on")

    def still_to_come(self, today: date) -> "Limits":
        """Without the days that have passed everywhere."""
        return self.model_copy(update={"changes": [change for change in self.changes if change.last_on >= today - _DAY]})

    def spells(self, zone: str, usual: Sequence[WorkingHours]) -> tuple[Spell, ...]:
        """The changed days, for the search. They begin and end by the clock of the place one is at."""
        return tuple(
            Spell(
                start=first_instant(change.zone or zone, change.first_on),
                end=first_instant(change.zone or zone, change.last_on + _DAY),
                zone=change.zone or zone,
                hours=tuple(window.as_hours() for window in (usual if change.hours is None else change.hours)),
            )
            for change in sorted(self.changes, key=lambda change: change.first_on)
        )

    def days_off(self, zone: str, start: int, end: int) -> tuple[Span, ...]:
        """The public holidays between two instants, as the days they are on the person's calendar."""
        if not self.country:
            return ()
        days = holidays_between(self.country, self.region, wall_time(zone, start).date(), wall_time(zone, end).date())
        return tuple(merged((first_instant(zone, day), first_instant(zone, day + _DAY)) for day in days))

    def told(self, first: date, last: date, language: str) -> list[DaysOff]:
        """What is different between two days, in their order: holidays with their names, and the days one has said."""
        found = [
            DaysOff(change.first_on, change.last_on, "away" if change.hours == [] else "elsewhere" if change.zone else "other_hours")
            for change in self.changes
            if change.first_on <= last and change.last_on >= first
        ]
        holidays = holidays_between(self.country, self.region, first, last, language) if self.country else {}
        found += [DaysOff(day, day, "holiday", name) for day, name in holidays.items()]
        return sorted(found, key=lambda off: (off.first_on, off.last_on))

    def full(self, zone: str, meetings: Iterable[datetime]) -> tuple[Span, ...]:
        """The days and weeks in which there are as many meetings as one wants, by the starts of those that are booked."""
        days = [wall_time(zone, int(start.timestamp())).date() for start in meetings]
        weeks = [day - timedelta(days=day.weekday()) for day in days]
        reached = [(day, _DAY) for day, number in Counter(days).items() if 0 < self.most_a_day <= number]
        reached += [(day, _WEEK) for day, number in Counter(weeks).items() if 0 < self.most_a_week <= number]
        return tuple(merged((first_instant(zone, day), first_instant(zone, day + length)) for day, length in reached))
