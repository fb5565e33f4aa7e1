"""`tandem busy` and `tandem slots` as a person runs them: what they print, where, and how they end."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.cli import busy as busy_command
from services.scheduling.cli import slots as slots_command
from services.scheduling.slots import BadHours, Diary, Hours, Window, free_starts, read_hours

TANDEM = Path(sys.executable).with_name("tandem")
DAYS = ("--from", "2026-03-02", "--until", "2026-03-07")


def tandem(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TANDEM, *words], capture_output=True, text=True, check=False)  # noqa: S603 - our own command


def calendar(*events: str) -> str:
    body = "".join(f"BEGIN:VEVENT|{event}|END:VEVENT|" for event in events)
    return f"BEGIN:VCALENDAR|VERSION:2.0|{body}END:VCALENDAR|".replace("|", "\r\n")


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ana is busy from Monday to Thursday, Ben has nothing; a third file is broken."""
    monkeypatch.chdir(tmp_path)
    work = "UID:a|DTSTART;TZID=Europe/Berlin:20260302T080000|DTEND;TZID=Europe/Berlin:20260302T160000|RRULE:FREQ=DAILY;COUNT=4"
    declined = "UID:b|DTSTART:20260306T080000Z|DURATION:PT10H|ATTENDEE;PARTSTAT=DECLINED:mailto:ana@example.org"
    Path("ana.ics").write_text(calendar(work, declined))
    Path("ben.ics").write_text(calendar())
    Path("bad.ics").write_text(calendar("UID:x|DTSTART:20260399", "UID:y|DTSTART:20260303T100000Z|DURATION:PT1H"))
    return tmp_path


def test_busy_prints_one_object_a_line_and_nothing_else() -> None:
    done = tandem("busy", "--calendar", "ana.ics", "--from", "2026-03-02", "--until", "2026-03-04", "--zone", "Europe/Berlin")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        '{"start":"2026-03-02T07:00:00Z","end":"2026-03-02T15:00:00Z"}\n{"start":"2026-03-03T07:00:00Z","end":"2026-03-03T15:00:00Z"}\n'
    )


def test_slots_prints_one_array_with_everybodys_time() -> None:
    people = ("--calendar", "ana.ics", "--person-zone", "Europe/Berlin", "--calendar", "ben.ics", "--person-zone", "America/New_York")
    done = tandem("slots", *people, *DAYS, "--minutes", "45", "--hours", "Mon-Fri 09:00-17:00")
    assert (done.returncode, done.stderr) == (0, "")
    first, *_ = found = json.loads(done.stdout)
    assert first == {
        "start": "2026-03-02T15:00:00Z",
        "end": "2026-03-02T15:45:00Z",
        "local": [
            {"calendar": "ana.ics", "zone": "Europe/Berlin", "start": "2026-03-02T16:00:00+01:00", "end": "2026-03-02T16:45:00+01:00"},
            {"calendar": "ben.ics", "zone": "America/New_York", "start": "2026-03-02T10:00:00-05:00", "end": "2026-03-02T10:45:00-05:00"},
        ],
    }
    assert [slot["start"][8:16] for slot in found] == [f"0{day}T15:{minute}" for day in (2, 3, 4, 5) for minute in ("00", "15")]


def run(capsys: pytest.CaptureFixture[str], command: str, *words: str) -> tuple[int, str, str]:
    """The same without a process of its own."""
    try:
        code = (busy_command if command == "busy" else slots_command)(words)
    except SystemExit as end:
        code = int(str(end.code))
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_the_owners_no_frees_only_with_the_owner_given(capsys: pytest.CaptureFixture[str]) -> None:
    friday = ("--calendar", "ana.ics", "--from", "2026-03-06", "--until", "2026-03-07")
    assert run(capsys, "busy", *friday)[1].count("\n") == 1
    assert run(capsys, "busy", *friday, "--owner", "ANA@example.org") == (0, "", "")
    assert len(json.loads(run(capsys, "slots", *friday, "--minutes", "60", "--owner", "ana@example.org", "--grid", "60")[1])) == 24


