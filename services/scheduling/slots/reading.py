"""Busy time out of a calendar file, as RFC 5545 means it.

Ours where the standard leaves it open: what is cancelled, transparent or declined does not block; a time the clock skips is read as if
the clock had not been put forward yet, of one it shows twice the first is meant; an UNTIL or EXDATE that is a date means the whole day.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from services.scheduling.slots.entries import BadEntry, EntryReader, Event, answer_of, span_of
from services.scheduling.slots.ical import Block, Line, Problem, Sheet, Unreadable, read_sheet
from services.scheduling.slots.moments import BadValue, shown
from services.scheduling.slots.recurrence import MOST_STEPS, Steps, TooMany
from services.scheduling.slots.series import busy_of_series
from services.scheduling.slots.spans import Span, clipped, merged
from services.scheduling.slots.vtimezone import defined_clock, name_of
from services.scheduling.slots.zones import Clock, clock_of, known_zone

MOST_STEPS_OF_ALL = 2_500_000
_NO_EDITION = (0, 0)


@dataclass(frozen=True)
class Reading:
    """When the owner is busy, what of the calendar could not be read, and which zones nobody knows, each with a line that names it."""

    busy: tuple[Span, ...]
    problems: tuple[Problem, ...]
    unknown_zones: Mapping[str, int]

    @property
    def unreadable(self) -> int:
        """How many entries could not be read."""
        return len(self.problems)


def read_busy(text: str, zone: str, start: int, end: int, *, addresses: Collection[str] = (), own_uids: str = "") -> Reading:
    """The busy time between two instants in a calendar whose owner lives in `zone`.

    What the owner has declined under one of `addresses` is free. Entries whose UID ends in `own_uids` are ours: claims stand for them.
    Raises Unreadable when the text is no calendar.
    """
    return busy_in(read_sheet(text), zone, start, end, addresses=addresses, own_uids=own_uids)


def busy_in(sheet: Sheet, zone: str, start: int, end: int, *, addresses: Collection[str] = (), own_uids: str = "") -> Reading:
    """As `read_busy`, of a file that has been split into lines already."""
    found, problems, unknown = _entry_times(sheet, zone, start, end, addresses=addresses, own_uids=own_uids)
    return Reading(tuple(merged(clipped([span for entry in found for span in entry.spans], start, end))), problems, unknown)


@dataclass(frozen=True, slots=True)
class EntryTime:
    """When all that has one UID takes time, and as of which edition (SEQUENCE, DTSTAMP): of two calendars' copies the newer counts."""

    uid: str
    edition: tuple[int, int]
    spans: Sequence[Span]


def busy_by_entry(
    sheet: Sheet, zone: str, start: int, end: int, *, addresses: Collection[str] = (), own_uids: str = ""
) -> tuple[list[EntryTime], int]:
    """As `busy_in`, entry by entry, and how many could not be read."""
    found, problems, _ = _entry_times(sheet, zone, start, end, addresses=addresses, own_uids=own_uids)
    return [EntryTime(entry.uid, entry.edition, tuple(merged(clipped(entry.spans, start, end)))) for entry in found], len(problems)


def _entry_times(
    sheet: Sheet, zone: str, start: int, end: int, *, addresses: Collection[str], own_uids: str
) -> tuple[list[EntryTime], tuple[Problem, ...], Mapping[str, int]]:
    """Raises Unreadable when the calendar holds more repetitions than we read."""
    zones = _Zones(sheet, clock_of(zone), end)
    default = known_zone(sheet.default_zone) if sheet.default_zone else None
    reader = EntryReader(zones.owner, zones.named, universal=clock_of(default) if default else None, addresses=addresses)
    problems = list(sheet.problems)
    found: list[EntryTime] = []
    series: dict[str, list[Event]] = defaultdict(list)
    for block in sheet.entries:
        try:
            if block.name == "VFREEBUSY":
                stated = reader.stated(block)
                if not block.silent:
                    found.append(EntryTime("", _NO_EDITION, stated))
                continue
            event = reader.event(block)
        except BadEntry as problem:
            problems.append(Problem(problem.place, str(problem)))
            continue
        if not block.silent and not (own_uids and event.uid.endswith(own_uids)):
            series[event.uid or f"\n{event.place}"].append(event)  # what has no UID stands alone
    left = MOST_STEPS_OF_ALL
    for events in series.values():
        first = events[0]
        if len(events) == 1 and not first.repeats:
            found.append(EntryTime(first.uid, first.version, (span_of(first.start, first.length),) if first.blocks else ()))
            continue
        steps = Steps(min(left, MOST_STEPS))
        try:
            found.append(EntryTime(first.uid, max(event.version for event in events), busy_of_series(events, start, end, steps)))
        except TooMany:
            problems.append(Problem(first.place, "RRULE: it repeats more often than we count"))
        left -= min(left, MOST_STEPS) - max(steps.left, 0)
        if left <= 0:
            raise Unreadable("The calendar holds more repeated entries than we read.")
    return found, tuple(sorted({*problems, *zones.problems})), zones.unknown


def without_private_words(text: str) -> str:
    """The file with nothing left in it but times: what we keep of an uploaded calendar. Raises Unreadable."""
    sheet = read_sheet(text)
    if not sheet.entries and sheet.problems:
        raise Unreadable("No entry of this calendar could be read.")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tandem//busy time//EN"]
    if sheet.default_zone:
        lines.append(f"X-WR-TIMEZONE:{sheet.default_zone}")
    for block in sheet.zones:
        inside = [f"{line.name}:{line.rest}" if line.name in {"BEGIN", "END"} else line.name + line.rest for line in block.lines]
        lines += ["BEGIN:VTIMEZONE", *inside, "END:VTIMEZONE"]
    for block in sheet.entries:
        if not block.silent:
            lines += [f"BEGIN:{block.name}", *_lines_without_names(block), f"END:{block.name}"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _lines_without_names(block: Block) -> Iterator[str]:
    for line in block.lines:
        if line.name != "ATTENDEE":
            yield line.name + line.rest
            continue
        with suppress(BadEntry):  # who cannot be read has not declined
            answer, *addresses = answer_of(line)
            if answer == "DECLINED":
                yield 'ATTENDEE;PARTSTAT=DECLINED;EMAIL="{}":{}'.format(*addresses)


class _Zones:
    """Which clock a file means by the name of a zone: ours if we know it, else its own definition, else the owner's."""

    def __init__(self, sheet: Sheet, owner: Clock, until: int) -> None:
        self.owner = owner
        self.unknown: dict[str, int] = {}
        self.problems: list[Problem] = []
        self._until = until
        self._steps = Steps()  # of all zones of the file together
        self._defined: dict[str, Block] = {}
        for block in sheet.zones:
            self._defined.setdefault(name_of(block), block)
        self._clocks: dict[str, Clock] = {}

    def named(self, name: str, line: Line) -> Clock:
        """The clock of the zone this line names."""
        clock = self._clocks.get(name)
        if clock is None:
            clock = self._clocks[name] = self._found(name.strip(), line)
        return clock

    def _found(self, name: str, line: Line) -> Clock:
        if (known := known_zone(name)) is not None:
            return clock_of(known)
        if (block := self._defined.get(name)) is None:
            self.unknown.setdefault(name, line.place)
            return self.owner
        try:
            return defined_clock(block, self._until, self._steps)
        except (BadValue, TooMany) as problem:
            reason = str(problem) or "it changes its clocks more often than we count"
            self.problems.append(Problem(block.place, f"VTIMEZONE {shown(name)}: {reason}"))
            return self.owner
