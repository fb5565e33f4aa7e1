"""The text of a calendar file before anything understands it: lines, entries, and only what says when somebody is busy."""

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

LARGEST_FILE = 10 * 1024 * 1024
MOST_EVENTS = 20_000
DEEPEST = 20

# What says when; nothing that says with whom, where or about what.
_TIMES = (
    *("UID", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "SEQUENCE", "DTSTAMP"),
    *("STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS", "FREEBUSY"),
)
ENTRIES = frozenset({"VEVENT", "VFREEBUSY"})
_OTHERS = ("METHOD", "X-WR-TIMEZONE", "TZID", "TZOFFSETFROM", "TZOFFSETTO", "BEGIN", "END", r"ATTENDEE(?=[^\n]*DECLINED)")
_FRAME = frozenset({"BEGIN", "END"})
_SILENT_METHODS = frozenset({"REPLY", "CANCEL"})
# All run over the whole unfolded text at once; nearly all of a calendar is lines that say nothing about time.
_WANTED_IN_ANY_CASE = re.compile(rf"\n({'|'.join((*_TIMES, *_OTHERS))})([:;][^\n]*)", re.IGNORECASE)
_WANTED = re.compile(_WANTED_IN_ANY_CASE.pattern)  # for files in the usual capitals: in a third of the time
_NO_PROPERTY = re.compile(r"\n(?![A-Za-z0-9_.-]+(?::|;[^\n]*:))[^\n]*\S")
_NO_PROPERTY_IN_CAPITALS = re.compile(r"\n(?![A-Z0-9_.-]+(?::|;[^\n]*:))[^\n]*\S")


_OTHER_FILES = (
    ("PK", "This is a zip archive. Unpack it and choose the .ics file inside."),
    ("\x1f", "This is a compressed file. Unpack it first."),
    ("%PDF", "This is a PDF. Export the calendar as iCalendar (.ics)."),
    ("<", "This is a web page, not a calendar file. Download the .ics file itself."),
    ("BEGIN:VCARD", "This is an address book, not a calendar."),
)


class Unreadable(ValueError):  # noqa: N818 - says what the file is
    """This is not a calendar file. The message says in plain words what it is instead."""


class Line(NamedTuple):
    """One property, unfolded: its name in capitals, where it begins in the unfolded text, and what follows its name."""

    name: str
    place: int
    rest: str


class Problem(NamedTuple):
    """Something of the file that cannot be read: where in the unfolded text, and why."""

    place: int
    reason: str


@dataclass(slots=True)
class Block:
    """One entry or zone of the file, with the lines we keep of it. `silent` when its calendar only answers or cancels."""

    name: str
    place: int
    lines: list[Line] = field(default_factory=list)
    end: int = -1
    silent: bool = False


@dataclass
class Sheet:
    """A calendar file reduced to its zones and the times of its events."""

    text: str
    unfolded: str
    zones: list[Block] = field(default_factory=list)
    entries: list[Block] = field(default_factory=list)
    default_zone: str | None = None
    problems: list[Problem] = field(default_factory=list)

    def line_number(self, place: int) -> int:
        """The number of the line in the file, counted from 1, at which the unfolded line there begins."""
        begins, numbers = self._lines
        return numbers[bisect_left(begins, place)]

    @cached_property
    def _lines(self) -> tuple[list[int], list[int]]:
        begins = [found.start() for found in re.finditer("\n", self.unfolded)]
        lines = enumerate(self.text.split("\n"), start=1)
        return begins, [number for number, line in lines if number == 1 or not line.startswith((" ", "\t"))]


