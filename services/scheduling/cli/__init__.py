"""`tandem busy` and `tandem slots`: the slot engine alone, on calendar files, with no server."""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace

from services.scheduling.cli.answers import as_json, as_table, explain, universal
from services.scheduling.cli.files import WrongInput, opened
from services.scheduling.cli.options import parser_of, read_grid, read_minutes, read_people, read_windows, read_zone
from services.scheduling.slots import (
    ALL_DAY,
    DAY,
    WEEKS_AHEAD,
    Diary,
    Span,
    Window,
    common_free,
    first_instant,
    free_starts,
    starts_for_some,
)
from shared.command import WRONG_INPUT, answer

MOST_DAYS = 3_660


def busy(argv: Sequence[str]) -> int:
    """Print when the owner of a calendar file is busy."""
    parser = parser_of(
        "tandem busy",
        "Print when the owner of a calendar file is busy: merged, in universal time, one JSON object a line.",
        "tandem busy --calendar ana.ics --from 2026-03-01 --until 2026-05-30 --zone Europe/Berlin",
    )
    parser.add_argument("--calendar", required=True, action="append", metavar="FILE", help="an iCalendar file (.ics)")
    parser.add_argument("--zone", type=read_zone, help="the zone of midnight and of times that name none; else the calendar's, else UTC")
    parser.add_argument("--owner", action="append", default=[], metavar="MAIL", help="what this address declined is free; may be repeated")
    given = parser.parse_args(argv)
    if len(given.calendar) > 1:
        parser.error(f"argument --calendar: there are {len(given.calendar)}, and one is read at a time")

    def found() -> str:
        file = opened(given.calendar[0], given.zone, tuple(given.owner), lenient=given.lenient)
        spans = file.busy(*_window(given, file.zone), lenient=given.lenient)
        return "".join(f'{{"start":"{universal(start)}","end":"{universal(end)}"}}\n' for start, end in spans)

    return _answered("busy", found)


def slots(argv: Sequence[str]) -> int:
    """Print when the owners of some calendar files can all meet."""
    parser = parser_of(
        "tandem slots",
        "Print when the owners of some calendar files can all meet.",
        "tandem slots --calendar ana.ics --person-zone Europe/Berlin --calendar ben.ics --person-zone America/New_York "
        '--from 2026-03-01 --until 2026-05-30 --minutes 45 --hours "Mon-Fri 09:00-17:00"',
    )
    ordered = "in the order of the calendars"
    parser.add_argument("--calendar", required=True, action="append", metavar="FILE", help="an iCalendar file (.ics), one for each person")
    parser.add_argument("--person-zone", action="append", default=[], type=read_zone, metavar="ZONE", help=f"each person's zone, {ordered}")
    parser.add_argument("--zone", type=read_zone, help="the zone of those who have no --person-zone; else UTC")
    parser.add_argument("--owner", action="append", default=[], metavar="MAIL", help=f"what each declined is free: addresses {ordered}")
    parser.add_argument("--minutes", type=read_minutes, help="how long the meeting is")
    parser.add_argument(
        "--hours",
        type=read_windows,
        default=(ALL_DAY,),
        help='for everyone on their own clock: "Mon-Fri 09:00-12:00;Mon,Tue 22:00-06:00;Sat 10:00-24:00"; else all day',
    )
    parser.add_argument("--grid", type=read_grid, default=15, metavar="MINUTES", help="the minutes they begin on, by every clock; else 15")
    parser.add_argument(
        "--at-least", type=read_people, metavar="PEOPLE", help="how many of them are enough; else all. Each slot says who can"
    )
    parser.add_argument("--gaps", action="store_true", help="print the common free time, each gap whole, instead of meetings")
    parser.add_argument("--format", choices=("json", "table"), default="json")
    given = parser.parse_args(argv)
    if given.minutes is None and not given.gaps:
        parser.error("the following arguments are required: --minutes")
    if given.at_least is not None and (given.gaps or given.at_least > len(given.calendar)):
        parser.error(f"argument --at-least: with --minutes, and at most {len(given.calendar)}: there are no more calendars")
    for name, values in (("--person-zone", given.person_zone), ("--owner", given.owner)):
        if len(values) > len(given.calendar):
            parser.error(f"argument {name}: there are {len(values)}, and calendars {len(given.calendar)}")
    return _answered("slots", lambda: _slots(given))


def _slots(given: argparse.Namespace) -> str:
    none = [None] * len(given.calendar)
    people = zip(given.calendar, [*given.person_zone, *none], [*given.owner, *none], strict=False)
    files = [opened(path, zone or given.zone, (owner,) if owner else (), lenient=given.lenient) for path, zone, owner in people]
    zones = [file.given_zone or "UTC" for file in files]
    start, end = _window(given, zones[0])
    spans = [file.busy(start, end, lenient=given.lenient) for file in files]
    diaries = [Diary(str(number), zones[number], given.hours, busy=busy) for number, busy in enumerate(spans)]
    window = Window(start, end, (given.minutes or given.grid) * 60, now=start, grid=given.grid * 60)
    some = None if given.at_least is None else starts_for_some(diaries, window, given.at_least)
    starts = free_starts(diaries, window) if some is None else list(some)
    found = common_free(diaries, window) if given.gaps else [(begin, begin + window.length) for begin in starts]
    if not found:
        later = end + WEEKS_AHEAD * 7 * DAY
        longer = [replace(diary, busy=file.read(start, later).busy) for diary, file in zip(diaries, files, strict=True)]
        explain(files, longer, window)
    names = list(zip(given.calendar, zones, strict=True))
    return as_table(found, names, some) if given.format == "table" else as_json(found, names, some)


def _answered(name: str, found: Callable[[], str]) -> int:
    """Print the answer, whole or not at all."""
    try:
        text = found()
    except WrongInput as problem:
        for line in str(problem).split("\n"):
            print(f"tandem {name}: {line}", file=sys.stderr)
        return WRONG_INPUT
    return answer(text)


def _window(given: argparse.Namespace, zone: str) -> Span:
    """From midnight to midnight there. Raises WrongInput."""
    if given.until <= given.first:
        raise WrongInput(f"argument --until: {given.until} is not after --from {given.first}")
    if (given.until - given.first).days > MOST_DAYS:
        raise WrongInput("argument --until: ten years are the most that can be asked for at once")
    return first_instant(zone, given.first), first_instant(zone, given.until)
