"""`tandem busy` and `tandem slots`: the slot engine alone, on calendar files, with no server."""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from services.scheduling.slots import (
    ALL_DAY,
    DAY,
    LARGEST_FILE,
    MINUTES_A_DAY,
    WEEKS_AHEAD,
    BadHours,
    Diary,
    Hours,
    Reading,
    Sheet,
    Span,
    Unreadable,
    Window,
    busy_in,
    common_free,
    decoded,
    first_instant,
    free_starts,
    known_zone,
    read_hours,
    read_sheet,
    shown,
    wall_time,
    why_none,
)

WRONG_INPUT = 2
MOST_DAYS = 3_660
MOST_PROBLEMS_TOLD = 10
FINER_GRIDS = (30, 15, 10, 5)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BINDING = {
    "no_hours": "has no hours in these days",
    "hours": "the hours stand in the way",
    "busy": "the calendar stands in the way",
}


class WrongInput(Exception):  # noqa: N818 - says what it is
    """Something a person gave us that we cannot work with; the message names it."""


@dataclass(frozen=True)
class CalendarFile:
    """A calendar file that has been opened, and the zone its owner was given, if any."""

    path: str
    sheet: Sheet
    given_zone: str | None
    owners: tuple[str, ...]

    @property
    def zone(self) -> str:
        """The zone of times that name none."""
        named = self.sheet.default_zone
        return self.given_zone or (known_zone(named) if named else None) or "UTC"

    def read(self, start: int, end: int) -> Reading:
        """The owner's busy time. Raises WrongInput."""
        try:
            return busy_in(self.sheet, self.zone, start, end, addresses=self.owners)
        except Unreadable as problem:
            raise WrongInput(f"{self.path}: {problem}") from problem

    def busy(self, start: int, end: int, *, lenient: bool) -> tuple[Span, ...]:
        """As `read`, with word of what could not be understood. Raises WrongInput when that is not to be borne."""
        reading = self.read(start, end)
        problems = [f"{self._at(problem.place)}: {problem.reason}" for problem in reading.problems]
        if problems and not lenient:
            more = [f"and {len(problems) - MOST_PROBLEMS_TOLD} more"] if len(problems) > MOST_PROBLEMS_TOLD else []
            raise WrongInput("\n".join([*problems[:MOST_PROBLEMS_TOLD], *more, "With --lenient such entries are left out."]))
        for problem in problems:
            _say(f"{problem} (left out)")
        for name, place in reading.unknown_zones.items():
            _say(f"{self._at(place)}: nobody knows the zone {shown(name)}, so its times are read in {self.zone}")
        return reading.busy

    def _at(self, place: int) -> str:
        return f"{self.path}, line {self.sheet.line_number(place)}"


def busy(argv: Sequence[str]) -> int:
    """Print when the owner of a calendar file is busy."""
    parser = _parser(
        "tandem busy",
        "Print when the owner of a calendar file is busy: merged, in universal time, one JSON object a line.",
        "tandem busy --calendar ana.ics --from 2026-03-01 --until 2026-05-30 --zone Europe/Berlin",
    )
    parser.add_argument("--calendar", required=True, metavar="FILE", help="an iCalendar file (.ics)")
    parser.add_argument("--zone", type=_zone, help="the zone of midnight and of times that name none; else the calendar's, else UTC")
    parser.add_argument("--owner", action="append", default=[], metavar="MAIL", help="what this address declined is free; may be repeated")
    given = parser.parse_args(argv)

    def answer() -> str:
        file = _opened(given.calendar, given.zone, tuple(given.owner), lenient=given.lenient)
        spans = file.busy(*_window(given, file.zone), lenient=given.lenient)
        return "".join(f'{{"start":"{_universal(start)}","end":"{_universal(end)}"}}\n' for start, end in spans)

    return _answered("busy", answer)


