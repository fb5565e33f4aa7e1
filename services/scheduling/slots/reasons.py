"""Why there is no common time: what binds whom, and the cheapest thing that would make one."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from services.scheduling.slots.clocks import DAY, wall_time
from services.scheduling.slots.diary import Diary
from services.scheduling.slots.hours import ALL_DAY, MINUTES_A_DAY
from services.scheduling.slots.search import Window, free_starts

Constraint = Literal["no_hours", "hours", "busy", "buffer", "notice", "horizon", "full", "day_off"]

QUARTER = 15
WIDER = (60, 120, 180)
WEEKS_AHEAD = 6


@dataclass(frozen=True)
class Binding:
    """What of this person's stands in the way: without it there would be a time."""

    person_id: str
    constraint: Constraint


@dataclass(frozen=True)
class NoSlot:
    """What binds whom, and what to try, as a word and a figure. Nobody is bound where the window itself has no room.

    `shorter:30` (minutes), `later:2026-12-07` (a date), `wider:60` (minutes at both ends of the day), `buffer:0`, `notice:0`,
    `full:0` (one meeting more than somebody wants), `horizon:0` (further ahead than somebody wants), `nothing`.
    """

    binding: tuple[Binding, ...]
    attempt: str


def why_none(diaries: Sequence[Diary], window: Window) -> NoSlot:
    """Explain an empty answer. Only meant for a window in which `free_starts` finds nothing."""
    return NoSlot(_what_binds(diaries, window), _cheapest(diaries, window))


def _what_binds(diaries: Sequence[Diary], window: Window) -> tuple[Binding, ...]:
    without_hours = [diary for diary in diaries if not diary.working(window.start, window.end)]
    if without_hours:
        return tuple(Binding(diary.person_id, "no_hours") for diary in without_hours)
    alone = [
        Binding(diary.person_id, constraint)
        for constraint, lift in _LIFTED
        for diary in diaries
        if free_starts([lift(other) if other is diary else other for other in diaries], window)
    ]
    if alone:
        return tuple(alone)
    together = [constraint for constraint, lift in _LIFTED if free_starts([lift(diary) for diary in diaries], window)]
    if not together and not free_starts([Diary(diary.person_id, diary.zone, _ANY_HOURS) for diary in diaries], window):
        return ()
    return tuple(Binding(diary.person_id, constraint) for constraint in together[:1] or ("hours", "busy") for diary in diaries)


def _cheapest(diaries: Sequence[Diary], window: Window) -> str:
    """The relaxations, from the one that costs people least to the one that costs most."""
    for name, lift in (("buffer:0", _no_buffer), ("notice:0", _no_notice)):
        if free_starts([lift(diary) for diary in diaries], window):
            return name
    lengths = _shorter(window.length // 60)
    if fitting := bisect_left(lengths, True, key=lambda minutes: not free_starts(diaries, replace(window, length=minutes * 60))):
        return f"shorter:{lengths[fitting - 1]}"
    later = replace(window, start=window.end - window.length, end=window.end + WEEKS_AHEAD * 7 * DAY)
    if starts := free_starts(diaries, later):
        return f"later:{wall_time(diaries[0].zone, starts[0]).date().isoformat()}"
    for name, lift in (("full:0", _not_full), ("horizon:0", _no_horizon)):
        if free_starts([lift(diary) for diary in diaries], window):
            return name
    for minutes in WIDER:
        if free_starts([_wider(diary, minutes) for diary in diaries], window):
            return f"wider:{minutes}"
    return "nothing"


def _shorter(minutes: int) -> range:
    """Quarters of an hour, as long as half of the meeting is left."""
    return range(-(-minutes // (2 * QUARTER)) * QUARTER, minutes, QUARTER)


def _any_hours(diary: Diary) -> Diary:
    return replace(diary, hours=_ANY_HOURS, spells=tuple(replace(spell, hours=_ANY_HOURS) for spell in diary.spells))


def _no_busy(diary: Diary) -> Diary:
    return replace(diary, busy=())


def _no_buffer(diary: Diary) -> Diary:
    return replace(diary, buffer=0)


def _no_notice(diary: Diary) -> Diary:
    return replace(diary, notice=0)


def _no_horizon(diary: Diary) -> Diary:
    return replace(diary, horizon=0)


def _not_full(diary: Diary) -> Diary:
    return replace(diary, full=())


def _no_day_off(diary: Diary) -> Diary:
    return replace(diary, off=())


def _wider(diary: Diary, minutes: int) -> Diary:
    """The same days with so many more minutes before and after, within one round of the clock."""
    hours = tuple(
        replace(window, start=(window.start - minutes) % MINUTES_A_DAY, end=(window.end + minutes) % MINUTES_A_DAY)
        if window.length + 2 * minutes < MINUTES_A_DAY and window.start >= minutes
        else replace(window, start=0, end=MINUTES_A_DAY)
        for window in diary.hours
    )
    return replace(diary, hours=hours)


_ANY_HOURS = (ALL_DAY,)
_LIFTED: tuple[tuple[Constraint, Callable[[Diary], Diary]], ...] = (
    ("buffer", _no_buffer),
    ("notice", _no_notice),
    ("horizon", _no_horizon),
    ("full", _not_full),
    ("day_off", _no_day_off),
    ("busy", _no_busy),
    ("hours", _any_hours),
)
