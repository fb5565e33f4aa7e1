"""Calendar files as they come from the wild: what each of them makes busy."""

from datetime import UTC, datetime
from typing import Any

import pytest

from services.scheduling.slots import Reading, Unreadable, read_busy, without_private_words

ZONE = "Europe/Berlin"
START, END = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


def calendar(*events: str, head: str = "") -> str:
    body = "".join(f"BEGIN:VEVENT\r\n{event if 'UID:' in event else 'UID:u|' + event}\r\nEND:VEVENT\r\n" for event in events)
    return f"BEGIN:VCALENDAR|VERSION:2.0|{head}{body}END:VCALENDAR|".replace("|", "\r\n")


def read(text: str, zone: str = ZONE, **more: Any) -> Reading:
    return read_busy(text, zone, int(START.timestamp()), int(END.timestamp()), **more)


def busy(text: str, zone: str = ZONE, **more: Any) -> list[str]:
    """Each busy span as its start in UTC and its minutes."""
    found = read(text, zone, **more)
    assert found.unreadable == 0
    return [f"{datetime.fromtimestamp(start, UTC):%d.%m. %H:%M} {(end - start) // 60}" for start, end in found.busy]


DAILY = "DTSTART;TZID=Europe/Berlin:20260301T100000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=3"
OVERRIDE = "RECURRENCE-ID;TZID=Europe/Berlin:20260302T100000|"
ALL_THREE = ["01.03. 09:00 60", "02.03. 09:00 60", "03.03. 09:00 60"]
WITHOUT_SECOND = ["01.03. 09:00 60", "03.03. 09:00 60"]


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        pytest.param([DAILY], ALL_THREE, id="a series"),
        pytest.param(
            ["DTSTART;TZID=Europe/Berlin:20260328T023000|DTEND;TZID=Europe/Berlin:20260328T033000|RRULE:FREQ=DAILY;COUNT=3"],
            ["28.03. 01:30 60", "29.03. 01:30 60", "30.03. 00:30 60"],
            id="a start the clock skips has the offset before, and its full length",
        ),
        pytest.param(
            ["DTSTART;TZID=Europe/Berlin:20261024T023000|DTEND;TZID=Europe/Berlin:20261024T033000|RRULE:FREQ=DAILY;COUNT=3"],
            ["24.10. 00:30 60", "25.10. 00:30 60", "26.10. 01:30 60"],
            id="of a start the clock shows twice the first is meant",
        ),
        pytest.param(
            ["DTSTART;TZID=Europe/Berlin:20260327T220000|DTEND;TZID=Europe/Berlin:20260328T060000|RRULE:FREQ=DAILY;COUNT=3"],
            ["27.03. 21:00 480", "28.03. 21:00 480", "29.03. 20:00 480"],
            id="a night over the clock change keeps its length",
        ),
        pytest.param(
            [DAILY, OVERRIDE + "DTSTART;TZID=Europe/Berlin:20260302T100000|DURATION:PT1H|STATUS:CANCELLED"],
            WITHOUT_SECOND,
            id="one cancelled",
        ),
        pytest.param(
            [DAILY, OVERRIDE + "DTSTART;TZID=Europe/Berlin:20270102T100000|DURATION:PT1H"], WITHOUT_SECOND, id="one moved far away"
        ),
        pytest.param(
            [DAILY, "RECURRENCE-ID:20260302T090000Z|DTSTART;TZID=Europe/Berlin:20260302T150000|DURATION:PT2H"],
            ["01.03. 09:00 60", "02.03. 14:00 120", "03.03. 09:00 60"],
            id="one moved, named by its instant",
        ),
        pytest.param(
            [
                DAILY,
                "RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260302T100000|DTSTART;TZID=Europe/Berlin:20260302T150000|DURATION:PT2H",
            ],
            ["01.03. 09:00 60", "02.03. 14:00 120", "03.03. 14:00 120"],
            id="this one and all that follow moved",
        ),
        pytest.param(
            [
                DAILY,
                OVERRIDE + "SEQUENCE:2|DTSTART;TZID=Europe/Berlin:20260302T150000|DURATION:PT1H",
                OVERRIDE + "SEQUENCE:1|DTSTART;TZID=Europe/Berlin:20260302T170000|DURATION:PT1H",
            ],
            ["01.03. 09:00 60", "02.03. 14:00 60", "03.03. 09:00 60"],
            id="of two changes the later one",
        ),
        pytest.param([DAILY + "|EXDATE;VALUE=DATE:20260302"], WITHOUT_SECOND, id="left out by its date"),
        pytest.param([DAILY + "|EXDATE:20260302T090000Z"], WITHOUT_SECOND, id="left out by its instant"),
        pytest.param(
            ["DTSTART;TZID=Europe/Berlin:20260301T100000|DURATION:PT1H|RRULE:FREQ=DAILY;UNTIL=20260303"],
            ALL_THREE,
            id="until a date, which counts",
        ),
        pytest.param(
            ["DTSTART;TZID=Europe/Berlin:20260301T100000|DURATION:PT1H|RDATE;VALUE=PERIOD:20260305T090000Z/PT3H"],
            ["01.03. 09:00 60", "05.03. 09:00 180"],
            id="another time with a length of its own",
        ),
        pytest.param(
            ["DTSTART;TZID=W. Europe Standard Time:20260328T090000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=2"],
            ["28.03. 08:00 60", "29.03. 07:00 60"],
            id="a zone by its Windows name",
        ),
        pytest.param(
            ["DTSTART;VALUE=DATE:20260328|DTEND;VALUE=DATE:20260330"], ["27.03. 23:00 2820"], id="two whole days, one of 23 hours"
        ),
        pytest.param(["DTSTART;VALUE=DATE:20261025"], ["24.10. 22:00 1500"], id="a whole day of 25 hours"),
        pytest.param(["DTSTART:20260307T090000Z|DURATION:PT1H|STATUS:TENTATIVE"], ["07.03. 09:00 60"], id="tentative is busy"),
        pytest.param(["DTSTART;VALUE=DATE:20260328|TRANSP:TRANSPARENT"], [], id="transparent is free"),
        pytest.param(["DTSTART:20260307T090000Z|DURATION:PT1H|STATUS:CANCELLED"], [], id="cancelled is free"),
        pytest.param(
            ["DTSTART:20260307T090000Z|DURATION:PT1H|X-MICROSOFT-CDO-BUSYSTATUS:WORKINGELSEWHERE"], [], id="working elsewhere is free"
        ),
        pytest.param(["DTSTART:20260307T090000Z|DTEND:20260307T080000Z"], [], id="an end before the start takes no time"),
        pytest.param(["DTSTART:20260207T090000Z|DTEND:20260302T100000Z"], ["01.03. 00:00 2040"], id="begun long before"),
        pytest.param(
            ["UID:a|DTSTART:20260307T090000Z|DURATION:PT1H", "UID:b|DTSTART:20260307T093000Z|DURATION:PT1H"],
            ["07.03. 09:00 90"],
            id="two at once",
        ),
    ],
)
def test_what_a_calendar_makes_busy(events: list[str], expected: list[str]) -> None:
    assert busy(calendar(*events)) == expected


