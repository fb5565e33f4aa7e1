"""All that a calendar file says under one UID, put together: a series, its exceptions, and which of two versions counts."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.scheduling.slots.clocks import DAY
from services.scheduling.slots.entries import Event, Period, span_of
from services.scheduling.slots.moments import Length, Moment
from services.scheduling.slots.recurrence import Steps, starts
from services.scheduling.slots.spans import Span
from services.scheduling.slots.zones import UTC_CLOCK, Clock

# The walls of all zones lie within a day of universal time.
_MARGIN = 2 * DAY
_NEVER = 10**15

Key = tuple[bool, int]  # of an occurrence: its instant, or (True) its day


def busy_of_series(events: Sequence[Event], start: int, end: int, steps: Steps) -> list[Span]:
    """When the entries of one UID take time, at least as far as between the two instants. Raises TooMany."""
    masters = [event for event in events if event.replaces is None]
    changes = [event for event in events if event.replaces is not None]
    if masters:
        return _Series(_newest(masters, lambda _: 0)[0], changes).spans(start, end, steps)
    return [span_of(event.start, event.length) for event in _newest(changes, _replaced_instant) if event.blocks]


def _newest(events: Iterable[Event], key: Callable[[Event], object]) -> list[Event]:
    """Of each key the entry with the highest number, then the one written last, then the one that stands last in the file."""
    newest: dict[object, Event] = {}
    for event in events:
        known = newest.get(place := key(event))
        if known is None or event.version >= known.version:
            newest[place] = event
    return list(newest.values())


def _replaced_instant(event: Event) -> int:
    return event.replaces.instant if event.replaces else event.start.instant


@dataclass(frozen=True, slots=True)
class _Future:
    """What a change of one occurrence and all that follow does: from when on, by how much on the wall, and to what."""

    since: int
    shift: int
    clock: Clock
    event: Event

    def moved(self, wall: int) -> Span:
        """When the occurrence that the series has at this wall time is now."""
        return span_of(Moment(wall + self.shift, self.clock, self.event.start.is_date), self.event.length)


class _Series:
    """A master entry with the changes of single occurrences."""

    def __init__(self, master: Event, changes: Iterable[Event]) -> None:
        self._master = master
        self._clock = master.start.clock
        self._left_out = {self._key(moment) for moment in master.less}
        self._changes = _newest(changes, lambda event: self._key(event.replaces or event.start))
        self._left_out.update(self._key(event.replaces) for event in self._changes if event.replaces)
        futures = [self._future(event, event.replaces) for event in self._changes if event.and_future and event.replaces]
        self._futures = sorted(futures, key=lambda future: future.since)
        self._since = [future.since for future in self._futures]

    def spans(self, start: int, end: int, steps: Steps) -> list[Span]:
        """The busy time of all occurrences that may touch the window."""
        found = [span_of(event.start, event.length) for event in self._changes if event.blocks]
        reach = max(_seconds(length) for length in self._lengths())
        shifts = [0, *(future.shift for future in self._futures)]
        lower, upper = start - reach - max(shifts) - _MARGIN, end - min(shifts) + _MARGIN
        walls = self._walls(lower, upper, steps)
        periods = self._further_periods()
        for instant, wall in walls.items():
            if instant not in periods and not self._is_left_out(instant, wall):
                found += self._span(instant, wall, self._master.length)
        for instant, period in periods.items():
            wall = period.start.wall if period.start.clock is self._clock else self._clock.wall(instant)
            if not self._is_left_out(instant, wall):
                found += self._span(instant, wall, period.length or self._master.length, period.start)
        return found

    def _is_left_out(self, instant: int, wall: int) -> bool:
        return bool(self._left_out) and ((False, instant) in self._left_out or (True, wall // DAY) in self._left_out)

    def _span(self, instant: int, wall: int, length: Length, start: Moment | None = None) -> Iterable[Span]:
        """The time an occurrence takes, where the last change of all that follow has put it."""
        place = bisect_right(self._since, instant)
        if place:
            future = self._futures[place - 1]
            return (future.moved(wall),) if future.event.blocks else ()
        if not self._master.blocks:
            return ()
        if not length.days:
            return ((instant, instant + length.seconds),)
        return (span_of(start or self._master.start._replace(wall=wall), length),)

    def _walls(self, lower: int, upper: int, steps: Steps) -> dict[int, int]:
        """The starts that the rules make, as instants, each with what the wall shows then. The start of all is always one of them."""
        first = self._master.start
        found = {first.instant: first.wall}
        for rule in self._master.rules:
            last, latest = _last(rule.until, first)
            for wall in starts(rule, first.wall, lower, min(upper, last), steps):
                instant = self._clock.day_start(wall // DAY) if first.is_date else self._clock.instant(wall)
                if instant <= latest:
                    found[instant] = wall
        return found

    def _further_periods(self) -> dict[int, Period]:
        first = self._master.start
        found = {}
        for period in self._master.more:
            start = period.start
            if start.is_date and not first.is_date:  # another day of a series that has a time
                start = first._replace(wall=start.day * DAY + first.wall % DAY)
            found[start.instant] = Period(start, period.length)
        return found

    def _future(self, event: Event, replaced: Moment) -> _Future:
        """Its shift is one on the wall, so what is moved from ten to three is at three in summer and in winter."""
        on_own_wall = replaced.clock is self._clock or replaced.floating or self._master.start.is_date
        before = replaced.wall if on_own_wall else self._clock.wall(replaced.instant)
        start = event.start
        if start.clock is UTC_CLOCK and not start.is_date:
            start = Moment(self._clock.wall(start.instant), self._clock, False)
        return _Future(self._named(replaced).instant, start.wall - before, start.clock, event)

    def _named(self, moment: Moment) -> Moment:
        """An occurrence as it was named; a time without a zone is by the clock of the series."""
        return moment._replace(clock=self._clock) if moment.floating else moment

    def _key(self, moment: Moment) -> Key:
        """By what an occurrence is found: its instant, or its day where a day is named or the series is one of whole days."""
        if not self._master.start.is_date and not moment.is_date:
            return False, self._named(moment).instant
        in_universal_time = moment.clock is UTC_CLOCK and moment.wall % DAY != 0
        return True, (self._clock.wall(moment.instant) if in_universal_time else moment.wall) // DAY

    def _lengths(self) -> Iterator[Length]:
        yield self._master.length
        yield from (event.length for event in self._changes)
        yield from (period.length for period in self._master.more if period.length)


def _seconds(length: Length) -> int:
    return max(0, length.days * DAY + length.seconds)


def _last(until: Moment | None, first: Moment) -> tuple[int, int]:
    """The last wall time and the last instant at which something of the series may begin. A date lasts to the end of its day."""
    if until is None:
        return _NEVER, _NEVER
    if until.is_date or first.is_date:
        return until.day * DAY + DAY - 1, _NEVER
    if until.clock is first.clock:
        return until.wall, _NEVER
    return until.wall + _MARGIN, until.instant
