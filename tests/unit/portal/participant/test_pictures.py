"""What goes into a picture is what is drawn, and the table beside it says the same."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from services.portal.pages.pictures_participant import (
    Beat,
    DayOfBoth,
    Lane,
    Rating,
    Rhythm,
    Slot,
    Span,
    Speech,
    Week,
    confidence_picture,
    day_picture,
    rhythm_picture,
    week_of_both,
)

LISBON = Speech("en", "Europe/Lisbon")
TODAY = date(2026, 10, 20)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 10, day, hour, minute, tzinfo=UTC)


def tree(markup: str) -> ET.Element:
    return ET.fromstring(f"<body>{markup}</body>")  # noqa: S314 - our own markup


def drawn(markup: str, tag: str, kind: str) -> list[dict[str, str]]:
    """The attributes of each such element of the picture itself, without its key."""
    (svg, *_others) = tree(markup).iter("svg")
    return [dict(one.attrib) for one in svg.iter(tag) if kind in one.attrib.get("class", "").split()]


def percent(text: str) -> float:
    return float(text.removesuffix("%"))


def a_rhythm(*beats: Beat, cadence_weeks: int | None = 4) -> Rhythm:
    return Rhythm(beats=list(beats), cadence_weeks=cadence_weeks, started_on=date(2026, 6, 11), today=TODAY)


MET = [Beat(date(2026, 6, 18), "met"), Beat(date(2026, 7, 16), "met"), Beat(date(2026, 8, 20), "met"), Beat(date(2026, 9, 24), "met")]
NEXT = Beat(date(2026, 10, 22), "next")


def test_the_rhythm_has_a_dot_for_each_meeting_and_a_bigger_one_for_the_next() -> None:
    picture = rhythm_picture(a_rhythm(*MET, NEXT, Beat(date(2026, 11, 19), "planned"), Beat(date(2026, 8, 13), "missed")), LISBON)
    counts = {kind: len(drawn(picture, "circle", kind)) for kind in ("dot", "hotdot", "ring", "lost")}
    assert counts == {"dot": 4, "hotdot": 1, "ring": 1, "lost": 1}


def test_meetings_stand_where_they_belong_between_the_first_and_the_last_month() -> None:
    picture = rhythm_picture(a_rhythm(*MET, NEXT), LISBON)
    places = [percent(dot["cx"]) for dot in drawn(picture, "circle", "dot")]
    assert places == sorted(places)
    first, last = date(2026, 6, 1), date(2027, 1, 1)
    assert places[0] == pytest.approx(100 * (date(2026, 6, 18) - first).days / (last - first).days, abs=0.01)


def test_a_band_follows_each_meeting_by_the_agreed_gap() -> None:
    rhythm = a_rhythm(*MET, NEXT)
    assert rhythm.gap == (23, 33)
    bands = drawn(rhythm_picture(rhythm, LISBON), "rect", "band")
    assert len(bands) == len(MET) + 2
    width = 100 * 10 / (date(2027, 1, 1) - date(2026, 6, 1)).days
    assert all(percent(band["width"]) == pytest.approx(width, abs=0.01) for band in bands)


def test_a_meeting_that_is_booked_early_leaves_no_band_after_the_last() -> None:
    def bands(*beats: Beat) -> list[float]:
        months_of = date(2026, 6, 1), date(2027, 1, 1)
        left = [percent(band["x"]) for band in drawn(rhythm_picture(a_rhythm(*beats), LISBON), "rect", "band")]
        return [round(x * (months_of[1] - months_of[0]).days / 100) for x in left]

    due_after_the_last = (date(2026, 10, 17) - date(2026, 6, 1)).days
    assert due_after_the_last in bands(*MET, NEXT)
    assert due_after_the_last not in bands(*MET, Beat(date(2026, 10, 14), "next"))


def test_without_a_cadence_there_is_no_band_and_no_word_of_one() -> None:
    picture = rhythm_picture(a_rhythm(*MET, cadence_weeks=None), LISBON)
    assert drawn(picture, "rect", "band") == []
    assert "due" not in picture


def test_the_table_says_how_many_days_later() -> None:
    rows = [[cell.text or "" for cell in row] for row in tree(rhythm_picture(a_rhythm(*MET, NEXT), LISBON)).iter("tr")][1:]
    assert rows[1] == ["16 July", "28", "yes"]
    assert rows[2] == ["20 August", "35", "2 days later"]
    assert rows[-1] == ["22 October, planned", "28", "yes"]


def test_a_missed_meeting_does_not_start_the_count_again() -> None:
    rows = [
        [cell.text or "" for cell in row]
        for row in tree(rhythm_picture(a_rhythm(MET[1], Beat(date(2026, 8, 13), "missed"), MET[2]), LISBON)).iter("tr")
    ]
    assert rows[3] == ["20 August", "35", "2 days later"]


@pytest.mark.parametrize(("weeks", "gap"), [(1, (6, 8)), (2, (12, 16)), (3, (17, 25)), (4, (23, 33)), (5, (29, 41)), (6, (34, 50))])
def test_the_agreed_gap_leaves_room_on_both_sides(weeks: int, gap: tuple[int, int]) -> None:
    assert a_rhythm(cadence_weeks=weeks).gap == gap


def test_many_meetings_never_crowd_the_numbers_above_them() -> None:
    beats = [Beat(date(2026, 5, 1) + timedelta(days=7 * week), "met") for week in range(24)]
    numbers = [percent(one["x"]) for one in drawn(rhythm_picture(a_rhythm(*beats, NEXT, cadence_weeks=1), LISBON), "text", "mid")]
    assert min(abs(one - other) for one in numbers for other in numbers if one != other) >= 5.5


def test_a_long_partnership_shows_its_last_year() -> None:
    beats = [Beat(date(2023, 1, 1) + timedelta(days=30 * month), "met") for month in range(46)]
    months = drawn(rhythm_picture(a_rhythm(*beats), LISBON), "line", "axis")
    assert len(months) <= 15


USUAL = at(22, 13, 30)


def a_day(starts_at: datetime = USUAL) -> DayOfBoth:
    return DayOfBoth(
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=45),
        yours=[(at(21, 8), at(21, 17)), (at(22, 8), at(22, 17))],
        theirs=[(at(22, 12, 30), at(22, 20, 30))],
        partner="Deborah",
        partner_zone="America/Toronto",
    )


def test_the_day_of_both_runs_from_the_first_working_hour_to_the_last() -> None:
    bars = drawn(day_picture(a_day(), LISBON), "rect", "ground")
    assert [(bar["x"], bar["width"]) for bar in bars] == [("0%", "72%"), ("36%", "64%")]
    (meeting,) = drawn(day_picture(a_day(), LISBON), "rect", "full")
    assert (meeting["x"], meeting["width"]) == ("44%", "6%")


def test_the_day_says_in_words_what_it_shows() -> None:
    said = tree(day_picture(a_day(), LISBON)).findtext(".//desc") or ""
    assert "Your working day runs from 9:00 to 18:00." in said
    assert "from 8:30 to 16:30 in Toronto, which is 13:30 to 21:30 for you" in said
    assert said.endswith("The meeting at 14:30 lies in both.")


def test_a_meeting_outside_the_working_hours_is_not_said_to_lie_in_them() -> None:
    said = tree(day_picture(a_day(at(22, 6)), LISBON)).findtext(".//desc") or ""
    assert said.endswith("The meeting is at 7:00.")


def test_the_days_hours_are_never_more_than_a_phone_can_show() -> None:
    far = DayOfBoth(
        starts_at=at(22, 7), ends_at=at(22, 8), yours=[(at(22, 8), at(22, 17))], theirs=[(at(21, 21), at(22, 6))], partner="Mei",
        partner_zone="Australia/Sydney",
    )  # fmt: skip
    texts = drawn(day_picture(far, LISBON), "text", "mid") + drawn(day_picture(far, LISBON), "text", "start")
    assert len(texts) <= 8


def test_names_are_escaped() -> None:
    picture = day_picture(DayOfBoth(**{**vars(a_day()), "partner": "<b>&"}), LISBON)
    assert "<b>" not in picture
    assert "&lt;b&gt;&amp;" in picture


def test_confidence_rises_with_the_rating() -> None:
    ratings = [Rating(date(2026, 6, 18), 2), Rating(date(2026, 8, 20), 3), Rating(date(2026, 10, 19), 5)]
    picture = confidence_picture(ratings, [date(2026, 9, 12)], date(2027, 3, 12), LISBON)
    dots = drawn(picture, "circle", "dot") + drawn(picture, "circle", "hotdot")
    heights = [float(dot["cy"]) for dot in dots]
    assert heights == sorted(heights, reverse=True)
    assert len(drawn(picture, "line", "dash")) == 1
    curve = re.search(r' d="M([^"]+)"', picture)
    assert curve
    assert curve[1].count("L") == 2


def test_one_rating_is_a_point_without_a_before() -> None:
    picture = confidence_picture([Rating(date(2026, 6, 18), 3)], [], None, LISBON)
    assert "now 3" in picture
    assert "before" not in picture


def a_week(*slots: Slot, monday: date = date(2026, 10, 26)) -> Week:
    days = [monday + timedelta(days=count) for count in range(5)]
    yours = [
        Span(datetime(day.year, day.month, day.day, 9, tzinfo=UTC), datetime(day.year, day.month, day.day, 18, tzinfo=UTC)) for day in days
    ]
    theirs = [Span(span.starts_at + timedelta(hours=3.5), span.ends_at + timedelta(hours=2.5)) for span in yours]
    busy = [Span(at(26, 14), at(26, 15, 30))]
    return Week(
        monday=monday,
        you=Lane("you", "Europe/Lisbon", yours, busy),
        partner=Lane("Deborah", "America/Toronto", theirs, []),
        slots=list(slots),
    )


def slot(day: int, hour: int, minute: int = 0, *, best: bool = False) -> Slot:
    return Slot(at(day, hour, minute), at(day, hour, minute) + timedelta(minutes=45), best=best)


def test_the_week_begins_half_an_hour_before_work_and_ends_half_an_hour_after_it() -> None:
    grid = week_of_both(a_week(), LISBON)
    assert grid.rows == 20
    assert [tick.words for tick in grid.ticks][:2] == ["9:00", "10:00"]
    assert [tick.words for tick in grid.their_ticks][:2] == ["5:00", "6:00"]
    assert (grid.days[0].your_work[0].first, grid.days[0].your_work[0].rows) == (2, 18)


def test_busy_time_fills_its_half_hours_and_says_when() -> None:
    (busy,) = week_of_both(a_week(), LISBON).days[0].your_busy
    assert (busy.first, busy.rows, busy.words) == (12, 3, "You are busy 14:00 to 15:30")


def test_a_free_time_is_a_button_with_both_clocks() -> None:
    grid = week_of_both(a_week(slot(27, 15, best=True)), LISBON)
    (button,) = grid.days[1].buttons
    assert (button.first, button.rows, button.yours, button.theirs, button.best) == (14, 2, "15:00", "11:00", True)
    assert grid.days[1].opened


def test_free_times_that_cover_each_other_give_way_to_the_suggested_one() -> None:
    grid = week_of_both(a_week(slot(27, 15), slot(27, 15, 15, best=True), slot(27, 15, 30), slot(27, 17)), LISBON)
    assert [button.yours for button in grid.days[1].buttons] == ["15:15", "17:00"]
    assert grid.days[1].free == 4


def test_a_free_time_early_or_late_widens_the_grid() -> None:
    grid = week_of_both(a_week(slot(27, 6), slot(28, 21)), LISBON)
    assert grid.rows == 34
    assert grid.days[1].buttons[0].first == 2


def test_a_free_time_on_a_saturday_brings_the_saturday() -> None:
    assert len(week_of_both(a_week(), LISBON).days) == 5
    assert len(week_of_both(a_week(slot(31, 10)), LISBON).days) == 6


def test_on_the_day_the_clocks_change_rows_follow_the_clock_on_the_wall() -> None:
    berlin = Speech("de", "Europe/Berlin")
    before = Span(at(25, 7), at(25, 15))  # 8:00 to 16:00 in Berlin, after the clocks went back at 3:00
    week = Week(
        monday=date(2026, 10, 19), you=Lane("du", "Europe/Berlin", [before], []), partner=Lane("Deborah", "America/Toronto", [], [])
    )
    sunday = week_of_both(week, berlin).days[-1]
    assert sunday.on == date(2026, 10, 25)
    assert (sunday.your_work[0].first, sunday.your_work[0].rows) == (2, 16)


def test_a_percent_sign_in_a_name_does_no_harm() -> None:
    week = a_week()
    partner = Lane("100% Ana {x}", "America/Toronto", week.partner.working, [Span(at(26, 16), at(26, 17))])
    grid = week_of_both(Week(monday=week.monday, you=week.you, partner=partner), LISBON)
    assert grid.days[0].their_busy[0].words.startswith("100% Ana {x} is busy 16:00")


def test_days_off_and_times_that_wait_for_an_answer_are_on_the_line_and_in_its_key() -> None:
    asked = Beat(date(2026, 11, 18), "asked")
    plain = rhythm_picture(a_rhythm(*MET, NEXT), LISBON)
    picture = rhythm_picture(replace(a_rhythm(*MET, NEXT, asked), off=[(date(2026, 11, 2), date(2026, 11, 13))]), LISBON)
    (off,) = drawn(picture, "rect", "off")
    assert percent(off["width"]) > 0
    assert drawn(plain, "rect", "off") == []
    assert "one of you has days off" in picture
    assert "18 November, waits for an answer" in picture