NEW_YORK = "America/New_York"


def test_a_floating_time_is_by_the_owners_clock() -> None:
    text = calendar("DTSTART:20260307T090000|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=3|EXDATE:20260308T090000")
    assert busy(text, NEW_YORK) == ["07.03. 14:00 60", "09.03. 13:00 60"]


def test_a_zone_nobody_knows_is_the_owners() -> None:
    text = calendar('DTSTART;TZID="(UTC+01:00) Amsterdam, Berlin":20260327T090000|DURATION:PT1H')
    assert busy(text, NEW_YORK) == ["27.03. 13:00 60"]


def test_the_calendars_own_zone_counts_for_its_universal_times() -> None:
    text = calendar("DTSTART:20260328T090000Z|DURATION:PT1H|RRULE:FREQ=DAILY;COUNT=2", head="X-WR-TIMEZONE:Europe/Berlin|")
    assert busy(text, NEW_YORK) == ["28.03. 09:00 60", "29.03. 08:00 60"]


def own_zone(offset: str) -> str:
    zone = f"BEGIN:STANDARD|DTSTART:16010101T000000|TZOFFSETFROM:{offset}|TZOFFSETTO:{offset}|END:STANDARD|"
    return f"BEGIN:VTIMEZONE|TZID:Customized Time Zone|{zone}END:VTIMEZONE|"


def test_a_zone_defined_in_one_calendar_does_not_count_in_another_that_defines_it_anew() -> None:
    event = "DTSTART;TZID=Customized Time Zone:20260307T090000|DURATION:PT1H"
    assert busy(calendar(event, head=own_zone("+0530"))) == ["07.03. 03:30 60"]
    assert busy(calendar(event, head=own_zone("-0300"))) == ["07.03. 12:00 60"]
    assert busy(calendar(event)) == ["07.03. 08:00 60"]


def test_what_the_owner_declined_is_free_and_what_others_declined_is_not() -> None:
    text = calendar(
        "DTSTART:20260307T090000Z|DURATION:PT1H|ATTENDEE;PARTSTAT=DECLINED;CN=A:mailto:ADA@example.org|RRULE:FREQ=DAILY;COUNT=2"
    )
    assert busy(text, addresses=["ada@example.org"]) == []
    assert len(busy(text, addresses=["bob@example.org"])) == 2


