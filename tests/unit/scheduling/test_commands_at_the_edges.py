"""`tandem busy` and `tandem slots` where somebody does what nobody expected: closed pipes, Ctrl-C, odd names, days without room."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from services.scheduling.cli import busy, slots

TANDEM = str(Path(sys.executable).with_name("tandem"))
MONDAY = ("--from", "2026-03-02", "--until", "2026-03-03")


def calendar(*events: str) -> str:
    body = "".join(f"BEGIN:VEVENT|{event}|END:VEVENT|" for event in events)
    return f"BEGIN:VCALENDAR|VERSION:2.0|{body}END:VCALENDAR|".replace("|", "\r\n")


@pytest.fixture(autouse=True)
def ana(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("ana.ics").write_text(calendar("UID:a|DTSTART:20260302T100000Z|DURATION:PT1H|ATTENDEE;PARTSTAT=DECLINED:MAILTO:ana@example.org"))
    Path("ben.ics").write_text(calendar())


def test_an_address_is_known_with_the_word_before_it_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert busy(["--calendar", "ana.ics", *MONDAY, "--owner", " mailto:Ana@Example.org"]) == 0
    assert capsys.readouterr().out == ""


def test_a_zone_is_called_as_it_was_given(capsys: pytest.CaptureFixture[str]) -> None:
    assert slots(["--calendar", "ana.ics", *MONDAY, "--minutes", "1440", "--zone", "UTC", "--owner", "ana@example.org"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["local"][0]["zone"] == "UTC"


def test_a_second_calendar_is_not_taken_for_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        busy(["--calendar", "ana.ics", "--calendar", "ben.ics", *MONDAY])
    assert ended.value.code == 2
    assert "--calendar: there are 2" in capsys.readouterr().err


def test_zones_are_ours_and_not_those_of_the_machine() -> None:
    Path("here.ics").write_text(calendar("UID:a|DTSTART;TZID=localtime:20260302T100000|DURATION:PT1H"))
    words = [TANDEM, "busy", "--calendar", "here.ics", *MONDAY, "--zone", "Asia/Tokyo"]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env={**os.environ, "TZ": "Europe/Berlin"})  # noqa: S603 - our own
    assert 'nobody knows the zone "localtime"' in done.stderr
    assert "T01:00:00Z" in done.stdout


@pytest.mark.parametrize(
    ("words", "binds", "helps"),
    [
        (["--minutes", "1500"], "in these days no meeting of 1500 minutes", "--minutes 780"),
        (["--minutes", "60", "--hours", "Mon 09:30-10:20"], "the hours stand in the way", "--minutes 30"),
        (
            ["--minutes", "30", "--hours", "Mon 10:00-11:00"],
            "the calendar stands in the way",
            "a later day: the first common time is on 2026-03-09",
        ),
        (
            ["--minutes", "30", "--hours", "Sat 10:00-11:00"],
            "no hours in these days",
            "a later day: the first common time is on 2026-03-07",
        ),
        (["--minutes", "30", "--grid", "1440", "--person-zone", "Asia/Kathmandu"], "never both on a multiple of 1440", "--grid 15"),
    ],
)
def test_an_empty_answer_names_what_binds_and_the_least_that_helps(
    words: list[str], binds: str, helps: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert slots(["--calendar", "ana.ics", "--calendar", "ben.ics", *MONDAY, *words]) == 0
    printed = capsys.readouterr()
    assert printed.out == "[]\n"
    assert binds in printed.err
    assert helps in printed.err


def test_a_reader_who_has_gone_and_a_full_disk_make_no_traceback() -> None:
    words = [TANDEM, "slots", "--calendar", "ana.ics", *MONDAY, "--minutes", "1", "--grid", "1"]
    reading, writing = os.pipe()
    os.close(reading)
    gone = subprocess.run(words, stdout=writing, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own command
    os.close(writing)
    assert (gone.returncode, gone.stderr) == (0, b"")
    with Path("/dev/full").open("wb") as full:
        lost = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, check=False)  # noqa: S603 - our own command
    assert (lost.returncode, lost.stderr) == (1, b"tandem: the answer cannot be written: No space left on device\n")


def test_ctrl_c_ends_the_command_without_a_traceback() -> None:
    os.mkfifo("pipe.ics")
    with subprocess.Popen([TANDEM, "busy", "--calendar", "pipe.ics", *MONDAY], stderr=subprocess.PIPE) as running:  # noqa: S603 - our own
        with Path("pipe.ics").open("w"):  # it has begun to read
            running.send_signal(signal.SIGINT)
            said = running.communicate()[1]
        assert (running.returncode, said) == (130, b"")


def test_a_file_whose_name_is_no_text_is_named_as_far_as_it_can_be() -> None:
    Path(os.fsdecode(b"b\xff.ics")).write_text(calendar())
    words = [TANDEM, "slots", "--calendar", os.fsdecode(b"b\xff.ics"), *MONDAY, "--minutes", "1440", "--format", "table"]
    done = subprocess.run(words, capture_output=True, check=True)  # noqa: S603 - our own command
    assert done.stdout.startswith(b"b\\udcff.ics (UTC)\n")
