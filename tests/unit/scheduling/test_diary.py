"""Days off, journeys, full days and horizons: the search against one that walks through every minute, over clock changes."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.slots import (
    DAY,
    Diary,
    Hours,
    Spell,
    Window,
    common_free,
    countries,
    free_starts,
    holidays_between,
    merged,
    regions_of,
    starts_for_some,
    why_none,
)
from services.scheduling.slots.bitmaps import OffGrid, common_starts, free_bits, instants
from tests.unit.scheduling.test_search import CHANGES, MINUTE, ZONES, at_work, hours, spans

OFFICE = (Hours(frozenset(range(5)), 9 * 60, 17 * 60),)
MONDAY = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
zones = st.sampled_from(ZONES)


@dataclass(frozen=True)
class Person:
    """A diary, and what is true of it minute by minute."""

    diary: Diary
    start: int

    def free(self, minute: int) -> bool:
        diary = self.diary
        spell = next((spell for spell in diary.spells if spell.start <= minute < spell.end), None)
        windows, zone = (spell.hours, spell.zone) if spell else (diary.hours, diary.zone)
        return (
            at_work(list(windows), zone, minute)
            and minute >= self.start + diary.notice
            and not (diary.horizon and minute >= self.start + diary.horizon)
            and not any(begin - diary.buffer <= minute < end + diary.buffer for begin, end in diary.busy)
            and not any(begin <= minute < end for begin, end in (*diary.off, *diary.full))
        )

    def on_grid(self, minute: int, grid: int) -> bool:
        spell = next((spell for spell in self.diary.spells if spell.start <= minute < spell.end), None)
        wall = datetime.fromtimestamp(minute, ZoneInfo(spell.zone if spell else self.diary.zone))
        return (wall.hour * 60 + wall.minute) % (grid // MINUTE) == 0


@st.composite
def people(draw: st.DrawFn, start: int) -> Person:
    def moments(found: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
        return tuple(merged((start + begin * MINUTE, start + (begin + length) * MINUTE) for begin, length in found))

    spells: list[Spell] = []
    for begin, length in sorted(draw(st.lists(st.tuples(st.integers(-600, 2 * 1440), st.integers(1, 1440)), max_size=2))):
        if not spells or start + begin * MINUTE >= spells[-1].end:
            windows = tuple(draw(st.lists(hours, max_size=2)))
            spells.append(Spell(start + begin * MINUTE, start + (begin + length) * MINUTE, draw(zones), windows))
    diary = Diary(
        draw(st.uuids()).hex,
        draw(zones),
        tuple(draw(st.lists(hours, min_size=1, max_size=2))),
        busy=moments(draw(spans)),
        buffer=draw(st.sampled_from([0, 10])) * MINUTE,
        notice=draw(st.sampled_from([0, 5])) * 3600,
        horizon=draw(st.sampled_from([0, 3, 30])) * 3600,
        off=moments(draw(st.lists(st.tuples(st.integers(0, 2880), st.just(1440)), max_size=1))),
        full=moments(draw(st.lists(st.tuples(st.integers(0, 2880), st.just(1440)), max_size=1))),
        spells=tuple(spells),
    )
    return Person(diary, start)


def naive(everybody: list[Person], window: Window) -> list[int]:
    free = {minute for minute in range(window.start, window.end, MINUTE) if all(person.free(minute) for person in everybody)}
    return [
        minute
        for minute in sorted(free)
        if all(minute + step in free for step in range(0, window.length, MINUTE))
        and all(person.on_grid(minute, window.grid) for person in everybody)
    ]


@settings(max_examples=60, deadline=None)
@given(draws=st.data(), day=st.sampled_from(CHANGES), minutes=st.sampled_from([15, 30, 50]), grid=st.sampled_from([5, 15, 30]))
def test_a_meeting_may_start_exactly_where_every_minute_of_it_suits_everybody(
    draws: st.DataObject, day: datetime, minutes: int, grid: int
) -> None:
    start = int(day.timestamp())
    everybody = [draws.draw(people(start)) for _ in range(2)]
    window = Window(start, start + 2 * DAY, minutes * MINUTE, now=start, grid=grid * MINUTE)
    assert free_starts([person.diary for person in everybody], window) == naive(everybody, window)


@settings(max_examples=30, deadline=None)
@given(draws=st.data(), day=st.sampled_from(CHANGES), at_least=st.integers(1, 3))
def test_some_of_many_can_meet_exactly_when_so_many_of_them_are_free(draws: st.DataObject, day: datetime, at_least: int) -> None:
    start = int(day.timestamp())
    everybody = [draws.draw(people(start)) for _ in range(3)]
    window = Window(start, start + DAY, 30 * MINUTE, now=start)
    alone = {person.diary.person_id: set(naive([person], window)) for person in everybody}
    starts = sorted(set().union(*alone.values()))
    able = {at: tuple(name for name, mine in alone.items() if at in mine) for at in starts}
    found = starts_for_some([person.diary for person in everybody], window, at_least)
    assert found == {at: names for at, names in able.items() if len(names) >= at_least}


@settings(max_examples=60, deadline=None)
@given(draws=st.data(), day=st.sampled_from(CHANGES))
def test_the_bits_of_a_programme_say_what_the_search_says(draws: st.DataObject, day: datetime) -> None:
    start = int(day.timestamp())
    diaries = [draws.draw(people(start)).diary for _ in range(2)]
    window = Window(start, start + 2 * DAY, 30 * MINUTE, now=start)
    import numpy as np  # noqa: PLC0415 - for this one line

    try:
        bits = free_bits(diaries, window)
    except OffGrid:
        return
    assert instants(common_starts(bits, np.array([[0, 1]]), window)[0], window) == free_starts(diaries, window)


def a_week(*diaries: Diary, **changes: int) -> Window:
    return replace(Window(MONDAY, MONDAY + 7 * DAY, 3600, now=MONDAY), **changes)


@pytest.mark.parametrize(
    ("change", "constraint", "attempt"),
    [
        ({"horizon": 3600}, "horizon", "horizon:0"),
        ({"full": ((MONDAY, MONDAY + 9 * DAY),)}, "full", "full:0"),
        ({"off": ((MONDAY, MONDAY + 7 * DAY),)}, "day_off", "later:2026-03-09"),
        ({"spells": (Spell(MONDAY, MONDAY + 7 * DAY, "UTC"),)}, "no_hours", "later:2026-03-09"),
    ],
)
def test_what_binds_is_named_with_the_least_that_would_help(change: dict[str, object], constraint: str, attempt: str) -> None:
    diaries = [replace(Diary("ana", "UTC", OFFICE), **change), Diary("ben", "UTC", OFFICE)]  # type: ignore[arg-type] # by name
    window = a_week()
    if "full" in change or "horizon" in change:
        window = replace(window, end=MONDAY + DAY)
        diaries[0] = replace(diaries[0], full=diaries[0].full and ((MONDAY, MONDAY + 60 * DAY),))
    assert free_starts(diaries, window) == []
    none = why_none(diaries, window)
    assert [(bind.person_id, bind.constraint) for bind in none.binding] == [("ana", constraint)]
    assert none.attempt == attempt


def test_on_a_journey_one_works_by_the_clock_of_the_place() -> None:
    tuesday = MONDAY + DAY
    away = Spell(tuesday, tuesday + DAY, "America/New_York", OFFICE)
    ana = Diary("ana", "Europe/London", OFFICE, spells=(away,))
    found = common_free([ana], Window(tuesday, tuesday + DAY, 3600))
    assert [(start - tuesday, end - tuesday) for start, end in found] == [(14 * 3600, 22 * 3600)]


def test_holidays_are_those_of_the_region() -> None:
    days = holidays_between("DE", "BY", date(2026, 12, 20), date(2027, 1, 10), "de")
    assert days == {
        date(2026, 12, 25): "Erster Weihnachtstag",
        date(2026, 12, 26): "Zweiter Weihnachtstag",
        date(2027, 1, 1): "Neujahr",
        date(2027, 1, 6): "Heilige Drei Könige",
    }
    assert date(2027, 1, 6) not in holidays_between("DE", "BE", date(2027, 1, 1), date(2027, 1, 31))
    assert ("BY", "Bayern") in regions_of("DE")
    assert "DE" in countries()
