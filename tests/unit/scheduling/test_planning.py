"""Series planned together: exact, within the agreed gaps, fair, and with as few moves as can be."""

from datetime import UTC, datetime
from itertools import pairwise, product
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.slots import (
    OFFICE_HOURS,
    Cadence,
    Diary,
    Hours,
    Wanted,
    Window,
    free_starts,
    plan_series,
    wall_time,
    what_was_borne,
)
from services.scheduling.slots.offers import burden
from services.scheduling.slots.planning import DAY_OFF, MOVED, OTHER_DAY, OTHER_HOUR

HOUR, DAY = 3600, 86_400
MONDAY = int(datetime(2026, 3, 2, 9, tzinfo=UTC).timestamp())
LISBON, TORONTO, SYDNEY = (Diary(zone, zone, (OFFICE_HOURS,)) for zone in ("Europe/Lisbon", "America/Toronto", "Australia/Sydney"))
MONTHLY = Cadence(28, 35)
LONG_DAYS = Hours(OFFICE_HOURS.days, 6 * 60, 23 * 60)


def long_days(*zones: str) -> list[Diary]:
    return [Diary(zone, zone, (LONG_DAYS,)) for zone in zones]


def free(days: int, *diaries: Diary, start: int = MONDAY) -> list[int]:
    return free_starts(diaries, Window(start=start, end=start + days * DAY, length=HOUR, grid=1800))


def gaps(starts: tuple[int, ...], zone: str = "Europe/Lisbon") -> list[int]:
    days = [wall_time(zone, start).date() for start in starts]
    return [(later - earlier).days for earlier, later in pairwise(days)]


def cost_of(starts: tuple[int, ...], wanted: Wanted, diaries: tuple[Diary, ...]) -> int | None:
    """The same sum, written down as plainly as possible; None for a plan that is not allowed."""
    zone = diaries[0].zone
    walls = [wall_time(zone, start) for start in ([wanted.after] if wanted.after is not None else []) + list(starts)]
    total = sum(burden(diary.zone, start, wanted.length) for start in starts for diary in diaries)
    for before, after in pairwise(walls):
        gap = (after.date() - before.date()).days
        if not wanted.cadence.least <= gap <= wanted.cadence.most:
            return None
        total += abs(gap - wanted.cadence.ideal) * DAY_OFF
        total += OTHER_DAY * (before.weekday() != after.weekday()) + OTHER_HOUR * (before.time() != after.time())
    if wanted.after is None:
        total += abs((walls[0].date() - wall_time(zone, wanted.due or 0).date()).days) * DAY_OFF
    for session, stood in enumerate(wanted.stands[: wanted.sessions]):
        if stood is not None and stood != starts[session]:
            if session in wanted.fixed:
                return None
            total += MOVED
    return total


TIMES = st.lists(st.tuples(st.integers(0, 40), st.sampled_from([6, 9, 10, 14, 19])), min_size=1, max_size=9, unique=True)

CADENCES = st.tuples(st.integers(1, 8), st.integers(0, 7)).map(lambda days: Cadence(days[0], days[0] + days[1]))


@settings(max_examples=150, deadline=None)
@given(times=TIMES, sessions=st.integers(1, 4), cadence=CADENCES, data=st.data())
def test_no_plan_is_cheaper_than_the_one_found(times: list[tuple[int, int]], sessions: int, cadence: Cadence, data: st.DataObject) -> None:
    starts = sorted(MONDAY + day * DAY + (hour - 9) * HOUR for day, hour in times)
    stands = data.draw(st.lists(st.sampled_from([None, *starts]), max_size=sessions))
    fixed = frozenset(number for number in range(len(stands)) if data.draw(st.booleans()))
    before = data.draw(st.sampled_from([None, MONDAY - 3 * DAY]))
    wanted = Wanted(sessions=sessions, length=HOUR, cadence=cadence, after=before, due=MONDAY + DAY, stands=stands, fixed=fixed)
    costs = [cost_of(plan, wanted, (LISBON,)) for plan in product(starts, repeat=sessions)]
    allowed = [cost for cost in costs if cost is not None]
    found = plan_series(starts, [LISBON], wanted)
    assert (found is None) == (not allowed)
    if found is not None:
        assert found.cost == cost_of(found.starts, wanted, (LISBON,)) == min(allowed)


@pytest.mark.parametrize(("cadence", "sessions"), [(Cadence(5, 9), 6), (Cadence(11, 17), 6), (Cadence(28, 35), 6), (Cadence(28, 42), 6)])
def test_six_sessions_keep_the_gaps_the_weekday_and_the_hour_also_over_the_change_of_clocks(cadence: Cadence, sessions: int) -> None:
    starts = free(sessions * cadence.most + 10, LISBON, TORONTO)
    plan = plan_series(starts, [LISBON, TORONTO], Wanted(sessions=sessions, length=HOUR, cadence=cadence, due=MONDAY))
    assert plan is not None
    assert all(cadence.least <= gap <= cadence.most for gap in gaps(plan.starts))
    walls = [wall_time("Europe/Lisbon", start) for start in plan.starts]
    assert len({(wall.weekday(), wall.hour, wall.minute) for wall in walls}) == 1


