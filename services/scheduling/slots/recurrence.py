"""Every start a recurrence rule makes, as times on the wall. It goes straight to the window asked for and never walks there day by day."""

from calendar import isleap, monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from services.scheduling.slots.clocks import DAY
from services.scheduling.slots.moments import FIRST_DAY, LAST_DAY, date_of, day_number
from services.scheduling.slots.rules import Rule

HOUR = 3600
_MONDAY = 3  # 1 January 1970 was a Thursday: day + 3 counts from a Monday
_LAST_YEAR = 9999


MOST_STEPS = 500_000


class TooMany(Exception):  # noqa: N818 - says what is wrong
    """A rule takes more steps to its starts than any real one needs."""


@dataclass
class Steps:
    """How much work the rules of one series may still make."""

    left: int = MOST_STEPS

    def spend(self, steps: int) -> None:
        """Take so many. Raises TooMany when there are none left."""
        self.left -= steps
        if self.left < 0:
            raise TooMany


def starts(rule: Rule, first: int, lower: int, upper: int, steps: Steps) -> Iterator[int]:
    """The starts from `lower` to `upper` of a series whose first start is `first`, which is always one of them.

    A COUNT counts the first start and all those before `lower`; an UNTIL is the caller's, who knows the zone.
    """
    if lower <= first <= upper:
        yield first
    periods = _Periods(rule, first)
    left = None if rule.count is None else rule.count - 1
    number = periods.index_near(lower)
    if left is not None and number > 0:
        number, left = _counted(periods, first, number, left, steps)
    while (left is None or left > 0) and (begins := periods.begins(number)) is not None and begins <= upper:
        found = periods.starts(number)
        steps.spend(periods.weight + len(found))
        number += 1
        if begins <= first:
            found = [start for start in found if start > first]
        if left is not None:
            found = found[:left]
            left -= len(found)
        if found and (begins <= lower or found[-1] > upper):
            found = [start for start in found if lower <= start <= upper]
        yield from found


def _counted(periods: "_Periods", first: int, number: int, left: int, steps: Steps) -> tuple[int, int]:
    """From which period on to look, and how many starts are left then, when this many periods have gone by."""
    left -= sum(start > first for start in periods.starts(0))
    if periods.even:
        return number, left - (number - 1) * len(periods.starts(1))
    for one in range(1, number):
        if left <= 0 or periods.begins(one) is None:
            break
        steps.spend(periods.weight)
        left -= len(periods.starts(one))
    return number, left


