"""Recurrence rules against dateutil where both mean the same, and by the words of RFC 5545 where dateutil does not."""

from datetime import date, datetime, timedelta
from itertools import islice

import pytest
from dateutil.rrule import rrulestr
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from services.scheduling.slots.moments import BadValue, Moment
from services.scheduling.slots.recurrence import Steps, TooMany, starts
from services.scheduling.slots.rules import read_rule
from services.scheduling.slots.zones import UTC_CLOCK

EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a wall has no zone
FAR = 10**11
WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


def wall(at: datetime) -> int:
    return int((at - EPOCH).total_seconds())


def ours(rule: str, first: datetime, lower: datetime, upper: datetime) -> list[datetime]:
    parsed = read_rule(rule, Moment(wall(first), UTC_CLOCK, False), UTC_CLOCK)
    last = wall(upper) if parsed.until is None else min(wall(upper), parsed.until.wall)
    return [EPOCH + timedelta(seconds=start) for start in starts(parsed, wall(first), wall(lower), last, Steps())]


def some(values: st.SearchStrategy[int], most: int = 3) -> st.SearchStrategy[str]:
    return st.lists(values, min_size=1, max_size=most, unique=True).map(lambda found: ",".join(map(str, found)))


def signed(least: int, most: int) -> st.SearchStrategy[int]:
    return st.one_of(st.integers(least, most), st.integers(-most, -least))


plain_days = st.lists(st.sampled_from(WEEKDAYS), min_size=1, max_size=4, unique=True).map(",".join)
counted_days = st.lists(
    st.builds(lambda n, day: f"{n}{day}", signed(1, 5), st.sampled_from(WEEKDAYS)), min_size=1, max_size=2, unique=True
).map(",".join)


