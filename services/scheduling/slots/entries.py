"""One entry of a calendar file, read strictly into whole seconds: when it begins, how long it takes, how it repeats."""

import re
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from services.scheduling.slots.clocks import DAY
from services.scheduling.slots.ical import Block, Line, value_of
from services.scheduling.slots.moments import FIRST_DAY, LAST_DAY, BadValue, Length, Moment, read_length, read_moment, shown
from services.scheduling.slots.rules import Rule, read_rule
from services.scheduling.slots.spans import Span
from services.scheduling.slots.zones import UTC_CLOCK, Clock

Value = TypeVar("Value")

_PARAMETER = re.compile(r';([A-Za-z0-9-]+)=((?:"[^"]*"|[^";])*)')
_WELL_FORMED = re.compile(r'(?:;[A-Za-z0-9-]+=(?:"[^"]*"|[^";])*)*')
LONGEST_QUALIFICATION = 10_000
_NONE: Mapping[str, str] = {}
_FREE_STATES = frozenset({"FREE", "WORKINGELSEWHERE"})
_NUMBER = re.compile(r"[0-9]{1,18}")
_ONCE = frozenset({"DTSTART", "DTEND", "DURATION", "RECURRENCE-ID"})
_MAIL = re.compile(r"(?:mailto:)?([^\s\"<>]+@[^\s\"<>]+)", re.IGNORECASE)

# The clock of a TZID that stands in this line.
ClockNamed = Callable[[str, Line], Clock]


class BadEntry(ValueError):  # noqa: N818 - says what the entry is
    """An entry nobody can read; at which line, and why."""

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(reason)
        self.place = place


class Period(NamedTuple):
    """One more time of a series. Its length is the series' own where it has none of its own."""

    start: Moment
    length: Length | None


class Event(NamedTuple):
    """A VEVENT as far as time goes. `blocks` when it takes the owner's time."""

    place: int
    start: Moment
    length: Length
    blocks: bool
    uid: str = ""
    rules: tuple[Rule, ...] = ()
    more: tuple[Period, ...] = ()
    less: tuple[Moment, ...] = ()
    replaces: Moment | None = None
    and_future: bool = False
    version: tuple[int, int] = (0, 0)

    @property
    def repeats(self) -> bool:
        """Whether there is more to it than its own start and end."""
        return bool(self.rules or self.more or self.less)


def span_of(start: Moment, length: Length) -> Span:
    """From when to when. What would end before it begins takes no time."""
    begins = start.instant
    if not length.days:
        return begins, max(begins, begins + length.seconds)
    last = start._replace(wall=start.wall + length.days * DAY)
    return begins, max(begins, last.instant + length.seconds)