class _Periods:
    """The days, weeks, months, years or hours a rule looks at one after the other, and the starts it finds in each."""

    def __init__(self, rule: Rule, first: int) -> None:
        self._rule = rule
        self._day = first // DAY
        self._date = date_of(self._day)
        of_day = first % DAY
        self._hour = first // HOUR
        hours = rule.hours or (of_day // HOUR,)
        minutes = rule.minutes or (of_day // 60 % 60,)
        seconds = rule.seconds or (of_day % 60,)
        if rule.frequency == "HOURLY":
            hours = (0,)
        self._times = [hour * HOUR + minute * 60 + second for hour in hours for minute in minutes for second in seconds]
        weekdays = {weekday for weekday, _ in rule.weekdays} or {self._weekday(self._day)}
        self._week_offsets = sorted((weekday - rule.week_start) % 7 for weekday in weekdays)
        limits = bool(rule.months or rule.month_days or rule.year_days)
        # Whether every period but the first has the same number of starts.
        self.even = not limits and (
            rule.frequency == "WEEKLY"
            or (rule.frequency == "DAILY" and not rule.weekdays)
            or (rule.frequency == "HOURLY" and not rule.weekdays and not rule.hours)
        )
        day_by_day = rule.weeks or rule.year_days or (rule.weekdays and not rule.months)
        self.weight = 1 if rule.frequency != "YEARLY" else 250 if day_by_day else 12

    def index_near(self, wall: int) -> int:
        """A period not after the one this time lies in, and not long before."""
        day = min(max(wall // DAY, FIRST_DAY), LAST_DAY)
        then = date_of(day)
        match self._rule.frequency:
            case "YEARLY":
                distance = then.year - self._date.year
            case "MONTHLY":
                distance = (then.year - self._date.year) * 12 + then.month - self._date.month
            case "WEEKLY":
                distance = (day - self._day) // 7
            case "DAILY":
                distance = day - self._day
            case "HOURLY":
                distance = wall // HOUR - self._hour
        return max(0, (distance - 1) // self._rule.interval)

    def begins(self, number: int) -> int | None:
        """When the period begins; None when it is beyond every calendar."""
        rule = self._rule
        ahead = number * rule.interval
        match rule.frequency:
            case "YEARLY":
                year = self._date.year + ahead
                return day_number(year, 1, 1) * DAY if year <= _LAST_YEAR else None
            case "MONTHLY":
                year, month = self._month(ahead)
                return day_number(year, month, 1) * DAY if year <= _LAST_YEAR else None
            case "WEEKLY":
                day = self._week(ahead)
            case "DAILY":
                day = self._day + ahead
            case "HOURLY":
                day = (self._hour + ahead) * HOUR // DAY
        return None if day + 7 > LAST_DAY else day * DAY

    def starts(self, number: int) -> list[int]:
        """What the rule finds in the period, in order; without regard to the first start."""
        rule = self._rule
        ahead = number * rule.interval
        if rule.frequency == "HOURLY":
            hour = self._hour + ahead
            found = [hour * HOUR + time for time in self._times] if self._takes_hour(hour) else []
        else:
            found = [day * DAY + time for day in self._days(ahead) for time in self._times]
        if rule.positions:
            return sorted({found[place] for one in rule.positions if 0 <= (place := one - 1 if one > 0 else one + len(found)) < len(found)})
        return found

    def _days(self, ahead: int) -> Iterable[int]:
        rule = self._rule
        match rule.frequency:
            case "YEARLY":
                return self._of_year(self._date.year + ahead)
            case "MONTHLY":
                year, month = self._month(ahead)
                return self._of_month(year, month) if not rule.months or month in rule.months else ()
            case "WEEKLY":
                begins = self._week(ahead)
                days = [begins + offset for offset in self._week_offsets]
                return [day for day in days if date_of(day).month in rule.months] if rule.months else days
            case _:
                return [day for day in (self._day + ahead,) if self._takes_day(day)]

    def _takes_hour(self, hour: int) -> bool:
        return (not self._rule.hours or hour % 24 in self._rule.hours) and self._takes_day(hour // 24)

    def _takes_day(self, day: int) -> bool:
        """Whether the limits of a rule by the day or the hour let this day through."""
        weekdays = self._rule.weekdays
        return (not weekdays or (self._weekday(day), 0) in weekdays) and self._within_limits(day)

    def _within_limits(self, day: int) -> bool:
        rule = self._rule
        if not (rule.months or rule.month_days or rule.year_days):
            return True
        on = date_of(day)
        return (
            (not rule.months or on.month in rule.months)
            and (not rule.month_days or _counts(on.day, _days_in(on.year, on.month), rule.month_days))
            and (not rule.year_days or _counts(day - day_number(on.year, 1, 1) + 1, _days_in(on.year), rule.year_days))
        )

    def _of_year(self, year: int) -> list[int]:
        rule = self._rule
        if rule.weeks or rule.year_days or (rule.weekdays and not rule.months):
            begins = day_number(year, 1, 1)
            return [day for day in range(begins, begins + _days_in(year)) if self._takes_day_of_year(day, year)]
        months = rule.months or (range(1, 13) if rule.month_days else (self._date.month,))
        return [day for month in sorted(months) for day in self._of_month(year, month)]

    def _takes_day_of_year(self, day: int, year: int) -> bool:
        rule = self._rule
        if rule.weeks and not self._in_weeks(day):
            return False
        if rule.weekdays:
            on = date_of(day)
            month = on.month if rule.months else None
            begins = day_number(year, month or 1, 1)
            if not self._weekday_counts(day, begins, _days_in(year, month)):
                return False
        elif rule.weeks and not rule.year_days and not rule.month_days and self._weekday(day) != self._weekday(self._day):
            return False  # RFC 5545, 3.3.10: what the rule leaves open is as it is at the start
        return self._within_limits(day)

    def _of_month(self, year: int, month: int) -> list[int]:
        rule, begins, size = self._rule, day_number(year, month, 1), _days_in(year, month)
        if rule.month_days:
            days = sorted({begins + (one - 1 if one > 0 else size + one) for one in rule.month_days if abs(one) <= size})
            return [day for day in days if not rule.weekdays or self._weekday_counts(day, begins, size)]
        if rule.weekdays:
            return sorted({day for weekday, which in rule.weekdays for day in self._weekdays_of_month(weekday, which, begins, size)})
        return [begins + self._date.day - 1] if self._date.day <= size else []

    def _weekdays_of_month(self, weekday: int, which: int, begins: int, size: int) -> Iterable[int]:
        every = range(begins + (weekday - self._weekday(begins)) % 7, begins + size, 7)
        if which == 0:
            return every
        place = which - 1 if which > 0 else which + len(every)
        return every[place : place + 1] if place >= 0 else ()

    def _weekday_counts(self, day: int, begins: int, size: int) -> bool:
        """Whether BYDAY takes it, in the month or year that begins then."""
        weekday = self._weekday(day)
        place, from_end = (day - begins) // 7 + 1, -((begins + size - 1 - day) // 7 + 1)
        return any((weekday, which) in self._rule.weekdays for which in (0, place, from_end))

    def _in_weeks(self, day: int) -> bool:
        """Whether BYWEEKNO takes it. The first week of a year is the first with four days in it; weeks begin as WKST says."""
        week_begins = day - (self._weekday(day) - self._rule.week_start) % 7
        year = date_of(min(week_begins + 3, LAST_DAY)).year
        number = (week_begins + 3 - day_number(year, 1, 1)) // 7 + 1
        last = (day_number(year, 12, 31) - week_begins - 3) // 7 + number
        return number in self._rule.weeks or number - last - 1 in self._rule.weeks

    def _week(self, ahead: int) -> int:
        return self._day - (self._weekday(self._day) - self._rule.week_start) % 7 + 7 * ahead

    def _month(self, ahead: int) -> tuple[int, int]:
        years, month = divmod(self._date.month - 1 + ahead, 12)
        return self._date.year + years, month + 1

    @staticmethod
    def _weekday(day: int) -> int:
        return (day + _MONDAY) % 7


def _days_in(year: int, month: int | None = None) -> int:
    """Days of a month, or of a whole year."""
    return monthrange(year, month)[1] if month else 365 + isleap(year)


def _counts(place: int, size: int, wanted: frozenset[int]) -> bool:
    """Whether a day is among those wanted, counted from the beginning or, when negative, from the end."""
    return place in wanted or place - size - 1 in wanted
