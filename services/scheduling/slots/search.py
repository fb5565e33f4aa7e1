"""The search itself: when are all of them at work and free, long enough, on a quarter of an hour of the first one's clock."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from services.scheduling.slots.clocks import stretches
from services.scheduling.slots.hours import Hours, working_spans
from services.scheduling.slots.spans import Span, clipped, common, merged, padded, without

GRID = 15 * 60


@dataclass(frozen=True)
class Diary:
    """What is known of one person's time. `buffer` and `notice` are seconds."""

    person_id: str
    zone: str
    hours: tuple[Hours, ...]
    busy: tuple[Span, ...] = ()
    buffer: int = 0
    notice: int = 0

    def free(self, start: int, end: int, now: int) -> list[Span]:
        """When this person could meet between the two instants."""
        begin = max(start, now + self.notice)
        return without(working_spans(self.hours, self.zone, begin, end), padded(self.busy, self.buffer)) if begin < end else []


@dataclass(frozen=True)
class Window:
    """A meeting of `length` seconds is wanted that starts and ends between two instants; it is `now`."""

    start: int
    end: int
    length: int
    now: int = field(default=0)


def common_free(diaries: Sequence[Diary], window: Window) -> list[Span]:
    """The time in which everybody is at work, free and asked early enough."""
    free = [(window.start, window.end)]
    for diary in diaries:
        free = common(free, diary.free(window.start, window.end, window.now))
    return free


def free_starts(diaries: Sequence[Diary], window: Window) -> list[int]:
    """Every start on the first person's quarter hours at which the whole meeting fits."""
    return starts_in(common_free(diaries, window), window.length, diaries[0].zone)


def starts_in(free: Sequence[Span], length: int, zone: str) -> list[int]:
    """Every start on the quarter hours of the zone's clock at which a meeting of that length fits into one of the free spans."""
    if not free:
        return []
    found: list[int] = []
    for stretch in stretches(zone, free[0][0], free[-1][1]):
        shift = stretch.offset % GRID
        for begin, end in free:
            first = max(begin, stretch.start)
            first += -(first + shift) % GRID
            found.extend(range(first, min(end - length, stretch.end - 1) + 1, GRID))
    return found


def busy_of(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    """Busy time as a diary wants it: within the window, sorted, without overlaps."""
    return tuple(merged(clipped(spans, start, end)))
