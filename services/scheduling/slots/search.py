"""The search itself: when are all of them at work and free, long enough, on a quarter of an hour of the first one's clock."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache, reduce

from services.scheduling.slots.clocks import Stretch
from services.scheduling.slots.diary import GRID, Diary, Spell
from services.scheduling.slots.hours import Hours
from services.scheduling.slots.spans import Span, clipped, common, merged, without


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
    free: Sequence[Span] = _hours_of_all(tuple((diary.hours, diary.zone, diary.spells) for diary in diaries), window.start, window.end)
    first, last = bounds(diaries, window)
    if first > window.start or last < window.end:
        free = clipped(free, first, last)
    for diary in diaries:
        free = without(free, diary.taken, shortest=shortest)
    return list(free)


def bounds(diaries: Sequence[Diary], window: Window) -> Span:
    """What is left of the window between everybody's notice and everybody's horizon."""
    first = max(window.start, window.now + max(diary.notice for diary in diaries))
    last = min([window.end, *(window.now + diary.horizon for diary in diaries if diary.horizon)])
    return first, max(first, last)


@lru_cache(maxsize=1024)  # a programme has many pairs and few kinds of hours
def _hours_of_all(kept: tuple[tuple[tuple[Hours, ...], str, tuple[Spell, ...]], ...], start: int, end: int) -> tuple[Span, ...]:
    worked = [Diary("", zone, hours, spells=spells).working(start, end) for hours, zone, spells in kept]
    return reduce(lambda spans, more: tuple(common(spans, more)), worked)


def free_starts(diaries: Sequence[Diary], window: Window) -> list[int]:
    """Every start at which the whole meeting fits and the clock of each person is on the grid."""
    free = common_free(diaries, window, shortest=window.length)
    clocks = {diary.walls(window.start, window.end) for diary in diaries}
    shifts = {stretch.offset % window.grid for clock in clocks for stretch in clock}
    if len(shifts) == 1:
        return _starts(free, window.length, window.grid, shifts.pop())
    grids = [_starts_on_wall(free, window, clock) for clock in clocks]
    return sorted(set(grids[0]).intersection(*grids[1:]))


def starts_for_some(diaries: Sequence[Diary], window: Window, at_least: int) -> dict[int, tuple[str, ...]]:
    """Every start at which so many of the people can meet, with who they are; for all of them it is what `free_starts` says.

    Each keeps their own grid, notice and horizon, so who can come is asked of each alone.
    """
    coming: dict[int, list[str]] = defaultdict(list)
    for diary in diaries:
        for start in free_starts([diary], window):
            coming[start].append(diary.person_id)
    return {start: tuple(people) for start, people in sorted(coming.items()) if len(people) >= at_least}


def _starts(free: Sequence[Span], length: int, grid: int, shift: int) -> list[int]:
    found: list[int] = []
    for begin, end in free:
        last = end - length
        if begin <= last:
            found.extend(range(begin + -(begin + shift) % grid, last + 1, grid))
    return found


def _starts_on_wall(free: Sequence[Span], window: Window, clock: Sequence[Stretch]) -> list[int]:
    """The starts on the grid of one clock, whose distance from the grid of universal time changes when it is put forward or back."""
    return [
        start
        for stretch in clock
        for start in _starts(free, window.length, window.grid, stretch.offset % window.grid)
        if stretch.start <= start < stretch.end
    ]


def busy_of(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    """Busy time as a diary wants it: within the window, sorted, without overlaps."""
    return tuple(merged(clipped(spans, start, end)))
