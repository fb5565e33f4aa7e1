"""All that a calendar file says under one UID, put together: a series, its exceptions, and which of two versions counts."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.scheduling.slots.clocks import DAY
from services.scheduling.slots.entries import Event, Period, span_of
from services.scheduling.slots.moments import Length, Moment
from services.scheduling.slots.recurrence import Steps, starts
from services.scheduling.slots.rules import Rule
from services.scheduling.slots.spans import Span
from services.scheduling.slots.zones import UTC_CLOCK, Clock

# The walls of all zones lie within a day of universal time.
_MARGIN = 2 * DAY

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
        for instant, (moment, length) in self._occurrences(lower, upper, steps).items():
            wall = moment.wall if moment.clock is self._clock else self._clock.wall(instant)
            if (False, instant) in self._left_out or (True, wall // DAY) in self._left_out:
                continue
            place = bisect_right(self._since, instant)
            if place:
                future = self._futures[place - 1]
                if future.event.blocks:
                    found.append(future.moved(wall))
            elif self._master.blocks:
                found.append(span_of(moment, length or self._master.length))
        return found

    def _occurrences(self, lower: int, upper: int, steps: Steps) -> dict[int, Period]:
        """What the start, the rules and the further dates make, by instant; the start is always the first."""
        first = self._master.start
        found = {first.instant: Period(first, None)}
        for rule in self._master.rules:
            for moment in self._repeated(rule, lower, upper, steps):
                found[moment.instant] = Period(moment, None)
        for period in self._master.more:
            moment = period.start
            if moment.is_date and not first.is_date:  # another day of a series that has a time
                moment = first._replace(wall=moment.day * DAY + first.wall % DAY)
            found[moment.instant] = Period(moment, period.length)
        return found

    def _repeated(self, rule: Rule, lower: int, upper: int, steps: Steps) -> Iterator[Moment]:
        first, until = self._master.start, rule.until
        if until is not None:
            upper = min(upper, until.wall + _MARGIN)
        for wall in starts(rule, first.wall, lower, upper, steps):
            moment = first._replace(wall=wall)
            if until is None or _lasts(until, moment):
                yield moment

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


def _lasts(until: Moment, moment: Moment) -> bool:
    """Whether a series that ends then still has this occurrence. A date lasts to the end of its day."""
    if until.is_date or moment.is_date:
        return moment.day <= until.day
    return moment.wall <= until.wall if until.clock is moment.clock else moment.instant <= until.instant