class EntryReader:
    """Reads the entries of one calendar file.

    `owner` is the clock meant by times that name no zone; `universal`, where a calendar has one, that of series told in universal time.
    """

    def __init__(self, owner: Clock, named: ClockNamed, *, universal: Clock | None = None, addresses: Collection[str] = ()) -> None:
        self._owner = owner
        self._named = named
        self._universal = universal
        self._qualified: dict[str, tuple[Clock | None, str]] = {}
        self._addresses = frozenset(address.strip().casefold().removeprefix("mailto:") for address in addresses)

    def event(self, block: Block) -> Event:
        """A VEVENT. Raises BadEntry."""
        lines: dict[str, Line] = {}
        repetition: list[Line] = []
        declined = False
        for line in block.lines:
            name = line.name
            if name in {"RRULE", "RDATE", "EXDATE"}:
                repetition.append(line)
            elif name == "ATTENDEE":
                declined = declined or self._declined(line)
            elif name in _ONCE and name in lines:
                raise BadEntry(line.place, f"{name}: it is there twice")
            else:
                lines[name] = line
        if "DTSTART" not in lines:
            raise BadEntry(block.place, "DTSTART: it is missing")
        start = self._moment(lines["DTSTART"])
        length = self._length(start, lines)
        rules, more, less = (), (), ()  # type: tuple[Rule, ...], tuple[Period, ...], tuple[Moment, ...]
        if repetition:
            start = self._wall_of_series(start, repetition)
            rules = tuple(_rule(line, start, self._owner) for line in repetition if line.name == "RRULE")
            more = tuple(one for line in repetition if line.name == "RDATE" for one in self._periods(line, start.clock))
            less = tuple(one for line in repetition if line.name == "EXDATE" for one in self._moments(line, start.clock))
        replaced = lines.get("RECURRENCE-ID")
        return Event(
            place=block.place,
            start=start,
            length=length,
            blocks=not declined and _blocks(lines),
            uid=value_of(lines["UID"].rest).strip() if "UID" in lines else "",
            rules=rules,
            more=more,
            less=less,
            replaces=self._moment(replaced) if replaced else None,
            and_future=replaced is not None and _parameters(replaced).get("RANGE", "").upper() == "THISANDFUTURE",
            version=self._version(lines),
        )

    def stated(self, block: Block) -> list[Span]:
        """The periods a VFREEBUSY lists; all of its kinds are busy but the one that says free. Raises BadEntry."""
        spans: list[Span] = []
        for line in block.lines:
            if line.name == "FREEBUSY":
                periods = self._periods(line, self._owner)
                if any(period.length is None for period in periods):
                    raise BadEntry(line.place, "FREEBUSY: a period has two parts with a / between them")
                if _parameters(line).get("FBTYPE", "BUSY").upper() != "FREE":
                    spans += [span_of(period.start, period.length or Length(0, 0)) for period in periods]
        return spans

    def _moment(self, line: Line) -> Moment:
        qualified, _, text = line.rest.rpartition(":")
        named, kind = self._zone_and_kind(qualified, line) if qualified else (None, "")
        return _typed(line, text, named or self._owner, kind, named=named is not None)

    def _moments(self, line: Line, local: Clock) -> list[Moment]:
        qualified, _, text = line.rest.rpartition(":")
        named, kind = self._zone_and_kind(qualified, line) if qualified else (None, "")
        return [_typed(line, one, named or local, kind, named=named is not None) for one in text.split(",")]

    def _periods(self, line: Line, local: Clock) -> list[Period]:
        """Times that may have an end or a length of their own behind a slash."""
        qualified, _, text = line.rest.rpartition(":")
        named, kind = self._zone_and_kind(qualified, line)
        clock = named or local
        found = []
        for one in text.split(","):
            begin, slash, end = one.partition("/")
            start = _typed(line, begin, clock, "" if slash else kind, named=named is not None)
            length = None
            if slash and (start.is_date or not end):
                raise BadEntry(line.place, f"{line.name}: {shown(one)} is not a period")
            if slash and end.strip()[:1].upper() in {"P", "+", "-"}:
                length = _read(line, lambda end=end: read_length(end))  # type: ignore[misc] # mypy cannot tell the type of a default
            elif slash:
                length = Length(0, _typed(line, end, clock, "", named=named is not None).instant - start.instant)
            found.append(Period(start, length))
        return found

    def _zone_and_kind(self, qualified: str, line: Line) -> tuple[Clock | None, str]:
        """What TZID and VALUE say; nearly all lines of a calendar say it in the same few ways."""
        found = self._qualified.get(qualified)
        if found is None:
            parameters = _parameters(line)
            zone = parameters.get("TZID")
            found = (self._named(zone, line) if zone else None), parameters.get("VALUE", "").upper()
            self._qualified[qualified] = found
        return found

    def _length(self, start: Moment, lines: dict[str, Line]) -> Length:
        length = lines.get("DURATION")
        if "DTEND" in lines:
            line = lines["DTEND"]
            if length is not None:
                raise BadEntry(length.place, "DURATION: there is a DTEND too")
            end = self._moment(line)
            if end.is_date != start.is_date:
                raise BadEntry(line.place, "DTEND: one of DTSTART and DTEND is a date, the other a time")
            return Length((end.wall - start.wall) // DAY, 0) if start.is_date else Length(0, end.instant - start.instant)
        if length is not None:
            text = value_of(length.rest)
            return _read(length, lambda: read_length(text))
        return Length(1, 0) if start.is_date else Length(0, 0)

    def _wall_of_series(self, start: Moment, repetition: list[Line]) -> Moment:
        """Calendars that name a zone of their own write series in universal time and mean the wall clock of that zone."""
        if self._universal is None or start.clock is not UTC_CLOCK or not any(line.name == "RRULE" for line in repetition):
            return start
        wall = self._universal.wall(start.wall)
        if not FIRST_DAY <= wall // DAY <= LAST_DAY:
            raise BadEntry(repetition[0].place, "DTSTART: by the calendar's own clock there is no such day")
        return Moment(wall, self._universal, False)

    def _declined(self, line: Line) -> bool:
        """Whether it is the owner who says no here."""
        if not self._addresses:
            return False
        state, *written = answer_of(line)
        return state == "DECLINED" and any(
            found[1].casefold() in self._addresses for one in written if (found := _MAIL.fullmatch(one.strip()))
        )

    def _version(self, lines: dict[str, Line]) -> tuple[int, int]:
        """Of two entries that tell of the same the one with the higher number is meant, then the one written later."""
        number = 0
        if (line := lines.get("SEQUENCE")) is not None:
            text = value_of(line.rest).strip()
            if not _NUMBER.fullmatch(text):
                raise BadEntry(line.place, f"SEQUENCE: {shown(text)} is not a number")
            number = int(text)
        return number, self._moment(lines["DTSTAMP"]).wall if "DTSTAMP" in lines else 0


def answer_of(line: Line) -> tuple[str, str, str]:
    """What an ATTENDEE has answered, and the two places where the address may stand: EMAIL and the value. Raises BadEntry."""
    value = value_of(line.rest)
    parameters = _parameters(line, line.rest.removesuffix(value)[:-1])
    return parameters.get("PARTSTAT", "").upper(), parameters.get("EMAIL", ""), value


def _blocks(lines: dict[str, Line]) -> bool:
    """Whether the entry takes anybody's time."""
    return not (
        ("TRANSP" in lines and _word(lines["TRANSP"]) == "TRANSPARENT")
        or ("STATUS" in lines and _word(lines["STATUS"]) == "CANCELLED")
        or ("X-MICROSOFT-CDO-BUSYSTATUS" in lines and _word(lines["X-MICROSOFT-CDO-BUSYSTATUS"]) in _FREE_STATES)
    )


def _word(line: Line) -> str:
    return value_of(line.rest).strip().upper()


def _rule(line: Line, start: Moment, owner: Clock) -> Rule:
    return _read(line, lambda: read_rule(value_of(line.rest), start, owner))


def _typed(line: Line, text: str, clock: Clock, kind: str, *, named: bool) -> Moment:
    """A date or time of the kind its VALUE promises."""
    try:
        found = read_moment(text, clock if named else None, clock)
    except BadValue as problem:
        raise BadEntry(line.place, f"{line.name}: {problem}") from None
    if kind and kind != ("DATE" if found.is_date else "DATE-TIME"):
        raise BadEntry(line.place, f"{line.name}: {shown(text)} is no {shown(kind)}")
    return found


def _read(line: Line, read: Callable[[], Value]) -> Value:
    try:
        return read()
    except BadValue as problem:
        raise BadEntry(line.place, f"{line.name}: {problem}") from None


def _parameters(line: Line, text: str | None = None) -> Mapping[str, str]:
    """What stands between name and value; values of time hold no colon, whatever an unquoted zone name may hold."""
    if line.rest.startswith(":"):
        return _NONE
    try:
        return _parameters_of(line.rest.rpartition(":")[0] if text is None else text)
    except BadValue as problem:
        raise BadEntry(line.place, f"{line.name}: {problem}") from None


@lru_cache(maxsize=4096)
def _parameters_of(text: str) -> Mapping[str, str]:
    if len(text) > LONGEST_QUALIFICATION:
        raise BadValue("what stands before its value has no end")
    if not _WELL_FORMED.fullmatch(text):
        raise BadValue(f"{shown(text)} is not how a property is qualified")
    return {name.upper(): value.strip('"') for name, value in _PARAMETER.findall(text)}
