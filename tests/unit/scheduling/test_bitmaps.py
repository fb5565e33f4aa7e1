"""Common time of many pairs by bitmaps: the same starts as the sweep finds for each pair alone."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.slots import ALL_DAY, DAY, GRID, OFFICE_HOURS, Diary, Hours, Window, busy_of, free_starts
from services.scheduling.slots.bitmaps import OffGrid, common_starts, counts, free_bits, instants

SPRING, AUTUMN = 1_774_569_600, 1_792_800_000  # two days before the clocks change in Europe, at midnight in universal time
HOUR = 3600
NIGHTS = Hours(days=frozenset({4, 5, 6}), start=22 * 60 + 5, end=6 * 60)
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham", "UTC")

spans = st.lists(st.tuples(st.integers(-2 * DAY, 12 * DAY), st.integers(-60, 9 * HOUR)), max_size=12)


@st.composite
def diary(draw: st.DrawFn, window: Window) -> Diary:
    begins = [(window.start + begin, window.start + begin + length) for begin, length in draw(spans)]
    return Diary(
        "somebody",
        draw(st.sampled_from(ZONES)),
        draw(st.sampled_from([(ALL_DAY,), (OFFICE_HOURS,), (NIGHTS, OFFICE_HOURS), ()])),
        busy=busy_of(begins, window.start - DAY, window.end + DAY),
        buffer=draw(st.sampled_from([0, 0, 5 * 60, HOUR])),
        notice=draw(st.sampled_from([0, 0, DAY + 7])),
    )


@st.composite
def programme(draw: st.DrawFn) -> tuple[list[Diary], Window]:
    start = draw(st.sampled_from([SPRING, AUTUMN])) + GRID * draw(st.integers(0, 96))
    length = GRID * draw(st.sampled_from([1, 2, 3, 4, 5, 7, 64, 65, 100, 1_000]))
    window = Window(start, start + draw(st.integers(1, 10 * DAY)), length, now=start - draw(st.sampled_from([0, HOUR, -HOUR])))
    return draw(st.lists(diary(window), min_size=1, max_size=4)), window


@settings(deadline=None)
@given(programme())
def test_of_every_pair_the_starts_are_those_of_the_sweep(given: tuple[list[Diary], Window]) -> None:
    diaries, window = given
    pairs = np.array(list(product(range(len(diaries)), repeat=2)))
    starts = common_starts(free_bits(diaries, window), pairs, window)
    expected = [free_starts([diaries[one], diaries[other]], window) for one, other in pairs]
    assert [instants(row, window) for row in starts] == expected
    assert counts(starts).tolist() == [len(one) for one in expected]


def test_a_step_may_be_of_another_length() -> None:
    for grid in (5 * 60, 30 * 60, HOUR):
        window = Window(SPRING, SPRING + 5 * DAY, 2 * HOUR, grid=grid)
        somebody = Diary("ana", "Europe/Berlin", (OFFICE_HOURS,), busy=((SPRING + 9 * HOUR + 1, SPRING + 10 * HOUR - 1),))
        starts = common_starts(free_bits([somebody], window), np.array([(0, 0)]), window)
        assert instants(starts[0], window) == free_starts([somebody], window) != []


def test_more_people_than_are_looked_at_together_keep_their_own_rows() -> None:
    window = Window(SPRING, SPRING + 3 * DAY, HOUR)
    diaries = [Diary(str(n), "UTC", (ALL_DAY,), busy=((SPRING, SPRING + n * GRID),)) for n in range(286)]
    starts = common_starts(free_bits(diaries, window), np.array([(n, n) for n in range(286)]), window)
    assert counts(starts).tolist() == [285 - n for n in range(286)]


@pytest.mark.parametrize(
    ("zone", "window"),
    [
        ("Asia/Kathmandu", Window(SPRING, SPRING + DAY, HOUR, grid=30 * 60)),
        ("UTC", Window(SPRING + 1, SPRING + DAY, HOUR)),
        ("UTC", Window(SPRING, SPRING + DAY, 50 * 60)),
        ("Africa/Monrovia", Window(0, DAY, HOUR)),
    ],
)
def test_what_is_off_the_grid_is_left_to_the_sweep(zone: str, window: Window) -> None:
    with pytest.raises(OffGrid):
        free_bits([Diary("ana", zone, (ALL_DAY,))], window)
    assert free_bits([Diary("ana", "UTC", (ALL_DAY,))], replace(window, start=SPRING, length=HOUR, end=SPRING + DAY)).any()
