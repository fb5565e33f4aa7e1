"""Calendar files made to take for ever or to fall over: each ends at once, with its line and a word."""

import pytest

from services.scheduling.slots import read_busy
from services.scheduling.slots.recurrence import MOST_STEPS, Steps
from services.scheduling.slots.zones import known_zone

YEAR = 365 * 86_400
NOON = "UID:a|DTSTART:20260301T120000Z|DURATION:PT1H"


def file(*lines: str) -> str:
    return "\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *lines, "END:VCALENDAR", ""])


def event(text: str) -> list[str]:
    return ["BEGIN:VEVENT", *text.split("|"), "END:VEVENT"]


def zone(name: str, rule: str, times: int = 1) -> list[str]:
    told = ["BEGIN:STANDARD", "DTSTART:00010101T000000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200", f"RRULE:{rule}", "END:STANDARD"]
    return ["BEGIN:VTIMEZONE", f"TZID:{name}", *told * times, "END:VTIMEZONE"]


@pytest.mark.parametrize(
    "lines", [[line for number in range(40) for line in zone(f"z{number}", "FREQ=DAILY")], zone("z0", "FREQ=DAILY", 40)]
)
def test_all_zones_of_a_file_share_the_steps_they_may_take(lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    spent, spend = [], Steps.spend

    def counted(steps: Steps, some: int) -> None:
        spent.append(some)
        spend(steps, some)

    monkeypatch.setattr(Steps, "spend", counted)
    events = [line for number in range(40) for line in event(f"UID:{number}|DTSTART;TZID=z{number}:20260301T120000|DURATION:PT1H")]
    problems = read_busy(file(*lines, *events), "UTC", 0, 60 * YEAR).problems
    assert "changes its clocks more often than we count" in problems[0].reason
    assert sum(spent) < 2 * MOST_STEPS


@pytest.mark.parametrize(
    "line",
    [
        "DTSTART" + ";X=y" * 500_000 + ":20260301T120000Z",
        "DTSTART;X=" + "y" * 2_000_000 + ":20260301T120000Z",
        "DTSTART" + ';X="";Y=' * 200_000 + ":20260301T120000Z",
    ],
)
def test_what_qualifies_a_value_has_an_end(line: str) -> None:
    (problem,) = read_busy(file(*event(f"UID:a|{line}|DURATION:PT1H")), "UTC", 0, 60 * YEAR).problems
    assert "has no end" in problem.reason


def test_an_attendee_nobody_can_read_is_a_problem_only_when_it_matters_who_declined() -> None:
    text = file(*event(f"{NOON}|ATTENDEE;CN=a;b;PARTSTAT=DECLINED:mailto:ana@example.org"))
    assert not read_busy(text, "UTC", 0, 60 * YEAR).problems
    (problem,) = read_busy(text, "UTC", 0, 60 * YEAR, addresses=["ana@example.org"]).problems
    assert problem.reason.startswith("ATTENDEE: ")


def test_a_name_of_many_parts_is_looked_up_by_its_end() -> None:
    assert known_zone("/" + "a/" * 10_000 + "America/Argentina/Ushuaia") == "America/Argentina/Ushuaia"
    assert known_zone("/" + "a/" * 10_000 + "Berlin") is None


@pytest.mark.parametrize(("start", "zone"), [("99991231T235959Z", "Pacific/Kiritimati"), ("00010101T000000Z", "America/Los_Angeles")])
def test_a_series_at_the_end_of_all_calendars_falls_over_no_edge(start: str, zone: str) -> None:
    text = file(f"X-WR-TIMEZONE:{zone}", *event(f"UID:a|DTSTART:{start}|DURATION:PT1H|RRULE:FREQ=DAILY"))
    (problem,) = read_busy(text, "UTC", 0, 60 * YEAR).problems
    assert "no such day" in problem.reason
