"""The corners of calendar files, each with the answer the handbook's battery and RFC 5545 give, and what refuses to be read."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from bench.heavy_calendar import heavy_calendar
from services.scheduling.slots import Unreadable, busy_in, clock_changes, decoded, merged, read_busy, read_sheet
from services.scheduling.slots.zones import clock_of, known_zone

DAY = 86_400
SERIES = "UID:s|DTSTART;TZID=Europe/Berlin:20260301T100000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=4"


def at(moment: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=ZoneInfo(zone)).timestamp())


def file(*events: str, head: str = "") -> str:
    body = "".join(f"BEGIN:VEVENT|{event}|END:VEVENT|" for event in events)
    return f"BEGIN:VCALENDAR|VERSION:2.0|{head}{body}END:VCALENDAR|".replace("|", "\r\n")


def busy(text: str, zone: str = "Europe/Berlin", **more: Any) -> list[str]:
    found = read_busy(text, zone, at("2026-01-01"), at("2027-12-31"), **more)
    assert not found.problems
    return [f"{datetime.fromtimestamp(start, UTC):%m-%d %H:%M}+{(end - start) // 60}" for start, end in found.busy]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param(
            ["UID:a|DTSTART;TZID=Europe/Berlin:20260328T100000|DURATION:P1D"],
            ["03-28 09:00+1380"],
            id="P1D is a day by the clock on the wall",
        ),
        pytest.param(["UID:a|DTSTART;TZID=Europe/Berlin:20260328T100000|DURATION:PT24H"], ["03-28 09:00+1440"], id="PT24H is exact"),
        pytest.param(["UID:a|DTSTART;TZID=Europe/Berlin:20260328T100000|DURATION:P1DT2H"], ["03-28 09:00+1500"], id="days, then hours"),
        pytest.param(["UID:a|DTSTART;VALUE=DATE:20260328|DURATION:P1W"], ["03-27 23:00+10020"], id="a week of whole days"),
        pytest.param(["UID:a|DTSTART:20260328T100000|DURATION:-PT1H"], [], id="a negative length takes no time"),
        pytest.param(["UID:a|DTSTART:20260328T100000Z"], [], id="a time alone takes no time"),
        pytest.param(
            ["UID:s|RECURRENCE-ID;TZID=Europe/Berlin:20260302T100000|DTSTART:20260302T150000Z|DURATION:PT1H", SERIES],
            ["03-01 09:00+60", "03-02 15:00+60", "03-03 09:00+60", "03-04 09:00+60"],
            id="a change before its master",
        ),
        pytest.param(
            ["UID:s|RECURRENCE-ID;TZID=Europe/Berlin:20260302T100000|DTSTART:20260302T150000Z|DURATION:PT1H"],
            ["03-02 15:00+60"],
            id="a change without a master",
        ),
        pytest.param(
            [SERIES, "UID:s|RECURRENCE-ID;TZID=Europe/Berlin:20260305T110000|DTSTART:20260305T150000Z|DURATION:PT1H"],
            ["03-01 09:00+60", "03-02 09:00+60", "03-03 09:00+60", "03-04 09:00+60", "03-05 15:00+60"],
            id="a change of an occurrence there is not any more",
        ),
        pytest.param(
            [
                SERIES,
                "UID:s|RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260303T100000|DTSTART:20260303T090000Z|STATUS:CANCELLED",
            ],
            ["03-01 09:00+60", "03-02 09:00+60"],
            id="this and all that follow cancelled",
        ),
        pytest.param(
            [
                "UID:s|DTSTART;TZID=Europe/Berlin:20260326T100000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=5",
                "UID:s|RECURRENCE-ID;RANGE=THISANDFUTURE:20260327T090000Z|DTSTART:20260327T140000Z|DURATION:PT30M",
                "UID:s|RECURRENCE-ID;TZID=Europe/Berlin:20260330T100000|DTSTART:20260330T060000Z|DURATION:PT1H",
            ],
            ["03-26 09:00+60", "03-27 14:00+30", "03-28 14:00+30", "03-29 13:00+30", "03-30 06:00+60"],
            id="moved on the wall, over the clock change, but for one",
        ),
        pytest.param(
            [SERIES + "|EXDATE;TZID=Europe/Berlin:20260301T100000"],
            ["03-02 09:00+60", "03-03 09:00+60", "03-04 09:00+60"],
            id="without its first",
        ),
        pytest.param([SERIES + "|EXDATE;VALUE=DATE:20260302,20260304"], ["03-01 09:00+60", "03-03 09:00+60"], id="two days left out"),
        pytest.param(
            ["UID:a|DTSTART;VALUE=DATE:20260301|RRULE:FREQ=DAILY;COUNT=3|EXDATE:20260302T000000Z"],
            ["02-28 23:00+1440", "03-02 23:00+1440"],
            id="a day left out by a time",
        ),
        pytest.param(
            ["UID:a|DTSTART;TZID=America/New_York:20260301T200000|DURATION:PT1H|RRULE:FREQ=DAILY;UNTIL=20260302"],
            ["03-02 01:00+60", "03-03 01:00+60"],
            id="until the end of the local day",
        ),
        pytest.param(
            ["UID:a|DTSTART;TZID=America/New_York:20260301T200000|DURATION:PT1H|RRULE:FREQ=DAILY;UNTIL=20260302T010000Z"],
            ["03-02 01:00+60"],
            id="until an instant",
        ),
        pytest.param(
            ["UID:a|DTSTART:20260301T100000Z|DURATION:PT1H|RRULE:FREQ=DAILY;UNTIL=20250101T000000Z"],
            ["03-01 10:00+60"],
            id="over before it began",
        ),
        pytest.param(
            ["UID:a|DTSTART:20260301T100000Z|DURATION:PT1H|RRULE:FREQ=WEEKLY;BYDAY=TU;COUNT=2"],
            ["03-01 10:00+60", "03-03 10:00+60"],
            id="out of step start counts",
        ),
        pytest.param(
            ["UID:a|DTSTART:20260301T100000Z|DURATION:PT1H|RDATE:20260302T100000Z|RDATE;VALUE=PERIOD:20260303T100000Z/20260303T120000Z"],
            ["03-01 10:00+60", "03-02 10:00+60", "03-03 10:00+120"],
            id="further times without a rule",
        ),
        pytest.param(
            ["UID:a|SEQUENCE:1|DTSTART:20260301T100000Z|DURATION:PT1H", "UID:a|SEQUENCE:0|DTSTART:20260305T100000Z|DURATION:PT1H"],
            ["03-01 10:00+60"],
            id="the newer of two versions",
        ),
        pytest.param(
            [
                "UID:a|DTSTAMP:20260101T000000Z|DTSTART:20260301T100000Z|DURATION:PT1H",
                "UID:a|DTSTAMP:20260102T000000Z|DTSTART:20260305T100000Z|DURATION:PT1H",
            ],
            ["03-05 10:00+60"],
            id="the one written later",
        ),
        pytest.param(
            ["DTSTART:20260301T100000Z|DURATION:PT1H", "DTSTART:20260305T100000Z|DURATION:PT1H"],
            ["03-01 10:00+60", "03-05 10:00+60"],
            id="without UID each alone",
        ),
        pytest.param(
            ["UID:a|DTSTART;TZID=Europe/Berlin:20260301T100000|DTEND;TZID=America/New_York:20260301T100000"],
            ["03-01 09:00+360"],
            id="a flight",
        ),
        pytest.param(
            ["UID:a|DTSTART:20260301T100000Z|DURATION:PT1H|BEGIN:VALARM|TRIGGER:-PT15M|DURATION:PT5M|UID:b|END:VALARM"],
            ["03-01 10:00+60"],
            id="an alarm",
        ),
        pytest.param(
            ["uid:a|dtstart;value=date-time:20260301T100000Z|Duration:PT1H|transp:opaque"], ["03-01 10:00+60"], id="small letters"
        ),
        pytest.param(
            ["UID:a|DTST\r\n ART;TZID=Euro\r\n\tpe/Berlin:2026\r\n 0301T100000|DURATION:PT1H"], ["03-01 09:00+60"], id="folded anywhere"
        ),
    ],
)
def test_what_is_busy(events: list[str], expected: list[str]) -> None:
    assert busy(file(*events)) == expected


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("/mozilla.org/20070129_1/Europe/Berlin", "Europe/Berlin"),
        ("/freeassociation.sourceforge.net/Tzfile/America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ("/example.com/Eastern Standard Time", "America/New_York"),
        ("tzone://Microsoft/Utc", "UTC"),
        ("Head office/Berlin", None),
        ("Customized Time Zone", None),
        ("../../etc/passwd", None),
        ("", None),
    ],
)
def test_a_zone_is_known_by_many_names(name: str, zone: str | None) -> None:
    found = known_zone(name)
    assert (found and clock_of(found).instant(at("2026-07-01"))) == (zone and clock_of(zone).instant(at("2026-07-01")))


def own_zone(name: str) -> str:
    rules = (
        "BEGIN:STANDARD|DTSTART:16011028T030000|RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10|TZOFFSETFROM:+0200|TZOFFSETTO:+0100|END:STANDARD|"
        "BEGIN:DAYLIGHT|DTSTART:16010325T020000|RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3|TZOFFSETFROM:+0100|TZOFFSETTO:+0200|END:DAYLIGHT|"
    )
    return f"BEGIN:VTIMEZONE|TZID:{name}|{rules}END:VTIMEZONE|"


@settings(max_examples=60, deadline=None)
@given(minutes=st.integers(0, 2 * 366 * 24 * 4).map(lambda quarter: quarter * 15))
def test_a_zone_of_the_files_own_shows_what_the_same_zone_of_ours_shows(minutes: int) -> None:
    event = f"UID:a|DTSTART;TZID=Z:{datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes):%Y%m%dT%H%M%S}|DURATION:PT15M"
    assert busy(file(event, head=own_zone("Z")), "UTC") == busy(file(event.replace("TZID=Z", "TZID=Europe/Berlin")), "UTC")


def test_our_zone_data_count_more_than_the_files_and_an_unknown_zone_is_told() -> None:
    wrong = own_zone("Asia/Tokyo")
    assert busy(file("UID:a|DTSTART;TZID=Asia/Tokyo:20260301T100000|DURATION:PT1H", head=wrong)) == ["03-01 01:00+60"]
    text = file('UID:a|DTSTART;TZID="(UTC+09:00) Osaka, Tokyo":20260301T100000|DURATION:PT1H')
    found = read_busy(text, "Europe/Berlin", at("2026-01-01"), at("2027-01-01"))
    assert list(found.unknown_zones) == ["(UTC+09:00) Osaka, Tokyo"]
    assert found.busy == ((at("2026-03-01T09:00"), at("2026-03-01T10:00")),)


EVERY_CHANGE = [
    change
    for zone in (
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Cairo",
        "America/Santiago",
        "Atlantic/Azores",
        "America/Havana",
        "Asia/Beirut",
    )
    for change in clock_changes(zone, at("2026-01-01"), at("2028-01-01"))
]


@pytest.mark.parametrize("change", EVERY_CHANGE, ids=lambda change: f"{change.zone} {datetime.fromtimestamp(change.at, UTC):%Y-%m-%d}")
def test_every_clock_change_of_two_years_single_and_recurring_alike(change: Any) -> None:
    zone = ZoneInfo(change.zone)
    before = datetime.fromtimestamp(change.at - 1, zone).replace(tzinfo=None) + timedelta(seconds=1)
    for step in range(-6, 7):
        wall = before + timedelta(minutes=15 * step)
        expected = int(wall.replace(tzinfo=zone, fold=0).timestamp())
        single = f"UID:a|DTSTART;TZID={change.zone}:{wall:%Y%m%dT%H%M%S}|DURATION:PT10M"
        series = f"UID:a|DTSTART;TZID={change.zone}:{wall - timedelta(days=3):%Y%m%dT%H%M%S}|DURATION:PT10M|RRULE:FREQ=DAILY;COUNT=5"
        for event in (single, series):
            found = read_busy(file(event), "UTC", change.at - DAY // 2, change.at + DAY // 2).busy
            assert list(found) == [(expected, expected + 600)], (event, wall)
    day = before.date()
    (whole_day,) = read_busy(file(f"UID:a|DTSTART;VALUE=DATE:{day:%Y%m%d}"), change.zone, at("2026-01-01"), at("2028-01-01")).busy
    minutes = [
        minute for minute in range(change.at - 2 * DAY, change.at + 2 * DAY, 60) if datetime.fromtimestamp(minute, zone).date() == day
    ]
    assert whole_day == (minutes[0], minutes[-1] + 60)


def spans_of_the_library(text: str, start: int, end: int) -> list[tuple[int, int]]:
    window = (datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
    spans = []
    for event in recurring_ical_events.of(Calendar.from_ical(text)).between(*window):
        if event.get("STATUS") != "CANCELLED":
            begin, until = (
                (moment if isinstance(moment, datetime) else datetime(moment.year, moment.month, moment.day, tzinfo=UTC))
                for moment in (event["DTSTART"].dt, event["DTEND"].dt)
            )
            spans.append((max(start, int(begin.timestamp())), min(end, int(until.timestamp()))))
    return merged(spans)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_library_reads_the_same_in_ordinary_calendars(seed: int) -> None:
    text, start, end = heavy_calendar(60, seed=seed), at("2026-04-01"), at("2026-06-30")
    assert list(read_busy(text, "UTC", start, end).busy) == spans_of_the_library(text, start, end)


BAD = {
    "DTSTART:": ["20261301T000000Z", "20260230", "soon", "2026-03-01T10:00:00", "20260301T250000", "20260301T1000", "", "00000101"],
    "DTSTART:20260301T100000Z|DTEND:": ["tomorrow", "20260302", ""],
    "DTSTART:20260301T100000Z|DURATION:": ["1 hour", "PT", "P", "P1H", "PT1", ""],
    "DTSTART:20260301T100000Z|RRULE:": ["FREQ=NEVER", "FREQ=DAILY;UNTIL=soon", "FREQ=SECONDLY", "FREQ=MINUTELY", ""],
    "DTSTART:20260301T100000Z|RDATE": [
        ":soon",
        ":20260302T100000Z,",
        ";VALUE=PERIOD:20260302T100000Z",
        ";VALUE=PERIOD:20260302T100000Z/soon",
    ],
    "DTSTART:20260301T100000Z|EXDATE:": ["soon", ""],
    "DTSTART:20260301T100000Z|RECURRENCE-ID:": ["soon"],
    "DTSTART:20260301T100000Z|SEQUENCE:": ["one", "-1"],
    "DTSTART:20260301T100000Z|DTSTART:": ["20260301T100000Z"],
    "DTSTART:20260301T100000Z|": ["no colon in this line", "DTEND;TZID:20260301T110000Z", "DURATION:PT1H\r\nDTEND:20260301T110000Z"],
    "DTSTART;VALUE=DATE:": ["20260301T100000Z"],
    "SUMMARY:": ["no start at all"],
}


@pytest.mark.parametrize(("begin", "end"), [(begin, end) for begin, ends in BAD.items() for end in ends])
def test_what_cannot_be_read_is_told_with_its_line_and_the_rest_is_read(begin: str, end: str) -> None:
    sheet = read_sheet(file("UID:good|DTSTART:20260307T090000Z|DURATION:PT1H", f"UID:bad|{begin}{end}"))
    found = busy_in(sheet, "UTC", at("2026-01-01"), at("2027-01-01"))
    assert len(found.busy) == 1
    (problem,) = found.problems
    assert 8 <= sheet.line_number(problem.place) <= 12


def test_the_line_is_the_one_in_the_file_however_lines_are_folded() -> None:
    text = file("UID:good|DTSTART:20260307T090000Z|DESCRIPTION:a\r\n b\r\n c", "UID:bad|SUMMARY:x\r\n y|DTSTART:so\r\n on")
    sheet = read_sheet(text)
    (problem,) = busy_in(sheet, "UTC", 0, DAY).problems
    assert text.split("\r\n")[sheet.line_number(problem.place) - 1] == "DTSTART:so"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260301T100000Z\n", 3),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260301T100000Z\nBEGIN:VEVENT\nDTSTART:20260302T100000Z\nEND:VEVENT\nEND:VCALENDAR", 2),
        ("BEGIN:VCALENDAR\nEND:VEVENT\nEND:VCALENDAR", 2),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260301T100000Z\nEND:VCALENDAR", 4),
        ("BEGIN:VCALENDAR\nEND:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260301T100000Z\nEND:VEVENT", 3),
    ],
)
def test_blocks_that_do_not_fit_into_each_other_are_told(text: str, line: int) -> None:
    sheet = read_sheet(text)
    assert line in {sheet.line_number(problem.place) for problem in sheet.problems}


def test_a_file_that_only_answers_or_cancels_holds_nothing_busy() -> None:
    event = "UID:a|DTSTART:20260301T100000Z|DURATION:PT1H"
    assert [len(busy(file(event, head=f"METHOD:{method}|"))) for method in ("PUBLISH", "REQUEST", "REPLY", "CANCEL", "reply")] == [
        1,
        1,
        0,
        0,
        0,
    ]


def test_only_the_owners_own_no_makes_free() -> None:
    event = "UID:a|DTSTART:20260301T100000Z|DURATION:PT1H|"
    said = 'ATTENDEE;CN="x;PARTSTAT=DECLINED: a";PARTSTAT={}:mailto:Ada@Example.org'
    assert busy(file(event + said.format("DECLINED")), addresses=["ada@example.org"]) == []
    assert len(busy(file(event + said.format("ACCEPTED")), addresses=["ada@example.org"])) == 1
    assert len(busy(file(event + said.format("DECLINED")), addresses=["da@example.org"])) == 1
    assert busy(file(event + "ATTENDEE;PARTSTAT=DECLINED;EMAIL=ada@example.org:urn:uuid:1"), addresses=["ADA@example.org"]) == []


def test_hostile_files_end_quickly_with_a_clear_word() -> None:
    with pytest.raises(Unreadable, match="deep"):
        read_sheet("BEGIN:VCALENDAR\n" + "BEGIN:X-BOX\n" * 100_000)
    with pytest.raises(Unreadable, match="20000 entries"):
        read_sheet(file(*["UID:a|DTSTART:20260301T100000Z"] * 20_001))
    with pytest.raises(Unreadable, match="million"):
        read_sheet("BEGIN:VCALENDAR\n" + "X" * 11_000_000)
    with pytest.raises(Unreadable, match="Hardly"):
        read_sheet("BEGIN:VCALENDAR\n" + "x\n" * 100_000)
    long = file(
        "UID:a|DTSTART:20260301T100000Z|DURATION:PT1H|DESCRIPTION:" + "x" * 100_000 + "|RRULE:FREQ=DAILY;COUNT=1|EXDATE:" + "9" * 10_000
    )
    (problem,) = read_busy(long, "UTC", 0, DAY).problems
    assert len(problem.reason) < 200
    assert busy(file("UID:a|DTSTART:00010101T000000Z|DURATION:P999999999D"))[0].startswith("01-01 00:00")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (file("UID:a").encode("utf-16"), "UTF-16"),
        (file("UID:a|SUMMARY:Bäcker").encode("latin-1"), "Line 5"),
        (b"\x1f\x8b\x08\x00", "compressed"),
        (b"BEGIN:VCALENDAR\n\x00\x00", "no text"),
    ],
)
def test_what_is_not_utf_8_is_told(content: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read_sheet(decoded(content))


def test_a_character_that_a_fold_cuts_in_two_is_no_fault() -> None:
    cut = file("UID:a|DTSTART:20260301T100000Z|DURATION:PT1H|SUMMARY:ü").encode().replace("ü".encode(), b"\xc3\r\n \xbc")
    assert busy(decoded(cut)) == ["03-01 10:00+60"]
    assert busy(decoded(b"\xef\xbb\xbf" + file("UID:a|DTSTART:20260301T100000Z|DURATION:PT1H").encode())) == ["03-01 10:00+60"]


@pytest.mark.parametrize("end", ["\n", "\r", "\r\r\n"])
def test_lines_may_end_in_other_ways(end: str) -> None:
    assert busy(file("UID:a|DTSTART:20260301T100000Z|DURATION:PT1H").replace("\r\n", end)) == ["03-01 10:00+60"]


def test_a_series_in_universal_time_follows_the_calendars_own_zone_and_floating_times_do_not() -> None:
    head = "X-WR-TIMEZONE:America/New_York|"
    assert busy(file("UID:a|DTSTART:20260307T140000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=2", head=head)) == [
        "03-07 14:00+60",
        "03-08 13:00+60",
    ]
    assert busy(file("UID:a|DTSTART:20260307T140000|DURATION:PT1H", head=head)) == ["03-07 13:00+60"]
