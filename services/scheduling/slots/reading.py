"""Busy time out of a calendar file, by the libraries icalendar and recurring-ical-events, and by our own rules where they differ.

Ours: what is cancelled, transparent or declined does not block; a floating or unknown zone is the owner's own; an end is the start plus
the exact length, so a meeting across a clock change keeps it; one entry that nobody can read is counted and does not spoil the others;
a rule that would repeat endlessly often is refused.
"""

import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from services.scheduling.slots.clocks import first_instant
from services.scheduling.slots.ical import Block, Sheet, Unreadable, read_sheet
from services.scheduling.slots.spans import Span, clipped, merged

# What the library calls a property is one of thirty types; which one the standard says, and an entry that errs is counted.
Entry = Any

MOST_STEPS = 40_000
MOST_OCCURRENCES = 20_000
_SECONDS = {"HOURLY": 3600, "DAILY": 86_400, "WEEKLY": 604_800, "MONTHLY": 2_419_200, "YEARLY": 31_536_000}
_DECLINED = "X-TANDEM-DECLINED"
_TZID = re.compile(r';TZID=("[^"]*"|[^;:]*)', re.IGNORECASE)
_FREE_STATES = frozenset({"FREE", "WORKINGELSEWHERE"})
# An override may bring an occurrence into the window from outside, and a long event may have begun before it.
_MARGIN = timedelta(days=2)


@dataclass(frozen=True)
class Reading:
    """When the owner is busy, and how many entries of the calendar could not be read."""

    busy: tuple[Span, ...]
    unreadable: int


def read_busy(text: str, zone: str, start: int, end: int, *, addresses: Collection[str] = (), own_uids: str = "") -> Reading:
    """The busy time between two instants in a calendar whose owner lives in `zone`.

    What the owner has declined under one of `addresses` is free. Entries whose UID ends in `own_uids` are ours: claims stand for them.
    Raises Unreadable when the text is no calendar.
    """
    sheet = read_sheet(text)
    owner = _Owner(sheet, zone)
    declined_by_owner = {address.lower() for address in addresses}
    spans: list[Span] = []
    unreadable = sheet.broken
    groups: dict[str, list[Block]] = defaultdict(list)
    for number, block in enumerate(sheet.events):
        if block.declined_by & declined_by_owner:
            block.lines.append(f"{_DECLINED}:TRUE")
        groups[block.uid or f"without-uid-{number}"].append(block)
    for uid, blocks in groups.items():
        if own_uids and uid.endswith(own_uids):
            continue
        try:
            spans += owner.busy_in(blocks, start, end)
        except Exception:  # noqa: BLE001 - whatever a stranger's entry breaks, it is one entry less, never the whole calendar
            unreadable += 1
        if len(spans) > MOST_OCCURRENCES:
            raise Unreadable("The calendar holds more repeated entries than we read.")
    return Reading(tuple(merged(clipped(spans, start, end))), unreadable)