@pytest.mark.parametrize("zone", ["Europe/Lisbon", "America/Toronto", "Australia/Sydney", "America/Santiago", "Asia/Kathmandu"])
@pytest.mark.parametrize("month", [3, 4, 9, 10, 11])
def test_gaps_are_counted_in_days_of_the_calendar_and_not_in_hours(zone: str, month: int) -> None:
    there = Diary("a", zone, (OFFICE_HOURS,))
    first = int(datetime(2026, month, 2, 12, tzinfo=ZoneInfo(zone)).timestamp())
    plan = plan_series(free(40, there, start=first - DAY), [there], Wanted(sessions=5, length=HOUR, cadence=Cadence(7, 7), due=first))
    assert plan is not None
    assert gaps(plan.starts, zone) == [7] * 4
    assert len({wall_time(zone, start).time() for start in plan.starts}) == 1


def test_a_day_that_is_taken_moves_one_session_and_no_other() -> None:
    starts = free(200, LISBON)
    wanted = Wanted(sessions=5, length=HOUR, cadence=Cadence(28, 42), due=MONDAY)
    plan = plan_series(starts, [LISBON], wanted)
    assert plan is not None
    lost = plan.starts[2]
    left = [start for start in starts if abs(start - lost) >= DAY]
    stands = [start if start != lost else None for start in plan.starts]
    again = plan_series(left, [LISBON], Wanted(sessions=5, length=HOUR, cadence=Cadence(28, 42), due=MONDAY, stands=stands))
    assert again is not None
    assert [before == after for before, after in zip(plan.starts, again.starts, strict=True)] == [True, True, False, True, True]


def test_what_is_about_to_take_place_stays_or_there_is_no_plan() -> None:
    starts = free(30, LISBON)
    wanted = Wanted(sessions=2, length=HOUR, cadence=Cadence(7, 7), due=MONDAY, stands=[MONDAY, None], fixed=frozenset({0}))
    plan = plan_series(starts, [LISBON], wanted)
    assert plan is not None
    assert plan.starts == (MONDAY, MONDAY + 7 * DAY)
    none_a_week_later = [start for start in starts if start < MONDAY + 6 * DAY]
    assert plan_series(none_a_week_later, [LISBON], wanted) is None


def test_whoever_has_borne_more_gets_the_better_hours() -> None:
    wide = long_days("Europe/Lisbon", "Australia/Sydney")
    starts = free(70, *wide)
    added = []
    for borne in ([0.0, 400.0], [400.0, 0.0]):
        plan = plan_series(starts, wide, Wanted(sessions=3, length=HOUR, cadence=Cadence(14, 21), due=MONDAY, borne=borne))
        assert plan is not None
        added.append([after - before for after, before in zip(plan.borne, borne, strict=True)])
    assert added[0][1] < added[1][1], "Sydney has borne more, so Sydney bears less now"
    assert added[1][0] < added[0][0]


def test_twelve_sessions_between_london_and_sydney_burden_both_alike() -> None:
    wide = [Diary(zone, zone, (LONG_DAYS,)) for zone in ("Europe/London", "Australia/Sydney")]
    held: list[int] = []
    sums = [0.0, 0.0]
    most = 0.0
    for _ in range(12):
        start = (held[-1] if held else MONDAY) + 5 * DAY
        ledger = what_was_borne(held, HOUR, wide)
        wanted = Wanted(sessions=1, length=HOUR, cadence=Cadence(7, 14), after=held[-1] if held else None, due=MONDAY, borne=ledger)
        plan = plan_series(free(20, *wide, start=start), wide, wanted)
        assert plan is not None
        added = [burden(diary.zone, plan.starts[0], HOUR) for diary in wide]
        sums = [before + more for before, more in zip(sums, added, strict=True)]
        most = max(most, *added)
        held.append(plan.starts[0])
    assert abs(sums[0] - sums[1]) <= most, "at most one session's worth"


def test_what_lies_long_ago_weighs_less() -> None:
    early = int(datetime(2026, 3, 2, 7, tzinfo=UTC).timestamp())
    assert what_was_borne([early], HOUR, [LISBON]) == [120.0]
    assert what_was_borne([early, early + 7 * DAY + 3 * HOUR], HOUR, [LISBON]) == [96.0]


def test_without_a_free_time_there_is_no_plan() -> None:
    assert plan_series([], [LISBON], Wanted(sessions=2, length=HOUR, cadence=MONTHLY)) is None
    assert plan_series(free(20, LISBON), [LISBON], Wanted(sessions=2, length=HOUR, cadence=MONTHLY)) is None
