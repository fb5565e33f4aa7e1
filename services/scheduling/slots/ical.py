"""The text of a calendar file before anything understands it: lines, blocks, and only what says when somebody is busy."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LARGEST_FILE = 10_000_000
MOST_EVENTS = 20_000
LONGEST_LINE = 20_000

# What says when; nothing that says with whom, where or about what.
_KEPT = frozenset(
    {
        *("UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SEQUENCE", "DTSTAMP"),
        *("STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "X-MICROSOFT-CDO-INTENDEDSTATUS", "FREEBUSY"),
    }
)
_DECLINED = re.compile(r"PARTSTAT=\"?DECLINED", re.IGNORECASE)
_MAILTO = re.compile(r"mailto:([^\s\";]+)", re.IGNORECASE)


class Unreadable(ValueError):  # noqa: N818 - says what the file is
    """This is not a calendar file. The message says in plain words what it is instead."""


@dataclass
class Block:
    """One component of the file, with the lines we keep of it."""

    name: str
    lines: list[str] = field(default_factory=list)
    uid: str = ""
    declined_by: set[str] = field(default_factory=set)


@dataclass
class Sheet:
    """A calendar file reduced to its zones and the times of its events."""

    zones: list[Block]
    events: list[Block]
    default_zone: str | None = None
    broken: int = 0


def read_sheet(text: str) -> Sheet:
    """Split the file into blocks. Raises Unreadable when it is no calendar or far too large."""
    if len(text) > LARGEST_FILE:
        raise Unreadable(f"The file holds more than {LARGEST_FILE // 1_000_000} million characters.")
    if "BEGIN:VCALENDAR" not in text[:100_000].upper():
        raise Unreadable(_what_it_is(text))
    sheet = Sheet(zones=[], events=[])
    open_blocks: list[Block] = []
    for line in _unfolded(text):
        name, value = _name_and_value(line)
        if name == "BEGIN":
            block = Block(value.upper())
            open_blocks.append(block)
            if block.name == "VTIMEZONE":
                sheet.zones.append(block)
            elif block.name in {"VEVENT", "VFREEBUSY"}:
                sheet.events.append(block)
        if not open_blocks:
            continue
        _keep(sheet, open_blocks, name, value, line)
        if name == "END":
            open_blocks.pop()
        if len(sheet.events) > MOST_EVENTS:
            raise Unreadable(f"The calendar holds more than {MOST_EVENTS} entries.")
    sheet.broken = sum(block.name in {"VEVENT", "VFREEBUSY"} for block in open_blocks)
    return sheet


def _keep(sheet: Sheet, open_blocks: list[Block], name: str, value: str, line: str) -> None:
    """Remember the line in the block it belongs to, if it says anything about time."""
    block = open_blocks[-1]
    zone = next((outer for outer in open_blocks if outer.name == "VTIMEZONE"), None)
    if zone is not None:
        zone.lines.append(line)
    elif block.name == "VCALENDAR" and name == "X-WR-TIMEZONE":
        sheet.default_zone = value.strip() or None
    elif block.name in {"VEVENT", "VFREEBUSY"}:
        if name in _KEPT:
            block.lines.append(line)
        if name == "UID":
            block.uid = value.strip()
        if name == "ATTENDEE" and _DECLINED.search(line) and (address := _MAILTO.search(line)):
            block.declined_by.add(address.group(1).lower())


def _unfolded(text: str) -> Iterator[str]:
    """Logical lines: a line that begins with a blank continues the one before. Absurdly long ones are cut."""
    current: list[str] = []
    length = 0
    for line in text.splitlines():
        if line[:1] in {" ", "\t"} and current:
            if length < LONGEST_LINE:
                current.append(line[1:])
                length += len(line)
            continue
        if current:
            yield "".join(current)
        current, length = [line], len(line)
    if current:
        yield "".join(current)


def _name_and_value(line: str) -> tuple[str, str]:
    """The property's name, and what follows the first colon that is not within quotes."""
    quoted = False
    name_end = len(line)
    for index, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif character == ";" and index < name_end:
            name_end = index
        elif character == ":" and not quoted:
            return line[: min(name_end, index)].strip().upper(), line[index + 1 :]
    return "", ""


def _what_it_is(text: str) -> str:
    """Tell somebody who picked the wrong file what they picked."""
    head = text.lstrip("\ufeff \r\n\t")[:200]
    if not head:
        return "The file is empty."
    if head.startswith("PK"):
        return "This is a zip archive. Unpack it and choose the .ics file inside."
    if head.startswith("%PDF"):
        return "This is a PDF. Export the calendar as iCalendar (.ics)."
    if head.startswith("<"):
        return "This is a web page, not a calendar file. Download the .ics file itself."
    if head.upper().startswith("BEGIN:VCARD"):
        return "This is an address book, not a calendar."
    return "This is not a calendar file: it does not begin with BEGIN:VCALENDAR."