def slots(argv: Sequence[str]) -> int:
    """Print when the owners of some calendar files can all meet."""
    parser = _parser(
        "tandem slots",
        "Print when the owners of some calendar files can all meet.",
        "tandem slots --calendar ana.ics --person-zone Europe/Berlin --calendar ben.ics --person-zone America/New_York "
        '--from 2026-03-01 --until 2026-05-30 --minutes 45 --hours "Mon-Fri 09:00-17:00"',
    )
    ordered = "in the order of the calendars"
    parser.add_argument("--calendar", required=True, action="append", metavar="FILE", help="an iCalendar file (.ics), one for each person")
    parser.add_argument("--person-zone", action="append", default=[], type=_zone, metavar="ZONE", help=f"each person's zone, {ordered}")
    parser.add_argument("--zone", type=_zone, help="the zone of those who have no --person-zone; else UTC")
    parser.add_argument("--owner", action="append", default=[], metavar="MAIL", help=f"what each declined is free: addresses {ordered}")
    parser.add_argument("--minutes", type=_minutes, help="how long the meeting is")
    parser.add_argument(
        "--hours",
        type=_hours,
        default=(ALL_DAY,),
        help='for everyone on their own clock: "Mon-Fri 09:00-12:00;Mon,Tue 22:00-06:00;Sat 10:00-24:00"; else all day',
    )
    parser.add_argument("--grid", type=_grid, default=15, metavar="MINUTES", help="the minutes they begin on, by every clock; else 15")
    parser.add_argument("--gaps", action="store_true", help="print the common free time, each gap whole, instead of meetings")
    parser.add_argument("--format", choices=("json", "table"), default="json")
    given = parser.parse_args(argv)
    if given.minutes is None and not given.gaps:
        parser.error("the following arguments are required: --minutes")
    for name, values in (("--person-zone", given.person_zone), ("--owner", given.owner)):
        if len(values) > len(given.calendar):
            parser.error(f"argument {name}: there are {len(values)}, and calendars {len(given.calendar)}")
    return _answered("slots", lambda: _slots(given))


def _slots(given: argparse.Namespace) -> str:
    none = [None] * len(given.calendar)
    people = zip(given.calendar, [*given.person_zone, *none], [*given.owner, *none], strict=False)
    files = [_opened(path, zone or given.zone, (owner,) if owner else (), lenient=given.lenient) for path, zone, owner in people]
    zones = [file.given_zone or "UTC" for file in files]
    start, end = _window(given, zones[0])
    spans = [file.busy(start, end, lenient=given.lenient) for file in files]
    diaries = [Diary(str(number), zones[number], given.hours, busy=busy) for number, busy in enumerate(spans)]
    window = Window(start, end, (given.minutes or given.grid) * 60, now=start, grid=given.grid * 60)
    found = common_free(diaries, window) if given.gaps else [(begin, begin + window.length) for begin in free_starts(diaries, window)]
    if not found:
        later = end + WEEKS_AHEAD * 7 * DAY
        longer = [replace(diary, busy=file.read(start, later).busy) for diary, file in zip(diaries, files, strict=True)]
        _explain(files, longer, window)
    names = list(zip(given.calendar, zones, strict=True))
    return _table(found, names) if given.format == "table" else _json(found, names)


def _explain(files: Sequence[CalendarFile], diaries: Sequence[Diary], window: Window) -> None:
    """Say what stands in the way of whom, and the least that would help."""
    _say(f"there is no common time of {window.length // 60} minutes")
    for grid in FINER_GRIDS:
        if grid * 60 < window.grid and free_starts(diaries, replace(window, grid=grid * 60)):
            _say(f"what binds: their clocks are never both on a multiple of {window.grid // 60} minutes when they are free")
            _say(f"what would help: --grid {grid}")
            return
    none = why_none(diaries, window)
    for bind in none.binding:
        _say(f"what binds: {files[int(bind.person_id)].path}: {_BINDING[bind.constraint]}")
    word, _, figure = none.attempt.partition(":")
    helps = {
        "shorter": f"--minutes {figure}",
        "later": f"a later day: the first common time is on {figure}",
        "wider": f"hours that begin {figure} minutes earlier and end {figure} minutes later",
    }
    _say(f"what would help: {helps.get(word, 'neither a shorter meeting, nor later days, nor longer hours')}")


