"""What one can say to `tandem busy` and `tandem slots`, each word read strictly."""

import argparse
import re
from datetime import date

from services.scheduling.slots import MINUTES_A_DAY, BadHours, Hours, known_zone, read_hours, shown

_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def parser_of(name: str, description: str, example: str) -> argparse.ArgumentParser:
    """What both commands take."""
    parser = argparse.ArgumentParser(name, description=description, epilog=f"example: {example}", allow_abbrev=False)
    parser.add_argument("--from", dest="first", required=True, type=read_day, metavar="DAY", help="the first day, as in 2026-03-01")
    parser.add_argument("--until", dest="until", required=True, type=read_day, metavar="DAY", help="the day after the last one")
    parser.add_argument("--lenient", action="store_true", help="leave out entries that cannot be read, and say which, instead of refusing")
    return parser


def read_day(text: str) -> date:
    """A day as in 2026-03-01. Raises ArgumentTypeError."""
    try:
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a day; write it as in 2026-03-01")
    if not date(1900, 1, 1) <= day <= date(2200, 1, 1):
        raise argparse.ArgumentTypeError(f"{day} is not a day of this or a neighbouring century")
    return day


def read_zone(text: str) -> str:
    """The IANA name of a zone by any name it has. Raises ArgumentTypeError."""
    found = known_zone(text)
    if found is None:
        raise argparse.ArgumentTypeError(f"nobody knows the zone {shown(text)}; write it as in Europe/Berlin")
    return found


def read_minutes(text: str) -> int:
    """A length of up to a week. Raises ArgumentTypeError."""
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) <= 7 * MINUTES_A_DAY:
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a number of minutes")
    return int(text)


def read_grid(text: str) -> int:
    """Minutes of which a day is a multiple. Raises ArgumentTypeError."""
    minutes = read_minutes(text)
    if MINUTES_A_DAY % minutes:
        raise argparse.ArgumentTypeError(f"a day is not a multiple of {minutes} minutes")
    return minutes


def read_people(text: str) -> int:
    """How many people. Raises ArgumentTypeError."""
    if not re.fullmatch(r"[1-9][0-9]{0,3}", text):
        raise argparse.ArgumentTypeError(f"{shown(text)} is not a number of people")
    return int(text)


def read_windows(text: str) -> tuple[Hours, ...]:
    """Hours as in `Mon-Fri 09:00-17:00;Sat 22:00-06:00`. Raises ArgumentTypeError."""
    try:
        return read_hours(text)
    except BadHours as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
