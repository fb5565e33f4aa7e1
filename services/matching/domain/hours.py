"""When somebody can meet, as people write it: "mon-fri 9-17", "tue 09:00-10:30"."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Annotated

from pydantic import StringConstraints

_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = tuple(name[:3] for name in _NAMES)
MIDNIGHT = 1_440
MOST_HOURS = 50

Hours = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
"""Days and times in somebody's own zone, every week."""

_HOURS = re.compile(r"(?P<first>[a-z]+)(?:\s*-\s*(?P<last>[a-z]+))?\s+(?P<start>[0-9:]+)\s*-\s*(?P<end>[0-9:]+)")
_TIME = re.compile(r"(?P<hour>[0-9]{1,2})(?::(?P<minute>[0-9]{2}))?")


def spans(hours: Sequence[str]) -> tuple[tuple[int, int, int], ...]:
    """Day (0 is Monday), from and to in minutes after midnight; what goes beyond midnight is on both days. Raises ValueError."""
    return tuple(span for one in hours for span in _spans(one))


@lru_cache(10_000)
def _spans(hours: str) -> tuple[tuple[int, int, int], ...]:
    """Thousands of people have said one of a few hundred things."""
    return tuple(_read(hours))


def _read(hours: str) -> Iterator[tuple[int, int, int]]:
    found = _HOURS.fullmatch(hours.strip().lower())
    if not found:
        raise ValueError(f"{hours!r} is not understood: days and times are written as mon-fri 09:00-17:00")
    first, start, end = _day(found["first"]), _minutes(found["start"]), _minutes(found["end"])
    last = _day(found["last"]) if found["last"] else first
    if start in {end, MIDNIGHT}:
        raise ValueError(f"{hours!r} has no time in it")
    for day in range(first, last + 1 if last >= first else last + len(DAYS) + 1):
        yield day % len(DAYS), start, end if end > start else MIDNIGHT
        if 0 < end < start:
            yield (day + 1) % len(DAYS), 0, end


def _day(word: str) -> int:
    found = [place for place, name in enumerate(_NAMES) if word[:3] == name[:3] and name.startswith(word)]
    if not found:
        raise ValueError(f"{word!r} is not a day: {', '.join(DAYS)}")
    return found[0]


def _minutes(text: str) -> int:
    found = _TIME.fullmatch(text)
    minutes = int(found["hour"]) * 60 + int(found["minute"] or 0) if found else MIDNIGHT + 1
    if not found or minutes > MIDNIGHT or int(found["minute"] or 0) >= 60:  # noqa: PLR2004 - minutes in an hour
        raise ValueError(f"{text!r} is not a time of day: 00:00 to 24:00")
    return minutes
