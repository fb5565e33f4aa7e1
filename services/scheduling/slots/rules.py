"""A recurrence rule as RFC 5545 writes it, read strictly: what the standard forbids is not guessed at."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from services.scheduling.slots.moments import BadValue, Moment, read_moment, shown
from services.scheduling.slots.zones import Clock

Frequency = Literal["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

MOST_STARTS_A_DAY = 96
_WEEKDAY = re.compile(r"([+-]?[0-9]{1,2})?(MO|TU|WE|TH|FR|SA|SU)")
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}")
_PARTS = frozenset(
    {
        *("FREQ", "UNTIL", "COUNT", "INTERVAL", "WKST", "BYSETPOS"),
        *("BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO", "BYMONTH"),
    }
)
# RFC 5545, 3.3.10: which parts a frequency must not have.
_FORBIDDEN: dict[Frequency, tuple[str, ...]] = {
    "HOURLY": ("BYWEEKNO",),
    "DAILY": ("BYWEEKNO", "BYYEARDAY"),
    "WEEKLY": ("BYWEEKNO", "BYYEARDAY", "BYMONTHDAY"),
    "MONTHLY": ("BYWEEKNO", "BYYEARDAY"),
    "YEARLY": (),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """How something repeats. In `weekdays` a pair is the weekday (Monday is 0) and which of them, 0 for each."""

    frequency: Frequency
    interval: int = 1
    count: int | None = None
    until: Moment | None = None
    week_start: int = 0
    months: frozenset[int] = frozenset()
    weeks: frozenset[int] = frozenset()
    year_days: frozenset[int] = frozenset()
    month_days: frozenset[int] = frozenset()
    weekdays: frozenset[tuple[int, int]] = frozenset()
    hours: tuple[int, ...] = ()
    minutes: tuple[int, ...] = ()
    seconds: tuple[int, ...] = ()
    positions: tuple[int, ...] = ()


def read_rule(text: str, start: Moment, owner: Clock) -> Rule:
    """The rule of a series that begins at `start`. Raises BadValue."""
    parts = _split(text)
    frequency = _frequency(parts)
    _check_together(parts, frequency)
    timed = not start.is_date  # on whole days the parts that say a time of day mean nothing
    if frequency == "HOURLY" and not timed:
        raise BadValue("a whole day cannot repeat every hour")
    rule = Rule(
        frequency=frequency,
        interval=_one(parts, "INTERVAL", 1),
        count=_one(parts, "COUNT", 0) or None,
        until=_until(parts["UNTIL"], start, owner) if "UNTIL" in parts else None,
        week_start=_week_start(parts.get("WKST", "MO")),
        months=frozenset(_numbers(parts, "BYMONTH", 1, 12)),
        weeks=frozenset(_numbers(parts, "BYWEEKNO", 1, 53, signed=True)),
        year_days=frozenset(_numbers(parts, "BYYEARDAY", 1, 366, signed=True)),
        month_days=frozenset(_numbers(parts, "BYMONTHDAY", 1, 31, signed=True)),
        weekdays=frozenset(_weekday(one) for one in _listed(parts, "BYDAY")),
        hours=_numbers(parts, "BYHOUR", 0, 23) if timed else (),
        minutes=_numbers(parts, "BYMINUTE", 0, 59) if timed else (),
        seconds=tuple(sorted({min(second, 59) for second in _numbers(parts, "BYSECOND", 0, 60)})) if timed else (),
        positions=_numbers(parts, "BYSETPOS", 1, 366, signed=True),
    )
    _check_weekdays(rule)
    if _starts_a_day(rule) > MOST_STARTS_A_DAY:
        raise BadValue(f"it repeats more than {MOST_STARTS_A_DAY} times a day")
    return rule


def _split(text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    for part in text.strip().upper().removesuffix(";").split(";"):
        name, equals, value = part.partition("=")
        if name not in _PARTS or not equals or not value:
            raise BadValue(f"{shown(part)} is no part of a rule")
        if name in parts:
            raise BadValue(f"it says {name} twice")
        parts[name] = value
    return parts


def _frequency(parts: dict[str, str]) -> Frequency:
    named = parts.get("FREQ")
    if named is None:
        raise BadValue("it does not say how often (FREQ)")
    if named in {"SECONDLY", "MINUTELY"}:
        raise BadValue(f"FREQ={named}: what repeats every second or minute is no calendar entry")
    for frequency in get_args(Frequency):
        if named == frequency:
            return frequency  # type: ignore[no-any-return] # get_args does not know its own literal
    raise BadValue(f"FREQ={shown(named)} is not a frequency")


def _check_together(parts: dict[str, str], frequency: Frequency) -> None:
    if "COUNT" in parts and "UNTIL" in parts:
        raise BadValue("it has both COUNT and UNTIL")
    for name in _FORBIDDEN[frequency]:
        if name in parts:
            raise BadValue(f"{name} has no meaning with FREQ={frequency}")
    if "BYSETPOS" in parts and not any(name.startswith("BY") and name != "BYSETPOS" for name in parts):
        raise BadValue("BYSETPOS has nothing to choose from")


def _check_weekdays(rule: Rule) -> None:
    if any(which for _, which in rule.weekdays) and (rule.frequency not in {"MONTHLY", "YEARLY"} or rule.weeks):
        raise BadValue("BYDAY counts weekdays, which only a month or a year can do")


def _starts_a_day(rule: Rule) -> int:
    hours = 24 // min(rule.interval, 24) if rule.frequency == "HOURLY" and not rule.hours else max(1, len(rule.hours))
    times = hours * max(1, len(rule.minutes)) * max(1, len(rule.seconds))
    return min(times, len(rule.positions)) if rule.positions and rule.frequency == "DAILY" else times


def _listed(parts: dict[str, str], name: str) -> list[str]:
    return parts[name].split(",") if name in parts else []


def _numbers(parts: dict[str, str], name: str, least: int, most: int, *, signed: bool = False) -> tuple[int, ...]:
    """The numbers of a list, each once and in order."""
    if name not in parts:
        return ()
    found = {_number(name, one) for one in _listed(parts, name)}
    wrong = next((one for one in sorted(found) if not (least <= one <= most or (signed and -most <= one <= -least))), None)
    if wrong is not None:
        raise BadValue(f"{name}={wrong} is out of range")
    return tuple(sorted(found))


def _one(parts: dict[str, str], name: str, default: int) -> int:
    if name not in parts:
        return default
    number = _number(name, parts[name])
    if number < 1:
        raise BadValue(f"{name} must be at least 1")
    return number


def _number(name: str, text: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise BadValue(f"{name}={shown(text)} is not a number")
    return int(text)


def _weekday(text: str) -> tuple[int, int]:
    found = _WEEKDAY.fullmatch(text)
    which = int(found[1] or 0) if found else 0
    if found is None or abs(which) > 53 or (found[1] and not which):  # noqa: PLR2004 - weeks of a year
        raise BadValue(f"BYDAY={shown(text)} is not a weekday")
    return WEEKDAYS.index(found[2]), which


def _week_start(text: str) -> int:
    if text not in WEEKDAYS:
        raise BadValue(f"WKST={shown(text)} is not a weekday")
    return WEEKDAYS.index(text)


def _until(text: str, start: Moment, owner: Clock) -> Moment:
    """A time without a zone is by the clock of the start."""
    until: Callable[[Clock | None], Moment] = lambda clock: read_moment(text, clock, owner)  # noqa: E731
    found = until(start.clock)
    return found._replace(clock=start.clock) if found.is_date else found
