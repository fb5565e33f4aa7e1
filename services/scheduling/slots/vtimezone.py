"""Zones that a calendar file defines itself: the clock of a VTIMEZONE."""

import re
from bisect import bisect_right
from dataclasses import dataclass, field

from services.scheduling.slots.clocks import DAY
from services.scheduling.slots.ical import Block, Line
from services.scheduling.slots.moments import BadValue, Moment, read_moment, shown
from services.scheduling.slots.recurrence import Steps, starts
from services.scheduling.slots.rules import read_rule
from services.scheduling.slots.zones import UTC_CLOCK, Clock, FixedClock

_OFFSET = re.compile(r"([+-])([0-9]{2})([0-9]{2})([0-9]{2})?")
_MOST_OFFSET = 24 * 3600


class TableClock:
    """The clock of a zone given as a table: from each change on, so many seconds ahead of UTC."""

    def __init__(self, before: int, changes: list[tuple[int, int]]) -> None:
        self._changes = [at for at, _ in changes]
        self._offsets = [before, *(offset for _, offset in changes)]

    def instant(self, wall: int) -> int:
        """See Clock."""
        for place in range(bisect_right(self._changes, wall - 2 * DAY), len(self._changes)):
            offset, change = self._offsets[place], self._changes[place]
            if wall - offset < change or wall - self._offsets[place + 1] < change:
                return wall - offset
        return wall - self._offsets[-1]

    def wall(self, instant: int) -> int:
        """See Clock."""
        return instant + self._offsets[bisect_right(self._changes, instant)]

    def day_start(self, day: int) -> int:
        """See Clock."""
        return self.instant(day * DAY)


@dataclass
class _Observance:
    """Winter or summer time as the file tells it."""

    lines: list[Line] = field(default_factory=list)

    def changes(self, until: int, steps: Steps) -> tuple[int, list[tuple[int, int]]]:
        """The offset before, and when the clocks are changed to which offset."""
        before, after = self._offset("TZOFFSETFROM"), self._offset("TZOFFSETTO")
        clock = FixedClock(before)
        begin = read_moment(self._only("DTSTART"), None, clock)
        walls = {begin.wall}
        for line in self.lines:
            if line.name == "RRULE":
                walls.update(_repeated(line.rest.partition(":")[2], begin, clock, until, steps))
            elif line.name == "RDATE":
                walls.update(clock.wall(read_moment(one, None, clock).instant) for one in line.rest.rpartition(":")[2].split(","))
        return before, [(clock.instant(wall), after) for wall in walls]

    def _offset(self, name: str) -> int:
        text = self._only(name).strip()
        found = _OFFSET.fullmatch(text)
        seconds = int(found[2]) * 3600 + int(found[3]) * 60 + int(found[4] or 0) if found else _MOST_OFFSET
        if found is None or seconds >= _MOST_OFFSET:
            raise BadValue(f"{name}: {shown(text)} is not an offset")
        return -seconds if found[1] == "-" else seconds

    def _only(self, name: str) -> str:
        found = [line.rest.rpartition(":")[2] for line in self.lines if line.name == name]
        if len(found) != 1:
            raise BadValue(f"{name} must be there once")
        return found[0]


def name_of(block: Block) -> str:
    """The name by which the file calls the zone."""
    return next(
        (line.rest.partition(":")[2].replace("\\,", ",").replace("\\;", ";").strip() for line in block.lines if line.name == "TZID"), ""
    )


def defined_clock(block: Block, until: int, steps: Steps) -> Clock:
    """The clock of the VTIMEZONE, right until some time after `until`. Raises BadValue and TooMany."""
    observances: list[_Observance] = []
    for line in block.lines:
        if line.name == "BEGIN":
            observances.append(_Observance())
        elif observances and line.name != "END":
            observances[-1].lines.append(line)
    if not observances:
        raise BadValue("it has neither STANDARD nor DAYLIGHT")
    told = [observance.changes(until + 400 * DAY, steps) for observance in observances]
    changes = sorted({change for _, found in told for change in found})
    first = min((found[0][0], before) for before, found in ((before, sorted(found)) for before, found in told))
    return TableClock(first[1], changes)


def _repeated(text: str, begin: Moment, clock: Clock, until: int, steps: Steps) -> list[int]:
    rule = read_rule(text, begin, UTC_CLOCK)
    last = until if rule.until is None else min(until, rule.until.instant)
    return list(starts(rule, begin.wall, begin.wall, clock.wall(last), steps))
