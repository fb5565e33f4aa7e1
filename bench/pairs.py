"""People with full calendars in several zones, the same every time, to look for common time between."""

import random

from services.scheduling.slots import DAY, Diary, Hours, Window, merged

START = 1_772_323_200  # 1 March 2026
DAYS, BLOCKS = 90, 326
WINDOW = Window(START, START + DAYS * DAY, 60 * 60, now=START)
HOURS = (Hours(frozenset(range(5)), 8 * 60, 18 * 60),)
ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "Asia/Kolkata")


def people(count: int) -> list[Diary]:
    """So many diaries of ninety days with a busy block every few hours."""
    chance = random.Random(2026)  # noqa: S311 - diaries to measure with, no secret
    return [_diary(chance, str(number)) for number in range(count)]


def _diary(chance: random.Random, name: str) -> Diary:
    begins = [START + 300 * chance.randrange(DAYS * DAY // 300) for _ in range(BLOCKS)]
    busy = merged((begin, begin + 900 * chance.randrange(1, 9)) for begin in begins)
    return Diary(name, chance.choice(ZONES), HOURS, busy=tuple(busy))