def decoded(content: bytes, *, lenient: bool = False) -> str:
    """The text of a calendar file, which is in UTF-8. Raises Unreadable; lenient it takes other bytes for marks that mean nothing."""
    if len(content) > LARGEST_FILE:
        raise Unreadable(f"The file is larger than {LARGEST_FILE // 1024 // 1024} MB.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Unreadable("The file is written in UTF-16. Save it as UTF-8.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        # A fold may have cut a character in two.
        whole = content.replace(b"\r\n", b"\n").replace(b"\n ", b"").replace(b"\n\t", b"")
        if not lenient and "BEGIN:VCALENDAR" in content[:1000].decode("ascii", "replace"):
            try:
                whole.decode("utf-8-sig")
            except UnicodeDecodeError:
                line = content.count(b"\n", 0, problem.start) + 1
                raise Unreadable(f"Line {line}: the bytes are not UTF-8. Save the file as UTF-8.") from None
        return content.decode("utf-8-sig", "surrogateescape")


def read_sheet(text: str) -> Sheet:
    """Split the file into blocks. Raises Unreadable when it is no calendar or far too large."""
    if len(text) > LARGEST_FILE:
        raise Unreadable(f"The file holds more than {LARGEST_FILE // 1024 // 1024} million characters.")
    text = _with_plain_line_ends(text.removeprefix("\ufeff"))
    if "BEGIN:VCALENDAR" not in text[:100_000].upper():
        raise Unreadable(what_it_is(text))
    if "\0" in text:
        raise Unreadable("The file holds bytes that are no text.")
    unfolded = "\n" + text.replace("\n ", "")
    if "\t" in text:
        unfolded = unfolded.replace("\n\t", "")
    reader = _Reader(Sheet(text, unfolded))
    in_capitals = _in_capitals(unfolded)
    broken = [] if in_capitals else [found.start() for found in _NO_PROPERTY.finditer(unfolded)]
    no_property = frozenset(broken)
    for found in (_WANTED if in_capitals else _WANTED_IN_ANY_CASE).finditer(unfolded):
        place = found.start()
        if place not in no_property:
            name, rest = found.groups()
            name = name.upper()
            if reader.into is not None and name not in _FRAME:
                reader.into.append(Line(name, place, rest))
            else:
                reader.take(name, place, rest)
    return reader.finished(broken)


def _in_capitals(unfolded: str) -> bool:
    """Whether every line is a property whose name is written so, and the one value that is looked for is too."""
    return (
        unfolded.isascii()  # or to compare takes longer than it saves
        and unfolded.upper().count("DECLINED") == unfolded.count("DECLINED")
        and _NO_PROPERTY_IN_CAPITALS.search(unfolded) is None
    )


def value_of(rest: str) -> str:
    """What follows the first colon that is not within quotes."""
    if '"' not in rest:
        return rest.partition(":")[2]
    quoted = False
    for place, character in enumerate(rest):
        if character == '"':
            quoted = not quoted
        elif character == ":" and not quoted:
            return rest[place + 1 :]
    return ""


class _Reader:
    """Takes the lines one by one and knows which block is open."""

    def __init__(self, sheet: Sheet) -> None:
        self._sheet = sheet
        self._open: list[str] = []
        self._entry: Block | None = None
        self._zone: Block | None = None
        self._first_entry = 0
        self._silent = False
        self.into: list[Line] | None = None
        """Where the lines of the entry go whose own lines are being read, and not those of an alarm in it."""

    def take(self, name: str, place: int, rest: str) -> None:
        """Remember the line in the block it belongs to, if it says anything about time."""
        if name in _FRAME:
            step = self._begin if name == "BEGIN" else self._end
            step(value_of(rest).strip().upper(), place)
            self.into = self._entry.lines if self._entry is not None and self._open[-1] in ENTRIES else None
        elif self._entry is not None:
            return
        elif self._zone is not None:
            self._zone.lines.append(Line(name, place, rest))
        elif self._open == ["VCALENDAR"]:
            if name == "METHOD":
                self._silent = value_of(rest).strip().upper() in _SILENT_METHODS
            elif name == "X-WR-TIMEZONE":
                self._sheet.default_zone = self._sheet.default_zone or value_of(rest).strip() or None

    def finished(self, broken: list[int]) -> Sheet:
        """The sheet, when every line has been taken."""
        if self._open:
            last = self._sheet.unfolded.rstrip().rfind("\n")
            self._leave_out(last, f"the file ends within {self._open[-1]}: a part of it is missing")
        begins = [entry.place for entry in self._sheet.entries]
        spoilt: set[int] = set()
        for place in broken:
            inside = bisect_right(begins, place) - 1
            if inside < 0 or self._sheet.entries[inside].end < place:
                self._note(place, "this line is no property: a name and a colon are missing")
            elif inside not in spoilt:
                spoilt.add(inside)
                self._note(place, "this line is no property: a name and a colon are missing")
        self._sheet.entries = [entry for number, entry in enumerate(self._sheet.entries) if number not in spoilt]
        return self._sheet

    def _begin(self, name: str, place: int) -> None:
        if len(self._open) >= DEEPEST:
            raise Unreadable(f"Line {self._sheet.line_number(place)}: blocks lie in each other more than {DEEPEST} deep.")
        if self._entry is not None and name in ENTRIES | {"VCALENDAR", "VTIMEZONE"}:
            self._leave_out(self._entry.place, f"{self._entry.name} does not end before {name} begins")
            del self._open[self._open.index("VCALENDAR") + 1 :]
        if name == "VCALENDAR":
            self._first_entry, self._silent = len(self._sheet.entries), False
        elif "VCALENDAR" not in self._open:
            self._note(place, f"{name} stands outside of the calendar")
        self._open.append(name)
        if name == "VTIMEZONE":
            self._zone = Block(name, place)
        elif name in ENTRIES and "VCALENDAR" in self._open:
            self._entry = Block(name, place)
        elif self._zone is not None:
            self._zone.lines.append(Line("BEGIN", place, name))

    def _end(self, name: str, place: int) -> None:
        if name not in self._open:
            self._leave_out(place, f"END:{name} has no BEGIN")
            return
        while self._open[-1] != name:
            self._leave_out(place, f"{self._open.pop()} does not end before {name} does")
        self._open.pop()
        if self._entry is not None and name == self._entry.name:
            self._entry.end = place
            self._sheet.entries.append(self._entry)
            self._entry = None
            if len(self._sheet.entries) > MOST_EVENTS:
                raise Unreadable(f"The calendar holds more than {MOST_EVENTS} entries.")
        elif self._zone is not None:
            if name == "VTIMEZONE":
                self._sheet.zones.append(self._zone)
                self._zone = None
            else:
                self._zone.lines.append(Line("END", place, name))
        elif name == "VCALENDAR" and self._silent:
            for entry in self._sheet.entries[self._first_entry :]:
                entry.silent = True

    def _leave_out(self, place: int, reason: str) -> None:
        """Note what is wrong, and forget the entry that was open."""
        self._note(place, reason)
        self._entry = self._zone = None

    def _note(self, place: int, reason: str) -> None:
        self._sheet.problems.append(Problem(place, reason))
        if len(self._sheet.problems) > MOST_EVENTS:
            raise Unreadable("Hardly a line of the file can be read.")


def _with_plain_line_ends(text: str) -> str:
    """Lines end in CR LF; also in LF, in CR alone where there is no LF at all, and in the CR CR LF of a file converted twice."""
    if "\r" not in text:
        return text
    text = text.replace("\r\n", "\n")
    if "\r" not in text:
        return text
    return re.sub("\r+\n", "\n", text) if "\n" in text else text.replace("\r", "\n")


def what_it_is(text: str) -> str:
    """Tell somebody who picked the wrong file what they picked."""
    head = text.lstrip("\ufeff \r\n\t")[:200]
    if not head:
        return "The file is empty."
    known = (word for begin, word in _OTHER_FILES if head.upper().startswith(begin))
    return next(known, "This is not a calendar file: it does not begin with BEGIN:VCALENDAR.")
