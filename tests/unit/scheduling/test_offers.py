"""Which times are offered, why, and what is said when there is none."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from services.scheduling.slots import Diary, Hours, Window, Wish, best_offers, free_starts, why_none

HOUR, DAY = 3600, 86_400
MONDAY = int(datetime(2026, 11, 23, tzinfo=UTC).timestamp())
OFFICE = (Hours(frozenset(range(5)), 9 * 60, 17 * 60),)
ALL_DAY = (Hours(frozenset(range(7)), 0, 1440),)


def at(day: int, hour: float) -> int:
    return MONDAY + day * DAY + int(hour * HOUR)


def week(length: int = HOUR) -> Window:
    return Window(MONDAY, MONDAY + 7 * DAY, length, now=MONDAY)


def one(name: str = "ines", zone: str = "UTC", hours: tuple[Hours, ...] = OFFICE, **more: object) -> Diary:
    return Diary(name, zone, hours, **more)  # type: ignore[arg-type] # the builder's own shorthand


def offered(diaries: list[Diary], wish: Wish) -> list[tuple[int, str]]:
    return [(offer.start, offer.why) for offer in best_offers(free_starts(diaries, week()), HOUR, diaries, wish)]


def test_three_offers_lie_on_three_days_near_the_date_the_rhythm_asks_for() -> None:
    found = offered([one(), one("deborah")], Wish(ideal_on=date(2026, 11, 26)))
    assert sorted((start - MONDAY) // DAY for start, _ in found) == [2, 3, 4]
    assert (found[0][0] - MONDAY) // DAY == 3
    assert found[0][1] == "on_rhythm"


def test_the_usual_day_and_hour_comes_first() -> None:
    found = offered([one(), one("deborah")], Wish(ideal_on=date(2026, 11, 26), usual_start=at(-25, 14)))
    assert found[0] == (at(3, 14), "usual_time")


def test_an_hour_fair_to_both_is_worth_more_than_an_early_one_for_one() -> None:
    diaries = [one(hours=ALL_DAY), one("deborah", "America/Toronto", ALL_DAY)]
    for start, _ in offered(diaries, Wish(ideal_on=date(2026, 11, 25))):
        assert 14 <= start % DAY / HOUR <= 16


def test_fewer_days_than_offers_are_filled_up_without_overlap() -> None:
    busy = ((MONDAY + DAY, MONDAY + 7 * DAY),)
    starts = sorted(start for start, _ in offered([one(busy=busy), one("deborah")], Wish()))
    assert len(starts) == 3
    assert all(later - earlier >= HOUR for earlier, later in pairwise(starts))


def test_no_free_time_means_no_offer() -> None:
    assert best_offers([], HOUR, [one(), one("deborah")], Wish()) == []


def bound(diaries: list[Diary], window: Window | None = None) -> tuple[set[tuple[str, str]], str]:
    assert free_starts(diaries, window or week()) == []
    found = why_none(diaries, window or week())
    return {(bind.person_id, bind.constraint) for bind in found.binding}, found.attempt


FULL = ((MONDAY, MONDAY + 7 * DAY),)


def test_a_full_calendar_binds_and_later_helps() -> None:
    assert bound([one(busy=FULL), one("deborah")]) == ({("ines", "busy")}, "later:2026-11-30")


def test_hours_that_never_meet_bind_both_and_wider_ones_help() -> None:
    evening = (Hours(frozenset(range(5)), 18 * 60, 22 * 60),)
    assert bound([one(), one("deborah", hours=evening)]) == ({("ines", "hours"), ("deborah", "hours")}, "wider:60")


def test_nobody_at_work_is_said_of_who_it_is_said() -> None:
    assert bound([one(hours=()), one("deborah")])[0] == {("ines", "no_hours")}


def test_notice_and_pauses_are_told_before_anything_costlier() -> None:
    assert bound([one(notice=8 * DAY), one("deborah")]) == ({("ines", "notice")}, "notice:0")
    gaps = tuple((at(day, 9 + step * 1.5), at(day, 9 + step * 1.5) + HOUR // 2) for day in range(5) for step in range(6))
    assert bound([one(busy=gaps, buffer=15 * 60), one("deborah")]) == ({("ines", "buffer"), ("ines", "busy")}, "buffer:0")


def test_a_shorter_meeting_is_tried_before_a_later_one() -> None:
    gaps = tuple((at(day, 9 + step * 1.25), at(day, 9 + step * 1.25) + HOUR // 2) for day in range(5) for step in range(7))
    assert bound([one(busy=gaps), one("deborah")])[1] == "shorter:45"


def test_when_nothing_helps_it_says_so() -> None:
    weekend = (Hours(frozenset({5}), 9 * 60, 9 * 60 + 30),)
    assert bound([one(hours=weekend), one("deborah", hours=(Hours(frozenset({2}), 3 * 60, 4 * 60),))])[1] == "nothing"


def test_a_later_day_is_found_for_the_longest_meeting_too() -> None:
    late = Window(MONDAY, MONDAY + timedelta(days=2) // timedelta(seconds=1), 4 * HOUR, now=MONDAY)
    assert bound([one(busy=((MONDAY, MONDAY + 2 * DAY),)), one("deborah")], late)[1] == "later:2026-11-25"