def test_a_calendar_with_a_bad_entry_is_refused_and_lenient_leaves_it_out(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "busy", "--calendar", "bad.ics", *DAYS)
    assert (code, out) == (2, "")
    assert "bad.ics, line 5: DTSTART" in err
    code, out, err = run(capsys, "busy", "--calendar", "bad.ics", *DAYS, "--lenient")
    assert (code, out) == (0, '{"start":"2026-03-03T10:00:00Z","end":"2026-03-03T11:00:00Z"}\n')
    assert "bad.ics, line 5: DTSTART" in err
    assert run(capsys, "slots", "--calendar", "ben.ics", "--calendar", "bad.ics", *DAYS, "--minutes", "30")[:2] == (2, "")


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (["--calendar", "nowhere.ics"], "nowhere.ics"),
        (["--calendar", "."], "."),
        (["--calendar", "ana.ics", "--zone", "Mars/Olympus"], "--zone"),
        (["--calendar", "ana.ics", "--from", "2026-02-30"], "--from"),
        (["--calendar", "ana.ics", "--from", "20260301"], "--from"),
        (["--calendar", "ana.ics", "--until", "2026-03-02"], "--until"),
        (["--calendar", "ana.ics", "--until", "2099-03-02"], "--until"),
        ([], "--calendar"),
    ],
)
def test_wrong_input_is_named(capsys: pytest.CaptureFixture[str], words: list[str], named: str) -> None:
    for command, more in (("busy", ()), ("slots", ("--minutes", "45"))):
        code, out, err = run(capsys, command, *DAYS, *words, *more)
        assert (code, out) == (2, "")
        assert named in err


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ([], "--minutes"),
        (["--minutes", "0"], "--minutes"),
        (["--minutes", "45", "--grid", "7"], "--grid"),
        (["--minutes", "45", "--hours", "Mon-Fri 9-17"], "--hours"),
        (["--minutes", "45", "--person-zone", "UTC", "--person-zone", "UTC"], "--person-zone"),
        (["--minutes", "45", "--format", "xml"], "--format"),
    ],
)
def test_wrong_wishes_are_named(capsys: pytest.CaptureFixture[str], words: list[str], named: str) -> None:
    code, out, err = run(capsys, "slots", "--calendar", "ana.ics", *DAYS, *words)
    assert (code, out) == (2, "")
    assert named in err


def test_without_any_time_the_answer_is_empty_and_says_what_binds_and_what_would_help(capsys: pytest.CaptureFixture[str]) -> None:
    people = ("--calendar", "ana.ics", "--calendar", "ben.ics", "--zone", "Europe/Berlin")
    code, out, err = run(capsys, "slots", *people, *DAYS, "--minutes", "45", "--hours", "Mon-Thu 08:00-16:00")
    assert (code, out) == (0, "[]\n")
    assert "what binds: ana.ics: the calendar" in err
    assert "the first common time is on 2026-03-09" in err
    code, out, err = run(capsys, "slots", *people, *DAYS, "--minutes", "45", "--hours", "Mon 15:00-16:30")
    assert (code, out) == (0, "[]\n")
    assert "--minutes 30" in err


def test_gaps_are_whole_and_a_table_is_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    ana = ("--calendar", "ana.ics", "--person-zone", "Europe/Berlin", "--from", "2026-03-02", "--until", "2026-03-03", "--gaps")
    gaps = json.loads(run(capsys, "slots", *ana)[1])
    assert [(gap["start"], gap["end"]) for gap in gaps] == [
        ("2026-03-01T23:00:00Z", "2026-03-02T07:00:00Z"),
        ("2026-03-02T15:00:00Z", "2026-03-02T23:00:00Z"),
    ]
    head, first, second = run(capsys, "slots", *ana, "--format", "table")[1].splitlines()
    assert head == "ana.ics (Europe/Berlin)"
    assert first.strip() == "Mon 2026-03-02 00:00 - 08:00"
    assert second.strip() == "Mon 2026-03-02 16:00 - Tue 2026-03-03 00:00"


def test_a_zone_nobody_knows_is_told_and_a_floating_time_is_read_where_it_should(capsys: pytest.CaptureFixture[str]) -> None:
    Path("own.ics").write_text(
        calendar("UID:a|DTSTART;TZID=Nowhere:20260303T100000|DURATION:PT1H").replace("VERSION", "X-WR-TIMEZONE:America/New_York\r\nVERSION")
    )
    code, out, err = run(capsys, "busy", "--calendar", "own.ics", *DAYS)
    assert (code, out) == (0, '{"start":"2026-03-03T15:00:00Z","end":"2026-03-03T16:00:00Z"}\n')
    assert 'own.ics, line 6: nobody knows the zone "Nowhere"' in err
    assert "T09:00:00Z" in run(capsys, "busy", "--calendar", "own.ics", *DAYS, "--zone", "Europe/Berlin")[1]


def test_help_has_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    for command in ("busy", "slots"):
        code, out, _ = run(capsys, command, "--help")
        assert code == 0
        assert f"example: tandem {command} --calendar ana.ics" in out


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon-Fri 09:00-17:00", [Hours(frozenset(range(5)), 540, 1020)]),
        ("Mon-Fri 09:00-17:00;Sat 10:00-12:00", [Hours(frozenset(range(5)), 540, 1020), Hours(frozenset({5}), 600, 720)]),
        ("fri-mon 22:00-06:00", [Hours(frozenset({4, 5, 6, 0}), 1320, 360)]),
        ("Monday,Wed 0:00-24:00", [Hours(frozenset({0, 2}), 0, 1440)]),
        ("Tue 09:00-12:00,13:00-17:30", [Hours(frozenset({1}), 540, 720), Hours(frozenset({1}), 780, 1050)]),
    ],
)
def test_hours_as_people_write_them(text: str, expected: list[Hours]) -> None:
    assert list(read_hours(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "Mon", "09:00-17:00", "Mo 09:00-17:00", "Mon 9-17", "Mon 9:00-8:00;"),
        *("Mon 09:00-25:00", "Mon 24:00-06:00", "Mon 09:60-10:00", "Mon 9:00-9:00"),
    ],
)
def test_hours_nobody_means_are_refused(text: str) -> None:
    with pytest.raises(BadHours):
        read_hours(text)


