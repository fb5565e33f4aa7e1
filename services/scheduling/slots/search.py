"""The search itself: when are all of them at work and free, long enough, on a quarter of an hour of the first one's clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce

from services.scheduling.slots.clocks import stretches
from services.scheduling.slots.hours import Hours, working_spans
from services.scheduling.slots.spans import Span, clipped, common, merged, padded, without

GRID = 15 * 60


@dataclass(frozen=True)
class Diary:
    """What is known of one person's time: `busy` sorted and without overlaps, `buffer` and `notice` in seconds."""

    person_id: str
    zone: str
    hours: tuple[Hours, ...]
    busy: tuple[Span, ...] = ()
    buffer: int = 0
    notice: int = 0

    @property
    def taken(self) -> Sequence[Span]:
        """Busy time with the breath around it."""
        return padded(self.busy, self.buffer) if self.buffer else self.busy


@dataclass(frozen=True)
class Window:
    """A meeting of `length` seconds is wanted between two instants, that begins every `grid` seconds of a clock; it is `now`."""

    start: int
    end: int
    length: int
    now: int = field(default=0)
    grid: int = GRID


def common_free(diaries: Sequence[Diary], window: Window, *, shortest: int = 1) -> list[Span]:
    """The time in which everybody is at work, free and asked early enough; without what is shorter than so many seconds."""
    free: Sequence[Span] = _hours_of_all(tuple((diary.hours, diary.zone) for diary in diaries), window.start, window.end)
    asked_by = window.now + max(diary.notice for diary in diaries)
    if asked_by > window.start:
        free = clipped(free, asked_by, window.end)
    for diary in diaries:
        free = without(free, diary.taken, shortest=shortest)
    return list(free)


@lru_cache(maxsize=1024)  # a programme has many pairs and few kinds of hours
def _hours_of_all(kept: tuple[tuple[tuple[Hours, ...], str], ...], start: int, end: int) -> tuple[Span, ...]:
    return reduce(lambda spans, more: tuple(common(spans, more)), [working_spans(hours, zone, start, end) for hours, zone in kept])


def free_starts(diaries: Sequence[Diary], window: Window) -> list[int]:
    """Every start at which the whole meeting fits and the clock of each person is on the grid."""
    free = common_free(diaries, window, shortest=window.length)
    zones = {diary.zone for diary in diaries}
    shifts = {stretch.offset % window.grid for zone in zones for stretch in stretches(zone, window.start, window.end)}
    if len(shifts) == 1:
        return _starts(free, window.length, window.grid, shifts.pop())
    grids = [_starts_on_wall(free, window, zone) for zone in zones]
    return sorted(set(grids[0]).intersection(*grids[1:]))


def _starts(free: Sequence[Span], length: int, grid: int, shift: int) -> list[int]:
    found: list[int] = []
    for begin, end in free:
        last = end - length
        if begin <= last:
            found.extend(range(begin + -(begin + shift) % grid, last + 1, grid))
    return found


def _starts_on_wall(free: Sequence[Span], window: Window, zone: str) -> list[int]:
    """The starts on the grid of one zone's clock, whose distance from the grid of universal time changes with the clocks."""
    return [
        start
        for stretch in stretches(zone, window.start, window.end)
        for start in _starts(free, window.length, window.grid, stretch.offset % window.grid)
        if stretch.start <= start < stretch.end
    ]


def busy_of(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    """Busy time as a diary wants it: within the window, sorted, without overlaps."""
    return tuple(merged(clipped(spans, start, end)))
