"""How far apart the clocks of two people are, and the hours of every week in which both can meet."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np
from numpy.typing import NDArray

from services.matching.engine.cohort import Participant, Span

WORKING_MINUTES = 480
QUARTER = 15
"""Minutes: the steps in which hours to meet are compared. No zone is apart from another by anything finer."""
QUARTERS_A_WEEK = 7 * 24 * 60 // QUARTER
WORDS = -(-QUARTERS_A_WEEK // 64)
DAY = 1_440
SEASONS = (1, 7)
"""Months in whose middle clocks are compared: winter and summer, wherever one is."""

Week = bytes
"""A bit for each quarter of an hour of a week in UTC, once for each season."""
NEVER: Week = bytes(len(SEASONS) * WORDS * 8)


@cache
def offsets(zone: str, year: int) -> tuple[int, ...] | None:
    """Minutes a zone is ahead of UTC in each season, or None for a zone nobody knows."""
    try:
        clock = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
    moments = [datetime(year, month, 15, 12, tzinfo=UTC) for month in SEASONS]
    shown = [moment.astimezone(clock).replace(tzinfo=UTC) for moment in moments]
    return tuple(int((there - here).total_seconds()) // 60 for here, there in zip(moments, shown, strict=True))


def minutes_apart(one: str, other: str, year: int) -> int:
    """What the two clocks differ by, the shorter way round, in the worse of winter and summer; -1 if a zone is not known."""
    left, right = offsets(one, year), offsets(other, year)
    if left is None or right is None:
        return -1
    around = (abs(a - b) % DAY for a, b in zip(left, right, strict=True))
    return max(min(apart, DAY - apart) for apart in around)


def minutes_in_common(one: str, other: str, year: int) -> int:
    """Minutes of an eight-hour working day that two zones share, in the worse of winter and summer; -1 if a zone is not known."""
    apart = minutes_apart(one, other, year)
    return -1 if apart < 0 else max(0, WORKING_MINUTES - apart)


def week_of(one: Participant, year: int) -> Week | None:
    """The quarters of an hour, in UTC, in which somebody can meet. None if that is not known."""
    ahead = offsets(one.zone, year)
    return _week(one.hours, ahead) if ahead is not None and one.hours else None


@lru_cache(10_000)
def _week(hours: tuple[Span, ...], ahead: tuple[int, ...]) -> Week:
    bits = np.zeros((len(SEASONS), WORDS * 64), dtype=bool)
    for season, minutes in enumerate(ahead):
        for day, start, end in hours:
            # Only whole quarters count: who is free until 9:10 is not free until 9:15.
            first, last = -(-(day * DAY + start - minutes) // QUARTER), (day * DAY + end - minutes) // QUARTER
            bits[season, np.arange(first, max(last, first)) % QUARTERS_A_WEEK] = True
    return np.packbits(bits, axis=1, bitorder="little").tobytes()


def stacked(weeks: Sequence[Week]) -> NDArray[np.uint64]:
    """Many weeks beside each other, shape (words, seasons, weeks)."""
    words = np.array([np.frombuffer(week, dtype="<u8") for week in weeks], dtype=np.uint64)
    return np.ascontiguousarray(words.reshape(len(weeks), len(SEASONS), WORDS).transpose(2, 1, 0))


def shared_minutes(weeks: NDArray[np.uint64], week: Week) -> NDArray[np.int32]:
    """The minutes that each of many `stacked` weeks shares with this one, in the worse of winter and summer."""
    own = stacked([week])
    total = np.zeros(weeks.shape[1:], dtype=np.uint16)
    for word in np.flatnonzero(own.any(axis=(1, 2))).tolist():  # most of a week is free of hours to meet
        total += np.bitwise_count(weeks[word] & own[word])
    minutes: NDArray[np.int32] = total.min(axis=0).astype(np.int32) * QUARTER
    return minutes


def shared_spans(one: Participant, other: Participant, year: int) -> Iterator[Span]:
    """When both can meet, in the first one's zone and in winter."""
    left, right, ahead = week_of(one, year), week_of(other, year), offsets(one.zone, year)
    if left is None or right is None or ahead is None:
        return
    free = np.unpackbits(np.frombuffer(left, np.uint8) & np.frombuffer(right, np.uint8), bitorder="little")[:QUARTERS_A_WEEK]
    days = np.zeros((7, DAY // QUARTER + 1), dtype=np.int8)  # with a gap behind each day, where every span ends
    days[:, :-1] = np.roll(free, ahead[0] // QUARTER).reshape(7, -1)
    changes = np.flatnonzero(np.diff(days.ravel(), prepend=0))
    for start, end in changes.reshape(-1, 2).tolist():
        day, first = divmod(start, days.shape[1])
        yield day, first * QUARTER, (first + end - start) * QUARTER