def _json(spans: Sequence[Span], people: Sequence[tuple[str, str]]) -> str:
    rows = [
        {
            "start": _universal(start),
            "end": _universal(end),
            "local": [
                {
                    "calendar": path,
                    "zone": zone,
                    "start": wall_time(zone, start).isoformat(timespec="seconds"),
                    "end": wall_time(zone, end).isoformat(timespec="seconds"),
                }
                for path, zone in people
            ],
        }
        for start, end in spans
    ]
    return "[" + ",\n ".join(json.dumps(row) for row in rows) + "]\n"


def _table(spans: Sequence[Span], people: Sequence[tuple[str, str]]) -> str:
    rows = [[f"{path} ({zone})" for path, zone in people]]
    rows += [[_local(zone, start, end) for _, zone in people] for start, end in spans]
    widths = [max(len(row[column]) for row in rows) for column in range(len(people))]
    return "".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n" for row in rows)


def _local(zone: str, start: int, end: int) -> str:
    begins, ends = wall_time(zone, start), wall_time(zone, end)
    day = "" if begins.date() == ends.date() else f"{ends:%a %Y-%m-%d }"
    return f"{begins:%a %Y-%m-%d %H:%M} - {day}{ends:%H:%M}"


def _universal(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _opened(path: str, zone: str | None, owners: tuple[str, ...], *, lenient: bool) -> CalendarFile:
    """Read a file, but never more of it than a calendar holds. Raises WrongInput."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
        text = decoded(content, lenient=lenient)
        return CalendarFile(path, read_sheet(text), zone, owners)
    except OSError as problem:
        raise WrongInput(f"{path}: {problem.strerror or problem}") from problem
    except Unreadable as problem:
        raise WrongInput(f"{path}: {problem}") from problem


def _answered(name: str, answer: Callable[[], str]) -> int:
    """Print the answer, whole or not at all."""
    try:
        text = answer()
    except WrongInput as problem:
        for line in str(problem).split("\n"):
            print(f"tandem {name}: {line}", file=sys.stderr)
        return WRONG_INPUT
    try:
        print(text, end="", flush=True)
    except BrokenPipeError:  # whoever reads it has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _say(word: str) -> None:
    print(f"tandem: {word}", file=sys.stderr)


def _parser(name: str, description: str, example: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(name, description=description, epilog=f"example: {example}", allow_abbrev=False)
    parser.add_argument("--from", dest="first", required=True, type=_day, metavar="DAY", help="the first day, as in 2026-03-01")
    parser.add_argument("--until", dest="until", required=True, type=_day, metavar="DAY", help="the day after the last one")
    parser.add_argument("--lenient", action="store_true", help="leave out entries that cannot be read, and say which, instead of refusing")
    return parser


def _window(given: argparse.Namespace, zone: str) -> Span:
    """From midnight to midnight there. Raises WrongInput."""
    if given.until <= given.first:
        raise WrongInput(f"argument --until: {given.until} is not after --from {given.first}")
    if (given.until - given.first).days > MOST_DAYS:
        raise WrongInput("argument --until: ten years are the most that can be asked for at once")
    return first_instant(zone, given.first), first_instant(zone, given.until)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a day; write it as in 2026-03-01")
    if not date(1900, 1, 1) <= day <= date(2200, 1, 1):
        raise argparse.ArgumentTypeError(f"{day} is not a day of this or a neighbouring century")
    return day


def _zone(text: str) -> str:
    found = known_zone(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"nobody knows the zone {shown(text)}; write it as in Europe/Berlin")
    return found


def _minutes(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) <= 7 * MINUTES_A_DAY:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a number of minutes")
    return int(text)


def _grid(text: str) -> int:
    minutes = _minutes(text)
    if MINUTES_A_DAY % minutes:
        raise argparse.ArgumentTypeError(f"a day is not a multiple of {minutes} minutes")
    return minutes


def _hours(text: str) -> tuple[Hours, ...]:
    try:
        return read_hours(text)
    except BadHours as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
