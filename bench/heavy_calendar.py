"""A calendar as somebody has it after years in a company: the same one every time."""

import random
from datetime import datetime, timedelta

FIRST, DAYS = datetime(2024, 3, 1), 990  # noqa: DTZ001 - wall times, each in its own zone
ZONES = {
    "Europe/Berlin": ("+0100", "+0200", "19700329T020000", "3;BYDAY=-1SU", "19701025T030000", "10;BYDAY=-1SU"),
    "Europe/London": ("+0000", "+0100", "19700329T010000", "3;BYDAY=-1SU", "19701025T020000", "10;BYDAY=-1SU"),
    "America/New_York": ("-0500", "-0400", "20070311T020000", "3;BYDAY=2SU", "20071104T020000", "11;BYDAY=1SU"),
    "Asia/Kolkata": ("+0530", "+0530", "19700101T000000", "1;BYDAY=1SU", "19700701T000000", "7;BYDAY=1SU"),
}
FOUR_WEEKS = 28
SERIES_SHARE, DAY_SHARE, CHANGED_SHARE = 0.16, 0.03, 0.19
WORDS = ("plan", "review", "budget", "one to one", "retrospective", "release", "interview", "handover", "standup", "lunch")


def heavy_calendar(events: int, *, seed: int = 2026) -> str:
    """So many entries: a sixth of them series, most of which have ended, some with changed or cancelled occurrences."""
    chance = random.Random(seed)  # noqa: S311 - a calendar to measure with, no secret
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tandem//bench//EN"]
    for name, told in ZONES.items():
        lines += _zone(name, told)
    made = 0
    while made < events:
        zone = chance.choice(list(ZONES))
        start = FIRST + timedelta(days=chance.randrange(DAYS), minutes=15 * chance.randrange(28, 76))
        kind = chance.random()
        if kind < SERIES_SHARE:
            rule = f"{chance.choice(_rules(start))};{_end(chance, start)}"
            lines += _event(chance, made, _at(start, zone), chance.choice((30, 60, 90)), [f"RRULE:{rule}"])
            if chance.random() < CHANGED_SHARE and made + 1 < events:
                first = f"RECURRENCE-ID;TZID={zone}:{start:%Y%m%dT%H%M%S}"
                status = ["STATUS:CANCELLED"] if chance.random() < SERIES_SHARE else []
                lines += _event(chance, made, _at(start + timedelta(hours=2), zone), 45, [first, *status])
                made += 1
        elif kind < SERIES_SHARE + DAY_SHARE:
            lines += _event(chance, made, f"DTSTART;VALUE=DATE:{start:%Y%m%d}", None, [])
        else:
            lines += _event(chance, made, _at(start, zone), chance.choice((15, 30, 45, 60, 120)), [])
        made += 1
    return "".join(f"{folded}\r\n" for line in [*lines, "END:VCALENDAR"] for folded in _folded(line))


def _at(start: datetime, zone: str) -> str:
    return f"DTSTART;TZID={zone}:{start:%Y%m%dT%H%M%S}"


def _rules(start: datetime) -> tuple[str, ...]:
    """Rules the start itself obeys: of others the library counts the start besides COUNT, and the standard within it."""
    day = f"{start:%a}".upper()[:2]
    monthly = f"BYDAY={(start.day - 1) // 7 + 1}{day}" if start.day <= FOUR_WEEKS else f"BYMONTHDAY={start.day}"
    also = ",".join(dict.fromkeys(("MO", "WE", "FR", day)))
    return "FREQ=DAILY", f"FREQ=WEEKLY;BYDAY={also}", "FREQ=WEEKLY", "FREQ=WEEKLY;INTERVAL=2", f"FREQ=MONTHLY;{monthly}", "FREQ=MONTHLY"


def _end(chance: random.Random, start: datetime) -> str:
    if chance.random() < 0.5:
        return f"COUNT={chance.randrange(3, 60)}"
    return f"UNTIL={start + timedelta(days=chance.randrange(20, 500)):%Y%m%dT%H%M%SZ}"


def _event(chance: random.Random, number: int, start: str, minutes: int | None, more: list[str]) -> list[str]:
    words = " ".join(chance.choices(WORDS, k=14))
    people = [
        f'ATTENDEE;CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;RSVP=TRUE;CN="Person, {one}":mailto:person{one}@example.org'
        for one in chance.sample(range(400), chance.randrange(9))
    ]
    length = [] if minutes is None else [f"DURATION:PT{minutes}M"]
    head = ["BEGIN:VEVENT", f"UID:{number:06}-bench@example.org", "DTSTAMP:20260101T000000Z", start, *length, *more]
    return [*head, f"SUMMARY:{words[:40]}", f"DESCRIPTION:{words}\\n{words}", "SEQUENCE:0", *people, "END:VEVENT"]


def _zone(name: str, zone: tuple[str, ...]) -> list[str]:
    winter, summer, spring, spring_rule, autumn, autumn_rule = zone

    def part(kind: str, begin: str, before: str, after: str, rule: str) -> list[str]:
        return [
            f"BEGIN:{kind}",
            f"DTSTART:{begin}",
            f"TZOFFSETFROM:{before}",
            f"TZOFFSETTO:{after}",
            f"RRULE:FREQ=YEARLY;BYMONTH={rule}",
            f"END:{kind}",
        ]

    inside = [*part("DAYLIGHT", spring, winter, summer, spring_rule), *part("STANDARD", autumn, summer, winter, autumn_rule)]
    return ["BEGIN:VTIMEZONE", f"TZID:{name}", *inside, "END:VTIMEZONE"]


def _folded(line: str) -> list[str]:
    return [line[:74], *(f" {line[at : at + 73]}" for at in range(74, len(line), 73))]
