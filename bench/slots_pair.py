"""Common times of one pair over ninety days, from busy time that is known: ours against the same answer by the library `portion`."""

import json
import subprocess
import time

from bench.pairs import WINDOW, people
from bench.report import interleaved, report
from bench.tools import tools
from services.scheduling.slots import GRID, Diary, Span, free_starts

PAIRS, ROUNDS, MOST_SECONDS = 10, 3, 0.001

# Runs in a process of its own, with portion and nothing of ours; it is given what ours is given: zones, hours and busy time.
PEER = """
import json, sys, time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo
import portion
pairs, start, end, length, grid = json.load(sys.stdin)
def spans(given):
    return portion.Interval(*(portion.closedopen(begin, until) for begin, until in given))
def working(zone, first, last):
    day, found = datetime.fromtimestamp(start, zone).replace(hour=0, minute=0), []
    while day.timestamp() < end:
        if day.weekday() < 5:
            found.append([int((day.replace(hour=hour)).timestamp()) for hour in (first, last)])
        day += timedelta(days=1)
    return spans(found)
def starts(pair):
    free = portion.closedopen(start, end)
    for zone, first, last, busy in pair:
        free &= working(ZoneInfo(zone), first, last) - spans(busy)
    return [at for gap in free for at in range(gap.lower + -gap.lower % grid, gap.upper - length + 1, grid)]
began = time.process_time()
found = [starts(pair) for pair in pairs]
print(json.dumps([time.process_time() - began, found]))
"""


def _told(diary: Diary) -> tuple[str, int, int, list[Span]]:
    (hours,) = diary.hours
    return diary.zone, hours.start // 60, hours.end // 60, list(diary.busy)


def run() -> bool:
    """CPU of one pair; both goals must be met."""
    diaries = people(2 * PAIRS)
    pairs = list(zip(diaries[::2], diaries[1::2], strict=True))
    told = json.dumps([[[_told(diary) for diary in pair] for pair in pairs], WINDOW.start, WINDOW.end, WINDOW.length, GRID])
    expected = [free_starts(pair, WINDOW) for pair in pairs]
    python = tools()

    def mine() -> float:
        began = time.process_time()
        assert [free_starts(pair, WINDOW) for pair in pairs] == expected
        return (time.process_time() - began) / PAIRS

    def other() -> float:
        done = subprocess.run([python, "-c", PEER], input=told, capture_output=True, text=True, check=True)  # noqa: S603 - the text above
        seconds, found = json.loads(done.stdout)
        assert found == expected
        return float(seconds) / PAIRS

    ours, peer = interleaved(mine, other, ROUNDS)
    notes = f"CPU of one pair of {PAIRS}; {len(expected[0])} starts in the first, the same from both; to be under {MOST_SECONDS} s besides"
    return report("slots-pair", ours, peer, unit="s", goal="<= 0.02", notes=notes) and ours < MOST_SECONDS