@st.composite
def rules(draw: st.DrawFn) -> str:
    """What RFC 5545 allows, but for what dateutil understands otherwise, and for rules that never come true: those dateutil never ends."""
    frequency = draw(st.sampled_from(["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]))
    parts = [f"FREQ={frequency}", f"INTERVAL={draw(st.sampled_from([1, 5, 7] if frequency != 'HOURLY' else [1]))}"]

    def perhaps(name: str, values: st.SearchStrategy[str], *frequencies: str) -> bool:
        taken = (not frequencies or frequency in frequencies) and draw(st.booleans())
        if taken:
            parts.append(f"{name}={draw(values)}")
        return taken

    weeks = perhaps("BYWEEKNO", some(signed(1, 51)), "YEARLY")
    year_days = not weeks and perhaps("BYYEARDAY", some(signed(1, 365), 5), "YEARLY")
    if not weeks and not year_days:
        perhaps("BYMONTH", some(st.integers(1, 12), 6))
        if perhaps("BYMONTHDAY", some(signed(1, 28)), "HOURLY", "DAILY", "MONTHLY", "YEARLY"):
            perhaps("BYDAY", plain_days, "MONTHLY", "YEARLY")
        else:
            perhaps("BYDAY", plain_days if frequency in {"HOURLY", "DAILY", "WEEKLY"} else st.one_of(plain_days, counted_days))
    elif weeks:
        parts.append(f"BYDAY={draw(plain_days)}")
    perhaps("BYHOUR", some(st.integers(0, 23)))
    perhaps("BYMINUTE", some(st.integers(0, 59), 2))
    perhaps("WKST", st.sampled_from(WEEKDAYS))
    return ";".join(parts)


@settings(max_examples=120, deadline=None)
@given(rule=rules(), day=st.dates(date(2015, 1, 1), date(2026, 6, 1)), minute=st.integers(0, 1439), ahead=st.integers(0, 900))
def test_a_rule_makes_the_starts_dateutil_makes_whichever_window_is_asked_for(rule: str, day: date, minute: int, ahead: int) -> None:
    first = datetime(day.year, day.month, day.day) + timedelta(minutes=minute)  # noqa: DTZ001
    lower, upper = first + timedelta(days=ahead), first + timedelta(days=ahead + 400)
    theirs = set(rrulestr(rule, dtstart=first).between(lower, upper, inc=True))
    if lower <= first <= upper:
        theirs.add(first)  # the start is always the first occurrence
    assert ours(rule, first, lower, upper) == sorted(theirs)


@settings(max_examples=100, deadline=None)
@given(rule=rules(), day=st.dates(date(2015, 1, 1), date(2026, 6, 1)), count=st.integers(1, 200), ahead=st.integers(0, 1500))
def test_a_count_counts_the_start_and_all_before_the_window(rule: str, day: date, count: int, ahead: int) -> None:
    first = datetime(day.year, day.month, day.day, 9)  # noqa: DTZ001
    lower, upper = first + timedelta(days=ahead), first + timedelta(days=ahead + 300)
    without_end = rrulestr(rule, dtstart=first)
    whole = [first, *islice((start for start in without_end if start > first), count - 1)]
    assume(len(whole) == count)
    assert ours(f"{rule};COUNT={count}", first, lower, upper) == [start for start in whole if lower <= start <= upper]


@settings(max_examples=50, deadline=None)
@given(
    rule=st.sampled_from(
        [
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR",
            "FREQ=YEARLY;BYMONTH=3,6;BYDAY=SU",
            "FREQ=MONTHLY;BYMONTHDAY=1,15,-1",
            "FREQ=DAILY;BYHOUR=9,12,15",
        ]
    ),
    positions=some(signed(1, 3)),
    day=st.integers(1, 31),
)
def test_a_position_chooses_among_the_starts_of_each_period(rule: str, positions: str, day: int) -> None:
    first = datetime(2026, 1, day, 9)  # noqa: DTZ001
    until = first + timedelta(days=800)
    theirs = {first, *rrulestr(f"{rule};BYSETPOS={positions}", dtstart=first).between(first, until, inc=True)}
    assert ours(f"{rule};BYSETPOS={positions}", first, first, until) == sorted(theirs)


@pytest.mark.parametrize(
    ("rule", "first", "expected"),
    [
        pytest.param(
            "FREQ=YEARLY;BYWEEKNO=20;COUNT=3", "2025-05-14", ["2025-05-14", "2026-05-13", "2027-05-19"], id="a week alone keeps the weekday"
        ),
        pytest.param(
            "FREQ=MONTHLY;BYDAY=MO,1TU;COUNT=4", "2026-03-02", ["2026-03-02", "2026-03-03", "2026-03-09", "2026-03-16"], id="each and one"
        ),
        pytest.param(
            "FREQ=WEEKLY;BYDAY=MO,WE,FR;BYSETPOS=1;COUNT=3", "2026-03-04", ["2026-03-04", "2026-03-09", "2026-03-16"], id="whole first week"
        ),
        pytest.param("FREQ=MONTHLY;COUNT=3", "2026-01-31", ["2026-01-31", "2026-03-31", "2026-05-31"], id="the 31st skips months"),
        pytest.param("FREQ=YEARLY;COUNT=2", "2024-02-29", ["2024-02-29", "2028-02-29"], id="the 29th of February skips years"),
        pytest.param(
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3", "2026-01-01", ["2026-01-01", "2026-02-13", "2026-03-13"], id="out of step start"
        ),
        pytest.param(
            "FREQ=YEARLY;BYWEEKNO=53;BYDAY=SA;COUNT=3",
            "2020-12-26",
            ["2020-12-26", "2021-01-02", "2027-01-02"],
            id="a week over the new year",
        ),
        pytest.param(
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU;COUNT=4",
            "1997-08-05",
            ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"],
            id="WKST",
        ),
    ],
)
def test_by_the_words_of_the_standard(rule: str, first: str, expected: list[str]) -> None:
    begin = datetime.fromisoformat(first)
    assert [str(start.date()) for start in ours(rule, begin, begin, begin + timedelta(days=4000))] == expected


@pytest.mark.parametrize(
    "rule",
    [
        *("", "DAILY", "FREQ=DAILYISH", "FREQ=", "COUNT=3", "FREQ=DAILY;FREQ=DAILY", "FREQ=DAILY;COUNT=3;UNTIL=20260301T000000Z"),
        *("FREQ=DAILY;COUNT=0", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=-1", "FREQ=DAILY;COUNT=many", "FREQ=DAILY;COUNT=٣"),
        *(
            "FREQ=DAILY;BYDAY=XX",
            "FREQ=DAILY;BYDAY=1MO",
            "FREQ=MONTHLY;BYDAY=0MO",
            "FREQ=MONTHLY;BYDAY=54MO",
            "FREQ=YEARLY;BYWEEKNO=3;BYDAY=1MO",
        ),
        *(
            "FREQ=DAILY;BYMONTH=13",
            "FREQ=DAILY;BYMONTH=0",
            "FREQ=MONTHLY;BYMONTHDAY=32",
            "FREQ=MONTHLY;BYMONTHDAY=0",
            "FREQ=DAILY;BYHOUR=24",
        ),
        *(
            "FREQ=YEARLY;BYYEARDAY=367",
            "FREQ=YEARLY;BYWEEKNO=54",
            "FREQ=DAILY;BYSETPOS=1",
            "FREQ=WEEKLY;BYMONTHDAY=3",
            "FREQ=MONTHLY;BYYEARDAY=3",
        ),
        *("FREQ=DAILY;WKST=FUNDAY", "FREQ=DAILY;UNTIL=soon", "FREQ=DAILY;UNTIL=20260230", "FREQ=DAILY;X=1", "FREQ=DAILY;;COUNT=2"),
        *(
            "FREQ=SECONDLY",
            "FREQ=MINUTELY;INTERVAL=30",
            "FREQ=HOURLY;BYMINUTE=0,5,10,15,20,25",
            "FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=" + ",".join(map(str, range(60))),
        ),
    ],
)
def test_what_is_no_rule_is_refused(rule: str) -> None:
    with pytest.raises(BadValue):
        read_rule(rule, Moment(0, UTC_CLOCK, False), UTC_CLOCK)


def test_a_whole_day_does_not_repeat_by_the_hour_and_has_no_time_of_day() -> None:
    whole_day = Moment(0, UTC_CLOCK, True)
    with pytest.raises(BadValue, match="every hour"):
        read_rule("FREQ=HOURLY", whole_day, UTC_CLOCK)
    assert read_rule("FREQ=DAILY;BYHOUR=9;BYMINUTE=5", whole_day, UTC_CLOCK).hours == ()


def test_a_rule_from_the_year_one_goes_straight_to_the_window() -> None:
    steps = Steps()
    first, lower = wall(datetime(1, 1, 1, 9)), wall(datetime(2026, 3, 1))  # noqa: DTZ001
    rule = read_rule("FREQ=DAILY;COUNT=9999999999", Moment(first, UTC_CLOCK, False), UTC_CLOCK)
    assert len(list(starts(rule, first, lower, lower + 90 * 86_400, steps))) == 90
    assert Steps().left - steps.left < 1000


def test_a_rule_that_takes_too_many_steps_says_so() -> None:
    first = wall(datetime(1, 1, 1, 9))  # noqa: DTZ001
    rule = read_rule("FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=9;COUNT=100000", Moment(first, UTC_CLOCK, False), UTC_CLOCK)
    with pytest.raises(TooMany):
        list(starts(rule, first, wall(datetime(2026, 1, 1)), FAR, Steps()))  # noqa: DTZ001


def test_a_rule_ends_with_the_calendar() -> None:
    first = wall(datetime(9999, 6, 1))  # noqa: DTZ001
    for frequency in ("HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"):
        rule = read_rule(f"FREQ={frequency}", Moment(first, UTC_CLOCK, False), UTC_CLOCK)
        assert len(list(starts(rule, first, first, 10**15, Steps()))) < 6000, frequency