ZONES = ("Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Chatham")
MOMENTS = st.datetimes(datetime(2026, 3, 27), datetime(2026, 4, 6))  # noqa: DTZ001


@settings(max_examples=25, deadline=None)
@given(
    zones=st.permutations(ZONES).map(lambda zones: zones[:2]),
    busy=st.lists(st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 300)), max_size=4), min_size=2, max_size=2),
    moment=MOMENTS,
    minutes=st.sampled_from([20, 45]),
    grid=st.sampled_from([5, 15, 30, 60]),
)
def test_a_start_is_on_everybodys_grid_and_the_order_of_people_changes_nothing(
    zones: list[str], busy: list[list[tuple[int, int]]], moment: datetime, minutes: int, grid: int
) -> None:
    start = int(moment.replace(tzinfo=ZoneInfo("UTC")).timestamp()) // 60 * 60
    window = Window(start, start + 2 * 86_400, minutes * 60, grid=grid * 60)
    hours = read_hours("Mon-Sun 07:00-02:30")
    spans = [tuple(sorted((start + begin * 60, start + (begin + length) * 60) for begin, length in one)) for one in busy]
    taken = {minute for one in spans for begin, end in one for minute in range(begin, end, 60)}
    everybody = [Diary(zone, zone, hours, busy=_joined(one)) for zone, one in zip(zones, spans, strict=True)]

    def free(minute: int) -> bool:
        walls = [datetime.fromtimestamp(minute, ZoneInfo(zone)) for zone in zones]
        return minute < window.end and minute not in taken and all(wall.hour >= 7 or wall.hour * 60 + wall.minute < 150 for wall in walls)

    def on_grid(minute: int) -> bool:
        walls = [datetime.fromtimestamp(minute, ZoneInfo(zone)) for zone in zones]
        return all((wall.hour * 60 + wall.minute) % grid == 0 for wall in walls)

    steps = range(minutes)
    expected = [minute for minute in range(start, window.end, 60) if on_grid(minute) and all(free(minute + step * 60) for step in steps)]
    assert free_starts(everybody, window) == expected
    assert free_starts(everybody[::-1], window) == expected


def _joined(spans: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for begin, end in spans:
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return tuple(joined)


def test_the_window_is_by_the_first_persons_midnight(capsys: pytest.CaptureFixture[str]) -> None:
    def window(*people: str) -> tuple[str, str]:
        gaps = json.loads(run(capsys, "slots", *people, "--from", "2026-03-28", "--until", "2026-03-30", "--gaps")[1])
        return gaps[0]["start"], gaps[-1]["end"]

    berlin, tokyo = ("--calendar", "ben.ics", "--person-zone", "Europe/Berlin"), ("--calendar", "ben.ics", "--person-zone", "Asia/Tokyo")
    assert window(*berlin, *tokyo) == ("2026-03-27T23:00:00Z", "2026-03-29T22:00:00Z")
    assert window(*tokyo, *berlin) == ("2026-03-27T15:00:00Z", "2026-03-29T15:00:00Z")


def test_of_many_some_are_enough_and_each_slot_says_who_can(capsys: pytest.CaptureFixture[str]) -> None:
    Path("busy.ics").write_text(calendar("DTSTART:20260302T080000Z\r\nDTEND:20260302T100000Z"))
    Path("free.ics").write_text(calendar("DTSTART:20250302T080000Z\r\nDTEND:20250302T100000Z"))
    asked = ["--calendar", "busy.ics", "--calendar", "free.ics", "--calendar", "free.ics", "--from", "2026-03-02", "--until", "2026-03-03"]
    asked += ["--minutes", "60", "--grid", "60", "--hours", "Mon-Fri 08:00-11:00"]
    code, out, _ = run(capsys, "slots", *asked, "--at-least", "2")
    coming = {slot["start"]: [one["calendar"] for one in slot["local"]] for slot in json.loads(out)}
    assert code == 0
    assert coming == {
        "2026-03-02T08:00:00Z": ["free.ics", "free.ics"],
        "2026-03-02T09:00:00Z": ["free.ics", "free.ics"],
        "2026-03-02T10:00:00Z": ["busy.ics", "free.ics", "free.ics"],
    }
    assert len(json.loads(run(capsys, "slots", *asked, "--at-least", "3")[1])) == len(json.loads(run(capsys, "slots", *asked)[1])) == 1
    table = run(capsys, "slots", *asked, "--at-least", "2", "--format", "table")[1].splitlines()
    assert [line.startswith(" ") for line in table] == [False, True, True, False]
    code, out, err = run(capsys, "slots", *asked, "--at-least", "4")
    assert (code, out) == (2, "")
    assert "there are no more calendars" in err