@pytest.mark.parametrize(
    "line",
    [
        "ATTENDEE;PARTSTAT=DeclineD:mailto:ada@example.org",
        "attendee;partstat=declined:mailto:ada@example.org",
        "ATTENDEE;CN=Bäcker;PARTSTAT=DECLINED:mailto:ada@example.org",
        "ATTENDEE;PART\r\n\tSTAT=DECL\r\n INED:mailto:ada@example.org",
        'ATTENDEE;EMAIL="ada@example.org";PARTSTAT="DECLINED":urn:uuid:7',
    ],
)
def test_names_and_words_mean_the_same_in_small_letters_and_folded(line: str) -> None:
    text = calendar(f"DTSTART:20260307T090000Z|duration:PT1H|{line}")
    assert busy(text, addresses=["ada@example.org"]) == []
    assert busy(text.replace("duration", "DURATION"), addresses=["ada@example.org"]) == []
    assert busy(text) == ["07.03. 09:00 60"]


def test_our_own_meetings_are_left_out() -> None:
    assert busy(calendar("UID:7@meetings.tandem|DTSTART:20260307T090000Z|DURATION:PT1H"), own_uids="@meetings.tandem") == []


def test_a_published_list_of_busy_times_is_read() -> None:
    times = "FREEBUSY;FBTYPE=BUSY:20260307T090000Z/PT1H,20260308T090000Z/20260308T110000Z|FREEBUSY;FBTYPE=FREE:20260309T090000Z/PT1H"
    text = f"BEGIN:VCALENDAR|BEGIN:VFREEBUSY|UID:z|{times}|END:VFREEBUSY|END:VCALENDAR".replace("|", "\r\n")
    assert busy(text) == ["07.03. 09:00 60", "08.03. 09:00 120"]


@pytest.mark.parametrize(
    "bad",
    [
        "UID:b|DTSTART:soon",
        "UID:b|SUMMARY:no start at all",
        "UID:b|DTSTART:19700101T000000Z|DURATION:PT1S|RRULE:FREQ=SECONDLY",
        "UID:b|DTSTART:20260101T000000Z|DURATION:PT1M|RRULE:FREQ=MINUTELY",
        "UID:b|DTSTART:20260301T000000Z|DURATION:PT1H|RRULE:FREQ=DAILY;INTERVAL=0",
        "UID:b|DTSTART:20260301T000000Z|DTEND;VALUE=DATE:20260302",
    ],
)
def test_an_entry_nobody_can_read_is_counted_and_spoils_no_other(bad: str) -> None:
    found = read(calendar(bad, "UID:good|DTSTART:20260307T090000Z|DURATION:PT1H"))
    assert (len(found.busy), found.unreadable) == (1, 1)


def test_many_rules_that_repeat_often_are_refused_before_they_take_minutes() -> None:
    hourly = "DTSTART:20260301T000000Z|DURATION:PT1M|RRULE:FREQ=HOURLY"
    with pytest.raises(Unreadable, match="repeated"):
        read(calendar(*(f"UID:{number}|{hourly}" for number in range(2000))))


def test_a_file_cut_off_in_the_middle_counts_what_was_lost() -> None:
    text = calendar("UID:good|DTSTART:20260307T090000Z|DURATION:PT1H", "UID:lost|DTSTART:20260308T090000Z|DURATION:PT1H")
    found = read(text.partition("DURATION:PT1H\r\nEND:VEVENT\r\nEND:VCALENDAR")[0])
    assert found.unreadable == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [("", "empty"), ("PK..", "zip"), ("%PDF-", "PDF"), ("<html>", "web page"), ("BEGIN:VCARD", "address book"), ("a,b", "not a calendar")],
)
def test_what_is_no_calendar_is_called_by_its_name(text: str, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        read(text)


@pytest.mark.parametrize(
    ("attendee", "expected"),
    [
        ('ATTENDEE;CN="Secret";PARTSTAT=DECLINED;EMAIL="ada@example.org":urn:uuid:7', []),
        ("ATTENDEE;CN=DECLINED;PARTSTAT=ACCEPTED:mailto:ada@example.org", ALL_THREE),
        ('ATTENDEE;CN="Secret;PARTSTAT=DECLINED";PARTSTAT=ACCEPTED:mailto:ada@example.org', ALL_THREE),
    ],
)
def test_what_is_kept_of_a_file_says_who_declined_and_of_nobody_else_that_they_did(attendee: str, expected: list[str]) -> None:
    text = calendar(f"{DAILY}|{attendee}")
    bare = without_private_words(text)
    assert "Secret" not in bare
    assert busy(bare, addresses=["ada@example.org"]) == busy(text, addresses=["ada@example.org"]) == expected


def test_only_times_are_left_of_a_file_and_they_say_the_same() -> None:
    text = calendar(
        DAILY + "|SUMMARY:Secret|DESCRIPTION:More\r\n  secrets|ATTENDEE;PARTSTAT=DECLINED:mailto:ada@example.org|LOCATION:Secret place"
    )
    bare = without_private_words(text)
    assert "ecret" not in bare
    assert busy(bare) == busy(text)
    assert busy(bare, addresses=["ada@example.org"]) == []
