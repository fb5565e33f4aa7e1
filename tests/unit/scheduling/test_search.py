"""The search against a naive one that walks through every minute, in many zones, over the clock changes of 2026 and 2027."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.slots import (
    Diary,
    Hours,
    Window,
    clock_changes,
    common,
    first_instant,
    free_starts,
    merged,
    padded,
    without,
    working_spans,
)

MINUTE, QUARTER, DAY = 60, 15 * 60, 24 * 3600
ZONES = (
    "UTC",
    "Europe/Lisbon",
    "Europe/Berlin",
    "Europe/London",
    "America/Toronto",
    "America/St_Johns",
    "America/Santiago",
    "America/Havana",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Beirut",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
)
# Days just before clocks change somewhere.
CHANGES = tuple(
    datetime(year, month, day, tzinfo=UTC)
    for year in (2026, 2027)
    for month, day in ((2, 14), (3, 7), (3, 27), (3, 28), (4, 3), (4, 4), (9, 5), (9, 26), (10, 3), (10, 24), (10, 30), (10, 31))
)


def instants(moment: datetime) -> int:
    return int(moment.timestamp())


hours = st.builds(
    Hours,
    days=st.frozensets(st.integers(0, 6), min_size=1),
    start=st.integers(0, 1439),
    end=st.integers(1, 1440),
).filter(lambda window: window.start != window.end)

spans = st.lists(st.tuples(st.integers(0, 3 * 24 * 60), st.integers(0, 400)), max_size=6)


def at_work(windows: list[Hours], zone: str, instant: int) -> bool:
    """What the wall says at this instant, looked up and compared; nothing cleverer."""
    wall = datetime.fromtimestamp(instant, ZoneInfo(zone))
    minute, today = wall.hour * 60 + wall.minute, wall.weekday()
    for window in windows:
        if window.end > window.start:
            if today in window.days and window.start <= minute < window.end:
                return True
        elif (today in window.days and minute >= window.start) or ((today - 1) % 7 in window.days and minute < window.end):
            return True
    return False


@settings(max_examples=100, deadline=None)
@given(windows=st.lists(hours, min_size=1, max_size=2), zone=st.sampled_from(ZONES), day=st.sampled_from(CHANGES))
def test_somebody_is_at_work_exactly_when_their_wall_clock_says_so(windows: list[Hours], zone: str, day: datetime) -> None:
    start, end = instants(day), instants(day + timedelta(days=2))
    found = working_spans(windows, zone, start, end)
    working = {minute for begin, until in found for minute in range(begin, until, MINUTE)}
    assert working == {minute for minute in range(start, end, MINUTE) if at_work(windows, zone, minute)}


@settings(max_examples=80, deadline=None)
@given(
    zones=st.tuples(st.sampled_from(ZONES), st.sampled_from(ZONES)),
    windows=st.tuples(st.lists(hours, min_size=1, max_size=2), st.lists(hours, min_size=1, max_size=2)),
    busy=st.tuples(spans, spans),
    day=st.sampled_from(CHANGES),
    buffer=st.sampled_from([0, 10, 30]),
    minutes=st.sampled_from([15, 30, 45, 60, 90]),
    notice=st.sampled_from([0, 5, 24]),
)
def test_a_meeting_may_start_exactly_where_every_minute_of_it_is_free_for_both(
    *,
    zones: tuple[str, str],
    windows: tuple[list[Hours], list[Hours]],
    busy: tuple[list[tuple[int, int]], list[tuple[int, int]]],
    day: datetime,
    buffer: int,
    minutes: int,
    notice: int,
) -> None:
    start, end = instants(day), instants(day + timedelta(days=2))
    diaries = []
    free = set(range(start, end, MINUTE))
    for number in (0, 1):
        taken = [(start + begin * MINUTE, start + (begin + length) * MINUTE) for begin, length in busy[number] if length]
        diaries.append(
            Diary(
                str(number), zones[number], tuple(windows[number]), busy=tuple(merged(taken)), buffer=buffer * MINUTE, notice=notice * 3600
            )
        )
        around = [(begin - buffer * MINUTE, until + buffer * MINUTE) for begin, until in taken]
        free &= {
            minute
            for minute in free
            if minute >= start + notice * 3600
            and at_work(windows[number], zones[number], minute)
            and not any(begin <= minute < until for begin, until in around)
        }
    naive = [
        minute
        for minute in sorted(free)
        if datetime.fromtimestamp(minute, ZoneInfo(zones[0])).minute % 15 == 0
        and all(minute + step * MINUTE in free for step in range(minutes))
    ]
    assert free_starts(diaries, Window(start, end, minutes * MINUTE, now=start)) == naive


pairs_of_spans = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 12)).map(lambda span: (span[0], span[0] + span[1])), max_size=8)


def points(spans: list[tuple[int, int]]) -> set[int]:
    return {point for start, end in spans for point in range(start, end)}


@given(first=pairs_of_spans, second=pairs_of_spans)
def test_spans_are_sets_of_moments(first: list[tuple[int, int]], second: list[tuple[int, int]]) -> None:
    a, b = merged(first), merged(second)
    assert points(a) == points(first)
    assert all(one[1] < following[0] for one, following in pairwise(a))
    assert points(common(a, b)) == points(a) & points(b)
    assert points(without(a, b)) == points(a) - points(b)


def test_pauses_do_not_add_up() -> None:
    assert padded([(100, 200), (250, 300)], 30) == [(70, 330)]
    assert padded([(100, 200), (270, 300)], 30) == [(70, 230), (240, 330)]


def test_two_clocks_apart_by_another_number_of_hours_between_their_changes() -> None:
    office = (Hours(frozenset(range(5)), 9 * 60, 17 * 60),)
    both = [Diary("i", "Europe/Lisbon", office), Diary("d", "America/Toronto", office)]

    def first(day: int, month: int) -> str:
        start = instants(datetime(2026, month, day, tzinfo=UTC))
        (earliest, *_) = free_starts(both, Window(start, start + DAY, 3600))
        return datetime.fromtimestamp(earliest, ZoneInfo("Europe/Lisbon")).strftime("%H:%M")

    assert [first(23, 10), first(26, 10), first(2, 11)] == ["14:00", "13:00", "14:00"]


@pytest.mark.parametrize(
    ("zone", "days", "minutes"),
    [
        ("Europe/Berlin", (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), datetime(2026, 10, 25, 1, 0, tzinfo=UTC)), (60, -60)),
        ("America/Toronto", (datetime(2026, 3, 8, 7, 0, tzinfo=UTC), datetime(2026, 11, 1, 6, 0, tzinfo=UTC)), (60, -60)),
        ("Australia/Lord_Howe", (datetime(2026, 4, 4, 15, 0, tzinfo=UTC), datetime(2026, 10, 3, 15, 30, tzinfo=UTC)), (-30, 30)),
        ("Asia/Kolkata", (), ()),
    ],
)
def test_clock_changes_are_found_to_the_second(zone: str, days: tuple[datetime, ...], minutes: tuple[int, ...]) -> None:
    found = clock_changes(zone, instants(datetime(2026, 1, 1, tzinfo=UTC)), instants(datetime(2027, 1, 1, tzinfo=UTC)))
    assert [(change.at, change.minutes) for change in found] == list(zip(map(instants, days), minutes, strict=True))


def test_a_day_without_midnight_begins_when_its_clock_begins() -> None:
    day = datetime(2026, 4, 24, tzinfo=UTC).date()
    assert datetime.fromtimestamp(first_instant("Africa/Cairo", day), ZoneInfo("Africa/Cairo")).strftime("%d %H:%M") == "24 01:00"
    long_day = datetime(2026, 10, 25, tzinfo=UTC).date()
    assert first_instant("Europe/Berlin", long_day + timedelta(days=1)) - first_instant("Europe/Berlin", long_day) == 25 * 3600