def without_private_words(text: str) -> str:
    """The file with nothing left in it but times: what we keep of an uploaded calendar. Raises Unreadable."""
    sheet = read_sheet(text)
    if not sheet.events and "BEGIN:VEVENT" in text.upper():
        raise Unreadable("No entry of this calendar could be read.")
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Tandem//busy time//EN"]
    if sheet.default_zone:
        lines.append(f"X-WR-TIMEZONE:{sheet.default_zone}")
    for block in sheet.zones:
        lines += block.lines
    for block in sheet.events:
        declined = [f"ATTENDEE;PARTSTAT=DECLINED:mailto:{address}" for address in sorted(block.declined_by)]
        lines += [f"BEGIN:{block.name}", *block.lines, *declined, f"END:{block.name}"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


class _Owner:
    """Whose calendar it is: their zone is meant by whatever names none that is known."""

    def __init__(self, sheet: Sheet, zone: str) -> None:
        self._default_zone = _known_zone(sheet.default_zone)
        self._zone = self._default_zone or zone
        _define_zones(sheet)

    def busy_in(self, blocks: list[Block], start: int, end: int) -> list[Span]:
        """The busy time of one UID: a single entry, or a series with its exceptions."""
        spans = [span for block in blocks if block.name == "VFREEBUSY" for span in _stated(block)]
        events = [_parsed(block) for block in blocks if block.name == "VEVENT"]
        if len(events) == 1 and not any(name in events[0] for name in ("RRULE", "RDATE")):
            return spans + ([self._span(events[0])] if _blocks(events[0]) else [])
        return spans + (self._occurrences(events, start, end) if events else [])

    def _occurrences(self, events: list[Entry], start: int, end: int) -> list[Span]:
        """A series within the window, by the library, with the exact length of each."""
        calendar = icalendar.Calendar()
        if self._default_zone:
            calendar.add("X-WR-TIMEZONE", self._default_zone)
        lengths: dict[int, int] = {}
        usual: int | None = None
        for event in events:
            _refuse_endless(event, end)
            begin, until = self._span(event)
            _settle_until(event, self._zone)
            calendar.add_component(event)
            if "RECURRENCE-ID" in event:
                lengths[begin] = until - begin
            elif isinstance(event["DTSTART"].dt, datetime) and not _has_lengths_of_its_own(events):
                usual = until - begin
        margin = max([*lengths.values(), usual or 0])
        window = (datetime.fromtimestamp(start - margin, UTC) - _MARGIN, datetime.fromtimestamp(end, UTC) + _MARGIN)
        spans = []
        for occurrence in recurring_ical_events.of(calendar).between(*window):
            if _blocks(occurrence):
                begin, until = self._span(occurrence)
                spans.append((begin, begin + lengths.get(begin, until - begin if usual is None else usual)))
        return spans

    def _span(self, event: Entry) -> Span:
        """Start and end of one entry as instants. An entry that ends before it begins takes no time."""
        begin = event["DTSTART"].dt
        start = self._instant(begin)
        if "DTEND" in event:
            finish = event["DTEND"].dt
            if isinstance(finish, datetime) != isinstance(begin, datetime):
                raise TypeError("begins with a date and ends with a time")
            return start, max(start, self._instant(finish))
        timed = isinstance(begin, datetime)
        length = event["DURATION"].dt if "DURATION" in event else timedelta(days=0 if timed else 1)
        return start, max(start, start + int(length.total_seconds()) if timed else self._instant(begin + length))

    def _instant(self, value: date | datetime) -> int:
        """What a date, a floating time or a time in a zone means for the owner."""
        if not isinstance(value, datetime):
            return first_instant(self._zone, value)
        if value.tzinfo is None:
            value = value.replace(tzinfo=ZoneInfo(self._zone))
        if isinstance(value.tzinfo, ZoneInfo):
            value = value.replace(fold=0)  # RFC 5545, 3.3.5: of a time that comes twice the first is meant
        return int(value.timestamp())


def _blocks(event: Entry) -> bool:
    """Whether the entry takes the owner's time."""
    states = {str(event.get(name, "")).upper() for name in ("X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS")}
    return not (
        str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
        or str(event.get("STATUS", "")).upper() == "CANCELLED"
        or states & _FREE_STATES
        or _DECLINED in event
    )


def _stated(block: Block) -> list[Span]:
    """The periods a free-busy entry lists; all of its kinds are busy but the one that says free."""
    found = []
    for line in block.lines:
        if line.upper().startswith("FREEBUSY") and "FBTYPE=FREE" not in line.upper():
            periods = _parsed(Block("VEVENT", [f"RDATE;VALUE=PERIOD:{line.partition(':')[2]}"]))["RDATE"].dts
            for begin, until in (period.dt for period in periods):
                length = until if isinstance(until, timedelta) else until - begin
                found.append((int(begin.timestamp()), int((begin + length).timestamp())))
    return found


def _define_zones(sheet: Sheet) -> None:
    """Make the file's own zones known to the library.

    It keeps them by name for the whole process, the first of a name for ever: so each gets a name made of what it says.
    """
    names: dict[str, str] = {}
    for block in sheet.zones:
        name = next((line.partition(":")[2].strip() for line in block.lines if line.upper().startswith("TZID")), "")
        if name and _known_zone(name) is None:
            names[name] = f"custom-{hashlib.sha256(''.join(block.lines).encode()).hexdigest()[:24]}"
            lines = [f"TZID:{names[name]}" if line.upper().startswith("TZID") else line for line in block.lines]
            with suppress(Exception):  # a broken definition leaves the zone unknown, and the owner's own stands in
                icalendar.Component.from_ical("\r\n".join(lines))
    if names:
        for block in sheet.events:
            block.lines = [_TZID.sub(lambda found: _renamed(found, names), line, count=1) for line in block.lines]


def _renamed(found: re.Match[str], names: Mapping[str, str]) -> str:
    name = found.group(1).strip('"')
    return f";TZID={names[name]}" if name in names else found.group(0)


def _known_zone(name: str | None) -> str | None:
    """The IANA name of a zone written by IANA or Windows name."""
    if not name:
        return None
    known = WINDOWS_TO_OLSON.get(name, name)
    with suppress(Exception):
        return ZoneInfo(known).key
    return None


def _parsed(block: Block) -> Entry:
    return icalendar.Component.from_ical("\r\n".join(["BEGIN:VEVENT", *block.lines, "END:VEVENT"]))


def _has_lengths_of_its_own(events: Iterable[Entry]) -> bool:
    """Whether occurrences that are no exception may differ in length: periods, and changes of all that follow."""
    return any("RDATE" in event or "THISANDFUTURE" in str(getattr(event.get("RECURRENCE-ID"), "params", "")).upper() for event in events)


def _refuse_endless(event: Entry, end: int) -> None:
    """A rule that takes a hundred thousand steps to reach the window is an attack or a mistake."""
    rules = event.get("RRULE", [])
    for rule in rules if isinstance(rules, list) else [rules]:
        every = _SECONDS.get(str(rule.get("FREQ", [""])[0]).upper())
        if every is None:
            raise ValueError("repeats every minute or second")
        begin = event["DTSTART"].dt
        first = datetime(begin.year, begin.month, begin.day, tzinfo=UTC).timestamp()
        interval = int(rule.get("INTERVAL", [1])[0])
        fan = 1
        for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            fan *= max(1, len(_listed(rule.get(part, []))))
        if interval < 1 or (end - first) / (every * interval) * fan > MOST_STEPS:
            raise ValueError("repeats too often")


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | tuple) else [value]


def _settle_until(event: Entry, zone: str) -> None:
    """A last day written as a date includes that day: calendars mean it so, whatever the standard says of the two kinds."""
    rules = event.get("RRULE", [])
    begin = event["DTSTART"].dt
    if not isinstance(begin, datetime):
        return
    for rule in rules if isinstance(rules, list) else [rules]:
        for index, until in enumerate(_listed(rule.get("UNTIL", []))):
            if not isinstance(until, datetime):
                last = datetime(until.year, until.month, until.day, 23, 59, 59, tzinfo=begin.tzinfo or ZoneInfo(zone))
                rule["UNTIL"] = [*_listed(rule["UNTIL"])[:index], last.astimezone(UTC)]
